//! Devices changed, moved and deleted (A.1, A.2, E.5).

use super::world::{NewDevice, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use transom_domain::{device::DeviceState, segment::SegmentId};

const NOBODY: &str = "507f1f77bcf86cd799439011";

async fn device(world: &World) -> String {
    let id = world.device(NewDevice::default()).await;
    world.clock.now.fetch_add(60_000, Ordering::Relaxed);
    format!("{W}/devices/{id}")
}

#[actix_web::test]
async fn what_is_absent_stays_as_it_is() {
    let world = World::new().await;
    let path = device(&world).await;
    let ada = world.user("ada@example.com").await.to_string();
    world
        .put(
            &path,
            json!({ "tags": [" a ", "A", "b"], "mdmUserId": ada, "customConfig": { "asset": 7, "room": "x" } }),
        )
        .await;
    let answer = world
        .put(
            &path,
            json!({ "displayName": " Desk 4 ", "customConfig": { "room": null } }),
        )
        .await;
    let shown = answer.data();
    assert_eq!(shown["displayName"], "Desk 4");
    assert_eq!(shown["tags"], json!(["a", "b"]));
    assert_eq!(shown["mdmUser"]["email"], "ada@example.com");
    assert_eq!(shown["customConfig"], json!({ "asset": 7 }));
    assert_eq!(shown["updatedAt"], "2026-02-10T10:01:00.000Z");
    let answer = world.put(&path, json!({ "mdmUserId": null })).await;
    assert_eq!(answer.data()["mdmUser"], Value::Null);
}

#[actix_web::test]
async fn a_client_may_send_back_what_it_got() {
    let world = World::new().await;
    let path = device(&world).await;
    let before = world.get(&path).await.data().clone();
    let answer = world.put(&path, before.clone()).await;
    assert_eq!(answer.data(), &before);
    let ignored: Vec<_> = answer.header("X-Ignored-Fields").unwrap().split(", ").collect();
    for field in [
        "state",
        "config",
        "summary",
        "stateHistory",
        "deviceWinPolicy",
        "winPolicyAssignmentsEnforced",
    ] {
        assert!(ignored.contains(&field), "{field}: {ignored:?}");
    }
    assert!(!ignored.contains(&"displayName"));
    let audit = world
        .get("/v1/organizations/default/audit-logs?action=mdm.windows.device.update")
        .await;
    assert_eq!(audit.data()["totalDocs"], 0, "nothing changed, nothing is on record");
}

#[actix_web::test]
async fn unknown_fields_are_ignored_and_named_or_refused_when_strict() {
    let world = World::new().await;
    let path = device(&world).await;
    let body = json!({ "displayName": "Desk", "colour": "red", "state": "DELETED" });
    let answer = world.put(&format!("{path}?strict=true"), body.clone()).await;
    assert_eq!(answer.refused(), (400, 5091));
    assert_eq!(answer.wrong(), ["colour", "state"]);
    let answer = world.put(&path, body).await;
    assert_eq!(answer.data()["state"], "ACTIVE");
    assert_eq!(answer.header("X-Ignored-Fields"), Some("colour, state"));
}

#[actix_web::test]
async fn every_wrong_field_is_named() {
    let world = World::new().await;
    let path = device(&world).await;
    let many: Vec<_> = (0..101).map(|n| n.to_string()).collect();
    for (body, wrong) in [
        (
            json!({ "displayName": "", "tags": "x", "mdmUserId": 7 }),
            vec!["tags", "mdmUserId", "displayName"],
        ),
        (json!({ "displayName": "x".repeat(129) }), vec!["displayName"]),
        (json!({ "displayName": null }), vec!["displayName"]),
        (json!({ "tags": many }), vec!["tags"]),
        (json!({ "tags": ["a", 1] }), vec!["tags[1]"]),
        (json!({ "mdmUserId": "ada" }), vec!["mdmUserId"]),
        (json!({ "segmentId": -1 }), vec!["segmentId"]),
        (json!({ "segmentId": 1.5 }), vec!["segmentId"]),
        (json!({ "segmentId": null }), vec!["segmentId"]),
        (json!({ "customConfig": { "a": {} } }), vec!["customConfig.a"]),
        (json!({ "customConfig": [] }), vec!["customConfig"]),
        (json!({ "winPolicyId": "x" }), vec!["winPolicyId"]),
        (
            json!({ "winPolicyAssignments": [{ "winPolicyId": NOBODY }] }),
            vec!["winPolicyAssignments[0].priority"],
        ),
        (
            json!({ "winPolicyAssignments": [{ "winPolicyId": NOBODY, "priority": 10_001 }] }),
            vec!["winPolicyAssignments[0].priority"],
        ),
        (
            json!({ "winPolicyAssignments": [{ "winPolicyId": NOBODY, "priority": 0 }, { "winPolicyId": NOBODY, "priority": 1 }] }),
            vec!["winPolicyAssignments[1].winPolicyId"],
        ),
        (json!({ "scripts": [{}] }), vec!["scripts[0].id"]),
        (
            json!({ "scripts": [{ "id": "s", "type": "daily", "scope": "root", "loopTime": 0, "arguments": 1 }] }),
            vec![
                "scripts[0].type",
                "scripts[0].arguments",
                "scripts[0].scope",
                "scripts[0].loopTime",
            ],
        ),
        (
            json!({ "scripts": [{ "id": "s" }, { "id": "S" }] }),
            vec!["scripts[1].id"],
        ),
        (
            json!({ "smartAttributeAssignments": [1, {}, { "smartAttributeId": "x", "value": 1 }] }),
            vec![
                "smartAttributeAssignments[0]",
                "smartAttributeAssignments[1].smartAttributeId",
                "smartAttributeAssignments[1].value",
                "smartAttributeAssignments[2].smartAttributeId",
            ],
        ),
    ] {
        let answer = world.put(&path, body.clone()).await;
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5091), wrong), "{body}");
    }
}

