//! Lists: pages that are stable, orders, selections, and what is refused instead of ignored.

use super::asked::{DEVICES, ROOT, ask, escaped, followed, get};
use crate::admin::world::{NewDevice, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::{device::DeviceState, segment::SegmentId};

const LIST: &str = "/v1.0/deviceManagement/managedDevices";

/// Follows links to the end; the ids of each page.
async fn pages(world: &World, first: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        // As Python's iterator asks for later pages.
        let answer = ask(
            world,
            Method::GET,
            &path,
            Some(&world.admin),
            None,
            &[("Accept", "*/*")],
        )
        .await;
        pages.push(answer.ids());
        next = followed(&answer.json()["@odata.nextLink"]);
        assert!(pages.len() < 100, "{path}");
    }
    pages
}

async fn fleet(world: &World, count: i64) -> Vec<String> {
    let names = ["ada", "Bob", "cleo", "Dan"];
    let mut ids = Vec::new();
    for n in 0..count {
        let new = NewDevice {
            name: names[n.unsigned_abs() as usize % names.len()],
            created_after_millis: (n * 7 % 5) * 1_000,
            ..NewDevice::default()
        };
        ids.push(world.device(new).await.to_string());
    }
    ids.sort();
    ids
}

#[actix_web::test]
async fn each_device_is_on_one_page_whatever_the_order() {
    let world = World::new().await;
    let ids = fleet(&world, 23).await;
    for order in [
        "",
        "&$orderby=id",
        "&$orderby=id%20desc",
        "&$orderby=managedDeviceName",
        "&$orderby=lastSyncDateTime%20desc,managedDeviceName",
        "&$orderby=notes",
    ] {
        let found = pages(&world, &format!("{LIST}?$top=5{order}")).await;
        let sizes: Vec<usize> = found.iter().map(Vec::len).collect();
        assert_eq!(sizes, [5, 5, 5, 5, 3], "{order}");
        let mut all: Vec<String> = found.concat();
        if order.is_empty() {
            assert_eq!(all, ids);
        }
        all.sort();
        assert_eq!(all, ids, "{order}");
    }
    assert_eq!(pages(&world, &format!("{LIST}?$top=23")).await.len(), 1);
    assert_eq!(
        pages(&world, &format!("{LIST}?$skip=20&$top=2")).await.concat(),
        ids[20..]
    );
    assert_eq!(pages(&world, &format!("{LIST}?$skip=30")).await, [[""; 0]]);
}

#[actix_web::test]
async fn an_order_is_kept_across_pages() {
    let world = World::new().await;
    fleet(&world, 17).await;
    let mut names: Vec<(String, String)> = Vec::new();
    let mut next = Some(format!(
        "/beta/{DEVICES}?$orderby=managedDeviceName%20desc,enrolledDateTime&$top=3&$select=managedDeviceName,enrolledDateTime"
    ));
    while let Some(path) = next {
        let body = get(&world, &path).await.good();
        for item in body["value"].as_array().unwrap() {
            let text = |f: &str| item[f].as_str().unwrap().to_lowercase();
            names.push((text("managedDeviceName"), text("enrolledDateTime")));
        }
        next = followed(&body["@odata.nextLink"]);
    }
    let mut sorted = names.clone();
    sorted.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    assert_eq!(names, sorted);
}

#[actix_web::test]
async fn pages_stay_stable_while_devices_come_and_go() {
    let world = World::new().await;
    let ids = fleet(&world, 12).await;
    let first = get(&world, &format!("{LIST}?$top=4")).await;
    assert_eq!(first.ids(), ids[..4]);
    // One that was shown goes, one that was not goes, and one comes.
    for gone in [&ids[1], &ids[6]] {
        world
            .delete(&format!(
                "/v1/organizations/default/mdm/windows/enterprise/devices/{gone}?force=true"
            ))
            .await;
    }
    let come = world.device(NewDevice::default()).await.to_string();
    let next = followed(&first.json()["@odata.nextLink"]).unwrap();
    let rest = pages(&world, &next).await.concat();
    let mut expected: Vec<String> = ids[4..].iter().filter(|id| **id != ids[6]).cloned().collect();
    if come > ids[3] {
        expected.push(come);
    }
    expected.sort();
    assert_eq!(rest, expected);
}

