//! What is known of devices, read for a batch of them at once, and only as far as it is asked for.

use super::{actions::table::PATHS, properties::Row};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use transom_domain::{
    DeviceId, EnrollmentTemplateId, OrganizationId, Timestamp, UserId,
    command::Command,
    device::{Device, DeviceReport, DeviceState, StateChange},
    enrollment::EnrollmentDigest,
    managed_device::DeviceFacts,
    ports::{StoreError, View},
    software::DetectedApp,
    user::User,
};

/// What is known of a device.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// The record.
    pub device: Device,
    /// Whose PC it is.
    pub user: Option<User>,
    /// The enrolment template that it came through, by name.
    pub profile: Option<String>,
    /// What it reported.
    pub report: DeviceReport,
    /// The enrolment that holds, or the last one.
    pub enrollment: Option<EnrollmentDigest>,
    /// What was asserted, and facts of administrators.
    pub facts: Option<DeviceFacts>,
    /// The newest command at each path that is an action, and when it was ordered.
    pub commands: Vec<(Command, Timestamp)>,
    /// Its states, where it is being removed.
    pub history: Vec<StateChange>,
    /// What it has installed.
    pub apps: Vec<DetectedApp>,
}

/// What has to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Users.
    pub users: bool,
    /// Names of enrolment templates.
    pub profiles: bool,
    /// Reports: the largest of all.
    pub reports: bool,
    /// Enrolments.
    pub enrollments: bool,
    /// Facts.
    pub facts: bool,
    /// Commands and states.
    pub commands: bool,
    /// Installed software.
    pub apps: bool,
}

impl Needs {
    /// All that properties need.
    pub const ALL: Self = Self {
        users: true,
        profiles: true,
        reports: true,
        enrollments: true,
        facts: true,
        commands: true,
        apps: false,
    };

    /// What it takes to show these properties.
    pub fn of<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Self {
        let mut needs = Self::default();
        for row in rows {
            needs.add(row.fact);
        }
        needs
    }

    fn add(&mut self, fact: &str) {
        match fact {
            "id" | "managedDeviceName" => return,
            "userId" => {}
            "emailAddress" | "userPrincipalName" | "userDisplayName" => self.users = true,
            "deviceEnrollmentType"
            | "deviceRegistrationState"
            | "managementCertificateExpirationDate"
            | "enrolledDateTime" => self.enrollments = true,
            "enrolledByUserPrincipalName" => (self.enrollments, self.users) = (true, true),
            "enrollmentProfileName" => self.profiles = true,
            "deviceActionResults" | "managementState" => self.commands = true,
            "lastSyncDateTime"
            | "complianceState"
            | "managementAgent"
            | "notes"
            | "managedDeviceOwnerType"
            | "deviceCategoryDisplayName" => {}
            "isSupervised" | "hardwareInformation" => (self.reports, self.enrollments) = (true, true),
            // When the hardware was last read says whether an assertion about it still holds.
            _ => self.reports = true,
        }
        self.facts = true;
    }

    /// What both need.
    pub fn and(self, other: Self) -> Self {
        Self {
            users: self.users || other.users,
            profiles: self.profiles || other.profiles,
            reports: self.reports || other.reports,
            enrollments: self.enrollments || other.enrollments,
            facts: self.facts || other.facts,
            commands: self.commands || other.commands,
            apps: self.apps || other.apps,
        }
    }
}

/// Reads what is needed, in one question of each kind.
pub fn gather(
    view: &mut (impl View + ?Sized),
    organization: OrganizationId,
    devices: Vec<Device>,
    needs: Needs,
) -> Result<Vec<Gathered>, StoreError> {
    let ids: Vec<DeviceId> = devices.iter().map(|d| d.id).collect();
    let mut enrollments: HashMap<DeviceId, EnrollmentDigest> = HashMap::new();
    if needs.enrollments && !ids.is_empty() {
        enrollments.extend(view.enrollment_digests(&ids)?.into_iter().map(|e| (e.device, e)));
    }
    let mut users: HashMap<UserId, User> = HashMap::new();
    if needs.users {
        let mut named: Vec<UserId> = devices.iter().filter_map(|d| d.user).collect();
        named.extend(enrollments.values().filter_map(|e| e.user));
        named.sort_unstable();
        named.dedup();
        if !named.is_empty() {
            users.extend(view.users_by_id(organization, &named)?.into_iter().map(|u| (u.id, u)));
        }
    }
    let mut profiles: BTreeMap<EnrollmentTemplateId, String> = BTreeMap::new();
    if needs.profiles {
        let named: BTreeSet<_> = devices.iter().filter_map(|d| Some(d.enrolled_by?.template)).collect();
        let named: Vec<EnrollmentTemplateId> = named.into_iter().collect();
        profiles.extend(view.enrollment_template_names(organization, &named)?);
    }
    let mut reports = BTreeMap::new();
    if needs.reports && !ids.is_empty() {
        reports = view.device_reports(&ids)?;
    }
    let mut facts = BTreeMap::new();
    if needs.facts && !ids.is_empty() {
        facts = view.device_facts(&ids)?;
    }
    let mut commands: HashMap<DeviceId, Vec<(Command, Timestamp)>> = HashMap::new();
    let mut histories = BTreeMap::new();
    if needs.commands && !ids.is_empty() {
        for (command, at) in view.newest_commands(&ids, &PATHS)? {
            commands.entry(command.device).or_default().push((command, at));
        }
        let leaving = devices.iter().filter(|d| d.state == DeviceState::DeleteRequested);
        let leaving: Vec<DeviceId> = leaving.map(|d| d.id).collect();
        if !leaving.is_empty() {
            histories = view.device_histories(&leaving)?;
        }
    }
    let mut apps: HashMap<DeviceId, Vec<DetectedApp>> = HashMap::new();
    if needs.apps && !ids.is_empty() {
        for (device, app) in view.apps_of_devices(&ids)? {
            apps.entry(device).or_default().push(app);
        }
    }
    let gathered = devices.into_iter().map(|device| {
        let mut own = commands.remove(&device.id).unwrap_or_default();
        own.sort_unstable_by_key(|(command, _)| command.sequence);
        Gathered {
            user: device.user.and_then(|id| users.get(&id)).cloned(),
            profile: device.enrolled_by.and_then(|by| profiles.get(&by.template)).cloned(),
            report: reports.remove(&device.id).unwrap_or_default(),
            enrollment: enrollments.remove(&device.id),
            facts: facts.remove(&device.id),
            commands: own,
            apps: apps.remove(&device.id).unwrap_or_default(),
            history: histories.remove(&device.id).unwrap_or_default(),
            device,
        }
    });
    Ok(gathered.collect())
}
