//! What the tree of a fresh PC holds: the nodes of docs/PROTOCOL.md, 18, and the roots of its providers.

use super::node::{Access, Format, Node};
use super::{Tree, uri};
use crate::identity::Identity;

/// Roots of providers that exist before anything is in them.
const ROOTS: [&str; 12] = [
    "./Vendor/MSFT/Policy/Config",
    "./Vendor/MSFT/Policy/Result",
    "./Vendor/MSFT/Policy/ConfigOperations/ADMXInstall",
    "./Vendor/MSFT/CertificateStore/Root/System",
    "./Vendor/MSFT/CertificateStore/My/User",
    "./Vendor/MSFT/RootCATrustedCertificates/Root",
    "./Vendor/MSFT/EnterpriseDesktopAppManagement/MSI",
    "./Vendor/MSFT/EnterpriseModernAppManagement/AppInstallation",
    "./Vendor/MSFT/EnterpriseModernAppManagement/AppManagement",
    "./Vendor/MSFT/DMClient/Provider",
    "./Vendor/MSFT/WiFi/Profile",
    "./User/Vendor/MSFT/Policy/Config",
];

/// Programs that the PC has: name, publisher, version.
const PROGRAMS: [(&str, &str, &str); 3] = [
    ("7-Zip 24.08 (x64)", "Igor Pavlov", "24.08"),
    ("Microsoft Edge", "Microsoft Corporation", "131.0.2903.51"),
    ("Notepad++ (64-bit x64)", "Notepad++ Team", "8.7.1"),
];

/// Packages of Windows Installer: product code, name, publisher, version.
const PACKAGES: [(&str, &str, &str, &str); 2] = [
    (
        "{23170F69-40C1-2702-2408-000001000000}",
        "7-Zip 24.08 (x64 edition)",
        "Igor Pavlov",
        "24.08.00.0",
    ),
    (
        "{9B2F1B65-3A5C-4E0B-9F0E-6F2E1C0D7A11}",
        "Contoso VPN Client",
        "Contoso, Ltd.",
        "5.2.1",
    ),
];

/// App packages: where they come from, family, full name, name, publisher, version, whether it is a framework.
const APPS: [(&str, &str, &str, &str, &str, &str, bool); 4] = [
    (
        "AppStore",
        "Microsoft.WindowsNotepad_8wekyb3d8bbwe",
        "Microsoft.WindowsNotepad_11.2410.21.0_x64__8wekyb3d8bbwe",
        "Microsoft.WindowsNotepad",
        "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US",
        "11.2410.21.0",
        false,
    ),
    (
        "AppStore",
        "Microsoft.VCLibs.140.00_8wekyb3d8bbwe",
        "Microsoft.VCLibs.140.00_14.0.33519.0_x64__8wekyb3d8bbwe",
        "Microsoft.VCLibs.140.00",
        "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US",
        "14.0.33519.0",
        true,
    ),
    (
        "nonStore",
        "Contoso.Timesheet_3d8bbwe8wekyb",
        "Contoso.Timesheet_2.4.0.0_neutral__3d8bbwe8wekyb",
        "Contoso.Timesheet",
        "CN=Contoso",
        "2.4.0.0",
        false,
    ),
    (
        "System",
        "Microsoft.LockApp_cw5n1h2txyewy",
        "Microsoft.LockApp_10.0.26100.1_neutral__cw5n1h2txyewy",
        "Microsoft.LockApp",
        "CN=Microsoft Windows, O=Microsoft Corporation, L=Redmond, S=Washington, C=US",
        "10.0.26100.1",
        false,
    ),
];

/// Providers that `CSPVersions` names, with their versions.
const VERSIONS: [(&str, &str); 8] = [
    ("./DevDetail", "1.2"),
    ("./DevInfo", "1.0"),
    ("./Device/Vendor/MSFT/BitLocker", "5.0"),
    ("./Device/Vendor/MSFT/DMClient", "1.7"),
    ("./Device/Vendor/MSFT/LAPS", "1.1"),
    ("./Device/Vendor/MSFT/Policy", "10.0"),
    ("./Device/Vendor/MSFT/Reboot", "1.0"),
    ("./Vendor/MSFT/DeviceStatus", "1.5"),
];

