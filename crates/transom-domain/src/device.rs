//! Devices: the record of a managed PC, found, shown, changed, moved and deleted.

pub mod delete;
pub mod find;
pub mod inventory;
pub mod refresh;
pub mod state;
pub mod summary;
pub mod sweep;
pub mod update;

use crate::{
    DeviceId, EnrollmentTemplateId, OrganizationId, PolicyId, Timestamp, UserId,
    enrollment::EnrollmentDigest,
    enrollment_template::placement::PlacementState,
    organization::Organization,
    page::PageRequest,
    ports::{Devices, Enrollments, Segments, StoreError, Users},
    segment::{Segment, SegmentId, SegmentScope},
    user::User,
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

pub use state::{DeviceEvent, DeviceState, StateChange};
pub use summary::Summary;

/// The record of a managed PC. The values it last reported are apart, in [`DeviceReport`]: they are large.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it is in the tree.
    pub segment: SegmentId,
    /// Whose PC it is.
    pub user: Option<UserId>,
    /// Its name for administrators; not the computer's name.
    pub display_name: String,
    /// Tags, in the order they were given.
    pub tags: Vec<String>,
    /// The DM client's device id of the enrolment that holds (`winId`).
    pub win_id: String,
    /// Where it is in its life.
    pub state: DeviceState,
    /// What it reported, digested.
    pub summary: Summary,
    /// Facts in the organization's own words (E.6).
    pub custom_config: Map<String, Value>,
    /// What is to be read again in the next session.
    pub refresh_needed: BTreeSet<RefreshArea>,
    /// An older record that may be the same PC, but could not be proven to be (decision 12).
    pub possible_duplicate_of: Option<DeviceId>,
    /// The enrolment template that spoke for it, and how far its rules came; [`crate::enrollment::Enrollment::placement`]
    /// says the rest.
    pub enrolled_by: Option<EnrolledBy>,
    /// The end of the last successful session.
    pub last_status_report: Option<Timestamp>,
    /// When its first session completed.
    pub enrolled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When an administrator or the server last changed it.
    pub updated_at: Timestamp,
}

/// Which template spoke for a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnrolledBy {
    /// The template; it may have been removed since.
    pub template: EnrollmentTemplateId,
    /// How far its rules came.
    pub state: PlacementState,
}

/// What a PC last said, node by node.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeviceReport {
    /// LocURI → what was read there.
    pub config: BTreeMap<String, Reported>,
    /// Area → when it was last read whole.
    pub dates: BTreeMap<String, Timestamp>,
}

/// What was read at one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// Its value.
    Value(String),
    /// It could not be read.
    Unreadable {
        /// The SyncML status code.
        code: u32,
        /// The name of the command status for it.
        reason: String,
    },
}

/// Most nodes kept of one PC; beyond it the newest are not added (an inventory has about thirty, software lists hundreds).
pub const REPORTED_NODES_MAX: usize = 10_000;

/// Longest value kept of one node, in bytes: the 14 KB list of CSP versions fits many times. Longer ones are cut.
pub const REPORTED_VALUE_BYTES_MAX: usize = 64 * 1024;

/// Most bytes of names and values kept of one PC: the row is read and written whole whenever something in it changes, so
/// a PC that reports ever new values must not make it grow. An inventory and software lists have some hundred KB.
pub const REPORT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// An area of what a PC reports that can be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefreshArea {
    /// Hardware, operating system, security state.
    Hardware,
    /// Installed software.
    Applications,
}

impl RefreshArea {
    /// All of them, in the order in which they are read: what a new PC is, before what is on it.
    pub const ALL: [Self; 2] = [Self::Hardware, Self::Applications];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            RefreshArea::Hardware => "hardware",
            RefreshArea::Applications => "applications",
        }
    }

    /// The area of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.as_str() == name)
    }
}

impl Reported {
    /// About how many bytes of a row it takes.
    const fn len(&self) -> usize {
        match self {
            Reported::Value(value) => value.len(),
            Reported::Unreadable { reason, .. } => reason.len(),
        }
    }
}

impl DeviceReport {
    /// Takes in what was read at a node, within the limits.
    pub fn put(&mut self, uri: &str, reported: Reported) {
        self.put_all([(uri.to_owned(), reported)]);
    }