#[actix_web::test]
async fn what_the_body_refers_to_must_exist() {
    let world = World::new().await;
    let path = device(&world).await;
    for (body, wrong) in [
        (json!({ "mdmUserId": NOBODY }), "mdmUserId"),
        (json!({ "segmentId": "9" }), "segmentId"),
        (json!({ "winPolicyId": NOBODY }), "winPolicyId"),
        (
            json!({ "displayName": "New", "winPolicyAssignments": [{ "winPolicyId": NOBODY, "priority": 10_000 }] }),
            "winPolicyAssignments[0].winPolicyId",
        ),
        (json!({ "scripts": [{ "id": "s1" }] }), "scripts[0].id"),
        (
            json!({ "smartAttributeAssignments": [{ "smartAttributeId": NOBODY, "value": 1 }] }),
            "smartAttributeAssignments[0].smartAttributeId",
        ),
    ] {
        let answer = world.put(&path, body.clone()).await;
        assert_eq!((answer.refused(), answer.wrong()), ((404, 3001), vec![wrong]), "{body}");
    }
    let nothing =
        json!({ "winPolicyId": null, "winPolicyAssignments": [], "scripts": null, "smartAttributeAssignments": [] });
    assert_eq!(world.put(&path, nothing).await.data()["displayName"], "Laptop");
}

#[actix_web::test]
async fn a_move_takes_a_number_or_digits_and_is_on_record() {
    let world = World::new().await;
    let path = device(&world).await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let answer = world
        .put(&format!("{path}/move"), json!({ "segmentId": north.0.to_string() }))
        .await;
    assert_eq!(answer.data()["segmentId"], north.0);
    let moved_at = answer.data()["updatedAt"].clone();
    world.clock.now.fetch_add(1_000, Ordering::Relaxed);
    let again = world
        .put(&format!("{path}/move/"), json!({ "segmentId": north.0 }))
        .await;
    assert_eq!(
        again.data()["updatedAt"],
        moved_at,
        "a move to where it is changes nothing"
    );
    let audit = world
        .get("/v1/organizations/default/audit-logs?action=mdm.windows.device.move")
        .await;
    assert_eq!(audit.data()["totalDocs"], 1);
    let entry = &audit.data()["items"][0];
    assert_eq!(
        (&entry["before"], &entry["after"]),
        (&json!({ "segmentId": 0 }), &json!({ "segmentId": north.0 }))
    );
    for body in [
        json!({}),
        json!({ "segmentId": "x" }),
        json!({ "segmentId": -1 }),
        json!({ "segmentId": null }),
    ] {
        let answer = world.put(&format!("{path}/move"), body.clone()).await;
        assert_eq!(
            (answer.refused(), answer.wrong()),
            ((400, 5091), vec!["segmentId"]),
            "{body}"
        );
    }
    let answer = world.put(&format!("{path}/move"), json!({ "segmentId": 99 })).await;
    assert_eq!(answer.refused(), (404, 3001));
}

