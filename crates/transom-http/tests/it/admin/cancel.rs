//! Commands taken back: one of a batch by its caller (B.3), the order to unenrol by time.

use super::world::{NewDevice, O, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use transom_domain::command::{TIME_TO_LIVE, cancel};

fn get(path: &str) -> Value {
    json!({ "config": { "path": path, "action": "Get", "format": "null" } })
}

#[actix_web::test]
async fn one_command_of_a_batch_is_cancelled_and_the_others_wait_on() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let path = format!("{W}/devices/{device}/commands");
    let sent = world.post(&path, json!({ "commands": [get("./A"), get("./B")] })).await;
    let id = sent.data()["id"].as_str().unwrap();
    let first = sent.data()["commands"][0]["cmdId"].as_str().unwrap();
    let second = sent.data()["commands"][1]["cmdId"].as_str().unwrap();
    let cancel = format!("{path}/{id}/actions/{second}/cancel/");
    let answer = world.call(Method::POST, &cancel, Some(&world.admin), None).await;
    let batch = answer.data();
    assert_eq!(batch["canceled"], "OK");
    assert_eq!(batch["commands"][0]["status"], "Pending");
    assert!(batch["commands"][0].get("canceledAt").is_none());
    assert_eq!(batch["commands"][1]["status"], "Cancel");
    assert_eq!(batch["commands"][1]["canceledAt"], "2026-02-10T10:00:00.000Z");
    let logs = world.get(&format!("{O}/audit-logs?limit=1")).await;
    let entry = &logs.data()["items"][0];
    assert_eq!(entry["before"], json!({ "winCommandId": id, "pending": [second] }));
    assert_eq!(entry["after"], json!({ "winCommandId": id, "canceled": [second] }));
    // It is cancelled already; its neighbour's place changes nothing.
    let again = world.call(Method::POST, &cancel, Some(&world.admin), None).await;
    assert_eq!(again.refused(), (400, 5106));
    let other = world.post(&path, json!({ "commands": [get("./C")] })).await;
    let other = other.data()["id"].as_str().unwrap();
    for unknown in [
        format!("{path}/{id}/actions/507f1f77bcf86cd799439011/cancel"),
        format!("{path}/{id}/actions/x/cancel"),
        format!("{path}/{other}/actions/{first}/cancel"),
        format!("{path}/507f1f77bcf86cd799439011/actions/{first}/cancel"),
    ] {
        let answer = world.call(Method::POST, &unknown, Some(&world.admin), None).await;
        assert_eq!(answer.refused(), (404, 3001), "{unknown}");
    }
}

#[actix_web::test]
async fn a_device_that_was_away_too_long_can_be_deleted_again() {
    let world = World::new().await;
    let device = format!("{W}/devices/{}", world.device(NewDevice::default()).await);
    let commands = format!("{device}/commands");
    let orders = async || world.get(&commands).await.data()["totalDocs"].clone();
    world.delete(&device).await;
    assert_eq!(world.delete(&device).await.data()["state"], "DELETE_REQUESTED");
    assert_eq!(orders().await, 1, "while the order waits there is nothing to add");
    let week = i64::try_from(TIME_TO_LIVE.as_millis()).unwrap();
    world.clock.now.fetch_add(week + 1, Ordering::Relaxed);
    assert_eq!(world.write(|tx, cx| cancel::expire(tx, cx)).await, 1);

    assert_eq!(world.delete(&device).await.data()["state"], "DELETE_REQUESTED");
    assert_eq!(orders().await, 2);
    let newest = world.get(&commands).await;
    assert_eq!(newest.data()["items"][0]["commands"][0]["status"], "Pending");
    let logs = world.get(&format!("{O}/audit-logs?limit=1")).await;
    assert_eq!(
        logs.data()["items"][0]["after"],
        json!({ "state": "DELETE_REQUESTED", "orderedAgain": true })
    );
}
