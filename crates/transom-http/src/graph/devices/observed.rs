//! What the server itself holds a property to be, and when it last saw it (C.2, E.5).

use super::{
    actions::table::{self, ActionKind},
    gather::Gathered,
};
use serde_json::{Value, json};
use transom_domain::{
    Timestamp,
    command::{Command, CommandState, CommandStatus},
    device::{DeviceReport, DeviceState, summary::edition_name},
    enrollment::{EnrollmentKind, EnrollmentState},
};

/// Whether the PC's user may end its management (docs/PROTOCOL.md, 18).
const ALLOW_UNENROLMENT: &str = "./Device/Vendor/MSFT/Policy/Config/Experience/AllowManualMDMUnenrollment";

/// Bytes of a megabyte, in which Windows reports memory and storage.
const MEGABYTE: i64 = 1024 * 1024;

/// The value of a property, by the name of its fact.
pub fn value(of: &Gathered, fact: &str) -> Value {
    let (device, summary, report) = (&of.device, &of.device.summary, &of.report);
    match fact {
        "id" => json!(device.id.to_string()),
        "userId" => json!(device.user.map(|id| id.to_string())),
        "emailAddress" | "userPrincipalName" => json!(of.user.as_ref().map(|u| u.email.as_str())),
        "userDisplayName" => json!(of.user.as_ref().and_then(|u| u.name.clone())),
        "enrolledByUserPrincipalName" => {
            let by = of.enrollment.as_ref().and_then(|e| e.user);
            json!(of.user.as_ref().filter(|u| Some(u.id) == by).map(|u| u.email.as_str()))
        }
        "deviceName" => json!(summary.name),
        "managedDeviceName" => json!(device.display_name),
        "managedDeviceOwnerType" => json!("unknown"),
        "deviceCategoryDisplayName" | "notes" => Value::Null,
        "managementState" => json!(management_state(of)),
        "deviceActionResults" => results(of),
        "complianceState" => json!("unknown"),
        "enrolledDateTime" => moment(device.enrolled_at),
        "lastSyncDateTime" => moment(device.last_status_report),
        "managementCertificateExpirationDate" => moment(of.enrollment.as_ref().map(|e| e.not_after)),
        "managementAgent" => json!("mdm"),
        "enrollmentProfileName" => json!(of.profile),
        "deviceEnrollmentType" => json!("userEnrollment"),
        "deviceRegistrationState" => json!(registration(of)),
        "azureADRegistered" => json!(false),
        "operatingSystem" => json!("Windows"),
        "osVersion" => json!(summary.os_version),
        "serialNumber" => json!(summary.serial_number),
        "imei" => json!(summary.imei),
        "manufacturer" => json!(summary.manufacturer),
        "model" => json!(summary.model),
        "jailBroken" => json!("Unknown"),
        "easActivated"
        | "autopilotEnrolled"
        | "bootstrapTokenEscrowed"
        | "requireUserEnrollmentApproval"
        | "deviceFirmwareConfigurationInterfaceManaged" => json!(false),
        "isSupervised" => {
            let whole = of.enrollment.as_ref().is_some_and(|e| e.kind == EnrollmentKind::Device);
            json!(whole && report.value(ALLOW_UNENROLMENT).map(str::trim) == Some("0"))
        }
        "isEncrypted" => json!(encrypted(report)),
        "wiFiMacAddress" => json!(wifi(report)),
        "exchangeAccessState" | "exchangeAccessStateReason" | "managementFeatures" => json!("none"),
        "partnerReportedThreatState" | "chassisType" | "joinType" => json!("unknown"),
        "lostModeState" => json!("disabled"),
        "deviceType" => json!("desktop"),
        "freeStorageSpaceInBytes" => json!(bytes(report, "FreeStorage")),
        "totalStorageSpaceInBytes" => json!(bytes(report, "TotalStorage")),
        "physicalMemoryInBytes" => json!(bytes(report, "TotalRAM")),
        "processorArchitecture" => json!(architecture(report)),
        "skuNumber" => json!(edition(report)),
        "skuFamily" => json!(edition(report).and_then(edition_name)),
        "roleScopeTagIds" => json!([device.segment.to_string()]),
        "usersLoggedOn" | "cloudPcRemoteActionResults" | "chromeOSDeviceInfo" => json!([]),
        "hardwareInformation" => hardware(of),
        _ => Value::Null,
    }
}

