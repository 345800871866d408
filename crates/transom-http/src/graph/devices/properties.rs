//! The properties of a managed device: in which version they are shown, what their values are, and what a PATCH of them
//! does (C.1, A.4; decision 38).

use crate::{
    admin::call::Call,
    graph::{error::GraphError, routes::Version},
};
use std::sync::LazyLock;
use transom_odata::{Accepts, Collection, Element, Kind, Options, Property, Schema};

/// What a PATCH of a property does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Nothing: an id is never taken from a body (E.8, 1).
    Nothing,
    /// Names the device for administrators.
    Name,
    /// Assigns the user, if they are known; else it is asserted.
    User,
    /// Keeps the value as a fact of administrators.
    Stores,
    /// Asserts the value until the server observes it.
    Asserts,
    /// The same, for what the server itself decides: with `Prefer: handling=strict` it is refused.
    AssertsOwned,
}

/// A property.
#[derive(Debug)]
pub struct Row {
    /// Name and kind.
    pub property: Property,
    /// The name under which its fact is kept. Properties that are the same thing share it.
    pub fact: &'static str,
    /// What a PATCH does.
    pub writes: Writes,
    v1: bool,
    beta: bool,
}

impl Row {
    /// Whether a version shows it.
    #[must_use]
    pub const fn is_in(&self, version: Version) -> bool {
        match version {
            Version::V1 => self.v1,
            Version::Beta => self.beta,
        }
    }
}

const fn both(name: &'static str, kind: Kind, writes: Writes) -> Row {
    Row {
        property: Property::new(name, kind),
        fact: name,
        writes,
        v1: true,
        beta: true,
    }
}

/// A property that opens something: it is shown, and stands in no query, which proxies keep.
const fn secret(name: &'static str, kind: Kind, writes: Writes) -> Row {
    let mut row = both(name, kind, writes);
    row.property = Property::shown(name, kind);
    row
}

/// A property of `/beta` alone.
const fn beta(name: &'static str, kind: Kind, writes: Writes) -> Row {
    let mut row = both(name, kind, writes);
    row.v1 = false;
    row
}

/// The same thing as another property, by the name that only `/beta` has.
const fn also(name: &'static str, fact: &'static str, kind: Kind, writes: Writes) -> Row {
    let mut row = beta(name, kind, writes);
    row.fact = fact;
    row
}

use Kind::{Boolean, Complex, Enum, Integer, Moment, Text};
use Writes::{Asserts, AssertsOwned, Name, Nothing, Stores, User};

