//! Promises about audiences and automation rules.

use super::{furnish, samples, write};
use crate::{
    DeviceId, RuleId,
    audience::{Audience, Matched, Selectors},
    automation_rule::{
        AutomationRule, Enforcement, Grant,
        flapping::Flips,
        work::{RuleWork, WorkKind},
    },
    device::DeviceState,
    page::PageRequest,
    policy::{Assignment, PolicyVersion},
    ports::{Store, StoreError, Tx},
    segment::{SegmentId, SegmentScope},
    testing::environment::{NOW, context},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

pub(super) fn audience(n: u32) -> Audience {
    Audience {
        id: samples::id(n),
        organization: samples::home(),
        segment: SegmentId(1),
        expose_to_children: true,
        name: format!("Audience {n}"),
        description: Some("\u{1f5a5} all of them".to_owned()),
        selectors: Selectors {
            device_groups: vec![vec!["zebra".to_owned(), "os:Windows*".to_owned()], vec![]],
            user_groups: vec![vec!["ape".to_owned()]],
            devices: vec![samples::id(5)],
            users: vec![samples::id(6)],
            serial_numbers: vec!["SN".to_owned()],
            foreign: [vec!["e".to_owned()], vec![], vec!["o".to_owned()]],
        },
        exclude: Selectors::default(),
        created_at: NOW + Duration::from_secs(n.into()),
        updated_at: NOW + Duration::from_secs(60),
    }
}

pub(super) fn rule(n: u32) -> AutomationRule {
    AutomationRule {
        id: samples::id(n),
        organization: samples::home(),
        segment: SegmentId(1),
        name: format!("Rule {n}"),
        description: None,
        enabled: true,
        audiences: vec![samples::id(2), samples::id(1)],
        policy: samples::id(1),
        priority: 5,
        created_at: NOW + Duration::from_secs(n.into()),
        updated_at: NOW + Duration::from_secs(60),
    }
}

fn entry(device: u32, rule: u32) -> Enforcement {
    Enforcement {
        device: samples::id(device),
        rule: samples::id(rule),
        audiences: vec![Matched {
            audience: samples::id(1),
            reasons: vec!["tag:\"ä\"".to_owned(), "user.department:Sales".to_owned()],
        }],
        since: NOW,
    }
}

fn work_row(kind: WorkKind, user: Option<u32>, seconds: u64) -> RuleWork {
    RuleWork {
        organization: samples::home(),
        kind,
        user: user.map(samples::id),
        cursor: Some(samples::id(7)),
        until: Some(samples::id(3)),
        wrapped: true,
        differences: 3,
        created_at: NOW,
        updated_at: NOW + Duration::from_secs(seconds),
    }
}

pub(super) fn insert_policy(tx: &mut dyn Tx, n: u32) -> Result<(), StoreError> {
    let policy = samples::policy(n);
    tx.insert_policy(&policy)?;
    tx.append_policy_version(&PolicyVersion::of(&policy, &context()))
}

/// Every field; none of another organization.
pub async fn audiences_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_audience(&audience(2))?;
        tx.insert_audience(&audience(1))?;
        tx.insert_audience(&audience(3))?;
        tx.delete_audience(samples::id(3))?;
        let mut changed = audience(77);
        (changed.id, changed.segment, changed.expose_to_children) = (samples::id(2), SegmentId(2), false);
        (changed.description, changed.exclude) = (None, audience(1).selectors);
        changed.created_at = audience(2).created_at;
        tx.update_audience(&changed)?;
        let home = samples::home();
        assert_eq!(tx.audience(home, samples::id(1))?, Some(audience(1)));
        assert_eq!(tx.audience(home, samples::id(2))?, Some(changed.clone()));
        assert_eq!(tx.audience(home, samples::id(3))?, None);
        assert_eq!(tx.audience(samples::id(9), samples::id(1))?, None);
        assert_eq!(tx.audiences(home)?, [audience(1), changed.clone()]);
        let ids = [samples::id(2), samples::id(99)];
        assert_eq!(tx.audiences_by_id(home, &ids)?, [changed]);
        assert_eq!(tx.audiences_by_id(samples::id(9), &ids)?, []);
        let names = [
            (samples::id(1), "Audience 1".to_owned()),
            (samples::id(2), "Audience 77".to_owned()),
        ];
        assert_eq!(tx.audience_names(home)?, names);
        assert_eq!(tx.segment_uses(home, SegmentId(1), NOW)?.audiences, 1);
        Ok(())
    })
    .await
    .unwrap();
    let lost = write(&*store, |tx| tx.update_audience(&audience(9))).await;
    assert!(lost.is_err());
    assert!(write(&*store, |tx| tx.delete_audience(samples::id(9))).await.is_err());
}

