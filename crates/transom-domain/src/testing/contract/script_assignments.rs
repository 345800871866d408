//! Promises about what scripts are assigned to, and about the runs that this gives devices.

use super::{furnish, read, rule_steps::work_off, rules::audience, samples, write};
use crate::{
    Actor, DeviceId, Environment, Origin, ScriptId,
    audience::Selectors,
    automation_rule::{
        Grant,
        flapping::Flips,
        settle,
        work::{self, STEP_DEVICES, WorkKind},
    },
    device::DeviceState,
    page::PageRequest,
    ports::{AuditQuery, Store, StoreError, Tx},
    script::assignment::{AssignedScript, RunState, ScriptRun, Target},
    segment::{SegmentId, SegmentScope},
    testing::environment::{FixedEnvironment, NOW, context},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

fn run(device: u32, script: u32) -> ScriptRun {
    ScriptRun::begun(samples::id(device), samples::id(script), NOW)
}

fn targets() -> Vec<Target> {
    vec![
        Target::NotAudience(samples::id(2)),
        Target::AllDevices,
        Target::Audience(samples::id(1)),
    ]
}

/// In their order, in place of those before; a script that is assigned stays.
pub async fn targets_of_scripts_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let (one, two) = (samples::script(1), samples::script(2));
        tx.insert_script(&one)?;
        tx.insert_script(&two)?;
        assert_eq!(tx.assigned_scripts(samples::home())?, []);
        assert_eq!(tx.organizations_with_assigned_scripts()?, []);
        tx.save_script_targets(&two, &[Target::AllDevices], NOW)?;
        tx.save_script_targets(&one, &[Target::AllDevices], NOW)?;
        tx.save_script_targets(&one, &targets(), NOW)?;
        assert_eq!(tx.script_targets(one.id)?, targets());
        assert_eq!(tx.script_targets(samples::id(9))?, []);
        let assigned = |script: &crate::script::Script, targets: &[Target]| AssignedScript {
            script: script.id,
            name: script.name.clone(),
            shelf: script.shelf(),
            targets: targets.to_vec(),
        };
        let both = [assigned(&one, &targets()), assigned(&two, &[Target::AllDevices])];
        assert_eq!(tx.assigned_scripts(samples::home())?, both);
        assert_eq!(tx.assigned_scripts(samples::id(9))?, []);
        assert_eq!(tx.organizations_with_assigned_scripts()?, [samples::home()]);
        tx.save_script_targets(&two, &[], NOW)?;
        tx.save_script_targets(&two, &[], NOW)?;
        assert_eq!(tx.script_targets(two.id)?, []);
        tx.remove_script(two.id)
    })
    .await
    .unwrap();
    let used = write(&*store, |tx| tx.remove_script(samples::id(1))).await;
    assert!(used.is_err(), "it is assigned");
    let unknown = write(&*store, |tx| {
        tx.save_script_targets(&samples::script(9), &targets(), NOW)
    });
    unknown.await.unwrap_err();
}

/// Every field, in place of what was there; without those that are taken away. Turns are counted for scripts as for rules.
pub async fn runs_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_script(&samples::script(1))?;
        tx.insert_script(&samples::script(2))?;
        for n in 1..=3 {
            tx.insert_device(&samples::device(n))?;
        }
        tx.save_script_runs(&[], &[])?;
        tx.save_script_runs(&[run(1, 2), run(1, 1), run(2, 1), run(3, 1)], &[])?;
        let gone: (DeviceId, ScriptId) = (samples::id(3), samples::id(1));
        for state in RunState::ALL {
            let changed = ScriptRun {
                state,
                updated_at: NOW + Duration::from_secs(1),
                ..run(1, 1)
            };
            tx.save_script_runs(std::slice::from_ref(&changed), &[gone])?;
            let ids = [samples::id(3), samples::id(1)];
            assert_eq!(tx.script_runs_of(&ids)?, [changed, run(1, 2)]);
        }
        assert_eq!(tx.script_runs_of(&[samples::id(2)])?, [run(2, 1)]);
        assert_eq!(tx.script_runs_of(&[])?, []);
        let flips = [Grant::Rule(samples::id(1)), Grant::Script(samples::id(2))].map(|grant| Flips {
            times: vec![NOW],
            ..Flips::none(samples::id(1), grant)
        });
        tx.save_rule_flips(&flips)?;
        let mut found = tx.rule_flips_of(&[samples::id(1)])?;
        found.sort_by_key(|flips| flips.grant);
        assert_eq!(found, flips);
        Ok(())
    })
    .await
    .unwrap();
}