const OWNER: Kind = Enum(&["unknown", "company", "personal"]);
const MANAGEMENT_STATE: Kind = Enum(&[
    "managed",
    "retirePending",
    "retireFailed",
    "wipePending",
    "wipeFailed",
    "unhealthy",
    "deletePending",
    "retireIssued",
    "wipeIssued",
    "wipeCanceled",
    "retireCanceled",
    "discovered",
    "unknownFutureValue",
]);
const COMPLIANCE: Kind = Enum(&[
    "unknown",
    "compliant",
    "noncompliant",
    "conflict",
    "error",
    "inGracePeriod",
    "configManager",
]);
const AGENT: Kind = Enum(&[
    "eas",
    "mdm",
    "easMdm",
    "intuneClient",
    "easIntuneClient",
    "configManagerClient",
    "configurationManagerClient",
    "configurationManagerClientMdm",
    "configurationManagerClientMdmEas",
    "unknown",
    "jamf",
    "googleCloudDevicePolicyController",
    "microsoft365ManagedMdm",
    "msSense",
    "intuneAosp",
    "google",
    "unknownFutureValue",
]);
const ENROLLMENT: Kind = Enum(&[
    "unknown",
    "userEnrollment",
    "deviceEnrollmentManager",
    "appleBulkWithUser",
    "appleBulkWithoutUser",
    "windowsAzureADJoin",
    "windowsBulkUserless",
    "windowsAutoEnrollment",
    "windowsBulkAzureDomainJoin",
    "windowsCoManagement",
    "windowsAzureADJoinUsingDeviceAuth",
    "appleUserEnrollment",
    "appleUserEnrollmentWithServiceAccount",
    "azureAdJoinUsingAzureVmExtension",
    "androidEnterpriseDedicatedDevice",
    "androidEnterpriseFullyManaged",
    "androidEnterpriseCorporateWorkProfile",
    "androidAOSPUserOwnedDeviceEnrollment",
    "androidAOSPUserlessDeviceEnrollment",
    "deviceEnrollment",
    "deviceEnrollmentWithUDA",
    "azureDomainJoined",
    "userEnrollmentWithServiceAccount",
    "depDeviceEnrollment",
    "depDeviceEnrollmentWithUDA",
    "autoEnrollment",
    "unknownFutureValue",
]);
const REGISTRATION: Kind = Enum(&[
    "notRegistered",
    "smsidConflict",
    "registered",
    "revoked",
    "keyConflict",
    "approvalPending",
    "resetCert",
    "certificateReset",
    "notRegisteredPendingEnrollment",
    "unknown",
]);
const EXCHANGE_STATE: Kind = Enum(&["none", "unknown", "allowed", "blocked", "quarantined"]);
const EXCHANGE_REASON: Kind = Enum(&[
    "none",
    "unknown",
    "exchangeGlobalRule",
    "exchangeIndividualRule",
    "exchangeDeviceRule",
    "exchangeUpgrade",
    "exchangeMailboxPolicy",
    "other",
    "compliant",
    "notCompliant",
    "notEnrolled",
    "unknownLocation",
    "mfaRequired",
    "azureADBlockDueToAccessPolicy",
    "compromisedPassword",
    "deviceNotKnownWithManagedApp",
]);
const THREAT: Kind = Enum(&[
    "unknown",
    "activated",
    "deactivated",
    "secured",
    "lowSeverity",
    "mediumSeverity",
    "highSeverity",
    "unresponsive",
    "compromised",
    "misconfigured",
]);
const CHASSIS: Kind = Enum(&[
    "unknown",
    "desktop",
    "laptop",
    "worksWorkstation",
    "enterpriseServer",
    "phone",
    "tablet",
    "mobileOther",
    "mobileUnknown",
]);
const DEVICE_TYPE: Kind = Enum(&[
    "desktop",
    "windowsRT",
    "winMO6",
    "nokia",
    "windowsPhone",
    "mac",
    "winCE",
    "winEmbedded",
    "iPhone",
    "iPad",
    "iPod",
    "android",
    "iSocConsumer",
    "unix",
    "macMDM",
    "holoLens",
    "surfaceHub",
    "androidForWork",
    "androidEnterprise",
    "windows10x",
    "androidnGMS",
    "chromeOS",
    "linux",
    "visionOS",
    "tvOS",
    "windowsBlue",
    "windowsPhoneBlue",
    "blackberry",
    "palm",
    "fakeDevice",
    "unknown",
    "cloudPC",
]);
const JOIN: Kind = Enum(&["unknown", "azureADJoined", "azureADRegistered", "hybridAzureADJoined"]);
const ARCHITECTURE: Kind = Enum(&["unknown", "x86", "x64", "arm", "arM64"]);
const LOST_MODE: Kind = Enum(&["disabled", "enabled"]);
const FEATURES: Kind = Enum(&["none", "microsoftManagedDesktop", "unknownFutureValue"]);

