//! What policies refer to, expanded for people: `assetsInfo` and `admxConfigsInfo` (A.6).

use crate::admin::{call::Call, error::ApiError};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use transom_domain::{
    AdmxConfigId, AssetId, OrganizationId,
    admx::AdmxConfig,
    asset::Asset,
    policy::PolicyContent,
    ports::{AdmxConfigs, Assets, StoreError},
    secret::SecretHash,
};

/// Ids asked for in one query: well within the variables that a statement of SQLite may have.
const IDS_AT_ONCE: usize = 5_000;

/// What policies refer to, by id.
#[derive(Debug, Clone, Default)]
pub struct Expansions {
    assets: BTreeMap<String, Value>,
    admx_configs: BTreeMap<String, Value>,
}

/// Ids of what is to be expanded.
#[derive(Debug, Clone, Default)]
struct Wanted {
    assets: BTreeSet<AssetId>,
    admx_configs: BTreeSet<AdmxConfigId>,
}

impl Wanted {
    fn by<'p>(contents: impl IntoIterator<Item = &'p PolicyContent>) -> Self {
        let mut wanted = Self::default();
        for content in contents {
            let assets = content.assets.iter().map(|a| AssetId::parse(&a.mdm_asset_id));
            wanted.assets.extend(assets.flatten());
            let admx = content.admx_configs.iter();
            let admx = admx.map(|a| AdmxConfigId::parse(&a.win_admx_config_id));
            wanted.admx_configs.extend(admx.flatten());
        }
        wanted
    }

    fn is_empty(&self) -> bool {
        self.assets.is_empty() && self.admx_configs.is_empty()
    }
}

impl Expansions {
    /// Looks up what these policies refer to. What is gone is left out.
    ///
    /// # Errors
    /// When the store fails.
    pub fn of<'p>(
        view: &mut (impl Assets + AdmxConfigs + ?Sized),
        organization: OrganizationId,
        contents: impl IntoIterator<Item = &'p PolicyContent>,
    ) -> Result<Self, StoreError> {
        Self::read(view, organization, &Wanted::by(contents))
    }

    /// The same outside of a unit of work.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look_up<'p>(
        call: &Call,
        contents: impl IntoIterator<Item = &'p PolicyContent>,
    ) -> Result<Self, ApiError> {
        let wanted = Wanted::by(contents);
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        call.read(move |view, caller| Ok(Self::read(view, caller.organization.id, &wanted)?))
            .await
    }

    fn read(
        view: &mut (impl Assets + AdmxConfigs + ?Sized),
        organization: OrganizationId,
        wanted: &Wanted,
    ) -> Result<Self, StoreError> {
        let mut found = Self::default();
        let assets: Vec<AssetId> = wanted.assets.iter().copied().collect();
        for ids in assets.chunks(IDS_AT_ONCE) {
            let assets = view.assets_by_id(organization, ids)?;
            found.assets.extend(assets.iter().map(|a| (a.id.to_string(), asset(a))));
        }
        let admx: Vec<AdmxConfigId> = wanted.admx_configs.iter().copied().collect();
        for ids in admx.chunks(IDS_AT_ONCE) {
            let configs = view.admx_configs_by_id(organization, ids)?;
            let configs = configs.iter().map(|c| (c.id.to_string(), admx_config(c)));
            found.admx_configs.extend(configs);
        }
        Ok(found)
    }

    /// `assetsInfo` for the value of `assets`: each asset once.
    #[must_use]
    pub fn assets_info(&self, assets: &Value) -> Vec<Value> {
        expanded(assets, "mdmAssetId", &self.assets)
    }

    /// `admxConfigsInfo` for the value of `admxConfigs`.
    #[must_use]
    pub fn admx_configs_info(&self, admx_configs: &Value) -> Vec<Value> {
        expanded(admx_configs, "winAdmxConfigId", &self.admx_configs)
    }
}

fn expanded(entries: &Value, field: &str, known: &BTreeMap<String, Value>) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
    let ids = entries.iter().filter_map(|entry| entry[field].as_str());
    let once = ids.filter(|id| seen.insert(*id));
    once.filter_map(|id| known.get(id).cloned()).collect()
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

fn admx_config(config: &AdmxConfig) -> Value {
    json!({
        "id": config.id.to_string(),
        "appName": config.app_name,
        "settingType": config.setting_type.as_str(),
        "fileName": config.file_name,
        "description": config.description,
    })
}