/// When the server last saw a property; none, if it never does or only sees it change.
pub fn at(of: &Gathered, fact: &str) -> Option<Timestamp> {
    match fact {
        "id"
        | "userId"
        | "emailAddress"
        | "userPrincipalName"
        | "userDisplayName"
        | "managedDeviceName"
        | "complianceState"
        | "roleScopeTagIds"
        | "enrollmentProfileName" => None,
        // Each session shows that the PC is managed, and how.
        "lastSyncDateTime" | "managementState" | "managementAgent" => of.device.last_status_report,
        "enrolledDateTime"
        | "deviceEnrollmentType"
        | "deviceRegistrationState"
        | "managementCertificateExpirationDate"
        | "enrolledByUserPrincipalName" => of.enrollment.as_ref().map(|e| e.created_at),
        "deviceActionResults" => of.commands.iter().map(|(command, _)| command.updated_at).max(),
        "deviceName"
        | "operatingSystem"
        | "osVersion"
        | "serialNumber"
        | "manufacturer"
        | "model"
        | "imei"
        | "isEncrypted"
        | "wiFiMacAddress"
        | "freeStorageSpaceInBytes"
        | "totalStorageSpaceInBytes"
        | "physicalMemoryInBytes"
        | "processorArchitecture"
        | "skuNumber"
        | "skuFamily"
        | "hardwareInformation" => of.report.dates.get("hardware").copied(),
        // What a PC that is managed by this server never reports.
        _ => None,
    }
}

fn moment(at: Option<Timestamp>) -> Value {
    json!(at.map(|at| at.to_string()))
}

/// Where a device is in its life, as Graph names it (E.5).
fn management_state(of: &Gathered) -> &'static str {
    match of.device.state {
        DeviceState::Provisioning => "discovered",
        DeviceState::Unknown => "unhealthy",
        DeviceState::Deleted => "unknownFutureValue",
        DeviceState::DeleteRequested => match of.history.last().map(|change| change.reason.as_str()) {
            Some("wipe-issued") => "wipeIssued",
            Some("retire-issued" | "unenroll-requested") => "retireIssued",
            _ => "deletePending",
        },
        DeviceState::Active => leaving(of).unwrap_or("managed"),
    }
}

/// How far the newest order to wipe or to retire an active device has come. What failed or was cancelled shows until the
/// next session.
fn leaving(of: &Gathered) -> Option<&'static str> {
    let orders = of.commands.iter().rev();
    let kinds = orders.filter_map(|(command, _)| Some((command, table::kind(&command.config)?)));
    let (command, kind) = kinds
        .into_iter()
        .find(|(_, kind)| matches!(kind, ActionKind::Wipe | ActionKind::Retire))?;
    let is_wipe = kind == ActionKind::Wipe;
    let is_news = of
        .device
        .last_status_report
        .is_none_or(|last| last <= command.updated_at);
    match &command.state {
        CommandState::Queued { .. } | CommandState::Sent | CommandState::Accepted { .. } => {
            Some(if is_wipe { "wipePending" } else { "retirePending" })
        }
        CommandState::Canceled { .. } if is_news => Some(if is_wipe { "wipeCanceled" } else { "retireCanceled" }),
        CommandState::Done { status, .. } if is_news && *status != CommandStatus::Acknowledged => {
            Some(if is_wipe { "wipeFailed" } else { "retireFailed" })
        }
        CommandState::Canceled { .. } | CommandState::Done { .. } => None,
    }
}

