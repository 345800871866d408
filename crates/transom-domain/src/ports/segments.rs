//! The roles over segments.

use super::StoreError;
use crate::{
    OrganizationId,
    segment::{Segment, SegmentId},
};

/// Looks at segments.
pub trait Segments {
    /// The segment of that number in an organization.
    fn segment(&mut self, organization: OrganizationId, id: SegmentId) -> Result<Option<Segment>, StoreError>;

    /// All segments of an organization, by number.
    fn segments(&mut self, organization: OrganizationId) -> Result<Vec<Segment>, StoreError>;
}

/// Changes segments.
pub trait SegmentsMut: Segments {
    /// Stores a new segment.
    fn insert_segment(&mut self, segment: &Segment) -> Result<(), StoreError>;
}
