//! Rows of `users`.

use super::Place;
use crate::schema::users;
use diesel::prelude::*;
use transom_domain::{
    OrganizationId, Timestamp, UserId,
    ports::StoreError,
    user::{Email, User},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(crate) struct UserRow {
    id: String,
    organization_id: String,
    email: String,
    name: Option<String>,
    password_hash: Option<String>,
    created_at: i64,
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            organization_id: user.organization.to_string(),
            email: user.email.as_str().to_owned(),
            name: user.name.clone(),
            password_hash: user.password_hash.clone(),
            created_at: user.created_at.as_millis(),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let at = Place::new("users", &row.id);
        Ok(Self {
            id: at.fit("id", UserId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            email: at.fit("email", Email::parse(&row.email).ok())?,
            name: row.name,
            password_hash: row.password_hash,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
