//! Mocked roles, for refusals and failures. Where state matters, use a real store in memory.

use crate::{
    AdmxConfigId, ApiTokenId, ApplicationId, AssetFileId, AssetId, AudienceId, AuditId, BatchId, CommandId,
    DefaultConfigId, DetectedAppId, DeviceId, EnrollmentId, EnrollmentTemplateId, EnrollmentTokenId, OrganizationId,
    PolicyId, RuleId, ScriptId, SegmentRoleId, ServiceAccountId, SmartAttributeId, Timestamp, UserId,
    admx::{AdmxConfig, AdmxQuery, AdmxSource, DefinitionQuery, definition::Definition},
    api_token::ApiToken,
    application::Application,
    asset::{Asset, AssetQuery},
    audience::Audience,
    audit::AuditEntry,
    automation_rule::{
        AutomationRule, Enforcement, RuleMatch,
        flapping::Flips,
        work::{RuleWork, WorkKind},
    },
    command::{Command, CommandBatch},
    default_config::{DefaultConfig, DefaultKind},
    device::{Device, DeviceQuery, DeviceReport, StateChange},
    enrollment::{
        Enrollment, EnrollmentDigest, Fingerprint, IssuedCertificate,
        certificate::{CertificateAuthority, CertificateOrder, IssueError, PasswordVerifier},
        check_in::CheckIn,
    },
    enrollment_template::{EnrollmentTemplate, TemplateQuery},
    enrollment_token::{EnrollmentToken, EnrollmentTokenQuery},
    idempotency::KeyUse,
    library::{ApplicationUse, DeviceUse, LibraryQuery, PolicyUse},
    managed_device::{DeviceFacts, DeviceScan},
    organization::Organization,
    page::{Page, PageRequest},
    policy::{
        Assignee, Assignment, EffectiveState, Policy, PolicyQuery, PolicyScope, PolicyVersion,
        references::ReferenceKind,
    },
    ports::{
        AdmxConfigs, AdmxConfigsMut, ApiTokens, ApiTokensMut, Applications, ApplicationsMut, Assets, AssetsMut,
        Audiences, AudiencesMut, AuditLog, AuditLogMut, AuditQuery, AutomationRules, AutomationRulesMut, Commands,
        CommandsMut, DefaultConfigs, DefaultConfigsMut, DeviceKey, Devices, DevicesMut, EnrollmentTemplates,
        EnrollmentTemplatesMut, EnrollmentTokens, EnrollmentTokensMut, Enrollments, EnrollmentsMut, IdempotencyKeys,
        IdempotencyKeysMut, ManagedDevices, ManagedDevicesMut, Organizations, OrganizationsMut, Policies, PoliciesMut,
        PolicyReferences, ScriptAssignments, ScriptAssignmentsMut, Scripts, ScriptsMut, SegmentRoles, SegmentRolesMut,
        SegmentUses, Segments, SegmentsMut, ServiceAccounts, ServiceAccountsMut, Sessions, SessionsMut,
        SmartAttributes, SmartAttributesMut, Software, SoftwareMut, StoreError, TagQuery, Tags, UserQuery, Users,
        UsersMut,
    },
    role::SegmentRole,
    script::{
        Script,
        assigned::DeviceScript,
        assignment::{AssignedScript, RunState, ScriptRun, Target},
    },
    secret::SecretHash,
    segment::{Segment, SegmentId, SegmentScope},
    service_account::ServiceAccount,
    session::SessionRecord,
    smart_attribute::{GivenCounts, GivenValue, SmartAttribute},
    software::{AppScan, DetectedApp},
    tag::TagCount,
    user::{Email, User},
};
use mockall::mock;
use serde_json::Value;
use std::collections::BTreeMap;

