//! What a careless or curious caller finds: no more than is theirs, nothing twice, nothing hidden, and no endless work.

use super::asked::{DEVICES, ask, get, patch, post};
use crate::admin::world::{NewDevice, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use transom_domain::{
    DeviceId,
    device::{DeviceState, Reported},
    segment::SegmentId,
};

async fn report(world: &World, device: DeviceId, node: &'static str, value: &'static str) {
    world
        .write(move |tx, _| {
            let mut report = tx.device_report(device)?.unwrap_or_default();
            report.put(node, Reported::Value(value.to_owned()));
            tx.save_device_report(device, &report)
        })
        .await;
}

#[actix_web::test]
async fn one_action_goes_to_each_of_several_devices_once() {
    let world = World::new().await;
    let mut devices = Vec::new();
    for _ in 0..3 {
        devices.push(world.device(NewDevice::default()).await.to_string());
    }
    let named = [devices.clone(), devices.clone()].concat();
    let body = json!({ "actionName": "rebootNow", "deviceIds": named });
    let answer = post(&world, &format!("/beta/{DEVICES}/executeAction"), Some(body)).await;
    assert_eq!(answer.good()["successfulDeviceIds"], json!(devices));
    for device in &devices {
        let commands = world.get(&format!("{W}/devices/{device}/commands")).await;
        assert_eq!(commands.data()["totalDocs"], 1);
    }
}

#[actix_web::test]
async fn encryption_is_read_however_windows_writes_it() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let node = "./Vendor/MSFT/DeviceStatus/Compliance/EncryptionCompliance";
    for (written, shown) in [
        ("true", json!(true)),
        ("false", json!(false)),
        ("1", json!(true)),
        ("0", json!(false)),
        ("?", Value::Null),
    ] {
        report(&world, device, node, written).await;
        let answer = get(&world, &format!("/v1.0/{DEVICES}/{device}")).await;
        assert_eq!(answer.good()["isEncrypted"], shown, "{written}");
    }
}

#[actix_web::test]
async fn a_user_out_of_sight_is_as_one_who_is_not_there() {
    let world = World::new().await;
    let (north, south) = (
        world.segment("North", SegmentId::ROOT).await,
        world.segment("South", SegmentId::ROOT).await,
    );
    let bo = world.user("bo@south.example").await;
    let of = |segment, user| NewDevice {
        segment,
        user,
        ..NewDevice::default()
    };
    let own = world.device(of(north, None)).await;
    world.device(of(south, Some(bo))).await;
    let token = world.token(&["mdm.windows.device.*"], &[north]).await;
    let asked = |method: Method, path: String, body: Option<Value>| {
        let (world, token) = (&world, token.as_str());
        async move { ask(world, method, &path, Some(token), body, &[]).await }
    };
    for user in [
        bo.to_string(),
        "bo@south.example".to_owned(),
        "no@south.example".to_owned(),
    ] {
        for rest in ["", "/$count"] {
            let answer = asked(Method::GET, format!("/v1.0/users/{user}/managedDevices{rest}"), None).await;
            assert_eq!(answer.refused(), (404, "ResourceNotFound".to_owned()), "{user}{rest}");
        }
    }
    let whoever = |user: String| {
        asked(
            Method::PATCH,
            format!("/beta/{DEVICES}/{own}"),
            Some(json!({ "userId": user })),
        )
    };
    for user in [bo.to_string(), "507f1f77bcf86cd799439011".to_owned()] {
        let answer = whoever(user.clone()).await;
        assert_eq!(answer.good()["userId"], json!(user), "asserted, and nobody is told");
        let device = world.get(&format!("{W}/devices/{own}")).await;
        assert_eq!(device.data()["mdmUser"], Value::Null);
    }
}

