//! What a policy refers to must exist (A.0, step 9), within reach of the policy's segment. This is the one place where
//! that is looked up.

use super::{Policy, PolicyContent, PolicyError};
use crate::{
    AdmxConfigId, ApplicationId, AssetId, ScriptId,
    library::Shelf,
    ports::{AdmxConfigsMut, ApplicationsMut, AssetsMut, ScriptsMut, Segments, StoreError},
};
use std::collections::{BTreeMap, BTreeSet};

/// A kind of record that policies refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReferenceKind {
    /// An application.
    Application,
    /// A script.
    Script,
    /// An ADMX file.
    AdmxConfig,
    /// An asset.
    Asset,
}

impl ReferenceKind {
    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Script => "script",
            Self::AdmxConfig => "admxConfig",
            Self::Asset => "asset",
        }
    }
}

/// Something that a policy refers to by id.
struct Named<'a> {
    kind: ReferenceKind,
    path: String,
    id: &'a str,
}

/// What a policy refers to, each once, with ids in lower case: what the store keeps beside it.
#[must_use]
pub fn named(content: &PolicyContent) -> BTreeSet<(ReferenceKind, String)> {
    let all = references(content).into_iter();
    all.map(|named| (named.kind, named.id.to_lowercase())).collect()
}

/// Checks that everything exists that a policy refers to, and locks it: a record that is being removed waits for this
/// unit, or is gone when it is looked up. What the policy referred to `before`, in the same segment, may stay.
///
/// # Errors
/// The first thing that does not exist or is out of the policy's reach.
pub fn check(
    tx: &mut (impl Segments + ApplicationsMut + ScriptsMut + AssetsMut + AdmxConfigsMut + ?Sized),
    policy: &Policy,
    before: Option<&Policy>,
) -> Result<(), PolicyError> {
    let found = references(&policy.content);
    if found.is_empty() {
        return Ok(());
    }
    let kept = match before.filter(|b| b.segment == policy.segment) {
        Some(before) => named(&before.content),
        None => BTreeSet::new(),
    };
    let segments = tx.segments(policy.organization)?;
    let records = records(tx, policy, &found)?;
    for reference in found {
        let key = (reference.kind, reference.id.to_lowercase());
        let exists = records
            .get(&key)
            .is_some_and(|shelf| kept.contains(&key) || shelf.reaches(policy.segment, &segments));
        if !exists {
            return Err(PolicyError::UnknownReference {
                path: reference.path,
                id: reference.id.to_owned(),
            });
        }
    }
    Ok(())
}

/// Where the records are that exist, each kind locked by id. Every unit locks the kinds in this order.
fn records(
    tx: &mut (impl ApplicationsMut + ScriptsMut + AssetsMut + AdmxConfigsMut + ?Sized),
    policy: &Policy,
    found: &[Named<'_>],
) -> Result<BTreeMap<(ReferenceKind, String), Shelf>, StoreError> {
    let ids = |kind| {
        found
            .iter()
            .filter(move |named| named.kind == kind)
            .map(|named| named.id)
    };
    let mut records = BTreeMap::new();
    let applications: Vec<ApplicationId> = ids(ReferenceKind::Application)
        .filter_map(|id| ApplicationId::parse(id).ok())
        .collect();
    if !applications.is_empty() {
        for application in tx.lock_applications(policy.organization, &applications)? {
            let key = (ReferenceKind::Application, application.id.to_string());
            records.insert(key, application.shelf());
        }
    }
    let scripts: Vec<ScriptId> = ids(ReferenceKind::Script)
        .filter_map(|id| ScriptId::parse(id).ok())
        .collect();
    if !scripts.is_empty() {
        for script in tx.lock_scripts(policy.organization, &scripts)? {
            records.insert((ReferenceKind::Script, script.id.to_string()), script.shelf());
        }
    }
    let assets: Vec<AssetId> = ids(ReferenceKind::Asset)
        .filter_map(|id| AssetId::parse(id).ok())
        .collect();
    if !assets.is_empty() {
        for asset in tx.lock_assets(policy.organization, &assets)? {
            records.insert((ReferenceKind::Asset, asset.id.to_string()), asset.shelf());
        }
    }
    let admx_configs: Vec<AdmxConfigId> = ids(ReferenceKind::AdmxConfig)
        .filter_map(|id| AdmxConfigId::parse(id).ok())
        .collect();
    if !admx_configs.is_empty() {
        for config in tx.lock_admx_configs(policy.organization, &admx_configs)? {
            records.insert((ReferenceKind::AdmxConfig, config.id.to_string()), config.shelf());
        }
    }
    Ok(records)
}

fn references(content: &PolicyContent) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    let mut name = |kind, list: &str, index: usize, field: &str, id| {
        let path = format!("{list}[{index}].{field}");
        found.push(Named { kind, path, id });
    };
    for (index, application) in content.applications.iter().enumerate() {
        name(
            ReferenceKind::Application,
            "applications",
            index,
            "winApplicationId",
            application.win_application_id.as_str(),
        );
    }
    for (index, script) in content.scripts.iter().enumerate() {
        name(ReferenceKind::Script, "scripts", index, "id", script.id.as_str());
    }
    for (index, admx) in content.admx_configs.iter().enumerate() {
        name(
            ReferenceKind::AdmxConfig,
            "admxConfigs",
            index,
            "winAdmxConfigId",
            admx.win_admx_config_id.as_str(),
        );
    }
    for (index, asset) in content.assets.iter().enumerate() {
        name(
            ReferenceKind::Asset,
            "assets",
            index,
            "mdmAssetId",
            asset.mdm_asset_id.as_str(),
        );
    }
    found
}
