//! Service accounts: programs and administrators that call the API. An account has roles in segments and any number of
//! bearer tokens (B.8).

pub mod tokens;

use crate::{
    Context, OrganizationId, SegmentRoleId, ServiceAccountId, Timestamp,
    audit::{Audit, Target},
    authority::Authority,
    permission::PermissionSet,
    ports::{
        ApiTokensMut, AuditLogMut, OrganizationsMut, SegmentRoles, SegmentRolesMut, Segments, SegmentsMut,
        ServiceAccounts, ServiceAccountsMut, StoreError,
    },
    role::BuiltInRole,
    segment::{Segment, SegmentId, SegmentScope},
    text::{self, TextError},
};
use serde_json::{Value, json};

/// Longest name of an account.
pub const NAME_CHARS_MAX: usize = 128;

/// Longest description of an account.
pub const DESCRIPTION_CHARS_MAX: usize = 1_000;

/// Most accounts of an organization: the roles in use are looked through whenever a role or a segment is removed.
pub const ACCOUNTS_MAX: usize = 1_000;

/// Most roles of one account; they are read with every request.
pub const ASSIGNMENTS_MAX: usize = 50;

/// Most segments named for one role; what lies below them need not be named.
pub const ASSIGNMENT_SEGMENTS_MAX: usize = 100;

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its id.
    pub id: ServiceAccountId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may do, and where.
    pub assignments: Vec<Assignment>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A role in segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Which role.
    pub role: RoleName,
    /// Where: these segments and what lies below. Empty: everywhere.
    pub segments: Vec<SegmentId>,
}

/// What an assignment grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleName {
    /// A role that every organization has.
    BuiltIn(BuiltInRole),
    /// A role of the organization's own.
    Own(SegmentRoleId),
    /// These actions, without a role.
    None(PermissionSet),
}

/// What an account is to be. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteServiceAccount {
    /// Its name.
    pub name: Option<String>,
    /// What it is for; `Some(None)` takes the description away.
    pub description: Option<Option<String>>,
    /// What it may do and where, all of it.
    pub assignments: Option<Vec<Assignment>>,
}

/// Why an account is not made, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceAccountError {
    /// A field is malformed.
    #[error("{field}: {error}")]
    Field {
        /// Which.
        field: &'static str,
        /// Why.
        error: TextError,
    },
    /// Too many of something in the request.
    #[error("{field} has at most {max} entries")]
    TooMany {
        /// Of what.
        field: String,
        /// The limit.
        max: usize,
    },
    /// Something named in the request does not exist or is out of the caller's sight.
    #[error("{path} names something that does not exist: {id}")]
    UnknownReference {
        /// Where in the request.
        path: String,
        /// What it names.
        id: String,
    },
    /// The account would be able to do what the caller is not.
    #[error("the caller lacks {0} in a segment where the account would have it")]
    Excess(String),
    /// There are too many.
    #[error("an organization has at most {ACCOUNTS_MAX} service accounts")]
    LimitExceeded,
    /// No such account, or out of the caller's sight.
    #[error("the service account does not exist")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who asks for a change: what they may do, and where they see accounts.
#[derive(Debug, Clone, Copy)]
pub struct Granter<'a> {
    /// What they may do themselves.
    pub authority: &'a Authority,
    /// Where they have the permission that lets them ask.
    pub scope: &'a SegmentScope,
}

impl ServiceAccount {
    /// Whether somebody who sees `scope` sees the account: all of its segments must be in it, because whoever changes an
    /// account changes what happens in each of them. An account without a role belongs to the whole organization.
    #[must_use]
    pub fn is_visible(&self, scope: &SegmentScope, segments: &[Segment]) -> bool {
        let own = self
            .assignments
            .iter()
            .map(|a| SegmentScope::below(&a.segments, segments));
        let own = own.reduce(|a, b| a.union(&b)).unwrap_or(SegmentScope::All);
        own.is_within(scope)
    }
}

