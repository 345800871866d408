//! Promises about devices.

use super::{furnish, read, samples, write};
use crate::{
    Timestamp,
    device::{Device, DeviceReport, DeviceState, Summary},
    ports::{DeviceKey, Store},
    segment::SegmentId,
    testing::environment::NOW,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// With every field set, and with none that need not be.
pub async fn devices_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let mut full = samples::device(2);
    full.possible_duplicate_of = Some(samples::id(1));
    let bare = Device {
        user: None,
        tags: Vec::new(),
        summary: Summary::default(),
        custom_config: serde_json::Map::new(),
        refresh_needed: BTreeSet::new(),
        possible_duplicate_of: None,
        enrolled_by: None,
        last_status_report: None,
        enrolled_at: None,
        ..samples::device(1)
    };
    let stored = (bare.clone(), full.clone());
    write(&*store, move |tx| {
        tx.insert_device(&stored.0)?;
        tx.insert_device(&stored.1)
    })
    .await
    .unwrap();
    read(&*store, move |view| {
        assert_eq!(view.device(samples::home(), bare.id)?, Some(bare.clone()));
        assert_eq!(view.device(samples::home(), full.id)?, Some(full.clone()));
        Ok(())
    })
    .await;
}

/// Also its tags, their order among them.
pub async fn every_field_of_a_device_can_be_changed(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_device(&samples::device(1))?;
        tx.insert_device(&samples::device(2))?;
        for state in DeviceState::ALL {
            let mut changed = samples::device(77);
            changed.id = samples::id(1);
            changed.segment = SegmentId(2);
            changed.state = state;
            changed.tags = vec!["Ape".to_owned(), "zebra".to_owned(), state.as_str().to_owned()];
            changed.refresh_needed.clear();
            changed.possible_duplicate_of = Some(samples::id(2));
            tx.update_device(&changed)?;
            assert_eq!(tx.lock_device(samples::id(1))?, Some(changed));
        }
        let mut emptied = samples::device(1);
        emptied.user = None;
        emptied.tags.clear();
        emptied.summary = Summary::default();
        (emptied.last_status_report, emptied.enrolled_at) = (None, None);
        tx.update_device(&emptied)?;
        assert_eq!(tx.lock_device(samples::id(1))?, Some(emptied));
        assert_eq!(tx.lock_device(samples::id(2))?, Some(samples::device(2)));
        Ok(())
    })
    .await
    .unwrap();
}

/// Whole, in place of the one before.
pub async fn reports_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_device(&samples::device(1))?;
        assert_eq!(tx.device_report(samples::id(1))?, None);
        tx.save_device_report(samples::id(1), &samples::report())?;
        assert_eq!(tx.device_report(samples::id(1))?, Some(samples::report()));
        tx.save_device_report(samples::id(1), &DeviceReport::default())?;
        assert_eq!(tx.device_report(samples::id(1))?, Some(DeviceReport::default()));
        Ok(())
    })
    .await
    .unwrap();
}

/// The newest 200 (DS5), in the order they were appended whatever their dates say.
pub async fn a_history_is_answered_oldest_first_and_capped(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let history = write(&*store, |tx| {
        tx.insert_device(&samples::device(1))?;
        tx.insert_device(&samples::device(2))?;
        for n in (0..205).rev() {
            tx.append_device_history(samples::id(1), &samples::state_change(DeviceState::Unknown, n))?;
        }
        let mut plain = samples::state_change(DeviceState::Active, 3);
        (plain.actor, plain.request_id) = (None, None);
        tx.append_device_history(samples::id(2), &plain)?;
        assert_eq!(tx.device_history(samples::id(2))?, [plain]);
        tx.device_history(samples::id(1))
    })
    .await
    .unwrap();
    let expected: Vec<_> = (0..200)
        .rev()
        .map(|n| samples::state_change(DeviceState::Unknown, n))
        .collect();
    assert_eq!(history, expected);
}

