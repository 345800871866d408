//! Idempotency keys: a caller that lost an answer asks again with the same key, and the thing is done once.

use crate::{
    ApiTokenId, Context, OrganizationId, Timestamp,
    ports::{IdempotencyKeys, IdempotencyKeysMut, StoreError},
};
use std::time::Duration;

/// How long a key holds: a day, within which every sensible repetition of a lost request falls.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest key, in characters: a UUID several times over.
pub const KEY_CHARS_MAX: usize = 255;

/// Largest answer that is kept for a repetition, in bytes: many times the object of a device with all it reported. A
/// repetition of a request with a larger one learns that it was carried out, and no more.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Most keys that one step of the job forgets: a short transaction, so that PCs and callers need not wait.
pub const FORGET_STEP: u32 = 500;

/// A key that was used, kept in the unit of work of the request that it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// Whose.
    pub organization: OrganizationId,
    /// By which token: keys of two tokens have nothing to do with each other.
    pub token: ApiTokenId,
    /// The key.
    pub key: String,
    /// SHA-256 of the request.
    pub request: [u8; 32],
    /// When.
    pub used_at: Timestamp,
    /// From when on it is as if it had never been used.
    pub expires_at: Timestamp,
    /// The answer, sealed by whoever keeps it; none where it was too large, or was lost.
    pub answer: Option<Vec<u8>>,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// It was not used yet.
    Nothing,
    /// Another request used it.
    Other,
    /// The same request was carried out; its answer, if that was kept.
    Same(Option<Vec<u8>>),
}

impl KeyUse {
    /// A use of `key` now, without an answer yet.
    #[must_use]
    pub fn new(now: Timestamp, organization: OrganizationId, token: ApiTokenId, key: &str, request: [u8; 32]) -> Self {
        Self {
            organization,
            token,
            key: key.to_owned(),
            request,
            used_at: now,
            expires_at: now + KEPT_FOR,
            answer: None,
        }
    }
}

/// Whether a key may be used: 1 to 255 printable characters of ASCII, no space at either end.
#[must_use]
pub fn is_key(text: &str) -> bool {
    (1..=KEY_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
        && text.trim() == text
}

/// What is known of the key of a request that came again, or for the first time.
///
/// # Errors
/// When the store fails.
pub fn earlier(
    view: &mut (impl IdempotencyKeys + ?Sized),
    now: Timestamp,
    token: ApiTokenId,
    key: &str,
    request: &[u8; 32],
) -> Result<Earlier, StoreError> {
    let found = view.idempotency_key(token, key)?.filter(|k| k.expires_at > now);
    Ok(match found {
        None => Earlier::Nothing,
        Some(found) if found.request != *request => Earlier::Other,
        Some(found) => Earlier::Same(found.answer),
    })
}

/// One step of the job that forgets keys. Returns how many; fewer than [`FORGET_STEP`] means that none is left.
///
/// # Errors
/// When the store fails.
pub fn forget(tx: &mut (impl IdempotencyKeysMut + ?Sized), cx: &Context) -> Result<u32, StoreError> {
    tx.forget_idempotency_keys(cx.now, FORGET_STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_printable_and_of_bounded_length() {
        assert!(is_key("x") && is_key("a b") && is_key(&"~".repeat(KEY_CHARS_MAX)));
        for text in ["", " a", "a ", "a\nb", "é", &"x".repeat(KEY_CHARS_MAX + 1)] {
            assert!(!is_key(text), "{text:?}");
        }
    }
}
