//! The audit record: append-only, one entry for every write and for every refusal of a known caller (X11).

mod journal;

pub use journal::Journal;

use crate::{
    AdmxConfigId, ApiTokenId, ApplicationId, AssetId, AudienceId, AuditId, BatchId, Context, DefaultConfigId, DeviceId,
    EnrollmentTemplateId, EnrollmentTokenId, OrganizationId, PolicyId, RuleId, ScriptId, SegmentRoleId,
    ServiceAccountId, SmartAttributeId, Timestamp, UserId, segment::SegmentId,
};
use serde_json::Value;

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The organization itself.
    Organization(OrganizationId),
    /// A segment.
    Segment(SegmentId),
    /// A user.
    User(UserId),
    /// A bearer token.
    ApiToken(ApiTokenId),
    /// An enrolment token.
    EnrollmentToken(EnrollmentTokenId),
    /// A device.
    Device(DeviceId),
    /// A batch of commands.
    Batch(BatchId),
    /// A policy.
    Policy(PolicyId),
    /// A service account.
    ServiceAccount(ServiceAccountId),
    /// A segment role.
    SegmentRole(SegmentRoleId),
    /// An enrolment template.
    EnrollmentTemplate(EnrollmentTemplateId),
    /// A default of the organization.
    DefaultConfig(DefaultConfigId),
    /// An audience.
    Audience(AudienceId),
    /// An automation rule.
    AutomationRule(RuleId),
    /// An application.
    Application(ApplicationId),
    /// A script.
    Script(ScriptId),
    /// A smart attribute.
    SmartAttribute(SmartAttributeId),
    /// An asset.
    Asset(AssetId),
    /// An ADMX template.
    AdmxConfig(AdmxConfigId),
    /// Something named in a request that was refused; kept as text.
    Named(String),
}

impl Target {
    /// The kind of thing, as the API names it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Target::Organization(_) => "organization",
            Target::Segment(_) => "segment",
            Target::User(_) => "mdmUser",
            Target::ApiToken(_) => "apiToken",
            Target::EnrollmentToken(_) => "enrollmentToken",
            Target::Device(_) => "winDevice",
            Target::Batch(_) => "winCommand",
            Target::Policy(_) => "winPolicy",
            Target::ServiceAccount(_) => "serviceAccount",
            Target::SegmentRole(_) => "segmentRole",
            Target::EnrollmentTemplate(_) => "winEnrollmentTemplate",
            Target::DefaultConfig(_) => "defaultConfig",
            Target::Audience(_) => "deviceAudience",
            Target::AutomationRule(_) => "automationRule",
            Target::Application(_) => "winApplication",
            Target::Script(_) => "script",
            Target::SmartAttribute(_) => "smartAttribute",
            Target::Asset(_) => "mdmAsset",
            Target::AdmxConfig(_) => "winAdmxConfig",
            Target::Named(_) => "request",
        }
    }

    /// Its id as text.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Target::Organization(id) => id.to_string(),
            Target::Segment(id) => id.to_string(),
            Target::User(id) => id.to_string(),
            Target::ApiToken(id) => id.to_string(),
            Target::EnrollmentToken(id) => id.to_string(),
            Target::Device(id) => id.to_string(),
            Target::Batch(id) => id.to_string(),
            Target::Policy(id) => id.to_string(),
            Target::ServiceAccount(id) => id.to_string(),
            Target::SegmentRole(id) => id.to_string(),
            Target::EnrollmentTemplate(id) => id.to_string(),
            Target::DefaultConfig(id) => id.to_string(),
            Target::Audience(id) => id.to_string(),
            Target::AutomationRule(id) => id.to_string(),
            Target::Application(id) => id.to_string(),
            Target::Script(id) => id.to_string(),
            Target::SmartAttribute(id) => id.to_string(),
            Target::Asset(id) => id.to_string(),
            Target::AdmxConfig(id) => id.to_string(),
            Target::Named(name) => name.clone(),
        }
    }
}

/// Whether the thing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, with the API's error code and message.
    Refused {
        /// The code, e.g. 4001.
        code: u32,
        /// Why.
        reason: String,
    },
}

/// One entry as it is stored and shown.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// Whose record it belongs to.
    pub organization: OrganizationId,
    /// When.
    pub at: Timestamp,
    /// What was done: the permission's name, or the name of the event.
    pub action: String,
    /// Kind of actor ([`crate::Actor::kind`]).
    pub actor_kind: String,
    /// The actor's id.
    pub actor_id: Option<String>,
    /// The actor's name.
    pub actor_name: String,
    /// Kind of target ([`Target::kind`]).
    pub target_kind: Option<String>,
    /// The target's id.
    pub target_id: Option<String>,
    /// The segment it happened in.
    pub segment: Option<SegmentId>,
    /// The permission that let the caller in.
    pub permission: Option<String>,
    /// Method and route.
    pub route: Option<String>,
    /// The caller's address.
    pub address: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// What was there before; secrets never are.
    pub before: Option<Value>,
    /// What is there now.
    pub after: Option<Value>,
}

/// Builds an [`AuditEntry`] from the context of a use case.
#[derive(Debug, Clone)]
pub struct Audit {
    entry: AuditEntry,
    journal: Option<Journal>,
}

impl Audit {
    /// An entry about `action` in `organization`, by the context's actor, now.
    #[must_use]
    pub fn new(cx: &mut Context, organization: OrganizationId, action: &str) -> Self {
        let entry = AuditEntry {
            id: cx.id(),
            organization,
            at: cx.now,
            action: action.to_owned(),
            actor_kind: cx.actor.kind().to_owned(),
            actor_id: cx.actor.id(),
            actor_name: cx.actor.name(),
            target_kind: None,
            target_id: None,
            segment: None,
            permission: cx.origin.permission.clone(),
            route: cx.origin.route.clone(),
            address: cx.origin.address.clone(),
            request_id: cx.origin.request_id.clone(),
            outcome: Outcome::Done,
            before: None,
            after: None,
        };
        Self {
            entry,
            journal: cx.journal().cloned(),
        }
    }

    /// What it is about.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.entry.target_kind = Some(target.kind().to_owned());
        self.entry.target_id = Some(target.id());
        self
    }

    /// The segment it happened in.
    #[must_use]
    pub fn segment(mut self, segment: SegmentId) -> Self {
        self.entry.segment = Some(segment);
        self
    }

    /// What was there before.
    #[must_use]
    pub fn before(mut self, before: Value) -> Self {
        self.entry.before = Some(before);
        self
    }

    /// What is there now.
    #[must_use]
    pub fn after(mut self, after: Value) -> Self {
        self.entry.after = Some(after);
        self
    }

    /// The entry of something that was done.
    #[must_use]
    pub fn done(self) -> AuditEntry {
        self.finish()
    }

    /// The entry of something that was refused.
    #[must_use]
    pub fn refused(mut self, code: u32, reason: &str) -> AuditEntry {
        self.entry.outcome = Outcome::Refused {
            code,
            reason: reason.to_owned(),
        };
        self.finish()
    }

    fn finish(self) -> AuditEntry {
        if let Some(journal) = &self.journal {
            journal.note(&self.entry);
        }
        self.entry
    }
}