/// Every field; a removed one is not there, and gone for good once it is purged.
pub async fn automation_rules_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        insert_policy(tx, 1)?;
        insert_policy(tx, 2)?;
        tx.insert_device(&samples::device(1))?;
        tx.insert_automation_rule(&rule(2))?;
        tx.insert_automation_rule(&rule(1))?;
        let mut changed = rule(77);
        (changed.id, changed.segment, changed.enabled) = (samples::id(2), SegmentId(2), false);
        (changed.description, changed.policy, changed.priority) = (Some("x".to_owned()), samples::id(2), 10_000);
        (changed.audiences, changed.created_at) = (vec![samples::id(9)], rule(2).created_at);
        tx.update_automation_rule(&changed)?;
        let home = samples::home();
        assert_eq!(tx.automation_rule(home, samples::id(1))?, Some(rule(1)));
        assert_eq!(tx.automation_rule(samples::id(9), samples::id(1))?, None);
        assert_eq!(tx.automation_rules(home)?, [rule(1), changed.clone()]);
        assert_eq!(tx.organizations_with_rules()?, [home]);
        tx.save_enforcements(&[entry(1, 1), entry(1, 2)], &[])?;
        assert_eq!(tx.segment_uses(home, SegmentId(1), NOW)?.automation_rules, 1);
        tx.remove_automation_rule(samples::id(1), NOW)?;
        assert_eq!(tx.automation_rules(home)?, [changed]);
        assert_eq!(tx.automation_rule(home, samples::id(1))?, None);
        assert_eq!(tx.segment_uses(home, SegmentId(1), NOW)?.automation_rules, 0);
        tx.delete_policy(samples::id(1))?;
        assert_eq!(
            tx.enforcements_of(&[samples::id(1)])?.len(),
            2,
            "they are worked off later"
        );
        tx.purge_automation_rules(home)?;
        assert_eq!(tx.enforcements_of(&[samples::id(1)])?, [entry(1, 2)]);
        Ok(())
    })
    .await
    .unwrap();
    assert!(write(&*store, |tx| tx.update_automation_rule(&rule(1))).await.is_err());
    assert!(
        write(&*store, |tx| tx.remove_automation_rule(samples::id(1), NOW))
            .await
            .is_err()
    );
}

/// In place of what was there; paged within a scope, and counted.
pub async fn enforcements_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        insert_policy(tx, 1)?;
        tx.insert_automation_rule(&rule(1))?;
        tx.insert_automation_rule(&rule(2))?;
        for n in 1..=3 {
            let mut device = samples::device(n);
            device.segment = SegmentId(n.min(2));
            tx.insert_device(&device)?;
        }
        tx.save_enforcements(&[], &[])?;
        tx.save_enforcements(&[entry(1, 1), entry(2, 1), entry(3, 1), entry(1, 2)], &[])?;
        let mut changed = entry(1, 1);
        changed.audiences.clear();
        changed.since = NOW + Duration::from_secs(1);
        let gone: (DeviceId, RuleId) = (samples::id(3), samples::id(1));
        tx.save_enforcements(std::slice::from_ref(&changed), &[gone])?;
        let ids = [samples::id(1), samples::id(3)];
        assert_eq!(tx.enforcements_of(&ids)?, [changed, entry(1, 2)]);
        assert_eq!(tx.enforcements_of(&[])?, []);
        let counts = [(samples::id(1), 2), (samples::id(2), 1)];
        assert_eq!(tx.enforcement_counts(samples::home())?, counts);
        let all = tx.rule_match_page(samples::id(1), &SegmentScope::All, PageRequest::new(2, 1).unwrap())?;
        assert_eq!((all.total, all.items.len()), (2, 1));
        assert_eq!(
            (all.items[0].device, all.items[0].display_name.as_str()),
            (samples::id(2), "Desk 2")
        );
        assert_eq!(all.items[0].audiences, entry(2, 1).audiences);
        let scope = SegmentScope::Only(BTreeSet::from([SegmentId(1)]));
        let own = tx.rule_match_page(samples::id(1), &scope, PageRequest::default())?;
        assert_eq!((own.total, own.items[0].device), (1, samples::id(1)));
        Ok(())
    })
    .await
    .unwrap();
}

