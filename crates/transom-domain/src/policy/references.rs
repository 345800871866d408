//! What a policy refers to must exist (A.0, step 9). This is the one place where that is looked up.

use super::{PolicyContent, PolicyError};
use crate::ports::{Policies, StoreError};

/// Something that a policy refers to by id.
struct Named<'a> {
    path: String,
    id: &'a str,
}

/// Checks that everything exists that a policy refers to. There are no records of applications, scripts, ADMX files and
/// assets, so whatever is named does not exist.
///
/// # Errors
/// The first thing that does not exist.
pub fn check(view: &mut (impl Policies + ?Sized), content: &PolicyContent) -> Result<(), PolicyError> {
    for named in references(content) {
        if !exists(view, &named)? {
            return Err(PolicyError::UnknownReference {
                path: named.path,
                id: named.id.to_owned(),
            });
        }
    }
    Ok(())
}

fn references(content: &PolicyContent) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    let mut name = |list: &str, index: usize, field: &str, id| {
        let path = format!("{list}[{index}].{field}");
        found.push(Named { path, id });
    };
    for (index, application) in content.applications.iter().enumerate() {
        name(
            "applications",
            index,
            "winApplicationId",
            application.win_application_id.as_str(),
        );
    }
    for (index, script) in content.scripts.iter().enumerate() {
        name("scripts", index, "id", script.id.as_str());
    }
    for (index, admx) in content.admx_configs.iter().enumerate() {
        name(
            "admxConfigs",
            index,
            "winAdmxConfigId",
            admx.win_admx_config_id.as_str(),
        );
    }
    for (index, asset) in content.assets.iter().enumerate() {
        name("assets", index, "mdmAssetId", asset.mdm_asset_id.as_str());
    }
    found
}

/// Whether the thing exists. No record of any of these kinds can be made.
fn exists(_view: &mut (impl Policies + ?Sized), _named: &Named<'_>) -> Result<bool, StoreError> {
    Ok(false)
}
