//! The roles over segment roles.

use super::StoreError;
use crate::{OrganizationId, SegmentRoleId, role::SegmentRole};

/// Looks at the segment roles of an organization's own.
pub trait SegmentRoles {
    /// The segment role of that id in an organization.
    fn segment_role(
        &mut self,
        organization: OrganizationId,
        id: SegmentRoleId,
    ) -> Result<Option<SegmentRole>, StoreError>;

    /// All segment roles of an organization, by slug.
    fn segment_roles(&mut self, organization: OrganizationId) -> Result<Vec<SegmentRole>, StoreError>;
}

/// Changes segment roles.
pub trait SegmentRolesMut: SegmentRoles {
    /// Stores a new segment role.
    fn insert_segment_role(&mut self, role: &SegmentRole) -> Result<(), StoreError>;

    /// Stores every field of a segment role, which must exist.
    fn update_segment_role(&mut self, role: &SegmentRole) -> Result<(), StoreError>;

    /// Removes a segment role; removing what is not there changes nothing.
    fn remove_segment_role(&mut self, id: SegmentRoleId) -> Result<(), StoreError>;
}
