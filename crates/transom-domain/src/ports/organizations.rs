//! The roles over organizations.

use super::StoreError;
use crate::{OrganizationId, organization::Organization};

/// Looks at organizations.
pub trait Organizations {
    /// The organization of that id.
    fn organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// The organization of that slug, compared without case.
    fn organization_by_slug(&mut self, slug: &str) -> Result<Option<Organization>, StoreError>;

    /// The organizations behind `after`, in the order of their ids, at most `limit`: for what concerns all of them.
    fn organizations_after(
        &mut self,
        after: Option<OrganizationId>,
        limit: u32,
    ) -> Result<Vec<OrganizationId>, StoreError>;
}

/// Changes organizations.
pub trait OrganizationsMut: Organizations {
    /// Stores a new organization.
    fn insert_organization(&mut self, organization: &Organization) -> Result<(), StoreError>;

    /// Locks the organization's row until the unit ends; whether there is one.
    fn lock_organization(&mut self, id: OrganizationId) -> Result<bool, StoreError>;

    /// Keeps others from locking the organization's row until the unit ends, and waits for who has; whether there is one.
    /// Many units do this at once. It comes before other locks of the unit, as the lock of the row does.
    fn hold_organization(&mut self, id: OrganizationId) -> Result<bool, StoreError>;
}