/// However many are asked for at once, also of ids that nobody has, or has given twice.
pub async fn reports_and_histories_of_many_are_those_of_each(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 1..=4 {
            tx.insert_device(&samples::device(n))?;
        }
        let mut other = samples::report();
        other.config.clear();
        tx.save_device_report(samples::id(1), &samples::report())?;
        tx.save_device_report(samples::id(2), &other)?;
        tx.save_device_report(samples::id(4), &other)?;
        for n in (0..205).rev() {
            tx.append_device_history(samples::id(1), &samples::state_change(DeviceState::Unknown, n))?;
        }
        tx.append_device_history(samples::id(3), &samples::state_change(DeviceState::Active, 2))?;
        tx.append_device_history(samples::id(3), &samples::state_change(DeviceState::Deleted, 1))?;

        let asked = [3, 1, 2, 1, 99].map(samples::id);
        let reports = BTreeMap::from([(samples::id(1), samples::report()), (samples::id(2), other)]);
        assert_eq!(tx.device_reports(&asked)?, reports);
        let histories = tx.device_histories(&asked)?;
        assert_eq!(histories.len(), 2);
        for device in [samples::id(1), samples::id(3)] {
            assert_eq!(histories[&device], tx.device_history(device)?);
        }
        assert!(tx.device_reports(&[])?.is_empty() && tx.device_histories(&[])?.is_empty());
        // More ids than a database takes as parameters of one statement.
        let many: Vec<_> = (1..70_000).map(samples::id).collect();
        assert_eq!(tx.device_reports(&many)?.len(), 3);
        assert_eq!(tx.device_histories(&many)?.len(), 2);
        Ok(())
    })
    .await
    .unwrap();
}

/// In any alphabet.
pub async fn keys_are_compared_without_case(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let mut device = samples::device(1);
        device.summary.serial_number = Some("Ärger-ΣΩ-1".to_owned());
        device.summary.imei = Some("Imei-1".to_owned());
        device.win_id = "WinÖ".to_owned();
        tx.insert_device(&device)?;
        for key in [
            DeviceKey::SerialNumber("ÄRGER-Σω-1"),
            DeviceKey::SerialNumber("ärger-σω-1"),
            DeviceKey::Imei("IMEI-1"),
            DeviceKey::WinId("wINö"),
        ] {
            assert_eq!(tx.devices_by_key(samples::home(), key)?, [device.clone()], "{key:?}");
        }
        for key in [
            DeviceKey::SerialNumber("rger"),
            DeviceKey::Imei("Ärger-ΣΩ-1"),
            DeviceKey::WinId("%"),
        ] {
            assert_eq!(tx.devices_by_key(samples::home(), key)?, [], "{key:?}");
        }
        Ok(())
    })
    .await
    .unwrap();
}

/// And no more than 100 of them are answered.
pub async fn live_devices_come_first_by_key(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 0..120 {
            let mut device = samples::device(n);
            device.summary.serial_number = Some("same".to_owned());
            if n != 50 {
                device.state = DeviceState::Deleted;
            }
            tx.insert_device(&device)?;
        }
        let found = tx.devices_by_key(samples::home(), DeviceKey::SerialNumber("SAME"))?;
        assert_eq!(found.len(), 100);
        assert_eq!(found[0].id, samples::id(50));
        Ok(())
    })
    .await
    .unwrap();
}

/// The others land, in the order of no matter what.
pub async fn last_reports_skip_the_missing_and_the_older(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let at = |seconds: u64| NOW + Duration::from_secs(seconds);
    write(&*store, move |tx| {
        for n in 1..=3 {
            let mut device = samples::device(n);
            device.last_status_report = (n > 1).then(|| at(100));
            tx.insert_device(&device)?;
        }
        let seen: [(_, Timestamp); 5] = [
            (samples::id(3), at(200)),
            (samples::id(99), at(200)),
            (samples::id(2), at(50)),
            (samples::id(1), at(1)),
            (samples::id(3), at(150)),
        ];
        tx.record_last_reports(&seen)?;
        tx.record_last_reports(&[])?;
        let mut stored = Vec::new();
        for n in 1..=3 {
            stored.push(tx.lock_device(samples::id(n))?.unwrap().last_status_report);
        }
        assert_eq!(stored, [Some(at(1)), Some(at(100)), Some(at(200))]);
        Ok(())
    })
    .await
    .unwrap();
}

/// A record that is enrolled anew is old, but has not been in `PROVISIONING` for long.
pub async fn provisioning_is_counted_from_the_newest_state(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        // Made at NOW + n; entered PROVISIONING then, but for 3, which did so later, and 4, which is active.
        for n in 1..=5 {
            let mut device = samples::device(n);
            device.state = if n == 4 {
                DeviceState::Active
            } else {
                DeviceState::Provisioning
            };
            tx.insert_device(&device)?;
            tx.append_device_history(device.id, &samples::state_change(DeviceState::Provisioning, n))?;
        }
        tx.append_device_history(samples::id(3), &samples::state_change(DeviceState::Provisioning, 1_000))?;
        let before = NOW + Duration::from_secs(5);
        assert_eq!(tx.provisioning_since(before, 10)?, [samples::id(1), samples::id(2)]);
        assert_eq!(tx.provisioning_since(before, 1)?.len(), 1);
        let later = NOW + Duration::from_secs(1_001);
        assert_eq!(tx.provisioning_since(later, 10)?.len(), 4);
        Ok(())
    })
    .await
    .unwrap();
}
