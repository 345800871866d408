//! Which configuration service providers the simulated Windows has, and what each allows.

use super::uri::{Path, Scope};

/// How a provider treats nodes that nobody has made yet, and changes to those it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    /// The part of the tree, below the scope.
    prefix: &'static [&'static str],
    /// What may be done there.
    pub(super) kind: Kind,
    /// Whether an Atomic can take changes back.
    pub(super) rolls_back: bool,
}

/// The kinds of providers that make a difference to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Add and Replace make a node and its parents (Policy and most others).
    Creating,
    /// Add makes a node, Replace needs one (CertificateStore, DMAcc).
    AddFirst,
    /// Values come from Windows.
    ReadOnly,
    /// Known to this Windows and not offered to this enrolment.
    NotOffered,
}

const fn rule(prefix: &'static [&'static str], kind: Kind) -> Rule {
    Rule {
        prefix,
        kind,
        rolls_back: true,
    }
}

const fn lasting(prefix: &'static [&'static str], kind: Kind) -> Rule {
    Rule {
        prefix,
        kind,
        rolls_back: false,
    }
}

/// The first rule whose prefix fits counts, so the narrow ones stand first.
///
/// The names are those that Windows 11 25H2 lists in `CSPVersions`, and the behaviour is that of docs/PROTOCOL.md.
const RULES: &[Rule] = &[
    rule(&["DevInfo"], Kind::ReadOnly),
    rule(&["DevDetail"], Kind::ReadOnly),
    rule(&["SyncML", "DMAcc"], Kind::AddFirst),
    rule(&["cimv2"], Kind::ReadOnly),
    rule(&["Vendor", "MSFT", "DeviceStatus"], Kind::ReadOnly),
    rule(&["Vendor", "MSFT", "DeviceManageability", "Provider"], Kind::Creating),
    rule(&["Vendor", "MSFT", "DeviceManageability"], Kind::ReadOnly),
    rule(&["Vendor", "MSFT", "Win32AppInventory"], Kind::ReadOnly),
    rule(&["Vendor", "MSFT", "Policy", "Result"], Kind::ReadOnly),
    rule(&["Vendor", "MSFT", "HealthAttestation"], Kind::AddFirst),
    rule(&["Vendor", "MSFT", "CertificateStore"], Kind::AddFirst),
    rule(&["Vendor", "MSFT", "RootCATrustedCertificates"], Kind::AddFirst),
    rule(&["Vendor", "MSFT", "ClientCertificateInstall"], Kind::AddFirst),
    rule(&["Vendor", "MSFT", "WindowsLicensing"], Kind::AddFirst),
    lasting(&["Vendor", "MSFT", "EnterpriseDesktopAppManagement"], Kind::Creating),
    lasting(&["Vendor", "MSFT", "EnterpriseModernAppManagement"], Kind::Creating),
    rule(&["Vendor", "MSFT", "CellularSettings"], Kind::NotOffered),
    rule(&["Vendor", "MSFT", "EnterpriseAPN"], Kind::NotOffered),
    rule(&["Vendor", "MSFT", "MultiSIM"], Kind::NotOffered),
    rule(&["Vendor", "MSFT", "WindowsIoT"], Kind::NotOffered),
];

/// Providers of Windows below `Vendor/MSFT` that create nodes as they are written.
const CREATING: &[&str] = &[
    "Accounts",
    "ActiveSync",
    "AppLocker",
    "ApplicationControl",
    "AssignedAccess",
    "BitLocker",
    "CleanPC",
    "CloudDesktop",
    "DMClient",
    "DMSessionActions",
    "DeclaredConfiguration",
    "Defender",
    "DeviceLock",
    "DevicePreparation",
    "DeviceUpdateCenter",
    "DiagnosticLog",
    "DynamicManagement",
    "EMAIL2",
    "EnrollmentStatusTracking",
    "EnterpriseAppVManagement",
    "EnterpriseDataProtection",
    "Firewall",
    "KeyboardFilter",
    "LAPS",
    "LanguagePackManagement",
    "Maps",
    "NetworkProxy",
    "NetworkQoSPolicy",
    "NodeCache",
    "Office",
    "OfflineDomainJoin",
    "OptionalFeatures",
    "PDE",
    "PassportForWork",
    "Personalization",
    "Policy",
    "PolicyManager",
    "PrinterProvisioning",
    "Reboot",
    "RemoteFind",
    "RemoteLock",
    "RemoteRing",
    "RemoteWipe",
    "Reporting",
    "SUPL",
    "SecureAssessment",
    "SecurityPolicy",
    "SharedPC",
    "Storage",
    "SurfaceHub",
    "TenantLockdown",
    "UnifiedWriteFilter",
    "Update",
    "VPNv2",
    "WiFi",
    "WindowsAdvancedThreatProtection",
    "WindowsBackupAndRestore",
    "WindowsDefenderApplicationGuard",
    "eUICCs",
];