/// Puts everything into an empty tree.
pub(super) fn fill(tree: &mut Tree, pc: &Identity) {
    for root in ROOTS {
        put(tree, root, Node::interior(Access::READ));
    }
    put(tree, "./Vendor/MSFT/Reboot/Schedule", Node::interior(Access::READ));
    device_info(tree, pc);
    device_detail(tree, pc);
    device_status(tree, pc);
    software(tree);
    put(
        tree,
        "./Vendor/MSFT/DeviceManageability/Capabilities/CSPVersions",
        Node::leaf(Format::Xml, csp_versions(), Access::READ),
    );
    int(tree, "./Vendor/MSFT/WindowsLicensing/Edition", pc.profile.os_edition());
    chr(tree, "./Vendor/MSFT/WindowsLicensing/LicenseKeyType", "Volume_GVLK");
    int(tree, "./Vendor/MSFT/WindowsLicensing/Status", 0);
    chr(tree, "./Vendor/MSFT/DMClient/HWDevID", &pc.hardware_id);
}

fn device_info(tree: &mut Tree, pc: &Identity) {
    for (name, value) in [
        ("DevId", pc.device_id.as_str()),
        ("Man", &pc.manufacturer),
        ("Mod", &pc.model),
        ("DmV", "1.3"),
        ("Lang", &pc.locale),
    ] {
        chr(tree, &format!("./DevInfo/{name}"), value);
    }
}

fn device_detail(tree: &mut Tree, pc: &Identity) {
    for (name, value) in [
        ("SwV", pc.profile.os_version()),
        ("OEM", pc.manufacturer.as_str()),
        ("DevTyp", &pc.model),
        ("FwV", "1.14.0"),
        ("HwV", "1.14.0"),
        ("URI/MaxDepth", "0"),
        ("URI/MaxTotLen", "0"),
        ("URI/MaxSegLen", "0"),
        ("Ext/WLANMACAddress", &pc.macs[0].replace('-', "")),
        ("Ext/WlanIPv4Address", "192.0.2.17"),
        ("Ext/Microsoft/DeviceName", &pc.name),
        ("Ext/Microsoft/SMBIOSSerialNumber", &pc.serial_number),
        ("Ext/Microsoft/OSPlatform", pc.profile.os_platform()),
        ("Ext/Microsoft/Resolution", "1920x1200"),
        ("Ext/Microsoft/SystemSKU", "0C6B"),
        ("Ext/Microsoft/LocalTime", "2026-01-01T12:00:00.0000000Z"),
    ] {
        chr(tree, &format!("./DevDetail/{name}"), value);
    }
    put(
        tree,
        "./DevDetail/LrgObj",
        Node::leaf(Format::Bool, "false", Access::READ),
    );
    for (name, value) in [
        ("ProcessorArchitecture", 9),
        ("TotalRAM", 16_384),
        ("FreeStorage", 310_112),
        ("TotalStorage", 487_655),
    ] {
        int(tree, &format!("./DevDetail/Ext/Microsoft/{name}"), value);
    }
    put(
        tree,
        "./DevDetail/Ext/Microsoft/DNSComputerName",
        Node::leaf(Format::Chr, &pc.name, Access::WRITE),
    );
    // A hardware hash has several kilobytes; its content means nothing here.
    let hash = pc.hardware_id.repeat(50);
    chr(tree, "./DevDetail/Ext/DeviceHardwareData", &hash);
}