#[actix_web::test]
async fn links_are_on_the_configured_address_and_keep_the_query() {
    let world = World::new().await;
    fleet(&world, 3).await;
    let query = "$top=1&$select=deviceName&$count=true&$skip=1&$filter=startswith(deviceName,%27pc%27)&x=y";
    let headers = [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")];
    let first = ask(
        &world,
        Method::GET,
        &format!("{LIST}?{query}"),
        Some(&world.admin),
        None,
        &headers,
    )
    .await
    .good();
    assert_eq!(first["@odata.count"], 3);
    assert_eq!(
        first["@odata.context"],
        format!("{ROOT}/v1.0/$metadata#deviceManagement/managedDevices(deviceName)")
    );
    let link = first["@odata.nextLink"].as_str().unwrap();
    let kept = "$top=1&$select=deviceName&$filter=startswith(deviceName,%27pc%27)&x=y&$skiptoken=";
    assert!(link.starts_with(&format!("{ROOT}{LIST}?{kept}")), "{link}");
    let second = get(&world, &followed(&first["@odata.nextLink"]).unwrap()).await.good();
    assert_eq!(
        (&second["@odata.count"], &second["@odata.nextLink"]),
        (&Value::Null, &Value::Null)
    );
}

#[actix_web::test]
async fn a_token_is_for_its_own_query_and_cannot_be_made() {
    let world = World::new().await;
    fleet(&world, 3).await;
    let link = followed(&get(&world, &format!("{LIST}?$top=1")).await.good()["@odata.nextLink"]).unwrap();
    let token = link.split("$skiptoken=").nth(1).unwrap();
    // The size of a page may change on the way.
    assert_eq!(
        get(&world, &format!("{LIST}?$top=2&$skiptoken={token}"))
            .await
            .ids()
            .len(),
        2
    );
    for path in [
        format!("{LIST}?$filter=isSupervised&$skiptoken={token}"),
        format!("{LIST}?$orderby=id&$skiptoken={token}"),
        format!("/beta/{DEVICES}?$skiptoken={token}"),
        format!("{LIST}?$skiptoken={token}x"),
        format!("{LIST}?$skiptoken=abc"),
        format!("{LIST}?$skiptoken=e30.e30"),
    ] {
        let refused = get(&world, &path).await;
        assert_eq!(refused.refused(), (400, "BadRequest".to_owned()), "{path}");
        assert_eq!(refused.json()["error"]["target"], "$skiptoken");
    }
    let foreign = ask(&world, Method::GET, &link, Some(&world.foreign), None, &[]).await;
    assert_eq!(foreign.status, 400, "{}", foreign.text);
}

#[actix_web::test]
async fn what_is_selected_and_expanded_is_shown_and_nothing_else() {
    let world = World::new().await;
    let ada = world.user("ada@example.com").await;
    let device = world
        .device(NewDevice {
            user: Some(ada),
            ..NewDevice::default()
        })
        .await;
    let path = |query: &str| format!("/beta/{DEVICES}/{device}?{query}");
    let shown = get(&world, &path("$select=deviceName,osVersion")).await.good();
    let mut names: Vec<&String> = shown.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(
        names,
        ["@odata.context", "@odata.type", "deviceName", "id", "osVersion"]
    );
    let shown = get(&world, &path("$expand=users&$select=id")).await.good();
    assert_eq!(shown["users"][0]["userPrincipalName"], "ada@example.com");
    for (version, has) in [("v1.0", false), ("beta", true)] {
        let body = get(&world, &format!("/{version}/{DEVICES}/{device}")).await.good();
        assert_eq!(body.get("hardwareInformation").is_some(), has);
        assert_eq!(body.get("ownerType").is_some(), has);
        assert_eq!(body["userPrincipalName"], "ada@example.com");
        assert_eq!(body["managementState"], "managed");
        assert_eq!(body["deviceRegistrationState"], "registered");
        assert_eq!(body["operatingSystem"], "Windows");
        let select = get(&world, &format!("/{version}/{DEVICES}?$select=skuFamily")).await;
        assert_eq!(select.status, if has { 200 } else { 400 });
    }
}

#[actix_web::test]
async fn lists_and_counts_end_at_the_caller_s_sight() {
    let world = World::new().await;
    let (north, south) = (
        world.segment("North", SegmentId::ROOT).await,
        world.segment("South", SegmentId::ROOT).await,
    );
    let mut in_north = Vec::new();
    for segment in [north, south, north, SegmentId::ROOT] {
        let device = world
            .device(NewDevice {
                segment,
                ..NewDevice::default()
            })
            .await
            .to_string();
        if segment == north {
            in_north.push(device);
        }
    }
    world
        .device(NewDevice {
            segment: north,
            state: DeviceState::Deleted,
            ..NewDevice::default()
        })
        .await;
    in_north.sort();
    let token = world.token(&["mdm.windows.device.list"], &[north]).await;
    let as_token = |path: &'static str| ask(&world, Method::GET, path, Some(&token), None, &[]);
    assert_eq!(as_token(LIST).await.ids(), in_north);
    assert_eq!(
        as_token("/v1.0/deviceManagement/managedDevices?$filter=not%20isSupervised%20or%20isSupervised")
            .await
            .ids(),
        in_north
    );
    let count = as_token("/v1.0/deviceManagement/managedDevices/$count").await;
    assert_eq!(
        (count.text.as_str(), count.header("content-type")),
        ("2", Some("text/plain; charset=utf-8"))
    );
    let overview = as_token("/v1.0/deviceManagement/managedDeviceOverview").await.good();
    assert_eq!(overview["enrolledDeviceCount"], 2);
    assert_eq!(overview["deviceOperatingSystemSummary"]["windowsCount"], 2);
    let foreign = ask(&world, Method::GET, LIST, Some(&world.foreign), None, &[]).await;
    assert_eq!(foreign.ids(), [""; 0]);
}

#[actix_web::test]
async fn a_user_s_devices_are_theirs() {
    let world = World::new().await;
    let (ada, bob) = (world.user("ada@example.com").await, world.user("bob@example.com").await);
    let own = world
        .device(NewDevice {
            user: Some(ada),
            ..NewDevice::default()
        })
        .await;
    world
        .device(NewDevice {
            user: Some(bob),
            ..NewDevice::default()
        })
        .await;
    world.device(NewDevice::default()).await;
    for named in [
        ada.to_string(),
        "ADA@example.com".to_owned(),
        "ada%40example.com".to_owned(),
    ] {
        assert_eq!(
            get(&world, &format!("/beta/users/{named}/managedDevices")).await.ids(),
            [own.to_string()]
        );
        assert_eq!(
            get(&world, &format!("/v1.0/users/{named}/managedDevices/$count"))
                .await
                .text,
            "1"
        );
        assert_eq!(
            get(&world, &format!("/v1.0/users/{named}/managedDevices/{own}"))
                .await
                .status,
            200
        );
    }
    for path in [
        format!("/v1.0/users/{bob}/managedDevices/{own}"),
        "/v1.0/users/nobody/managedDevices".to_owned(),
    ] {
        assert_eq!(
            get(&world, &path).await.refused(),
            (404, "ResourceNotFound".to_owned()),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn what_cannot_be_done_is_refused_with_its_place() {
    let world = World::new().await;
    for (query, target, position) in [
        ("$filter=skuFamilyy eq 'x'", "skuFamilyy", json!(0)),
        ("$filter=deviceName eq 'x' und", "$filter", json!(18)),
        ("$orderby=deviceName,colour", "colour", json!(11)),
        ("$select=id,nme", "nme", json!(3)),
        ("$expand=users,deviceHealth", "deviceHealth", json!(6)),
        ("$search=\"model:x\"", "model", json!(1)),
        ("$top=1001", "$top", Value::Null),
        ("$skip=10001", "$skip", Value::Null),
        ("$apply=x", "$apply", Value::Null),
    ] {
        let (name, value) = query.split_once('=').unwrap();
        let refused = get(&world, &format!("/beta/{DEVICES}?{name}={}", escaped(value))).await;
        assert_eq!(refused.refused(), (400, "BadRequest".to_owned()), "{query}");
        let error = refused.json()["error"].clone();
        assert_eq!(error["target"], name, "{query}");
        assert_eq!(error["details"][0]["target"], target, "{query}");
        assert_eq!(error["details"][0]["position"], position, "{query}");
    }
}
