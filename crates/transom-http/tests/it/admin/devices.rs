//! Devices listed and shown.

use super::world::{NewDevice, Response, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::{device::DeviceState, segment::SegmentId};

fn names(list: &Response) -> Vec<String> {
    let items = list.data()["items"].as_array().unwrap();
    items
        .iter()
        .map(|d| d["displayName"].as_str().unwrap().to_owned())
        .collect()
}

/// Four devices, made one second after the other; the last one is deleted.
async fn fleet(world: &World) -> (SegmentId, SegmentId) {
    let north = world.segment("North", SegmentId::ROOT).await;
    let office = world.segment("Office", north).await;
    let ada = world.user("ada@example.com").await;
    let new = |name, created_after_millis| NewDevice {
        name,
        created_after_millis,
        ..NewDevice::default()
    };
    world
        .device(NewDevice {
            tags: &["Sales", "HQ"],
            user: Some(ada),
            ..new("alpha", 0)
        })
        .await;
    world
        .device(NewDevice {
            segment: north,
            serial: Some("SN-2"),
            tags: &["sales"],
            ..new("beta", 1_000)
        })
        .await;
    let state = DeviceState::Provisioning;
    world
        .device(NewDevice {
            segment: office,
            state,
            ..new("gamma", 2_000)
        })
        .await;
    world
        .device(NewDevice {
            state: DeviceState::Deleted,
            ..new("delta", 3_000)
        })
        .await;
    (north, office)
}

#[actix_web::test]
async fn a_list_has_pages() {
    let world = World::new().await;
    fleet(&world).await;
    let first = world.get(&format!("{W}/devices?limit=2")).await;
    assert_eq!(names(&first), ["gamma", "beta"], "newest first");
    let page = first.data();
    assert_eq!(
        (&page["totalDocs"], &page["totalPages"], &page["page"], &page["limit"]),
        (&json!(3), &json!(2), &json!(1), &json!(2))
    );
    assert_eq!((&page["prevPage"], &page["nextPage"]), (&json!(null), &json!(2)));
    let second = world.get(&format!("{W}/devices?limit=2&page=2")).await;
    assert_eq!(names(&second), ["alpha"]);
    assert_eq!(second.data()["hasNextPage"], false);
    assert_eq!(names(&world.get(&format!("{W}/devices?page=9")).await).len(), 0);
}

#[actix_web::test]
async fn a_list_is_sorted_as_asked() {
    let world = World::new().await;
    fleet(&world).await;
    for (sort, first) in [
        ("displayName", "alpha"),
        ("displayName:desc", "gamma"),
        ("createdAt:asc", "alpha"),
        ("summary.name:desc", "gamma"),
        ("lastStatusReportTime:asc", "alpha"),
    ] {
        let list = world.get(&format!("{W}/devices?sort={sort}")).await;
        assert_eq!(names(&list)[0], first, "{sort}");
    }
    let answer = world.get(&format!("{W}/devices?sort=colour:asc")).await;
    assert_eq!((answer.refused(), answer.wrong()), ((400, 5091), vec!["sort"]));
    let message = answer.body["error"]["details"][0]["message"].as_str().unwrap();
    assert!(message.contains("lastStatusReportTime"), "{message}");
}

#[actix_web::test]
async fn filters_narrow_a_list() {
    let world = World::new().await;
    let (north, office) = fleet(&world).await;
    let users = world.get(&format!("{W}/devices?search=alpha")).await;
    let ada = users.data()["items"][0]["mdmUser"]["id"].as_str().unwrap().to_owned();
    for (query, expected) in [
        ("state=ACTIVE".to_owned(), vec!["alpha", "beta"]),
        ("state=PROVISIONING&state=DELETED".to_owned(), vec!["delta", "gamma"]),
        ("show-deleted=true".to_owned(), vec!["alpha", "beta", "delta", "gamma"]),
        ("tags=SALES".to_owned(), vec!["alpha", "beta"]),
        ("tags=sales&tags=hq".to_owned(), vec!["alpha"]),
        (format!("mdm-user={ada}"), vec!["alpha"]),
        ("serialNumber=sn-2".to_owned(), vec!["beta"]),
        ("search=pc-ga".to_owned(), vec!["gamma"]),
        (format!("segmentId={north}"), vec!["beta"]),
        (format!("segmentId={north}&expandTo=children"), vec!["beta", "gamma"]),
        (
            format!("segmentId={office}&expandTo=ancestors"),
            vec!["alpha", "beta", "gamma"],
        ),
    ] {
        let list = world.get(&format!("{W}/devices?sort=displayName&{query}")).await;
        assert_eq!(names(&list), expected, "{query}");
    }
}

#[actix_web::test]
async fn filters_that_mean_nothing_are_refused() {
    let world = World::new().await;
    for (query, wrong) in [
        ("state=BROKEN", "state"),
        ("mdm-user=ada", "mdm-user"),
        ("expandTo=children", "expandTo"),
        ("expandTo=sideways&segmentId=0", "expandTo"),
        ("dryRun=true", "dryRun"),
    ] {
        let answer = world.get(&format!("{W}/devices?{query}")).await;
        assert_eq!(
            (answer.refused(), answer.wrong()),
            ((400, 5091), vec![wrong]),
            "{query}"
        );
    }
    let answer = world.get(&format!("{W}/devices?segmentId=77")).await;
    assert_eq!(answer.refused(), (404, 3001));
}

#[actix_web::test]
async fn a_segment_out_of_sight_looks_like_one_that_does_not_exist() {
    let world = World::new().await;
    let (north, south) = (
        world.segment("North", SegmentId::ROOT).await,
        world.segment("South", SegmentId::ROOT).await,
    );
    let token = world.token(&["*"], &[north]).await;
    let ask = |segment: u32| {
        let path = format!("{W}/devices?segmentId={segment}");
        let (world, token) = (&world, &token);
        async move { world.call(Method::GET, &path, Some(token), None).await }
    };
    let (hidden, missing) = (ask(south.0).await, ask(77).await);
    assert_eq!(hidden.refused(), (404, 3001));
    let text = |r: &Response, id: &str| r.body.to_string().replace(id, "N");
    assert_eq!(text(&hidden, &south.to_string()), text(&missing, "77"));
}

#[actix_web::test]
async fn a_device_shows_every_documented_key() {
    let world = World::new().await;
    let ada = world.user("ada@example.com").await;
    let id = world
        .device(NewDevice {
            serial: Some("SN-1"),
            tags: &["sales"],
            user: Some(ada),
            ..NewDevice::default()
        })
        .await;
    let answer = world.get(&format!("{W}/devices/{id}")).await;
    let device = answer.data();
    for key in [
        "id",
        "organizationId",
        "winEnterpriseId",
        "mdmUser",
        "displayName",
        "tags",
        "winId",
        "state",
        "config",
        "configDates",
        "customConfig",
        "summary",
        "scripts",
        "scriptsInfo",
        "lastStatusReportTime",
        "type",
        "subType",
        "winPolicy",
        "deviceWinPolicy",
        "winPolicyAssignments",
        "winPolicyAssignmentsEnforced",
        "stateHistory",
        "lastLocation",
        "refreshInfoNeeded",
        "enrolledDate",
        "updatedAt",
        "createdAt",
        "segmentId",
        "segment",
        "connectivity",
        "possibleDuplicateOf",
    ] {
        assert!(device.get(key).is_some(), "{key}");
    }
    for key in [
        "name",
        "osVersion",
        "osVersionName",
        "os",
        "serialNumber",
        "imei",
        "battery",
        "expirationTimestamp",
        "supervised",
        "image",
        "compliance",
    ] {
        assert!(device["summary"].get(key).is_some(), "summary.{key}");
    }
    assert_eq!(
        device["mdmUser"],
        json!({ "id": ada.to_string(), "email": "ada@example.com" })
    );
    assert_eq!(device["createdAt"], "2026-02-10T10:00:00.000Z");
    assert_eq!(device["summary"]["expirationTimestamp"], "2027-02-10T10:00:00.000Z");
    assert_eq!(device["summary"]["supervised"], true);
    assert_eq!(
        device["summary"]["compliance"],
        json!({ "compliant": null, "lastCheck": null })
    );
    assert_eq!(
        device["config"]["./DevDetail/OEM"],
        json!({ "isError": true, "status": 404, "reason": "CommandNotFound", "attempts": [] })
    );
    assert_eq!(device["stateHistory"][0]["config"]["reason"], "initial-enrollment");
    assert_eq!(
        device["segment"],
        json!({ "id": 0, "name": "Global", "path": "Global" })
    );
    assert_eq!(device["connectivity"], "online");
    let listed = world.get(&format!("{W}/devices")).await;
    let mut expected = device.clone();
    expected["deviceWinPolicy"] = Value::Null;
    let item = &listed.data()["items"][0];
    assert_eq!(
        item, &expected,
        "a list has the same objects, without what is computed of policies"
    );
}

#[actix_web::test]
async fn a_device_is_found_by_serial_number_and_by_win_id() {
    let world = World::new().await;
    let serial = "VMware-56 4d/7+1%";
    let id = world
        .device(NewDevice {
            serial: Some(serial),
            ..NewDevice::default()
        })
        .await;
    for identifier in [
        "VMware-56%204d%2F7%2B1%25".to_owned(),
        format!("win-{id}"),
        id.to_string().to_uppercase(),
    ] {
        let answer = world.get(&format!("{W}/devices/{identifier}")).await;
        assert_eq!(answer.data()["id"], id.to_string(), "{identifier}");
    }
    let long = "x".repeat(129);
    for identifier in ["nobody", "%00", &long] {
        assert_eq!(
            world.get(&format!("{W}/devices/{identifier}")).await.refused(),
            (404, 3001),
            "{identifier}"
        );
    }
}

#[actix_web::test]
async fn one_serial_number_of_two_live_devices_picks_neither() {
    let world = World::new().await;
    let twin = || NewDevice {
        serial: Some("TWIN"),
        ..NewDevice::default()
    };
    let (first, second) = (world.device(twin()).await, world.device(twin()).await);
    let answer = world.get(&format!("{W}/devices/TWIN")).await;
    assert_eq!(answer.refused(), (400, 5091));
    let message = answer.body["error"]["details"][0]["message"].as_str().unwrap();
    assert!(message.contains("ambiguous identifier"), "{message}");
    assert!(
        message.contains(&first.to_string()) && message.contains(&second.to_string()),
        "{message}"
    );
}

#[actix_web::test]
async fn a_page_takes_few_statements_however_long_it_is() {
    let world = World::new().await;
    let ada = world.user("ada@example.com").await;
    for _ in 0..200 {
        let user = Some(ada);
        world
            .device(NewDevice {
                user,
                tags: &["sales"],
                ..NewDevice::default()
            })
            .await;
    }
    let mut counts = Vec::new();
    for limit in [2, 20, 200] {
        let before = world.database.statements();
        let answer = world.get(&format!("{W}/devices?limit={limit}")).await;
        counts.push(world.database.statements() - before);
        let items = answer.data()["items"].as_array().unwrap();
        assert_eq!(items.len(), limit);
        let full = |d: &serde_json::Value| {
            d["stateHistory"].as_array().is_some_and(|h| h.len() == 1)
                && d["config"].as_object().is_some_and(|c| c.len() == 2)
                && d["mdmUser"]["email"] == "ada@example.com"
                && d["summary"]["expirationTimestamp"] == "2027-02-10T10:00:00.000Z"
        };
        assert!(items.iter().all(full));
    }
    assert_eq!(counts[0], counts[1]);
    assert!(counts[1] <= 20, "{counts:?}");
    // What is large of a device is read for some at a time, and of these devices as many as ever fit at once.
    assert!(counts[2] <= counts[1] + 12, "{counts:?}");
}

#[actix_web::test]
async fn an_empty_sort_is_the_lists_own() {
    let world = World::new().await;
    fleet(&world).await;
    let newest = names(&world.get(&format!("{W}/devices")).await);
    assert_eq!(names(&world.get(&format!("{W}/devices?sort=")).await), newest);
    assert_eq!(names(&world.get(&format!("{W}/devices?sort=:desc")).await), newest);
    let oldest = names(&world.get(&format!("{W}/devices?sort=:asc")).await);
    assert!(oldest.iter().eq(newest.iter().rev()));
}
