//! PATCH (A.4, E.8, decision 38): what is sent comes back, nothing real changes, and the next observation counts again.

use super::asked::{DEVICES, ask, get, give, patch, script};
use crate::admin::world::{NewDevice, START_MILLIS, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use transom_domain::{DeviceId, Timestamp, device::Reported};

/// The body of the seed's own example.
pub fn example() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/graph/update-windowsmanageddevice.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every value that was sent is in the answer; moments may be written in another way.
#[track_caller]
fn comes_back(sent: &Value, answer: &Value) {
    for (name, value) in sent.as_object().unwrap() {
        let shown = &answer[name];
        let instant = |v: &Value| v.as_str().and_then(|t| Timestamp::parse(t).ok());
        let is_same = shown == value || (instant(value).is_some() && instant(shown) == instant(value));
        assert!(is_same, "{name}: {value} was sent, {shown} came back");
    }
}

/// What the management API shows of a device but its name and when it was changed.
async fn real(world: &World, device: DeviceId) -> Value {
    let mut shown = world.get(&format!("{W}/devices/{device}")).await.data().clone();
    for field in ["displayName", "updatedAt"] {
        shown.as_object_mut().unwrap().remove(field);
    }
    shown
}

#[actix_web::test]
async fn the_seed_s_example_comes_back_on_each_of_its_paths_and_changes_nothing_real() {
    let world = World::new().await;
    let (ada, script) = (world.user("ada@example.com").await, script(&world).await);
    for version in ["beta", "v1.0"] {
        for path in [
            "/managedDevices/{id}".to_owned(),
            "/managedDevices/{id}/".to_owned(),
            "//managedDevices//{id}".to_owned(),
            format!("/users/{ada}/managedDevices/{{id}}"),
            "/users/ada@example.com/managedDevices/{id}".to_owned(),
            format!("/{DEVICES}/{{id}}"),
            format!(
                "/deviceManagement/deviceManagementScripts/{script}/deviceRunStates/{script}:{{id}}/managedDevice/"
            ),
        ] {
            let new = NewDevice {
                user: Some(ada),
                ..NewDevice::default()
            };
            let device = world.device(new).await;
            give(&world, &device.to_string(), &script).await;
            let before = real(&world, device).await;
            let path = format!("/{version}{}", path.replace("{id}", &device.to_string()));
            let answer = patch(&world, &path, example()).await.good();
            comes_back(&example(), &answer);
            assert_eq!(answer["id"], device.to_string(), "{path}");
            let kind = if version == "beta" {
                "windowsManagedDevice"
            } else {
                "managedDevice"
            };
            assert_eq!(answer["@odata.type"], format!("#microsoft.graph.{kind}"));
            let read = get(&world, &format!("/{version}/{DEVICES}/{device}")).await.good();
            if version == "beta" {
                comes_back(&example(), &read);
            }
            assert_eq!(real(&world, device).await, before, "{path}");
            // The names of today for what was sent under old ones.
            assert_eq!(read["managedDeviceOwnerType"], "company");
            assert_eq!(read["deviceEnrollmentType"], "userEnrollment");
            assert_eq!(read["azureADDeviceId"], "Azure Active Directory Device Id value");
        }
    }
}

#[actix_web::test]
async fn what_is_absent_stays_and_what_is_kept_lasts() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let path = format!("/beta/{DEVICES}/{device}");
    let body = json!({
        "managedDeviceName": " Kiosk 7 ", "notes": "by the door", "ownerType": "company",
        "deviceCategoryDisplayName": "Kiosks", "deviceName": "KIOSK-7",
    });
    let answer = patch(&world, &path, body).await.good();
    assert_eq!(answer["managedDeviceName"], "Kiosk 7");
    assert_eq!(answer["managedDeviceOwnerType"], "company");
    let answer = patch(&world, &path, json!({ "notes": null })).await.good();
    assert_eq!(
        (&answer["notes"], &answer["ownerType"]),
        (&Value::Null, &json!("company"))
    );
    assert_eq!(answer["deviceName"], "KIOSK-7");
    let real = world.get(&format!("{W}/devices/{device}")).await;
    assert_eq!(real.data()["displayName"], "Kiosk 7");
    assert_eq!(
        real.data()["summary"]["name"],
        "PC-Laptop",
        "renaming is an action of its own"
    );
    let commands = world.get(&format!("{W}/devices/{device}/commands")).await;
    assert_eq!(commands.data()["totalDocs"], 0);
}