#[actix_web::test]
async fn nothing_moves_where_the_caller_may_not_look() {
    let world = World::new().await;
    let (north, south) = (
        world.segment("North", SegmentId::ROOT).await,
        world.segment("South", SegmentId::ROOT).await,
    );
    let id = world
        .device(NewDevice {
            segment: north,
            ..NewDevice::default()
        })
        .await;
    let token = world.token(&["mdm.windows.*"], &[north]).await;
    let body = json!({ "segmentId": south.0 });
    let answer = world
        .call(
            Method::PUT,
            &format!("{W}/devices/{id}/move"),
            Some(&token),
            Some(body.clone()),
        )
        .await;
    assert_eq!(answer.refused(), (404, 3001));
    let answer = world
        .call(Method::PUT, &format!("{W}/devices/{id}"), Some(&token), Some(body))
        .await;
    assert_eq!(answer.refused(), (404, 3001));
    assert_eq!(
        world.get(&format!("{W}/devices/{id}")).await.data()["segmentId"],
        north.0
    );
}

#[actix_web::test]
async fn a_deletion_asks_the_pc_to_leave_and_can_be_taken_back() {
    let world = World::new().await;
    let path = device(&world).await;
    assert_eq!(world.delete(&path).await.data()["state"], "DELETE_REQUESTED");
    assert_eq!(
        world.delete(&path).await.data()["state"],
        "DELETE_REQUESTED",
        "once more changes nothing"
    );
    let commands = world.get(&format!("{path}/commands")).await;
    assert_eq!(commands.data()["totalDocs"], 1);
    let batch = &commands.data()["items"][0];
    assert_eq!(
        batch["commands"][0]["config"]["path"],
        "./Device/Vendor/MSFT/DMClient/Provider/Transom/Unenroll"
    );
    let cancel = format!("{path}/commands/{}/cancel", batch["id"].as_str().unwrap());
    assert_eq!(world.post(&cancel, json!({})).await.data()["canceled"], "OK");
    let shown = world.get(&path).await;
    assert_eq!(shown.data()["state"], "ACTIVE");
    assert_eq!(shown.data()["stateHistory"][2]["config"]["reason"], "delete-canceled");
}

#[actix_web::test]
async fn a_deleted_device_is_shown_and_takes_no_change() {
    let world = World::new().await;
    let path = device(&world).await;
    assert_eq!(
        world.delete(&format!("{path}?force=true")).await.data()["state"],
        "DELETED"
    );
    assert_eq!(world.get(&path).await.data()["state"], "DELETED");
    assert_eq!(world.delete(&path).await.data()["state"], "DELETED");
    let get = json!({ "commands": [{ "config": { "path": "./A", "action": "Get", "format": "null" } }] });
    assert_eq!(
        world.put(&path, json!({ "displayName": "x" })).await.refused(),
        (404, 3001)
    );
    assert_eq!(
        world
            .put(&format!("{path}/move"), json!({ "segmentId": 0 }))
            .await
            .refused(),
        (404, 3001)
    );
    assert_eq!(
        world.post(&format!("{path}/commands"), get).await.refused(),
        (404, 3001)
    );
    assert_eq!(
        world
            .post(&format!("{path}/commands/{NOBODY}/cancel"), json!({}))
            .await
            .refused(),
        (404, 3001)
    );
    assert_eq!(world.get(&format!("{W}/devices")).await.data()["totalDocs"], 0);
}

#[actix_web::test]
async fn a_device_that_never_came_is_deleted_at_once() {
    let world = World::new().await;
    let state = DeviceState::Provisioning;
    let id = world
        .device(NewDevice {
            state,
            ..NewDevice::default()
        })
        .await;
    assert_eq!(
        world.delete(&format!("{W}/devices/{id}")).await.data()["state"],
        "DELETED"
    );
}
