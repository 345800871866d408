//! Rows of `api_tokens`.

use super::{Place, millis, moment};
use crate::schema::api_tokens;
use diesel::prelude::*;
use transom_domain::{
    ApiTokenId, OrganizationId, ServiceAccountId, Timestamp,
    address_range::AddressRange,
    api_token::ApiToken,
    permission::{Grant, PermissionSet},
    ports::StoreError,
    secret::SecretHash,
    segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_tokens, treat_none_as_default_value = false)]
pub(crate) struct ApiTokenRow {
    id: String,
    organization_id: String,
    service_account_id: String,
    name: String,
    hash: String,
    permissions: String,
    segments: String,
    addresses: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl From<&ApiToken> for ApiTokenRow {
    fn from(token: &ApiToken) -> Self {
        let permissions = token.permissions.texts();
        let addresses: Vec<String> = token.addresses.iter().map(ToString::to_string).collect();
        let segments: Vec<u32> = token.segments.iter().map(|s| s.0).collect();
        Self {
            id: token.id.to_string(),
            organization_id: token.organization.to_string(),
            service_account_id: token.account.to_string(),
            name: token.name.clone(),
            hash: token.hash.to_hex(),
            permissions: serde_json::json!(permissions).to_string(),
            segments: serde_json::json!(segments).to_string(),
            addresses: serde_json::json!(addresses).to_string(),
            created_at: token.created_at.as_millis(),
            expires_at: millis(token.expires_at),
            revoked_at: millis(token.revoked_at),
            last_used_at: millis(token.last_used_at),
        }
    }
}

impl TryFrom<ApiTokenRow> for ApiToken {
    type Error = StoreError;

    fn try_from(row: ApiTokenRow) -> Result<Self, StoreError> {
        let at = Place::new("api_tokens", &row.id);
        let permissions: Vec<String> = at.json("permissions", &row.permissions)?;
        let permissions: Option<Vec<Grant>> = permissions.iter().map(|text| Grant::parse(text).ok()).collect();
        let segments: Vec<u32> = at.json("segments", &row.segments)?;
        let addresses: Vec<String> = at.json("addresses", &row.addresses)?;
        let addresses: Option<Vec<AddressRange>> = addresses.iter().map(|text| text.parse().ok()).collect();
        Ok(Self {
            id: at.fit("id", ApiTokenId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            account: at.fit(
                "service_account_id",
                ServiceAccountId::parse(&row.service_account_id).ok(),
            )?,
            name: row.name,
            hash: at.fit("hash", SecretHash::from_hex(&row.hash))?,
            permissions: PermissionSet(at.fit("permissions", permissions)?),
            segments: segments.into_iter().map(SegmentId).collect(),
            addresses: at.fit("addresses", addresses)?,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: moment(row.expires_at),
            revoked_at: moment(row.revoked_at),
            last_used_at: moment(row.last_used_at),
        })
    }
}
