//! Bearer tokens of service accounts: who may call the API of an organization, for what, in which segments.

use crate::{
    ApiTokenId, Context, OrganizationId, Timestamp,
    audit::{Audit, Target},
    permission::{GRANTS_MAX, Grant, PermissionSet},
    ports::{ApiTokensMut, AuditLogMut, SegmentsMut, StoreError},
    secret::{Secret, SecretHash},
    segment::SegmentId,
    text::{self, TextError},
};

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
    /// Its name, for people and the audit record.
    pub name: String,
    /// The hash of the token.
    pub hash: SecretHash,
    /// What it may do.
    pub permissions: PermissionSet,
    /// Where: these segments and what lies below. Empty: everywhere.
    pub segments: Vec<SegmentId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; never, if none.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiToken {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
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
    /// What it may do, as [`Grant`]s.
    pub permissions: Vec<String>,
    /// Where; empty: everywhere.
    pub segments: Vec<SegmentId>,
}

/// Makes a token after checking the request.
///
/// # Errors
/// See [`ApiTokenError`].
pub fn create(
    tx: &mut (impl ApiTokensMut + SegmentsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    request: &CreateApiToken,
) -> Result<IssuedApiToken, ApiTokenError> {
    let name = text::line(&request.name, NAME_CHARS_MAX).map_err(ApiTokenError::Name)?;
    if request.permissions.is_empty() || request.permissions.len() > GRANTS_MAX {
        return Err(ApiTokenError::Permissions);
    }
    let grants = request.permissions.iter().map(|text| {
        Grant::parse(text).map_err(|error| ApiTokenError::Permission(text.chars().take(64).collect(), error))
    });
    let permissions = PermissionSet(grants.collect::<Result<_, _>>()?);
    for segment in &request.segments {
        tx.segment(organization, *segment)?
            .ok_or(ApiTokenError::UnknownSegment(*segment))?;
    }
    Ok(issue(
        tx,
        cx,
        organization,
        &name,
        permissions,
        request.segments.clone(),
    )?)
}

/// Makes a token from checked parts.
///
/// # Errors
/// When the store fails.
pub(crate) fn issue(
    tx: &mut (impl ApiTokensMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    name: &str,
    permissions: PermissionSet,
    segments: Vec<SegmentId>,
) -> Result<IssuedApiToken, StoreError> {
    let secret = Secret::generate(cx, API_TOKEN_PREFIX);
    let token = ApiToken {
        id: cx.id(),
        organization,
        name: name.to_owned(),
        hash: secret.hash(),
        permissions,
        segments,
        created_at: cx.now,
        expires_at: None,
        revoked_at: None,
    };
    tx.insert_api_token(&token)?;
    let after = serde_json::json!({
        "name": token.name,
        "permissions": token.permissions.0.iter().map(Grant::as_str).collect::<Vec<_>>(),
        "segments": token.segments.iter().map(|s| s.0).collect::<Vec<_>>(),
    });
    let audit = Audit::new(cx, organization, "base.organization.serviceAccount.create")
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
    if token.revoked_at.is_none() {
        token.revoked_at = Some(cx.now);
        tx.update_api_token(&token)?;
        let audit = Audit::new(cx, organization, "base.organization.serviceAccount.revoke")
            .target(Target::ApiToken(id))
            .before(serde_json::json!({ "revokedAt": null }))
            .after(serde_json::json!({ "revokedAt": cx.now.to_string() }));
        tx.append_audit(&audit.done())?;
    }
    Ok(token)
}
