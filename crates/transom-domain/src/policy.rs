//! Policies: what PCs should have, as records with versions; which of them a PC has; and what follows from all of them
//! together, with the reason for each setting (E.1).

pub mod assigned;
pub mod cache;
pub mod compare;
pub mod conflicts;
pub mod content;
pub mod copy;
pub mod create;
pub mod delete;
pub mod diff;
pub mod effective;
pub mod error;
pub mod placeholders;
pub mod reach;
pub mod references;
pub mod rollback;
pub mod settings;
pub mod update;

use crate::{
    DeviceId, OrganizationId, PolicyId, Timestamp,
    page::PageRequest,
    segment::{Segment, SegmentId},
};

pub use content::PolicyContent;
pub use error::{PolicyError, PolicyUses};
pub use reach::PolicyScope;

/// Longest name of a policy (A.6).
pub const NAME_CHARS_MAX: usize = 256;

/// Weakest priority of an assignment (S5: 0 to 10000); 0 is the strongest (P1).
pub const PRIORITY_MAX: u32 = 10_000;

/// The priority of the primary slot (E.8, 5).
pub const PRIMARY_PRIORITY: u32 = 10_000;

/// Most policies assigned to one device directly: more than anybody keeps an overview of.
pub const ASSIGNMENTS_MAX: usize = 100;

/// A policy in its newest version.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it is in the tree.
    pub segment: SegmentId,
    /// Its name; two policies may have the same.
    pub name: String,
    /// What it sets.
    pub content: PolicyContent,
    /// Whether PCs in the segments below can have it too.
    pub expose_to_children: bool,
    /// Counts the changes, from 1.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A policy as it was in one version. Every version is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyVersion {
    /// Of which policy.
    pub policy: PolicyId,
    /// Which one.
    pub version: u32,
    /// Its name then.
    pub name: String,
    /// Where it was in the tree.
    pub segment: SegmentId,
    /// Whether it was exposed to the segments below.
    pub expose_to_children: bool,
    /// What it set.
    pub content: PolicyContent,
    /// Who made this version, as `kind:name`.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl PolicyVersion {
    /// The present version of a policy, for the record.
    #[must_use]
    pub fn of(policy: &Policy, cx: &crate::Context) -> Self {
        Self {
            policy: policy.id,
            version: policy.version,
            name: policy.name.clone(),
            segment: policy.segment,
            expose_to_children: policy.expose_to_children,
            content: policy.content.clone(),
            created_by: format!("{}:{}", cx.actor.kind(), cx.actor.name()),
            created_at: cx.now,
        }
    }
}

/// By what a list of policies is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicySort {
    /// When it was made.
    #[default]
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Its name, without case.
    Name,
    /// How often it was changed.
    Version,
}

/// Which policies are wanted. Every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyQuery {
    /// Whose.
    pub organization: OrganizationId,
    /// Which of them the caller sees.
    pub scope: PolicyScope,
    /// With this text in the name, compared without case.
    pub search: Option<String>,
    /// Sorted by this; equal ones by id, so that pages are stable.
    pub sort: PolicySort,
    /// Largest first.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
}

/// How an administrator gave a policy to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// `winPolicyId`: the one primary policy.
    Primary,
    /// An entry of `winPolicyAssignments`.
    Direct,
}

impl Slot {
    /// Every slot.
    pub const ALL: [Slot; 2] = [Self::Primary, Self::Direct];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Slot::Primary => "primary",
            Slot::Direct => "direct",
        }
    }

    /// The slot of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|slot| slot.as_str() == name)
    }
}

/// A policy that an administrator gave to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// How.
    pub slot: Slot,
    /// Which.
    pub policy: PolicyId,
    /// How strong; lower wins (P1).
    pub priority: u32,
}

impl Assignment {
    /// The primary policy.
    #[must_use]
    pub const fn primary(policy: PolicyId) -> Self {
        Self {
            slot: Slot::Primary,
            policy,
            priority: PRIMARY_PRIORITY,
        }
    }

    /// A direct assignment.
    #[must_use]
    pub const fn direct(policy: PolicyId, priority: u32) -> Self {
        Self {
            slot: Slot::Direct,
            policy,
            priority,
        }
    }
}

/// A device that has a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignee {
    /// The device.
    pub device: DeviceId,
    /// Its console name.
    pub display_name: String,
    /// Where it is.
    pub segment: SegmentId,
    /// How it has the policy.
    pub slot: Slot,
}

/// What is stored of a device's effective policy: enough to tell whether it is still the same (P9).
///
/// It is brought up to date when the effective policy is looked at, not when something that it leans on changes: so a
/// change of a policy costs the same whether one PC has it or 100,000. The version counts the results that were looked
/// at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectiveState {
    /// SHA-256 of the canonical bytes.
    pub hash: [u8; 32],
    /// Counts the results, from 1.
    pub version: u32,
    /// When the hash last changed.
    pub updated_at: Timestamp,
}

/// Whether a PC in `segment` can have a policy (P14): one of its own segment, or one exposed from above.
#[must_use]
pub fn reaches(policy: &Policy, segment: SegmentId, segments: &[Segment]) -> bool {
    reach::extends(policy.segment, policy.expose_to_children, segment, segments)
}
