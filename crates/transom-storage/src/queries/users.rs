//! Queries over users.

use super::unit::UnitOfWork;
use crate::{rows::users::UserRow, schema::users};
use diesel::prelude::*;
use transom_domain::{
    OrganizationId, UserId,
    ports::{StoreError, Users, UsersMut},
    user::{Email, User},
};

impl Users for UnitOfWork<'_> {
    fn user(&mut self, organization: OrganizationId, id: UserId) -> Result<Option<User>, StoreError> {
        self.run("user", |connection| {
            let row = users::table
                .find(id.to_string())
                .filter(users::organization_id.eq(organization.to_string()))
                .select(UserRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn user_by_email(&mut self, email: &Email) -> Result<Option<User>, StoreError> {
        self.run("user by e-mail", |connection| {
            let row = users::table
                .filter(users::email.eq(email.as_str()))
                .select(UserRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn users_by_id(&mut self, organization: OrganizationId, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        self.run_long("users by id", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = users::table
                .filter(users::id.eq_any(ids))
                .filter(users::organization_id.eq(organization.to_string()))
                .select(UserRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }
}

impl UsersMut for UnitOfWork<'_> {
    fn insert_user(&mut self, user: &User) -> Result<(), StoreError> {
        self.run("insert user", |connection| {
            diesel::insert_into(users::table)
                .values(UserRow::from(user))
                .execute(connection)?;
            Ok(())
        })
    }
}
