//! What a change of facts makes of what rules and assignments of scripts give, stored (R2, R4): for one PC in the unit of
//! work that changed it, for many in steps.

use super::{Enforcement, Grant, Ruleset, flapping::Flips, work};
use crate::{
    Context, DeviceId, OrganizationId, RuleId, ScriptId,
    audience::{Facts, Matched, facts},
    audit::{Audit, Target},
    device::Device,
    ports::{
        Audiences, AuditLogMut, AutomationRulesMut, DevicesMut, ScriptAssignmentsMut, Segments, SmartAttributes,
        StoreError, Users,
    },
    script::assignment::ScriptRun,
    user::User,
};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// Most PCs of one user that are settled in the unit of work that changed the user; more are worked off in steps.
pub const USER_DEVICES_AT_ONCE: u32 = 50;

/// What settling needs of a store. Every [`crate::ports::Tx`] is one.
pub trait RuleStore:
    AutomationRulesMut + ScriptAssignmentsMut + Audiences + Segments + Users + SmartAttributes + DevicesMut + AuditLogMut
{
}

impl<T> RuleStore for T where
    T: AutomationRulesMut
        + ScriptAssignmentsMut
        + Audiences
        + Segments
        + Users
        + SmartAttributes
        + DevicesMut
        + AuditLogMut
        + ?Sized
{
}

/// Why PCs are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// What is known of them changed: turns count as flapping.
    Facts,
    /// A rule, an assignment, an audience or the tree changed.
    Rules,
    /// Nothing: it is looked whether everything is as it should be.
    Sweep,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settled {
    /// Entries that were added, changed or taken away.
    pub changed: u32,
    /// Those of them that the guard against flapping had held back before: no sign of a mistake.
    pub released: u32,
    /// PCs that were settled: the first of those that were to be.
    pub devices: u32,
    /// The last of them.
    pub last: Option<DeviceId>,
}

/// Settles one locked PC after its facts changed. Where nothing is in force and nothing was, that costs four short reads.
///
/// # Errors
/// When the store fails.
pub fn device(tx: &mut (impl RuleStore + ?Sized), cx: &mut Context, device: &Device) -> Result<Settled, StoreError> {
    let ruleset = Ruleset::load(tx, device.organization)?;
    devices(
        tx,
        cx,
        &ruleset,
        device.organization,
        vec![device.clone()],
        Cause::Facts,
        usize::MAX,
    )
}

/// As [`device`], where something that audiences look at differs from `before`; else nothing is even read.
///
/// # Errors
/// When the store fails.
pub fn changed(
    tx: &mut (impl RuleStore + ?Sized),
    cx: &mut Context,
    before: &Device,
    after: &Device,
) -> Result<(), StoreError> {
    if facts::differ(before, after) {
        device(tx, cx, after)?;
    }
    Ok(())
}

/// Settles the PCs of a user who changed, or whose smart attributes did: a few at once, many in steps (decision 36).
///
/// # Errors
/// When the store fails.
pub fn user_changed(
    tx: &mut (impl RuleStore + ?Sized),
    cx: &mut Context,
    before: &User,
    after: &User,
    has_other_values: bool,
) -> Result<(), StoreError> {
    if !has_other_values && !facts::users_differ(before, after) {
        return Ok(());
    }
    let theirs = tx.lock_devices_after(after.organization, Some(after.id), None, USER_DEVICES_AT_ONCE + 1)?;
    let count = u32::try_from(theirs.len()).unwrap_or(u32::MAX);
    if count > USER_DEVICES_AT_ONCE {
        return work::enqueue(tx, cx, after.organization, work::WorkKind::User, Some(after.id));
    }
    if count > 0 {
        let ruleset = Ruleset::load(tx, after.organization)?;
        devices(tx, cx, &ruleset, after.organization, theirs, Cause::Facts, usize::MAX)?;
    }
    Ok(())
}

