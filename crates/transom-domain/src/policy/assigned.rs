//! The policies of one device, from every source, and what follows from them.

use super::{
    Assignment, EffectiveState, Policy, Slot,
    effective::{Effective, Source, Supplier, effective},
    placeholders::{Facts, needs_report, needs_smart},
    reaches,
    settings::Prepared,
};
use crate::{
    Context, DeviceId, Timestamp,
    automation_rule::{
        self,
        enforced::{self, Enforced},
        settle::RuleStore,
    },
    device::{Device, DeviceReport},
    ports::{
        Audiences, AutomationRules, Devices, DevicesMut, Policies, PoliciesMut, Segments, SmartAttributes, StoreError,
        Users,
    },
    segment::Segment,
    smart_attribute::{self, SmartFact},
    user::User,
};

/// A policy that a device was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Assigned {
    /// How.
    pub assignment: Assignment,
    /// The policy.
    pub policy: Policy,
    /// Whether it is out of reach of the device's segment, and so supplies nothing (P14).
    pub suspended: bool,
}

/// A policy that a rule gives to a device.
#[derive(Debug, Clone, PartialEq)]
pub struct EnforcedPolicy {
    /// Which rule, and why.
    pub entry: Enforced,
    /// The policy.
    pub policy: Policy,
    /// Whether it is out of reach of the device's segment, and so supplies nothing (P14).
    pub suspended: bool,
}

/// The policies of one device, ready to be merged.
#[derive(Debug, Clone)]
pub struct DevicePolicies {
    /// The device, as it is or might be.
    pub device: Device,
    /// What it was given directly, the primary policy first.
    pub assigned: Vec<Assigned>,
    /// What rules give it, in the order of their ids.
    pub enforced: Vec<EnforcedPolicy>,
    user: Option<User>,
    report: Option<DeviceReport>,
    smart: Vec<SmartFact>,
    prepared: Vec<Prepared>,
}

impl DevicePolicies {
    /// What the device should have, and why.
    #[must_use]
    pub fn effective(&self) -> Effective<'_> {
        let in_reach = self.assigned.iter().filter(|assigned| !assigned.suspended);
        let direct = in_reach.filter_map(|assigned| {
            let policy = self.prepared.iter().find(|p| p.id == assigned.policy.id)?;
            Some(Supplier {
                policy,
                priority: assigned.assignment.priority,
                source: match assigned.assignment.slot {
                    Slot::Primary => Source::Primary,
                    Slot::Direct => Source::Direct,
                },
            })
        });
        let enforced = self.enforced.iter().filter(|enforced| !enforced.suspended);
        let enforced = enforced.filter_map(|enforced| {
            let policy = self.prepared.iter().find(|p| p.id == enforced.policy.id)?;
            Some(Supplier {
                policy,
                priority: enforced.entry.priority,
                source: Source::Enforced {
                    rule: enforced.entry.rule.clone(),
                    audiences: enforced.entry.audiences.clone(),
                },
            })
        });
        let suppliers: Vec<Supplier<'_>> = direct.chain(enforced).collect();
        let facts = Facts {
            device: &self.device,
            user: self.user.as_ref(),
            report: self.report.as_ref(),
            smart: &self.smart,
        };
        effective(&suppliers, &facts)
    }

    /// The primary policy.
    #[must_use]
    pub fn primary(&self) -> Option<&Assigned> {
        self.assigned.iter().find(|a| a.assignment.slot == Slot::Primary)
    }

    /// The direct assignments, in the order they were given.
    pub fn direct(&self) -> impl Iterator<Item = &Assigned> {
        self.assigned.iter().filter(|a| a.assignment.slot == Slot::Direct)
    }

    /// The policies that supply nothing, because they are out of reach (P14).
    pub fn suspended(&self) -> impl Iterator<Item = &Assigned> {
        self.assigned.iter().filter(|a| a.suspended)
    }
}

/// The policies that a device has now.
///
/// # Errors
/// When the store fails.
pub fn load(
    view: &mut (impl Policies + AutomationRules + Audiences + Users + Devices + SmartAttributes + ?Sized),
    device: &Device,
    segments: &[Segment],
) -> Result<DevicePolicies, StoreError> {
    let enforced = enforced::stored(view, device.organization, &[device.id])?;
    let enforced = enforced.into_iter().map(|(_, enforced)| enforced).collect();
    let assignments = view.assignments_of(&[device.id])?;
    let assignments: Vec<Assignment> = assignments.into_iter().map(|(_, assignment)| assignment).collect();
    gather(view, device, &assignments, enforced, segments)
}