/// The account of that id, if somebody who sees `scope` sees it.
///
/// # Errors
/// When there is none.
pub fn find(
    view: &mut (impl ServiceAccounts + Segments + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    id: ServiceAccountId,
) -> Result<ServiceAccount, ServiceAccountError> {
    let account = view.service_account(organization, id)?;
    let account = account.ok_or(ServiceAccountError::Unknown)?;
    let segments = view.segments(organization)?;
    if account.is_visible(scope, &segments) {
        Ok(account)
    } else {
        Err(ServiceAccountError::Unknown)
    }
}

/// Makes an account without tokens.
///
/// # Errors
/// See [`ServiceAccountError`].
pub fn create(
    tx: &mut (impl OrganizationsMut + SegmentsMut + SegmentRolesMut + ServiceAccountsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    by: Granter<'_>,
    request: &WriteServiceAccount,
) -> Result<ServiceAccount, ServiceAccountError> {
    // Locked, so that a role or a segment does not vanish meanwhile, and the limit holds.
    tx.lock_organization(organization)?;
    let mut account = ServiceAccount {
        id: cx.id(),
        organization,
        name: String::new(),
        description: None,
        assignments: Vec::new(),
        created_at: cx.now,
        updated_at: cx.now,
    };
    apply(&mut account, request)?;
    check_name(&account)?;
    check_assignments(tx, by, &account)?;
    if tx.service_accounts(organization)?.len() >= ACCOUNTS_MAX {
        return Err(ServiceAccountError::LimitExceeded);
    }
    insert(tx, cx, &account)?;
    Ok(account)
}

/// Stores a new account whose parts are checked.
pub(crate) fn insert(
    tx: &mut (impl ServiceAccountsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    account: &ServiceAccount,
) -> Result<(), StoreError> {
    tx.insert_service_account(account)?;
    let audit = Audit::new(cx, account.organization, "base.organization.serviceAccount.create")
        .target(Target::ServiceAccount(account.id))
        .after(told(account));
    tx.append_audit(&audit.done())
}

/// Changes an account; for all its tokens at once.
///
/// # Errors
/// See [`ServiceAccountError`].
pub fn update(
    tx: &mut (impl OrganizationsMut + SegmentsMut + SegmentRolesMut + ServiceAccountsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    by: Granter<'_>,
    id: ServiceAccountId,
    request: &WriteServiceAccount,
) -> Result<ServiceAccount, ServiceAccountError> {
    tx.lock_organization(organization)?;
    let before = find(tx, organization, by.scope, id)?;
    let mut after = before.clone();
    apply(&mut after, request)?;
    check_name(&after)?;
    if after == before {
        return Ok(before);
    }
    if after.assignments != before.assignments {
        check_assignments(tx, by, &after)?;
    }
    after.updated_at = cx.now;
    tx.update_service_account(&after)?;
    let audit = Audit::new(cx, organization, "base.organization.serviceAccount.update")
        .target(Target::ServiceAccount(id))
        .before(told(&before))
        .after(told(&after));
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes an account with its tokens, which open nothing from then on.
///
/// # Errors
/// See [`ServiceAccountError`].
pub fn remove(
    tx: &mut (impl OrganizationsMut + Segments + ServiceAccountsMut + ApiTokensMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: ServiceAccountId,
) -> Result<ServiceAccount, ServiceAccountError> {
    tx.lock_organization(organization)?;
    let account = find(tx, organization, scope, id)?;
    let tokens = tx.api_tokens_of(id)?;
    tx.remove_service_account(id)?;
    let mut was = told(&account);
    was["tokenIds"] = tokens.iter().map(|t| json!(t.id.to_string())).collect();
    let audit = Audit::new(cx, organization, "base.organization.serviceAccount.remove")
        .target(Target::ServiceAccount(id))
        .before(was);
    tx.append_audit(&audit.done())?;
    Ok(account)
}

fn apply(account: &mut ServiceAccount, request: &WriteServiceAccount) -> Result<(), ServiceAccountError> {
    let field = |field| move |error| ServiceAccountError::Field { field, error };
    if let Some(name) = &request.name {
        account.name = text::line(name, NAME_CHARS_MAX).map_err(field("name"))?;
    }
    if let Some(description) = &request.description {
        let line = |text: &String| text::line(text, DESCRIPTION_CHARS_MAX).map_err(field("description"));
        account.description = description.as_ref().map(line).transpose()?;
    }
    if let Some(assignments) = &request.assignments {
        account.assignments.clone_from(assignments);
    }
    Ok(())
}

fn check_name(account: &ServiceAccount) -> Result<(), ServiceAccountError> {
    if account.name.is_empty() {
        return Err(ServiceAccountError::Field {
            field: "name",
            error: TextError::Empty,
        });
    }
    Ok(())
}

/// Roles and segments exist for the caller, and nothing is granted that the caller does not have.
fn check_assignments(
    view: &mut (impl Segments + SegmentRoles + ?Sized),
    by: Granter<'_>,
    account: &ServiceAccount,
) -> Result<(), ServiceAccountError> {
    let too_many = |field: String, max| ServiceAccountError::TooMany { field, max };
    if account.assignments.len() > ASSIGNMENTS_MAX {
        return Err(too_many("roles".to_owned(), ASSIGNMENTS_MAX));
    }
    let segments = view.segments(account.organization)?;
    let roles = view.segment_roles(account.organization)?;
    for (index, assignment) in account.assignments.iter().enumerate() {
        if let RoleName::Own(id) = &assignment.role
            && !roles.iter().any(|role| role.id == *id)
        {
            return Err(ServiceAccountError::UnknownReference {
                path: format!("roles[{index}].roleId"),
                id: id.to_string(),
            });
        }
        if assignment.segments.len() > ASSIGNMENT_SEGMENTS_MAX {
            return Err(too_many(format!("roles[{index}].segmentIds"), ASSIGNMENT_SEGMENTS_MAX));
        }
        for (place, id) in assignment.segments.iter().enumerate() {
            if !by.scope.contains(*id) || !segments.iter().any(|s| s.id == *id) {
                return Err(ServiceAccountError::UnknownReference {
                    path: format!("roles[{index}].segmentIds[{place}]"),
                    id: id.to_string(),
                });
            }
        }
    }
    let wanted = Authority::of_account(account, &roles, &segments);
    match by.authority.first_excess(&wanted) {
        Some(grant) => Err(ServiceAccountError::Excess(grant)),
        None => Ok(()),
    }
}

/// An account for the audit record.
fn told(account: &ServiceAccount) -> Value {
    let roles = account.assignments.iter().map(|assignment| {
        let segments: Vec<u32> = assignment.segments.iter().map(|s| s.0).collect();
        match &assignment.role {
            RoleName::BuiltIn(role) => json!({ "roleId": role.as_str(), "segmentIds": segments }),
            RoleName::Own(id) => json!({ "roleId": id.to_string(), "segmentIds": segments }),
            RoleName::None(actions) => json!({ "actions": actions.texts(), "segmentIds": segments }),
        }
    });
    json!({ "name": account.name, "description": account.description, "roles": roles.collect::<Vec<_>>() })
}
