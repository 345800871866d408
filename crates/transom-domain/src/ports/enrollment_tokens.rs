//! The roles over enrolment tokens.

use super::StoreError;
use crate::{EnrollmentTokenId, enrollment_token::EnrollmentToken, secret::SecretHash};

/// Looks at enrolment tokens.
pub trait EnrollmentTokens {
    /// The token with that hash, usable or not.
    fn enrollment_token_by_hash(&mut self, hash: &SecretHash) -> Result<Option<EnrollmentToken>, StoreError>;
}

/// Changes enrolment tokens.
pub trait EnrollmentTokensMut: EnrollmentTokens {
    /// Stores a new token.
    fn insert_enrollment_token(&mut self, token: &EnrollmentToken) -> Result<(), StoreError>;

    /// Locks a token until the unit ends and reads it.
    fn lock_enrollment_token(&mut self, id: EnrollmentTokenId) -> Result<Option<EnrollmentToken>, StoreError>;

    /// Stores a token's uses and end of validity.
    fn update_enrollment_token(&mut self, token: &EnrollmentToken) -> Result<(), StoreError>;
}