mock! {
    /// Every role over state; what is called without being expected panics.
    pub Tx {}

    impl Organizations for Tx {
        fn organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;
        fn organization_by_slug(&mut self, slug: &str) -> Result<Option<Organization>, StoreError>;
        fn organizations_after(&mut self, after: Option<OrganizationId>, limit: u32) -> Result<Vec<OrganizationId>, StoreError>;
    }
    impl OrganizationsMut for Tx {
        fn insert_organization(&mut self, organization: &Organization) -> Result<(), StoreError>;
        fn lock_organization(&mut self, id: OrganizationId) -> Result<bool, StoreError>;
        fn hold_organization(&mut self, id: OrganizationId) -> Result<bool, StoreError>;
    }
    impl ManagedDevices for Tx {
        fn device_scan(&mut self, scan: &DeviceScan) -> Result<Vec<Device>, StoreError>;
        fn scanned_devices(&mut self, scan: &DeviceScan) -> Result<u64, StoreError>;
        fn device_facts(&mut self, ids: &[DeviceId]) -> Result<BTreeMap<DeviceId, DeviceFacts>, StoreError>;
        fn newest_commands<'a>(&mut self, ids: &[DeviceId], paths: &[&'a str]) -> Result<Vec<(Command, Timestamp)>, StoreError>;
        fn server_key(&mut self, purpose: &str) -> Result<Option<Vec<u8>>, StoreError>;
    }
    impl ManagedDevicesMut for Tx {
        fn save_device_facts(&mut self, facts: &DeviceFacts) -> Result<(), StoreError>;
        fn insert_server_key(&mut self, purpose: &str, key: &[u8], now: Timestamp) -> Result<(), StoreError>;
    }
    impl Software for Tx {
        fn software_findings(&mut self, device: DeviceId) -> Result<Vec<(String, String)>, StoreError>;
        fn detected_app(&mut self, organization: OrganizationId, id: DetectedAppId) -> Result<Option<DetectedApp>, StoreError>;
        fn detected_app_scan(&mut self, scan: &AppScan) -> Result<Vec<(DetectedApp, u64)>, StoreError>;
        fn detected_app_devices(&mut self, organization: OrganizationId, scope: &SegmentScope, ids: &[DetectedAppId]) -> Result<Vec<(DetectedAppId, u64)>, StoreError>;
        fn apps_of_devices(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, DetectedApp)>, StoreError>;
        fn device_has_app(&mut self, device: DeviceId, app: DetectedAppId) -> Result<bool, StoreError>;
    }
    impl SoftwareMut for Tx {
        fn add_software_findings(&mut self, device: DeviceId, findings: &[(String, String)]) -> Result<(), StoreError>;
        fn clear_software_findings(&mut self, device: DeviceId) -> Result<(), StoreError>;
        fn replace_device_apps(&mut self, device: DeviceId, apps: &[DetectedApp]) -> Result<(), StoreError>;
    }
    impl Segments for Tx {
        fn segment(&mut self, organization: OrganizationId, id: SegmentId) -> Result<Option<Segment>, StoreError>;
        fn segments(&mut self, organization: OrganizationId) -> Result<Vec<Segment>, StoreError>;
        fn last_segment_number(&mut self, organization: OrganizationId) -> Result<SegmentId, StoreError>;
        fn segment_uses(&mut self, organization: OrganizationId, id: SegmentId, now: Timestamp) -> Result<SegmentUses, StoreError>;
    }
    impl SegmentsMut for Tx {
        fn insert_segment(&mut self, segment: &Segment) -> Result<(), StoreError>;
        fn update_segment(&mut self, segment: &Segment) -> Result<(), StoreError>;
        fn remove_segment(&mut self, organization: OrganizationId, id: SegmentId, above: SegmentId) -> Result<(), StoreError>;
    }
    impl Users for Tx {
        fn user(&mut self, organization: OrganizationId, id: UserId) -> Result<Option<User>, StoreError>;
        fn user_by_email(&mut self, organization: OrganizationId, email: &Email) -> Result<Option<User>, StoreError>;
        fn user_to_sign_in(&mut self, email: &Email) -> Result<Option<User>, StoreError>;
        fn users_by_id(&mut self, organization: OrganizationId, ids: &[UserId]) -> Result<Vec<User>, StoreError>;
        fn user_page(&mut self, query: &UserQuery) -> Result<Page<User>, StoreError>;
        fn user_devices(&mut self, ids: &[UserId]) -> Result<Vec<(UserId, SegmentId, u64)>, StoreError>;
    }
    impl UsersMut for Tx {
        fn insert_user(&mut self, user: &User) -> Result<(), StoreError>;
        fn lock_user(&mut self, organization: OrganizationId, id: UserId) -> Result<Option<User>, StoreError>;
        fn update_user(&mut self, user: &User) -> Result<(), StoreError>;
        fn unassign_user(&mut self, id: UserId, now: Timestamp) -> Result<Vec<DeviceId>, StoreError>;
        fn user_token_segments(&mut self, id: UserId, now: Timestamp) -> Result<Vec<SegmentId>, StoreError>;
        fn revoke_enrollment_tokens_of(&mut self, id: UserId, now: Timestamp) -> Result<u64, StoreError>;
        fn remove_user(&mut self, id: UserId, now: Timestamp) -> Result<(), StoreError>;
    }
    impl ApiTokens for Tx {
        fn api_token_by_hash(&mut self, hash: &SecretHash) -> Result<Option<ApiToken>, StoreError>;
        fn api_token(&mut self, organization: OrganizationId, id: ApiTokenId) -> Result<Option<ApiToken>, StoreError>;
        fn api_tokens(&mut self, organization: OrganizationId) -> Result<Vec<ApiToken>, StoreError>;
        fn api_tokens_of(&mut self, account: ServiceAccountId) -> Result<Vec<ApiToken>, StoreError>;
    }
    impl ApiTokensMut for Tx {
        fn insert_api_token(&mut self, token: &ApiToken) -> Result<(), StoreError>;
        fn update_api_token(&mut self, token: &ApiToken) -> Result<(), StoreError>;
        fn remove_api_token(&mut self, id: ApiTokenId) -> Result<(), StoreError>;
        fn record_token_uses(&mut self, uses: &[(ApiTokenId, Timestamp)]) -> Result<(), StoreError>;
    }
    impl EnrollmentTokens for Tx {
        fn enrollment_token_by_hash(&mut self, hash: &SecretHash) -> Result<Option<EnrollmentToken>, StoreError>;
        fn enrollment_token(&mut self, organization: OrganizationId, id: EnrollmentTokenId) -> Result<Option<EnrollmentToken>, StoreError>;
        fn enrollment_token_page(&mut self, query: &EnrollmentTokenQuery) -> Result<Page<EnrollmentToken>, StoreError>;
        fn enrollment_tokens_of_policy(&mut self, policy: PolicyId, now: Timestamp) -> Result<Vec<EnrollmentToken>, StoreError>;
    }
    impl EnrollmentTokensMut for Tx {
        fn insert_enrollment_token(&mut self, token: &EnrollmentToken) -> Result<(), StoreError>;
        fn lock_enrollment_token(&mut self, id: EnrollmentTokenId) -> Result<Option<EnrollmentToken>, StoreError>;
        fn update_enrollment_token(&mut self, token: &EnrollmentToken) -> Result<(), StoreError>;
        fn detach_policy_from_enrollment_tokens(&mut self, policy: PolicyId) -> Result<(), StoreError>;
    }
    impl EnrollmentTemplates for Tx {
        fn enrollment_template(&mut self, organization: OrganizationId, id: EnrollmentTemplateId) -> Result<Option<EnrollmentTemplate>, StoreError>;
        fn enrollment_template_by_name(&mut self, organization: OrganizationId, name: &str) -> Result<Option<EnrollmentTemplate>, StoreError>;
        fn enrollment_template_count(&mut self, organization: OrganizationId) -> Result<u64, StoreError>;
        fn enrollment_template_page(&mut self, query: &TemplateQuery) -> Result<Page<EnrollmentTemplate>, StoreError>;
        fn enrollment_templates_of_policy(&mut self, policy: PolicyId) -> Result<Vec<EnrollmentTemplate>, StoreError>;
        fn enrollment_template_devices(&mut self, ids: &[EnrollmentTemplateId]) -> Result<Vec<(EnrollmentTemplateId, u64)>, StoreError>;
        fn enrollment_template_names(&mut self, organization: OrganizationId, ids: &[EnrollmentTemplateId]) -> Result<Vec<(EnrollmentTemplateId, String)>, StoreError>;
    }
    impl EnrollmentTemplatesMut for Tx {
        fn insert_enrollment_template(&mut self, template: &EnrollmentTemplate) -> Result<(), StoreError>;
        fn lock_enrollment_template(&mut self, organization: OrganizationId, id: EnrollmentTemplateId) -> Result<Option<EnrollmentTemplate>, StoreError>;
        fn update_enrollment_template(&mut self, template: &EnrollmentTemplate) -> Result<(), StoreError>;
        fn delete_enrollment_template(&mut self, id: EnrollmentTemplateId) -> Result<(), StoreError>;
        fn count_enrollment_template(&mut self, id: EnrollmentTemplateId) -> Result<u32, StoreError>;
    }
    impl DefaultConfigs for Tx {
        fn default_config(&mut self, organization: OrganizationId, kind: DefaultKind) -> Result<Option<DefaultConfig>, StoreError>;
        fn default_configs(&mut self, organization: OrganizationId) -> Result<Vec<DefaultConfig>, StoreError>;
    }
    impl DefaultConfigsMut for Tx {
        fn save_default_config(&mut self, config: &DefaultConfig) -> Result<(), StoreError>;
        fn delete_default_config(&mut self, id: DefaultConfigId) -> Result<(), StoreError>;
    }
    impl Devices for Tx {
        fn device(&mut self, organization: OrganizationId, id: DeviceId) -> Result<Option<Device>, StoreError>;
        fn devices_by_key<'a>(&mut self, organization: OrganizationId, key: DeviceKey<'a>) -> Result<Vec<Device>, StoreError>;
        fn device_page(&mut self, query: &DeviceQuery) -> Result<Page<Device>, StoreError>;
        fn device_report(&mut self, id: DeviceId) -> Result<Option<DeviceReport>, StoreError>;
        fn device_history(&mut self, id: DeviceId) -> Result<Vec<StateChange>, StoreError>;
        fn device_reports(&mut self, ids: &[DeviceId]) -> Result<BTreeMap<DeviceId, DeviceReport>, StoreError>;
        fn device_histories(&mut self, ids: &[DeviceId]) -> Result<BTreeMap<DeviceId, Vec<StateChange>>, StoreError>;
        fn provisioning_since(&mut self, before: Timestamp, limit: u32) -> Result<Vec<DeviceId>, StoreError>;
    }
    impl DevicesMut for Tx {
        fn insert_device(&mut self, device: &Device) -> Result<(), StoreError>;
        fn lock_device(&mut self, id: DeviceId) -> Result<Option<Device>, StoreError>;
        fn update_device(&mut self, device: &Device) -> Result<(), StoreError>;
        fn save_device_report(&mut self, id: DeviceId, report: &DeviceReport) -> Result<(), StoreError>;
        fn append_device_history(&mut self, id: DeviceId, change: &StateChange) -> Result<(), StoreError>;
        fn record_last_reports(&mut self, seen: &[(DeviceId, Timestamp)]) -> Result<(), StoreError>;
    }
    impl Enrollments for Tx {
        fn check_in(&mut self, fingerprint: &Fingerprint, now: Timestamp) -> Result<Option<CheckIn>, StoreError>;
        fn enrollment_by_fingerprint(&mut self, fingerprint: &Fingerprint) -> Result<Option<Enrollment>, StoreError>;
        fn enrollments_by_credential_name(&mut self, name: &str) -> Result<Vec<Enrollment>, StoreError>;
        fn latest_enrollment(&mut self, device: DeviceId) -> Result<Option<Enrollment>, StoreError>;
        fn enrollment_digests(&mut self, devices: &[DeviceId]) -> Result<Vec<EnrollmentDigest>, StoreError>;
        fn enrollments_of(&mut self, device: DeviceId) -> Result<Vec<Enrollment>, StoreError>;
        fn enrollments_by_hardware(&mut self, organization: OrganizationId, hw_dev_id: &str, limit: u32) -> Result<Vec<Enrollment>, StoreError>;
    }
    impl EnrollmentsMut for Tx {
        fn insert_enrollment(&mut self, enrollment: &Enrollment) -> Result<(), StoreError>;
        fn lock_enrollment(&mut self, id: EnrollmentId) -> Result<Option<Enrollment>, StoreError>;
        fn update_enrollment(&mut self, enrollment: &Enrollment) -> Result<(), StoreError>;
    }
    impl Sessions for Tx {
        fn session(&mut self, enrollment: EnrollmentId) -> Result<Option<SessionRecord>, StoreError>;
    }
    impl SessionsMut for Tx {
        fn save_session(&mut self, session: &SessionRecord) -> Result<(), StoreError>;
        fn delete_session(&mut self, enrollment: EnrollmentId) -> Result<(), StoreError>;
    }
    impl Commands for Tx {
        fn batch(&mut self, device: DeviceId, id: BatchId) -> Result<Option<CommandBatch>, StoreError>;
        fn batch_page(&mut self, device: DeviceId, ascending: bool, page: PageRequest) -> Result<Page<CommandBatch>, StoreError>;
        fn command(&mut self, id: CommandId) -> Result<Option<Command>, StoreError>;
        fn open_commands(&mut self, device: DeviceId) -> Result<Vec<Command>, StoreError>;
        fn waiting_commands(&mut self, device: DeviceId) -> Result<u64, StoreError>;
        fn expired_commands(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Command>, StoreError>;
    }
    impl CommandsMut for Tx {
        fn insert_batch(&mut self, batch: &CommandBatch) -> Result<(), StoreError>;
        fn update_command(&mut self, command: &Command) -> Result<(), StoreError>;
    }
    impl AuditLog for Tx {
        fn audit_page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError>;
        fn audit_entry(&mut self, organization: OrganizationId, id: AuditId) -> Result<Option<AuditEntry>, StoreError>;
    }
    impl AuditLogMut for Tx {
        fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;
    }
    impl IdempotencyKeys for Tx {
        fn idempotency_key(&mut self, token: ApiTokenId, key: &str) -> Result<Option<KeyUse>, StoreError>;
    }
    impl IdempotencyKeysMut for Tx {
        fn claim_idempotency_key(&mut self, claim: &KeyUse) -> Result<bool, StoreError>;
        fn keep_idempotent_answer(&mut self, token: ApiTokenId, key: &str, answer: &[u8]) -> Result<(), StoreError>;
        fn forget_idempotency_keys(&mut self, now: Timestamp, limit: u32) -> Result<u32, StoreError>;
    }
    impl Policies for Tx {
        fn policy(&mut self, organization: OrganizationId, id: PolicyId) -> Result<Option<Policy>, StoreError>;
        fn policies_by_id(&mut self, organization: OrganizationId, ids: &[PolicyId]) -> Result<Vec<Policy>, StoreError>;
        fn policy_page(&mut self, query: &PolicyQuery) -> Result<Page<PolicyId>, StoreError>;
        fn policy_version(&mut self, policy: PolicyId, version: u32) -> Result<Option<PolicyVersion>, StoreError>;
        fn policy_version_page(&mut self, policy: PolicyId, ascending: bool, page: PageRequest) -> Result<Page<u32>, StoreError>;
        fn assignments_of(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, Assignment)>, StoreError>;
        fn policy_assignees(&mut self, policy: PolicyId, limit: u32) -> Result<(Vec<Assignee>, u64), StoreError>;
        fn effective_states(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, EffectiveState)>, StoreError>;
    }
    impl PoliciesMut for Tx {
        fn insert_policy(&mut self, policy: &Policy) -> Result<(), StoreError>;
        fn lock_policy(&mut self, id: PolicyId) -> Result<Option<Policy>, StoreError>;
        fn update_policy(&mut self, policy: &Policy) -> Result<(), StoreError>;
        fn delete_policy(&mut self, id: PolicyId) -> Result<(), StoreError>;
        fn append_policy_version(&mut self, version: &PolicyVersion) -> Result<(), StoreError>;
        fn save_assignments(&mut self, device: DeviceId, assignments: &[Assignment]) -> Result<(), StoreError>;
        fn detach_policy(&mut self, policy: PolicyId, now: Timestamp) -> Result<Vec<DeviceId>, StoreError>;
        fn save_effective_state(&mut self, device: DeviceId, state: &EffectiveState) -> Result<(), StoreError>;
    }
    impl ServiceAccounts for Tx {
        fn service_account(&mut self, organization: OrganizationId, id: ServiceAccountId) -> Result<Option<ServiceAccount>, StoreError>;
        fn service_accounts(&mut self, organization: OrganizationId) -> Result<Vec<ServiceAccount>, StoreError>;
    }
    impl ServiceAccountsMut for Tx {
        fn insert_service_account(&mut self, account: &ServiceAccount) -> Result<(), StoreError>;
        fn update_service_account(&mut self, account: &ServiceAccount) -> Result<(), StoreError>;
        fn remove_service_account(&mut self, id: ServiceAccountId) -> Result<(), StoreError>;
    }
    impl SegmentRoles for Tx {
        fn segment_role(&mut self, organization: OrganizationId, id: SegmentRoleId) -> Result<Option<SegmentRole>, StoreError>;
        fn segment_roles(&mut self, organization: OrganizationId) -> Result<Vec<SegmentRole>, StoreError>;
    }
    impl SegmentRolesMut for Tx {
        fn insert_segment_role(&mut self, role: &SegmentRole) -> Result<(), StoreError>;
        fn update_segment_role(&mut self, role: &SegmentRole) -> Result<(), StoreError>;
        fn remove_segment_role(&mut self, id: SegmentRoleId) -> Result<(), StoreError>;
    }
    impl Audiences for Tx {
        fn audience(&mut self, organization: OrganizationId, id: AudienceId) -> Result<Option<Audience>, StoreError>;
        fn audiences(&mut self, organization: OrganizationId) -> Result<Vec<Audience>, StoreError>;
        fn audiences_by_id(&mut self, organization: OrganizationId, ids: &[AudienceId]) -> Result<Vec<Audience>, StoreError>;
        fn audience_names(&mut self, organization: OrganizationId) -> Result<Vec<(AudienceId, String)>, StoreError>;
    }
    impl AudiencesMut for Tx {
        fn insert_audience(&mut self, audience: &Audience) -> Result<(), StoreError>;
        fn update_audience(&mut self, audience: &Audience) -> Result<(), StoreError>;
        fn delete_audience(&mut self, id: AudienceId) -> Result<(), StoreError>;
    }
    impl AutomationRules for Tx {
        fn automation_rule(&mut self, organization: OrganizationId, id: RuleId) -> Result<Option<AutomationRule>, StoreError>;
        fn automation_rules(&mut self, organization: OrganizationId) -> Result<Vec<AutomationRule>, StoreError>;
        fn enforcements_of(&mut self, devices: &[DeviceId]) -> Result<Vec<Enforcement>, StoreError>;
        fn enforcement_counts(&mut self, organization: OrganizationId) -> Result<Vec<(RuleId, u64)>, StoreError>;
        fn rule_match_page(&mut self, rule: RuleId, scope: &SegmentScope, page: PageRequest) -> Result<Page<RuleMatch>, StoreError>;
        fn rule_flips_of(&mut self, devices: &[DeviceId]) -> Result<Vec<Flips>, StoreError>;
        fn rule_work(&mut self, organization: OrganizationId) -> Result<Vec<RuleWork>, StoreError>;
        fn has_rule_work(&mut self) -> Result<bool, StoreError>;
        fn organizations_with_rules(&mut self) -> Result<Vec<OrganizationId>, StoreError>;
        fn devices_after(&mut self, organization: OrganizationId, after: Option<DeviceId>, limit: u32) -> Result<Vec<Device>, StoreError>;
        fn count_devices_between(&mut self, organization: OrganizationId, after: Option<DeviceId>, until: Option<DeviceId>) -> Result<u64, StoreError>;
    }
    impl AutomationRulesMut for Tx {
        fn insert_automation_rule(&mut self, rule: &AutomationRule) -> Result<(), StoreError>;
        fn update_automation_rule(&mut self, rule: &AutomationRule) -> Result<(), StoreError>;
        fn remove_automation_rule(&mut self, id: RuleId, now: Timestamp) -> Result<(), StoreError>;
        fn purge_automation_rules(&mut self, organization: OrganizationId) -> Result<(), StoreError>;
        fn save_enforcements(&mut self, saved: &[Enforcement], removed: &[(DeviceId, RuleId)]) -> Result<(), StoreError>;
        fn save_rule_flips(&mut self, flips: &[Flips]) -> Result<(), StoreError>;
        fn forget_rule_flips(&mut self, before: Timestamp, limit: u32) -> Result<u32, StoreError>;
        fn lock_devices_after(&mut self, organization: OrganizationId, user: Option<UserId>, after: Option<DeviceId>, limit: u32) -> Result<Vec<Device>, StoreError>;
        fn lock_rule_work(&mut self, organization: OrganizationId, kind: WorkKind, user: Option<UserId>) -> Result<Option<RuleWork>, StoreError>;
        fn lock_next_rule_work(&mut self) -> Result<Option<RuleWork>, StoreError>;
        fn save_rule_work(&mut self, work: &RuleWork) -> Result<(), StoreError>;
        fn delete_rule_work(&mut self, organization: OrganizationId, kind: WorkKind, user: Option<UserId>) -> Result<(), StoreError>;
    }
    impl Tags for Tx {
        fn device_tags(&mut self, query: &TagQuery) -> Result<Page<TagCount>, StoreError>;
        fn os_versions(&mut self, query: &TagQuery) -> Result<Page<TagCount>, StoreError>;
        fn user_tags(&mut self, query: &TagQuery) -> Result<Page<TagCount>, StoreError>;
    }
    impl Applications for Tx {
        fn application(&mut self, organization: OrganizationId, id: ApplicationId) -> Result<Option<Application>, StoreError>;
        fn applications_by_id(&mut self, organization: OrganizationId, ids: &[ApplicationId]) -> Result<Vec<Application>, StoreError>;
        fn application_page(&mut self, query: &LibraryQuery) -> Result<Page<Application>, StoreError>;
        fn applications_from(&mut self, asset: AssetId, limit: u32) -> Result<(Vec<ApplicationUse>, u64), StoreError>;
        fn segments_with_applications_from(&mut self, asset: AssetId) -> Result<Vec<SegmentId>, StoreError>;
    }
    impl ApplicationsMut for Tx {
        fn insert_application(&mut self, application: &Application) -> Result<(), StoreError>;
        fn lock_applications(&mut self, organization: OrganizationId, ids: &[ApplicationId]) -> Result<Vec<Application>, StoreError>;
        fn update_application(&mut self, application: &Application) -> Result<(), StoreError>;
        fn remove_application(&mut self, id: ApplicationId) -> Result<(), StoreError>;
    }
    impl Scripts for Tx {
        fn script(&mut self, organization: OrganizationId, id: ScriptId) -> Result<Option<Script>, StoreError>;
        fn scripts_by_id(&mut self, organization: OrganizationId, ids: &[ScriptId]) -> Result<Vec<Script>, StoreError>;
        fn script_page(&mut self, query: &LibraryQuery) -> Result<Page<Script>, StoreError>;
        fn script_scan(&mut self, organization: OrganizationId, scope: &PolicyScope, after: Option<ScriptId>, limit: u32) -> Result<Vec<Script>, StoreError>;
        fn scripts_of_devices(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, DeviceScript)>, StoreError>;
        fn script_device_counts(&mut self, ids: &[ScriptId]) -> Result<Vec<(ScriptId, u64)>, StoreError>;
        fn devices_with_script(&mut self, id: ScriptId, limit: u32) -> Result<(Vec<DeviceUse>, u64), StoreError>;
        fn segments_with_script(&mut self, id: ScriptId) -> Result<Vec<SegmentId>, StoreError>;
    }
    impl ScriptsMut for Tx {
        fn insert_script(&mut self, script: &Script) -> Result<(), StoreError>;
        fn lock_scripts(&mut self, organization: OrganizationId, ids: &[ScriptId]) -> Result<Vec<Script>, StoreError>;
        fn update_script(&mut self, script: &Script) -> Result<(), StoreError>;
        fn remove_script(&mut self, id: ScriptId) -> Result<(), StoreError>;
        fn save_device_scripts(&mut self, device: DeviceId, scripts: &[DeviceScript]) -> Result<(), StoreError>;
    }
    impl ScriptAssignments for Tx {
        fn assigned_scripts(&mut self, organization: OrganizationId) -> Result<Vec<AssignedScript>, StoreError>;
        fn script_targets(&mut self, script: ScriptId) -> Result<Vec<Target>, StoreError>;
        fn organizations_with_assigned_scripts(&mut self) -> Result<Vec<OrganizationId>, StoreError>;
        fn script_runs_of(&mut self, devices: &[DeviceId]) -> Result<Vec<ScriptRun>, StoreError>;
        fn script_run_scan(&mut self, script: ScriptId, scope: &SegmentScope, after: Option<DeviceId>, limit: u32) -> Result<Vec<(DeviceId, Option<ScriptRun>)>, StoreError>;
        fn script_run(&mut self, script: ScriptId, device: DeviceId) -> Result<Option<Option<ScriptRun>>, StoreError>;
        fn script_run_counts(&mut self, script: ScriptId, scope: &SegmentScope) -> Result<Vec<(RunState, u64)>, StoreError>;
    }
    impl ScriptAssignmentsMut for Tx {
        fn save_script_targets(&mut self, script: &Script, targets: &[Target], now: Timestamp) -> Result<(), StoreError>;
        fn save_script_runs(&mut self, saved: &[ScriptRun], removed: &[(DeviceId, ScriptId)]) -> Result<(), StoreError>;
    }
    impl SmartAttributes for Tx {
        fn smart_attribute(&mut self, organization: OrganizationId, id: SmartAttributeId) -> Result<Option<SmartAttribute>, StoreError>;
        fn smart_attributes(&mut self, organization: OrganizationId) -> Result<Vec<SmartAttribute>, StoreError>;
        fn device_smart_values(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, GivenValue)>, StoreError>;
        fn user_smart_values(&mut self, users: &[UserId]) -> Result<Vec<(UserId, GivenValue)>, StoreError>;
        fn given_counts(&mut self, attribute: SmartAttributeId) -> Result<GivenCounts, StoreError>;
        fn given_values(&mut self, attribute: SmartAttributeId) -> Result<Vec<Value>, StoreError>;
    }
    impl SmartAttributesMut for Tx {
        fn insert_smart_attribute(&mut self, attribute: &SmartAttribute) -> Result<(), StoreError>;
        fn lock_smart_attributes(&mut self, organization: OrganizationId, ids: &[SmartAttributeId]) -> Result<Vec<SmartAttribute>, StoreError>;
        fn update_smart_attribute(&mut self, attribute: &SmartAttribute) -> Result<(), StoreError>;
        fn remove_smart_attribute(&mut self, id: SmartAttributeId) -> Result<(), StoreError>;
        fn save_device_smart_values(&mut self, device: DeviceId, values: &[GivenValue]) -> Result<(), StoreError>;
        fn save_user_smart_values(&mut self, user: UserId, values: &[GivenValue]) -> Result<(), StoreError>;
    }
    impl PolicyReferences for Tx {
        fn reference_counts(&mut self, kind: ReferenceKind, ids: &[String]) -> Result<Vec<(String, u64)>, StoreError>;
        fn policies_naming(&mut self, kind: ReferenceKind, id: &str, limit: u32) -> Result<(Vec<PolicyUse>, u64), StoreError>;
        fn segments_naming(&mut self, kind: ReferenceKind, id: &str) -> Result<Vec<SegmentId>, StoreError>;
    }
    impl Assets for Tx {
        fn asset(&mut self, organization: OrganizationId, id: AssetId) -> Result<Option<Asset>, StoreError>;
        fn assets_by_id(&mut self, organization: OrganizationId, ids: &[AssetId]) -> Result<Vec<Asset>, StoreError>;
        fn asset_page(&mut self, query: &AssetQuery) -> Result<Page<Asset>, StoreError>;
        fn asset_totals(&mut self, organization: OrganizationId) -> Result<(u64, u64), StoreError>;
        fn named_asset_files(&mut self, files: &[AssetFileId]) -> Result<Vec<AssetFileId>, StoreError>;
    }
    impl AssetsMut for Tx {
        fn insert_asset(&mut self, asset: &Asset) -> Result<(), StoreError>;
        fn lock_assets(&mut self, organization: OrganizationId, ids: &[AssetId]) -> Result<Vec<Asset>, StoreError>;
        fn update_asset(&mut self, asset: &Asset) -> Result<(), StoreError>;
        fn remove_asset(&mut self, id: AssetId) -> Result<(), StoreError>;
    }
    impl AdmxConfigs for Tx {
        fn admx_config(&mut self, organization: OrganizationId, id: AdmxConfigId) -> Result<Option<AdmxConfig>, StoreError>;
        fn admx_configs_by_id(&mut self, organization: OrganizationId, ids: &[AdmxConfigId]) -> Result<Vec<AdmxConfig>, StoreError>;
        fn admx_config_page(&mut self, query: &AdmxQuery) -> Result<Page<AdmxConfig>, StoreError>;
        fn admx_config_count(&mut self, organization: OrganizationId) -> Result<u64, StoreError>;
        fn admx_source(&mut self, id: AdmxConfigId) -> Result<Option<AdmxSource>, StoreError>;
        fn admx_definition_page(&mut self, query: &DefinitionQuery) -> Result<Page<Definition>, StoreError>;
    }
    impl AdmxConfigsMut for Tx {
        fn insert_admx_config(&mut self, config: &AdmxConfig) -> Result<(), StoreError>;
        fn lock_admx_configs(&mut self, organization: OrganizationId, ids: &[AdmxConfigId]) -> Result<Vec<AdmxConfig>, StoreError>;
        fn update_admx_config(&mut self, config: &AdmxConfig) -> Result<(), StoreError>;
        fn save_admx_template(&mut self, id: AdmxConfigId, source: &AdmxSource, definitions: &[Definition]) -> Result<(), StoreError>;
        fn remove_admx_config(&mut self, id: AdmxConfigId) -> Result<(), StoreError>;
    }
}

mock! {
    /// The certificate authority.
    pub Authority {}

    #[async_trait::async_trait]
    impl CertificateAuthority for Authority {
        async fn issue(&self, order: CertificateOrder) -> Result<(IssuedCertificate, Vec<u8>), IssueError>;
        fn root_der(&self) -> Vec<u8>;
        fn root_thumbprint(&self) -> String;
    }
}

/// A check of passwords that takes no time: a password's hash is the password itself.
#[derive(Debug, Default, Clone, Copy)]
pub struct PlainPasswords;

#[async_trait::async_trait]
impl PasswordVerifier for PlainPasswords {
    async fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        hash == Some(password)
    }
}
