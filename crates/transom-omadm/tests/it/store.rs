//! A store in memory, as far as sessions need one.

use std::collections::BTreeMap;

use transom_domain::{
    AuditId, BatchId, CommandId, DeviceId, EnrollmentId, OrganizationId, Timestamp,
    audit::AuditEntry,
    command::{Command, CommandBatch, CommandState},
    device::{Device, DeviceQuery, DeviceReport, StateChange},
    enrollment::{Enrollment, EnrollmentState, Fingerprint, check_in::CheckIn},
    page::{Page, PageRequest},
    ports::{
        AuditLog, AuditLogMut, AuditQuery, Commands, CommandsMut, DeviceKey, Devices, DevicesMut, Enrollments,
        EnrollmentsMut, Sessions, SessionsMut, StoreError,
    },
    session::SessionRecord,
};

/// Rows, and how many statements were asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    pub devices: BTreeMap<DeviceId, Device>,
    pub reports: BTreeMap<DeviceId, DeviceReport>,
    pub history: Vec<(DeviceId, StateChange)>,
    pub enrollments: BTreeMap<EnrollmentId, Enrollment>,
    pub sessions: BTreeMap<EnrollmentId, SessionRecord>,
    pub commands: Vec<Command>,
    pub audit: Vec<AuditEntry>,
}

type Answer<T> = Result<T, StoreError>;

fn unused<T>() -> Answer<T> {
    Err(StoreError::Failed("sessions do not ask for this".to_owned()))
}

impl Devices for Memory {
    fn device(&mut self, _: OrganizationId, id: DeviceId) -> Answer<Option<Device>> {
        Ok(self.devices.get(&id).cloned())
    }
    fn devices_by_key(&mut self, _: OrganizationId, _: DeviceKey<'_>) -> Answer<Vec<Device>> {
        unused()
    }
    fn device_page(&mut self, _: &DeviceQuery) -> Answer<Page<Device>> {
        unused()
    }
    fn device_report(&mut self, id: DeviceId) -> Answer<Option<DeviceReport>> {
        Ok(self.reports.get(&id).cloned())
    }
    fn device_history(&mut self, _: DeviceId) -> Answer<Vec<StateChange>> {
        unused()
    }
    fn provisioning_since(&mut self, _: Timestamp, _: u32) -> Answer<Vec<DeviceId>> {
        unused()
    }
}

impl DevicesMut for Memory {
    fn insert_device(&mut self, device: &Device) -> Answer<()> {
        self.devices.insert(device.id, device.clone());
        Ok(())
    }
    fn lock_device(&mut self, id: DeviceId) -> Answer<Option<Device>> {
        Ok(self.devices.get(&id).cloned())
    }
    fn update_device(&mut self, device: &Device) -> Answer<()> {
        self.insert_device(device)
    }
    fn save_device_report(&mut self, id: DeviceId, report: &DeviceReport) -> Answer<()> {
        self.reports.insert(id, report.clone());
        Ok(())
    }
    fn append_device_history(&mut self, id: DeviceId, change: &StateChange) -> Answer<()> {
        self.history.push((id, change.clone()));
        Ok(())
    }
    fn record_last_reports(&mut self, _: &[(DeviceId, Timestamp)]) -> Answer<()> {
        unused()
    }
}

impl Enrollments for Memory {
    fn check_in(&mut self, fingerprint: &Fingerprint, now: Timestamp) -> Answer<Option<CheckIn>> {
        let Some(enrollment) = self.enrollment_by_fingerprint(fingerprint)? else {
            return Ok(None);
        };
        let device = &self.devices[&enrollment.device];
        let session = self.sessions.get(&enrollment.id);
        let mut commands = self.commands.iter().filter(|c| c.device == device.id);
        Ok(Some(CheckIn {
            enrollment: enrollment.id,
            device: device.id,
            organization: device.organization,
            state: enrollment.state,
            device_state: device.state,
            win_id: enrollment.win_id.clone(),
            not_after: enrollment.certificate.not_after,
            dev_info_hash: enrollment.dev_info_hash.clone(),
            configured: enrollment.configured,
            refresh_needed: !device.refresh_needed.is_empty(),
            session: session.map(|s| (s.session_id.clone(), s.open)),
            has_commands: commands.any(|c| c.state == CommandState::Sent || c.is_due(now)),
        }))
    }
    fn enrollment_by_fingerprint(&mut self, fingerprint: &Fingerprint) -> Answer<Option<Enrollment>> {
        let mut all = self.enrollments.values();
        Ok(all.find(|e| e.certificate.fingerprint == *fingerprint).cloned())
    }
    fn enrollments_by_credential_name(&mut self, name: &str) -> Answer<Vec<Enrollment>> {
        let all = self.enrollments.values();
        let named = all.filter(|e| e.credentials.name == name && e.state != EnrollmentState::Ended);
        Ok(named.cloned().collect())
    }
    fn latest_enrollment(&mut self, _: DeviceId) -> Answer<Option<Enrollment>> {
        unused()
    }
    fn latest_enrollments(&mut self, _: &[DeviceId]) -> Answer<Vec<Enrollment>> {
        unused()
    }
    fn enrollments_of(&mut self, device: DeviceId) -> Answer<Vec<Enrollment>> {
        let all = self.enrollments.values();
        Ok(all.filter(|e| e.device == device).cloned().collect())
    }
    fn enrollments_by_hardware(&mut self, _: OrganizationId, _: &str, _: u32) -> Answer<Vec<Enrollment>> {
        unused()
    }
}