/// Each device once, with its record if there is one; records count while the script is assigned.
pub async fn devices_have_scripts_directly_or_by_assignment(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let script = samples::script(1);
        tx.insert_script(&script)?;
        tx.insert_script(&samples::script(2))?;
        for n in 1..=6 {
            let mut device = samples::device(n);
            device.segment = SegmentId(if n == 4 { 2 } else { 1 });
            if n == 5 {
                device.state = DeviceState::Deleted;
            }
            tx.insert_device(&device)?;
        }
        for n in [1, 3, 5] {
            tx.save_device_scripts(samples::id(n), &[samples::device_script(1)])?;
        }
        tx.save_device_scripts(samples::id(6), &[samples::device_script(2)])?;
        let success = ScriptRun {
            state: RunState::Success,
            ..run(4, 1)
        };
        tx.save_script_runs(&[run(2, 1), run(3, 1), success.clone(), run(5, 1), run(6, 2)], &[])?;
        let direct = [(samples::id(1), None), (samples::id(3), None)];
        let all = SegmentScope::All;
        assert_eq!(
            tx.script_run_scan(script.id, &all, None, 9)?,
            direct,
            "it is not assigned"
        );
        assert_eq!(tx.script_run(script.id, samples::id(2))?, None);
        assert_eq!(tx.script_run(script.id, samples::id(3))?, Some(None));
        assert_eq!(tx.script_run_counts(script.id, &all)?, []);
        tx.save_script_targets(&script, &[Target::AllDevices], NOW)?;
        let both: [(DeviceId, Option<ScriptRun>); 4] = [
            (samples::id(1), None),
            (samples::id(2), Some(run(2, 1))),
            (samples::id(3), Some(run(3, 1))),
            (samples::id(4), Some(success.clone())),
        ];
        assert_eq!(tx.script_run_scan(script.id, &all, None, 9)?, both);
        assert_eq!(tx.script_run_scan(script.id, &all, None, 2)?, both[..2]);
        let after = Some(samples::id(2));
        assert_eq!(tx.script_run_scan(script.id, &all, after, 1)?, both[2..3]);
        let one = SegmentScope::Only(BTreeSet::from([SegmentId(1)]));
        assert_eq!(tx.script_run_scan(script.id, &one, None, 9)?, both[..3]);
        assert_eq!(tx.script_run(script.id, samples::id(3))?, Some(Some(run(3, 1))));
        assert_eq!(tx.script_run(script.id, samples::id(1))?, Some(None));
        assert_eq!(tx.script_run(script.id, samples::id(6))?, None);
        assert_eq!(tx.script_run_counts(script.id, &all)?, [(RunState::Success, 1)]);
        assert_eq!(tx.script_run_counts(script.id, &one)?, []);
        Ok(())
    })
    .await
    .unwrap();
}

/// A script for whoever carries the tag `zebra`, as all samples do, and so many devices.
async fn assigned(store: &dyn Store, devices: u32) {
    furnish(store).await;
    write(store, move |tx| {
        let mut zebras = audience(1);
        zebras.segment = SegmentId::ROOT;
        zebras.selectors = Selectors {
            device_groups: vec![vec!["zebra".to_owned()]],
            ..Selectors::default()
        };
        tx.insert_audience(&zebras)?;
        let mut script = samples::script(1);
        (script.segment, script.expose_to_children) = (SegmentId::ROOT, true);
        tx.insert_script(&script)?;
        tx.save_script_targets(&script, &[Target::Audience(samples::id(1))], NOW)?;
        for n in 1..=devices {
            tx.insert_device(&samples::device(n))?;
        }
        work::enqueue(tx, &context(), samples::home(), WorkKind::Rules, None)
    })
    .await
    .unwrap();
}

async fn count(store: &dyn Store, devices: u32) -> usize {
    let ids: Vec<DeviceId> = (1..=devices).map(samples::id).collect();
    read(store, move |view| view.script_runs_of(&ids)).await.len()
}

