//! The roles over defaults of an organization.

use super::StoreError;
use crate::{
    DefaultConfigId, OrganizationId,
    default_config::{DefaultConfig, DefaultKind},
};

/// Looks at defaults.
pub trait DefaultConfigs {
    /// The default of that kind.
    fn default_config(
        &mut self,
        organization: OrganizationId,
        kind: DefaultKind,
    ) -> Result<Option<DefaultConfig>, StoreError>;

    /// All defaults of an organization, by kind.
    fn default_configs(&mut self, organization: OrganizationId) -> Result<Vec<DefaultConfig>, StoreError>;
}

/// Changes defaults.
pub trait DefaultConfigsMut: DefaultConfigs {
    /// Stores a default, new or in place of the one with its id.
    fn save_default_config(&mut self, config: &DefaultConfig) -> Result<(), StoreError>;

    /// Removes a default.
    fn delete_default_config(&mut self, id: DefaultConfigId) -> Result<(), StoreError>;
}