/// The policies that a device would have with these assignments, if rules gave it these.
///
/// # Errors
/// When the store fails.
pub fn gather(
    view: &mut (impl Policies + Users + Devices + SmartAttributes + ?Sized),
    device: &Device,
    assignments: &[Assignment],
    enforced: Vec<Enforced>,
    segments: &[Segment],
) -> Result<DevicePolicies, StoreError> {
    let given = assignments.iter().map(|a| a.policy);
    let mut ids: Vec<_> = given.chain(enforced.iter().map(|e| e.policy)).collect();
    ids.sort_unstable();
    ids.dedup();
    let policies = match ids.is_empty() {
        true => Vec::new(),
        false => view.policies_by_id(device.organization, &ids)?,
    };
    let assigned: Vec<Assigned> = assignments
        .iter()
        .filter_map(|assignment| {
            let policy = policies.iter().find(|p| p.id == assignment.policy)?;
            Some(Assigned {
                assignment: *assignment,
                policy: policy.clone(),
                suspended: !reaches(policy, device.segment, segments),
            })
        })
        .collect();
    let enforced: Vec<EnforcedPolicy> = enforced
        .into_iter()
        .filter_map(|entry| {
            let policy = policies.iter().find(|p| p.id == entry.policy)?;
            Some(EnforcedPolicy {
                suspended: !reaches(policy, device.segment, segments),
                policy: policy.clone(),
                entry,
            })
        })
        .collect();
    let prepared: Vec<Prepared> = policies.iter().map(Prepared::of).collect();
    let has_placeholders = |s: &super::settings::Setting| s.has_placeholders;
    let wants_user = prepared.iter().flat_map(|p| &p.settings).any(has_placeholders);
    let user = match device.user {
        Some(user) if wants_user => view.user(device.organization, user)?,
        _ => None,
    };
    let report = match prepared.iter().flat_map(|p| &p.settings).any(needs_report) {
        true => view.device_report(device.id)?,
        false => None,
    };
    let smart = match prepared.iter().flat_map(|p| &p.settings).any(needs_smart) {
        true => smart_attribute::facts_of(view, device.organization, device.id, device.user)?,
        false => Vec::new(),
    };
    Ok(DevicePolicies {
        device: device.clone(),
        assigned,
        enforced,
        user,
        report,
        smart,
        prepared,
    })
}

/// What is to be stored of a device's effective policy, and whether it is new.
///
/// # Errors
/// When the store fails.
pub fn state(
    view: &mut (impl Policies + ?Sized),
    now: Timestamp,
    device: DeviceId,
    hash: [u8; 32],
) -> Result<(EffectiveState, bool), StoreError> {
    let stored = view
        .effective_states(&[device])?
        .into_iter()
        .next()
        .map(|(_, state)| state);
    Ok(match stored {
        Some(state) if state.hash == hash => (state, false),
        _ => {
            let state = EffectiveState {
                hash,
                version: stored.map_or(0, |state| state.version) + 1,
                updated_at: now,
            };
            (state, true)
        }
    })
}

/// Computes a locked device's effective policy and stores its state if it is new (P9).
///
/// # Errors
/// When the store fails, or there is no such device.
pub fn settle(
    tx: &mut (impl PoliciesMut + AutomationRules + Audiences + DevicesMut + Users + Segments + SmartAttributes + ?Sized),
    cx: &Context,
    device: DeviceId,
) -> Result<(DevicePolicies, EffectiveState), StoreError> {
    let device = tx.lock_device(device)?;
    let device = device.ok_or_else(|| StoreError::Failed("the device to settle is gone".to_owned()))?;
    let segments = tx.segments(device.organization)?;
    let policies = load(tx, &device, &segments)?;
    let (state, is_new) = state(tx, cx.now, device.id, policies.effective().hash())?;
    if is_new {
        tx.save_effective_state(device.id, &state)?;
    }
    Ok((policies, state))
}

/// Settles a device that a unit has changed: first what the rules give it (R4), then its effective policy (P9). Every
/// call that changes a device ends with this, so that its answer shows what follows.
///
/// # Errors
/// When the store fails, or there is no such device.
pub fn follow(
    tx: &mut (impl PoliciesMut + RuleStore + ?Sized),
    cx: &mut Context,
    device: DeviceId,
) -> Result<(DevicePolicies, EffectiveState), StoreError> {
    if let Some(device) = tx.lock_device(device)? {
        automation_rule::settle::device(tx, cx, &device)?;
    }
    settle(tx, cx, device)
}
