//! The policies of one device, from every source, and what follows from them.

use super::{
    Assignment, EffectiveState, Policy, Slot,
    cache::PreparedCache,
    effective::{DEFAULT_PRIORITY, Effective, Named, Source, Supplier, effective},
    placeholders::{Facts, needs_report, needs_smart},
    reaches,
    settings::Prepared,
};
use crate::{
    Context, DeviceId, OrganizationId, PolicyId, Timestamp,
    automation_rule::{
        self, Grant,
        enforced::{self, Enforced},
        settle::RuleStore,
    },
    default_config::DefaultKind,
    device::{Device, DeviceReport},
    ports::{
        Audiences, AutomationRules, DefaultConfigs, Devices, DevicesMut, Policies, PoliciesMut, Segments,
        SmartAttributes, StoreError, Users,
    },
    segment::Segment,
    smart_attribute::{self, SmartFact},
    user::User,
};
use std::sync::Arc;

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

/// The organization's default policy, where nothing else is given to a device.
#[derive(Debug, Clone, PartialEq)]
pub struct DefaultPolicy {
    /// The policy.
    pub policy: Policy,
    /// Whether it is out of reach of the device's segment, and so supplies nothing (P14).
    pub suspended: bool,
}

/// A rule that turned too often for a device: the device keeps what it had (R7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRule {
    /// The rule.
    pub rule: Named,
    /// The policy that it gives.
    pub policy: PolicyId,
    /// From when on it may turn again.
    pub until: Timestamp,
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
    /// What it has because nothing else was given to it.
    pub default: Option<DefaultPolicy>,
    /// The rules that the guard against flapping holds back, once they were [looked up](DevicePolicies::look_up_held).
    pub held: Vec<HeldRule>,
    user: Option<User>,
    report: Option<DeviceReport>,
    smart: Vec<SmartFact>,
    prepared: Vec<Arc<Prepared>>,
}

impl DevicePolicies {
    /// What the device should have, and why.
    #[must_use]
    pub fn effective(&self) -> Effective<'_> {
        let in_reach = self.assigned.iter().filter(|assigned| !assigned.suspended);
        let direct = in_reach.filter_map(|assigned| {
            Some(Supplier {
                policy: self.prepared(assigned.policy.id)?,
                priority: assigned.assignment.priority,
                source: match assigned.assignment.slot {
                    Slot::Primary => Source::Primary,
                    Slot::Direct => Source::Direct,
                },
            })
        });
        let enforced = self.enforced.iter().filter(|enforced| !enforced.suspended);
        let enforced = enforced.filter_map(|enforced| {
            Some(Supplier {
                policy: self.prepared(enforced.policy.id)?,
                priority: enforced.entry.priority,
                source: Source::Enforced {
                    rule: enforced.entry.rule.clone(),
                    audiences: enforced.entry.audiences.clone(),
                },
            })
        });
        let default = self.default.iter().filter(|default| !default.suspended);
        let default = default.filter_map(|default| {
            Some(Supplier {
                policy: self.prepared(default.policy.id)?,
                priority: DEFAULT_PRIORITY,
                source: Source::Default,
            })
        });
        let suppliers: Vec<Supplier<'_>> = direct.chain(enforced).chain(default).collect();
        let facts = Facts {
            device: &self.device,
            user: self.user.as_ref(),
            report: self.report.as_ref(),
            smart: &self.smart,
        };
        effective(&suppliers, &facts)
    }

    /// A policy ready to be merged.
    fn prepared(&self, policy: PolicyId) -> Option<&Prepared> {
        self.prepared.iter().find(|p| p.id == policy).map(Arc::as_ref)
    }

    /// Every policy that it was given, from whatever source.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        let assigned = self.assigned.iter().map(|a| &a.policy);
        let enforced = self.enforced.iter().map(|e| &e.policy);
        assigned.chain(enforced).chain(self.default.iter().map(|d| &d.policy))
    }

    /// Looks up the rules that are held back. What is merged does not depend on them: only who shows it needs them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn look_up_held(
        &mut self,
        view: &mut (impl AutomationRules + ?Sized),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let flips = view.rule_flips_of(&[self.device.id])?;
        let held: Vec<_> = flips
            .iter()
            .filter_map(|f| match f.grant {
                Grant::Rule(rule) => Some((rule, f.held_until(now)?)),
                Grant::Script(_) => None,
            })
            .collect();
        if held.is_empty() {
            return Ok(());
        }
        let rules = view.automation_rules(self.device.organization)?;
        let named = held.into_iter().filter_map(|(id, until)| {
            let rule = rules.iter().find(|rule| rule.id == id && rule.enabled)?;
            Some(HeldRule {
                rule: Named {
                    id: rule.id.to_string(),
                    name: rule.name.clone(),
                },
                policy: rule.policy,
                until,
            })
        });
        self.held = named.collect();
        Ok(())
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

