//! Queries over enrolment tokens.

use super::{Connection, Database, unit::UnitOfWork};
use crate::{
    fault::{Fault, missing},
    rows::enrollment_tokens::{EnrollmentTokenRow, named},
    schema::{enrollment_token_policies, enrollment_tokens},
    sealing::Sealer,
};
use diesel::prelude::*;
use transom_domain::{
    EnrollmentTokenId, OrganizationId, PolicyId, Timestamp,
    enrollment_token::{EnrollmentToken, EnrollmentTokenQuery},
    page::Page,
    ports::{EnrollmentTokens, EnrollmentTokensMut, StoreError},
    secret::SecretHash,
    segment::SegmentScope,
};

/// The tokens that a query means, in no order.
fn filtered(query: &EnrollmentTokenQuery) -> enrollment_tokens::BoxedQuery<'_, Database> {
    let mut found = enrollment_tokens::table
        .filter(enrollment_tokens::organization_id.eq(query.organization.to_string()))
        .filter(enrollment_tokens::template_id.is_null())
        .into_boxed();
    if let SegmentScope::Only(segments) = &query.scope {
        let segments: Vec<i64> = segments.iter().map(|s| s.0.into()).collect();
        found = found.filter(enrollment_tokens::segment_id.eq_any(segments));
    }
    if let Some(user) = query.user {
        found = found.filter(enrollment_tokens::user_id.eq(user.to_string()));
    }
    if let Some(policy) = query.policy {
        let naming = enrollment_token_policies::table
            .filter(enrollment_token_policies::policy_id.eq(policy.to_string()))
            .select(enrollment_token_policies::token_id);
        found = found.filter(enrollment_tokens::id.eq_any(naming));
    }
    if !query.show_deleted {
        found = found.filter(enrollment_tokens::revoked_at.is_null());
    }
    found
}

/// Stores what a token names, in place of what it named before.
fn save_named(connection: &mut Connection, token: &EnrollmentToken) -> Result<(), Fault> {
    let of_token = enrollment_token_policies::token_id.eq(token.id.to_string());
    diesel::delete(enrollment_token_policies::table.filter(of_token)).execute(connection)?;
    let policies = named(token);
    if !policies.is_empty() {
        diesel::insert_into(enrollment_token_policies::table)
            .values(policies)
            .execute(connection)?;
    }
    Ok(())
}

impl UnitOfWork<'_> {
    /// What seals a token's value, if it has one.
    fn token_sealer(&mut self, token: &EnrollmentToken) -> Result<Option<Sealer>, StoreError> {
        token.value.is_some().then(|| self.sealer()).transpose()
    }
}