fn device_status(tree: &mut Tree, pc: &Identity) {
    let edition = pc.profile.os_edition().to_string();
    for (name, value) in [
        ("OS/Edition", edition.as_str()),
        ("TPM/SpecificationVersion", "2.0, 0, 1.59"),
        ("TPM/ManufacturerIdTxt", "INTC"),
        ("TPM/ManufacturerVersion", "600.18.0.0"),
        ("DomainName", ""),
    ] {
        chr(tree, &format!("./Vendor/MSFT/DeviceStatus/{name}"), value);
    }
    for (name, value) in [
        ("OS/Mode", 0),
        ("SecureBootState", 1),
        ("Antivirus/Status", 0),
        ("Antivirus/SignatureStatus", 1),
        ("Antispyware/Status", 0),
        ("Antispyware/SignatureStatus", 1),
        ("Firewall/Status", 0),
        ("UAC/Status", 0),
        ("Battery/Status", 1),
        ("Battery/EstimatedChargeRemaining", 83),
        ("Battery/EstimatedRuntime", 14_400),
        ("DeviceGuard/VirtualizationBasedSecurityStatus", 0),
        ("DeviceGuard/LsaCfgCredGuardStatus", 0),
        ("DMA/BootDMAProtectionStatus", 1),
    ] {
        int(tree, &format!("./Vendor/MSFT/DeviceStatus/{name}"), value);
    }
    put(
        tree,
        "./Vendor/MSFT/DeviceStatus/Compliance/EncryptionCompliance",
        Node::leaf(Format::Bool, "true", Access::READ),
    );
    for (number, mac) in pc.macs.iter().enumerate() {
        let base = format!("./Vendor/MSFT/DeviceStatus/NetworkIdentifiers/{}", mac.replace('-', ""));
        chr(
            tree,
            &format!("{base}/IPAddressV4"),
            &format!("192.0.2.{}", 17 + number),
        );
        chr(tree, &format!("{base}/IPAddressV6"), "");
        put(
            tree,
            &format!("{base}/IsConnected"),
            Node::leaf(Format::Bool, "true", Access::READ),
        );
        int(tree, &format!("{base}/Type"), 2);
    }
}

fn software(tree: &mut Tree) {
    for (number, (name, publisher, version)) in PROGRAMS.into_iter().enumerate() {
        let base = format!("./Vendor/MSFT/Win32AppInventory/Win32InstalledProgram/{number:08}");
        for (property, value) in [("Name", name), ("Publisher", publisher), ("Version", version)] {
            chr(tree, &format!("{base}/{property}"), value);
        }
    }
    for (code, name, publisher, version) in PACKAGES {
        let base = format!("./Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/{}", uri::encode(code));
        for (property, value) in [
            ("Name", name),
            ("Publisher", publisher),
            ("Version", version),
            ("InstallDate", "11/22/2026 00:00:00"),
        ] {
            chr(tree, &format!("{base}/{property}"), value);
        }
        int(tree, &format!("{base}/Status"), 70);
    }
    for (source, family, full, name, publisher, version, is_framework) in APPS {
        let apps = "./Vendor/MSFT/EnterpriseModernAppManagement/AppManagement";
        let base = format!("{apps}/{source}/{family}/{full}");
        for (property, value) in [
            ("Name", name),
            ("Publisher", publisher),
            ("Version", version),
            ("InstallDate", "11/22/2026 00:00:00"),
            ("Architecture", "x64"),
        ] {
            chr(tree, &format!("{base}/{property}"), value);
        }
        int(tree, &format!("{base}/IsFramework"), is_framework.into());
    }
}

/// The list of providers as Windows writes it: indented markup in a text.
fn csp_versions() -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<DeviceManageability Version=\"com.microsoft/1.1/MDM/DeviceManageability\">\n  <Capabilities>\n    <CSPVersions>\n",
    );
    for (node, version) in VERSIONS {
        out.push_str(&format!("      <CSP Node=\"{node}\" Version=\"{version}\"></CSP>\n"));
    }
    out.push_str("    </CSPVersions>\n  </Capabilities>\n</DeviceManageability>");
    out
}

fn chr(tree: &mut Tree, uri: &str, value: &str) {
    put(tree, uri, Node::leaf(Format::Chr, value, Access::READ));
}

fn int(tree: &mut Tree, uri: &str, value: u32) {
    put(tree, uri, Node::leaf(Format::Int, value.to_string(), Access::READ));
}

fn put(tree: &mut Tree, uri: &str, node: Node) {
    // The LocURIs are written in this file, and a test reads every one of them back.
    if let Ok((path, _)) = uri::parse(uri) {
        tree.insert(path, node);
    }
}
