//! The audit record: what was done and what was refused.

use super::world::{NewDevice, O, W, World};
use actix_web::{http::Method, test::TestRequest};
use serde_json::{Value, json};
use transom_domain::segment::SegmentId;
use transom_http::admin::{AdminSettings, routes::ROUTES, throttle::Rate};

async fn entries(world: &World, query: &str) -> Vec<Value> {
    let list = world.get(&format!("{O}/audit-logs?{query}")).await;
    list.data()["items"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_change_is_on_record_with_who_what_and_from_where() {
    let world = World::new().await;
    let id = world.device(NewDevice::default()).await;
    let request = TestRequest::put()
        .uri(&format!("{W}/devices/{id}"))
        .peer_addr("192.0.2.7:4000".parse().unwrap())
        .insert_header(("Authorization", format!("Bearer {}", world.admin)))
        .insert_header(("X-Request-Id", "change-1"))
        .set_json(json!({ "displayName": "Desk" }));
    assert_eq!(world.send(request).await.status, 200);
    let entry = entries(&world, &format!("targetId={id}")).await.remove(0);
    assert_eq!(entry["action"], "mdm.windows.device.update");
    assert_eq!(
        (&entry["actor"]["kind"], &entry["actor"]["name"]),
        (&json!("token"), &json!("administrator"))
    );
    assert_eq!(entry["target"], json!({ "kind": "winDevice", "id": id.to_string() }));
    assert_eq!(
        (&entry["ip"], &entry["requestId"]),
        (&json!("192.0.2.7"), &json!("change-1"))
    );
    assert_eq!(entry["permission"], "mdm.windows.device.update");
    assert_eq!(
        entry["route"],
        "PUT /v1/organizations/{organizationId}/mdm/windows/enterprise/devices/{winDeviceId}"
    );
    assert_eq!((&entry["outcome"], &entry["error"]), (&json!("done"), &Value::Null));
    assert_eq!(
        (&entry["before"], &entry["after"]),
        (&json!({ "displayName": "Laptop" }), &json!({ "displayName": "Desk" }))
    );
    let shown = world
        .get(&format!("{O}/audit-logs/{}", entry["id"].as_str().unwrap()))
        .await;
    assert_eq!(shown.data(), &entry);
    assert_eq!(world.get(&format!("{O}/audit-logs/x")).await.refused(), (404, 3001));
}

#[actix_web::test]
async fn a_refused_write_is_on_record_whatever_the_reason() {
    let world = World::new().await;
    let id = world.device(NewDevice::default()).await;
    let weak = world.token(&["mdm.windows.device.get"], &[]).await;
    let path = format!("{W}/devices/{id}");
    world
        .call(Method::PUT, &path, Some(&weak), Some(json!({ "displayName": "x" })))
        .await;
    world.put(&path, json!({ "tags": ["fine", ""] })).await;
    world
        .put(&path, json!({ "mdmUserId": "507f1f77bcf86cd799439011" }))
        .await;
    world.put(&format!("{W}/devices/nobody"), json!({})).await;
    let entries = entries(&world, "action=mdm.windows.device.update&sort=date:asc").await;
    let told: Vec<_> = entries
        .iter()
        .map(|e| {
            (
                e["outcome"].as_str().unwrap(),
                e["error"]["code"].as_u64().unwrap(),
                e["target"]["id"].as_str().unwrap(),
            )
        })
        .collect();
    let id = id.to_string();
    assert_eq!(
        told,
        [
            ("refused", 4001, &*id),
            ("refused", 5091, &*id),
            ("refused", 3001, &*id),
            ("refused", 3001, "nobody")
        ]
    );
    assert_eq!(
        entries[1]["error"]["message"],
        "Invalid data: the request has 1 invalid fields, first tags[1]"
    );
    assert_eq!(entries[0]["segmentId"], 0);
}

#[actix_web::test]
async fn a_foreign_token_that_writes_is_on_record_with_its_own_organization() {
    let world = World::new().await;
    world
        .call(
            Method::POST,
            &format!("{O}/segments"),
            Some(&world.foreign),
            Some(json!({ "name": "x" })),
        )
        .await;
    let path = "/v1/organizations/other/audit-logs?action=base.organization.segment.create";
    let list = world.call(Method::GET, path, Some(&world.foreign), None).await;
    assert_eq!(list.data()["items"][0]["error"]["code"], 3001);
    assert!(
        entries(&world, "action=base.organization.segment.create")
            .await
            .is_empty()
    );
}

#[actix_web::test]
async fn reads_and_anonymous_callers_leave_no_entry() {
    let world = World::new().await;
    let before = entries(&world, "").await.len();
    world.get(&format!("{W}/devices/nobody")).await;
    for route in ROUTES.iter().filter(|r| r.writes) {
        let method = Method::from_bytes(route.verb.as_str().as_bytes()).unwrap();
        let path = route.path.replace("{organizationId}", "default");
        world.call(method, &path, None, Some(json!({}))).await;
    }
    assert_eq!(entries(&world, "").await.len(), before);
}

#[actix_web::test]
async fn a_program_that_repeats_a_mistake_does_not_fill_the_record() {
    let world = World::with(AdminSettings {
        recorded_refusals: Rate::new(1, 3),
        ..AdminSettings::default()
    })
    .await;
    for _ in 0..10 {
        assert_eq!(
            world.post(&format!("{O}/segments"), json!({})).await.refused(),
            (400, 5209)
        );
    }
    assert_eq!(
        entries(&world, "action=base.organization.segment.create").await.len(),
        3
    );
}

#[actix_web::test]
async fn a_limited_token_sees_the_record_of_its_segments() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let inside = world
        .device(NewDevice {
            segment: north,
            ..NewDevice::default()
        })
        .await;
    let outside = world.device(NewDevice::default()).await;
    for id in [inside, outside] {
        world
            .put(&format!("{W}/devices/{id}"), json!({ "displayName": "Desk" }))
            .await;
    }
    let token = world.token(&["*"], &[north]).await;
    let list = world
        .call(Method::GET, &format!("{O}/audit-logs"), Some(&token), None)
        .await;
    let targets: Vec<_> = list.data()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["segmentId"].clone())
        .collect();
    assert!(
        !targets.is_empty() && targets.iter().all(|s| *s == json!(north.0)),
        "{targets:?}"
    );
    let hidden = entries(&world, &format!("targetId={outside}")).await.remove(0);
    let path = format!("{O}/audit-logs/{}", hidden["id"].as_str().unwrap());
    assert_eq!(
        world.call(Method::GET, &path, Some(&token), None).await.refused(),
        (404, 3001)
    );
}

