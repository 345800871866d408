//! When tokens were last used: kept in memory and written in batches, so that no request waits for a write (decision 9).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use transom_domain::{
    Actor, ApiTokenId, Environment, Origin, Timestamp,
    ports::{Store, StoreError},
};

/// Tokens that the buffer holds. Only valid tokens come here, and there are rarely thousands; one takes some 40 bytes.
pub const BUFFERED_MAX: usize = 10_000;

/// Tokens in one unit of work: the only writer of SQLite must not be held for long by something that can wait.
const WRITTEN_AT_ONCE: usize = 1_000;

/// The last use of each token, until somebody writes them down with [`TokenUses::flush`]. Losing the last seconds of them in
/// a crash is allowed. When the buffer is full, tokens that are not in it are passed over until the next flush.
#[derive(Debug, Clone, Default)]
pub struct TokenUses(Arc<Mutex<HashMap<ApiTokenId, Timestamp>>>);

impl TokenUses {
    /// Remembers that a token was used at `at`.
    pub fn record(&self, token: ApiTokenId, at: Timestamp) {
        let mut uses = self.uses();
        if uses.len() < BUFFERED_MAX || uses.contains_key(&token) {
            uses.insert(token, at);
        }
    }

    /// Writes what was remembered and answers how many tokens that were. What cannot be written is kept for the next time.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn flush(&self, store: &dyn Store, environment: &dyn Environment) -> Result<usize, StoreError> {
        let uses: Vec<(ApiTokenId, Timestamp)> = std::mem::take(&mut *self.uses()).into_iter().collect();
        let mut written = 0;
        for chunk in uses.chunks(WRITTEN_AT_ONCE) {
            let cx = environment.context(Actor::Server("token uses"), Origin::default());
            let batch = chunk.to_vec();
            let done: Result<(), StoreError> = store.write(&cx, move |tx, _| tx.record_token_uses(&batch)).await;
            if let Err(error) = done {
                let mut waiting = self.uses();
                for (token, at) in &uses[written..] {
                    waiting.entry(*token).or_insert(*at);
                }
                return Err(error);
            }
            written += chunk.len();
        }
        Ok(written)
    }

    fn uses(&self) -> MutexGuard<'_, HashMap<ApiTokenId, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_buffer_still_follows_the_tokens_it_knows() {
        let uses = TokenUses::default();
        let token = |n: usize| {
            let mut id = [0; 12];
            id[..8].copy_from_slice(&n.to_be_bytes());
            ApiTokenId::from(id)
        };
        for n in 0..=BUFFERED_MAX {
            uses.record(token(n), Timestamp::from_millis(1));
        }
        uses.record(token(0), Timestamp::from_millis(2));
        assert_eq!(uses.uses().len(), BUFFERED_MAX);
        assert_eq!(uses.uses()[&token(0)], Timestamp::from_millis(2));
    }
}
