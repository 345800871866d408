//! Every status code of the tree has a case that gives it.

use super::*;
use crate::identity::Profile;

fn tree() -> Tree {
    Tree::new(&Identity::generate(1, 0, Profile::Windows11))
}

fn code_of<T: std::fmt::Debug>(result: Result<T, Refusal>) -> u32 {
    result.map_or_else(|refusal| refusal.code, |_| 200)
}

const CAMERA: &str = "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera";
const CERTIFICATE: &str = "./Vendor/MSFT/CertificateStore/Root/System/AB/EncodedCertificate";

#[test]
fn a_leaf_is_read_with_its_format() {
    let found = tree().get("./DevDetail/SwV").unwrap();
    assert_eq!(found[0].value.as_deref(), Some("10.0.26200.9278"));
    assert_eq!(found[0].format, Format::Chr);
    assert_eq!(tree().get("./DevDetail/LrgObj").unwrap()[0].format, Format::Bool);
}

#[test]
fn an_interior_node_lists_its_children() {
    let found = tree().get("./DevDetail/URI").unwrap();
    assert_eq!(found[0].format, Format::Node);
    assert_eq!(found[0].value.as_deref(), Some("MaxDepth/MaxSegLen/MaxTotLen"));
    let macs = tree().get("./Vendor/MSFT/DeviceStatus/NetworkIdentifiers").unwrap();
    assert_eq!(macs[0].value.as_deref().unwrap_or_default().split('/').count(), 2);
}

#[test]
fn a_subtree_is_listed_with_and_without_values() {
    let base = "./Vendor/MSFT/Win32AppInventory/Win32InstalledProgram";
    let with = tree().get(&format!("{base}?list=StructData")).unwrap();
    assert_eq!(with.len(), 1 + 3 * 4);
    assert!(
        with.iter()
            .any(|found| found.uri == format!("{base}/00000000/Version") && found.value.as_deref() == Some("24.08"))
    );
    let without = tree().get(&format!("{base}?list=Struct")).unwrap();
    assert_eq!(without.len(), with.len());
    assert!(without.iter().all(|found| found.value.is_none()));
}

#[test]
fn properties_are_read_and_access_lists_are_not_supported() {
    let property = |name: &str| tree().get(&format!("./DevDetail/Ext/Microsoft/TotalRAM?prop={name}"));
    assert_eq!(property("Format").unwrap()[0].value.as_deref(), Some("int"));
    assert_eq!(property("Name").unwrap()[0].value.as_deref(), Some("TotalRAM"));
    assert_eq!(code_of(property("ACL")), 406);
}

#[test]
fn what_is_missing_unknown_or_not_offered_is_told_apart() {
    assert_eq!(tree().get("./DevDetail/Nothing").unwrap_err(), Refusal::of(404));
    assert_eq!(Refusal::of(404).hresult, "0x86000002");
    assert_eq!(code_of(tree().get("./Vendor/MSFT/NoSuchProvider/X")), 404);
    assert_eq!(code_of(tree().get("./Vendor/MSFT/CellularSettings/DataRoam")), 406);
    assert_eq!(code_of(tree().get("./Vendor/MSFT/RemoteWipe/doWipe")), 405);
    assert_eq!(code_of(tree().get("DevDetail/SwV")), 400);
}

#[test]
fn add_makes_a_node_once() {
    let mut tree = tree();
    assert_eq!(code_of(tree.add(CAMERA, Some("int"), Some("0"))), 200);
    assert_eq!(code_of(tree.add(CAMERA, Some("int"), Some("0"))), 418);
    assert_eq!(tree.value(CAMERA), Some("0"));
    assert_eq!(
        tree.get("./Vendor/MSFT/Policy/Result/Camera/AllowCamera").unwrap()[0]
            .value
            .as_deref(),
        Some("0"),
        "the result shows what was configured"
    );
}

#[test]
fn replace_makes_policies_but_no_certificates() {
    let mut tree = tree();
    assert_eq!(code_of(tree.replace(CAMERA, Some("int"), Some("1"))), 200);
    assert_eq!(code_of(tree.replace(CERTIFICATE, Some("b64"), Some("AAEC"))), 404);
    assert_eq!(code_of(tree.add(CERTIFICATE, Some("b64"), Some("AAEC"))), 200);
    assert_eq!(code_of(tree.replace(CERTIFICATE, Some("b64"), Some("AwQF"))), 200);
    assert_eq!(tree.value(CERTIFICATE), Some("AwQF"));
}

#[test]
fn delete_takes_what_is_below_too_and_needs_something_to_delete() {
    let mut tree = tree();
    assert_eq!(code_of(tree.delete(CAMERA)), 404);
    tree.replace(CAMERA, Some("int"), Some("1")).unwrap();
    assert_eq!(code_of(tree.delete("./Device/Vendor/MSFT/Policy/Config/Camera")), 200);
    assert_eq!(tree.value(CAMERA), None);
    assert_eq!(code_of(tree.delete("./DevInfo/Man")), 405);
    assert_eq!(code_of(tree.delete("./Vendor/MSFT/MultiSIM/x")), 406);
}

