//! A store in memory, as far as sessions need one.

use std::collections::BTreeMap;

use transom_domain::{
    AudienceId, AuditId, BatchId, CommandId, DetectedAppId, DeviceId, EnrollmentId, OrganizationId, RuleId, ScriptId,
    SmartAttributeId, Timestamp, UserId,
    audience::Audience,
    audit::AuditEntry,
    automation_rule::{
        AutomationRule, Enforcement, RuleMatch,
        flapping::Flips,
        work::{RuleWork, WorkKind},
    },
    command::{Command, CommandBatch, CommandState},
    device::{Device, DeviceQuery, DeviceReport, StateChange},
    enrollment::{Enrollment, EnrollmentDigest, EnrollmentState, Fingerprint, check_in::CheckIn},
    page::{Page, PageRequest},
    ports::{
        Audiences, AuditLog, AuditLogMut, AuditQuery, AutomationRules, AutomationRulesMut, Commands, CommandsMut,
        DeviceKey, Devices, DevicesMut, Enrollments, EnrollmentsMut, ScriptAssignments, ScriptAssignmentsMut, Sessions,
        SessionsMut, SmartAttributes, Software, SoftwareMut, StoreError,
    },
    script::{
        Script,
        assignment::{AssignedScript, RunState, ScriptRun, Target},
    },
    segment::SegmentScope,
    session::SessionRecord,
    smart_attribute::{GivenCounts, GivenValue, SmartAttribute},
    software::{AppScan, DetectedApp},
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
    pub findings: BTreeMap<String, String>,
    pub apps: Vec<DetectedApp>,
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
    fn enrollment_digests(&mut self, _: &[DeviceId]) -> Answer<Vec<EnrollmentDigest>> {
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

impl Software for Memory {
    fn software_findings(&mut self, _: DeviceId) -> Answer<Vec<(String, String)>> {
        Ok(self.findings.clone().into_iter().collect())
    }
    fn detected_app(&mut self, _: OrganizationId, _: DetectedAppId) -> Answer<Option<DetectedApp>> {
        unused()
    }
    fn detected_app_scan(&mut self, _: &AppScan) -> Answer<Vec<(DetectedApp, u64)>> {
        unused()
    }
    fn detected_app_devices(
        &mut self,
        _: OrganizationId,
        _: &SegmentScope,
        _: &[DetectedAppId],
    ) -> Answer<Vec<(DetectedAppId, u64)>> {
        unused()
    }
    fn apps_of_devices(&mut self, _: &[DeviceId]) -> Answer<Vec<(DeviceId, DetectedApp)>> {
        unused()
    }
    fn device_has_app(&mut self, _: DeviceId, _: DetectedAppId) -> Answer<bool> {
        unused()
    }
}

impl SoftwareMut for Memory {
    fn add_software_findings(&mut self, _: DeviceId, findings: &[(String, String)]) -> Answer<()> {
        self.findings.extend(findings.iter().cloned());
        Ok(())
    }
    fn clear_software_findings(&mut self, _: DeviceId) -> Answer<()> {
        self.findings.clear();
        Ok(())
    }
    fn replace_device_apps(&mut self, _: DeviceId, apps: &[DetectedApp]) -> Answer<()> {
        self.apps = apps.to_vec();
        Ok(())
    }
}

// No rule is in force, so that is all sessions ask about rules and what they look at.

impl AutomationRules for Memory {
    fn automation_rule(&mut self, _: OrganizationId, _: RuleId) -> Answer<Option<AutomationRule>> {
        unused()
    }
    fn automation_rules(&mut self, _: OrganizationId) -> Answer<Vec<AutomationRule>> {
        Ok(Vec::new())
    }
    fn enforcements_of(&mut self, _: &[DeviceId]) -> Answer<Vec<Enforcement>> {
        Ok(Vec::new())
    }
    fn enforcement_counts(&mut self, _: OrganizationId) -> Answer<Vec<(RuleId, u64)>> {
        unused()
    }
    fn rule_match_page(&mut self, _: RuleId, _: &SegmentScope, _: PageRequest) -> Answer<Page<RuleMatch>> {
        unused()
    }
    fn rule_flips_of(&mut self, _: &[DeviceId]) -> Answer<Vec<Flips>> {
        unused()
    }
    fn rule_work(&mut self, _: OrganizationId) -> Answer<Vec<RuleWork>> {
        unused()
    }
    fn has_rule_work(&mut self) -> Answer<bool> {
        unused()
    }
    fn organizations_with_rules(&mut self) -> Answer<Vec<OrganizationId>> {
        unused()
    }
    fn devices_after(&mut self, _: OrganizationId, _: Option<DeviceId>, _: u32) -> Answer<Vec<Device>> {
        unused()
    }
    fn count_devices_between(&mut self, _: OrganizationId, _: Option<DeviceId>, _: Option<DeviceId>) -> Answer<u64> {
        unused()
    }
}

impl ScriptAssignments for Memory {
    fn assigned_scripts(&mut self, _: OrganizationId) -> Answer<Vec<AssignedScript>> {
        Ok(Vec::new())
    }
    fn script_targets(&mut self, _: ScriptId) -> Answer<Vec<Target>> {
        unused()
    }
    fn organizations_with_assigned_scripts(&mut self) -> Answer<Vec<OrganizationId>> {
        unused()
    }
    fn script_runs_of(&mut self, _: &[DeviceId]) -> Answer<Vec<ScriptRun>> {
        Ok(Vec::new())
    }
    fn script_run_scan(
        &mut self,
        _: ScriptId,
        _: &SegmentScope,
        _: Option<DeviceId>,
        _: u32,
    ) -> Answer<Vec<(DeviceId, Option<ScriptRun>)>> {
        unused()
    }
    fn script_run(&mut self, _: ScriptId, _: DeviceId) -> Answer<Option<Option<ScriptRun>>> {
        unused()
    }
    fn script_run_counts(&mut self, _: ScriptId, _: &SegmentScope) -> Answer<Vec<(RunState, u64)>> {
        unused()
    }
}

impl ScriptAssignmentsMut for Memory {
    fn save_script_targets(&mut self, _: &Script, _: &[Target], _: Timestamp) -> Answer<()> {
        unused()
    }
    fn save_script_runs(&mut self, _: &[ScriptRun], _: &[(DeviceId, ScriptId)]) -> Answer<()> {
        unused()
    }
}

impl AutomationRulesMut for Memory {
    fn insert_automation_rule(&mut self, _: &AutomationRule) -> Answer<()> {
        unused()
    }
    fn update_automation_rule(&mut self, _: &AutomationRule) -> Answer<()> {
        unused()
    }
    fn remove_automation_rule(&mut self, _: RuleId, _: Timestamp) -> Answer<()> {
        unused()
    }
    fn purge_automation_rules(&mut self, _: OrganizationId) -> Answer<()> {
        unused()
    }
    fn save_enforcements(&mut self, _: &[Enforcement], _: &[(DeviceId, RuleId)]) -> Answer<()> {
        unused()
    }
    fn save_rule_flips(&mut self, _: &[Flips]) -> Answer<()> {
        unused()
    }
    fn forget_rule_flips(&mut self, _: Timestamp, _: u32) -> Answer<u32> {
        unused()
    }
    fn lock_devices_after(
        &mut self,
        _: OrganizationId,
        _: Option<UserId>,
        _: Option<DeviceId>,
        _: u32,
    ) -> Answer<Vec<Device>> {
        unused()
    }
    fn lock_rule_work(&mut self, _: OrganizationId, _: WorkKind, _: Option<UserId>) -> Answer<Option<RuleWork>> {
        unused()
    }
    fn lock_next_rule_work(&mut self) -> Answer<Option<RuleWork>> {
        unused()
    }
    fn save_rule_work(&mut self, _: &RuleWork) -> Answer<()> {
        unused()
    }
    fn delete_rule_work(&mut self, _: OrganizationId, _: WorkKind, _: Option<UserId>) -> Answer<()> {
        unused()
    }
}

impl Audiences for Memory {
    fn audience(&mut self, _: OrganizationId, _: AudienceId) -> Answer<Option<Audience>> {
        unused()
    }
    fn audiences(&mut self, _: OrganizationId) -> Answer<Vec<Audience>> {
        unused()
    }
    fn audiences_by_id(&mut self, _: OrganizationId, _: &[AudienceId]) -> Answer<Vec<Audience>> {
        Ok(Vec::new())
    }
    fn audience_names(&mut self, _: OrganizationId) -> Answer<Vec<(AudienceId, String)>> {
        unused()
    }
}

impl SmartAttributes for Memory {
    fn smart_attribute(&mut self, _: OrganizationId, _: SmartAttributeId) -> Answer<Option<SmartAttribute>> {
        unused()
    }
    fn smart_attributes(&mut self, _: OrganizationId) -> Answer<Vec<SmartAttribute>> {
        Ok(Vec::new())
    }
    fn device_smart_values(&mut self, _: &[DeviceId]) -> Answer<Vec<(DeviceId, GivenValue)>> {
        Ok(Vec::new())
    }
    fn user_smart_values(&mut self, _: &[UserId]) -> Answer<Vec<(UserId, GivenValue)>> {
        Ok(Vec::new())
    }
    fn given_counts(&mut self, _: SmartAttributeId) -> Answer<GivenCounts> {
        unused()
    }
    fn given_values(&mut self, _: SmartAttributeId) -> Answer<Vec<serde_json::Value>> {
        unused()
    }
}