/// Settles PCs that a removed user had: a few at once, many in steps.
///
/// # Errors
/// When the store fails.
pub fn user_removed(
    tx: &mut (impl RuleStore + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    had: &[DeviceId],
) -> Result<(), StoreError> {
    if had.len() > USER_DEVICES_AT_ONCE as usize {
        return work::enqueue(tx, cx, organization, work::WorkKind::Rules, None);
    }
    let mut theirs = Vec::with_capacity(had.len());
    for id in had {
        theirs.extend(tx.lock_device(*id)?);
    }
    if !theirs.is_empty() {
        let ruleset = Ruleset::load(tx, organization)?;
        devices(tx, cx, &ruleset, organization, theirs, Cause::Facts, usize::MAX)?;
    }
    Ok(())
}

/// Settles locked PCs of one organization: what is stored becomes what rules and assignments say. No further PC is looked at
/// once `changes_max` entries change.
///
/// # Errors
/// When the store fails.
pub fn devices(
    tx: &mut (impl RuleStore + ?Sized),
    cx: &mut Context,
    ruleset: &Ruleset,
    organization: OrganizationId,
    devices: Vec<Device>,
    cause: Cause,
    changes_max: usize,
) -> Result<Settled, StoreError> {
    let mut settled = Settled {
        devices: u32::try_from(devices.len()).unwrap_or(u32::MAX),
        last: devices.last().map(|device| device.id),
        ..Settled::default()
    };
    let ids: Vec<DeviceId> = devices.iter().map(|device| device.id).collect();
    let mut stored: HashMap<DeviceId, Stored> = HashMap::new();
    for entry in tx.enforcements_of(&ids)? {
        let of_device = stored.entry(entry.device).or_default();
        of_device.insert(Grant::Rule(entry.rule), Some(entry));
    }
    for run in tx.script_runs_of(&ids)? {
        stored
            .entry(run.device)
            .or_default()
            .insert(Grant::Script(run.script), None);
    }
    if ruleset.is_empty() && stored.is_empty() {
        return Ok(settled);
    }
    let mut plan = Plan::default();
    for (facts, number) in Facts::load(tx, organization, devices)?.into_iter().zip(1..) {
        let is = stored.remove(&facts.device.id).unwrap_or_default();
        plan.compare(&facts, ruleset.matches(&facts), is, ruleset);
        if plan.changes() >= changes_max {
            (settled.devices, settled.last) = (number, Some(facts.device.id));
            break;
        }
    }
    plan.guard(tx, cx, organization, cause)?;
    settled.released = plan.released;
    settled.changed = plan.write(tx, cx)?;
    Ok(settled)
}

/// What is stored of one PC: entries of rules, and that there are runs of scripts.
type Stored = BTreeMap<Grant, Option<Enforcement>>;

/// What is to be changed.
#[derive(Default)]
struct Plan {
    /// Entries whose reasons change.
    updated: Vec<Enforcement>,
    /// What begins to match a PC.
    begun: Vec<(Device, Grant, Vec<Matched>)>,
    /// What matches a PC no longer; whether the guard may hold it back.
    ended: Vec<(Device, Grant, bool)>,
    flips: Vec<Flips>,
    released: u32,
}

impl Plan {
    fn changes(&self) -> usize {
        self.updated.len() + self.begun.len() + self.ended.len()
    }

    fn compare(&mut self, facts: &Facts, should: BTreeMap<Grant, Vec<Matched>>, mut is: Stored, ruleset: &Ruleset) {
        for (grant, audiences) in should {
            match is.remove(&grant) {
                Some(Some(entry)) if entry.audiences != audiences => {
                    self.updated.push(Enforcement { audiences, ..entry });
                }
                Some(_) => {}
                None => self.begun.push((facts.device.clone(), grant, audiences)),
            }
        }
        // What ends because the rule, the assignment or the PC is gone always ends.
        let ended = is.into_keys().map(|grant| {
            let may_be_held = facts.is_member() && ruleset.has(grant);
            (facts.device.clone(), grant, may_be_held)
        });
        self.ended.extend(ended);
    }

    /// Holds back what turns too often (R7), and counts turns that facts cause.
    fn guard(
        &mut self,
        tx: &mut (impl RuleStore + ?Sized),
        cx: &mut Context,
        organization: OrganizationId,
        cause: Cause,
    ) -> Result<(), StoreError> {
        let begun = self.begun.iter().map(|(device, ..)| device.id);
        let mut turned: Vec<DeviceId> = begun.chain(self.ended.iter().map(|(device, ..)| device.id)).collect();
        if turned.is_empty() {
            return Ok(());
        }
        turned.dedup();
        let known = tx.rule_flips_of(&turned)?;
        let mut known: HashMap<(DeviceId, Grant), Flips> = known
            .into_iter()
            .map(|flips| ((flips.device, flips.grant), flips))
            .collect();
        let mut events = Vec::new();
        let (mut changed, mut released) = (Vec::new(), 0);
        let mut may_turn = |device: &Device, grant: Grant, may_be_held: bool| {
            let flips = known.remove(&(device.id, grant));
            let mut flips = flips.unwrap_or_else(|| Flips::none(device.id, grant));
            // Whoever changes a rule or an assignment means it; what is being held back stays so all the same.
            let may_be_held = may_be_held && (cause == Cause::Facts || flips.held);
            if may_be_held && flips.is_too_many(cx.now) {
                if !flips.held {
                    flips.held = true;
                    events.push((device.id, device.segment, grant));
                    changed.push(flips);
                }
                return false;
            }
            released += u32::from(flips.held);
            if cause == Cause::Facts || flips.held {
                flips.turned(cx.now);
                changed.push(flips);
            }
            true
        };
        self.begun.retain(|(device, grant, _)| may_turn(device, *grant, true));
        self.ended
            .retain(|(device, grant, held)| may_turn(device, *grant, *held));
        self.flips = changed;
        self.released = released;
        for (device, segment, grant) in events {
            let (action, of) = match grant {
                Grant::Rule(rule) => (
                    "mdm.global.automationRule.flapping",
                    json!({ "automationRuleId": rule.to_string(), "kept": "the last state" }),
                ),
                Grant::Script(script) => (
                    "mdm.global.script.flapping",
                    json!({ "scriptId": script.to_string(), "kept": "the last state" }),
                ),
            };
            let audit = Audit::new(cx, organization, action)
                .target(Target::Device(device))
                .segment(segment)
                .after(of);
            tx.append_audit(&audit.done())?;
        }
        Ok(())
    }

    /// Writes it; how many entries change.
    fn write(self, tx: &mut (impl RuleStore + ?Sized), cx: &Context) -> Result<u32, StoreError> {
        let changed = self.changes();
        let (mut saved, mut runs) = (self.updated, Vec::new());
        for (device, grant, audiences) in self.begun {
            match grant {
                Grant::Rule(rule) => saved.push(Enforcement {
                    device: device.id,
                    rule,
                    audiences,
                    since: cx.now,
                }),
                Grant::Script(script) => runs.push(ScriptRun::begun(device.id, script, cx.now)),
            }
        }
        let mut removed: Vec<(DeviceId, RuleId)> = Vec::new();
        let mut runs_removed: Vec<(DeviceId, ScriptId)> = Vec::new();
        for (device, grant, _) in self.ended {
            match grant {
                Grant::Rule(rule) => removed.push((device.id, rule)),
                Grant::Script(script) => runs_removed.push((device.id, script)),
            }
        }
        if !saved.is_empty() || !removed.is_empty() {
            tx.save_enforcements(&saved, &removed)?;
        }
        if !runs.is_empty() || !runs_removed.is_empty() {
            tx.save_script_runs(&runs, &runs_removed)?;
        }
        if !self.flips.is_empty() {
            tx.save_rule_flips(&self.flips)?;
        }
        Ok(u32::try_from(changed).unwrap_or(u32::MAX))
    }
}