/// Steps of bounded size reach every device, and leave nothing of what is assigned no longer, even if the script is gone; a
/// sweep finds what is not as it should be.
pub async fn assignments_are_worked_off_in_bounded_steps(store: Arc<dyn Store>) {
    let devices = 2 * STEP_DEVICES + 1;
    assigned(&*store, devices).await;
    assert_eq!(work_off(&*store, NOW).await, (3, 0));
    assert_eq!(count(&*store, devices).await, devices as usize);
    let first = read(&*store, |view| view.script_runs_of(&[samples::id(1)])).await;
    assert_eq!(first, [run(1, 1)]);
    write(&*store, |tx| {
        // Behind the back of every use case.
        tx.save_script_runs(&[], &[(samples::id(3), samples::id(1))])?;
        assert_eq!(work::begin_sweeps(tx, &context())?, 1);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(work_off(&*store, NOW).await, (3, 1));
    assert_eq!(count(&*store, devices).await, devices as usize);
    write(&*store, |tx| {
        tx.save_script_targets(&samples::script(1), &[], NOW)?;
        work::enqueue(tx, &context(), samples::home(), WorkKind::Rules, None)?;
        tx.remove_script(samples::id(1))
    })
    .await
    .unwrap();
    assert_eq!(
        count(&*store, devices).await,
        devices as usize,
        "they are worked off later"
    );
    assert_eq!(work_off(&*store, NOW).await.0, 3);
    assert_eq!(count(&*store, devices).await, 0);
    write(&*store, |tx| {
        assert_eq!(work::begin_sweeps(tx, &context())?, 0, "nothing is assigned");
        Ok(())
    })
    .await
    .unwrap();
}

/// Many scripts that come at once take more steps, of fewer devices.
pub async fn what_much_gives_at_once_is_bounded_too(store: Arc<dyn Store>) {
    const DEVICES: u32 = 100;
    const SCRIPTS: u32 = 30;
    assigned(&*store, DEVICES).await;
    write(&*store, |tx| {
        for n in 2..=SCRIPTS {
            let mut script = samples::script(n);
            (script.segment, script.expose_to_children) = (SegmentId::ROOT, true);
            tx.insert_script(&script)?;
            tx.save_script_targets(&script, &[Target::AllDevices], NOW)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let most = work::STEP_CHANGES as u32 + SCRIPTS;
    let cx = FixedEnvironment::new(NOW).context(Actor::CommandLine, Origin::default());
    let mut steps = 0;
    while let Some(step) = store.write(&cx, |tx, cx| work::step(tx, cx)).await.expect("a step") {
        assert!(step.changed < most, "{}", step.changed);
        steps += 1;
    }
    assert_eq!(steps, 3);
    assert_eq!(count(&*store, DEVICES).await, (DEVICES * SCRIPTS) as usize);
}

/// As with rules: the sixth turn within an hour is held back and put on record once.
pub async fn a_script_that_flaps_is_held_back(store: Arc<dyn Store>) {
    assigned(&*store, 1).await;
    let turn = async |minute: u64, tags: &'static [&'static str]| {
        let now = NOW + Duration::from_secs(60 * minute);
        let cx = FixedEnvironment::new(now).context(Actor::CommandLine, Origin::default());
        let change = move |tx: &mut dyn Tx, cx: &mut crate::Context| -> Result<(), StoreError> {
            let mut device = samples::device(1);
            device.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            tx.update_device(&device)?;
            settle::device(tx, cx, &device)?;
            Ok(())
        };
        store.write(&cx, change).await.expect("a turn");
        count(&*store, 1).await
    };
    let (on, off): (&[&str], &[&str]) = (&["Zebra"], &[]);
    for minute in 0..5 {
        let has = minute % 2 == 0;
        assert_eq!(turn(minute, if has { on } else { off }).await, usize::from(has));
    }
    for minute in [10, 11] {
        assert_eq!(turn(minute, off).await, 1, "the sixth is held back");
    }
    let events = read(&*store, |view| {
        view.audit_page(&AuditQuery {
            organization: samples::home(),
            scope: SegmentScope::All,
            action: Some("mdm.global.script.flapping".to_owned()),
            target_id: None,
            ascending: true,
            page: PageRequest::default(),
        })
    })
    .await;
    assert_eq!(events.total, 1);
}
