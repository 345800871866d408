//! Segment roles: named sets of permissions that service accounts get in segments (B.7, B.8).

use crate::{
    Context, OrganizationId, SegmentRoleId, ServiceAccountId, Timestamp,
    audit::{Audit, Target},
    authority::Authority,
    permission::{GRANTS_MAX, Grant, PermissionSet},
    ports::{AuditLogMut, OrganizationsMut, SegmentRolesMut, ServiceAccountsMut, StoreError},
    segment::SegmentScope,
    service_account::RoleName,
    text::{self, TextError},
};
use serde_json::json;

/// Longest name of a role.
pub const NAME_CHARS_MAX: usize = 128;

/// Longest slug of a role.
pub const SLUG_CHARS_MAX: usize = 64;

/// Most roles of an organization's own: the list is answered at once.
pub const ROLES_MAX: usize = 200;

/// A role that every organization has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BuiltInRole {
    /// Looks at everything.
    Viewer,
    /// Looks at everything, sends commands, manages scripts and assets.
    Developer,
    /// Everything.
    Admin,
}

impl BuiltInRole {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Developer, Self::Admin];

    /// Its name in requests; its slug too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Admin => "admin",
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Developer => "Developer",
            Self::Admin => "Admin",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// What it may do (B.8).
    #[must_use]
    pub fn actions(self) -> PermissionSet {
        let texts: &[&str] = match self {
            Self::Viewer => &["*.list", "*.get"],
            Self::Developer => &[
                "*.list",
                "*.get",
                "mdm.windows.command.*",
                "mdm.global.script.*",
                "mdm.global.asset.*",
            ],
            Self::Admin => &["*"],
        };
        PermissionSet(texts.iter().filter_map(|text| Grant::parse(text).ok()).collect())
    }
}

/// A role of an organization's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRole {
    /// Its id.
    pub id: SegmentRoleId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name for people.
    pub name: String,
    /// Its name for programs, unique in the organization.
    pub slug: String,
    /// What it may do.
    pub actions: PermissionSet,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a role is to be. What is `None` stays as it is, or is made up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteRole {
    /// Its name.
    pub name: Option<String>,
    /// Its slug; for a new role made from the name where there is none.
    pub slug: Option<String>,
    /// What it may do, as [`Grant`]s.
    pub actions: Option<Vec<String>>,
}

/// Why a role is not made, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// A field is malformed.
    #[error("{field}: {error}")]
    Field {
        /// Which.
        field: &'static str,
        /// Why.
        error: TextError,
    },
    /// An action is malformed.
    #[error("action {0:?}: {1}")]
    Action(String, TextError),
    /// No action at all, or too many.
    #[error("a role has 1 to {GRANTS_MAX} actions")]
    Actions,
    /// Another role has the slug.
    #[error("a role with the slug {0} exists already")]
    Taken(String),
    /// The role would grant what the caller does not have.
    #[error("the caller lacks {0} in the whole organization")]
    Excess(String),
    /// Accounts have the role.
    #[error("{} service accounts have the role", .0.len())]
    InUse(Vec<ServiceAccountId>),
    /// There are too many.
    #[error("an organization has at most {ROLES_MAX} segment roles of its own")]
    LimitExceeded,
    /// No such role.
    #[error("the role does not exist")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A slug made of a name: letters and digits in lower case, everything else as single hyphens.
fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.chars().take(SLUG_CHARS_MAX).collect();
    slug.trim_end_matches('-').to_owned()
}

fn checked_slug(text: &str) -> Result<String, TextError> {
    let slug = text::line(text, SLUG_CHARS_MAX)?.to_ascii_lowercase();
    if !slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(TextError::Shape("a slug has letters, digits and hyphens"));
    }
    if BuiltInRole::from_name(&slug).is_some() {
        return Err(TextError::Shape(
            "viewer, developer and admin are roles that every organization has",
        ));
    }
    Ok(slug)
}

/// What the caller may do with roles: a role grants wherever it is assigned, so its actions must be the caller's own in
/// the whole organization.
fn checked_actions(by: &Authority, actions: &[String]) -> Result<PermissionSet, RoleError> {
    if actions.is_empty() || actions.len() > GRANTS_MAX {
        return Err(RoleError::Actions);
    }
    let actions = PermissionSet::parse(actions).map_err(|(text, error)| RoleError::Action(text, error))?;
    match by.lacking(&actions, &SegmentScope::All) {
        Some(grant) => Err(RoleError::Excess(grant)),
        None => Ok(actions),
    }
}

fn told(role: &SegmentRole) -> serde_json::Value {
    json!({ "name": role.name, "slug": role.slug, "actions": role.actions.texts() })
}