/// Every property of a managed device.
pub static ROWS: &[Row] = &[
    both("id", Text, Nothing),
    both("userId", Text, User),
    both("deviceName", Text, Asserts),
    both("managedDeviceName", Text, Name),
    both("managedDeviceOwnerType", OWNER, Stores),
    also("ownerType", "managedDeviceOwnerType", OWNER, Stores),
    both("notes", Text, Stores),
    both("deviceCategoryDisplayName", Text, Stores),
    both("deviceActionResults", Complex, AssertsOwned),
    both("managementState", MANAGEMENT_STATE, AssertsOwned),
    both("enrolledDateTime", Moment, AssertsOwned),
    both("lastSyncDateTime", Moment, AssertsOwned),
    both("complianceState", COMPLIANCE, AssertsOwned),
    both("managementAgent", AGENT, AssertsOwned),
    both("deviceEnrollmentType", ENROLLMENT, AssertsOwned),
    also("enrollmentType", "deviceEnrollmentType", ENROLLMENT, AssertsOwned),
    both("deviceRegistrationState", REGISTRATION, AssertsOwned),
    both("azureADDeviceId", Text, AssertsOwned),
    also("azureActiveDirectoryDeviceId", "azureADDeviceId", Text, AssertsOwned),
    both("azureADRegistered", Boolean, Asserts),
    also("aadRegistered", "azureADRegistered", Boolean, Asserts),
    both("managementCertificateExpirationDate", Moment, AssertsOwned),
    both("operatingSystem", Text, Asserts),
    both("osVersion", Text, Asserts),
    both("jailBroken", Text, Asserts),
    both("easActivated", Boolean, Asserts),
    both("easDeviceId", Text, Asserts),
    both("easActivationDateTime", Moment, Asserts),
    secret("activationLockBypassCode", Text, Asserts),
    both("emailAddress", Text, Asserts),
    both("userPrincipalName", Text, Asserts),
    both("userDisplayName", Text, Asserts),
    both("isSupervised", Boolean, Asserts),
    both("isEncrypted", Boolean, Asserts),
    both("exchangeLastSuccessfulSyncDateTime", Moment, Asserts),
    both("exchangeAccessState", EXCHANGE_STATE, Asserts),
    both("exchangeAccessStateReason", EXCHANGE_REASON, Asserts),
    both("remoteAssistanceSessionUrl", Text, Asserts),
    both("remoteAssistanceSessionErrorDetails", Text, Asserts),
    both("model", Text, Asserts),
    both("manufacturer", Text, Asserts),
    both("imei", Text, Asserts),
    both("meid", Text, Asserts),
    both("iccid", Text, Asserts),
    both("udid", Text, Asserts),
    both("serialNumber", Text, Asserts),
    both("phoneNumber", Text, Asserts),
    both("subscriberCarrier", Text, Asserts),
    both("wiFiMacAddress", Text, Asserts),
    both("ethernetMacAddress", Text, Asserts),
    both("complianceGracePeriodExpirationDateTime", Moment, Asserts),
    both("androidSecurityPatchLevel", Text, Asserts),
    both("partnerReportedThreatState", THREAT, Asserts),
    both("requireUserEnrollmentApproval", Boolean, Asserts),
    both("enrollmentProfileName", Text, Asserts),
    both("freeStorageSpaceInBytes", Integer, Asserts),
    both("totalStorageSpaceInBytes", Integer, Asserts),
    both("physicalMemoryInBytes", Integer, Asserts),
    both("configurationManagerClientEnabledFeatures", Complex, Asserts),
    both("deviceHealthAttestationState", Complex, Asserts),
    beta("hardwareInformation", Complex, Asserts),
    beta("roleScopeTagIds", Complex, Asserts),
    beta("chassisType", CHASSIS, Asserts),
    beta("deviceType", DEVICE_TYPE, Asserts),
    beta("lostModeState", LOST_MODE, Asserts),
    beta("joinType", JOIN, Asserts),
    beta("processorArchitecture", ARCHITECTURE, Asserts),
    beta("skuFamily", Text, Asserts),
    beta("skuNumber", Integer, Asserts),
    beta("specificationVersion", Text, Asserts),
    beta("securityPatchLevel", Text, Asserts),
    beta("enrolledByUserPrincipalName", Text, Asserts),
    beta("autopilotEnrolled", Boolean, Asserts),
    beta("bootstrapTokenEscrowed", Boolean, Asserts),
    beta("deviceFirmwareConfigurationInterfaceManaged", Boolean, Asserts),
    beta("managementFeatures", FEATURES, Asserts),
    beta("retireAfterDateTime", Moment, Asserts),
    beta("preferMdmOverGroupPolicyAppliedDateTime", Moment, Asserts),
    beta("windowsActiveMalwareCount", Integer, Asserts),
    beta("windowsRemediatedMalwareCount", Integer, Asserts),
    beta("usersLoggedOn", Complex, Asserts),
    beta("chromeOSDeviceInfo", Complex, Asserts),
    beta("cloudPcRemoteActionResults", Complex, Asserts),
    beta("configurationManagerClientHealthState", Complex, Asserts),
    beta("configurationManagerClientInformation", Complex, Asserts),
    beta("deviceIdentityAttestationDetail", Complex, Asserts),
];