#[actix_web::test]
async fn values_of_commands_are_not_on_record() {
    let world = World::new().await;
    let id = world.device(NewDevice::default()).await;
    let config = json!({ "path": "./A", "action": "Replace", "value": "hunter2", "format": "chr" });
    world
        .post(
            &format!("{W}/devices/{id}/commands"),
            json!({ "commands": [{ "config": config }] }),
        )
        .await;
    let text = serde_json::to_string(&entries(&world, "").await).unwrap();
    assert!(text.contains("mdm.windows.command.create") && !text.contains("hunter2"));
    assert!(!text.contains(&world.admin));
}

#[actix_web::test]
async fn a_limited_caller_finds_its_own_refusals_and_not_those_beyond_its_sight() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let (_, token) = world
        .account(json!([{ "roleId": "admin", "segmentIds": [north.0] }]))
        .await;
    let policy = |name: &str, segment: u32| {
        let body = json!({ "name": name, "segmentId": segment });
        let path = format!("{W}/policies");
        let world = &world;
        async move { world.post(&path, body).await.data()["id"].as_str().unwrap().to_owned() }
    };
    let (own, foreign) = (policy("Own", north.0).await, policy("Foreign", 0).await);
    for (id, status) in [(&own, 400), (&foreign, 404)] {
        let path = format!("{W}/policies/{id}");
        let answer = world
            .call(Method::PUT, &path, Some(&token), Some(json!({ "name": "" })))
            .await;
        assert_eq!(answer.status, status);
    }
    let seen = |id: String, token: String| {
        let path = format!("{O}/audit-logs?targetId={id}&action=mdm.windows.policy.update");
        let world = &world;
        async move {
            let page = world.call(Method::GET, &path, Some(&token), None).await;
            page.data()["items"].as_array().unwrap().clone()
        }
    };
    let entries = seen(own.clone(), token.clone()).await;
    assert_eq!(
        (&entries[0]["target"], &entries[0]["segmentId"]),
        (&json!({ "kind": "winPolicy", "id": own }), &json!(north.0))
    );
    assert!(seen(foreign.clone(), token).await.is_empty());
    let entries = seen(foreign.clone(), world.admin.clone()).await;
    assert_eq!(
        (&entries[0]["target"], &entries[0]["segmentId"]),
        (&json!({ "kind": "request", "id": foreign }), &Value::Null)
    );
}
