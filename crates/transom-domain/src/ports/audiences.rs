//! The roles over audiences.

use super::StoreError;
use crate::{AudienceId, OrganizationId, audience::Audience};

/// Looks at audiences.
pub trait Audiences {
    /// The audience of that id in an organization.
    fn audience(&mut self, organization: OrganizationId, id: AudienceId) -> Result<Option<Audience>, StoreError>;

    /// All audiences of an organization, oldest first.
    fn audiences(&mut self, organization: OrganizationId) -> Result<Vec<Audience>, StoreError>;

    /// The audiences of those ids, by id; a missing id is skipped.
    fn audiences_by_id(
        &mut self,
        organization: OrganizationId,
        ids: &[AudienceId],
    ) -> Result<Vec<Audience>, StoreError>;

    /// The names of all audiences of an organization, by id.
    fn audience_names(&mut self, organization: OrganizationId) -> Result<Vec<(AudienceId, String)>, StoreError>;
}

/// Changes audiences.
pub trait AudiencesMut: Audiences {
    /// Stores a new audience.
    fn insert_audience(&mut self, audience: &Audience) -> Result<(), StoreError>;

    /// Stores every field of an audience, which must exist.
    fn update_audience(&mut self, audience: &Audience) -> Result<(), StoreError>;

    /// Removes an audience, which must exist.
    fn delete_audience(&mut self, id: AudienceId) -> Result<(), StoreError>;
}
