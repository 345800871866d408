//! Promises about idempotency keys.

use super::{all, furnish, read, samples, write};
use crate::{
    idempotency::{KEPT_FOR, KeyUse},
    ports::{Store, StoreError},
    testing::environment::NOW,
};
use std::{sync::Arc, time::Duration};

fn key_use(token: u32, key: &str) -> KeyUse {
    KeyUse::new(NOW, samples::home(), samples::id(token), key, [3; 32])
}

async fn furnish_tokens(store: &dyn Store) {
    furnish(store).await;
    write(store, |tx| {
        tx.insert_api_token(&samples::api_token(1))?;
        tx.insert_api_token(&samples::api_token(2))
    })
    .await
    .unwrap();
}

/// The first claim stands, with the answer it is given; another token's key of the same name is another key.
pub async fn a_key_is_claimed_once_for_each_token(store: Arc<dyn Store>) {
    furnish_tokens(&*store).await;
    write(&*store, |tx| {
        assert_eq!(tx.idempotency_key(samples::id(1), "k")?, None);
        assert!(tx.claim_idempotency_key(&key_use(1, "k"))?);
        assert_eq!(tx.idempotency_key(samples::id(1), "k")?, Some(key_use(1, "k")));
        tx.keep_idempotent_answer(samples::id(1), "k", b"\0answer")
    })
    .await
    .unwrap();
    write(&*store, |tx| {
        let mut second = key_use(1, "k");
        second.request = [4; 32];
        assert!(!tx.claim_idempotency_key(&second)?);
        let kept = KeyUse {
            answer: Some(b"\0answer".to_vec()),
            ..key_use(1, "k")
        };
        assert_eq!(tx.idempotency_key(samples::id(1), "k")?, Some(kept));
        assert!(tx.claim_idempotency_key(&key_use(2, "k"))?);
        assert!(tx.claim_idempotency_key(&key_use(1, "K"))?, "keys differ by case");
        Ok(())
    })
    .await
    .unwrap();
    let missing = write(&*store, |tx| tx.keep_idempotent_answer(samples::id(1), "none", b"x"));
    assert!(matches!(missing.await, Err(StoreError::Failed(_))));
}

/// Many units at once want one key: one gets it, the others hear no, and none fails.
pub async fn of_concurrent_claims_one_is_granted(store: Arc<dyn Store>) {
    furnish_tokens(&*store).await;
    let claims = (0..20).map(|_| write(&*store, |tx| tx.claim_idempotency_key(&key_use(1, "k"))));
    let ends: Vec<bool> = all(claims).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(ends.iter().filter(|granted| **granted).count(), 1, "{ends:?}");
}

/// A key is used exactly when the unit that claimed it was kept.
pub async fn a_claim_that_is_undone_leaves_the_key_free(store: Arc<dyn Store>) {
    furnish_tokens(&*store).await;
    let undone: Result<(), StoreError> = write(&*store, |tx| {
        assert!(tx.claim_idempotency_key(&key_use(1, "k"))?);
        Err(StoreError::Busy)
    })
    .await;
    undone.unwrap_err();
    let found = read(&*store, |view| view.idempotency_key(samples::id(1), "k")).await;
    assert_eq!(found, None);
    assert!(
        write(&*store, |tx| tx.claim_idempotency_key(&key_use(1, "k")))
            .await
            .unwrap()
    );
}

/// At its end, not a moment before.
pub async fn an_expired_claim_gives_way(store: Arc<dyn Store>) {
    furnish_tokens(&*store).await;
    write(&*store, |tx| {
        assert!(tx.claim_idempotency_key(&key_use(1, "k"))?);
        tx.keep_idempotent_answer(samples::id(1), "k", b"old")?;
        let later = |by: Duration| KeyUse::new(NOW + by, samples::home(), samples::id(1), "k", [9; 32]);
        assert!(!tx.claim_idempotency_key(&later(KEPT_FOR - Duration::from_millis(1)))?);
        assert!(tx.claim_idempotency_key(&later(KEPT_FOR))?);
        assert_eq!(tx.idempotency_key(samples::id(1), "k")?, Some(later(KEPT_FOR)));
        Ok(())
    })
    .await
    .unwrap();
}

/// Oldest first, no more than asked for, and none that still holds.
pub async fn expired_keys_are_forgotten_in_steps(store: Arc<dyn Store>) {
    furnish_tokens(&*store).await;
    write(&*store, |tx| {
        for n in 0..5_u32 {
            let mut used = key_use(1, &n.to_string());
            used.expires_at = NOW + Duration::from_secs(n.into());
            assert!(tx.claim_idempotency_key(&used)?);
        }
        let now = NOW + Duration::from_secs(3);
        assert_eq!(tx.forget_idempotency_keys(now, 2)?, 2);
        assert_eq!(tx.idempotency_key(samples::id(1), "1")?, None);
        assert!(tx.idempotency_key(samples::id(1), "2")?.is_some());
        assert_eq!(tx.forget_idempotency_keys(now, 100)?, 2);
        assert_eq!(tx.forget_idempotency_keys(now, 100)?, 0);
        assert!(tx.idempotency_key(samples::id(1), "4")?.is_some());
        Ok(())
    })
    .await
    .unwrap();
}
