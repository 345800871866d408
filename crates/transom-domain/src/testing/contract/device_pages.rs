//! Promises about lists of devices.

use super::{furnish, read, samples, write};
use crate::{
    device::{Device, DeviceQuery, DeviceSort, DeviceState},
    page::PageRequest,
    ports::Store,
    segment::{SegmentId, SegmentScope},
};
use std::{collections::BTreeSet, sync::Arc};

/// Stores devices.
async fn insert(store: &dyn Store, devices: Vec<Device>) {
    furnish(store).await;
    write(store, move |tx| {
        devices.iter().try_for_each(|device| tx.insert_device(device))
    })
    .await
    .unwrap();
}

/// The numbers of the devices on a page, and the total.
async fn numbers(store: &dyn Store, change: impl FnOnce(&mut DeviceQuery)) -> (Vec<u32>, u64) {
    let mut query = samples::device_query();
    change(&mut query);
    let request = query.page;
    let page = read(store, move |view| view.device_page(&query)).await;
    assert_eq!(page.request, request);
    let number = |device: &Device| (0..1_000).find(|n| device.id == samples::id(*n)).expect("a number");
    (page.items.iter().map(number).collect(), page.total)
}

/// Equal ones are sorted by id, so no page repeats or leaves out what another has.
pub async fn pages_are_stable_and_have_a_total(store: Arc<dyn Store>) {
    let devices = [5, 3, 1, 4, 2].map(|n| {
        let mut device = samples::device(n);
        device.created_at = samples::device(0).created_at;
        device.display_name = "same".to_owned();
        device
    });
    insert(&*store, devices.to_vec()).await;
    for sort in [DeviceSort::CreatedAt, DeviceSort::DisplayName] {
        let page = |page, descending| {
            numbers(&*store, move |query| {
                query.page = PageRequest::new(page, 2).unwrap();
                (query.sort, query.descending) = (sort, descending);
            })
        };
        assert_eq!(page(1, false).await, (vec![1, 2], 5));
        assert_eq!(page(2, false).await, (vec![3, 4], 5));
        assert_eq!(page(3, false).await, (vec![5], 5));
        assert_eq!(page(4, false).await, (vec![], 5));
        assert_eq!(page(1, true).await, (vec![5, 4], 5));
        assert_eq!(page(u32::MAX, true).await, (vec![], 5));
    }
    let whole = read(&*store, |view| view.device_page(&samples::device_query())).await;
    assert_eq!(whole.items[0], devices[2], "with tags and all");
}

/// Texts are sorted without case, by the order of characters rather than of a locale.
pub async fn every_sort_has_both_directions(store: Arc<dyn Store>) {
    // Device 2 is first by every sort but the first two.
    let texts = ["b", "A", "a-c", "ä"];
    let devices = (1..=4).map(|n| {
        let mut device = samples::device(n);
        let text = Some(texts[n as usize - 1].to_owned());
        device.display_name = texts[n as usize - 1].to_owned();
        device.summary.name = text.clone();
        device.summary.serial_number = text.clone();
        device.summary.os_version = text.map(|t| t.to_lowercase());
        device
    });
    insert(&*store, devices.collect()).await;
    let by_text = vec![2, 3, 1, 4];
    let by_time = vec![1, 2, 3, 4];
    for (sort, expected) in [
        (DeviceSort::CreatedAt, &by_time),
        (DeviceSort::UpdatedAt, &by_time),
        (DeviceSort::EnrolledAt, &by_time),
        (DeviceSort::LastStatusReport, &by_time),
        (DeviceSort::State, &by_time),
        (DeviceSort::DisplayName, &by_text),
        (DeviceSort::ComputerName, &by_text),
        (DeviceSort::SerialNumber, &by_text),
        (DeviceSort::OsVersion, &by_text),
    ] {
        let (rising, _) = numbers(&*store, |query| query.sort = sort).await;
        assert_eq!(&rising, expected, "{sort:?}");
        let (falling, _) = numbers(&*store, |query| {
            (query.sort, query.descending) = (sort, true);
        })
        .await;
        assert_eq!(falling, expected.iter().rev().copied().collect::<Vec<_>>(), "{sort:?}");
    }
}