impl EnrollmentTokens for UnitOfWork<'_> {
    fn enrollment_token_by_hash(&mut self, hash: &SecretHash) -> Result<Option<EnrollmentToken>, StoreError> {
        let keyring = self.keyring;
        self.run("enrolment token by hash", |connection| {
            let row = enrollment_tokens::table
                .filter(enrollment_tokens::hash.eq(hash.to_hex()))
                .select(EnrollmentTokenRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(|row| row.open(keyring)).transpose()?)
        })
    }

    fn enrollment_token(
        &mut self,
        organization: OrganizationId,
        id: EnrollmentTokenId,
    ) -> Result<Option<EnrollmentToken>, StoreError> {
        let keyring = self.keyring;
        self.run("enrolment token", |connection| {
            let row = enrollment_tokens::table
                .find(id.to_string())
                .filter(enrollment_tokens::organization_id.eq(organization.to_string()))
                .select(EnrollmentTokenRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(|row| row.open(keyring)).transpose()?)
        })
    }

    fn enrollment_token_page(&mut self, query: &EnrollmentTokenQuery) -> Result<Page<EnrollmentToken>, StoreError> {
        let keyring = self.keyring;
        self.run_long("enrolment token page", |connection| {
            let total: i64 = filtered(query).count().get_result(connection)?;
            let found = filtered(query);
            let found = if query.descending {
                found.order((enrollment_tokens::created_at.desc(), enrollment_tokens::id.desc()))
            } else {
                found.order((enrollment_tokens::created_at.asc(), enrollment_tokens::id.asc()))
            };
            let rows = found
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select(EnrollmentTokenRow::as_select())
                .load(connection)?;
            Ok(Page {
                items: rows
                    .into_iter()
                    .map(|row| row.open(keyring))
                    .collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }

    fn enrollment_tokens_of_policy(
        &mut self,
        policy: PolicyId,
        now: Timestamp,
    ) -> Result<Vec<EnrollmentToken>, StoreError> {
        let keyring = self.keyring;
        self.run_long("enrolment tokens of policy", |connection| {
            let naming = enrollment_token_policies::table
                .filter(enrollment_token_policies::policy_id.eq(policy.to_string()))
                .select(enrollment_token_policies::token_id);
            let rows = enrollment_tokens::table
                .filter(enrollment_tokens::id.eq_any(naming))
                .filter(enrollment_tokens::revoked_at.is_null())
                .filter(enrollment_tokens::expires_at.gt(now.as_millis()))
                .filter(enrollment_tokens::uses.lt(enrollment_tokens::uses_max))
                .order(enrollment_tokens::id)
                .select(EnrollmentTokenRow::as_select())
                .load(connection)?;
            Ok(rows
                .into_iter()
                .map(|row| row.open(keyring))
                .collect::<Result<_, _>>()?)
        })
    }
}

impl EnrollmentTokensMut for UnitOfWork<'_> {
    fn insert_enrollment_token(&mut self, token: &EnrollmentToken) -> Result<(), StoreError> {
        let sealer = self.token_sealer(token)?;
        self.run("insert enrolment token", |connection| {
            diesel::insert_into(enrollment_tokens::table)
                .values(EnrollmentTokenRow::seal(token, sealer.as_ref())?)
                .execute(connection)?;
            save_named(connection, token)
        })
    }

    fn lock_enrollment_token(&mut self, id: EnrollmentTokenId) -> Result<Option<EnrollmentToken>, StoreError> {
        let keyring = self.keyring;
        self.run("lock enrolment token", |connection| {
            let row = locking!(
                enrollment_tokens::table
                    .find(id.to_string())
                    .select(EnrollmentTokenRow::as_select())
            )
            .first(connection)
            .optional()?;
            Ok(row.map(|row| row.open(keyring)).transpose()?)
        })
    }

    fn update_enrollment_token(&mut self, token: &EnrollmentToken) -> Result<(), StoreError> {
        let sealer = self.token_sealer(token)?;
        self.run("update enrolment token", |connection| {
            let row = EnrollmentTokenRow::seal(token, sealer.as_ref())?;
            let changed = diesel::update(enrollment_tokens::table.find(&row.id))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("enrollment_tokens", &token.id));
            }
            save_named(connection, token)
        })
    }

    fn detach_policy_from_enrollment_tokens(&mut self, policy: PolicyId) -> Result<(), StoreError> {
        let keyring = self.keyring;
        let rows: Vec<EnrollmentTokenRow> = self.run("tokens that name a policy", |connection| {
            let naming = enrollment_token_policies::table
                .filter(enrollment_token_policies::policy_id.eq(policy.to_string()))
                .select(enrollment_token_policies::token_id);
            let tokens = enrollment_tokens::table.filter(enrollment_tokens::id.eq_any(naming));
            Ok(locking!(
                tokens
                    .order(enrollment_tokens::id)
                    .select(EnrollmentTokenRow::as_select())
            )
            .load(connection)?)
        })?;
        for row in rows {
            let mut token = row.open(keyring)?;
            token.primary = token.primary.filter(|p| *p != policy);
            token.assignments.retain(|a| a.policy != policy);
            self.update_enrollment_token(&token)?;
        }
        Ok(())
    }
}
