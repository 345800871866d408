//! Automation rules: which PCs get which policy for as long as they are in an audience (E.3).

pub mod change;
pub mod dry_run;
pub mod enforced;
pub mod error;
pub mod flapping;
pub mod grant;
pub mod ruleset;
pub mod settle;
pub mod work;

use crate::{AudienceId, DeviceId, OrganizationId, PolicyId, RuleId, Timestamp, audience::Matched, segment::SegmentId};

pub use error::RuleError;
pub use grant::Grant;
pub use ruleset::Ruleset;

/// Most rules of one organization: each device is looked at with all of them.
pub const RULES_MAX: usize = 200;

/// Most audiences of one rule: an audience has alternatives of its own.
pub const RULE_AUDIENCES_MAX: usize = 20;

/// A rule: whoever is in one of its audiences has its policy (R1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutomationRule {
    /// Its id.
    pub id: RuleId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it is in the tree: it reaches the PCs of this segment and of those below, and no others.
    pub segment: SegmentId,
    /// Its name; two rules may have the same.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is in force.
    pub enabled: bool,
    /// Its audiences, each once.
    pub audiences: Vec<AudienceId>,
    /// The policy that it gives.
    pub policy: PolicyId,
    /// How strong; lower wins (P1).
    pub priority: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// That a rule matches a PC, as it is stored: an entry of `winPolicyAssignmentsEnforced` (R2). Which policy and how strong,
/// the rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enforcement {
    /// The PC.
    pub device: DeviceId,
    /// The rule.
    pub rule: RuleId,
    /// Through which audiences, and why.
    pub audiences: Vec<Matched>,
    /// Since when.
    pub since: Timestamp,
}

/// A PC that a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMatch {
    /// The PC.
    pub device: DeviceId,
    /// Its console name.
    pub display_name: String,
    /// Where it is.
    pub segment: SegmentId,
    /// Through which audiences, and why.
    pub audiences: Vec<Matched>,
    /// Since when.
    pub since: Timestamp,
}
