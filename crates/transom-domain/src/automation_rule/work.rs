//! What a change makes of many PCs, worked off in bounded steps (R4, decision 36). What is left to do is a row, so that a
//! crash in the middle loses nothing; each step is one short unit of work, so that nobody waits for it.
//!
//! The PCs of an organization are gone through in a circle, in the order of their ids. A change that comes while they are
//! being gone through makes the circle end where it stands at that moment: then every PC has been looked at since, and
//! changes that go on coming keep nobody from his turn.

use super::{
    Ruleset,
    settle::{Cause, RuleStore, devices},
};
use crate::{
    Context, DeviceId, OrganizationId, Timestamp, UserId,
    audit::{Audit, Target},
    ports::{AutomationRules, AutomationRulesMut, ScriptAssignments, StoreError},
};
use serde_json::json;

/// PCs that one step looks at: some ten milliseconds, so that neither a check-in nor an API call waits long for it.
pub const STEP_DEVICES: u32 = 200;

/// Entries after which a step looks at no further PC: what many rules and scripts give at once is some ten milliseconds
/// too.
pub const STEP_CHANGES: usize = 1_000;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WorkKind {
    /// A rule, an assignment of a script, an audience or the tree changed: every PC of the organization.
    Rules,
    /// A user changed: their PCs.
    User,
    /// Nothing changed: the safety net (R4). Waits until nothing else is left to do.
    Sweep,
}

impl WorkKind {
    /// Every kind.
    pub const ALL: [WorkKind; 3] = [Self::Rules, Self::User, Self::Sweep];

    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            WorkKind::Rules => "rules",
            WorkKind::User => "user",
            WorkKind::Sweep => "sweep",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Work that is left to do. There is at most one of a kind, for users one for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleWork {
    /// In which organization.
    pub organization: OrganizationId,
    /// What.
    pub kind: WorkKind,
    /// Whose PCs; none: everybody's.
    pub user: Option<UserId>,
    /// The last PC that was looked at in this round of the circle; none: it is at the beginning.
    pub cursor: Option<DeviceId>,
    /// The PC at which the circle closes; none: at the end of the list.
    pub until: Option<DeviceId>,
    /// Whether the end of the list was passed, so that the circle closes at `until` now.
    pub wrapped: bool,
    /// Differences that a sweep found.
    pub differences: u32,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last worked on.
    pub updated_at: Timestamp,
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// On what.
    pub organization: OrganizationId,
    /// Of which kind.
    pub kind: WorkKind,
    /// PCs looked at.
    pub devices: u32,
    /// Entries changed.
    pub changed: u32,
    /// Whether that was all.
    pub finished: bool,
    /// Differences that a finished sweep found.
    pub differences: u32,
}

impl RuleWork {
    /// A change came: everything has to be looked at since now.
    pub fn begin_again(&mut self) {
        self.until = self.cursor;
        self.wrapped = false;
    }

