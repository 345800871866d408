//! The roles over bearer tokens.

use super::StoreError;
use crate::{ApiTokenId, OrganizationId, ServiceAccountId, Timestamp, api_token::ApiToken, secret::SecretHash};

/// Looks at bearer tokens.
pub trait ApiTokens {
    /// The token with that hash, valid or not.
    fn api_token_by_hash(&mut self, hash: &SecretHash) -> Result<Option<ApiToken>, StoreError>;

    /// The token of that id in an organization.
    fn api_token(&mut self, organization: OrganizationId, id: ApiTokenId) -> Result<Option<ApiToken>, StoreError>;

    /// All tokens of an organization, oldest first.
    fn api_tokens(&mut self, organization: OrganizationId) -> Result<Vec<ApiToken>, StoreError>;

    /// All tokens of a service account, oldest first.
    fn api_tokens_of(&mut self, account: ServiceAccountId) -> Result<Vec<ApiToken>, StoreError>;
}

/// Changes bearer tokens.
pub trait ApiTokensMut: ApiTokens {
    /// Stores a new token.
    fn insert_api_token(&mut self, token: &ApiToken) -> Result<(), StoreError>;

    /// Stores a token's end of validity.
    fn update_api_token(&mut self, token: &ApiToken) -> Result<(), StoreError>;

    /// Removes a token; removing what is not there changes nothing.
    fn remove_api_token(&mut self, id: ApiTokenId) -> Result<(), StoreError>;

    /// Stores last uses. A missing token is skipped, an older moment than the stored one too.
    fn record_token_uses(&mut self, uses: &[(ApiTokenId, Timestamp)]) -> Result<(), StoreError>;
}
