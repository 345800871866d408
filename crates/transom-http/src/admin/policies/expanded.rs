//! The records that policies refer to, beside them (A.6: `applicationsInfo`, `scriptsInfo`,
//! `admxConfigsInfo`, `assetsInfo`).

use crate::admin::applications::view::ApplicationConfigView;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use transom_domain::{
    AdmxConfigId, ApplicationId, AssetId, OrganizationId, ScriptId,
    admx::AdmxConfig,
    application::Application,
    asset::Asset,
    policy::{
        PolicyContent,
        references::{self, ReferenceKind},
    },
    ports::{AdmxConfigs, Applications, Assets, Scripts, StoreError},
    script::Script,
    secret::SecretHash,
};

/// Most ids in one question to the store: databases take some ten thousand.
const IDS_MAX: usize = 1_000;

/// Records by id, as views show them.
#[derive(Debug, Clone, Default)]
pub struct Expanded {
    applications: HashMap<String, Value>,
    scripts: HashMap<String, Value>,
    admx_configs: HashMap<String, Value>,
    assets: HashMap<String, Value>,
}

impl Expanded {
    /// The records that some contents refer to. Whoever sees a policy may know what it refers to.
    pub fn of<'a>(
        view: &mut (impl Applications + Scripts + AdmxConfigs + Assets + ?Sized),
        organization: OrganizationId,
        contents: impl IntoIterator<Item = &'a PolicyContent>,
    ) -> Result<Self, StoreError> {
        let named: BTreeSet<(ReferenceKind, String)> = contents.into_iter().flat_map(references::named).collect();
        let ids = |kind| named.iter().filter(move |(k, _)| *k == kind).map(|(_, id)| id.as_str());
        let applications: Vec<_> = ids(ReferenceKind::Application)
            .filter_map(|id| ApplicationId::parse(id).ok())
            .collect();
        let scripts: Vec<_> = ids(ReferenceKind::Script)
            .filter_map(|id| ScriptId::parse(id).ok())
            .collect();
        let admx_configs: Vec<_> = ids(ReferenceKind::AdmxConfig)
            .filter_map(|id| AdmxConfigId::parse(id).ok())
            .collect();
        let assets: Vec<_> = ids(ReferenceKind::Asset)
            .filter_map(|id| AssetId::parse(id).ok())
            .collect();
        let mut expanded = Self::default();
        for ids in applications.chunks(IDS_MAX) {
            let found = view.applications_by_id(organization, ids)?;
            let found = found.iter().map(|a| (a.id.to_string(), application(a)));
            expanded.applications.extend(found);
        }
        for ids in scripts.chunks(IDS_MAX) {
            let found = view.scripts_by_id(organization, ids)?;
            expanded
                .scripts
                .extend(found.iter().map(|s| (s.id.to_string(), script(s))));
        }
        for ids in admx_configs.chunks(IDS_MAX) {
            let found = view.admx_configs_by_id(organization, ids)?;
            let found = found.iter().map(|c| (c.id.to_string(), admx_config(c)));
            expanded.admx_configs.extend(found);
        }
        for ids in assets.chunks(IDS_MAX) {
            let found = view.assets_by_id(organization, ids)?;
            expanded
                .assets
                .extend(found.iter().map(|a| (a.id.to_string(), asset(a))));
        }
        Ok(expanded)
    }

    /// The applications that a list of a policy names, in its order.
    pub fn applications(&self, list: &Value) -> Vec<Value> {
        found(&self.applications, list, "winApplicationId")
    }

    /// The scripts that a list of a policy names, in its order.
    pub fn scripts(&self, list: &Value) -> Vec<Value> {
        found(&self.scripts, list, "id")
    }

    /// The ADMX templates that a list of a policy names, in its order.
    pub fn admx_configs(&self, list: &Value) -> Vec<Value> {
        found(&self.admx_configs, list, "winAdmxConfigId")
    }

    /// The assets that a list of a policy names, in its order.
    pub fn assets(&self, list: &Value) -> Vec<Value> {
        found(&self.assets, list, "mdmAssetId")
    }

    /// Adds name, description and runner to the scripts of a policy (A.6).
    pub fn describe(&self, list: &mut Value) {
        for entry in list.as_array_mut().into_iter().flatten() {
            let script = id(entry, "id").and_then(|id| self.scripts.get(&id));
            if let (Some(script), Value::Object(entry)) = (script, entry) {
                for field in ["name", "description", "runner"] {
                    entry.insert(field.to_owned(), script[field].clone());
                }
                entry.entry("argumentsProcessed").or_insert(Value::Null);
            }
        }
    }
}

fn id(entry: &Value, field: &str) -> Option<String> {
    entry[field].as_str().map(str::to_lowercase)
}

/// Each record once: an asset can go to several places.
fn found(records: &HashMap<String, Value>, list: &Value, field: &str) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let entries = list.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| id(entry, field))
        .filter_map(|id| records.get(&id).filter(|_| seen.insert(id)).cloned())
        .collect()
}

fn application(application: &Application) -> Value {
    json!({
        "id": application.id.to_string(),
        "name": application.name,
        "description": application.description,
        "type": application.origin.kind().as_str(),
        "config": serde_json::to_value(ApplicationConfigView::new(application)).unwrap_or(Value::Object(Map::new())),
    })
}

/// What is shown of a script beside those who name it.
pub fn script(script: &Script) -> Value {
    json!({
        "id": script.id.to_string(),
        "name": script.name,
        "description": script.description,
        "runner": script.runner.as_str(),
        "context": script.context.as_str(),
        "timeout": script.timeout_seconds,
    })
}

fn admx_config(config: &AdmxConfig) -> Value {
    json!({
        "id": config.id.to_string(),
        "appName": config.app_name,
        "settingType": config.setting_type.as_str(),
        "fileName": config.file_name,
        "description": config.description,
    })
}

fn asset(asset: &Asset) -> Value {
    json!({
        "id": asset.id.to_string(),
        "name": asset.name,
        "type": asset.kind.as_str(),
        "fileName": asset.file.name.as_str(),
        "size": asset.file.size,
        "sha256": SecretHash(asset.file.sha256).to_hex(),
    })
}
