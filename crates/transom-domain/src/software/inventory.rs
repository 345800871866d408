//! Where Windows says what is installed (docs/PROTOCOL.md, 18): nodes, and what their LocURIs mean.

/// The packages of Windows Installer. A Get of it names their product codes.
pub const MSI: &str = "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI";

/// Apps of the Store, with everything about them at once.
pub const STORE: &str = "./Device/Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/AppStore?list=StructData";

/// MSIX packages from elsewhere. Those of Windows itself are under `System` and are not asked for: they come with its
/// version.
pub const ELSEWHERE: &str = "./Device/Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/nonStore?list=StructData";

/// What is asked for first.
pub const ROOTS: [&str; 3] = [MSI, STORE, ELSEWHERE];

/// Most MSI packages that are asked about: each takes a command of its own.
pub const PRODUCTS_MAX: usize = 500;

/// Longest segment of a LocURI that is looked at, in bytes: a package's full name has at most 127 characters (app package
/// identity), a product code 38.
const SEGMENT_BYTES_MAX: usize = 512;

/// A property of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leaf {
    /// What it is called.
    Name,
    /// Its version.
    Version,
    /// Who publishes it.
    Publisher,
    /// Whether it is only there for other packages.
    IsFramework,
}

impl Leaf {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "Name" => Self::Name,
            "Version" => Self::Version,
            "Publisher" => Self::Publisher,
            "IsFramework" => Self::IsFramework,
            _ => return None,
        })
    }
}

/// Which product and which of its properties a LocURI means; none, if it is not about installed software.
#[must_use]
pub fn leaf(uri: &str) -> Option<(String, Leaf)> {
    let path = uri.strip_prefix("./Device/").or_else(|| uri.strip_prefix("./"))?;
    let rest = path.strip_prefix("Vendor/MSFT/")?;
    let segments: Vec<&str> = rest.split('/').collect();
    match segments.as_slice() {
        ["EnterpriseDesktopAppManagement", "MSI", code, name] => {
            let leaf = Leaf::from_name(name).filter(|leaf| *leaf != Leaf::IsFramework)?;
            Some((format!("msi/{}", product_code(code)?), leaf))
        }
        [
            "EnterpriseModernAppManagement",
            "AppManagement",
            source @ ("AppStore" | "nonStore"),
            family,
            package,
            name,
        ] => {
            let (family, package) = (decoded(family)?, decoded(package)?);
            Some((format!("{source}/{family}/{package}"), Leaf::from_name(name)?))
        }
        _ => None,
    }
}

/// The product codes that a Get of [`MSI`] answered: names of nodes, joined by slashes.
#[must_use]
pub fn product_codes(list: &str) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for code in list.split('/').filter_map(product_code) {
        if codes.len() == PRODUCTS_MAX {
            break;
        }
        codes.push(code);
    }
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The nodes to read of an MSI package.
#[must_use]
pub fn product_nodes(code: &str) -> [String; 3] {
    let code = code.trim_matches(['{', '}']);
    ["Name", "Version", "Publisher"].map(|leaf| format!("{MSI}/%7B{code}%7D/{leaf}"))
}

/// A product code in braces and capitals, if the segment is one.
fn product_code(segment: &str) -> Option<String> {
    /// Lengths of the groups of a GUID.
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let code = decoded(segment)?;
    let guid = code.strip_prefix('{')?.strip_suffix('}')?;
    let groups: Vec<&str> = guid.split('-').collect();
    let is_guid = groups.len() == GROUPS.len()
        && groups
            .iter()
            .zip(GROUPS)
            .all(|(group, length)| group.len() == length && group.bytes().all(|b| b.is_ascii_hexdigit()));
    is_guid.then(|| code.to_ascii_uppercase())
}

/// A segment without its percent signs; none, where it is none.
fn decoded(segment: &str) -> Option<String> {
    if segment.is_empty() || segment.len() > SEGMENT_BYTES_MAX {
        return None;
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let mut byte = [0];
            hex::decode_to_slice(after.get(..2)?, &mut byte).ok()?;
            bytes.push(byte[0]);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "{23170F69-40C1-2702-2408-000001000000}";

    #[test]
    fn product_codes_are_read_in_either_spelling_and_nothing_else_is() {
        let list = format!(
            "%7B{}%7D/{}/UpgradeCode/%7B/%zz/{{not-a-guid}}//",
            &CODE[1..37],
            CODE.to_lowercase()
        );
        assert_eq!(product_codes(&list), [CODE]);
        let many: Vec<String> = (0..2_000)
            .map(|n| format!("{{{n:08}-0000-0000-0000-000000000000}}"))
            .collect();
        assert_eq!(product_codes(&many.join("/")).len(), PRODUCTS_MAX);
        for uri in product_nodes(CODE) {
            assert_eq!(leaf(&uri).unwrap().0, format!("msi/{CODE}"));
        }
    }

    #[test]
    fn what_is_no_leaf_of_installed_software_is_passed_over() {
        for uri in [
            "",
            "./",
            "./DevDetail/SwV",
            "./Vendor/MSFT/EnterpriseDesktopAppManagement/MSI",
            "./Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/%7B1%7D/Name",
            "./User/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/%7B23170F69-40C1-2702-2408-000001000000%7D/Name",
            "./Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/AppStore/a/b/InstallDate",
            "./Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/AppStore/a//Name",
            "./Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/AppStore/a/%ff/Name",
            "./Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/AppStore/a/b/c/Name",
        ] {
            assert_eq!(leaf(uri), None, "{uri}");
        }
        let long = format!(
            "./Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/AppStore/a/{}/Name",
            "x".repeat(513)
        );
        assert_eq!(leaf(&long), None);
    }
}
