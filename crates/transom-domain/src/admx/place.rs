//! Where Windows takes a template and its policies, and which registry keys it refuses them.
//!
//! An area is `{appName}~{settingType}~{categories}`; a category whose parent is in another template begins it.
//! Windows compares these names without case.

use super::{
    AdmxConfig, Warning,
    definition::{Class, Definition, ElementKind, ListItem},
};

/// Below these, ingested policies may not write (Policy CSP, "Win32 and Desktop Bridge app ADMX policy ingestion").
const REFUSED_KEYS: [&str; 3] = ["system", "software\\microsoft", "software\\policies\\microsoft"];

/// The exceptions of that page, as of its state of 2020. Newer builds may have more.
const ALLOWED_KEYS: [&str; 21] = [
    "software\\policies\\microsoft\\office",
    "software\\microsoft\\office",
    "software\\microsoft\\windows\\currentversion\\explorer",
    "software\\microsoft\\internet explorer",
    "software\\policies\\microsoft\\shared tools\\proofing tools",
    "software\\policies\\microsoft\\imejp",
    "software\\policies\\microsoft\\ime\\shared",
    "software\\policies\\microsoft\\shared tools\\graphics filters",
    "software\\policies\\microsoft\\windows\\currentversion\\explorer",
    "software\\policies\\microsoft\\softwareprotectionplatform",
    "software\\policies\\microsoft\\officesoftwareprotectionplatform",
    "software\\policies\\microsoft\\windows\\windows search\\preferences",
    "software\\policies\\microsoft\\exchange",
    "software\\microsoft\\shared tools\\proofing tools",
    "software\\microsoft\\shared tools\\graphics filters",
    "software\\microsoft\\windows\\windows search\\preferences",
    "software\\microsoft\\exchange",
    "software\\policies\\microsoft\\vba\\security",
    "software\\microsoft\\onedrive",
    "software\\microsoft\\edge",
    "software\\microsoft\\edgeupdate",
];

/// Not on that page, but templates that Microsoft's own guides have administrators ingest write there.
const KNOWN_TO_WORK: [&str; 3] = [
    "software\\policies\\microsoft\\edge",
    "software\\policies\\microsoft\\edgeupdate",
    "software\\policies\\microsoft\\onedrive",
];

/// Most levels of categories: the templates of Windows have five.
pub(super) const CATEGORY_DEPTH_MAX: usize = 16;

/// The `LocURI` that takes the template itself.
#[must_use]
pub fn install_uri(config: &AdmxConfig) -> String {
    format!(
        "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/{}/{}/{}",
        config.app_name,
        config.setting_type.as_str(),
        config.file_name
    )
}

/// The area of a policy.
#[must_use]
pub fn area(config: &AdmxConfig, definition: &Definition) -> String {
    let mut area = format!("{}~{}", config.app_name, config.setting_type.as_str());
    for category in &definition.categories {
        area.push('~');
        area.push_str(category);
    }
    area
}

/// The `LocURI`s that take a policy: for the PC, for the user, or either.
#[must_use]
pub fn uris(config: &AdmxConfig, definition: &Definition) -> Vec<String> {
    let targets: &[&str] = match definition.class {
        Class::Machine => &["Device"],
        Class::User => &["User"],
        Class::Both => &["Device", "User"],
    };
    let area = area(config, definition);
    let uri = |target: &&str| format!("./{target}/Vendor/MSFT/Policy/Config/{area}/{}", definition.name);
    targets.iter().map(uri).collect()
}

/// Whether Windows is known to refuse an ingested policy this registry key.
#[must_use]
pub fn is_refused(key: &str) -> bool {
    let key = key.trim().trim_matches('\\').to_ascii_lowercase();
    let is_below = |above: &&str| {
        let rest = key.strip_prefix(*above);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
    };
    REFUSED_KEYS.iter().any(is_below) && !ALLOWED_KEYS.iter().chain(&KNOWN_TO_WORK).any(is_below)
}

/// A warning for each key of a policy that Windows is known to refuse.
pub(super) fn warnings(definition: &Definition) -> Vec<Warning> {
    let mut keys: Vec<&str> = keys(definition);
    keys.sort_unstable_by_key(|key| key.to_ascii_lowercase());
    keys.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    let refused = keys.into_iter().filter(|key| is_refused(key));
    refused
        .map(|key| Warning {
            policy: Some(definition.name.clone()),
            rule: "registry_key".to_owned(),
            message: format!("Windows is known to refuse ingested policies that write to {key}"),
        })
        .collect()
}

/// Every registry key that a policy names.
fn keys(definition: &Definition) -> Vec<&str> {
    let mut keys = vec![definition.key.as_str()];
    let mut lists: Vec<&[ListItem]> = vec![&definition.enabled_list, &definition.disabled_list];
    for element in &definition.elements {
        keys.extend(element.key.as_deref());
        match &element.kind {
            ElementKind::Boolean {
                true_list, false_list, ..
            } => lists.extend([true_list.as_slice(), false_list]),
            ElementKind::Enum { items } => lists.extend(items.iter().map(|item| item.value_list.as_slice())),
            _ => {}
        }
    }
    keys.extend(lists.into_iter().flatten().filter_map(|item| item.key.as_deref()));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_windows_refuses_are_told_from_the_exceptions() {
        for refused in [
            "System",
            "SYSTEM\\CurrentControlSet\\Services",
            "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System",
            "SOFTWARE\\Policies\\Microsoft\\Windows\\AxInstaller",
            "\\Software\\Policies\\Microsoft",
            "Software\\Policies\\Microsoft\\OfficeX",
        ] {
            assert!(is_refused(refused), "{refused}");
        }
        for allowed in [
            "Software\\Policies\\Google\\Chrome",
            "SystemX",
            "Software\\MicrosoftX",
            "software\\policies\\microsoft\\office\\16.0\\common",
            "Software\\Microsoft\\Internet Explorer\\Main",
            "SOFTWARE\\Policies\\Microsoft\\Edge\\Recommended",
        ] {
            assert!(!is_refused(allowed), "{allowed}");
        }
    }
}
