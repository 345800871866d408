//! What a rule would do (R8): found by looking at PCs in bounded steps, at most so many of them, without storing anything.

use super::{AutomationRule, Grant, Ruleset, enforced};
use crate::{
    AudienceId, DeviceId,
    audience::{
        Facts, Matched,
        preview::{EXAMINED_MAX, STEP, is_last},
    },
    device::Device,
    policy::{
        assigned::{self, DevicePolicies},
        cache::PreparedCache,
        effective::MatchedAudience,
    },
    ports::{
        Audiences, AutomationRules, DefaultConfigs, Devices, Policies, Segments, SmartAttributes, StoreError, Users,
    },
    segment::SegmentScope,
};
use enforced::Enforced;
use std::collections::HashMap;

/// Most PCs whose settings are compared: each takes both effective policies whole.
pub const COMPARED_MAX: usize = 20;

/// What a rule would do to a PC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It gets the policy.
    Gained,
    /// It loses the policy.
    Lost,
    /// It keeps being matched, and gets another policy or strength.
    Changed,
}

impl Effect {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Effect::Gained => "gained",
            Effect::Lost => "lost",
            Effect::Changed => "changed",
        }
    }
}

/// A PC for which something would change, with what it has and what it would have.
#[derive(Debug, Clone)]
pub struct Affected {
    /// What the rule would do to it.
    pub effect: Effect,
    /// Through which audiences it would match.
    pub audiences: Vec<MatchedAudience>,
    /// What it has.
    pub now: DevicePolicies,
    /// What it would have.
    pub then: DevicePolicies,
}

/// What was found so far.
#[derive(Debug, Clone, Default)]
pub struct DryRun {
    /// PCs that would get the policy.
    pub gained: u64,
    /// PCs that would lose it.
    pub lost: u64,
    /// PCs that would keep being matched.
    pub kept: u64,
    /// The first PCs for which something would change, in the order of their ids.
    pub affected: Vec<Affected>,
    /// How many PCs were looked at.
    pub examined: u64,
    /// How many of them the caller sees.
    pub seen: u64,
    /// The last that was looked at.
    pub cursor: Option<DeviceId>,
    /// Whether all were looked at.
    pub is_complete: bool,
}

impl DryRun {
    /// Whether as many were looked at as may be.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_complete || self.examined >= u64::from(EXAMINED_MAX)
    }
}

/// One step: looks at the next PCs, as far as somebody who sees `scope` sees them. `now` is the rule as it is, if there
/// is one; `then` as it would be, which gives nothing where it is not enabled.
///
/// # Errors
/// When the store fails.
pub fn step(
    view: &mut (
             impl AutomationRules
             + Audiences
             + Users
             + SmartAttributes
             + Segments
             + Devices
             + Policies
             + DefaultConfigs
             + ?Sized
         ),
    scope: &SegmentScope,
    now: &AutomationRule,
    then: &AutomationRule,
    mut run: DryRun,
    cache: &PreparedCache,
) -> Result<DryRun, StoreError> {
    let organization = then.organization;
    let ruleset = Ruleset::with(view, organization, std::slice::from_ref(then), &[])?;
    let names: HashMap<AudienceId, String> = ruleset
        .audience_names()
        .map(|(id, name)| (id, name.to_owned()))
        .collect();
    let segments = view.segments(organization)?;
    let devices = view.devices_after(organization, run.cursor, STEP)?;
    run.cursor = devices.last().map(|device| device.id).or(run.cursor);
    run.examined += devices.len() as u64;
    run.is_complete = devices.len() < STEP as usize || is_last(view, organization, run.cursor, run.examined)?;
    let seen: Vec<Device> = devices.into_iter().filter(|d| scope.contains(d.segment)).collect();
    run.seen += seen.len() as u64;
    let ids: Vec<DeviceId> = seen.iter().map(|device| device.id).collect();
    let entries = view.enforcements_of(&ids)?;
    let entries = entries.into_iter().filter(|entry| entry.rule == now.id && now.enabled);
    let had: HashMap<DeviceId, Vec<Matched>> = entries.map(|entry| (entry.device, entry.audiences)).collect();
    let changes = (now.policy, now.priority) != (then.policy, then.priority);
    for facts in Facts::load(view, organization, seen)? {
        let matched = ruleset.matches(&facts).remove(&Grant::Rule(then.id));
        let effect = match (had.contains_key(&facts.device.id), &matched) {
            (false, Some(_)) => {
                run.gained += 1;
                Effect::Gained
            }
            (true, None) => {
                run.lost += 1;
                Effect::Lost
            }
            (true, Some(_)) => {
                run.kept += 1;
                Effect::Changed
            }
            (false, None) => continue,
        };
        if run.affected.len() >= COMPARED_MAX || (effect == Effect::Changed && !changes) {
            continue;
        }
        let has = assigned::load(view, &facts.device, &segments, Some(cache))?;
        let id = then.id.to_string();
        let mut enforced: Vec<Enforced> = has.enforced.iter().map(|e| e.entry.clone()).collect();
        enforced.retain(|entry| entry.rule.id != id);
        let given = matched.map(|audiences| Enforced::of(then, &audiences, &names));
        enforced.extend(given.clone());
        let assignments: Vec<_> = has.assigned.iter().map(|a| a.assignment).collect();
        run.affected.push(Affected {
            effect,
            audiences: given.map(|given| given.audiences).unwrap_or_default(),
            then: assigned::gather(view, &facts.device, &assignments, enforced, &segments, Some(cache))?,
            now: has,
        });
    }
    Ok(run)
}