#[actix_web::test]
async fn a_known_user_is_assigned_and_an_unknown_one_asserted() {
    let world = World::new().await;
    let (ada, bob) = (world.user("ada@example.com").await, world.user("bob@example.com").await);
    let device = world
        .device(NewDevice {
            user: Some(ada),
            ..NewDevice::default()
        })
        .await;
    let path = format!("/v1.0/{DEVICES}/{device}");
    let answer = patch(&world, &path, json!({ "userId": "somebody else" })).await.good();
    assert_eq!(
        (&answer["userId"], &answer["userPrincipalName"]),
        (&json!("somebody else"), &json!("ada@example.com"))
    );
    let real = || async { world.get(&format!("{W}/devices/{device}")).await.data()["mdmUser"]["id"].clone() };
    assert_eq!(real().await, ada.to_string());
    let answer = patch(&world, &path, json!({ "userId": bob.to_string() })).await.good();
    assert_eq!(
        (&answer["userId"], &answer["emailAddress"]),
        (&json!(bob.to_string()), &json!("bob@example.com"))
    );
    assert_eq!(real().await, bob.to_string());
    let foreign = ask(&world, Method::GET, &path, Some(&world.foreign), None, &[]).await;
    assert_eq!(foreign.refused(), (404, "ResourceNotFound".to_owned()));
}

#[actix_web::test]
async fn an_assertion_gives_way_to_the_next_observation() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let path = format!("/beta/{DEVICES}/{device}");
    let later = |seconds: i64| Timestamp::from_millis(START_MILLIS + seconds * 1_000);
    world.clock.now.store(later(10).as_millis(), Ordering::Relaxed);
    let asserted = json!({
        "lastSyncDateTime": "2017-01-01T00:02:49.3205976-08:00", "managementState": "retirePending",
        "model": "Asserted", "serialNumber": "Asserted", "complianceState": "compliant", "easDeviceId": "E",
    });
    comes_back(&asserted, &patch(&world, &path, asserted.clone()).await.good());
    comes_back(&asserted, &get(&world, &path).await.good());
    // A session without inventory: that the PC is managed and came is seen, its model is not.
    world
        .write(move |tx, _| tx.record_last_reports(&[(device, later(20))]))
        .await;
    let shown = get(&world, &path).await.good();
    assert_eq!(
        (&shown["lastSyncDateTime"], &shown["managementState"]),
        (&json!(later(20).to_string()), &json!("managed"))
    );
    assert_eq!(
        (&shown["model"], &shown["complianceState"]),
        (&json!("Asserted"), &json!("compliant"))
    );
    // An inventory: what the PC says counts, the same as before or not.
    world
        .write(move |tx, _| {
            let mut record = tx.lock_device(device)?.unwrap();
            record.summary.serial_number = Some("SN-9".to_owned());
            tx.update_device(&record)?;
            let mut report = tx.device_report(device)?.unwrap();
            report.put("./DevDetail/SwV", Reported::Value("10.0.26200.9278".to_owned()));
            report.dates.insert("hardware".to_owned(), later(30));
            tx.save_device_report(device, &report)
        })
        .await;
    let shown = get(&world, &path).await.good();
    assert_eq!(
        (&shown["model"], &shown["serialNumber"]),
        (&Value::Null, &json!("SN-9"))
    );
    assert_eq!(shown["easDeviceId"], "E", "what no PC reports stays");
}

#[actix_web::test]
async fn what_was_read_can_be_sent_back_and_freezes_nothing() {
    let world = World::new().await;
    let device = world
        .device(NewDevice {
            serial: Some("SN-1"),
            ..NewDevice::default()
        })
        .await;
    for version in ["v1.0", "beta"] {
        let path = format!("/{version}/{DEVICES}/{device}");
        let read = get(&world, &path).await.good();
        let answer = patch(&world, &path, read.clone()).await.good();
        assert_eq!(answer, read);
    }
    let facts = world
        .write(move |tx, _| Ok(tx.device_facts(&[device])?.remove(&device)))
        .await;
    assert!(facts.is_none_or(|f| f.asserted.is_empty()));
}

