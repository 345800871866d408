//! The ports: what the rules ask of a store, one trait for each noun, and the unit of work that holds them together.
//!
//! # The next role
//! 1. `ports/<noun>s.rs`: a trait `Nouns` that looks and `NounsMut: Nouns` that changes; synchronous, domain types in and
//!    out, `Ok(None)` for not found, method names unique over all roles.
//! 2. Add both to [`View`] and [`Tx`].
//! 3. A promise for each method in the contract suite (`testing/contract.rs`).
//! 4. The queries in `transom-storage/src/queries/<noun>s.rs`, a migration for each database.

mod admx_configs;
mod api_tokens;
mod applications;
mod asset_files;
mod assets;
mod audiences;
mod audit_log;
mod automation_rules;
mod commands;
mod default_configs;
mod devices;
mod enrollment_templates;
mod enrollment_tokens;
mod enrollments;
mod idempotency_keys;
mod managed_devices;
mod organizations;
mod policies;
mod policy_references;
mod roles;
mod script_assignments;
mod scripts;
mod segments;
mod service_accounts;
mod sessions;
mod smart_attributes;
mod software;
mod store;
mod tags;
mod users;

pub use admx_configs::{AdmxConfigs, AdmxConfigsMut};
pub use api_tokens::{ApiTokens, ApiTokensMut};
pub use applications::{Applications, ApplicationsMut};
pub use asset_files::{AssetFiles, FilesError, IncomingFile, StoredFile};
pub use assets::{Assets, AssetsMut};
pub use audiences::{Audiences, AudiencesMut};
pub use audit_log::{AuditLog, AuditLogMut, AuditQuery};
pub use automation_rules::{AutomationRules, AutomationRulesMut};
pub use commands::{Commands, CommandsMut};
pub use default_configs::{DefaultConfigs, DefaultConfigsMut};
pub use devices::{DeviceKey, Devices, DevicesMut};
pub use enrollment_templates::{EnrollmentTemplates, EnrollmentTemplatesMut};
pub use enrollment_tokens::{EnrollmentTokens, EnrollmentTokensMut};
pub use enrollments::{Enrollments, EnrollmentsMut};
pub use idempotency_keys::{IdempotencyKeys, IdempotencyKeysMut};
pub use managed_devices::{ManagedDevices, ManagedDevicesMut};
pub use organizations::{Organizations, OrganizationsMut};
pub use policies::{Policies, PoliciesMut};
pub use policy_references::PolicyReferences;
pub use roles::{SegmentRoles, SegmentRolesMut};
pub use script_assignments::{ScriptAssignments, ScriptAssignmentsMut};
pub use scripts::{Scripts, ScriptsMut};
pub use segments::{SegmentUses, Segments, SegmentsMut};
pub use service_accounts::{ServiceAccounts, ServiceAccountsMut};
pub use sessions::{Sessions, SessionsMut};
pub use smart_attributes::{SmartAttributes, SmartAttributesMut};
pub use software::{Software, SoftwareMut};
pub use store::{BoxFuture, Store, StoreError, Unit, Verdict, ViewUnit};
pub use tags::{TagQuery, Tags};
pub use users::{UserQuery, UserSort, Users, UsersMut};

/// Everything that looks.
pub trait View:
    Organizations
    + Segments
    + Users
    + ApiTokens
    + EnrollmentTokens
    + Devices
    + Enrollments
    + Sessions
    + Commands
    + AuditLog
    + IdempotencyKeys
    + Policies
    + ServiceAccounts
    + SegmentRoles
    + Tags
    + EnrollmentTemplates
    + DefaultConfigs
    + Audiences
    + AutomationRules
    + Applications
    + Scripts
    + ScriptAssignments
    + SmartAttributes
    + PolicyReferences
    + Assets
    + AdmxConfigs
    + ManagedDevices
    + Software
{
}

impl<T> View for T where
    T: Organizations
        + Segments
        + Users
        + ApiTokens
        + EnrollmentTokens
        + Devices
        + Enrollments
        + Sessions
        + Commands
        + AuditLog
        + IdempotencyKeys
        + Policies
        + ServiceAccounts
        + SegmentRoles
        + Tags
        + EnrollmentTemplates
        + DefaultConfigs
        + Audiences
        + AutomationRules
        + Applications
        + Scripts
        + ScriptAssignments
        + SmartAttributes
        + PolicyReferences
        + Assets
        + AdmxConfigs
        + ManagedDevices
        + Software
        + ?Sized
{
}

/// Everything that looks and changes.
pub trait Tx:
    View
    + OrganizationsMut
    + SegmentsMut
    + UsersMut
    + ApiTokensMut
    + EnrollmentTokensMut
    + DevicesMut
    + EnrollmentsMut
    + SessionsMut
    + CommandsMut
    + AuditLogMut
    + IdempotencyKeysMut
    + PoliciesMut
    + ServiceAccountsMut
    + SegmentRolesMut
    + EnrollmentTemplatesMut
    + DefaultConfigsMut
    + AudiencesMut
    + AutomationRulesMut
    + ApplicationsMut
    + ScriptsMut
    + ScriptAssignmentsMut
    + SmartAttributesMut
    + AssetsMut
    + AdmxConfigsMut
    + ManagedDevicesMut
    + SoftwareMut
{
}

impl<T> Tx for T where
    T: View
        + OrganizationsMut
        + SegmentsMut
        + UsersMut
        + ApiTokensMut
        + EnrollmentTokensMut
        + DevicesMut
        + EnrollmentsMut
        + SessionsMut
        + CommandsMut
        + AuditLogMut
        + IdempotencyKeysMut
        + PoliciesMut
        + ServiceAccountsMut
        + SegmentRolesMut
        + EnrollmentTemplatesMut
        + DefaultConfigsMut
        + AudiencesMut
        + AutomationRulesMut
        + ApplicationsMut
        + ScriptsMut
        + ScriptAssignmentsMut
        + SmartAttributesMut
        + AssetsMut
        + AdmxConfigsMut
        + ManagedDevicesMut
        + SoftwareMut
        + ?Sized
{
}
