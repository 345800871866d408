//! What the use cases over rules make of a store: the circle of steps, and the guard against flapping.

use super::{
    furnish, read,
    rules::{audience, insert_policy, rule},
    samples, write,
};
use crate::{
    Actor, Environment, Origin, Timestamp,
    audience::Selectors,
    automation_rule::{
        settle,
        work::{self, STEP_DEVICES, WorkKind},
    },
    page::PageRequest,
    ports::{AuditQuery, Store, StoreError, Tx},
    segment::SegmentScope,
    testing::environment::{FixedEnvironment, NOW, context},
};
use std::{sync::Arc, time::Duration};

/// An organization with one rule over the tag `zebra`, and so many devices that carry it.
async fn ruled(store: &dyn Store, devices: u32) {
    furnish(store).await;
    write(store, move |tx| {
        insert_policy(tx, 1)?;
        let mut zebras = audience(1);
        zebras.selectors = Selectors {
            device_groups: vec![vec!["zebra".to_owned()]],
            ..Selectors::default()
        };
        tx.insert_audience(&zebras)?;
        tx.insert_automation_rule(&rule(1))?;
        for n in 1..=devices {
            tx.insert_device(&samples::device(n))?;
        }
        work::enqueue(tx, &context(), samples::home(), WorkKind::Rules, None)
    })
    .await
    .unwrap();
}

/// Works off whatever is left to do; how many steps that took, and how many differences sweeps found.
pub(super) async fn work_off(store: &dyn Store, now: Timestamp) -> (u32, u32) {
    let (mut steps, mut differences) = (0, 0);
    let cx = FixedEnvironment::new(now).context(Actor::CommandLine, Origin::default());
    while let Some(step) = store.write(&cx, |tx, cx| work::step(tx, cx)).await.expect("a step") {
        steps += 1;
        differences += step.differences;
        assert!(step.devices <= STEP_DEVICES && steps < 100);
    }
    (steps, differences)
}

async fn count(store: &dyn Store) -> u64 {
    let counts = read(store, |view| view.enforcement_counts(samples::home())).await;
    counts.iter().map(|(_, count)| count).sum()
}

/// Steps of bounded size reach every device; a removed rule leaves nothing; a sweep finds what is not as it should be.
pub async fn rules_are_worked_off_in_bounded_steps(store: Arc<dyn Store>) {
    let devices = 2 * STEP_DEVICES + 1;
    ruled(&*store, devices).await;
    assert_eq!(count(&*store).await, 0);
    assert_eq!(work_off(&*store, NOW).await, (3, 0));
    assert_eq!(count(&*store).await, u64::from(devices));
    write(&*store, |tx| {
        // Behind the back of every use case.
        tx.save_enforcements(&[], &[(samples::id(3), samples::id(1))])?;
        let mut device = samples::device(4);
        device.tags.clear();
        tx.update_device(&device)?;
        assert_eq!(work::begin_sweeps(tx, &context())?, 1);
        assert_eq!(work::begin_sweeps(tx, &context())?, 0, "it is being swept");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(work_off(&*store, NOW).await, (3, 2));
    assert_eq!(count(&*store).await, u64::from(devices) - 1);
    write(&*store, |tx| {
        // Ids of its own: the sweep has written an audit entry with the first seed.
        let environment = FixedEnvironment::default();
        environment.seed();
        let mut cx = environment.context(Actor::CommandLine, Origin::default());
        crate::automation_rule::change::take_away(tx, &mut cx, &rule(1))
    })
    .await
    .unwrap();
    work_off(&*store, NOW).await;
    let left = read(&*store, |view| {
        assert_eq!(view.organizations_with_rules()?, []);
        view.enforcements_of(&[samples::id(1)])
    })
    .await;
    assert_eq!(left, []);
}

/// The sixth turn within an hour is held back and put on record once; later the device gets its due.
pub async fn flapping_is_held_back(store: Arc<dyn Store>) {
    ruled(&*store, 1).await;
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
        count(&*store).await
    };
    let (on, off): (&[&str], &[&str]) = (&["Zebra"], &[]);
    for minute in [0, 2, 4] {
        assert_eq!(turn(minute, on).await, 1);
        assert_eq!(
            turn(minute + 1, if minute == 4 { on } else { off }).await,
            u64::from(minute == 4)
        );
    }
    for minute in [10, 11, 12] {
        assert_eq!(turn(minute, off).await, 1, "the sixth is held back");
    }
    let events = read(&*store, |view| {
        view.audit_page(&AuditQuery {
            organization: samples::home(),
            scope: SegmentScope::All,
            action: Some("mdm.global.automationRule.flapping".to_owned()),
            target_id: None,
            ascending: true,
            page: PageRequest::default(),
        })
    })
    .await;
    assert_eq!(events.total, 1);
    let later = NOW + Duration::from_secs(3_600);
    write(&*store, |tx| work::begin_sweeps(tx, &context())).await.unwrap();
    assert_eq!(work_off(&*store, later).await.1, 0, "what was held back is no mistake");
    assert_eq!(count(&*store).await, 0);
}