#[actix_web::test]
async fn a_strict_client_is_told_what_the_server_owns() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let path = format!("/beta/{DEVICES}/{device}");
    let strictly = |body: Value| {
        let (world, path) = (&world, &path);
        async move {
            let headers = [("Prefer", "return=representation, handling=strict")];
            ask(world, Method::PATCH, path, Some(&world.admin), Some(body), &headers).await
        }
    };
    let refused = strictly(json!({ "managementState": "managed", "notes": "n", "lastSyncDateTime": null })).await;
    assert_eq!(refused.refused(), (400, "BadRequest".to_owned()));
    let owned = |name: &str| ("ReadOnlyProperty".to_owned(), name.to_owned());
    assert_eq!(refused.details(), [owned("lastSyncDateTime"), owned("managementState")]);
    assert_eq!(
        strictly(json!({ "notes": "n", "model": "m" })).await.good()["model"],
        "m"
    );
}

#[actix_web::test]
async fn a_malformed_body_names_its_properties_and_changes_nothing() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let path = format!("/beta/{DEVICES}/{device}");
    let body = json!({ "ownerType": "mine", "skuFamilyy": "x", "isEncrypted": "yes", "notes": "kept?" });
    let refused = patch(&world, &path, body).await;
    assert_eq!(refused.refused(), (400, "BadRequest".to_owned()));
    let detail = |code: &str, target: &str| (code.to_owned(), target.to_owned());
    assert_eq!(
        refused.details(),
        [
            detail("InvalidType", "isEncrypted"),
            detail("InvalidEnumValue", "ownerType"),
            detail("InvalidProperty", "skuFamilyy")
        ]
    );
    assert!(refused.text.contains("unknown, company, personal"), "{}", refused.text);
    assert_eq!(get(&world, &path).await.good()["notes"], Value::Null);
    let long = patch(&world, &path, json!({ "managedDeviceName": "x".repeat(129) })).await;
    assert_eq!(long.details(), [detail("InvalidValue", "managedDeviceName")]);
    for (body, kind) in [
        ("{", "application/json"),
        ("", "application/json"),
        ("{}", "text/plain"),
    ] {
        let request = actix_web::test::TestRequest::patch()
            .uri(&path)
            .insert_header(("Authorization", format!("Bearer {}", world.admin)))
            .insert_header(("Content-Type", kind))
            .set_payload(body);
        let answer = world.send(request).await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 415),
            "{body} {kind}: {}",
            answer.body
        );
    }
    let conditional = ask(
        &world,
        Method::PATCH,
        &path,
        Some(&world.admin),
        Some(json!({})),
        &[("If-Match", "\"x\"")],
    )
    .await;
    assert_eq!(conditional.refused(), (412, "PreconditionFailed".to_owned()));
}

#[actix_web::test]
async fn changes_and_refusals_are_on_record_without_secrets() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let path = format!("/beta/{DEVICES}/{device}");
    let body = json!({ "notes": "n", "activationLockBypassCode": "very secret", "managedDeviceName": "New" });
    patch(&world, &path, body).await.good();
    patch(&world, &path, json!({ "managementState": "nonsense" })).await;
    let log = world.get("/v1/organizations/default/audit-logs?limit=100").await;
    let log = log.data()["items"].to_string();
    assert!(
        log.contains("\"activationLockBypassCode\":\"***\"") && !log.contains("very secret"),
        "{log}"
    );
    assert!(
        log.contains("PATCH /beta/deviceManagement/managedDevices/{id}"),
        "{log}"
    );
    assert!(
        log.contains("nonsense").then_some(()).is_none(),
        "what was sent wrongly is not kept: {log}"
    );
    let of_device = |entry: &&Value| entry["target"]["id"] == device.to_string();
    let all: Value = serde_json::from_str(&log).unwrap();
    let entries: Vec<&Value> = all.as_array().unwrap().iter().filter(of_device).collect();
    assert_eq!(entries.len(), 3, "the name, the facts, the refusal: {log}");
}

#[actix_web::test]
async fn a_removed_device_is_gone_from_the_facade() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let path = format!("/v1.0/{DEVICES}/{device}");
    let removed = ask(&world, Method::DELETE, &path, Some(&world.admin), None, &[]).await;
    assert_eq!((removed.status, removed.text.as_str()), (204, ""));
    assert_eq!(get(&world, &path).await.good()["managementState"], "deletePending");
    world.delete(&format!("{W}/devices/{device}?force=true")).await;
    assert_eq!(get(&world, &path).await.refused(), (404, "ResourceNotFound".to_owned()));
    assert_eq!(patch(&world, &path, json!({})).await.refused().0, 404);
}
