//! Rows of `idempotency_keys`.

use super::Place;
use crate::schema::idempotency_keys;
use diesel::prelude::*;
use transom_domain::{ApiTokenId, OrganizationId, Timestamp, idempotency::KeyUse, ports::StoreError};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency_keys)]
pub(crate) struct IdempotencyKeyRow {
    organization_id: String,
    token_id: String,
    idempotency_key: String,
    request_hash: Vec<u8>,
    used_at: i64,
    expires_at: i64,
    answer: Option<Vec<u8>>,
}

impl From<&KeyUse> for IdempotencyKeyRow {
    fn from(used: &KeyUse) -> Self {
        Self {
            organization_id: used.organization.to_string(),
            token_id: used.token.to_string(),
            idempotency_key: used.key.clone(),
            request_hash: used.request.to_vec(),
            used_at: used.used_at.as_millis(),
            expires_at: used.expires_at.as_millis(),
            answer: used.answer.clone(),
        }
    }
}

impl TryFrom<IdempotencyKeyRow> for KeyUse {
    type Error = StoreError;

    fn try_from(row: IdempotencyKeyRow) -> Result<Self, StoreError> {
        let at = Place::new("idempotency_keys", &row.token_id);
        Ok(Self {
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            token: at.fit("token_id", ApiTokenId::parse(&row.token_id).ok())?,
            key: row.idempotency_key,
            request: at.fit("request_hash", row.request_hash.try_into().ok())?,
            used_at: Timestamp::from_millis(row.used_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            answer: row.answer,
        })
    }
}