    /// Takes in what was read at several nodes, within the limits: what does not fit is left out.
    pub fn put_all(&mut self, values: impl IntoIterator<Item = (String, Reported)>) {
        let mut held: usize = self.config.iter().map(|(uri, value)| uri.len() + value.len()).sum();
        for (uri, mut reported) in values {
            if let Some(old) = self.config.remove(&uri) {
                held -= uri.len() + old.len();
            }
            if let Reported::Value(value) = &mut reported {
                value.truncate(value.floor_char_boundary(REPORTED_VALUE_BYTES_MAX));
            }
            let size = uri.len() + reported.len();
            if self.config.len() < REPORTED_NODES_MAX && held + size <= REPORT_BYTES_MAX {
                held += size;
                self.config.insert(uri, reported);
            }
        }
    }

    /// The value at a node, if it could be read.
    #[must_use]
    pub fn value(&self, uri: &str) -> Option<&str> {
        match self.config.get(uri) {
            Some(Reported::Value(value)) => Some(value),
            _ => None,
        }
    }
}

/// By what a list of devices is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceSort {
    /// When the record was made.
    #[default]
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// When its first session completed.
    EnrolledAt,
    /// The end of the last session.
    LastStatusReport,
    /// The console name.
    DisplayName,
    /// The computer's name.
    ComputerName,
    /// The serial number.
    SerialNumber,
    /// The OS version, as text.
    OsVersion,
    /// The state.
    State,
}

/// Which devices are wanted. Every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceQuery {
    /// Whose.
    pub organization: OrganizationId,
    /// In which segments.
    pub scope: SegmentScope,
    /// Also deleted ones. Otherwise they are left out, unless [`DeviceQuery::states`] names them.
    pub show_deleted: bool,
    /// In one of these states; empty: in any.
    pub states: Vec<DeviceState>,
    /// With every one of these tags, compared without case.
    pub tags: Vec<String>,
    /// Of this user.
    pub user: Option<UserId>,
    /// With this policy: assigned directly, in the primary slot, or given by a rule that is switched on.
    pub policy: Option<PolicyId>,
    /// Enrolled by this template.
    pub template: Option<EnrollmentTemplateId>,
    /// Enrolled by a template whose rules came so far.
    pub placement: Option<PlacementState>,
    /// With this serial number, compared without case.
    pub serial_number: Option<String>,
    /// With this IMEI, compared without case.
    pub imei: Option<String>,
    /// With this console name, compared without case.
    pub name: Option<String>,
    /// With this OS version.
    pub os_version: Option<String>,
    /// With this text in the console name, computer name, serial number or `winId`, compared without case.
    pub search: Option<String>,
    /// Sorted by this; equal ones by id, so that pages are stable.
    pub sort: DeviceSort,
    /// Largest first.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
}

/// A device with everything its object in the API shows.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceDetails {
    /// The record.
    pub device: Device,
    /// Whose it is.
    pub organization: Organization,
    /// Its segment.
    pub segment: Segment,
    /// Its user.
    pub user: Option<User>,
    /// What it last reported.
    pub report: DeviceReport,
    /// Its states, oldest first.
    pub history: Vec<StateChange>,
    /// The enrolment that holds, or the last one.
    pub enrollment: Option<EnrollmentDigest>,
}

/// Gathers what the device's object shows.
///
/// # Errors
/// When the store fails, or the device's segment is missing from it.
pub fn details(
    view: &mut (impl Devices + Users + Segments + Enrollments + ?Sized),
    organization: &Organization,
    device: Device,
) -> Result<DeviceDetails, StoreError> {
    let segment = view.segment(device.organization, device.segment)?.ok_or_else(|| {
        StoreError::Inconsistent(format!(
            "devices {}: segment {} does not exist",
            device.id, device.segment
        ))
    })?;
    let user = match device.user {
        Some(user) => view.user(device.organization, user)?,
        None => None,
    };
    Ok(DeviceDetails {
        organization: organization.clone(),
        segment,
        user,
        report: view.device_report(device.id)?.unwrap_or_default(),
        history: view.device_history(device.id)?,
        enrollment: view.enrollment_digests(&[device.id])?.pop(),
        device,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(length: usize) -> Reported {
        Reported::Value("é".repeat(length / 2))
    }

    #[test]
    fn a_report_does_not_grow_without_end() {
        let mut report = DeviceReport::default();
        let uri = |number: usize| format!("./N/{number}");
        report.put_all((0..200).map(|number| (uri(number), value(2 * REPORTED_VALUE_BYTES_MAX))));
        let held: usize = report.config.iter().map(|(uri, value)| uri.len() + value.len()).sum();
        assert!(
            held <= REPORT_BYTES_MAX && held > REPORT_BYTES_MAX - 2 * REPORTED_VALUE_BYTES_MAX,
            "{held}"
        );
        report.put(&uri(0), Reported::Value("short".to_owned()));
        assert_eq!(report.value(&uri(0)), Some("short"), "what is there can still change");
    }
}
