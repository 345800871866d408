//! The conflicts that a policy takes part in (P8), as its object shows them.

use crate::admin::effective_policy::view::ConflictView;
use serde::Serialize;
use transom_domain::policy::conflicts::{PolicyConflict, PolicyConflicts};
use utoipa::ToSchema;

/// A conflict, and how many PCs have it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SharedConflict)]
pub struct SharedConflictView {
    #[serde(flatten)]
    conflict: ConflictView,
    /// On how many of the PCs that were looked at.
    devices: u32,
}

/// Where conflicts were looked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConflictsLookedFor)]
pub struct LookedForView {
    /// PCs that were looked at: the newest that have the policy.
    #[schema(maximum = 500)]
    devices: u32,
    /// PCs that have the policy, as far as the caller sees them.
    total: u64,
    /// Whether `conflicts` has everything there is.
    complete: bool,
}

impl From<&PolicyConflict> for SharedConflictView {
    fn from(conflict: &PolicyConflict) -> Self {
        Self {
            conflict: conflict.into(),
            devices: conflict.devices,
        }
    }
}

impl From<&PolicyConflicts> for LookedForView {
    fn from(found: &PolicyConflicts) -> Self {
        Self {
            devices: found.devices,
            total: found.total,
            complete: found.is_complete,
        }
    }
}
