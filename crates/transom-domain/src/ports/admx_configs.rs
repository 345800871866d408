//! The roles over ADMX templates.

use super::StoreError;
use crate::{
    AdmxConfigId, OrganizationId,
    admx::{AdmxConfig, AdmxQuery, AdmxSource, DefinitionQuery, definition::Definition},
    page::Page,
};

/// Looks at templates.
pub trait AdmxConfigs {
    /// The template of that id in an organization.
    fn admx_config(&mut self, organization: OrganizationId, id: AdmxConfigId)
    -> Result<Option<AdmxConfig>, StoreError>;

    /// The templates of those ids, by id; a missing id is skipped.
    fn admx_configs_by_id(
        &mut self,
        organization: OrganizationId,
        ids: &[AdmxConfigId],
    ) -> Result<Vec<AdmxConfig>, StoreError>;

    /// One page of the templates that a query means.
    fn admx_config_page(&mut self, query: &AdmxQuery) -> Result<Page<AdmxConfig>, StoreError>;

    /// How many templates an organization has.
    fn admx_config_count(&mut self, organization: OrganizationId) -> Result<u64, StoreError>;

    /// The texts of a template.
    fn admx_source(&mut self, id: AdmxConfigId) -> Result<Option<AdmxSource>, StoreError>;

    /// One page of the definitions of a template.
    fn admx_definition_page(&mut self, query: &DefinitionQuery) -> Result<Page<Definition>, StoreError>;
}

/// Changes templates.
pub trait AdmxConfigsMut: AdmxConfigs {
    /// Stores a new template. Application, type and file are unique in an organization, without case.
    fn insert_admx_config(&mut self, config: &AdmxConfig) -> Result<(), StoreError>;

    /// Locks templates until the unit ends, in the order of their ids, and reads them; a missing id is skipped.
    fn lock_admx_configs(
        &mut self,
        organization: OrganizationId,
        ids: &[AdmxConfigId],
    ) -> Result<Vec<AdmxConfig>, StoreError>;

    /// Stores every field of a template, which must exist.
    fn update_admx_config(&mut self, config: &AdmxConfig) -> Result<(), StoreError>;

    /// Stores texts and definitions of a template, in place of those before.
    fn save_admx_template(
        &mut self,
        id: AdmxConfigId,
        source: &AdmxSource,
        definitions: &[Definition],
    ) -> Result<(), StoreError>;

    /// Removes a template with its texts and definitions.
    fn remove_admx_config(&mut self, id: AdmxConfigId) -> Result<(), StoreError>;
}
