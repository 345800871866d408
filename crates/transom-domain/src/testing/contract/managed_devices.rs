//! Promises about devices as Microsoft Graph has them.

use super::{furnish, read, samples, write};
use crate::{
    DeviceId, Timestamp,
    command::{Action, CommandConfig, Format},
    device::{Device, DeviceState},
    managed_device::{Asserted, DeviceCondition, DeviceFacts, DeviceScan, TextField, TextMatch, TimeField},
    ports::Store,
    segment::{SegmentId, SegmentScope},
    testing::environment::NOW,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

fn scan() -> DeviceScan {
    DeviceScan {
        organization: samples::home(),
        scope: SegmentScope::All,
        user: None,
        app: None,
        condition: None,
        after: None,
        limit: 100,
    }
}

fn facts(device: DeviceId, name: &str) -> DeviceFacts {
    let mut facts = DeviceFacts::none(samples::home(), device, NOW);
    facts.stored.insert("notes".to_owned(), json!("ä \"n\""));
    let asserted = Asserted {
        value: json!({ "nested": [1, null, "x"] }),
        observed: json!(null),
        at: NOW,
    };
    facts.asserted.insert(name.to_owned(), asserted);
    facts
}

/// The numbers of the devices that a scan answers, in its order.
async fn numbers(store: &dyn Store, change: impl FnOnce(&mut DeviceScan)) -> Vec<u32> {
    let mut scan = scan();
    change(&mut scan);
    let found = read(store, move |view| view.device_scan(&scan)).await;
    let number = |device: &Device| (0..100).find(|n| device.id == samples::id(*n)).expect("a number");
    found.iter().map(number).collect()
}

/// Of several devices at once; those without any are left out, and what is stored again replaces what was.
pub async fn facts_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let ids: Vec<DeviceId> = (1..=3).map(samples::id).collect();
    let asked = ids.clone();
    write(&*store, |tx| {
        for n in 1..=3 {
            tx.insert_device(&samples::device(n))?;
        }
        tx.save_device_facts(&facts(samples::id(1), "model"))?;
        tx.save_device_facts(&facts(samples::id(2), "activationLockBypassCode"))?;
        tx.save_device_facts(&facts(samples::id(1), "udid"))
    })
    .await
    .unwrap();
    let found = read(&*store, move |view| view.device_facts(&asked)).await;
    let all: Vec<DeviceFacts> = found.into_values().collect();
    assert_eq!(all, [facts(ids[0], "udid"), facts(ids[1], "activationLockBypassCode")]);
}

