//! The rules of Transom: devices, commands, enrolment, who may do what; and the ports through which they reach the world.
//!
//! Nothing here knows of a database, a clock, a network or a random source: time, ids and random bytes arrive in a
//! [`Context`], state through the role traits of [`ports`]. Use cases are plain synchronous functions over the narrowest
//! roles that serve them, so that another service can use them with a store of its own (see `examples/own_store.rs`).
//!
//! Numbers in comments, such as (X4), (E.5) or decision 25, name rules that `docs/RULES.md` explains; sections of
//! `docs/PROTOCOL.md` tell how Windows behaves.

pub mod address_range;
pub mod admx;
pub mod api_token;
pub mod application;
pub mod asset;
pub mod audience;
pub mod audit;
pub mod authority;
pub mod automation_rule;
pub mod command;
pub mod context;
pub mod default_config;
pub mod device;
pub mod enrollment;
pub mod enrollment_template;
pub mod enrollment_token;
pub mod id;
pub mod idempotency;
pub mod library;
pub mod managed_device;
pub mod organization;
pub mod page;
pub mod permission;
pub mod policy;
pub mod ports;
pub mod role;
pub mod script;
pub mod secret;
pub mod segment;
pub mod service_account;
pub mod session;
pub mod smart_attribute;
pub mod software;
pub mod tag;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod time;
pub mod user;

pub use context::{Actor, Context, Environment, Origin};
pub use id::{
    AdmxConfigId, ApiTokenId, ApplicationId, AssetFileId, AssetId, AudienceId, AuditId, BatchId, CommandId,
    DefaultConfigId, DetectedAppId, DeviceId, EnrollmentId, EnrollmentTemplateId, EnrollmentTokenId, EnterpriseId,
    OrganizationId, PolicyId, RuleId, ScriptId, SegmentRoleId, ServiceAccountId, SmartAttributeId, UserId,
};
pub use time::Timestamp;
