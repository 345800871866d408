//! The device object (A.6). Every documented key is always there: null, `[]` or `{}` where there is nothing to say.

use super::{
    filter::upwards,
    given::{DeviceScriptView, ShownGiven},
    policies::{AssignmentView, EnforcedView, ShownPolicies},
};
use crate::admin::{
    effective_policy::view::{ConflictView, PolicyWarningView},
    enrollment_templates::view::DeviceEnrollmentView,
    smart_attributes::view::GivenView,
    view::Moment,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};
use transom_domain::{
    Timestamp,
    device::{DeviceDetails, DeviceReport, DeviceState, Reported, StateChange},
    enrollment::EnrollmentKind,
    segment::{Segment, SegmentScope},
};
use utoipa::{
    ToSchema,
    openapi::schema::{Object, ObjectBuilder, Type},
};

/// Whether the user may leave the management by hand; `0` forbids it (Policy CSP, Experience).
const ALLOW_UNENROLMENT: &str = "./Device/Vendor/MSFT/Policy/Config/Experience/AllowManualMDMUnenrollment";

/// Below which silence a device counts as online, recent, stale (DS1); above, as lost.
const CONNECTIVITY: [(Duration, &str); 3] = [
    (Duration::from_secs(15 * 60), "online"),
    (Duration::from_secs(24 * 3600), "recent"),
    (Duration::from_secs(30 * 24 * 3600), "stale"),
];

/// A device.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Device)]
pub struct DeviceView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_enterprise_id: String,
    mdm_user: Option<MdmUserView>,
    /// Its name for administrators; not the computer's name.
    #[schema(max_length = 128)]
    display_name: String,
    #[schema(max_items = 100)]
    tags: Vec<String>,
    /// The DM client's device id.
    #[schema(max_length = 128)]
    win_id: String,
    #[schema(schema_with = state_schema)]
    state: &'static str,
    /// What the PC last reported: `LocURI` to value. An unreadable node is an object with `isError`, `status`, `reason`.
    #[schema(value_type = Object)]
    config: Map<String, Value>,
    /// When each area was last read whole.
    #[schema(value_type = Object)]
    config_dates: BTreeMap<String, Moment>,
    /// Facts in the organization's own words.
    #[schema(value_type = Object)]
    custom_config: Map<String, Value>,
    summary: SummaryView,
    /// The scripts it was given directly; those of its policies are in `deviceWinPolicy`.
    #[schema(max_items = 100)]
    scripts: Vec<DeviceScriptView>,
    /// Each script that it was given, directly or by its effective policy, with its last run; in lists those given directly
    /// only.
    #[schema(value_type = Vec<Object>)]
    scripts_info: Vec<Value>,
    /// What smart attributes say of it: name to value. Attributes without a value are left out.
    #[schema(value_type = Object)]
    smart_attributes: Map<String, Value>,
    /// The values it was given by hand.
    #[schema(max_items = 200)]
    smart_attribute_assignments: Vec<GivenView>,
    #[schema(value_type = Vec<Object>)]
    smart_attribute_assignments_enforced: Vec<Value>,
    /// The end of the last successful session.
    last_status_report_time: Option<Moment>,
    #[serde(rename = "type")]
    kind: &'static str,
    sub_type: &'static str,
    /// The policy in the primary slot; in lists without its content.
    #[schema(value_type = Option<Object>)]
    win_policy: Option<Value>,
    /// What the device should have; null in lists.
    #[schema(value_type = Option<Object>)]
    device_win_policy: Option<Value>,
    #[schema(max_items = 100)]
    win_policy_assignments: Vec<AssignmentView>,
    /// What automation rules give; nobody writes it.
    win_policy_assignments_enforced: Vec<EnforcedView>,
    /// Newest last, at most 200.
    state_history: Vec<StateChangeView>,
    last_location: LocationView,
    /// What is to be read again in the next session.
    refresh_info_needed: Vec<&'static str>,
    /// Settings about which its policies disagree; empty in lists.
    conflicts: Vec<ConflictView>,
    /// What an administrator should know of its policies; empty in lists.
    warnings: Vec<PolicyWarningView>,
    segment_id: u32,
    segment: SegmentRefView,
    /// How long the PC has been silent; null before its first session.
    #[schema(schema_with = connectivity_schema)]
    connectivity: Option<&'static str>,
    /// What an enrolment template said of it; null: none spoke for it.
    enrollment: Option<DeviceEnrollmentView>,
    /// An older record that may be the same PC.
    possible_duplicate_of: Option<String>,
    enrolled_date: Option<Moment>,
    updated_at: Moment,
    created_at: Moment,
}

