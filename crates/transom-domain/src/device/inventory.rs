//! What is read from a PC in its first session, and again when an area is to be refreshed.

use super::RefreshArea;
use crate::software;

/// `./DevInfo/…` nodes come unasked in package 1; these are asked for (docs/PROTOCOL.md, 18).
const HARDWARE: [&str; 21] = [
    "./DevDetail/SwV",
    "./DevDetail/OEM",
    "./DevDetail/DevTyp",
    "./DevDetail/FwV",
    "./DevDetail/Ext/WLANMACAddress",
    "./DevDetail/Ext/Microsoft/DeviceName",
    "./DevDetail/Ext/Microsoft/SMBIOSSerialNumber",
    "./DevDetail/Ext/Microsoft/ProcessorArchitecture",
    "./DevDetail/Ext/Microsoft/OSPlatform",
    "./DevDetail/Ext/Microsoft/TotalRAM",
    "./DevDetail/Ext/Microsoft/TotalStorage",
    "./DevDetail/Ext/Microsoft/FreeStorage",
    "./Vendor/MSFT/DeviceStatus/OS/Edition",
    "./Vendor/MSFT/DeviceStatus/SecureBootState",
    "./Vendor/MSFT/DeviceStatus/TPM/SpecificationVersion",
    "./Vendor/MSFT/DeviceStatus/Antivirus/Status",
    "./Vendor/MSFT/DeviceStatus/Antivirus/SignatureStatus",
    "./Vendor/MSFT/DeviceStatus/Firewall/Status",
    "./Vendor/MSFT/DeviceStatus/Compliance/EncryptionCompliance",
    "./Vendor/MSFT/DeviceStatus/Battery/EstimatedChargeRemaining",
    "./Device/Vendor/MSFT/Policy/Config/Experience/AllowManualMDMUnenrollment",
];

/// The nodes to read for an area.
#[must_use]
pub const fn nodes(area: RefreshArea) -> &'static [&'static str] {
    match area {
        RefreshArea::Hardware => &HARDWARE,
        RefreshArea::Applications => &software::inventory::ROOTS,
    }
}