/// The rule for a place; `None` where this Windows has no provider.
pub(super) fn rule_for(path: &Path) -> Option<Rule> {
    let starts = |prefix: &[&str]| {
        path.segments.len() >= prefix.len() && path.segments.iter().zip(prefix).all(|(have, want)| have == want)
    };
    if let Some(rule) = RULES.iter().find(|rule| starts(rule.prefix)) {
        return Some(*rule);
    }
    match path.segments.as_slice() {
        [vendor, msft, name, ..] if vendor == "Vendor" && msft == "MSFT" && CREATING.contains(&name.as_str()) => {
            Some(rule(&[], Kind::Creating))
        }
        _ => None,
    }
}

/// What running a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Restart, now or at a time.
    Reboot,
    /// Everything on the PC is deleted.
    Wipe,
    /// The screen is locked.
    Lock,
    /// The enrolment ends.
    Unenroll,
    /// An MSI package is being installed; an alert tells the end.
    InstallMsi,
    /// An app package is being installed; an alert tells the end.
    InstallApp,
    /// Something that is done at once.
    Immediate,
    /// Something that goes on in the background and is asked about at another node.
    Background,
}

/// What an Exec of this place does; `None` where nothing can be run.
pub(super) fn action_for(path: &Path) -> Option<Action> {
    let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
    let ["Vendor", "MSFT", rest @ ..] = segments.as_slice() else {
        return None;
    };
    // Actions on the machine as a whole have no meaning for a user.
    let device = path.scope == Scope::Device;
    match rest {
        ["Reboot", "RebootNow"] if device => Some(Action::Reboot),
        [
            "RemoteWipe",
            "doWipe"
            | "doWipeProtected"
            | "doWipePersistUserData"
            | "doWipePersistProvisionedData"
            | "doWipeCloud"
            | "doWipeCloudPersistUserData"
            | "doWipeCloudPersistProvisionedData",
        ]
        | ["RemoteWipe", "AutomaticRedeployment", "doAutomaticRedeployment"]
            if device =>
        {
            Some(Action::Wipe)
        }
        ["RemoteLock", "Lock"] if device => Some(Action::Lock),
        ["DMClient", "Provider", _, "Unenroll"] | ["DMClient", "Unenroll"] => Some(Action::Unenroll),
        ["EnterpriseDesktopAppManagement", "MSI", _, "DownloadInstall"] => Some(Action::InstallMsi),
        [
            "EnterpriseModernAppManagement",
            "AppInstallation",
            _,
            "HostedInstall" | "StoreInstall",
        ] => Some(Action::InstallApp),
        ["EnterpriseModernAppManagement", "AppManagement", "UpdateScan"]
        | ["Defender", "Scan" | "UpdateSignature" | "OfflineScan"]
        | ["HealthAttestation", "VerifyHealth"]
        | [
            "CleanPC",
            "CleanPCRetainingUserData" | "CleanPCWithoutRetainingUserData",
        ]
        | ["WindowsLicensing", "UpgradeEditionWithProductKey" | "ChangeProductKey"]
        | ["EnterpriseModernAppManagement", "AppManagement", "RemovePackage"] => Some(Action::Immediate),
        ["BitLocker", "RotateRecoveryPasswords"]
        | ["LAPS", "Actions", "ResetPassword"]
        | ["DiagnosticLog", "DiagnosticArchive", "ArchiveDefinition"]
        | ["CertificateStore", "MY", "WSTEP", "Renew", "RenewNow"] => Some(Action::Background),
        _ => None,
    }
}

/// Windows 10 was seen to answer these with 202 (docs/PROTOCOL.md, 14).
pub(super) fn replaces_in_background(path: &Path) -> bool {
    let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
    matches!(
        segments.as_slice(),
        [
            "Vendor",
            "MSFT",
            "Personalization",
            "DesktopImageUrl" | "LockScreenImageUrl"
        ]
    )
}
