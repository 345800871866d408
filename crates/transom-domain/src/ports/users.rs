//! The roles over users.

use super::StoreError;
use crate::{
    DeviceId, OrganizationId, Timestamp, UserId,
    page::{Page, PageRequest},
    segment::{SegmentId, SegmentScope},
    user::{Email, User},
};

/// By what a list of users is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserSort {
    /// When they were made known.
    #[default]
    CreatedAt,
    /// When they were last changed.
    UpdatedAt,
    /// Their e-mail.
    Email,
    /// Their name, without case.
    Name,
}

/// Which users are wanted. Every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserQuery {
    /// Whose.
    pub organization: OrganizationId,
    /// With a device in these segments, or without any device: such a user belongs to no segment yet. Deleted devices do
    /// not count.
    pub scope: SegmentScope,
    /// With every one of these tags, compared without case.
    pub tags: Vec<String>,
    /// With this text in e-mail or name, compared without case.
    pub search: Option<String>,
    /// Sorted by this; equal ones by id, so that pages are stable.
    pub sort: UserSort,
    /// Largest first.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
}

/// Looks at users. A removed user is not there.
pub trait Users {
    /// The user of that id in an organization.
    fn user(&mut self, organization: OrganizationId, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user with that e-mail in an organization.
    fn user_by_email(&mut self, organization: OrganizationId, email: &Email) -> Result<Option<User>, StoreError>;

    /// The user who signs in with that e-mail and a password, in whatever organization: there is one at most.
    fn user_to_sign_in(&mut self, email: &Email) -> Result<Option<User>, StoreError>;

    /// The users of those ids, in any order; a missing id is skipped.
    fn users_by_id(&mut self, organization: OrganizationId, ids: &[UserId]) -> Result<Vec<User>, StoreError>;

    /// One page of the users that a query means.
    fn user_page(&mut self, query: &UserQuery) -> Result<Page<User>, StoreError>;

    /// How many devices of those users are in which segment, by user and segment. Deleted devices do not count.
    fn user_devices(&mut self, ids: &[UserId]) -> Result<Vec<(UserId, SegmentId, u64)>, StoreError>;
}

/// Changes users.
pub trait UsersMut: Users {
    /// Stores a new user.
    fn insert_user(&mut self, user: &User) -> Result<(), StoreError>;

    /// Locks a user until the unit ends and reads it.
    fn lock_user(&mut self, organization: OrganizationId, id: UserId) -> Result<Option<User>, StoreError>;

    /// Stores every field of a user, who must exist.
    fn update_user(&mut self, user: &User) -> Result<(), StoreError>;

    /// Takes a user away from their devices, deleted ones too, and answers which those were, by id.
    fn unassign_user(&mut self, id: UserId, now: Timestamp) -> Result<Vec<DeviceId>, StoreError>;

    /// The segments of the enrolment tokens of a user that still open something at `now`.
    fn user_token_segments(&mut self, id: UserId, now: Timestamp) -> Result<Vec<SegmentId>, StoreError>;

    /// Ends the enrolment tokens of a user that still hold, and answers how many those were.
    fn revoke_enrollment_tokens_of(&mut self, id: UserId, now: Timestamp) -> Result<u64, StoreError>;

    /// Removes a user, whose e-mail is free then. What refers to them from the past keeps their id and nothing else.
    fn remove_user(&mut self, id: UserId, now: Timestamp) -> Result<(), StoreError>;
}
