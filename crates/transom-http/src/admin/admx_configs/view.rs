//! ADMX templates and what they define.

use crate::admin::view::Moment;
use serde::Serialize;
use serde_json::Value;
use transom_domain::{
    admx::{AdmxConfig, Warning, definition::Definition, place},
    secret::SecretHash,
};
use utoipa::ToSchema;

/// A template.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdmxConfig)]
pub struct AdmxConfigView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    /// The first part of every area.
    #[schema(max_length = 64)]
    app_name: String,
    /// `Policy` or `Preference`.
    setting_type: &'static str,
    /// What Windows knows it by.
    #[schema(max_length = 128)]
    file_name: String,
    #[schema(max_length = 1000)]
    description: Option<String>,
    segment_id: u32,
    /// Whether policies in the segments below may use it.
    expose_to_children: bool,
    /// The `LocURI` that takes the template itself.
    install_uri: String,
    /// Bytes of the ADMX as it was uploaded.
    size: u64,
    /// Of the ADMX as it was uploaded.
    #[schema(pattern = "^[a-f0-9]{64}$")]
    sha256: String,
    /// Whether an ADML came with it.
    has_language: bool,
    /// Policies that it defines.
    definition_count: u32,
    warning_count: u32,
    /// What Windows is known to refuse of it, or what is a guess; at most 100.
    #[schema(max_items = 100)]
    warnings: Vec<AdmxWarningView>,
    updated_at: Moment,
    created_at: Moment,
}

/// Something odd in a template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdmxWarning)]
pub struct AdmxWarningView {
    /// The policy; null: the template as a whole.
    policy: Option<String>,
    /// `registry_key` or `category`.
    rule: String,
    message: String,
}

impl AdmxConfigView {
    /// The view of a template.
    pub fn new(config: &AdmxConfig) -> Self {
        let warning = |warning: &Warning| AdmxWarningView {
            policy: warning.policy.clone(),
            rule: warning.rule.clone(),
            message: warning.message.clone(),
        };
        Self {
            id: config.id.to_string(),
            organization_id: config.organization.to_string(),
            app_name: config.app_name.clone(),
            setting_type: config.setting_type.as_str(),
            file_name: config.file_name.clone(),
            description: config.description.clone(),
            segment_id: config.segment.0,
            expose_to_children: config.expose_to_children,
            install_uri: place::install_uri(config),
            size: config.size,
            sha256: SecretHash(config.sha256).to_hex(),
            has_language: config.has_language,
            definition_count: config.definitions,
            warning_count: config.warning_count,
            warnings: config.warnings.iter().map(warning).collect(),
            updated_at: Moment(config.updated_at),
            created_at: Moment(config.created_at),
        }
    }
}

/// A template that was removed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RemovedAdmxConfig)]
pub struct RemovedAdmxConfigView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    app_name: String,
    file_name: String,
    removed: bool,
}

impl RemovedAdmxConfigView {
    /// The view of a template that was removed.
    pub fn new(config: &AdmxConfig) -> Self {
        Self {
            id: config.id.to_string(),
            app_name: config.app_name.clone(),
            file_name: config.file_name.clone(),
            removed: true,
        }
    }
}

/// A policy that a template defines.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdmxDefinition)]
pub struct DefinitionView {
    name: String,
    /// `Machine`, `User` or `Both`.
    class: &'static str,
    /// `{appName}~{settingType}~{categories}`
    area: String,
    /// The `LocURI`s that take it, after the PC has taken in the template.
    loc_uris: Vec<String>,
    /// From the outermost on.
    categories: Vec<String>,
    /// Their texts.
    category_names: Vec<String>,
    display_name: Option<String>,
    explain_text: Option<String>,
    supported_on: Option<String>,
    /// The registry key.
    key: String,
    /// The registry value that it switches.
    value_name: Option<String>,
    /// `{type: decimal | longDecimal | string | delete, value}`
    #[schema(value_type = Option<Object>)]
    enabled_value: Value,
    #[schema(value_type = Option<Object>)]
    disabled_value: Value,
    /// `{key, valueName, value}` each.
    #[schema(value_type = Vec<Object>)]
    enabled_list: Value,
    #[schema(value_type = Vec<Object>)]
    disabled_list: Value,
    /// `{id, label, required, key, valueName, type, …}` each; what follows depends on the type: `boolean`, `decimal`,
    /// `longDecimal`, `text`, `multiText`, `enum`, `list`.
    #[schema(value_type = Vec<Object>)]
    elements: Value,
}

impl DefinitionView {
    /// The view of a definition of a template.
    pub fn new(config: &AdmxConfig, definition: Definition) -> Self {
        fn json<T: Serialize>(value: &T) -> Value {
            serde_json::to_value(value).unwrap_or_default()
        }
        Self {
            class: definition.class.as_str(),
            area: place::area(config, &definition),
            loc_uris: place::uris(config, &definition),
            enabled_value: json(&definition.enabled_value),
            disabled_value: json(&definition.disabled_value),
            enabled_list: json(&definition.enabled_list),
            disabled_list: json(&definition.disabled_list),
            elements: json(&definition.elements),
            name: definition.name,
            categories: definition.categories,
            category_names: definition.category_names,
            display_name: definition.display_name,
            explain_text: definition.explain_text,
            supported_on: definition.supported_on,
            key: definition.key,
            value_name: definition.value_name,
        }
    }
}
