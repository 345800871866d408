//! The conflicts that a policy takes part in (P8), found on the PCs that have it: two policies that no PC has together
//! disagree about nothing.
//!
//! PCs that have the same policies in the same way have the same conflicts, so PCs are counted by what they have, and
//! each such combination is merged once. A fleet is too large to look at for every answer: the newest
//! [`CONFLICT_DEVICES_MAX`] PCs are looked at, and the answer says whether these were all.

use super::{
    Assignment, Policy, PolicyScope, Slot,
    assigned::{DevicePolicies, put_together},
    cache::PreparedCache,
    effective::{Conflict, ConflictKind, Effective, Loser},
    reaches,
    settings::Part,
};
use crate::{
    DeviceId, PolicyId,
    automation_rule::enforced::{self, Enforced},
    device::{Device, DeviceQuery, DeviceSort},
    page::PageRequest,
    ports::{Audiences, AutomationRules, Devices, Policies, SmartAttributes, StoreError, Users},
    segment::Segment,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most PCs that are looked at: their rows and what they were given are four short reads, some ten milliseconds together.
pub const CONFLICT_DEVICES_MAX: u32 = 500;

/// Most combinations of policies that are merged, those of most PCs first: a merge of ten large policies takes four
/// milliseconds, and an organization that gives policies by hand has a handful of combinations.
pub const CONFLICT_COMBINATIONS_MAX: usize = 20;

/// Most conflicts that are told: nobody reads more, and a policy may have thousands of settings.
pub const CONFLICTS_MAX: usize = 100;

/// A policy that takes part in a conflict.
#[derive(Debug, Clone, PartialEq)]
pub struct Rival {
    /// Which.
    pub policy: PolicyId,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// How strong it is on these PCs.
    pub priority: u32,
    /// Why they have it: `enforced`, `direct` or `primary`.
    pub source: &'static str,
    /// The setting in its spelling.
    pub key: String,
    /// What it wants.
    pub value: Value,
}

/// A conflict that a policy takes part in.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyConflict {
    /// Which part.
    pub part: Part,
    /// The setting, in the winner's spelling.
    pub key: String,
    /// What kind.
    pub kind: ConflictKind,
    /// Who wins.
    pub winner: Rival,
    /// Who loses: everybody, if the policy itself wins; else the policy alone.
    pub losers: Vec<Rival>,
    /// On how many of the PCs that were looked at.
    pub devices: u32,
}

/// The conflicts of a policy, and where they were looked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyConflicts {
    /// The conflicts, by part, key and kind; what concerns more PCs comes first.
    pub conflicts: Vec<PolicyConflict>,
    /// How many PCs were looked at.
    pub devices: u32,
    /// How many PCs have the policy, as far as the caller sees them.
    pub total: u64,
    /// Whether every PC, combination and conflict was looked at.
    pub is_complete: bool,
}

/// One PC of those that have the same policies, and how many they are.
struct Combination {
    device: Device,
    assignments: Vec<Assignment>,
    enforced: Vec<Enforced>,
    devices: u32,
}

/// What tells a combination: the policies in reach, with priority and class.
type Key = BTreeSet<(PolicyId, u32, u8)>;

/// The conflicts of a policy on PCs in the caller's segments. Where placeholders decide, one PC speaks for those that have
/// the same policies.
///
/// # Errors
/// When the store fails.
pub fn of(
    view: &mut (impl Devices + Policies + AutomationRules + Audiences + Users + SmartAttributes + ?Sized),
    policy: &Policy,
    scope: &PolicyScope,
    segments: &[Segment],
    cache: Option<&PreparedCache>,
) -> Result<PolicyConflicts, StoreError> {
    let page = view.device_page(&having(policy, scope))?;
    let looked_at = page.items.len();
    let mut found = PolicyConflicts {
        devices: u32::try_from(looked_at).unwrap_or(u32::MAX),
        total: page.total,
        is_complete: page.total == looked_at as u64,
        ..PolicyConflicts::default()
    };
    let ids: Vec<DeviceId> = page.items.iter().map(|d| d.id).collect();
    let mut assignments: HashMap<DeviceId, Vec<Assignment>> = HashMap::new();
    for (device, assignment) in view.assignments_of(&ids)? {
        assignments.entry(device).or_default().push(assignment);
    }
    let mut enforced: HashMap<DeviceId, Vec<Enforced>> = HashMap::new();
    if !ids.is_empty() {
        for (device, entry) in enforced::stored(view, policy.organization, &ids)? {
            enforced.entry(device).or_default().push(entry);
        }
    }
    let mut all = Vec::new();
    for device in page.items {
        let combination = Combination {
            assignments: assignments.remove(&device.id).unwrap_or_default(),
            enforced: enforced.remove(&device.id).unwrap_or_default(),
            device,
            devices: 1,
        };
        // Nobody disagrees with itself.
        if combination.policies().any(|id| id != policy.id) {
            all.push(combination);
        }
    }
    let ids: BTreeSet<PolicyId> = all.iter().flat_map(Combination::policies).collect();
    if ids.is_empty() {
        return Ok(found);
    }
    let ids: Vec<PolicyId> = ids.into_iter().collect();
    let mut policies = view.policies_by_id(policy.organization, &ids)?;
    // The policy itself may be supposed to be different.
    policies.retain(|p| p.id != policy.id && scope.sees(p));
    policies.push(policy.clone());
    let mut combinations = combined(all, policy.id, &policies, segments);
    if combinations.len() > CONFLICT_COMBINATIONS_MAX {
        combinations.truncate(CONFLICT_COMBINATIONS_MAX);
        found.is_complete = false;
    }
    for Combination {
        device,
        assignments,
        enforced,
        devices,
    } in combinations
    {
        let given = put_together(view, &device, &assignments, enforced, None, &policies, segments, cache)?;
        for conflict in taking_part(&given, policy.id) {
            found.add(conflict, devices);
        }
    }
    found.in_order();
    Ok(found)
}