/// Makes a role.
///
/// # Errors
/// See [`RoleError`].
pub fn create(
    tx: &mut (impl OrganizationsMut + SegmentRolesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    by: &Authority,
    request: &WriteRole,
) -> Result<SegmentRole, RoleError> {
    let field = |field| move |error| RoleError::Field { field, error };
    let name = text::line(request.name.as_deref().unwrap_or_default(), NAME_CHARS_MAX).map_err(field("name"))?;
    let slug = request.slug.clone().unwrap_or_else(|| slug_of(&name));
    let slug = checked_slug(&slug).map_err(field("slug"))?;
    let actions = checked_actions(by, request.actions.as_deref().unwrap_or_default())?;
    // Locked, so that two callers cannot pass the limit or take one slug together.
    tx.lock_organization(organization)?;
    let roles = tx.segment_roles(organization)?;
    if roles.iter().any(|r| r.slug == slug) {
        return Err(RoleError::Taken(slug));
    }
    if roles.len() >= ROLES_MAX {
        return Err(RoleError::LimitExceeded);
    }
    let role = SegmentRole {
        id: cx.id(),
        organization,
        name,
        slug,
        actions,
        created_at: cx.now,
        updated_at: cx.now,
    };
    tx.insert_segment_role(&role)?;
    let audit = Audit::new(cx, organization, "base.organization.segmentRole.create")
        .target(Target::SegmentRole(role.id))
        .after(told(&role));
    tx.append_audit(&audit.done())?;
    Ok(role)
}

/// Changes a role, for every account that has it at once.
///
/// # Errors
/// See [`RoleError`].
pub fn update(
    tx: &mut (impl OrganizationsMut + SegmentRolesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    by: &Authority,
    id: SegmentRoleId,
    request: &WriteRole,
) -> Result<SegmentRole, RoleError> {
    let field = |field| move |error| RoleError::Field { field, error };
    tx.lock_organization(organization)?;
    let before = tx.segment_role(organization, id)?.ok_or(RoleError::Unknown)?;
    let mut after = before.clone();
    if let Some(name) = &request.name {
        after.name = text::line(name, NAME_CHARS_MAX).map_err(field("name"))?;
    }
    if let Some(slug) = &request.slug {
        after.slug = checked_slug(slug).map_err(field("slug"))?;
        let roles = tx.segment_roles(organization)?;
        if roles.iter().any(|r| r.slug == after.slug && r.id != id) {
            return Err(RoleError::Taken(after.slug));
        }
    }
    if let Some(actions) = &request.actions {
        after.actions = checked_actions(by, actions)?;
    }
    if after == before {
        return Ok(before);
    }
    after.updated_at = cx.now;
    tx.update_segment_role(&after)?;
    let audit = Audit::new(cx, organization, "base.organization.segmentRole.update")
        .target(Target::SegmentRole(id))
        .before(told(&before))
        .after(told(&after));
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes a role that no account has.
///
/// # Errors
/// See [`RoleError`].
pub fn remove(
    tx: &mut (impl OrganizationsMut + SegmentRolesMut + ServiceAccountsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    id: SegmentRoleId,
) -> Result<SegmentRole, RoleError> {
    tx.lock_organization(organization)?;
    let role = tx.segment_role(organization, id)?.ok_or(RoleError::Unknown)?;
    let accounts = tx.service_accounts(organization)?;
    let holders = accounts
        .iter()
        .filter(|account| account.assignments.iter().any(|a| a.role == RoleName::Own(id)));
    let holders: Vec<_> = holders.map(|account| account.id).collect();
    if !holders.is_empty() {
        return Err(RoleError::InUse(holders));
    }
    tx.remove_segment_role(id)?;
    let audit = Audit::new(cx, organization, "base.organization.segmentRole.remove")
        .target(Target::SegmentRole(id))
        .before(told(&role));
    tx.append_audit(&audit.done())?;
    Ok(role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_looks_a_developer_sends_commands_too_and_an_admin_may_do_everything() {
        let allowed = |role: BuiltInRole, permission: &str| role.actions().allows(permission);
        for permission in ["mdm.windows.device.list", "base.organization.segmentRole.get"] {
            assert!(BuiltInRole::ALL.into_iter().all(|role| allowed(role, permission)));
        }
        let commands = "mdm.windows.command.create";
        assert!(!allowed(BuiltInRole::Viewer, commands) && allowed(BuiltInRole::Developer, commands));
        let update = "mdm.windows.device.update";
        assert!(!allowed(BuiltInRole::Developer, update) && allowed(BuiltInRole::Admin, update));
    }

    #[test]
    fn a_slug_is_made_of_the_name() {
        assert_eq!(slug_of("Help Desk (North)"), "help-desk-north");
        assert_eq!(slug_of("  ä  "), "");
        assert!(checked_slug("admin").is_err() && checked_slug("").is_err());
        assert_eq!(checked_slug("Help-Desk").unwrap(), "help-desk");
    }
}
