//! Commands sent, listed, shown and cancelled (A.3, B.3).

use super::world::{NewDevice, W, World};
use serde_json::{Value, json};
use transom_domain::{
    command::{Answer, enqueue::QUEUE_COMMANDS_MAX},
    device::DeviceState,
};

async fn commands_path(world: &World) -> String {
    let id = world.device(NewDevice::default()).await;
    format!("{W}/devices/{id}/commands")
}

fn get(path: &str) -> Value {
    json!({ "config": { "path": path, "action": "Get", "format": "null" } })
}

#[actix_web::test]
async fn the_example_of_the_seed_is_queued() {
    let world = World::new().await;
    let ada = world.user("ada@example.com").await;
    let id = world
        .device(NewDevice {
            user: Some(ada),
            ..NewDevice::default()
        })
        .await;
    let body = json!({
        "commands": [{
            "config": {
                "path": "./Vendor/MSFT/Policy/Config/ApplicationManagement/AllowStore",
                "action": "Add",
                "value": "0",
                "format": "int"
            }
        }]
    });
    let answer = world.post(&format!("{W}/devices/{id}/commands/"), body).await;
    let batch = answer.data();
    assert_eq!(batch["winDeviceId"], id.to_string());
    assert_eq!(batch["organizationId"], world.organization.to_string());
    assert_eq!(batch["mdmUserId"], ada.to_string());
    assert_eq!(batch["createdBy"], "token:administrator");
    assert_eq!(batch["createdAt"], "2026-02-10T10:00:00.000Z");
    let command = &batch["commands"][0];
    assert_eq!(command["status"], "Pending");
    assert_eq!(
        command["config"],
        json!({ "path": "./Vendor/MSFT/Policy/Config/ApplicationManagement/AllowStore", "action": "Add", "value": "0", "format": "int" })
    );
    assert_eq!(command["data"], json!([]));
    assert_eq!(command["expiresAt"], "2026-02-17T10:00:00.000Z");
    for key in ["statusCode", "sentAt", "receivedAt", "canceledAt"] {
        assert!(command.get(key).is_none(), "{key}");
    }
}

#[actix_web::test]
async fn a_batch_has_one_to_a_hundred_commands() {
    let world = World::new().await;
    let path = commands_path(&world).await;
    for body in [
        json!({}),
        json!({ "commands": [] }),
        json!({ "commands": {} }),
        json!({ "commands": null }),
    ] {
        let answer = world.post(&path, body.clone()).await;
        assert_eq!(
            (answer.refused(), answer.wrong()),
            ((400, 5091), vec!["commands"]),
            "{body}"
        );
    }
    let batch = |n: usize| json!({ "commands": vec![get("./A"); n] });
    assert_eq!(world.post(&path, batch(101)).await.refused(), (400, 5091));
    let answer = world.post(&path, batch(100)).await;
    assert_eq!(answer.data()["commands"].as_array().unwrap().len(), 100);
}

#[actix_web::test]
async fn nothing_is_queued_when_one_command_is_wrong() {
    let world = World::new().await;
    let path = commands_path(&world).await;
    let wrong = json!({ "config": { "path": "./A", "action": "Get", "format": "string" } });
    let body = json!({ "commands": [get("./A"), get("./B"), get("./C"), wrong, {}, { "config": { "path": 1 } }] });
    let answer = world.post(&path, body).await;
    assert_eq!(answer.refused(), (400, 5091));
    assert_eq!(answer.body["error"]["message"], "Invalid data");
    let places = [
        "commands[3].config.format",
        "commands[4].config",
        "commands[5].config.path",
        "commands[5].config.action",
        "commands[5].config.format",
    ];
    assert_eq!(answer.wrong(), places);
    assert_eq!(world.get(&path).await.data()["totalDocs"], 0);
}

#[actix_web::test]
async fn path_and_value_have_five_hundred_characters_at_most() {
    let world = World::new().await;
    let path = commands_path(&world).await;
    let send = |uri: usize, value: usize| {
        let config = json!({
            "path": format!("./{}", "é".repeat(uri - 2)), "action": "Replace", "value": "é".repeat(value), "format": "chr"
        });
        let body = json!({ "commands": [{ "config": config }] });
        let (world, path) = (&world, &path);
        async move { world.post(path, body).await }
    };
    assert_eq!(send(500, 500).await.status, 200);
    assert_eq!(send(501, 500).await.wrong(), ["commands[0].config.path"]);
    assert_eq!(send(500, 501).await.wrong(), ["commands[0].config.value"]);
}

#[actix_web::test]
async fn unknown_fields_of_a_command_are_named() {
    let world = World::new().await;
    let path = commands_path(&world).await;
    let config = json!({ "path": "./A", "action": "Get", "format": "null", "value": null, "atomic": true });
    let body = json!({ "commands": [{ "config": config, "name": "x" }] });
    let answer = world.post(&path, body.clone()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("X-Ignored-Fields"),
        Some("commands[0].name, commands[0].config.atomic")
    );
    let answer = world.post(&format!("{path}?strict=true"), body).await;
    assert_eq!(answer.wrong(), ["commands[0].name", "commands[0].config.atomic"]);
}