impl EnrollmentsMut for Memory {
    fn insert_enrollment(&mut self, enrollment: &Enrollment) -> Answer<()> {
        self.enrollments.insert(enrollment.id, enrollment.clone());
        Ok(())
    }
    fn lock_enrollment(&mut self, id: EnrollmentId) -> Answer<Option<Enrollment>> {
        Ok(self.enrollments.get(&id).cloned())
    }
    fn update_enrollment(&mut self, enrollment: &Enrollment) -> Answer<()> {
        self.insert_enrollment(enrollment)
    }
}

impl Sessions for Memory {
    fn session(&mut self, enrollment: EnrollmentId) -> Answer<Option<SessionRecord>> {
        Ok(self.sessions.get(&enrollment).cloned())
    }
}

impl SessionsMut for Memory {
    fn save_session(&mut self, session: &SessionRecord) -> Answer<()> {
        self.sessions.insert(session.enrollment, session.clone());
        Ok(())
    }
    fn delete_session(&mut self, enrollment: EnrollmentId) -> Answer<()> {
        self.sessions.remove(&enrollment);
        Ok(())
    }
}

impl Commands for Memory {
    fn batch(&mut self, _: DeviceId, _: BatchId) -> Answer<Option<CommandBatch>> {
        unused()
    }
    fn batch_page(&mut self, _: DeviceId, _: bool, _: PageRequest) -> Answer<Page<CommandBatch>> {
        unused()
    }
    fn command(&mut self, id: CommandId) -> Answer<Option<Command>> {
        Ok(self.commands.iter().find(|c| c.id == id).cloned())
    }
    fn open_commands(&mut self, device: DeviceId) -> Answer<Vec<Command>> {
        let open = |c: &&Command| !matches!(c.state, CommandState::Done { .. } | CommandState::Canceled { .. });
        let all = self.commands.iter().filter(|c| c.device == device);
        Ok(all.filter(open).cloned().collect())
    }
    fn waiting_commands(&mut self, device: DeviceId) -> Answer<u64> {
        let all = self.commands.iter().filter(|c| c.device == device);
        Ok(all.filter(|c| c.holds_up()).count() as u64)
    }
    fn expired_commands(&mut self, _: Timestamp, _: u32) -> Answer<Vec<Command>> {
        unused()
    }
}

impl CommandsMut for Memory {
    fn insert_batch(&mut self, batch: &CommandBatch) -> Answer<()> {
        self.commands.extend(batch.commands.iter().cloned());
        Ok(())
    }
    fn update_command(&mut self, command: &Command) -> Answer<()> {
        let stored = self.commands.iter_mut().find(|c| c.id == command.id);
        *stored.ok_or_else(|| StoreError::Failed("no such command".to_owned()))? = command.clone();
        Ok(())
    }
}

impl AuditLog for Memory {
    fn audit_page(&mut self, _: &AuditQuery) -> Answer<Page<AuditEntry>> {
        unused()
    }
    fn audit_entry(&mut self, _: OrganizationId, _: AuditId) -> Answer<Option<AuditEntry>> {
        unused()
    }
}

impl AuditLogMut for Memory {
    fn append_audit(&mut self, entry: &AuditEntry) -> Answer<()> {
        self.audit.push(entry.clone());
        Ok(())
    }
}
