//! Detected apps, and the fourth path of the seed.

use super::{
    asked::{DEVICES, ask, escaped, followed, get, give, patch, script},
    changes::example,
};
use crate::admin::world::{NewDevice, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::{DeviceId, segment::SegmentId, software::DetectedApp};

const APPS: &str = "/v1.0/deviceManagement/detectedApps";

/// Says that a device has these apps: names and versions.
pub async fn have(world: &World, device: DeviceId, apps: &[(&str, &str)]) {
    let apps: Vec<(String, String)> = apps.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    world
        .write(move |tx, _| {
            let organization = tx.organization_by_slug("default")?.unwrap().id;
            let apps: Vec<DetectedApp> = apps
                .iter()
                .map(|(name, version)| DetectedApp::new(organization, name, version, "Contoso").unwrap())
                .collect();
            tx.replace_device_apps(device, &apps)
        })
        .await;
}

async fn device(world: &World, segment: SegmentId) -> DeviceId {
    let new = NewDevice {
        segment,
        ..NewDevice::default()
    };
    world.device(new).await
}

/// The id of the app of that name.
pub async fn id_of(world: &World, name: &str) -> String {
    let path = format!("{APPS}?$filter={}", escaped(&format!("displayName eq '{name}'")));
    let ids = get(world, &path).await.ids();
    assert_eq!(ids.len(), 1, "{name}");
    ids[0].clone()
}

fn names(answer: &Value) -> Vec<&str> {
    let items = answer["value"].as_array().unwrap().iter();
    items.map(|item| item["displayName"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn apps_are_counted_filtered_and_paged() {
    let world = World::new().await;
    for n in 0..4 {
        let pc = device(&world, SegmentId::ROOT).await;
        let own = format!("Own {n}");
        have(&world, pc, &[("Shared", "1.2"), (&own, "1.0")]).await;
    }
    let all = get(
        &world,
        &format!("{APPS}?$count=true&$orderby=deviceCount%20desc,displayName"),
    )
    .await
    .good();
    assert_eq!(all["@odata.count"], 5);
    assert_eq!(names(&all), ["Shared", "Own 0", "Own 1", "Own 2", "Own 3"]);
    let shared = &all["value"][0];
    assert_eq!(
        (
            &shared["deviceCount"],
            &shared["version"],
            &shared["publisher"],
            &shared["platform"]
        ),
        (&json!(4), &json!("1.2"), &json!("Contoso"), &json!("windows"))
    );
    assert_eq!(shared["@odata.type"], "#microsoft.graph.detectedApp");
    assert_eq!(get(&world, &format!("{APPS}/$count")).await.text, "5");

    for order in ["", "&$orderby=version%20desc"] {
        let (mut found, mut next) = (Vec::new(), Some(format!("{APPS}?$top=2{order}")));
        while let Some(path) = next {
            let page = get(&world, &path).await;
            found.extend(page.ids());
            next = followed(&page.good()["@odata.nextLink"]);
        }
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 5, "{order}");
    }
    let filter = escaped("startswith(displayName,'own') and version lt '2' and deviceCount eq 1");
    let some = get(
        &world,
        &format!("{APPS}?$filter={filter}&$top=2&$skip=1&$select=displayName"),
    )
    .await
    .good();
    assert_eq!(some["value"].as_array().unwrap().len(), 2);
    assert_eq!(some["value"][0].as_object().unwrap().len(), 3, "id, name and type");
    let wrong = get(&world, &format!("{APPS}?$filter={}", escaped("name eq 'x'"))).await;
    assert_eq!(wrong.refused(), (400, "BadRequest".to_owned()));
    assert_eq!(wrong.details(), [("InvalidProperty".to_owned(), "name".to_owned())]);
}

#[actix_web::test]
async fn an_app_leads_to_its_devices() {
    let world = World::new().await;
    let (one, other) = (
        device(&world, SegmentId::ROOT).await,
        device(&world, SegmentId::ROOT).await,
    );
    have(&world, one, &[("A", "1"), ("B", "1")]).await;
    have(&world, other, &[("A", "1")]).await;
    let (a, b) = (id_of(&world, "A").await, id_of(&world, "B").await);
    let shown = get(&world, &format!("{APPS}/{a}")).await.good();
    assert_eq!((&shown["displayName"], &shown["deviceCount"]), (&json!("A"), &json!(2)));
    let mut both = [one.to_string(), other.to_string()];
    both.sort();
    assert_eq!(
        get(&world, &format!("{APPS}/{a}/managedDevices?$orderby=id"))
            .await
            .ids(),
        both
    );
    assert_eq!(
        get(&world, &format!("{APPS}/{b}/managedDevices")).await.ids(),
        [one.to_string()]
    );
    assert_eq!(
        get(&world, &format!("{APPS}/{b}/managedDevices/$count")).await.text,
        "1"
    );
    let page = get(&world, &format!("{APPS}/{a}/managedDevices?$top=1")).await.good();
    let next = followed(&page["@odata.nextLink"]).unwrap();
    assert_eq!(get(&world, &next).await.ids(), both[1..]);
    let elsewhere = next.replace(&a, &b);
    assert_eq!(
        get(&world, &elsewhere).await.refused().0,
        400,
        "the token of another app"
    );
    get(&world, &format!("{APPS}/{b}/managedDevices/{one}")).await.good();
    for path in [
        format!("{APPS}/{b}/managedDevices/{other}"),
        format!("{APPS}/507f1f77bcf86cd799439011/managedDevices"),
        format!("{APPS}/507f1f77bcf86cd799439011"),
        format!("{APPS}/x"),
    ] {
        assert_eq!(get(&world, &path).await.refused().0, 404, "{path}");
    }
}

#[actix_web::test]
async fn what_a_device_has_is_below_it_and_expanded() {
    let world = World::new().await;
    let pc = device(&world, SegmentId::ROOT).await;
    have(&world, pc, &[("B", "2"), ("A", "1")]).await;
    let below = format!("/beta/{DEVICES}/{pc}/detectedApps");
    let listed = get(&world, &format!("{below}?$orderby=displayName%20desc&$count=true"))
        .await
        .good();
    assert_eq!((names(&listed), &listed["@odata.count"]), (vec!["B", "A"], &json!(2)));
    let a = id_of(&world, "A").await;
    assert_eq!(get(&world, &format!("{below}/{a}")).await.good()["displayName"], "A");
    assert_eq!(
        get(&world, &format!("{below}/507f1f77bcf86cd799439011"))
            .await
            .refused()
            .0,
        404
    );
    let first = get(&world, &format!("{below}?$top=1")).await;
    let next = followed(&first.good()["@odata.nextLink"]).unwrap();
    assert_ne!(get(&world, &next).await.ids(), first.ids());

    for path in [format!("/beta/{DEVICES}/{pc}"), format!("/beta/{DEVICES}")] {
        let is_list = path.ends_with(DEVICES);
        let top = if is_list { "&$top=5" } else { "" };
        let answer = get(
            &world,
            &format!("{path}?$expand=detectedApps,deviceCategory&$select=id{top}"),
        )
        .await
        .good();
        let shown = if is_list { answer["value"][0].clone() } else { answer };
        let apps: Vec<&str> = shown["detectedApps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|app| app["displayName"].as_str().unwrap())
            .collect();
        assert_eq!(apps, ["A", "B"], "{path}");
        assert_eq!(shown["deviceCategory"], Value::Null);
    }
    let wide = get(&world, &format!("/beta/{DEVICES}?$expand=detectedApps&$top=101")).await;
    assert_eq!(wide.refused().0, 400);
    let other = get(&world, &format!("/v1.0/{DEVICES}?$expand=detectedApps")).await;
    assert_eq!(other.refused().0, 400, "v1.0 has no such thing");
    let device = format!("/v1.0/{DEVICES}/{pc}");
    patch(
        &world,
        &device.replace("v1.0", "beta"),
        json!({ "deviceCategoryDisplayName": "Desks" }),
    )
    .await
    .good();
    let category = get(&world, &format!("{device}?$expand=deviceCategory")).await.good()["deviceCategory"].clone();
    assert_eq!(category["displayName"], "Desks");
    assert_eq!(category["id"].as_str().unwrap().len(), 36);
}

#[actix_web::test]
async fn only_devices_in_sight_count() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let (here, there) = (device(&world, SegmentId::ROOT).await, device(&world, north).await);
    have(&world, here, &[("A", "1"), ("Secret", "1")]).await;
    have(&world, there, &[("A", "1")]).await;
    let secret = id_of(&world, "Secret").await;
    let token = world
        .token(&["mdm.windows.device.list", "mdm.windows.device.get"], &[north])
        .await;
    let see = async |path: &str| ask(&world, Method::GET, path, Some(&token), None, &[]).await;
    let list = see(APPS).await.good();
    assert_eq!((names(&list), &list["value"][0]["deviceCount"]), (vec!["A"], &json!(1)));
    assert_eq!(see(&format!("{APPS}/$count")).await.text, "1");
    for path in [
        format!("{APPS}/{secret}"),
        format!("{APPS}/{secret}/managedDevices"),
        format!("/beta/{DEVICES}/{here}/detectedApps"),
    ] {
        assert_eq!(see(&path).await.refused().0, 404, "{path}");
    }
    let foreign = ask(
        &world,
        Method::GET,
        &format!("{APPS}/{secret}"),
        Some(&world.foreign),
        None,
        &[],
    )
    .await;
    assert_eq!(foreign.refused().0, 404);
    let none = world.token(&["mdm.windows.device.get"], &[north]).await;
    let refused = ask(&world, Method::GET, APPS, Some(&none), None, &[]).await;
    assert_eq!(refused.refused(), (403, "Authorization_RequestDenied".to_owned()));
}

#[actix_web::test]
async fn the_fourth_path_of_the_seed_changes_the_device_at_its_end() {
    let world = World::new().await;
    let (runs, other) = (
        device(&world, SegmentId::ROOT).await,
        device(&world, SegmentId::ROOT).await,
    );
    let apart = device(&world, SegmentId::ROOT).await;
    have(&world, runs, &[("A", "1"), ("B", "1")]).await;
    have(&world, other, &[("A", "1")]).await;
    let (a, b) = (id_of(&world, "A").await, id_of(&world, "B").await);
    let (script, unrelated) = (script(&world).await, script(&world).await);
    give(&world, &runs.to_string(), &script).await;
    let path = |version: &str, script: &str, app: &str, device: &DeviceId| {
        format!(
            "/{version}/deviceManagement/deviceManagementScripts/{script}/deviceRunStates/{script}:{runs}\
             /managedDevice//detectedApps/{app}/managedDevices/{device}"
        )
    };
    for version in ["beta", "v1.0"] {
        let body = example();
        let changed = patch(&world, &path(version, &script, &a, &other), body.clone())
            .await
            .good();
        assert_eq!(changed["id"], json!(other.to_string()));
        assert_eq!(changed["deviceName"], body["deviceName"]);
        let shown = get(&world, &path(version, &script, &a, &other)).await.good();
        assert_eq!(shown["serialNumber"], body["serialNumber"]);
    }
    let refused = [
        path("beta", &script, &b, &other),
        path("beta", &script, &a, &apart),
        path("beta", &unrelated, &a, &other),
        path("beta", &script, "", &other),
        path("beta", &script, "507f1f77bcf86cd799439011", &other),
    ];
    for path in refused {
        assert_eq!(
            patch(&world, &path, json!({ "notes": "x" })).await.refused().0,
            404,
            "{path}"
        );
    }
    let below = format!(
        "/beta/deviceManagement/deviceManagementScripts/{script}/deviceRunStates/{script}:{runs}/managedDevice/detectedApps"
    );
    assert_eq!(get(&world, &below).await.ids().len(), 2);
    assert_eq!(get(&world, &format!("{below}/{b}")).await.good()["displayName"], "B");
}

#[actix_web::test]
async fn an_inventory_is_asked_for() {
    let world = World::new().await;
    let pc = device(&world, SegmentId::ROOT).await;
    let path = format!("{W}/devices/{pc}/info");
    let asked = world
        .post(
            &path,
            json!({ "info": ["applications", "hardware", "hardware"], "other": 1 }),
        )
        .await;
    assert_eq!(asked.data()["refreshInfoNeeded"], json!(["hardware", "applications"]));
    assert_eq!(asked.header("X-Ignored-Fields"), Some("other"));
    let audited = world
        .get("/v1/organizations/default/audit-logs?action=mdm.windows.device.info")
        .await;
    assert_eq!(audited.data()["items"].as_array().unwrap().len(), 1);
    world.post(&path, json!({ "info": ["hardware"] })).await.data();
    let again = world
        .get("/v1/organizations/default/audit-logs?action=mdm.windows.device.info")
        .await;
    assert_eq!(again.data()["items"].as_array().unwrap().len(), 1, "nothing changed");
    for body in [
        json!({ "info": ["certificates"] }),
        json!({ "info": [] }),
        json!({ "info": "hardware" }),
        json!({}),
    ] {
        assert_eq!(world.post(&path, body.clone()).await.refused(), (400, 5091), "{body}");
    }
    let many = vec!["hardware"; 11];
    assert_eq!(world.post(&path, json!({ "info": many })).await.refused().0, 400);
    world.post(&path, json!({ "info": vec!["hardware"; 10] })).await.data();
    world.delete(&format!("{W}/devices/{pc}")).await.data();
    assert_eq!(
        world.post(&path, json!({ "info": ["hardware"] })).await.refused(),
        (400, 5142)
    );
}
