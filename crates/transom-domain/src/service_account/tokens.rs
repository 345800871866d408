//! The bearer tokens of a service account.

use super::{Granter, ServiceAccountError, find};
use crate::{
    ApiTokenId, Context, OrganizationId, ServiceAccountId, Timestamp,
    address_range::AddressRange,
    api_token::{self, ApiToken, IssuedApiToken, NAME_CHARS_MAX},
    authority::Authority,
    permission::PermissionSet,
    ports::{ApiTokensMut, AuditLogMut, OrganizationsMut, SegmentRoles, Segments, ServiceAccountsMut, StoreError},
    text::{self, TextError},
};
use std::time::Duration;

/// Most tokens of one account. Tokens that ended are forgotten, oldest first, to make room.
pub const TOKENS_MAX: usize = 100;

/// Most ranges of addresses of one token.
pub const ADDRESSES_MAX: usize = 50;

/// Shortest life of a token: less is over before it is used.
pub const LIFE_MIN: Duration = Duration::from_secs(60);

/// Longest life of a token that ends: ten years. What is to live longer is given no end.
pub const LIFE_MAX: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueToken {
    /// Its name.
    pub name: String,
    /// When it ends; never, if none.
    pub expires_at: Option<Timestamp>,
    /// From where it may be used; empty: from everywhere.
    pub addresses: Vec<AddressRange>,
}

/// Why a token is not made or ended.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The name is malformed.
    #[error("name: {0}")]
    Name(TextError),
    /// The end is too near or too far.
    #[error("a token lives {} s to {} s", LIFE_MIN.as_secs(), LIFE_MAX.as_secs())]
    Life,
    /// Too many ranges of addresses.
    #[error("a token has at most {ADDRESSES_MAX} ranges of addresses")]
    Addresses,
    /// The account has too many tokens that hold.
    #[error("a service account has at most {TOKENS_MAX} tokens that hold")]
    LimitExceeded,
    /// The account may do what the caller may not.
    #[error("the caller lacks {0}, which the account has")]
    Excess(String),
    /// No such account or token, or out of the caller's sight.
    #[error("the service account or its token does not exist")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ServiceAccountError> for TokenError {
    fn from(error: ServiceAccountError) -> Self {
        match error {
            ServiceAccountError::Store(error) => Self::Store(error),
            // Looking for an account ends in no other way.
            _ => Self::Unknown,
        }
    }
}

/// Makes a token that may do all that its account may. The caller must be able to do that too: a token in hand is the
/// account's power in hand.
///
/// # Errors
/// See [`TokenError`].
pub fn issue(
    tx: &mut (impl OrganizationsMut + Segments + SegmentRoles + ServiceAccountsMut + ApiTokensMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    by: Granter<'_>,
    id: ServiceAccountId,
    request: &IssueToken,
) -> Result<IssuedApiToken, TokenError> {
    let name = text::line(&request.name, NAME_CHARS_MAX).map_err(TokenError::Name)?;
    if request.addresses.len() > ADDRESSES_MAX {
        return Err(TokenError::Addresses);
    }
    if let Some(end) = request.expires_at
        && (end < cx.now + LIFE_MIN || end > cx.now + LIFE_MAX)
    {
        return Err(TokenError::Life);
    }
    tx.lock_organization(organization)?;
    let account = find(tx, organization, by.scope, id)?;
    let (roles, segments) = (tx.segment_roles(organization)?, tx.segments(organization)?);
    let power = Authority::of_account(&account, &roles, &segments);
    if let Some(grant) = by.authority.first_excess(&power) {
        return Err(TokenError::Excess(grant));
    }
    make_room(tx, cx.now, id)?;
    let token = ApiToken {
        id: cx.id(),
        organization,
        account: id,
        name,
        hash: crate::secret::SecretHash([0; 32]),
        permissions: PermissionSet::everything(),
        segments: Vec::new(),
        addresses: request.addresses.clone(),
        created_at: cx.now,
        expires_at: request.expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    Ok(api_token::issue(tx, cx, token)?)
}

/// Forgets tokens that ended, if there are too many.
fn make_room(
    tx: &mut (impl ApiTokensMut + ?Sized),
    now: Timestamp,
    account: ServiceAccountId,
) -> Result<(), TokenError> {
    let tokens = tx.api_tokens_of(account)?;
    let surplus = (tokens.len() + 1).saturating_sub(TOKENS_MAX);
    let ended: Vec<ApiTokenId> = tokens.iter().filter(|t| !t.is_valid(now)).map(|t| t.id).collect();
    if ended.len() < surplus {
        return Err(TokenError::LimitExceeded);
    }
    for id in ended.into_iter().take(surplus) {
        tx.remove_api_token(id)?;
    }
    Ok(())
}

/// Ends a token of an account at once.
///
/// # Errors
/// See [`TokenError`].
pub fn revoke(
    tx: &mut (impl Segments + ServiceAccountsMut + ApiTokensMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    by: Granter<'_>,
    account: ServiceAccountId,
    id: ApiTokenId,
) -> Result<ApiToken, TokenError> {
    find(tx, organization, by.scope, account)?;
    let token = tx.api_token(organization, id)?.filter(|t| t.account == account);
    let mut token = token.ok_or(TokenError::Unknown)?;
    api_token::end(tx, cx, &mut token)?;
    Ok(token)
}
