//! The roles over enrolment tokens.

use super::StoreError;
use crate::{
    EnrollmentTokenId, OrganizationId, PolicyId, Timestamp,
    enrollment_token::{EnrollmentToken, EnrollmentTokenQuery},
    page::Page,
    secret::SecretHash,
};

/// Looks at enrolment tokens.
pub trait EnrollmentTokens {
    /// The token with that hash, usable or not.
    fn enrollment_token_by_hash(&mut self, hash: &SecretHash) -> Result<Option<EnrollmentToken>, StoreError>;

    /// The token of that id in an organization, usable or not.
    fn enrollment_token(
        &mut self,
        organization: OrganizationId,
        id: EnrollmentTokenId,
    ) -> Result<Option<EnrollmentToken>, StoreError>;

    /// One page of the tokens that a query means. Tokens of templates are not among them.
    fn enrollment_token_page(&mut self, query: &EnrollmentTokenQuery) -> Result<Page<EnrollmentToken>, StoreError>;

    /// The tokens that name a policy and still open something at `now`, by id.
    fn enrollment_tokens_of_policy(
        &mut self,
        policy: PolicyId,
        now: Timestamp,
    ) -> Result<Vec<EnrollmentToken>, StoreError>;
}

/// Changes enrolment tokens.
pub trait EnrollmentTokensMut: EnrollmentTokens {
    /// Stores a new token.
    fn insert_enrollment_token(&mut self, token: &EnrollmentToken) -> Result<(), StoreError>;

    /// Locks a token until the unit ends and reads it.
    fn lock_enrollment_token(&mut self, id: EnrollmentTokenId) -> Result<Option<EnrollmentToken>, StoreError>;

    /// Stores every field of a token, which must exist.
    fn update_enrollment_token(&mut self, token: &EnrollmentToken) -> Result<(), StoreError>;

    /// Takes a policy out of every token that names it, ended ones too.
    fn detach_policy_from_enrollment_tokens(&mut self, policy: PolicyId) -> Result<(), StoreError>;
}
