//! Remote actions: orders like any other, shown with what became of them; what Windows cannot do is refused.

use super::asked::{DEVICES, ask, escaped, get, post};
use crate::admin::world::{NewDevice, START_MILLIS, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use transom_domain::{
    DeviceId, Timestamp,
    command::{CommandState, CommandStatus},
    device::DeviceState,
};

/// Puts the newest command of a device into a state.
async fn settle(world: &World, device: DeviceId, state: CommandState) {
    world
        .write(move |tx, cx| {
            let mut command = tx.open_commands(device)?.pop().unwrap();
            command.state = state.clone();
            command.updated_at = cx.now;
            tx.update_command(&command)
        })
        .await;
}

fn done(status: CommandStatus, code: u32) -> CommandState {
    let received_at = Some(Timestamp::from_millis(START_MILLIS));
    CommandState::Done {
        status,
        code: Some(code),
        received_at,
    }
}

#[actix_web::test]
async fn an_action_is_a_command_and_its_result_follows_it() {
    let world = World::new().await;
    for (action, body, path, order, value) in [
        ("syncDevice", None, "./DevDetail/SwV", "Get", Value::Null),
        (
            "rebootNow",
            None,
            "./Device/Vendor/MSFT/Reboot/RebootNow",
            "Exec",
            Value::Null,
        ),
        (
            "remoteLock",
            Some(json!({})),
            "./Device/Vendor/MSFT/RemoteLock/Lock",
            "Exec",
            Value::Null,
        ),
        (
            "retire",
            None,
            "./Device/Vendor/MSFT/DMClient/Provider/Transom/Unenroll",
            "Exec",
            json!("Transom"),
        ),
        (
            "microsoft.graph.wipe",
            Some(json!({ "keepUserData": true })),
            "./Device/Vendor/MSFT/RemoteWipe/doWipePersistUserData",
            "Exec",
            Value::Null,
        ),
        (
            "windowsDefenderScan",
            Some(json!({ "quickScan": true })),
            "./Device/Vendor/MSFT/Defender/Scan",
            "Exec",
            json!("1"),
        ),
        (
            "setDeviceName",
            Some(json!({ "deviceName": "PC-1" })),
            "./Device/Vendor/MSFT/Accounts/Domain/ComputerName",
            "Replace",
            json!("PC-1"),
        ),
    ] {
        let device = world.device(NewDevice::default()).await;
        let answer = post(&world, &format!("/beta/{DEVICES}/{device}/{action}"), body).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{action}");
        let commands = world.get(&format!("{W}/devices/{device}/commands")).await;
        let batch = commands.data()["items"][0].clone();
        assert!(batch.to_string().contains(path), "{action}: {batch}");
        let id = batch["id"].as_str().unwrap();
        let actions = world.get(&format!("{W}/devices/{device}/commands/{id}/actions")).await;
        let text = actions.data()["items"].to_string();
        for part in [json!(path), json!(order)] {
            assert!(text.contains(&part.to_string()), "{action}: {text}");
        }
        if !value.is_null() {
            assert!(text.contains(&value.to_string()), "{action}: {text}");
        }
        let shown =
            || async { get(&world, &format!("/beta/{DEVICES}/{device}")).await.good()["deviceActionResults"].clone() };
        let name = action.trim_start_matches("microsoft.graph.");
        assert_eq!(
            (&shown().await[0]["actionName"], &shown().await[0]["actionState"]),
            (&json!(name), &json!("pending"))
        );
        settle(&world, device, CommandState::Sent).await;
        assert_eq!(shown().await[0]["actionState"], "active", "{action}");
        settle(&world, device, done(CommandStatus::Acknowledged, 200)).await;
        assert_eq!(shown().await[0]["actionState"], "done", "{action}");
    }
}

#[actix_web::test]
async fn results_show_the_newest_order_of_each_action_and_how_it_failed() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let order = |action: &'static str| {
        post(
            &world,
            Box::leak(format!("/v1.0/{DEVICES}/{device}/{action}").into_boxed_str()),
            None,
        )
    };
    order("rebootNow").await;
    settle(&world, device, done(CommandStatus::NotSupported, 406)).await;
    order("remoteLock").await;
    settle(&world, device, done(CommandStatus::UnexpectedError, 500)).await;
    let path = format!("/v1.0/{DEVICES}?$select=deviceActionResults&$filter=");
    let found = |filter: &'static str| get(&world, Box::leak(format!("{path}{}", escaped(filter)).into_boxed_str()));
    let results = found("deviceActionResults/any(r: r/actionState eq 'notSupported')")
        .await
        .good();
    let results = &results["value"][0]["deviceActionResults"];
    let states: Vec<(&str, &str)> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["actionName"].as_str().unwrap(), r["actionState"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("rebootNow", "notSupported"), ("remoteLock", "failed")]);
    order("rebootNow").await;
    assert_eq!(
        found("deviceActionResults/any(r: r/actionState eq 'notSupported')")
            .await
            .ids(),
        [""; 0]
    );
    assert_eq!(
        found("deviceActionResults/any(r: r/actionName eq 'rebootNow' and r/actionState eq 'pending')")
            .await
            .ids(),
        [device.to_string()]
    );
}