    /// Takes note of the PCs that a step looked at, in the order of their ids; `is_end` says that there are no more
    /// behind them. Whether everything has been looked at.
    pub fn advance(&mut self, last: Option<DeviceId>, is_end: bool) -> bool {
        self.cursor = last.or(self.cursor);
        if self.wrapped {
            return is_end || self.cursor >= self.until;
        }
        if !is_end {
            return false;
        }
        if self.until.is_none() {
            return true;
        }
        (self.cursor, self.wrapped) = (None, true);
        false
    }
}

/// How many PCs are still to be looked at.
///
/// # Errors
/// When the store fails.
pub fn left(view: &mut (impl AutomationRules + ?Sized), work: &RuleWork) -> Result<u64, StoreError> {
    if work.wrapped {
        return view.count_devices_between(work.organization, work.cursor, work.until);
    }
    let behind = view.count_devices_between(work.organization, work.cursor, None)?;
    match work.until {
        Some(until) => Ok(behind + view.count_devices_between(work.organization, None, Some(until))?),
        None => Ok(behind),
    }
}

/// Puts down what is to be done, unless it is being done; then it goes round once more.
///
/// # Errors
/// When the store fails.
pub fn enqueue(
    tx: &mut (impl AutomationRulesMut + ?Sized),
    cx: &Context,
    organization: OrganizationId,
    kind: WorkKind,
    user: Option<UserId>,
) -> Result<(), StoreError> {
    let mut work = tx.lock_rule_work(organization, kind, user)?.unwrap_or(RuleWork {
        organization,
        kind,
        user,
        cursor: None,
        until: None,
        wrapped: false,
        differences: 0,
        created_at: cx.now,
        updated_at: cx.now,
    });
    work.begin_again();
    tx.save_rule_work(&work)
}

/// Something changed that any audience may look at, of any PC: puts down work, if there are rules or assigned scripts.
///
/// # Errors
/// When the store fails.
pub fn everything_changed(
    tx: &mut (impl AutomationRulesMut + ScriptAssignments + ?Sized),
    cx: &Context,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    if tx.automation_rules(organization)?.is_empty() && tx.assigned_scripts(organization)?.is_empty() {
        return Ok(());
    }
    enqueue(tx, cx, organization, WorkKind::Rules, None)
}

/// One step of whatever waits longest; none, if nothing waits.
///
/// # Errors
/// When the store fails.
pub fn step(tx: &mut (impl RuleStore + ?Sized), cx: &mut Context) -> Result<Option<Step>, StoreError> {
    let Some(mut work) = tx.lock_next_rule_work()? else {
        return Ok(None);
    };
    let organization = work.organization;
    let ruleset = Ruleset::load(tx, organization)?;
    let next = tx.lock_devices_after(organization, work.user, work.cursor, STEP_DEVICES)?;
    let count = u32::try_from(next.len()).unwrap_or(u32::MAX);
    let cause = match work.kind {
        WorkKind::Rules => Cause::Rules,
        WorkKind::User => Cause::Facts,
        WorkKind::Sweep => Cause::Sweep,
    };
    let settled = devices(tx, cx, &ruleset, organization, next, cause, STEP_CHANGES)?;
    if work.kind == WorkKind::Sweep {
        work.differences += settled.changed.saturating_sub(settled.released);
    }
    let is_end = count < STEP_DEVICES && settled.devices == count;
    let finished = work.advance(settled.last, is_end);
    if finished {
        finish(tx, cx, &work)?;
    } else {
        work.updated_at = cx.now;
        tx.save_rule_work(&work)?;
    }
    Ok(Some(Step {
        organization,
        kind: work.kind,
        devices: settled.devices,
        changed: settled.changed,
        finished,
        differences: if finished { work.differences } else { 0 },
    }))
}

/// Everything has been looked at.
fn finish(tx: &mut (impl RuleStore + ?Sized), cx: &mut Context, work: &RuleWork) -> Result<(), StoreError> {
    tx.delete_rule_work(work.organization, work.kind, work.user)?;
    if work.kind == WorkKind::Rules {
        // No PC has an entry of a removed rule any more.
        tx.purge_automation_rules(work.organization)?;
    }
    if work.differences > 0 {
        let audit = Audit::new(cx, work.organization, "mdm.global.automationRule.sweep")
            .target(Target::Organization(work.organization))
            .after(json!({ "differences": work.differences }));
        tx.append_audit(&audit.done())?;
    }
    Ok(())
}

/// Puts down a sweep for every organization that has rules or assigned scripts and is not being swept (R4). Answers how
/// many.
///
/// # Errors
/// When the store fails.
pub fn begin_sweeps(
    tx: &mut (impl AutomationRulesMut + ScriptAssignments + ?Sized),
    cx: &Context,
) -> Result<u32, StoreError> {
    let mut begun = 0;
    let mut organizations = tx.organizations_with_rules()?;
    organizations.extend(tx.organizations_with_assigned_scripts()?);
    organizations.sort_unstable();
    organizations.dedup();
    for organization in organizations {
        if tx.lock_rule_work(organization, WorkKind::Sweep, None)?.is_none() {
            enqueue(tx, cx, organization, WorkKind::Sweep, None)?;
            begun += 1;
        }
    }
    Ok(begun)
}

/// One step: forgets turns that count no longer (R7). Returns how many; fewer than [`super::flapping::FORGET_STEP`] means
/// none is left.
///
/// # Errors
/// When the store fails.
pub fn forget_flips(tx: &mut (impl AutomationRulesMut + ?Sized), cx: &Context) -> Result<u32, StoreError> {
    use super::flapping::{FORGET_STEP, WINDOW};
    // A turn that is held back ends with the sweep after its hour; until then it is remembered that it was held.
    tx.forget_rule_flips(cx.now - 2 * WINDOW, FORGET_STEP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn id(n: u8) -> DeviceId {
        DeviceId::from([n; 12])
    }

    fn work() -> RuleWork {
        RuleWork {
            organization: [0; 12].into(),
            kind: WorkKind::Rules,
            user: None,
            cursor: None,
            until: None,
            wrapped: false,
            differences: 0,
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
        }
    }

    /// Goes round by steps of so many of `devices`; before step `n` a change comes where `changes` has it. Which change
    /// each device was last looked at after.
    fn round(devices: u8, step: usize, changes: &[usize]) -> BTreeMap<u8, usize> {
        let (mut work, mut seen, mut version, mut steps) = (work(), BTreeMap::new(), 0, 0);
        loop {
            if changes.contains(&steps) {
                version = steps;
                work.begin_again();
            }
            steps += 1;
            assert!(steps < 1_000, "it comes to an end");
            let behind = (1..=devices).filter(|n| work.cursor.is_none_or(|cursor| id(*n) > cursor));
            let next: Vec<u8> = behind.take(step).collect();
            for device in &next {
                seen.insert(*device, version);
            }
            if work.advance(next.last().map(|n| id(*n)), next.len() < step) {
                return seen;
            }
        }
    }

    #[test]
    fn every_pc_is_looked_at_after_the_last_change() {
        for devices in 0..9 {
            for step in 1..5 {
                for first in 0..8 {
                    for second in 0..12 {
                        let changes = [first, second];
                        let seen = round(devices, step, &changes);
                        assert_eq!(seen.len(), usize::from(devices), "all are looked at");
                        let latest = seen.values().copied().max().unwrap_or(0);
                        assert!(
                            seen.values().all(|version| *version == latest),
                            "{devices} by {step} with {changes:?}: {seen:?}"
                        );
                    }
                }
            }
        }
    }
}
