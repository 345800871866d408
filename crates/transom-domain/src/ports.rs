//! The ports: what the rules ask of a store, one trait for each noun, and the unit of work that holds them together.
//!
//! # The next role
//! 1. `ports/<noun>s.rs`: a trait `Nouns` that looks and `NounsMut: Nouns` that changes; synchronous, domain types in and
//!    out, `Ok(None)` for not found, method names unique over all roles.
//! 2. Add both to [`View`] and [`Tx`].
//! 3. A promise for each method in the contract suite (`testing/contract.rs`).
//! 4. The queries in `transom-storage/src/queries/<noun>s.rs`, a migration for each database.

mod api_tokens;
mod applications;
mod audit_log;
mod commands;
mod devices;
mod enrollment_tokens;
mod enrollments;
mod idempotency_keys;
mod managed_devices;
mod organizations;
mod policies;
mod policy_references;
mod roles;
mod scripts;
mod segments;
mod service_accounts;
mod sessions;
mod smart_attributes;
mod store;
mod tags;
mod users;

pub use api_tokens::{ApiTokens, ApiTokensMut};
pub use applications::{Applications, ApplicationsMut};
pub use audit_log::{AuditLog, AuditLogMut, AuditQuery};
pub use commands::{Commands, CommandsMut};
pub use devices::{DeviceKey, Devices, DevicesMut};
pub use enrollment_tokens::{EnrollmentTokens, EnrollmentTokensMut};
pub use enrollments::{Enrollments, EnrollmentsMut};
pub use idempotency_keys::{IdempotencyKeys, IdempotencyKeysMut};
pub use managed_devices::{ManagedDevices, ManagedDevicesMut};
pub use organizations::{Organizations, OrganizationsMut};
pub use policies::{Policies, PoliciesMut};
pub use policy_references::PolicyReferences;
pub use roles::{SegmentRoles, SegmentRolesMut};
pub use scripts::{Scripts, ScriptsMut};
pub use segments::{SegmentUses, Segments, SegmentsMut};
pub use service_accounts::{ServiceAccounts, ServiceAccountsMut};
pub use sessions::{Sessions, SessionsMut};
pub use smart_attributes::{SmartAttributes, SmartAttributesMut};
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
    + Applications
    + Scripts
    + SmartAttributes
    + PolicyReferences
    + ManagedDevices
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
        + Applications
        + Scripts
        + SmartAttributes
        + PolicyReferences
        + ManagedDevices
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
    + ApplicationsMut
    + ScriptsMut
    + SmartAttributesMut
    + ManagedDevicesMut
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
        + ApplicationsMut
        + ScriptsMut
        + SmartAttributesMut
        + ManagedDevicesMut
        + ?Sized
{
}
