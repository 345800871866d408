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
    let number = |device: &Device| (0..2_000).find(|n| device.id == samples::id(*n)).expect("a number");
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

/// However many there are: a store may go about a long list in another way than about a short one.
pub async fn a_long_list_is_in_order_and_filtered_like_a_short_one(store: Arc<dyn Store>) {
    const MANY: u32 = 1_500;
    // Many are equal in what they are sorted by, some unknown; no two orders are the same.
    let devices: Vec<Device> = (0..MANY)
        .map(|n| {
            let mut device = samples::device(n);
            let text = |count: u32| format!("{:03}", n * 7 % count);
            device.display_name = text(11);
            device.summary.name = (n % 5 > 0).then(|| text(13));
            device.summary.serial_number = (n % 3 > 0).then(|| text(17));
            device.summary.os_version = (n % 4 > 0).then(|| text(19));
            device.enrolled_at = (n % 6 > 0).then_some(device.created_at);
            device.last_status_report = (n % 7 > 0).then_some(device.updated_at);
            device.tags = if n % 3 == 0 { vec!["ape".to_owned()] } else { Vec::new() };
            device.state = match n % 10 {
                0 => DeviceState::Deleted,
                1 => DeviceState::Unknown,
                _ => DeviceState::Active,
            };
            device
        })
        .collect();
    insert(&*store, devices.clone()).await;
    let mut living: Vec<&Device> = devices.iter().filter(|d| d.state != DeviceState::Deleted).collect();
    let number = |device: &Device| (0..MANY).find(|n| device.id == samples::id(*n)).expect("a number");
    for sort in [
        DeviceSort::CreatedAt,
        DeviceSort::UpdatedAt,
        DeviceSort::EnrolledAt,
        DeviceSort::LastStatusReport,
        DeviceSort::DisplayName,
        DeviceSort::ComputerName,
        DeviceSort::SerialNumber,
        DeviceSort::OsVersion,
        DeviceSort::State,
    ] {
        let key = |device: &Device| {
            let time = |at: Option<crate::Timestamp>| at.map(|at| format!("{:020}", at.as_millis()));
            match sort {
                DeviceSort::CreatedAt => time(Some(device.created_at)),
                DeviceSort::UpdatedAt => time(Some(device.updated_at)),
                DeviceSort::EnrolledAt => time(device.enrolled_at),
                DeviceSort::LastStatusReport => time(device.last_status_report),
                DeviceSort::DisplayName => Some(device.display_name.clone()),
                DeviceSort::ComputerName => device.summary.name.clone(),
                DeviceSort::SerialNumber => device.summary.serial_number.clone(),
                DeviceSort::OsVersion => device.summary.os_version.clone(),
                DeviceSort::State => Some(device.state.as_str().to_owned()),
            }
        };
        living.sort_by_key(|device| (key(device), device.id));
        for descending in [false, true] {
            let mut expected: Vec<u32> = living.iter().map(|device| number(device)).collect();
            if descending {
                expected.reverse();
            }
            for page in [1, 4, 14] {
                let asked = numbers(&*store, |query| {
                    (query.sort, query.descending) = (sort, descending);
                    query.page = PageRequest::new(page, 100).unwrap();
                });
                let start = (page as usize - 1) * 100;
                let slice = expected[start..expected.len().min(start + 100)].to_vec();
                assert_eq!(asked.await, (slice, 1_350), "{sort:?} {descending} {page}");
            }
        }
    }
    let tagged = |change: fn(&mut DeviceQuery)| {
        numbers(&*store, move |query| {
            query.tags = vec!["Ape".to_owned()];
            query.page = PageRequest::new(2, 50).unwrap();
            change(query);
        })
    };
    let expected = |state: DeviceState| {
        let found = devices
            .iter()
            .filter(|d| !d.tags.is_empty() && d.state == state)
            .map(number);
        found.collect::<Vec<_>>()
    };
    let active = expected(DeviceState::Active);
    let page = tagged(|query| query.states = vec![DeviceState::Active]).await;
    assert_eq!(page, (active[50..100].to_vec(), active.len() as u64));
    let all = tagged(|query| query.show_deleted = true).await;
    assert_eq!((all.0.len(), all.1), (50, 500));
    let (newest, total) = numbers(&*store, |query| {
        (query.descending, query.search) = (true, Some("01".to_owned()));
        query.page = PageRequest::new(1, 3).unwrap();
    })
    .await;
    let contains = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains("01"));
    let matching = living.iter().filter(|d| {
        d.display_name.contains("01")
            || contains(&d.summary.name)
            || contains(&d.summary.serial_number)
            || d.win_id.contains("01")
    });
    let mut matching: Vec<u32> = matching.map(|d| number(d)).collect();
    matching.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!((newest.as_slice(), total), (&matching[..3], matching.len() as u64));
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
