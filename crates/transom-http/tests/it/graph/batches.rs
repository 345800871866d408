//! `$batch` and `$metadata`.

use super::asked::{DEVICES, ask, get, post};
use crate::admin::world::{NewDevice, World};
use actix_web::http::Method;
use serde_json::{Value, json};

async fn run(world: &World, token: &str, requests: Value) -> Vec<Value> {
    let body = json!({ "requests": requests });
    let answer = ask(world, Method::POST, "/beta/$batch", Some(token), Some(body), &[])
        .await
        .good();
    answer["responses"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn each_request_of_a_batch_is_answered_as_it_would_be_alone() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let requests = json!([
        { "id": "list", "method": "GET", "url": format!("/{DEVICES}?$select=id&$top=1") },
        { "id": "one", "method": "get", "url": format!("{DEVICES}/{device}/") },
        { "id": "whole", "method": "GET", "url": format!("https://mdm.example.com/beta/{DEVICES}?$select=id&$top=1"), "depends_on": [] },
        { "id": "patch", "method": "PATCH", "url": format!("/{DEVICES}/{device}"), "headers": { "Content-Type": "application/json" }, "body": { "notes": "n" } },
        { "id": "strict", "method": "PATCH", "url": format!("/{DEVICES}/{device}"), "headers": { "Prefer": "handling=strict" }, "body": { "managementState": "managed" } },
        { "id": "reboot", "method": "POST", "url": format!("/{DEVICES}/{device}/rebootNow"), "dependsOn": ["patch"] },
        { "id": "count", "method": "GET", "url": format!("/{DEVICES}/$count") },
        { "id": "none", "method": "GET", "url": "/nowhere" },
        { "id": "after", "method": "GET", "url": "/$metadata", "dependsOn": ["none"] },
        { "id": "python", "method": "GET", "url": "/$metadata", "depends_on": ["none"] },
        { "id": "verb", "method": "PUT", "url": format!("/{DEVICES}/{device}") },
        { "id": "nested", "method": "POST", "url": "/$batch", "body": {} },
        { "id": "empty", "method": "PATCH", "url": format!("/{DEVICES}/{device}") },
    ]);
    let answers = run(&world, &world.admin, requests).await;
    let statuses: Vec<(&str, u64)> = answers
        .iter()
        .map(|a| (a["id"].as_str().unwrap(), a["status"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        statuses,
        [
            ("list", 200),
            ("one", 200),
            ("whole", 200),
            ("patch", 200),
            ("strict", 400),
            ("reboot", 204),
            ("count", 200),
            ("none", 404),
            ("after", 424),
            ("python", 424),
            ("verb", 405),
            ("nested", 404),
            ("empty", 400)
        ]
    );
    assert_eq!(answers[0]["body"]["value"][0]["id"], device.to_string());
    assert_eq!(answers[2]["body"]["value"][0]["id"], device.to_string());
    assert_eq!(answers[3]["body"]["notes"], "n");
    assert_eq!(answers[6]["body"], "1");
    assert_eq!(answers[7]["body"]["error"]["code"], "ResourceNotFound");
    let log = world
        .get("/v1/organizations/default/audit-logs?limit=100")
        .await
        .data()
        .to_string();
    assert!(
        log.contains("PATCH /beta/deviceManagement/managedDevices/{id}"),
        "each is on record as itself: {log}"
    );
}

#[actix_web::test]
async fn a_batch_gives_nobody_what_they_may_not_do() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let token = world.token(&["mdm.windows.device.list"], &[]).await;
    let requests = json!([
        { "id": "1", "method": "GET", "url": format!("/{DEVICES}") },
        { "id": "2", "method": "DELETE", "url": format!("/{DEVICES}/{device}") },
    ]);
    let answers = run(&world, &token, requests.clone()).await;
    assert_eq!(
        (&answers[0]["status"], &answers[1]["status"]),
        (&json!(200), &json!(403))
    );
    let log = world
        .get("/v1/organizations/default/audit-logs?limit=100")
        .await
        .data()
        .to_string();
    assert!(
        log.contains("DELETE /beta/deviceManagement/managedDevices/{id}"),
        "what is refused is on record: {log}"
    );
    let foreign = run(&world, &world.foreign, requests).await;
    assert_eq!(
        (&foreign[0]["body"]["value"], &foreign[1]["status"]),
        (&json!([]), &json!(404))
    );
}

#[actix_web::test]
async fn a_batch_that_is_none_is_refused() {
    let world = World::new().await;
    let one = |id: usize| json!({ "id": id.to_string(), "method": "GET", "url": "/x" });
    let many = |count: usize| json!({ "requests": (0..count).map(one).collect::<Vec<_>>() });
    assert_eq!(
        post(&world, "/v1.0/$batch", Some(many(20))).await.good()["responses"]
            .as_array()
            .unwrap()
            .len(),
        20
    );
    for body in [
        many(21),
        many(0),
        json!({}),
        json!({ "requests": [{ "id": "1", "method": "GET" }] }),
        json!({ "requests": [one(1), one(1)] }),
        json!({ "requests": [{ "id": "1", "method": "GET", "url": "/x", "dependsOn": ["1"] }] }),
        json!({ "requests": [{ "id": "1", "method": "GET", "url": "/x", "headers": { "a": 1 } }] }),
    ] {
        let refused = post(&world, "/v1.0/$batch", Some(body.clone())).await;
        assert_eq!(refused.refused(), (400, "BadRequest".to_owned()), "{body}");
    }
}

#[actix_web::test]
async fn the_metadata_describes_what_is_served() {
    let world = World::new().await;
    for (version, windows) in [("v1.0", false), ("beta", true)] {
        let answer = get(&world, &format!("/{version}/$metadata")).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("application/xml; charset=utf-8"))
        );
        assert_eq!(answer.text.contains("Name=\"windowsManagedDevice\""), windows);
        assert!(
            answer
                .text
                .contains("<Property Name=\"deviceName\" Type=\"Edm.String\"/>")
        );
        let quoted = |after: &str| -> Vec<&str> {
            let found = answer.text.split(after).skip(1);
            found.filter_map(|rest| Some(rest.split_once('"')?.0)).collect()
        };
        let names = quoted("Type Name=\"");
        for of_type in quoted(" Type=\"").iter().chain(&quoted("BaseType=\"")) {
            let bare = of_type.trim_start_matches("Collection(").trim_end_matches(')');
            if let Some(own) = bare.strip_prefix("microsoft.graph.") {
                assert!(names.contains(&own), "{own} is not declared in {version}");
            }
        }
        for served in ["managedDeviceOverview", "rebootNow", "wipe"] {
            assert!(answer.text.contains(&format!("Name=\"{served}\"")), "{served}");
        }
        assert_eq!(answer.text.contains("Name=\"deviceRunStates\""), windows);
        assert!(
            !answer.text.contains("bypassActivationLock"),
            "what is refused is not there"
        );
        let lines = answer.text.lines().filter(|line| line.contains("<EntityType "));
        let open = lines.filter(|line| !line.ends_with("/>")).count();
        assert_eq!(answer.text.matches("</EntityType>").count(), open);
        assert_eq!(answer.text.contains("Name=\"deviceManagementScript\""), windows);
        assert!(
            answer
                .text
                .contains("<Property Name=\"deviceCount\" Type=\"Edm.Int64\"/>")
        );
        let refused = get(&world, &format!("/{version}/$metadata?$filter=x")).await;
        assert_eq!(refused.refused().0, 400);
    }
}