#[actix_web::test]
async fn a_wipe_shows_in_the_state_until_the_next_session() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let state = || async { get(&world, &format!("/v1.0/{DEVICES}/{device}")).await.good()["managementState"].clone() };
    world.clock.now.store(START_MILLIS + 1_000, Ordering::Relaxed);
    assert_eq!(state().await, "managed");
    assert_eq!(
        post(&world, &format!("/v1.0/{DEVICES}/{device}/wipe"), None)
            .await
            .status,
        204
    );
    assert_eq!(state().await, "wipePending");
    let pending = format!(
        "/v1.0/{DEVICES}/$count?$filter={}",
        escaped("managementState eq 'wipePending'")
    );
    assert_eq!(get(&world, &pending).await.text, "1");
    settle(&world, device, done(CommandStatus::UnexpectedError, 500)).await;
    assert_eq!(state().await, "wipeFailed");
    let seen = Timestamp::from_millis(START_MILLIS + 2_000);
    world
        .write(move |tx, _| tx.record_last_reports(&[(device, seen)]))
        .await;
    assert_eq!(state().await, "managed");
    post(&world, &format!("/v1.0/{DEVICES}/{device}/retire"), None).await;
    assert_eq!(state().await, "retirePending");
}

#[actix_web::test]
async fn what_cannot_be_done_is_refused_and_ordered_of_nobody() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let at = |version: &str, action: &str| format!("/{version}/{DEVICES}/{device}/{action}");
    for action in ["locateDevice", "shutDown", "resetPasscode", "bypassActivationLock"] {
        let refused = post(&world, &at("v1.0", action), None).await;
        assert_eq!(refused.refused(), (400, "NotSupported".to_owned()), "{action}");
    }
    // What only the other version has, and what nobody has.
    for path in [at("v1.0", "setDeviceName"), at("beta", "explode")] {
        assert_eq!(
            post(&world, &path, None).await.refused(),
            (404, "ResourceNotFound".to_owned()),
            "{path}"
        );
    }
    let wrong = post(&world, &at("v1.0", "wipe"), Some(json!({ "keepUserdata": true }))).await;
    assert_eq!(wrong.refused(), (400, "BadRequest".to_owned()));
    assert_eq!(
        wrong.details(),
        [("InvalidProperty".to_owned(), "keepUserdata".to_owned())]
    );
    let commands = world.get(&format!("{W}/devices/{device}/commands")).await;
    assert_eq!(commands.data()["totalDocs"], 0);
    let unknown = world
        .device(NewDevice {
            state: DeviceState::Provisioning,
            ..NewDevice::default()
        })
        .await;
    let refused = post(&world, &format!("/v1.0/{DEVICES}/{unknown}/rebootNow"), None).await;
    assert_eq!(refused.refused().0, 400);
}

#[actix_web::test]
async fn one_action_on_several_devices_tells_of_each() {
    let world = World::new().await;
    let (one, two) = (
        world.device(NewDevice::default()).await,
        world
            .device(NewDevice {
                state: DeviceState::Unknown,
                ..NewDevice::default()
            })
            .await,
    );
    let path = format!("/beta/{DEVICES}/executeAction");
    let body = json!({ "actionName": "fullScan", "deviceIds": [one.to_string(), two.to_string(), "nobody"], "carrierUrl": null });
    let answer = post(&world, &path, Some(body)).await.good();
    assert_eq!(answer["successfulDeviceIds"], json!([one.to_string()]));
    assert_eq!(answer["failedDeviceIds"], json!([two.to_string()]));
    assert_eq!(answer["notFoundDeviceIds"], json!(["nobody"]));
    // As the beta SDK sends it: the flags of other actions are false.
    let body = json!({
        "actionName": "rebootNow", "deviceIds": [one.to_string()],
        "keepEnrollmentData": false, "keepUserData": false, "persistEsimDataPlan": false
    });
    let answer = post(&world, &path, Some(body)).await.good();
    assert_eq!(answer["successfulDeviceIds"], json!([one.to_string()]));
    for body in [
        json!({ "actionName": "rebootNow", "deviceIds": ["x"], "keepUserData": true }),
        json!({ "actionName": "wipe", "deviceIds": ["x"], "keepUserDatta": false }),
        json!({ "deviceIds": ["x"] }),
        json!({ "actionName": "rebootNow" }),
        json!({ "actionName": "rebootNow", "deviceIds": vec!["x"; 101] }),
    ] {
        assert_eq!(
            post(&world, &path, Some(body)).await.refused(),
            (400, "BadRequest".to_owned())
        );
    }
    let refused = post(
        &world,
        &path,
        Some(json!({ "actionName": "delete", "deviceIds": ["x"] })),
    )
    .await;
    assert_eq!(refused.refused(), (400, "NotSupported".to_owned()));
    let token = world.token(&["mdm.windows.device.list"], &[]).await;
    let refused = ask(&world, Method::POST, &path, Some(&token), Some(json!({})), &[]).await;
    assert_eq!(refused.refused(), (403, "Authorization_RequestDenied".to_owned()));
}
