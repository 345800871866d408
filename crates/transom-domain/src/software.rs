//! Software that PCs say is installed (C.4, decision 39): MSI packages, apps of the Store, and MSIX packages from
//! elsewhere. What a PC says leaf by leaf is gathered while an inventory lasts, and becomes its list when it is over.

pub mod inventory;

use crate::{
    DetectedAppId, OrganizationId,
    device::Device,
    ports::{SoftwareMut, StoreError},
    segment::SegmentScope,
    text,
};
use inventory::{Leaf, leaf};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Most apps kept of one PC: a PC that developers work on has some hundreds.
pub const DEVICE_APPS_MAX: usize = 2_000;

/// Most values kept of an inventory that is not over: those that make [`DEVICE_APPS_MAX`] apps.
pub const FINDINGS_MAX: usize = 4 * DEVICE_APPS_MAX;

/// Longest name, version and publisher kept of an app, in characters: the display name of a package has at most 256 (app
/// package manifest, `DisplayName`), and the longest names of certificates' subjects fit.
pub const APP_TEXT_CHARS_MAX: usize = 256;

/// An app that at least one PC of an organization has, told apart by name, version and publisher.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DetectedApp {
    /// Its id, which follows from the rest.
    pub id: DetectedAppId,
    /// Whose PCs have it.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Who publishes it.
    pub publisher: Option<String>,
}

/// Which apps come next, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppScan {
    /// Whose.
    pub organization: OrganizationId,
    /// On PCs in these segments.
    pub scope: SegmentScope,
    /// Behind this app.
    pub after: Option<DetectedAppId>,
    /// At most so many.
    pub limit: u32,
}