/// How the device's certificate stands (E.5).
fn registration(of: &Gathered) -> &'static str {
    if of.device.state == DeviceState::Provisioning {
        return "notRegisteredPendingEnrollment";
    }
    match of.enrollment.as_ref().map(|e| e.state) {
        Some(EnrollmentState::Ended) => "revoked",
        Some(EnrollmentState::Active | EnrollmentState::Pending) => "registered",
        None => "unknown",
    }
}

/// The newest command of each action, in the order they were given.
fn results(of: &Gathered) -> Value {
    let mut newest: Vec<(&'static str, &Command, Timestamp)> = Vec::new();
    for (command, at) in &of.commands {
        if let Some(name) = table::name(&command.config) {
            newest.retain(|(known, ..)| *known != name);
            newest.push((name, command, *at));
        }
    }
    let results = newest.into_iter().map(|(name, command, at)| {
        json!({
            "@odata.type": "#microsoft.graph.deviceActionResult",
            "actionName": name,
            "actionState": action_state(command),
            "startDateTime": at.to_string(),
            "lastUpdatedDateTime": command.updated_at.to_string(),
        })
    });
    results.collect()
}

/// How far an action has come (C.2).
pub fn action_state(command: &Command) -> &'static str {
    match (command.status(), command.status_code()) {
        (CommandStatus::Pending, _) => "pending",
        (CommandStatus::Awaiting, _) => "active",
        (CommandStatus::Acknowledged, _) => "done",
        (CommandStatus::Cancel, _) => "canceled",
        (_, Some(405 | 406 | 501)) => "notSupported",
        _ => "failed",
    }
}

fn encrypted(report: &DeviceReport) -> Option<bool> {
    let node = "./Vendor/MSFT/DeviceStatus/Compliance/EncryptionCompliance";
    // Of the kind bool; releases of Windows write it in words or as a number.
    match report.value(node)?.trim().to_ascii_lowercase().as_str() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// The address of the active wireless adapter.
fn wifi(report: &DeviceReport) -> Option<&str> {
    let address = report.value("./DevDetail/Ext/WLANMACAddress")?.trim();
    (!address.is_empty()).then_some(address)
}

fn detail<'r>(report: &'r DeviceReport, node: &str) -> Option<&'r str> {
    let uri = format!("./DevDetail/Ext/Microsoft/{node}");
    report.value(&uri).map(str::trim)
}

fn bytes(report: &DeviceReport, node: &str) -> Option<i64> {
    detail(report, node)?.parse::<i64>().ok()?.checked_mul(MEGABYTE)
}

/// Windows' own numbers (`SYSTEM_INFO`, `wProcessorArchitecture`).
fn architecture(report: &DeviceReport) -> &'static str {
    match detail(report, "ProcessorArchitecture") {
        Some("0") => "x86",
        Some("5") => "arm",
        Some("9") => "x64",
        Some("12") => "arM64",
        _ => "unknown",
    }
}

fn edition(report: &DeviceReport) -> Option<u32> {
    report
        .value("./Vendor/MSFT/DeviceStatus/OS/Edition")?
        .trim()
        .parse()
        .ok()
}

fn hardware(of: &Gathered) -> Value {
    let (summary, report) = (&of.device.summary, &of.report);
    json!({
        "@odata.type": "microsoft.graph.hardwareInformation",
        "serialNumber": summary.serial_number,
        "totalStorageSpace": bytes(report, "TotalStorage"),
        "freeStorageSpace": bytes(report, "FreeStorage"),
        "imei": summary.imei,
        "meid": null,
        "manufacturer": summary.manufacturer,
        "model": summary.model,
        "phoneNumber": null,
        "subscriberCarrier": null,
        "cellularTechnology": null,
        "wifiMac": wifi(report),
        "operatingSystemLanguage": report.value("./DevInfo/Lang"),
        "isSupervised": value(of, "isSupervised"),
        "isEncrypted": encrypted(report),
        "isSharedDevice": false,
        "sharedDeviceCachedUsers": [],
    })
}