#[actix_web::test]
async fn only_an_active_device_takes_commands() {
    let world = World::new().await;
    for state in [
        DeviceState::Provisioning,
        DeviceState::DeleteRequested,
        DeviceState::Unknown,
    ] {
        let id = world
            .device(NewDevice {
                state,
                ..NewDevice::default()
            })
            .await;
        let path = format!("{W}/devices/{id}/commands");
        let answer = world.post(&path, json!({ "commands": [get("./A")] })).await;
        assert_eq!(answer.refused(), (400, 5142), "{}", state.as_str());
        assert_eq!(answer.body["error"]["message"], "Win Device not active");
        // The body is looked at first.
        assert_eq!(world.post(&path, json!({})).await.refused(), (400, 5091));
    }
}

#[actix_web::test]
async fn a_queue_is_full_at_its_limit() {
    let world = World::new().await;
    let path = commands_path(&world).await;
    let batch = json!({ "commands": vec![get("./A"); 100] });
    for _ in 0..QUEUE_COMMANDS_MAX / 100 {
        assert_eq!(world.post(&path, batch.clone()).await.status, 200);
    }
    let answer = world.post(&path, json!({ "commands": [get("./A")] })).await;
    assert_eq!(answer.refused(), (400, 5017));
    assert_eq!(answer.body["error"]["message"], "Limit Exceeded");
}

#[actix_web::test]
async fn batches_are_listed_and_shown_with_their_summary() {
    let world = World::new().await;
    let path = commands_path(&world).await;
    world.post(&path, json!({ "commands": [get("./A")] })).await;
    world.clock.now.fetch_add(1_000, std::sync::atomic::Ordering::Relaxed);
    let sent = world
        .post(&path, json!({ "commands": [get("./B"), get("./C"), get("./D")] }))
        .await;
    let id = sent.data()["id"].as_str().unwrap();
    let newest = world.get(&format!("{path}?limit=1")).await;
    assert_eq!(newest.data()["items"][0]["id"], id);
    assert_eq!(newest.data()["totalDocs"], 2);
    let oldest = world.get(&format!("{path}?limit=1&sort=createdAt:asc")).await;
    assert_ne!(oldest.data()["items"][0]["id"], id);
    let shown = world.get(&format!("{path}/{id}")).await;
    assert_eq!(shown.data()["summary"], json!([{ "status": "Pending", "count": 3 }]));
    assert_eq!(shown.data()["name"], "Get ./B and 2 more");
    let actions = world.get(&format!("{path}/{id}/actions?limit=2&page=2")).await;
    assert_eq!(actions.data()["totalDocs"], 3);
    assert_eq!(actions.data()["items"][0]["config"]["path"], "./D");
    for unknown in ["507f1f77bcf86cd799439011", "x"] {
        assert_eq!(world.get(&format!("{path}/{unknown}")).await.refused(), (404, 3001));
    }
}

#[actix_web::test]
async fn what_is_pending_is_cancelled_and_nothing_else() {
    let world = World::new().await;
    let path = commands_path(&world).await;
    let sent = world.post(&path, json!({ "commands": [get("./A"), get("./B")] })).await;
    let id = sent.data()["id"].as_str().unwrap();
    let first = transom_domain::CommandId::parse(sent.data()["commands"][0]["cmdId"].as_str().unwrap()).unwrap();
    world
        .write(move |tx, cx| {
            let mut command = tx.command(first)?.unwrap();
            command.sent(cx.now);
            let answer = Answer {
                code: 404,
                original_error: None,
            };
            command.answered(&answer, cx.now);
            tx.update_command(&command)
        })
        .await;
    let answer = world.post(&format!("{path}/{id}/cancel"), json!({})).await;
    let batch = answer.data();
    assert_eq!(batch["canceled"], "OK");
    let (answered, canceled) = (&batch["commands"][0], &batch["commands"][1]);
    assert_eq!(
        (&answered["status"], &answered["statusCode"]),
        (&json!("CommandNotFound"), &json!(404))
    );
    assert!(
        answered.get("sentAt").is_some()
            && answered.get("receivedAt").is_some()
            && answered.get("canceledAt").is_none()
    );
    assert_eq!(canceled["status"], "Cancel");
    assert_eq!(canceled["canceledAt"], "2026-02-10T10:00:00.000Z");
    let answer = world.post(&format!("{path}/{id}/cancel/"), json!({})).await;
    assert_eq!(answer.refused(), (400, 5106));
    assert_eq!(
        answer.body["error"]["message"],
        "AdmCommand not status pending or tried"
    );
}

#[actix_web::test]
async fn a_batch_belongs_to_its_device() {
    let world = World::new().await;
    let (mine, other) = (commands_path(&world).await, commands_path(&world).await);
    let sent = world.post(&mine, json!({ "commands": [get("./A")] })).await;
    let id = sent.data()["id"].as_str().unwrap();
    assert_eq!(world.get(&format!("{other}/{id}")).await.refused(), (404, 3001));
    assert_eq!(
        world.post(&format!("{other}/{id}/cancel"), json!({})).await.refused(),
        (404, 3001)
    );
}

#[actix_web::test]
async fn every_action_takes_a_value_of_its_format() {
    let world = World::new().await;
    let path = commands_path(&world).await;
    for action in ["Add", "Delete", "Exec", "Get", "Replace"] {
        let command = json!({ "config": { "path": "./A", "action": action, "value": "0", "format": "int" } });
        let answer = world.post(&path, json!({ "commands": [command] })).await;
        assert_eq!(answer.data()["commands"][0]["config"]["value"], "0", "{action}");
    }
}