/// Whose PC it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MdmUser)]
pub struct MdmUserView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(max_length = 128)]
    email: String,
}

/// A digest of what the PC reported.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeviceSummary)]
pub struct SummaryView {
    #[schema(max_length = 256)]
    name: Option<String>,
    os_version: Option<String>,
    os_version_name: Option<String>,
    os: &'static str,
    serial_number: Option<String>,
    imei: Option<String>,
    battery: Option<String>,
    manufacturer: Option<String>,
    model: Option<String>,
    /// The end of the device's certificate.
    expiration_timestamp: Option<Moment>,
    /// Enrolled as a whole, and the user cannot leave.
    supervised: bool,
    image: Option<String>,
    compliance: ComplianceView,
}

/// Null until the first check.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Compliance)]
pub struct ComplianceView {
    compliant: Option<bool>,
    last_check: Option<Moment>,
}

/// A step of the device's life.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StateChange)]
pub struct StateChangeView {
    #[schema(schema_with = state_schema)]
    state: &'static str,
    date: Moment,
    config: StateReasonView,
}

/// Why a state was entered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StateReason)]
pub struct StateReasonView {
    reason: String,
    actor: Option<String>,
    request_id: Option<String>,
}

/// Where the PC was last seen, by either source.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LastLocation)]
pub struct LocationView {
    #[schema(value_type = Option<Object>)]
    agent: Option<Value>,
    #[schema(value_type = Option<Object>)]
    ip: Option<Value>,
}

/// Where the device is in the tree.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentRef)]
pub struct SegmentRefView {
    id: u32,
    name: String,
    /// Names from the top down, as far as the caller sees them: `Global/Sales`.
    path: String,
}

fn state_schema() -> Object {
    let states = DeviceState::ALL.map(DeviceState::as_str);
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(states))
        .build()
}

fn connectivity_schema() -> Object {
    let values = CONNECTIVITY.iter().map(|(_, name)| json!(name));
    ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::SchemaType::from_iter([
            Type::String,
            Type::Null,
        ]))
        .enum_values(Some(values.chain([json!("lost"), Value::Null])))
        .build()
}

impl DeviceView {
    /// The view of a device at `now`, for somebody who sees `scope`.
    pub fn new(
        details: &DeviceDetails,
        policies: ShownPolicies,
        given: ShownGiven,
        segments: &[Segment],
        scope: &SegmentScope,
        now: Timestamp,
    ) -> Self {
        let device = &details.device;
        Self {
            id: device.id.to_string(),
            organization_id: device.organization.to_string(),
            win_enterprise_id: details.organization.enterprise.to_string(),
            mdm_user: details.user.as_ref().map(|user| MdmUserView {
                id: user.id.to_string(),
                email: user.email.as_str().to_owned(),
            }),
            display_name: device.display_name.clone(),
            tags: device.tags.clone(),
            win_id: device.win_id.clone(),
            state: device.state.as_str(),
            config: details
                .report
                .config
                .iter()
                .map(|(uri, r)| (uri.clone(), reported(r)))
                .collect(),
            config_dates: details
                .report
                .dates
                .iter()
                .map(|(area, at)| (area.clone(), Moment(*at)))
                .collect(),
            custom_config: device.custom_config.clone(),
            summary: SummaryView::new(details),
            scripts: given.scripts,
            scripts_info: scripts_info(given.scripts_info, policies.scripts_info),
            smart_attributes: given.smart_attributes,
            smart_attribute_assignments: given.smart_assignments,
            smart_attribute_assignments_enforced: Vec::new(),
            last_status_report_time: device.last_status_report.map(Moment),
            kind: "windows",
            sub_type: "device",
            win_policy: policies.win_policy,
            device_win_policy: policies.device_win_policy,
            win_policy_assignments: policies.assignments,
            win_policy_assignments_enforced: policies.enforced,
            state_history: details.history.iter().map(StateChangeView::new).collect(),
            last_location: LocationView { agent: None, ip: None },
            refresh_info_needed: device.refresh_needed.iter().map(|area| area.as_str()).collect(),
            conflicts: policies.conflicts,
            warnings: policies.warnings,
            segment_id: device.segment.0,
            segment: SegmentRefView::new(&details.segment, segments, scope),
            connectivity: device.last_status_report.map(|last| connectivity(last, now)),
            enrollment: details
                .enrollment
                .as_ref()
                .and_then(|e| e.placement.as_ref())
                .and_then(|p| p.by.as_ref())
                .map(DeviceEnrollmentView::new),
            possible_duplicate_of: device.possible_duplicate_of.map(|id| id.to_string()),
            enrolled_date: device.enrolled_at.map(Moment),
            updated_at: Moment(device.updated_at),
            created_at: Moment(device.created_at),
        }
    }
}

