//! What audiences give to PCs: a policy, by a rule, or a script, by its assignment. All of it is found and kept up to date
//! in one way.

use crate::{RuleId, ScriptId};

/// What gives PCs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grant {
    /// A rule, which gives its policy.
    Rule(RuleId),
    /// The assignment of a script, which gives the script.
    Script(ScriptId),
}
