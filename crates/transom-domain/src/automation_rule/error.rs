//! Why something is not done with an audience or a rule.

use crate::{device::update::Violation, ports::StoreError};

/// Why something is not done with an audience or a rule.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
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
    /// It does not exist, or is out of the caller's sight.
    #[error("the entity does not exist")]
    Unknown,
    /// The caller sees it, because it is exposed from above, and may not change it.
    #[error("it belongs to a segment that the caller may not change")]
    NotOwn,
    /// Automation rules or assigned scripts use the audience: what they are, their names and ids.
    #[error("{} automation rules and scripts use the audience", .0.len())]
    InUse(Vec<String>),
    /// There are too many.
    #[error("{0}")]
    LimitExceeded(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
