//! Bearer tokens of service accounts: who may call the API of an organization, for what, in which segments, from where.

use crate::{
    ApiTokenId, Context, OrganizationId, ServiceAccountId, Timestamp,
    address_range::AddressRange,
    audit::{Audit, Target},
    permission::{GRANTS_MAX, PermissionSet},
    ports::{ApiTokensMut, AuditLogMut, SegmentsMut, ServiceAccountsMut, StoreError},
    secret::{Secret, SecretHash},
    segment::SegmentId,
    service_account::{self, Assignment, RoleName, ServiceAccount},
    text::{self, TextError},
};
use core::net::IpAddr;

/// How a token starts, so that people and secret scanners recognise one.
pub const API_TOKEN_PREFIX: &str = "trm_";

/// Longest name of a token.
pub const NAME_CHARS_MAX: usize = 128;

/// A token's record. The token itself is kept as a hash only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// The only organization it opens.
    pub organization: OrganizationId,
    /// The account whose token it is.
    pub account: ServiceAccountId,
    /// Its name, for people and the audit record.
    pub name: String,
    /// The hash of the token.
    pub hash: SecretHash,
    /// What it may do, of what its account may do.
    pub permissions: PermissionSet,
    /// Where, of where its account may: these segments and what lies below. Empty: everywhere.
    pub segments: Vec<SegmentId>,
    /// From where it may be used; empty: from everywhere.
    pub addresses: Vec<AddressRange>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; never, if none.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to within the seconds that last uses stay in memory.
    pub last_used_at: Option<Timestamp>,
}

impl ApiToken {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it may be used from `address`. Where the address is not known, a token with a list of addresses may not.
    #[must_use]
    pub fn is_allowed_from(&self, address: Option<IpAddr>) -> bool {
        self.addresses.is_empty() || address.is_some_and(|a| self.addresses.iter().any(|range| range.contains(a)))
    }
}

/// A new token, the only time it is seen in clear.
#[derive(Debug, Clone)]
pub struct IssuedApiToken {
    /// The record.
    pub token: ApiToken,
    /// The token.
    pub secret: Secret,
}

/// Why a token cannot be made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum ApiTokenError {
    /// The name is malformed.
    #[error("name: {0}")]
    Name(TextError),
    /// A permission is malformed.
    #[error("permission {0:?}: {1}")]
    Permission(String, TextError),
    /// No permission at all, or too many.
    #[error("a token has 1 to {GRANTS_MAX} permissions")]
    Permissions,
    /// A segment does not exist.
    #[error("segment {0} does not exist")]
    UnknownSegment(SegmentId),
    /// No such token.
    #[error("the token does not exist")]
    UnknownToken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateApiToken {
    /// Its name.
    pub name: String,
    /// What it may do, as [`crate::permission::Grant`]s.
    pub permissions: Vec<String>,
    /// Where; empty: everywhere.
    pub segments: Vec<SegmentId>,
}

/// Makes a token, and the account that it belongs to, after checking the request.
///
/// # Errors
/// See [`ApiTokenError`].
pub fn create(
    tx: &mut (impl ApiTokensMut + ServiceAccountsMut + SegmentsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    request: &CreateApiToken,
) -> Result<IssuedApiToken, ApiTokenError> {
    let name = text::line(&request.name, NAME_CHARS_MAX).map_err(ApiTokenError::Name)?;
    if request.permissions.is_empty() || request.permissions.len() > GRANTS_MAX {
        return Err(ApiTokenError::Permissions);
    }
    let permissions = PermissionSet::parse(&request.permissions);
    let permissions = permissions.map_err(|(text, error)| ApiTokenError::Permission(text, error))?;
    for segment in &request.segments {
        tx.segment(organization, *segment)?
            .ok_or(ApiTokenError::UnknownSegment(*segment))?;
    }
    let segments = request.segments.clone();
    Ok(with_account(tx, cx, organization, &name, permissions, segments)?)
}

/// Makes an account that may do just this, and its token, from checked parts.
///
/// # Errors
/// When the store fails.
pub(crate) fn with_account(
    tx: &mut (impl ApiTokensMut + ServiceAccountsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    name: &str,
    permissions: PermissionSet,
    segments: Vec<SegmentId>,
) -> Result<IssuedApiToken, StoreError> {
    let account = ServiceAccount {
        id: cx.id(),
        organization,
        name: name.to_owned(),
        description: None,
        assignments: vec![Assignment {
            role: RoleName::None(permissions.clone()),
            segments: segments.clone(),
        }],
        created_at: cx.now,
        updated_at: cx.now,
    };
    service_account::insert(tx, cx, &account)?;
    let token = ApiToken {
        id: cx.id(),
        organization,
        account: account.id,
        name: name.to_owned(),
        hash: SecretHash([0; 32]),
        permissions,
        segments,
        addresses: Vec::new(),
        created_at: cx.now,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    };
    issue(tx, cx, token)
}

/// Gives a token its secret and stores it.
///
/// # Errors
/// When the store fails.
pub(crate) fn issue(
    tx: &mut (impl ApiTokensMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    mut token: ApiToken,
) -> Result<IssuedApiToken, StoreError> {
    let secret = Secret::generate(cx, API_TOKEN_PREFIX);
    token.hash = secret.hash();
    tx.insert_api_token(&token)?;
    let after = serde_json::json!({
        "name": token.name,
        "serviceAccountId": token.account.to_string(),
        "permissions": token.permissions.texts(),
        "segments": token.segments.iter().map(|s| s.0).collect::<Vec<_>>(),
        "expiresAt": token.expires_at.map(|at| at.to_string()),
        "allowedAddresses": token.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    let audit = Audit::new(cx, token.organization, "base.organization.serviceAccount.issue")
        .target(Target::ApiToken(token.id))
        .after(after);
    tx.append_audit(&audit.done())?;
    Ok(IssuedApiToken { token, secret })
}

/// Revokes a token. Revoking a revoked one changes nothing.
///
/// # Errors
/// See [`ApiTokenError`].
pub fn revoke(
    tx: &mut (impl ApiTokensMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    id: ApiTokenId,
) -> Result<ApiToken, ApiTokenError> {
    let mut token = tx.api_token(organization, id)?.ok_or(ApiTokenError::UnknownToken)?;
    end(tx, cx, &mut token)?;
    Ok(token)
}

/// Ends a token at once, if it was not revoked before.
///
/// # Errors
/// When the store fails.
pub(crate) fn end(
    tx: &mut (impl ApiTokensMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    token: &mut ApiToken,
) -> Result<(), StoreError> {
    if token.revoked_at.is_none() {
        token.revoked_at = Some(cx.now);
        tx.update_api_token(token)?;
        let audit = Audit::new(cx, token.organization, "base.organization.serviceAccount.revoke")
            .target(Target::ApiToken(token.id))
            .before(serde_json::json!({ "revokedAt": null }))
            .after(serde_json::json!({ "revokedAt": cx.now.to_string() }));
        tx.append_audit(&audit.done())?;
    }
    Ok(())
}