#[actix_web::test]
async fn a_part_of_an_object_leaves_the_rest() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let path = format!("/beta/{DEVICES}/{device}");
    let before = get(&world, &path).await.good()["hardwareInformation"].clone();
    // Without nulls, as some SDKs send back what they read.
    let mut echo = before.clone();
    echo.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    patch(&world, &path, json!({ "hardwareInformation": echo }))
        .await
        .good();
    let part = json!({ "hardwareInformation": { "phoneNumber": "+41" } });
    let after = patch(&world, &path, part).await.good()["hardwareInformation"].clone();
    assert_eq!(
        (&after["phoneNumber"], &after["model"]),
        (&json!("+41"), &before["model"])
    );
    let selected = get(&world, &format!("{path}?$select=hardwareInformation")).await;
    assert_eq!(selected.good()["hardwareInformation"], after);
    assert_ne!(before, Value::Null);
}

#[actix_web::test]
async fn two_values_for_one_property_and_bindings_are_refused() {
    let world = World::new().await;
    let path = format!("/beta/{DEVICES}/{}", world.device(NewDevice::default()).await);
    for (body, target) in [
        (
            json!({ "ManagedDeviceName": "A", "managedDeviceName": "B" }),
            "managedDeviceName",
        ),
        (json!({ "userId": "a", "UserId": "b" }), "userId"),
        (
            json!({ "deviceCategory@odata.bind": "https://x/deviceCategories('1')" }),
            "deviceCategory@odata.bind",
        ),
    ] {
        let answer = patch(&world, &path, body.clone()).await;
        assert_eq!(answer.refused().0, 400, "{body}");
        assert!(
            answer.details().iter().any(|(_, of)| of.eq_ignore_ascii_case(target)),
            "{body}"
        );
    }
}

#[actix_web::test]
async fn reading_the_node_of_an_action_does_not_hide_its_result() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let body = Some(json!({ "deviceName": "PC-1" }));
    assert_eq!(
        post(&world, &format!("/beta/{DEVICES}/{device}/setDeviceName"), body)
            .await
            .status,
        204
    );
    let node = "./Device/Vendor/MSFT/Accounts/Domain/ComputerName";
    let look = json!({ "commands": [{ "config": { "path": node, "action": "Get", "format": "null" } }] });
    world.post(&format!("{W}/devices/{device}/commands"), look).await.data();
    let shown = get(&world, &format!("/beta/{DEVICES}/{device}")).await.good();
    assert_eq!(shown["deviceActionResults"][0]["actionName"], "setDeviceName");
}

#[actix_web::test]
async fn what_opens_something_stands_in_no_query() {
    let world = World::new().await;
    for query in [
        "$orderby=activationLockBypassCode",
        "$filter=activationLockBypassCode%20eq%20'x'",
    ] {
        let answer = get(&world, &format!("/beta/{DEVICES}?{query}")).await;
        assert_eq!(answer.refused().0, 400, "{query}");
    }
}

#[actix_web::test]
async fn a_look_that_takes_too_long_ends() {
    let world = World::new().await;
    for _ in 0..40 {
        world.device(NewDevice::default()).await;
    }
    let path = format!("/beta/{DEVICES}?$filter=notes%20eq%20'x'");
    assert!(get(&world, &path).await.ids().is_empty());
    world.clock.pace.store(31_000, Ordering::Relaxed);
    let answer = get(&world, &path).await;
    world.clock.pace.store(0, Ordering::Relaxed);
    assert_eq!(answer.refused(), (400, "BadRequest".to_owned()));
    assert_eq!(answer.details()[0].1, "$filter");
}

#[actix_web::test]
async fn a_pc_in_doubt_can_be_locked_wiped_and_sent_away_and_nothing_else() {
    let world = World::new().await;
    let unknown = NewDevice {
        state: DeviceState::Unknown,
        ..NewDevice::default()
    };
    let device = world.device(unknown).await;
    for (action, status) in [
        ("rebootNow", 400),
        ("remoteLock", 204),
        ("wipe", 204),
        ("retire", 204),
        ("syncDevice", 400),
    ] {
        let answer = post(&world, &format!("/v1.0/{DEVICES}/{device}/{action}"), None).await;
        assert_eq!(answer.status, status, "{action}: {}", answer.text);
    }
}
