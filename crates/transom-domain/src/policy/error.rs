//! Why something is not done with a policy.

use super::{Assignee, effective::Named};
use crate::{device::update::Violation, ports::StoreError};

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
    /// Devices have it, or rules give it.
    #[error("{total} assignments and rules name the policy")]
    InUse {
        /// Some of the devices.
        assignees: Vec<Assignee>,
        /// The rules.
        rules: Vec<Named>,
        /// How many there are.
        total: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
