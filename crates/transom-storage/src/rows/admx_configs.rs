//! Rows of `admx_configs` and `admx_definitions`.

use super::{Place, devices::key};
use crate::schema::{admx_configs, admx_definitions};
use diesel::prelude::*;
use transom_domain::{
    AdmxConfigId, OrganizationId, Timestamp,
    admx::{AdmxConfig, SettingType, definition::Definition},
    ports::StoreError,
    secret::SecretHash,
    segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = admx_configs, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct AdmxConfigRow {
    pub(crate) id: String,
    organization_id: String,
    segment_id: i64,
    app_name: String,
    app_name_key: String,
    setting_type: String,
    file_name: String,
    file_name_key: String,
    description: Option<String>,
    description_key: Option<String>,
    expose_to_children: bool,
    sha256: String,
    size: i64,
    has_language: bool,
    definitions: i64,
    warnings: String,
    warning_count: i64,
    created_at: i64,
    updated_at: i64,
}

impl From<&AdmxConfig> for AdmxConfigRow {
    fn from(config: &AdmxConfig) -> Self {
        Self {
            id: config.id.to_string(),
            organization_id: config.organization.to_string(),
            segment_id: config.segment.0.into(),
            app_name: config.app_name.clone(),
            app_name_key: key(&config.app_name),
            setting_type: config.setting_type.as_str().to_owned(),
            file_name: config.file_name.clone(),
            file_name_key: key(&config.file_name),
            description: config.description.clone(),
            description_key: config.description.as_deref().map(key),
            expose_to_children: config.expose_to_children,
            sha256: SecretHash(config.sha256).to_hex(),
            size: i64::try_from(config.size).unwrap_or(i64::MAX),
            has_language: config.has_language,
            definitions: config.definitions.into(),
            warnings: serde_json::to_string(&config.warnings).unwrap_or_else(|_| "[]".to_owned()),
            warning_count: config.warning_count.into(),
            created_at: config.created_at.as_millis(),
            updated_at: config.updated_at.as_millis(),
        }
    }
}

impl TryFrom<AdmxConfigRow> for AdmxConfig {
    type Error = StoreError;

    fn try_from(row: AdmxConfigRow) -> Result<Self, StoreError> {
        let at = Place::new("admx_configs", &row.id);
        Ok(Self {
            id: at.fit("id", AdmxConfigId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", row.segment_id)?),
            setting_type: at.fit("setting_type", SettingType::from_name(&row.setting_type))?,
            sha256: at.fit("sha256", SecretHash::from_hex(&row.sha256))?.0,
            definitions: at.number("definitions", row.definitions)?,
            warnings: at.json("warnings", &row.warnings)?,
            warning_count: at.number("warning_count", row.warning_count)?,
            app_name: row.app_name,
            file_name: row.file_name,
            description: row.description,
            expose_to_children: row.expose_to_children,
            size: row.size.unsigned_abs(),
            has_language: row.has_language,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = admx_definitions)]
pub(crate) struct AdmxDefinitionRow {
    config_id: String,
    position: i64,
    class: String,
    search_key: String,
    content: String,
}

impl AdmxDefinitionRow {
    /// The definitions of a template as rows, in their order.
    pub(crate) fn of(config: AdmxConfigId, definitions: &[Definition]) -> Result<Vec<Self>, StoreError> {
        let rows = (0..).zip(definitions).map(|(position, definition)| {
            let content = serde_json::to_string(definition);
            let parts = [
                Some(definition.name.as_str()),
                definition.display_name.as_deref(),
                Some(definition.key.as_str()),
            ];
            let categories = definition.categories.iter().chain(&definition.category_names);
            let words: Vec<&str> = parts
                .into_iter()
                .flatten()
                .chain(categories.map(String::as_str))
                .collect();
            Ok(Self {
                config_id: config.to_string(),
                position,
                class: definition.class.as_str().to_owned(),
                // A line feed is in no search, so none matches across two of them.
                search_key: key(&words.join("\n")),
                content: content.map_err(|error| StoreError::Failed(format!("a definition as JSON: {error}")))?,
            })
        });
        rows.collect()
    }
}

impl TryFrom<AdmxDefinitionRow> for Definition {
    type Error = StoreError;

    fn try_from(row: AdmxDefinitionRow) -> Result<Self, StoreError> {
        Place::new("admx_definitions", &row.config_id).json("content", &row.content)
    }
}