/// First rising, last falling.
pub async fn what_is_unknown_sorts_as_smallest(store: Arc<dyn Store>) {
    let devices = (1..=3).map(|n| {
        let mut device = samples::device(n);
        if n == 2 {
            (device.enrolled_at, device.last_status_report) = (None, None);
            device.summary = crate::device::Summary::default();
        }
        device
    });
    insert(&*store, devices.collect()).await;
    for sort in [
        DeviceSort::EnrolledAt,
        DeviceSort::LastStatusReport,
        DeviceSort::ComputerName,
        DeviceSort::SerialNumber,
        DeviceSort::OsVersion,
    ] {
        let (rising, _) = numbers(&*store, |query| query.sort = sort).await;
        assert_eq!(rising, [2, 1, 3], "{sort:?}");
        let (falling, _) = numbers(&*store, |query| {
            (query.sort, query.descending) = (sort, true);
        })
        .await;
        assert_eq!(falling, [3, 1, 2], "{sort:?}");
    }
}

/// State, tags, user, serial number; deleted ones only on request.
pub async fn filters_must_all_match(store: Arc<dyn Store>) {
    let mut devices: Vec<Device> = (1..=4).map(samples::device).collect();
    devices[1].state = DeviceState::Deleted;
    devices[2].state = DeviceState::Unknown;
    devices[2].tags = vec!["ÄPE".to_owned()];
    devices[3].user = None;
    devices[3].tags.clear();
    insert(&*store, devices).await;
    let tags = |tags: &[&str]| tags.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    let store = &*store;
    assert_eq!(numbers(store, |_| ()).await, (vec![1, 3, 4], 3));
    assert_eq!(numbers(store, |q| q.show_deleted = true).await.0, [1, 2, 3, 4]);
    assert_eq!(numbers(store, |q| q.states = vec![DeviceState::Deleted]).await.0, [2]);
    let states = vec![DeviceState::Unknown, DeviceState::Active];
    assert_eq!(numbers(store, |q| q.states = states).await.0, [1, 3, 4]);
    assert_eq!(numbers(store, |q| q.tags = tags(&["ape", "ZEBRA"])).await, (vec![1], 1));
    assert_eq!(numbers(store, |q| q.tags = tags(&["äpe"])).await.0, [3]);
    assert_eq!(numbers(store, |q| q.tags = tags(&["ape", "no"])).await.0, [0; 0]);
    assert_eq!(numbers(store, |q| q.user = Some(samples::id(1))).await.0, [1, 3]);
    let serial = Some("sn-0003".to_owned());
    assert_eq!(numbers(store, |q| q.serial_number = serial).await.0, [3]);
    let both = numbers(store, |q| {
        q.serial_number = Some("SN-0003".to_owned());
        q.states = vec![DeviceState::Active];
    });
    assert_eq!(both.await, (vec![], 0));
}

/// `%`, `_` and `\` mean themselves; names, serial number and `winId` are searched without case.
pub async fn a_search_takes_every_character_literally(store: Arc<dyn Store>) {
    let mut devices: Vec<Device> = (1..=5).map(samples::device).collect();
    devices[0].display_name = "100% Desk_1\\x".to_owned();
    devices[1].display_name = "1000 DeskX1/x".to_owned();
    devices[2].summary.name = Some("Größe".to_owned());
    devices[3].summary.serial_number = Some("Needle-9".to_owned());
    devices[4].win_id = "has-NEEDLE-too".to_owned();
    devices[4].summary = crate::device::Summary::default();
    insert(&*store, devices).await;
    let search = |text: &str| {
        let text = text.to_owned();
        numbers(&*store, move |query| query.search = Some(text))
    };
    assert_eq!(search("0%").await, (vec![1], 1));
    assert_eq!(search("k_1").await.0, [1]);
    assert_eq!(search("1\\x").await.0, [1]);
    assert_eq!(search("desk_").await.0, [1]);
    assert_eq!(search("GRÖSSE").await.0, [0; 0], "case, not spelling");
    assert_eq!(search("GRÖß").await.0, [3]);
    assert_eq!(search("nEEdle").await, (vec![4, 5], 2));
    assert_eq!(search("").await.1, 5);
    assert_eq!(search("'; --").await.1, 0);
}

/// To its segments; to nothing, if there are none in it.
pub async fn a_scope_limits_the_list(store: Arc<dyn Store>) {
    let mut devices: Vec<Device> = (1..=3).map(samples::device).collect();
    devices[1].segment = SegmentId(2);
    devices[2].segment = SegmentId::ROOT;
    insert(&*store, devices).await;
    let within = |segments: &[u32]| {
        let scope = SegmentScope::Only(segments.iter().copied().map(SegmentId).collect::<BTreeSet<_>>());
        numbers(&*store, move |query| query.scope = scope)
    };
    assert_eq!(within(&[1, 2]).await, (vec![1, 2], 2));
    assert_eq!(within(&[0]).await, (vec![3], 1));
    assert_eq!(within(&[]).await, (vec![], 0));
}
