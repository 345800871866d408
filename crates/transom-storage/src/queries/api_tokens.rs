//! Queries over bearer tokens.

use super::unit::UnitOfWork;
use crate::{
    fault::missing,
    rows::{api_tokens::ApiTokenRow, millis},
    schema::api_tokens,
};
use diesel::prelude::*;
use transom_domain::{
    ApiTokenId, OrganizationId, ServiceAccountId, Timestamp,
    api_token::ApiToken,
    ports::{ApiTokens, ApiTokensMut, StoreError},
    secret::SecretHash,
};

impl ApiTokens for UnitOfWork<'_> {
    fn api_token_by_hash(&mut self, hash: &SecretHash) -> Result<Option<ApiToken>, StoreError> {
        self.run("API token by hash", |connection| {
            let row = api_tokens::table
                .filter(api_tokens::hash.eq(hash.to_hex()))
                .select(ApiTokenRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn api_token(&mut self, organization: OrganizationId, id: ApiTokenId) -> Result<Option<ApiToken>, StoreError> {
        self.run("API token", |connection| {
            let row = api_tokens::table
                .find(id.to_string())
                .filter(api_tokens::organization_id.eq(organization.to_string()))
                .select(ApiTokenRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn api_tokens(&mut self, organization: OrganizationId) -> Result<Vec<ApiToken>, StoreError> {
        self.run_long("API tokens", |connection| {
            let rows = api_tokens::table
                .filter(api_tokens::organization_id.eq(organization.to_string()))
                .order((api_tokens::created_at, api_tokens::id))
                .select(ApiTokenRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn api_tokens_of(&mut self, account: ServiceAccountId) -> Result<Vec<ApiToken>, StoreError> {
        self.run("API tokens of an account", |connection| {
            let rows = api_tokens::table
                .filter(api_tokens::service_account_id.eq(account.to_string()))
                .order((api_tokens::created_at, api_tokens::id))
                .select(ApiTokenRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }
}

impl ApiTokensMut for UnitOfWork<'_> {
    fn insert_api_token(&mut self, token: &ApiToken) -> Result<(), StoreError> {
        self.run("insert API token", |connection| {
            diesel::insert_into(api_tokens::table)
                .values(ApiTokenRow::from(token))
                .execute(connection)?;
            Ok(())
        })
    }

    fn update_api_token(&mut self, token: &ApiToken) -> Result<(), StoreError> {
        self.run("update API token", |connection| {
            let changed = diesel::update(api_tokens::table.find(token.id.to_string()))
                .set((
                    api_tokens::expires_at.eq(millis(token.expires_at)),
                    api_tokens::revoked_at.eq(millis(token.revoked_at)),
                ))
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("api_tokens", &token.id));
            }
            Ok(())
        })
    }

    fn remove_api_token(&mut self, id: ApiTokenId) -> Result<(), StoreError> {
        self.run("remove API token", |connection| {
            diesel::delete(api_tokens::table.find(id.to_string())).execute(connection)?;
            Ok(())
        })
    }

    fn record_token_uses(&mut self, uses: &[(ApiTokenId, Timestamp)]) -> Result<(), StoreError> {
        self.run("record token uses", |connection| {
            // In the order of ids, so that two such units on PostgreSQL cannot wait for each other.
            let mut uses = uses.to_vec();
            uses.sort_unstable();
            for (token, at) in uses {
                let at = at.as_millis();
                let is_newer = api_tokens::last_used_at
                    .is_null()
                    .or(api_tokens::last_used_at.assume_not_null().lt(at));
                diesel::update(api_tokens::table.find(token.to_string()).filter(is_newer))
                    .set(api_tokens::last_used_at.eq(at))
                    .execute(connection)?;
            }
            Ok(())
        })
    }
}
