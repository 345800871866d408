//! The roles over users.

use super::StoreError;
use crate::{
    OrganizationId, UserId,
    user::{Email, User},
};

/// Looks at users.
pub trait Users {
    /// The user of that id in an organization.
    fn user(&mut self, organization: OrganizationId, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user with that e-mail, in whatever organization.
    fn user_by_email(&mut self, email: &Email) -> Result<Option<User>, StoreError>;

    /// The users of those ids, in any order; a missing id is skipped.
    fn users_by_id(&mut self, organization: OrganizationId, ids: &[UserId]) -> Result<Vec<User>, StoreError>;
}

/// Changes users.
pub trait UsersMut: Users {
    /// Stores a new user.
    fn insert_user(&mut self, user: &User) -> Result<(), StoreError>;
}
