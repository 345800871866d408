//! Rows of `users` and `user_tags`.

use super::{Place, devices::key};
use crate::schema::{user_tags, users};
use diesel::prelude::*;
use serde_json::Value;
use transom_domain::{
    OrganizationId, Timestamp, UserId,
    ports::StoreError,
    user::{Email, User},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct UserRow {
    pub(crate) id: String,
    organization_id: String,
    email: String,
    name: Option<String>,
    name_key: Option<String>,
    password_hash: Option<String>,
    language: Option<String>,
    metadata: String,
    created_at: i64,
    updated_at: i64,
}

#[derive(Insertable)]
#[diesel(table_name = user_tags)]
pub(crate) struct UserTagRow {
    user_id: String,
    position: i64,
    tag: String,
    tag_key: String,
}

impl UserTagRow {
    /// A user's tags as rows.
    pub(crate) fn of(user: &User) -> Vec<Self> {
        let tags = (0..).zip(&user.tags);
        tags.map(|(position, tag)| Self {
            user_id: user.id.to_string(),
            position,
            tag: tag.clone(),
            tag_key: key(tag),
        })
        .collect()
    }
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            organization_id: user.organization.to_string(),
            email: user.email.as_str().to_owned(),
            name: user.name.clone(),
            name_key: user.name.as_deref().map(key),
            password_hash: user.password_hash.clone(),
            language: user.language.clone(),
            metadata: Value::Object(user.metadata.clone()).to_string(),
            created_at: user.created_at.as_millis(),
            updated_at: user.updated_at.as_millis(),
        }
    }
}

impl UserRow {
    /// The user, with their tags in order.
    pub(crate) fn into_user(self, tags: Vec<String>) -> Result<User, StoreError> {
        let at = Place::new("users", &self.id);
        Ok(User {
            id: at.fit("id", UserId::parse(&self.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&self.organization_id).ok())?,
            email: at.fit("email", Email::parse(&self.email).ok())?,
            metadata: at.json("metadata", &self.metadata)?,
            name: self.name,
            password_hash: self.password_hash,
            tags,
            language: self.language,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}