/// Names of a managed device that lead elsewhere: they are neither shown with it nor changed with it.
pub const NAVIGATIONS: &[&str] = &[
    "users",
    "deviceCategory",
    "deviceCompliancePolicyStates",
    "deviceConfigurationStates",
    "logCollectionRequests",
    "windowsProtectionState",
    "detectedApps",
    "assignmentFilterEvaluationStatusDetails",
    "deviceHealthScriptStates",
    "managedDeviceMobileAppConfigurationStates",
    "securityBaselineStates",
];

/// States of an action.
pub const ACTION_STATES: &[&str] = &[
    "none",
    "pending",
    "canceled",
    "active",
    "done",
    "failed",
    "notSupported",
];

/// The properties of an action's result.
pub const RESULT: &[Property] = &[
    Property::new("actionName", Text),
    Property::new("actionState", Enum(ACTION_STATES)),
    Property::new("startDateTime", Moment),
    Property::new("lastUpdatedDateTime", Moment),
];

const RESULTS: Collection = Collection {
    name: "deviceActionResults",
    element: Element::Record(RESULT),
};

const SCOPE_TAGS: Collection = Collection {
    name: "roleScopeTagIds",
    element: Element::Scalar(Text),
};

/// What can be searched for.
const SEARCHABLE: &[&str] = &["deviceName", "serialNumber", "userPrincipalName"];

static V1: LazyLock<Schema> = LazyLock::new(|| made(Version::V1, &[RESULTS]));
static BETA: LazyLock<Schema> = LazyLock::new(|| made(Version::Beta, &[RESULTS, SCOPE_TAGS]));

/// What may be asked about devices of a version.
pub fn schema(version: Version) -> &'static Schema {
    match version {
        Version::V1 => &V1,
        Version::Beta => &BETA,
    }
}

/// A schema lives as long as the process, so that what was parsed can refer to it.
fn made(version: Version, collections: &'static [Collection]) -> Schema {
    let shown = ROWS.iter().filter(|row| row.is_in(version));
    let properties: Vec<Property> = shown
        .map(|row| Property {
            name: row.property.name,
            kind: row.property.kind,
            filterable: row.property.filterable,
        })
        .collect();
    Schema {
        properties: Box::leak(properties.into_boxed_slice()),
        collections,
        navigations: match version {
            Version::V1 => &["users", "deviceCategory"],
            Version::Beta => &["users", "deviceCategory", "detectedApps"],
        },
        searchable: SEARCHABLE,
    }
}

/// The row of a name, in any case, as Graph reads names.
pub fn row(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.property.name.eq_ignore_ascii_case(name))
}

/// Refuses every option of a query.
///
/// # Errors
/// When there is one.
pub fn nothing_asked(call: &Call) -> Result<(), GraphError> {
    Options::parse(call.raw_query(), &Schema::default(), Accepts::Nothing)?;
    Ok(())
}
