//! Queries over idempotency keys.

use super::unit::UnitOfWork;
use crate::{fault::missing, rows::idempotency_keys::IdempotencyKeyRow, schema::idempotency_keys};
use diesel::prelude::*;
use transom_domain::{
    ApiTokenId, Timestamp,
    idempotency::KeyUse,
    ports::{IdempotencyKeys, IdempotencyKeysMut, StoreError},
};

/// The rows of one key: one, or none.
macro_rules! of_key {
    ($token:expr, $key:expr) => {
        idempotency_keys::table
            .filter(idempotency_keys::token_id.eq($token.to_string()))
            .filter(idempotency_keys::idempotency_key.eq($key))
    };
}

impl IdempotencyKeys for UnitOfWork<'_> {
    fn idempotency_key(&mut self, token: ApiTokenId, key: &str) -> Result<Option<KeyUse>, StoreError> {
        self.run("idempotency key", |connection| {
            let row = of_key!(token, key)
                .select(IdempotencyKeyRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }
}

impl IdempotencyKeysMut for UnitOfWork<'_> {
    fn claim_idempotency_key(&mut self, claim: &KeyUse) -> Result<bool, StoreError> {
        self.run("claim idempotency key", |connection| {
            let expired = idempotency_keys::expires_at.le(claim.used_at.as_millis());
            diesel::delete(of_key!(claim.token, &claim.key).filter(expired)).execute(connection)?;
            // PostgreSQL waits here for a unit that has inserted the same key and has not ended yet.
            let stored = diesel::insert_into(idempotency_keys::table)
                .values(IdempotencyKeyRow::from(claim))
                .on_conflict_do_nothing()
                .execute(connection)?;
            Ok(stored == 1)
        })
    }

    fn keep_idempotent_answer(&mut self, token: ApiTokenId, key: &str, answer: &[u8]) -> Result<(), StoreError> {
        self.run("keep idempotent answer", |connection| {
            let changed = diesel::update(of_key!(token, key))
                .set(idempotency_keys::answer.eq(Some(answer)))
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("idempotency_keys", &token));
            }
            Ok(())
        })
    }

    fn forget_idempotency_keys(&mut self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.run("forget idempotency keys", |connection| {
            let rows: Vec<i64> = idempotency_keys::table
                .filter(idempotency_keys::expires_at.le(now.as_millis()))
                .order((idempotency_keys::expires_at, idempotency_keys::sequence))
                .limit(limit.into())
                .select(idempotency_keys::sequence)
                .load(connection)?;
            let gone = diesel::delete(idempotency_keys::table.filter(idempotency_keys::sequence.eq_any(rows)))
                .execute(connection)?;
            Ok(u32::try_from(gone).unwrap_or(u32::MAX))
        })
    }
}