/// The newest devices that have a policy.
fn having(policy: &Policy, scope: &PolicyScope) -> DeviceQuery {
    DeviceQuery {
        organization: policy.organization,
        scope: scope.own.clone(),
        show_deleted: false,
        states: Vec::new(),
        tags: Vec::new(),
        user: None,
        policy: Some(policy.id),
        template: None,
        placement: None,
        serial_number: None,
        imei: None,
        name: None,
        os_version: None,
        search: None,
        sort: DeviceSort::CreatedAt,
        descending: true,
        page: PageRequest::new(1, CONFLICT_DEVICES_MAX).unwrap_or_default(),
    }
}

impl Combination {
    fn policies(&self) -> impl Iterator<Item = PolicyId> {
        let given = self.assignments.iter().map(|a| a.policy);
        given.chain(self.enforced.iter().map(|e| e.policy))
    }

    /// What of it supplies settings in the device's segment.
    fn key(&self, policies: &[Policy], segments: &[Segment]) -> Key {
        let given = self.assignments.iter().map(|a| {
            let class = if a.slot == Slot::Direct { 1 } else { 2 };
            (a.policy, a.priority, class)
        });
        let enforced = self.enforced.iter().map(|e| (e.policy, e.priority, 0));
        let in_reach = |(id, _, _): &(PolicyId, u32, u8)| {
            let policy = policies.iter().find(|p| p.id == *id);
            policy.is_some_and(|p| reaches(p, self.device.segment, segments))
        };
        given.chain(enforced).filter(in_reach).collect()
    }
}

/// Devices that have the same, those of most devices first; only where the policy has company.
fn combined(all: Vec<Combination>, policy: PolicyId, policies: &[Policy], segments: &[Segment]) -> Vec<Combination> {
    let mut combinations: BTreeMap<Key, Combination> = BTreeMap::new();
    for one in all {
        let key = one.key(policies, segments);
        let supplies = |id: PolicyId| key.iter().any(|(other, _, _)| *other == id);
        if !supplies(policy) || key.iter().all(|(other, _, _)| *other == policy) {
            continue;
        }
        combinations.entry(key).and_modify(|c| c.devices += 1).or_insert(one);
    }
    let mut combinations: Vec<Combination> = combinations.into_values().collect();
    combinations.sort_by_key(|c| std::cmp::Reverse(c.devices));
    combinations
}

/// The conflicts of a PC in which a policy takes part.
fn taking_part(given: &DevicePolicies, policy: PolicyId) -> Vec<PolicyConflict> {
    let effective = given.effective();
    let is_it = |place: usize| effective.places.get(place).is_some_and(|p| p.policy.id == policy);
    let conflicts = effective.conflicts.iter().filter_map(|conflict| {
        let losers: Vec<&Loser<'_>> = match is_it(conflict.winner) {
            true => conflict.losers.iter().collect(),
            false => conflict.losers.iter().filter(|l| is_it(l.place)).collect(),
        };
        if losers.is_empty() {
            return None;
        }
        Some(PolicyConflict {
            part: conflict.part,
            key: conflict.key.to_owned(),
            kind: kind(conflict, &losers, &effective),
            winner: rival(&effective, conflict.winner, conflict.key, conflict.value)?,
            losers: losers
                .iter()
                .filter_map(|l| rival(&effective, l.place, l.key, l.value))
                .collect(),
            devices: 0,
        })
    });
    conflicts.collect()
}

/// Between these a conflict may be of another kind than on the PC, where a third policy may be tied.
fn kind(conflict: &Conflict<'_>, losers: &[&Loser<'_>], effective: &Effective<'_>) -> ConflictKind {
    let priority = |place: usize| effective.places.get(place).map(|p| p.priority);
    let tied = losers.iter().any(|l| priority(l.place) == priority(conflict.winner));
    match conflict.kind {
        ConflictKind::Structural => ConflictKind::Structural,
        _ if tied => ConflictKind::Tie,
        _ => ConflictKind::Value,
    }
}

fn rival(effective: &Effective<'_>, place: usize, key: &str, value: &Value) -> Option<Rival> {
    let place = effective.places.get(place)?;
    Some(Rival {
        policy: place.policy.id,
        name: place.policy.name.clone(),
        version: place.policy.version,
        priority: place.priority,
        source: place.source().as_str(),
        key: key.to_owned(),
        value: value.clone(),
    })
}

impl PolicyConflict {
    /// Whether it is the same on other PCs.
    fn is_like(&self, other: &Self) -> bool {
        (self.part, self.kind, &self.key) == (other.part, other.kind, &other.key)
            && (&self.winner, &self.losers) == (&other.winner, &other.losers)
    }
}

impl PolicyConflicts {
    fn add(&mut self, conflict: PolicyConflict, devices: u32) {
        if let Some(known) = self.conflicts.iter_mut().find(|known| known.is_like(&conflict)) {
            known.devices += devices;
        } else if self.conflicts.len() < CONFLICTS_MAX {
            self.conflicts.push(PolicyConflict { devices, ..conflict });
        } else {
            self.is_complete = false;
        }
    }

    fn in_order(&mut self) {
        self.conflicts.sort_by(|a, b| {
            let place = |c: &PolicyConflict| (c.part, c.key.clone(), c.kind as u8, std::cmp::Reverse(c.devices));
            place(a).cmp(&place(b))
        });
    }
}