/// The policies that a device has now. A unit that writes gives no cache: what it reads may never be committed.
///
/// # Errors
/// When the store fails.
pub fn load(
    view: &mut (impl Policies + DefaultConfigs + AutomationRules + Audiences + Users + Devices + SmartAttributes + ?Sized),
    device: &Device,
    segments: &[Segment],
    cache: Option<&PreparedCache>,
) -> Result<DevicePolicies, StoreError> {
    let enforced = enforced::stored(view, device.organization, &[device.id])?;
    let enforced = enforced.into_iter().map(|(_, enforced)| enforced).collect();
    let assignments = view.assignments_of(&[device.id])?;
    let assignments: Vec<Assignment> = assignments.into_iter().map(|(_, assignment)| assignment).collect();
    gather(view, device, &assignments, enforced, segments, cache)
}

/// The organization's default policy.
fn default_policy(
    view: &mut (impl DefaultConfigs + ?Sized),
    organization: OrganizationId,
) -> Result<Option<PolicyId>, StoreError> {
    let default = view.default_config(organization, DefaultKind::WinPolicy)?;
    Ok(default.and_then(|d| d.element.policy()))
}

/// The policies that a device would have with these assignments, if rules gave it these. Where there are neither, it is
/// the organization's default that it has.
///
/// # Errors
/// When the store fails.
pub fn gather(
    view: &mut (impl Policies + DefaultConfigs + Users + Devices + SmartAttributes + ?Sized),
    device: &Device,
    assignments: &[Assignment],
    enforced: Vec<Enforced>,
    segments: &[Segment],
    cache: Option<&PreparedCache>,
) -> Result<DevicePolicies, StoreError> {
    let default = match assignments.is_empty() && enforced.is_empty() {
        true => default_policy(view, device.organization)?,
        false => None,
    };
    let given = assignments.iter().map(|a| a.policy).chain(default);
    let mut ids: Vec<_> = given.chain(enforced.iter().map(|e| e.policy)).collect();
    ids.sort_unstable();
    ids.dedup();
    let policies = match ids.is_empty() {
        true => Vec::new(),
        false => view.policies_by_id(device.organization, &ids)?,
    };
    put_together(view, device, assignments, enforced, default, &policies, segments, cache)
}

/// The same, of policies that were read already.
///
/// # Errors
/// When the store fails.
#[allow(
    clippy::too_many_arguments,
    reason = "each is another kind of fact, and callers have them apart"
)]
pub(super) fn put_together(
    view: &mut (impl Users + Devices + SmartAttributes + ?Sized),
    device: &Device,
    assignments: &[Assignment],
    enforced: Vec<Enforced>,
    default: Option<PolicyId>,
    policies: &[Policy],
    segments: &[Segment],
    cache: Option<&PreparedCache>,
) -> Result<DevicePolicies, StoreError> {
    let is_suspended = |policy: &Policy| !reaches(policy, device.segment, segments);
    let assigned: Vec<Assigned> = assignments
        .iter()
        .filter_map(|assignment| {
            let policy = policies.iter().find(|p| p.id == assignment.policy)?;
            Some(Assigned {
                assignment: *assignment,
                policy: policy.clone(),
                suspended: is_suspended(policy),
            })
        })
        .collect();
    let enforced: Vec<EnforcedPolicy> = enforced
        .into_iter()
        .filter_map(|entry| {
            let policy = policies.iter().find(|p| p.id == entry.policy)?;
            Some(EnforcedPolicy {
                suspended: is_suspended(policy),
                policy: policy.clone(),
                entry,
            })
        })
        .collect();
    let default = default.and_then(|id| policies.iter().find(|p| p.id == id));
    let default = default.map(|policy| DefaultPolicy {
        policy: policy.clone(),
        suspended: is_suspended(policy),
    });
    let named = |policy: &&Policy| {
        let is_default = default.as_ref().is_some_and(|d| d.policy.id == policy.id);
        let is_enforced = enforced.iter().any(|e: &EnforcedPolicy| e.policy.id == policy.id);
        is_default || is_enforced || assigned.iter().any(|a| a.policy.id == policy.id)
    };
    let prepared: Vec<Arc<Prepared>> = policies
        .iter()
        .filter(named)
        .map(|policy| match cache {
            Some(cache) => cache.prepared(policy),
            None => Arc::new(Prepared::of(policy)),
        })
        .collect();
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
        default,
        held: Vec::new(),
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
    tx: &mut (
             impl PoliciesMut
             + DefaultConfigs
             + AutomationRules
             + Audiences
             + DevicesMut
             + Users
             + Segments
             + SmartAttributes
             + ?Sized
         ),
    cx: &Context,
    device: DeviceId,
) -> Result<(DevicePolicies, EffectiveState), StoreError> {
    let device = tx.lock_device(device)?;
    let device = device.ok_or_else(|| StoreError::Failed("the device to settle is gone".to_owned()))?;
    let segments = tx.segments(device.organization)?;
    let policies = load(tx, &device, &segments, None)?;
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
    tx: &mut (impl PoliciesMut + DefaultConfigs + RuleStore + ?Sized),
    cx: &mut Context,
    device: DeviceId,
) -> Result<(DevicePolicies, EffectiveState), StoreError> {
    if let Some(device) = tx.lock_device(device)? {
        automation_rule::settle::device(tx, cx, &device)?;
    }
    settle(tx, cx, device)
}
