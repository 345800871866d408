//! The role over tags in use.

use super::StoreError;
use crate::{
    OrganizationId,
    page::{Page, PageRequest},
    segment::SegmentScope,
    tag::TagCount,
};

/// Which tags are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagQuery {
    /// Whose.
    pub organization: OrganizationId,
    /// Of things in these segments.
    pub scope: SegmentScope,
    /// With this text, compared without case.
    pub search: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

/// Looks at tags in use, in the order of their lower case.
pub trait Tags {
    /// Tags of the devices in the scope that are not deleted, each with how many of them carry it.
    fn device_tags(&mut self, query: &TagQuery) -> Result<Page<TagCount>, StoreError>;

    /// Versions of the operating system that the same devices have reported, in the order of their text, each with how many
    /// have it. A version counts as a tag here.
    fn os_versions(&mut self, query: &TagQuery) -> Result<Page<TagCount>, StoreError>;

    /// Tags of the users that [`super::Users::user_page`] shows for the same scope, each with how many of them carry it.
    fn user_tags(&mut self, query: &TagQuery) -> Result<Page<TagCount>, StoreError>;
}