/// Batch after batch, each device once, whatever comes and goes meanwhile; deleted ones and those out of sight never.
pub async fn a_scan_goes_through_all_devices_by_id(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in [5, 3, 1, 4, 2, 7] {
            let mut device = samples::device(n);
            if n == 4 {
                device.state = DeviceState::Deleted;
            }
            if n == 5 {
                (device.segment, device.user) = (SegmentId(2), None);
            }
            tx.insert_device(&device)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(numbers(&*store, |_| {}).await, [1, 2, 3, 5, 7]);
    assert_eq!(numbers(&*store, |s| s.limit = 2).await, [1, 2]);
    write(&*store, |tx| tx.insert_device(&samples::device(6)))
        .await
        .unwrap();
    let after = Some(samples::id(2));
    assert_eq!(numbers(&*store, |s| s.after = after).await, [3, 5, 6, 7]);
    let north = SegmentScope::Only([SegmentId(2)].into());
    assert_eq!(numbers(&*store, |s| s.scope = north).await, [5]);
    assert_eq!(
        numbers(&*store, |s| s.user = Some(samples::id(1))).await,
        [1, 2, 3, 6, 7]
    );
    assert_eq!(numbers(&*store, |s| s.organization = samples::id(2)).await, [0; 0]);
    let mut few = scan();
    few.limit = 1;
    assert_eq!(read(&*store, move |view| view.scanned_devices(&few)).await, 6);
}

/// Each kind of condition, alone and together; what is asserted of a device keeps it in.
pub async fn conditions_narrow_a_scan_and_assertions_do_not_hide(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 1..=5 {
            let mut device = samples::device(n);
            device.summary.name = Some(format!("Büro_{n}%"));
            let build = if n % 2 == 0 { 22_631 } else { 19_045 };
            device.summary.os_version = Some(format!("10.0.{build}.1"));
            if n == 4 {
                device.summary.manufacturer = Some("Fabrikam".to_owned());
                device.summary.model = Some("Slate 4".to_owned());
            }
            if n == 3 {
                (device.state, device.user, device.last_status_report) = (DeviceState::Unknown, None, None);
            }
            tx.insert_device(&device)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let text = |field, matches| DeviceCondition::Text { field, matches };
    let is = |values: &[&str]| TextMatch::Is(values.iter().map(|v| (*v).to_owned()).collect());
    let since = |seconds: u64| DeviceCondition::Time {
        field: TimeField::LastStatusReport,
        from: Some(NOW + Duration::from_secs(seconds)),
        to: None,
    };
    let serials = |values: &[&str]| text(TextField::SerialNumber, is(values));
    let table: [(DeviceCondition, &[u32]); 19] = [
        (serials(&["sn-0002", "SN-0004", "other"]), &[2, 4]),
        (text(TextField::Imei, is(&["356938035640005"])), &[5]),
        (
            text(TextField::DisplayName, TextMatch::Contains("K 3".to_owned())),
            &[3],
        ),
        (
            text(TextField::ComputerName, TextMatch::StartsWith("b".to_owned())),
            &[1, 2, 3, 4, 5],
        ),
        (
            text(TextField::ComputerName, TextMatch::Contains("o_2%".to_owned())),
            &[2],
        ),
        (
            text(TextField::ComputerName, TextMatch::StartsWith("_".to_owned())),
            &[],
        ),
        (
            text(TextField::OsVersion, TextMatch::StartsWith("10.0.2".to_owned())),
            &[2, 4],
        ),
        (text(TextField::Manufacturer, is(&["CONTOSO"])), &[1, 2, 3, 5]),
        (text(TextField::Model, is(&["slate 4", "other"])), &[4]),
        (text(TextField::UserEmail, is(&["USER1@example.com"])), &[1, 2, 4, 5]),
        (text(TextField::UserName, TextMatch::Contains("nobody".to_owned())), &[]),
        (since(34), &[4, 5]),
        (
            DeviceCondition::Time {
                field: TimeField::EnrolledAt,
                from: None,
                to: Some(NOW + Duration::from_secs(22)),
            },
            &[1, 2],
        ),
        (DeviceCondition::State(vec![DeviceState::Unknown]), &[3]),
        (DeviceCondition::Id(vec![samples::id(1), samples::id(9)]), &[1]),
        (DeviceCondition::User(vec![samples::id(1)]), &[1, 2, 4, 5]),
        (
            DeviceCondition::All(vec![since(32), serials(&["sn-0001", "sn-0005"])]),
            &[5],
        ),
        (
            DeviceCondition::Any(vec![since(35), serials(&["sn-0001"]), DeviceCondition::Any(Vec::new())]),
            &[1, 5],
        ),
        (DeviceCondition::All(Vec::new()), &[1, 2, 3, 4, 5]),
    ];
    for (condition, expected) in table {
        let named = format!("{condition:?}");
        let found = numbers(&*store, |s| s.condition = Some(condition)).await;
        assert_eq!(found, expected, "{named}");
    }
    write(&*store, |tx| {
        tx.save_device_facts(&facts(samples::id(2), "serialNumber"))
    })
    .await
    .unwrap();
    let condition = || Some(serials(&["sn-0001", "sn-0003", "sn-0004"]));
    assert_eq!(numbers(&*store, |s| s.condition = condition()).await, [1, 2, 3, 4]);
    let (first, limited) = (condition(), condition());
    assert_eq!(numbers(&*store, |s| (s.condition, s.limit) = (first, 2)).await, [1, 2]);
    let after = Some(samples::id(2));
    assert_eq!(
        numbers(&*store, |s| (s.condition, s.after) = (limited, after)).await,
        [3, 4]
    );
    // As many parts as the largest filter has.
    let many = DeviceCondition::Any((0..512).map(|n| serials(&[&format!("sn-{n:04}")])).collect());
    assert_eq!(numbers(&*store, |s| s.condition = Some(many)).await, [1, 2, 3, 4, 5]);
}

/// Paths of two actions.
const BOTH: &[&str] = &[
    "./Device/Vendor/MSFT/RemoteWipe/doWipe",
    "./Device/Vendor/MSFT/RemoteLock/Lock",
];

/// Of each device and path the last one ordered, with the moment of its batch.
pub async fn the_newest_command_at_each_path_is_found(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for (n, device, path) in [(1, 1, BOTH[0]), (2, 1, BOTH[0]), (3, 1, BOTH[1]), (4, 2, BOTH[0])] {
            if n == 1 || n == 4 {
                tx.insert_device(&samples::device(device))?;
            }
            let mut batch = samples::batch(n, samples::id(device), 1);
            batch.created_at = NOW + Duration::from_secs(n.into());
            batch.commands[0].config = CommandConfig {
                path: path.to_owned(),
                action: Action::Exec,
                value: None,
                format: Format::Chr,
            };
            tx.insert_batch(&batch)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let found = |devices: Vec<DeviceId>, paths: &'static [&'static str]| {
        let store = store.clone();
        async move {
            let newest = read(&*store, move |view| view.newest_commands(&devices, paths)).await;
            let mut found: Vec<(u32, i64)> = newest
                .into_iter()
                .map(|(command, at): (_, Timestamp)| {
                    let n = (1..5).find(|n| command.batch == samples::id(*n)).expect("a batch");
                    (n, at.as_seconds() - NOW.as_seconds())
                })
                .collect();
            found.sort_unstable();
            found
        }
    };
    assert_eq!(
        found(vec![samples::id(1), samples::id(2)], BOTH).await,
        [(2, 2), (3, 3), (4, 4)]
    );
    assert_eq!(found(vec![samples::id(1)], &BOTH[..1]).await, [(2, 2)]);
    assert_eq!(found(vec![samples::id(2)], &BOTH[1..]).await, []);
}

/// The first that is made for a purpose stays.
pub async fn a_server_key_is_made_once(store: Arc<dyn Store>) {
    write(&*store, |tx| {
        assert_eq!(tx.server_key("paging")?, None);
        tx.insert_server_key("paging", &[1, 0, 255], NOW)?;
        tx.insert_server_key("paging", &[2], NOW)
    })
    .await
    .unwrap();
    let key = read(&*store, |view| view.server_key("paging")).await;
    assert_eq!(key, Some(vec![1, 0, 255]));
}
