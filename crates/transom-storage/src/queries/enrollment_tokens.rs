//! Queries over enrolment tokens.

use super::unit::UnitOfWork;
use crate::{
    fault::missing,
    rows::{enrollment_tokens::EnrollmentTokenRow, millis},
    schema::enrollment_tokens,
};
use diesel::prelude::*;
use transom_domain::{
    EnrollmentTokenId,
    enrollment_token::EnrollmentToken,
    ports::{EnrollmentTokens, EnrollmentTokensMut, StoreError},
    secret::SecretHash,
};

impl EnrollmentTokens for UnitOfWork<'_> {
    fn enrollment_token_by_hash(&mut self, hash: &SecretHash) -> Result<Option<EnrollmentToken>, StoreError> {
        self.run("enrolment token by hash", |connection| {
            let row = enrollment_tokens::table
                .filter(enrollment_tokens::hash.eq(hash.to_hex()))
                .select(EnrollmentTokenRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }
}

impl EnrollmentTokensMut for UnitOfWork<'_> {
    fn insert_enrollment_token(&mut self, token: &EnrollmentToken) -> Result<(), StoreError> {
        self.run("insert enrolment token", |connection| {
            diesel::insert_into(enrollment_tokens::table)
                .values(EnrollmentTokenRow::from(token))
                .execute(connection)?;
            Ok(())
        })
    }

    fn lock_enrollment_token(&mut self, id: EnrollmentTokenId) -> Result<Option<EnrollmentToken>, StoreError> {
        self.run("lock enrolment token", |connection| {
            let row = locking!(
                enrollment_tokens::table
                    .find(id.to_string())
                    .select(EnrollmentTokenRow::as_select())
            )
            .first(connection)
            .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn update_enrollment_token(&mut self, token: &EnrollmentToken) -> Result<(), StoreError> {
        self.run("update enrolment token", |connection| {
            let changed = diesel::update(enrollment_tokens::table.find(token.id.to_string()))
                .set((
                    enrollment_tokens::uses.eq(i64::from(token.uses)),
                    enrollment_tokens::expires_at.eq(token.expires_at.as_millis()),
                    enrollment_tokens::revoked_at.eq(millis(token.revoked_at)),
                ))
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("enrollment_tokens", &token.id));
            }
            Ok(())
        })
    }
}
