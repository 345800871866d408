//! What a change of facts makes of the rules' assignments, stored (R2, R4): for one PC in the unit of work that changed it,
//! for many in steps.

use super::{Enforcement, Ruleset, flapping::Flips, work};
use crate::{
    Context, DeviceId, OrganizationId, RuleId,
    audience::{Facts, Matched, facts},
    audit::{Audit, Target},
    device::Device,
    ports::{Audiences, AuditLogMut, AutomationRulesMut, DevicesMut, Segments, SmartAttributes, StoreError, Users},
    user::User,
};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// Most PCs of one user that are settled in the unit of work that changed the user; more are worked off in steps.
pub const USER_DEVICES_AT_ONCE: u32 = 50;

/// What settling needs of a store. Every [`crate::ports::Tx`] is one.
pub trait RuleStore:
    AutomationRulesMut + Audiences + Segments + Users + SmartAttributes + DevicesMut + AuditLogMut
{
}

impl<T> RuleStore for T where
    T: AutomationRulesMut + Audiences + Segments + Users + SmartAttributes + DevicesMut + AuditLogMut + ?Sized
{
}

/// Why PCs are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// What is known of them changed: turns count as flapping.
    Facts,
    /// A rule, an audience or the tree changed.
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
}

/// Settles one locked PC after its facts changed. Where no rule is in force and none was, that costs two reads.
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
        devices(tx, cx, &ruleset, after.organization, theirs, Cause::Facts)?;
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
        devices(tx, cx, &ruleset, organization, theirs, Cause::Facts)?;
    }
    Ok(())
}

/// Settles locked PCs of one organization: what is stored becomes what the rules say.
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
) -> Result<Settled, StoreError> {
    let ids: Vec<DeviceId> = devices.iter().map(|device| device.id).collect();
    let mut stored: HashMap<DeviceId, BTreeMap<RuleId, Enforcement>> = HashMap::new();
    for entry in tx.enforcements_of(&ids)? {
        stored.entry(entry.device).or_default().insert(entry.rule, entry);
    }
    if ruleset.is_empty() && stored.is_empty() {
        return Ok(Settled::default());
    }
    let mut plan = Plan::default();
    for facts in Facts::load(tx, organization, devices)? {
        let is = stored.remove(&facts.device.id).unwrap_or_default();
        plan.compare(&facts, ruleset.matches(&facts), is, ruleset);
    }
    plan.guard(tx, cx, organization, cause)?;
    plan.write(tx, cx)
}

/// What is to be changed.
#[derive(Default)]
struct Plan {
    /// Entries whose reasons change.
    updated: Vec<Enforcement>,
    /// Rules that begin to match a PC.
    begun: Vec<(Device, RuleId, Vec<Matched>)>,
    /// Rules that match a PC no longer; whether the guard may hold it back.
    ended: Vec<(Device, RuleId, bool)>,
    flips: Vec<Flips>,
    released: u32,
}

impl Plan {
    fn compare(
        &mut self,
        facts: &Facts,
        should: BTreeMap<RuleId, Vec<Matched>>,
        mut is: BTreeMap<RuleId, Enforcement>,
        ruleset: &Ruleset,
    ) {
        for (rule, audiences) in should {
            match is.remove(&rule) {
                Some(entry) if entry.audiences == audiences => {}
                Some(entry) => self.updated.push(Enforcement { audiences, ..entry }),
                None => self.begun.push((facts.device.clone(), rule, audiences)),
            }
        }
        // What ends because the rule or the PC is gone always ends.
        let ended = is.into_keys().map(|rule| {
            let may_be_held = facts.is_member() && ruleset.has(rule);
            (facts.device.clone(), rule, may_be_held)
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
        let mut known: HashMap<(DeviceId, RuleId), Flips> = known
            .into_iter()
            .map(|flips| ((flips.device, flips.rule), flips))
            .collect();
        let mut events = Vec::new();
        let (mut changed, mut released) = (Vec::new(), 0);
        let mut may_turn = |device: &Device, rule: RuleId, may_be_held: bool| {
            let flips = known.remove(&(device.id, rule));
            let mut flips = flips.unwrap_or_else(|| Flips::none(device.id, rule));
            // Whoever changes a rule means it; what is being held back stays so all the same.
            let may_be_held = may_be_held && (cause == Cause::Facts || flips.held);
            if may_be_held && flips.is_too_many(cx.now) {
                if !flips.held {
                    flips.held = true;
                    events.push((device.id, device.segment, rule));
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
        self.begun.retain(|(device, rule, _)| may_turn(device, *rule, true));
        self.ended.retain(|(device, rule, held)| may_turn(device, *rule, *held));
        self.flips = changed;
        self.released = released;
        for (device, segment, rule) in events {
            let audit = Audit::new(cx, organization, "mdm.global.automationRule.flapping")
                .target(Target::Device(device))
                .segment(segment)
                .after(json!({ "automationRuleId": rule.to_string(), "kept": "the last state" }));
            tx.append_audit(&audit.done())?;
        }
        Ok(())
    }

    fn write(self, tx: &mut (impl RuleStore + ?Sized), cx: &Context) -> Result<Settled, StoreError> {
        let begun = self.begun.into_iter().map(|(device, rule, audiences)| Enforcement {
            device: device.id,
            rule,
            audiences,
            since: cx.now,
        });
        let saved: Vec<Enforcement> = self.updated.into_iter().chain(begun).collect();
        let removed: Vec<(DeviceId, RuleId)> = self.ended.iter().map(|(device, rule, _)| (device.id, *rule)).collect();
        if !saved.is_empty() || !removed.is_empty() {
            tx.save_enforcements(&saved, &removed)?;
        }
        if !self.flips.is_empty() {
            tx.save_rule_flips(&self.flips)?;
        }
        Ok(Settled {
            changed: u32::try_from(saved.len() + removed.len()).unwrap_or(u32::MAX),
            released: self.released,
        })
    }
}