impl SummaryView {
    fn new(details: &DeviceDetails) -> Self {
        let summary = &details.device.summary;
        let enrollment = details.enrollment.as_ref();
        Self {
            name: summary.name.clone(),
            os_version: summary.os_version.clone(),
            os_version_name: summary.os_version_name.clone(),
            os: "Windows",
            serial_number: summary.serial_number.clone(),
            imei: summary.imei.clone(),
            battery: summary.battery.clone(),
            manufacturer: summary.manufacturer.clone(),
            model: summary.model.clone(),
            expiration_timestamp: enrollment.map(|e| Moment(e.not_after)),
            supervised: enrollment.is_some_and(|e| e.kind == EnrollmentKind::Device) && cannot_leave(&details.report),
            image: None,
            compliance: ComplianceView {
                compliant: None,
                last_check: None,
            },
        }
    }
}

impl StateChangeView {
    fn new(change: &StateChange) -> Self {
        Self {
            state: change.state.as_str(),
            date: Moment(change.at),
            config: StateReasonView {
                reason: change.reason.clone(),
                actor: change.actor.clone(),
                request_id: change.request_id.clone(),
            },
        }
    }
}

impl SegmentRefView {
    fn new(segment: &Segment, segments: &[Segment], scope: &SegmentScope) -> Self {
        let visible = upwards(segment.id, segments).take_while(|id| scope.contains(*id));
        let mut names: Vec<&str> = visible
            .filter_map(|id| segments.iter().find(|s| s.id == id))
            .map(|s| s.name.as_str())
            .collect();
        names.reverse();
        Self {
            id: segment.id.0,
            name: segment.name.clone(),
            path: names.join("/"),
        }
    }
}

/// A value, or the object that the contract has for a node that could not be read.
fn reported(reported: &Reported) -> Value {
    match reported {
        Reported::Value(value) => json!(value),
        Reported::Unreadable { code, reason } => {
            json!({ "isError": true, "status": code, "reason": reason, "attempts": [] })
        }
    }
}

/// The records of scripts, each once, those given directly first. No PC reports runs yet.
fn scripts_info(direct: Vec<Value>, by_policies: Vec<Value>) -> Vec<Value> {
    let mut all = direct;
    for script in by_policies {
        if all.iter().all(|known| known["id"] != script["id"]) {
            all.push(script);
        }
    }
    for script in &mut all {
        script["lastRun"] = Value::Null;
    }
    all
}

fn cannot_leave(report: &DeviceReport) -> bool {
    report.value(ALLOW_UNENROLMENT).map(str::trim) == Some("0")
}

fn connectivity(last: Timestamp, now: Timestamp) -> &'static str {
    let within = |limit: &Duration| now < last + *limit;
    CONNECTIVITY
        .iter()
        .find(|(limit, _)| within(limit))
        .map_or("lost", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_measured_from_the_last_session() {
        let last = Timestamp::from_millis(0);
        let after = |seconds| connectivity(last, last + Duration::from_secs(seconds));
        assert_eq!(after(15 * 60 - 1), "online");
        assert_eq!(after(15 * 60), "recent");
        assert_eq!(after(24 * 3600), "stale");
        assert_eq!(after(30 * 24 * 3600), "lost");
    }
}
