//! The roles over segments.

use super::StoreError;
use crate::{
    OrganizationId, Timestamp,
    segment::{Segment, SegmentId},
};

/// What keeps a segment from being removed, as far as the store alone can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SegmentUses {
    /// Devices in it that are not deleted.
    pub devices: u64,
    /// Enrolment tokens that still put PCs into it; those of templates count as templates.
    pub enrollment_tokens: u64,
    /// Policies in it.
    pub policies: u64,
    /// Enrolment templates that are in it or put PCs into it.
    pub enrollment_templates: u64,
    /// Audiences in it.
    pub audiences: u64,
    /// Automation rules in it.
    pub automation_rules: u64,
    /// Applications in it.
    pub applications: u64,
    /// Scripts in it.
    pub scripts: u64,
    /// Assets in it.
    pub assets: u64,
    /// ADMX templates in it.
    pub admx_configs: u64,
}

/// Looks at segments.
pub trait Segments {
    /// The segment of that number in an organization.
    fn segment(&mut self, organization: OrganizationId, id: SegmentId) -> Result<Option<Segment>, StoreError>;

    /// All segments of an organization, by number.
    fn segments(&mut self, organization: OrganizationId) -> Result<Vec<Segment>, StoreError>;

    /// The largest number that a segment of an organization has or ever had.
    fn last_segment_number(&mut self, organization: OrganizationId) -> Result<SegmentId, StoreError>;

    /// What is in a segment itself at `now`.
    fn segment_uses(
        &mut self,
        organization: OrganizationId,
        id: SegmentId,
        now: Timestamp,
    ) -> Result<SegmentUses, StoreError>;
}

/// Changes segments.
pub trait SegmentsMut: Segments {
    /// Stores a new segment.
    fn insert_segment(&mut self, segment: &Segment) -> Result<(), StoreError>;

    /// Stores every field of a segment, which must exist.
    fn update_segment(&mut self, segment: &Segment) -> Result<(), StoreError>;

    /// Removes a segment, whose number is not given again. What is over in it, deleted devices, enrolment tokens that ended,
    /// and removed rules, goes to the segment `above`.
    fn remove_segment(
        &mut self,
        organization: OrganizationId,
        id: SegmentId,
        above: SegmentId,
    ) -> Result<(), StoreError>;
}
