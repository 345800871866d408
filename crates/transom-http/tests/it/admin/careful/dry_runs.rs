//! `?dryRun=true`.

use super::{Lab, writing};
use crate::admin::world::{NewDevice, O, W};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use transom_domain::device::DeviceState;

/// The names of the fields of an object, or of the first one in a list.
fn names(value: &Value) -> BTreeSet<&str> {
    let value = value.get(0).unwrap_or(value);
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[actix_web::test]
async fn a_dry_run_answers_what_the_write_answers_and_stores_nothing() {
    let mut walked = 0;
    for route in writing() {
        let lab = Lab::new().await;
        let request = lab.prepare(route).await;
        let (name, before) = (route.name(), lab.dump());
        let dry = lab.send(&request, "?dryRun=true", &[("Idempotency-Key", "k")]).await;
        assert_eq!(dry.body["dryRun"], true, "{name}: {}", dry.body);
        assert_eq!(dry.header("ETag"), None, "{name}: of a state that is none");
        assert_eq!(lab.dump(), before, "{name}");

        let real = lab.send(&request, "", &[]).await;
        assert_eq!(names(dry.data()), names(real.data()), "{name}");
        assert_eq!(names(&real.body), ["data", "status"].into(), "{name}");
        assert_ne!(lab.dump(), before, "{name}");
        let page = lab.world.get(&format!("{O}/audit-logs?limit=1")).await;
        let written = &page.data()["items"][0];
        let changes = dry.body["changes"].as_array().unwrap();
        assert_eq!((changes.len(), &dry.body["changeCount"]), (1, &json!(1)), "{name}");
        assert_eq!(changes[0]["action"], written["action"], "{name}");
        assert_eq!(changes[0]["target"]["kind"], written["target"]["kind"], "{name}");
        assert_eq!(changes[0]["before"], written["before"], "{name}");
        assert_eq!(changes[0]["after"].is_null(), written["after"].is_null(), "{name}");
        walked += 1;
    }
    assert_eq!(walked, writing().count());
}

#[actix_web::test]
async fn a_dry_run_shows_before_and_after() {
    let lab = Lab::new().await;
    let device = lab.world.device(NewDevice::default()).await;
    let path = format!("{W}/devices/{device}");
    let answer = lab
        .world
        .put(&format!("{path}?dryRun=true"), json!({ "displayName": "New" }))
        .await;
    assert_eq!(answer.data()["displayName"], "New");
    let change = &answer.body["changes"][0];
    assert_eq!(
        change["target"],
        json!({ "kind": "winDevice", "id": device.to_string() })
    );
    assert_eq!(change["before"], json!({ "displayName": "Laptop" }));
    assert_eq!(change["after"], json!({ "displayName": "New" }));
    let answer = lab
        .world
        .put(&format!("{path}?dryRun=true"), json!({ "displayName": "Laptop" }))
        .await;
    answer.data();
    assert_eq!(
        (&answer.body["changeCount"], &answer.body["changes"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(lab.world.get(&path).await.data()["displayName"], "Laptop");
}

#[actix_web::test]
async fn a_dry_run_is_refused_as_the_write_is_and_leaves_no_record_of_it() {
    let lab = Lab::new().await;
    let leaving = NewDevice {
        state: DeviceState::DeleteRequested,
        ..NewDevice::default()
    };
    let device = format!("{W}/devices/{}", lab.world.device(leaving).await);
    let command = json!({ "config": { "path": "./A", "action": "Get", "format": "null" } });
    for (path, body) in [
        (format!("{device}/commands"), json!({ "commands": [command] })),
        (format!("{device}/commands"), json!({ "commands": [] })),
        (format!("{O}/segments"), json!({ "name": "N", "parentId": 99 })),
    ] {
        let before = lab.dump();
        let dry = lab.world.post(&format!("{path}?dryRun=true"), body.clone()).await;
        assert_eq!(lab.dump(), before, "{path}");
        let real = lab.world.post(&path, body).await;
        assert_eq!((dry.refused(), &dry.body), (real.refused(), &real.body), "{path}");
        assert_ne!(lab.dump(), before, "the real one is on record");
    }
}

#[actix_web::test]
async fn trying_what_one_may_not_do_is_on_record_even_dry() {
    let lab = Lab::new().await;
    let device = format!("{W}/devices/{}", lab.world.device(NewDevice::default()).await);
    let token = lab.world.token(&["mdm.windows.device.update"], &[]).await;
    let before = lab.audited().await;
    for (path, body) in [
        (format!("{device}/commands?dryRun=true"), json!({})),
        (format!("{device}?dryRun=true"), json!({ "segmentId": 0 })),
    ] {
        let method = if path.contains("commands") { "POST" } else { "PUT" };
        let method = actix_web::http::Method::from_bytes(method.as_bytes()).unwrap();
        let answer = lab.world.call(method, &path, Some(&token), Some(body)).await;
        assert_eq!(answer.refused(), (401, 4001));
    }
    assert_eq!(lab.audited().await, before + 2);
}
