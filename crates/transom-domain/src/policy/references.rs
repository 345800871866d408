//! What a policy refers to must exist and reach the policy's segment (A.0, step 9; P14). This is the one place where that
//! is looked up.

use super::{PolicyContent, PolicyError, reach};
use crate::{
    AdmxConfigId, AssetId, OrganizationId,
    ports::{AdmxConfigsMut, AssetsMut, Policies, Segments, StoreError},
    segment::{Segment, SegmentId},
};
use std::collections::BTreeSet;

/// Where the things are that policies refer to.
pub trait Referable: Policies + Segments + AssetsMut + AdmxConfigsMut {}

impl<T: Policies + Segments + AssetsMut + AdmxConfigsMut + ?Sized> Referable for T {}

/// Something that a policy refers to by id.
struct Named<'a> {
    kind: Kind,
    path: String,
    id: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Application,
    Script,
    AdmxConfig,
    Asset,
}

/// Checks that everything exists that a policy in `segment` refers to, and that it reaches there. Assets and ADMX
/// templates are locked: they cannot be removed while the policy is being written. There are no records of applications
/// and scripts, so whatever is named of these does not exist.
///
/// # Errors
/// The first thing that does not exist.
pub fn check(
    tx: &mut (impl Referable + ?Sized),
    organization: OrganizationId,
    segment: SegmentId,
    content: &PolicyContent,
) -> Result<(), PolicyError> {
    let named = references(content);
    if named.is_empty() {
        return Ok(());
    }
    let segments = tx.segments(organization)?;
    let reaching = reaching(tx, organization, segment, &segments, &named)?;
    for named in named {
        let is_there = match named.kind {
            Kind::AdmxConfig | Kind::Asset => reaching.contains(&named.id.to_ascii_lowercase()),
            Kind::Application | Kind::Script => false,
        };
        if !is_there {
            return Err(PolicyError::UnknownReference {
                path: named.path,
                id: named.id.to_owned(),
            });
        }
    }
    Ok(())
}

/// The ids of those assets and templates that are there and reach the segment.
fn reaching(
    tx: &mut (impl Referable + ?Sized),
    organization: OrganizationId,
    segment: SegmentId,
    segments: &[Segment],
    named: &[Named<'_>],
) -> Result<BTreeSet<String>, StoreError> {
    let of = |kind: Kind| named.iter().filter(move |n| n.kind == kind).map(|n| n.id);
    let reaches = |from: SegmentId, exposed: bool| reach::reaches(from, exposed, segment, segments);
    let assets: Vec<AssetId> = of(Kind::Asset).filter_map(|id| AssetId::parse(id).ok()).collect();
    let mut found = BTreeSet::new();
    if !assets.is_empty() {
        let assets = tx.lock_assets(organization, &assets)?.into_iter();
        let assets = assets.filter(|a| reaches(a.segment, a.expose_to_children));
        found.extend(assets.map(|a| a.id.to_string()));
    }
    let admx: Vec<AdmxConfigId> = of(Kind::AdmxConfig)
        .filter_map(|id| AdmxConfigId::parse(id).ok())
        .collect();
    if !admx.is_empty() {
        let admx = tx.lock_admx_configs(organization, &admx)?.into_iter();
        let admx = admx.filter(|a| reaches(a.segment, a.expose_to_children));
        found.extend(admx.map(|a| a.id.to_string()));
    }
    Ok(found)
}

fn references(content: &PolicyContent) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    let mut name = |kind, list: &str, index: usize, field: &str, id| {
        let path = format!("{list}[{index}].{field}");
        found.push(Named { kind, path, id });
    };
    for (index, application) in content.applications.iter().enumerate() {
        let id = application.win_application_id.as_str();
        name(Kind::Application, "applications", index, "winApplicationId", id);
    }
    for (index, script) in content.scripts.iter().enumerate() {
        name(Kind::Script, "scripts", index, "id", script.id.as_str());
    }
    for (index, admx) in content.admx_configs.iter().enumerate() {
        let id = admx.win_admx_config_id.as_str();
        name(Kind::AdmxConfig, "admxConfigs", index, "winAdmxConfigId", id);
    }
    for (index, asset) in content.assets.iter().enumerate() {
        name(Kind::Asset, "assets", index, "mdmAssetId", asset.mdm_asset_id.as_str());
    }
    found
}