#[test]
fn nodes_refuse_operations_that_they_do_not_have() {
    let mut tree = tree();
    assert_eq!(code_of(tree.replace("./DevInfo/Man", None, Some("me"))), 405);
    assert_eq!(code_of(tree.add("./DevInfo/New", None, Some("me"))), 405);
    assert_eq!(
        code_of(tree.replace("./Vendor/MSFT/Policy/Config", None, Some("me"))),
        405
    );
    assert_eq!(code_of(tree.exec("./DevInfo/Man")), 405);
    assert_eq!(code_of(tree.exec("./DevInfo/None")), 404);
    assert_eq!(code_of(tree.exec("./Vendor/MSFT/EnterpriseAPN/x")), 406);
    assert_eq!(
        code_of(tree.replace("./DevDetail/Ext/Microsoft/DNSComputerName", None, Some("PC-7"))),
        200
    );
}

#[test]
fn values_have_to_be_of_the_format_that_the_node_has() {
    let mut tree = tree();
    assert_eq!(code_of(tree.add(CAMERA, Some("int"), Some("off"))), 415);
    assert_eq!(code_of(tree.add(CAMERA, Some("integer"), Some("0"))), 415);
    tree.add(CAMERA, Some("int"), Some("0")).unwrap();
    assert_eq!(tree.replace(CAMERA, None, Some("1")), Err(Refusal::of(415)));
    assert_eq!(tree.value(CAMERA), Some("0"));
}

#[test]
fn running_a_node_says_what_it_does() {
    let tree = tree();
    for (uri, action) in [
        ("./Vendor/MSFT/Reboot/RebootNow", Action::Reboot),
        ("./Device/Vendor/MSFT/RemoteWipe/doWipe", Action::Wipe),
        ("./Device/Vendor/MSFT/RemoteLock/Lock", Action::Lock),
        (
            "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/%7BA%7D/DownloadInstall",
            Action::InstallMsi,
        ),
        ("./Device/Vendor/MSFT/LAPS/Actions/ResetPassword", Action::Background),
    ] {
        assert_eq!(tree.exec(uri), Ok(action), "{uri}");
    }
    assert_eq!(
        code_of(tree.exec("./Vendor/MSFT/DMClient/Provider/Other/Unenroll")),
        404
    );
    assert_eq!(code_of(tree.exec("./User/Vendor/MSFT/Reboot/RebootNow")), 404);
}

#[test]
fn without_the_user_nothing_of_the_user_can_be_reached() {
    let uri = "./User/Vendor/MSFT/Policy/Config/Start/X";
    let mut tree = tree();
    assert_eq!(code_of(tree.replace(uri, None, Some("1"))), 200);
    tree.set_user_signed_in(false);
    assert_eq!(code_of(tree.get(uri)), 405);
    assert_eq!(code_of(tree.replace(uri, None, Some("2"))), 405);
    assert_eq!(code_of(tree.add(uri, None, None)), 405);
    assert_eq!(code_of(tree.delete(uri)), 405);
    assert_eq!(code_of(tree.exec(uri)), 405);
}

#[test]
fn a_roll_back_leaves_what_its_provider_cannot_take_back() {
    let app = "./Vendor/MSFT/EnterpriseModernAppManagement/AppInstallation/App";
    let mut tree = tree();
    let before = tree.clone();
    tree.replace(CAMERA, Some("int"), Some("1")).unwrap();
    tree.add(app, Some("node"), None).unwrap();
    tree.roll_back_to(before);
    assert_eq!(tree.value(CAMERA), None);
    assert_eq!(code_of(tree.get(app)), 200);
}

#[test]
fn the_inventory_of_the_documentation_is_there() {
    let tree = tree();
    for uri in [
        "./DevInfo/DevId",
        "./DevInfo/Man",
        "./DevInfo/Mod",
        "./DevInfo/DmV",
        "./DevInfo/Lang",
        "./DevDetail/SwV",
        "./DevDetail/OEM",
        "./DevDetail/DevTyp",
        "./DevDetail/FwV",
        "./DevDetail/HwV",
        "./DevDetail/Ext/Microsoft/DeviceName",
        "./DevDetail/Ext/Microsoft/SMBIOSSerialNumber",
        "./DevDetail/Ext/Microsoft/ProcessorArchitecture",
        "./DevDetail/Ext/Microsoft/OSPlatform",
        "./DevDetail/Ext/Microsoft/TotalRAM",
        "./DevDetail/Ext/WLANMACAddress",
        "./DevDetail/Ext/DeviceHardwareData",
        "./Vendor/MSFT/DeviceStatus/OS/Edition",
        "./Vendor/MSFT/DeviceStatus/SecureBootState",
        "./Device/Vendor/MSFT/DeviceStatus/TPM/SpecificationVersion",
        "./Vendor/MSFT/DeviceStatus/Antivirus/Status",
        "./Vendor/MSFT/DeviceStatus/Firewall/Status",
        "./Vendor/MSFT/DeviceStatus/Compliance/EncryptionCompliance",
        "./Vendor/MSFT/DeviceStatus/Battery/EstimatedChargeRemaining",
        "./Vendor/MSFT/DeviceStatus/DomainName",
        "./Device/Vendor/MSFT/WindowsLicensing/Edition",
        "./Device/Vendor/MSFT/DeviceManageability/Capabilities/CSPVersions",
    ] {
        assert_eq!(code_of(tree.get(uri)), 200, "{uri}");
    }
}
