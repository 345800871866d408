//! Rows of `default_configs`.

use super::Place;
use crate::schema::default_configs;
use diesel::prelude::*;
use transom_domain::{
    DefaultConfigId, EnrollmentTemplateId, OrganizationId, PolicyId, Timestamp,
    default_config::{DefaultConfig, DefaultElement, DefaultKind},
    ports::StoreError,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = default_configs, treat_none_as_null = true)]
pub(crate) struct DefaultConfigRow {
    id: String,
    organization_id: String,
    kind: String,
    template_id: Option<String>,
    policy_id: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl From<&DefaultConfig> for DefaultConfigRow {
    fn from(config: &DefaultConfig) -> Self {
        Self {
            id: config.id.to_string(),
            organization_id: config.organization.to_string(),
            kind: config.kind().as_str().to_owned(),
            template_id: config.element.template().map(|id| id.to_string()),
            policy_id: config.element.policy().map(|id| id.to_string()),
            created_at: config.created_at.as_millis(),
            updated_at: config.updated_at.as_millis(),
        }
    }
}

impl TryFrom<DefaultConfigRow> for DefaultConfig {
    type Error = StoreError;

    fn try_from(row: DefaultConfigRow) -> Result<Self, StoreError> {
        let at = Place::new("default_configs", &row.id);
        let template = row.template_id.as_deref();
        let template = template.and_then(|id| EnrollmentTemplateId::parse(id).ok());
        let policy = row.policy_id.as_deref().and_then(|id| PolicyId::parse(id).ok());
        let element = match at.fit("kind", DefaultKind::from_name(&row.kind))? {
            DefaultKind::WinEnrollmentTemplate => DefaultElement::EnrollmentTemplate(at.fit("template_id", template)?),
            DefaultKind::WinPolicy => DefaultElement::Policy(at.fit("policy_id", policy)?),
        };
        Ok(Self {
            id: at.fit("id", DefaultConfigId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            element,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}
