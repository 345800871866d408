//! The roles over applications.

use super::StoreError;
use crate::{
    ApplicationId, AssetId, OrganizationId,
    application::Application,
    library::{ApplicationUse, LibraryQuery},
    page::Page,
    segment::SegmentId,
};

/// Looks at applications.
pub trait Applications {
    /// The application of that id in an organization.
    fn application(
        &mut self,
        organization: OrganizationId,
        id: ApplicationId,
    ) -> Result<Option<Application>, StoreError>;

    /// The applications of those ids, in any order; a missing id is skipped.
    fn applications_by_id(
        &mut self,
        organization: OrganizationId,
        ids: &[ApplicationId],
    ) -> Result<Vec<Application>, StoreError>;

    /// One page of the applications that a query means. Its search looks into the ids of Microsoft's store too.
    fn application_page(&mut self, query: &LibraryQuery) -> Result<Page<Application>, StoreError>;

    /// Applications that come from an asset, at most `limit`, and how many there are.
    fn applications_from(&mut self, asset: AssetId, limit: u32) -> Result<(Vec<ApplicationUse>, u64), StoreError>;

    /// The segments of the applications that come from an asset, each once.
    fn segments_with_applications_from(&mut self, asset: AssetId) -> Result<Vec<SegmentId>, StoreError>;
}

/// Changes applications.
pub trait ApplicationsMut: Applications {
    /// Stores a new application.
    fn insert_application(&mut self, application: &Application) -> Result<(), StoreError>;

    /// Locks applications until the unit ends, by id, and reads them; a missing one is skipped.
    fn lock_applications(
        &mut self,
        organization: OrganizationId,
        ids: &[ApplicationId],
    ) -> Result<Vec<Application>, StoreError>;

    /// Stores every field of an application, which must exist.
    fn update_application(&mut self, application: &Application) -> Result<(), StoreError>;

    /// Removes an application.
    fn remove_application(&mut self, id: ApplicationId) -> Result<(), StoreError>;
}