impl DetectedApp {
    /// An app as a PC names it; none, where the name is empty.
    #[must_use]
    pub fn new(organization: OrganizationId, name: &str, version: &str, publisher: &str) -> Option<Self> {
        let kept = |value: &str| {
            let value = text::cut(value.trim(), APP_TEXT_CHARS_MAX);
            Some(value).filter(|value| !value.is_empty())
        };
        let (name, version, publisher) = (kept(name)?, kept(version), kept(publisher));
        let mut hash = Sha256::new();
        let organization_text = organization.to_string();
        let parts = [
            Some(&organization_text),
            Some(&name),
            version.as_ref(),
            publisher.as_ref(),
        ];
        for part in parts {
            let part = part.map_or("", String::as_str);
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let hash = hash.finalize();
        let mut id = [0; 12];
        // As many bits as an id has: nobody finds a second app for one that is there.
        id.copy_from_slice(&hash[..12]);
        Some(Self {
            id: id.into(),
            organization,
            name,
            version,
            publisher,
        })
    }
}

/// What the leaves that a PC named say is installed; frameworks, which are there for other apps, are not.
#[must_use]
pub fn installed(organization: OrganizationId, findings: &[(String, String)]) -> Vec<DetectedApp> {
    let mut products: BTreeMap<String, BTreeMap<Leaf, &str>> = BTreeMap::new();
    for (uri, value) in findings {
        if let Some((product, leaf)) = leaf(uri) {
            products.entry(product).or_default().insert(leaf, value);
        }
    }
    let apps = products.into_values().filter_map(|leaves| {
        let text = |leaf| leaves.get(&leaf).copied().unwrap_or_default();
        let is_framework = matches!(text(Leaf::IsFramework).trim(), "1" | "true");
        if is_framework {
            return None;
        }
        DetectedApp::new(
            organization,
            text(Leaf::Name),
            text(Leaf::Version),
            text(Leaf::Publisher),
        )
    });
    let mut apps: Vec<DetectedApp> = apps.collect();
    apps.sort_unstable();
    apps.dedup_by(|one, other| one.id == other.id);
    apps.truncate(DEVICE_APPS_MAX);
    apps
}

/// The inventory of a PC is over: what it said takes the place of what it said before.
///
/// # Errors
/// When the store fails.
pub fn complete(tx: &mut (impl SoftwareMut + ?Sized), device: &Device) -> Result<(), StoreError> {
    let findings = tx.software_findings(device.id)?;
    let apps = installed(device.organization, &findings);
    tx.replace_device_apps(device.id, &apps)?;
    tx.clear_software_findings(device.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MSI: &str = "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI";
    const APPS: &str = "./Vendor/MSFT/EnterpriseModernAppManagement/AppManagement";

    fn found(leaves: &[(&str, &str)]) -> Vec<(String, String, String)> {
        let findings: Vec<(String, String)> = leaves
            .iter()
            .map(|(uri, value)| (uri.replace("MSI:", MSI).replace("APPS:", APPS), (*value).to_owned()))
            .collect();
        let apps = installed(OrganizationId::from([1; 12]), &findings).into_iter();
        let text = |value: Option<String>| value.unwrap_or_default();
        apps.map(|app| (app.name, text(app.version), text(app.publisher)))
            .collect()
    }

    fn app(name: &str, version: &str, publisher: &str) -> (String, String, String) {
        (name.to_owned(), version.to_owned(), publisher.to_owned())
    }

    #[test]
    fn leaves_become_apps_whichever_way_they_are_spelt() {
        let code = "%7B23170F69-40C1-2702-2408-000001000000%7D";
        let family = "APPS:/AppStore/Contoso.Paint_8wekyb3d8bbwe/Contoso.Paint_1.2.0.0_x64__8wekyb3d8bbwe";
        let leaves = [
            (&*format!("MSI:/{code}/Name"), " 7-Zip 24.08 (x64 edition) "),
            (&*format!("MSI:/{code}/Version"), "24.08.00.0"),
            ("MSI:/{23170F69-40C1-2702-2408-000001000000}/Publisher", "Igor Pavlov"),
            (&*format!("{family}/Name"), "Contoso.Paint"),
            (&*format!("{family}/Version"), "1.2.0.0"),
            ("APPS:/nonStore/A_b/A_1_x64__b/Name", "A"),
            ("APPS:/AppStore/F_b/F_1_x64__b/Name", "Framework"),
            ("APPS:/AppStore/F_b/F_1_x64__b/IsFramework", "1"),
            ("APPS:/System/S_b/S_1_x64__b/Name", "part of Windows"),
            ("APPS:/AppStore/N_b/N_1_x64__b/Version", "nameless"),
        ];
        let expected = [
            app("7-Zip 24.08 (x64 edition)", "24.08.00.0", "Igor Pavlov"),
            app("A", "", ""),
            app("Contoso.Paint", "1.2.0.0", ""),
        ];
        let mut found = found(&leaves);
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_id_tells_organization_name_version_and_publisher_apart() {
        let id = |n: u8, name, version, publisher| {
            DetectedApp::new(OrganizationId::from([n; 12]), name, version, publisher).map(|app| app.id)
        };
        let one = id(1, "A", "1", "P");
        assert_eq!(one, id(1, " A", "1 ", "P"));
        for other in [
            id(2, "A", "1", "P"),
            id(1, "A1", "", "P"),
            id(1, "A", "1P", ""),
            id(1, "A", "", "1P"),
        ] {
            assert!(other.is_some() && other != one);
        }
        assert_eq!(id(1, " ", "1", "P"), None);
    }

    #[test]
    fn a_hostile_list_stays_within_its_limits() {
        let long = "x".repeat(5_000);
        let many: Vec<(String, String)> = (0..3 * DEVICE_APPS_MAX)
            .map(|n| (format!("{APPS}/AppStore/P{n}/F{n}/Name"), format!("{n:06}{long}")))
            .collect();
        let apps = installed(OrganizationId::from([1; 12]), &many);
        assert_eq!(apps.len(), DEVICE_APPS_MAX);
        assert!(apps.iter().all(|app| app.name.chars().count() == APP_TEXT_CHARS_MAX));
    }
}
