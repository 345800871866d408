//! Deciding what waited for the first inventory (N7, decision 37).

use super::{
    PendingName, Placement, PlacementState, PlacementStore, changed, existing, place, segment_name, told, write,
};
use crate::{
    Context,
    audit::{Audit, Target},
    device::Device,
    enrollment::Enrollment,
    enrollment_template::{
        facts::Facts,
        name::{NamePattern, Naming},
        ruling::rule,
    },
    policy::{Assignment, Slot},
    ports::{Segments, StoreError},
};

/// The inventory is read: what waited for it is decided now (N7, decision 37). Where nothing waited, nothing happens.
///
/// # Errors
/// When the store fails.
pub fn after_inventory(
    tx: &mut (impl PlacementStore + ?Sized),
    cx: &mut Context,
    enrollment: &mut Enrollment,
    device: &mut Device,
) -> Result<(), StoreError> {
    let Some(placement) = enrollment.placement.clone() else {
        return Ok(());
    };
    let waits = placement
        .by
        .as_ref()
        .is_some_and(|by| by.state == PlacementState::Undecided);
    if !waits && placement.pending_name.is_none() {
        return Ok(());
    }
    let mut facts = Facts::of_inventory(device, &enrollment.facts);
    if let Some(user) = enrollment.user {
        let user = tx.user(enrollment.organization, user)?;
        facts.person = user.as_ref().map(Into::into);
    }
    let before = device.clone();
    let mut after = if waits {
        decide(tx, cx, enrollment, device, &placement, &mut facts)?
    } else {
        placement
    };
    if let Some(pending) = after.pending_name.take() {
        rename(tx, cx, device, &mut after, &pending, &facts)?;
    }
    enrollment.placement = Some(after);
    tx.update_enrollment(enrollment)?;
    changed(tx, cx, &before, device)?;
    if waits && let Some(placement) = &enrollment.placement {
        let audit = Audit::new(cx, device.organization, "mdm.windows.device.applyEnrollmentRules")
            .target(Target::Device(device.id))
            .segment(device.segment)
            .after(told(placement));
        tx.append_audit(&audit.done())?;
    }
    Ok(())
}

/// Asks the rules again, with every fact there will be, and writes what they say to the record. What an administrator
/// did to the device meanwhile stays.
fn decide(
    tx: &mut (impl PlacementStore + ?Sized),
    cx: &Context,
    enrollment: &Enrollment,
    device: &mut Device,
    early: &Placement,
    facts: &mut Facts,
) -> Result<Placement, StoreError> {
    let token = match enrollment.token {
        Some(id) => tx.enrollment_token(enrollment.organization, id)?,
        None => None,
    };
    facts.token_tags = token.as_ref().map(|t| t.tags.clone()).unwrap_or_default();
    let own = token.as_ref().and_then(|t| t.template);
    let ruling = rule(tx, enrollment.organization, own, facts)?;
    let placement = place(tx, cx, device, ruling.as_ref(), token.as_ref(), facts)?;
    let mut placement = match placement {
        Some(placement) if placement.by.is_some() => placement,
        // The template was removed meanwhile: nobody is left who could decide.
        _ => {
            let mut placement = early.clone();
            if let Some(by) = &mut placement.by {
                (by.state, by.rule, by.rule_name) = (PlacementState::Unmatched, None, None);
            }
            placement
        }
    };
    if Some(device.segment) != early.outcome.segment {
        placement.outcome.segment = None;
    }
    if device.display_name != early.was_called {
        placement.outcome.display_name = None;
    }
    write(tx, device, &placement)?;
    let given = placement.outcome.assignments.clone().unwrap_or_default();
    let mut assignments: Vec<Assignment> = tx.assignments_of(&[device.id])?.into_iter().map(|(_, a)| a).collect();
    for new in given.into_iter().map(Assignment::from) {
        let taken = |a: &Assignment| a.policy == new.policy || (new.slot == Slot::Primary && a.slot == Slot::Primary);
        if !assignments.iter().any(taken) {
            assignments.push(new);
        }
    }
    // The primary policy comes first.
    assignments.sort_by_key(|a| a.slot != Slot::Primary);
    let assignments = existing(tx, device, assignments)?;
    tx.save_assignments(device.id, &assignments)?;
    placement.is_applied = true;
    Ok(placement)
}

/// Makes the name that waited for the inventory, unless somebody changed the name meanwhile.
fn rename(
    tx: &mut (impl Segments + ?Sized),
    cx: &Context,
    device: &mut Device,
    placement: &mut Placement,
    pending: &PendingName,
    facts: &Facts,
) -> Result<(), StoreError> {
    if device.display_name != placement.was_called {
        return Ok(());
    }
    let Ok(pattern) = NamePattern::parse(&pending.pattern, pending.keys.iter().map(String::as_str)) else {
        return Ok(());
    };
    let segment = segment_name(tx, device, None)?;
    let rendered = pattern.render(&Naming {
        facts,
        device: Some(device.id),
        template: &pending.template,
        rule: pending.rule.as_deref(),
        segment: &segment,
        counter: pending.counter,
        now: cx.now,
    });
    if let Some(name) = rendered.name {
        device.display_name.clone_from(&name);
        placement.outcome.display_name = Some(name);
    }
    Ok(())
}
