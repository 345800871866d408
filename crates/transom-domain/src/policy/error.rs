//! Why something is not done with a policy.

use super::{Assignee, effective::Named};
use crate::{EnrollmentTemplateId, device::update::Violation, ports::StoreError};

/// Why something is not done with a policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Fields do not hold to their rules.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Vec<Violation>),
    /// Something named in the request does not exist or is out of the caller's sight.
    #[error("{path} names something that does not exist: {id}")]
    UnknownReference {
        /// Where in the body.
        path: String,
        /// What it names.
        id: String,
    },
    /// The policy, or its version, does not exist.
    #[error("the policy does not exist")]
    Unknown,
    /// The caller sees the policy, because it is exposed from above, and may not change it.
    #[error("the policy belongs to a segment that the caller may not change")]
    NotOwn,
    /// Devices have it or will get it, or rules give it.
    #[error("{} assignments, rules, enrolment templates, tokens and defaults name the policy", .0.total())]
    InUse(Box<PolicyUses>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who names a policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyUses {
    /// Some of the devices that have it.
    pub assignees: Vec<Assignee>,
    /// How many assignments there are.
    pub assignments: u64,
    /// Automation rules that give it, as far as the caller sees them.
    pub rules: Vec<Named>,
    /// How many rules there are.
    pub rule_count: u64,
    /// Enrolment templates whose rules give it, with their names, as far as the caller sees them.
    pub templates: Vec<(EnrollmentTemplateId, String)>,
    /// How many templates there are.
    pub template_count: u64,
    /// How many enrolment tokens that still open something give it.
    pub tokens: u64,
    /// Whether it is the organization's default.
    pub is_default: bool,
}

impl PolicyUses {
    /// How many uses there are.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.assignments + self.rule_count + self.template_count + self.tokens + self.is_default as u64
    }
}
