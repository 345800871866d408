//! Rows of `default_configs`.

use super::Place;
use crate::schema::default_configs;
use diesel::prelude::*;
use transom_domain::{
    DefaultConfigId, EnrollmentTemplateId, OrganizationId, Timestamp,
    default_config::{DefaultConfig, DefaultKind},
    ports::StoreError,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = default_configs)]
pub(crate) struct DefaultConfigRow {
    id: String,
    organization_id: String,
    kind: String,
    template_id: String,
    created_at: i64,
    updated_at: i64,
}

impl From<&DefaultConfig> for DefaultConfigRow {
    fn from(config: &DefaultConfig) -> Self {
        Self {
            id: config.id.to_string(),
            organization_id: config.organization.to_string(),
            kind: config.kind.as_str().to_owned(),
            template_id: config.element.to_string(),
            created_at: config.created_at.as_millis(),
            updated_at: config.updated_at.as_millis(),
        }
    }
}

impl TryFrom<DefaultConfigRow> for DefaultConfig {
    type Error = StoreError;

    fn try_from(row: DefaultConfigRow) -> Result<Self, StoreError> {
        let at = Place::new("default_configs", &row.id);
        Ok(Self {
            id: at.fit("id", DefaultConfigId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            kind: at.fit("kind", DefaultKind::from_name(&row.kind))?,
            element: at.fit("template_id", EnrollmentTemplateId::parse(&row.template_id).ok())?,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}
