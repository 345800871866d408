//! Promises about installed software.

use super::{furnish, read, samples, write};
use crate::{
    DetectedAppId, DeviceId,
    device::DeviceState,
    managed_device::DeviceScan,
    ports::Store,
    segment::{SegmentId, SegmentScope},
    software::{AppScan, DetectedApp, FINDINGS_MAX},
};
use std::sync::Arc;

fn app(name: &str, version: &str) -> DetectedApp {
    DetectedApp::new(samples::home(), name, version, "Contoso").expect("a name")
}

fn scan(scope: SegmentScope) -> AppScan {
    AppScan {
        organization: samples::home(),
        scope,
        after: None,
        limit: 100,
    }
}

/// Names and numbers of the apps of a scan, by name.
async fn counts(store: &dyn Store, scope: SegmentScope) -> Vec<(String, u64)> {
    let scan = scan(scope);
    let found = read(store, move |view| view.detected_app_scan(&scan)).await;
    let ids: Vec<DetectedAppId> = found.iter().map(|(app, _)| app.id).collect();
    assert!(ids.is_sorted(), "by id");
    let mut counts: Vec<(String, u64)> = found.into_iter().map(|(app, count)| (app.name, count)).collect();
    counts.sort();
    counts
}

fn counted(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

/// In the words of the PC, each LocURI once; one PC's are not another's.
pub async fn findings_are_kept_until_they_are_cleared(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let (one, other): (DeviceId, DeviceId) = (samples::id(1), samples::id(2));
    let finding = |uri: &str, value: &str| (uri.to_owned(), value.to_owned());
    write(&*store, move |tx| {
        tx.insert_device(&samples::device(1))?;
        tx.insert_device(&samples::device(2))?;
        tx.add_software_findings(
            one,
            &[
                finding("./a/Name", "ä"),
                finding("./a/Version", "1"),
                finding("./a/Name", "b"),
            ],
        )?;
        tx.add_software_findings(one, &[finding("./a/Version", "2")])?;
        tx.add_software_findings(other, &[finding("./b/Name", "c")])
    })
    .await
    .unwrap();
    let found = read(&*store, move |view| view.software_findings(one)).await;
    assert_eq!(found, [finding("./a/Name", "b"), finding("./a/Version", "2")]);
    write(&*store, move |tx| tx.clear_software_findings(one)).await.unwrap();
    let found = read(&*store, move |view| {
        Ok((view.software_findings(one)?, view.software_findings(other)?.len()))
    })
    .await;
    assert_eq!(found, (Vec::new(), 1));
}

/// A PC that never ends its list fills no disk.
pub async fn findings_have_a_limit(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let device: DeviceId = samples::id(1);
    let many = |from: usize, to: usize| -> Vec<(String, String)> {
        (from..to).map(|n| (format!("./{n:08}/Name"), "x".to_owned())).collect()
    };
    let kept = write(&*store, move |tx| {
        tx.insert_device(&samples::device(1))?;
        tx.add_software_findings(device, &many(0, FINDINGS_MAX - 1))?;
        tx.add_software_findings(device, &many(FINDINGS_MAX, FINDINGS_MAX + 100))?;
        tx.add_software_findings(device, &many(0, 1))?;
        Ok(tx.software_findings(device)?.len())
    })
    .await
    .unwrap();
    assert!(kept <= FINDINGS_MAX, "{kept}");
    assert!(kept >= FINDINGS_MAX - 1, "{kept}");
}

/// The list of a PC is replaced whole; an app that nobody has is gone; counts are those of a scope without deleted PCs.
pub async fn apps_are_replaced_counted_and_forgotten(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let id = |n: u32| -> DeviceId { samples::id(n) };
    write(&*store, move |tx| {
        for n in 1..=4 {
            let mut device = samples::device(n);
            device.segment = if n == 3 { SegmentId(2) } else { SegmentId(1) };
            tx.insert_device(&device)?;
        }
        tx.replace_device_apps(id(1), &[app("B", "1"), app("A", "1")])?;
        tx.replace_device_apps(id(2), &[app("A", "1")])?;
        tx.replace_device_apps(id(3), &[app("A", "1"), app("C", "1")])?;
        tx.replace_device_apps(id(4), &[app("A", "1"), app("D", "1")])?;
        let mut gone = samples::device(4);
        gone.state = DeviceState::Deleted;
        tx.update_device(&gone)
    })
    .await
    .unwrap();
    let all = counts(&*store, SegmentScope::All).await;
    assert_eq!(all, counted(&[("A", 3), ("B", 1), ("C", 1), ("D", 0)]));
    let north = SegmentScope::Only([SegmentId(2)].into());
    let few = counts(&*store, north.clone()).await;
    assert_eq!(few, counted(&[("A", 1), ("B", 0), ("C", 1), ("D", 0)]));
    let ids = [app("A", "1").id, app("B", "1").id];
    let of_two = read(&*store, move |view| {
        view.detected_app_devices(samples::home(), &north, &ids)
    })
    .await;
    assert_eq!(of_two, [(app("A", "1").id, 1)]);

    let lists = read(&*store, move |view| view.apps_of_devices(&[id(1), id(3)])).await;
    let expected = [
        (id(1), app("A", "1")),
        (id(1), app("B", "1")),
        (id(3), app("A", "1")),
        (id(3), app("C", "1")),
    ];
    assert_eq!(lists, expected);
    let known = read(&*store, move |view| {
        let (a, b) = (app("A", "1").id, app("B", "1").id);
        let is_known = view.detected_app(samples::home(), a)?;
        let is_theirs = view.detected_app(samples::id(2), a)?;
        Ok((
            is_known,
            is_theirs,
            view.device_has_app(id(1), b)?,
            view.device_has_app(id(2), b)?,
        ))
    })
    .await;
    assert_eq!(known, (Some(app("A", "1")), None, true, false));

    write(&*store, move |tx| {
        tx.replace_device_apps(id(1), &[app("A", "2")])?;
        tx.replace_device_apps(id(3), &[app("A", "1")])
    })
    .await
    .unwrap();
    let all = counts(&*store, SegmentScope::All).await;
    assert_eq!(all, counted(&[("A", 1), ("A", 2), ("D", 0)]), "B and C are forgotten");
    write(&*store, move |tx| tx.replace_device_apps(id(1), &[]))
        .await
        .unwrap();
    assert_eq!(read(&*store, move |view| view.apps_of_devices(&[id(1)])).await, []);
}

/// By id, a batch at a time; devices are found by what they have.
pub async fn apps_and_their_devices_are_gone_through(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let apps: Vec<DetectedApp> = (0..5).map(|n| app("App", &n.to_string())).collect();
    let given = apps.clone();
    write(&*store, move |tx| {
        for n in 1..=3 {
            tx.insert_device(&samples::device(n))?;
        }
        tx.replace_device_apps(samples::id(1), &given)?;
        tx.replace_device_apps(samples::id(3), &given[..1])
    })
    .await
    .unwrap();
    let mut scan = scan(SegmentScope::All);
    scan.limit = 2;
    let mut seen = Vec::new();
    loop {
        let batch = scan.clone();
        let found = read(&*store, move |view| view.detected_app_scan(&batch)).await;
        let Some((last, _)) = found.last() else { break };
        scan.after = Some(last.id);
        seen.extend(found.into_iter().map(|(app, _)| app.id));
    }
    let mut expected: Vec<DetectedAppId> = apps.iter().map(|app| app.id).collect();
    expected.sort_unstable();
    assert_eq!(seen, expected);
    let having = |app: DetectedAppId| DeviceScan {
        organization: samples::home(),
        scope: SegmentScope::All,
        user: None,
        app: Some(app),
        condition: None,
        after: None,
        limit: 10,
    };
    let (both, one) = (having(apps[0].id), having(apps[1].id));
    let found = read(&*store, move |view| {
        let devices: Vec<DeviceId> = view.device_scan(&both)?.iter().map(|d| d.id).collect();
        Ok((devices, view.scanned_devices(&one)?))
    })
    .await;
    assert_eq!(found, (vec![samples::id(1), samples::id(3)], 1));
}

/// Of two PCs that change their lists at once, neither loses what the other still has.
pub async fn an_app_is_forgotten_only_when_nobody_has_it(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 1..=8 {
            tx.insert_device(&samples::device(n))?;
        }
        Ok(())
    })
    .await
    .unwrap();
    for round in 0..6u32 {
        let changes = (1..=8u32).map(|n| {
            let store = store.clone();
            let apps = if (n + round).is_multiple_of(2) {
                vec![app("Shared", "1")]
            } else {
                Vec::new()
            };
            async move {
                write(&*store, move |tx| tx.replace_device_apps(samples::id(n), &apps))
                    .await
                    .unwrap();
            }
        });
        super::all(changes).await;
        assert_eq!(counts(&*store, SegmentScope::All).await, counted(&[("Shared", 4)]));
    }
}