/// Devices are found by the policies that rules give them, each once, as long as the rule is switched on.
pub async fn devices_are_found_by_the_policies_of_rules(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        insert_policy(tx, 1)?;
        insert_policy(tx, 2)?;
        for n in 1..=4 {
            tx.insert_device(&samples::device(n))?;
        }
        for n in 1..=3 {
            let mut rule = rule(n);
            (rule.policy, rule.enabled) = (samples::id(n.min(2)), n != 3);
            tx.insert_automation_rule(&rule)?;
        }
        tx.save_assignments(samples::id(1), &[Assignment::primary(samples::id(1))])?;
        tx.save_enforcements(&[entry(1, 1), entry(2, 1), entry(3, 2), entry(4, 3)], &[])
    })
    .await
    .unwrap();
    write(&*store, |tx| {
        let having = |tx: &mut dyn Tx, policy: u32| {
            let mut query = samples::device_query();
            query.policy = Some(samples::id(policy));
            let page = tx.device_page(&query)?;
            assert_eq!(page.total, page.items.len() as u64);
            Ok::<_, StoreError>(page.items.iter().map(|d| d.id).collect::<Vec<DeviceId>>())
        };
        assert_eq!(having(tx, 1)?, [samples::id(1), samples::id(2)]);
        assert_eq!(
            having(tx, 2)?,
            [samples::id(3)],
            "the rule of the fourth is switched off"
        );
        tx.remove_automation_rule(samples::id(1), NOW)?;
        assert_eq!(having(tx, 1)?, [samples::id(1)]);
        Ok(())
    })
    .await
    .unwrap();
}

/// Turns and work come back, in place of what was there; sweeps wait for everything else.
pub async fn turns_and_work_of_rules_come_back(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let flips = |seconds: &[u64], held| Flips {
            device: samples::id(1),
            grant: Grant::Rule(samples::id(2)),
            times: seconds.iter().map(|s| NOW + Duration::from_secs(*s)).collect(),
            held,
        };
        tx.save_rule_flips(&[
            flips(&[1], false),
            Flips {
                device: samples::id(2),
                ..flips(&[9], false)
            },
        ])?;
        tx.save_rule_flips(&[flips(&[1, 2], true)])?;
        assert_eq!(tx.rule_flips_of(&[samples::id(1)])?, [flips(&[1, 2], true)]);
        assert_eq!(tx.forget_rule_flips(NOW + Duration::from_secs(9), 1)?, 1);
        assert_eq!(tx.forget_rule_flips(NOW + Duration::from_secs(9), 1)?, 0);
        assert_eq!(tx.rule_flips_of(&[samples::id(1), samples::id(2)])?.len(), 1);

        assert!(!tx.has_rule_work()?);
        let home = samples::home();
        let (sweep, user) = (work_row(WorkKind::Sweep, None, 0), work_row(WorkKind::User, Some(1), 5));
        tx.save_rule_work(&sweep)?;
        tx.save_rule_work(&user)?;
        tx.save_rule_work(&work_row(WorkKind::User, Some(2), 4))?;
        let mut changed = work_row(WorkKind::User, Some(2), 6);
        (changed.cursor, changed.until, changed.wrapped) = (None, None, false);
        tx.save_rule_work(&changed)?;
        assert!(tx.has_rule_work()?);
        assert_eq!(tx.rule_work(home)?, [sweep.clone(), user.clone(), changed.clone()]);
        assert_eq!(
            tx.lock_rule_work(home, WorkKind::User, Some(samples::id(2)))?,
            Some(changed.clone())
        );
        assert_eq!(tx.lock_rule_work(home, WorkKind::Rules, None)?, None);
        for expected in [user, changed, sweep] {
            assert_eq!(tx.lock_next_rule_work()?, Some(expected.clone()));
            tx.delete_rule_work(expected.organization, expected.kind, expected.user)?;
        }
        assert_eq!(tx.lock_next_rule_work()?, None);
        Ok(())
    })
    .await
    .unwrap();
}

/// In the order of their ids, whatever their state; of one user, if one is given.
pub async fn devices_are_gone_through_by_id(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in [3, 1, 2] {
            let mut device = samples::device(n);
            device.user = (n != 2).then(|| samples::id(1));
            device.state = [DeviceState::Active, DeviceState::Deleted][usize::from(n == 3)];
            tx.insert_device(&device)?;
        }
        let home = samples::home();
        let ids = |devices: Vec<crate::device::Device>| devices.iter().map(|d| d.id).collect::<Vec<_>>();
        let all: Vec<DeviceId> = vec![samples::id(1), samples::id(2), samples::id(3)];
        assert_eq!(ids(tx.devices_after(home, None, 9)?), all);
        assert_eq!(tx.devices_after(home, None, 9)?[0].tags, samples::device(1).tags);
        assert_eq!(ids(tx.lock_devices_after(home, None, Some(all[0]), 1)?), [all[1]]);
        let theirs = tx.lock_devices_after(home, Some(samples::id(1)), None, 9)?;
        assert_eq!(ids(theirs), [all[0], all[2]]);
        assert_eq!(tx.devices_after(samples::id(9), None, 9)?, []);
        assert_eq!(tx.count_devices_between(home, None, None)?, 3);
        assert_eq!(tx.count_devices_between(home, Some(all[0]), Some(all[1]))?, 1);
        Ok(())
    })
    .await
    .unwrap();
}
