//! The roles over idempotency keys.

use super::StoreError;
use crate::{ApiTokenId, Timestamp, idempotency::KeyUse};

/// Looks at idempotency keys.
pub trait IdempotencyKeys {
    /// The use of a key by a token, expired or not.
    fn idempotency_key(&mut self, token: ApiTokenId, key: &str) -> Result<Option<KeyUse>, StoreError>;
}

/// Changes idempotency keys.
pub trait IdempotencyKeysMut: IdempotencyKeys {
    /// Stores a use, in place of one that has expired at its moment; `false`, and nothing is stored, where there is one
    /// that holds. Waits for another unit that is just storing a use of the same key.
    fn claim_idempotency_key(&mut self, claim: &KeyUse) -> Result<bool, StoreError>;

    /// Stores the answer of a use, which must exist.
    fn keep_idempotent_answer(&mut self, token: ApiTokenId, key: &str, answer: &[u8]) -> Result<(), StoreError>;

    /// Forgets uses that have expired at `now`, oldest first, at most `limit`; how many.
    fn forget_idempotency_keys(&mut self, now: Timestamp, limit: u32) -> Result<u32, StoreError>;
}
