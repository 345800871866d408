//! `Idempotency-Key`.

use super::{Lab, databases::Database, writing};
use crate::admin::world::{Fixed, NewDevice, O, W};
use actix_web::{http::Method, web};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::sync::{Arc, atomic::Ordering};
use transom_domain::{device::DeviceState, segment::SegmentId};
use transom_http::admin::{AdminSettings, AdminState, routes::Operation};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

fn rule(body: &Value) -> &str {
    assert_eq!(body["error"]["code"], 409, "{body}");
    body["error"]["details"][0]["rule"].as_str().unwrap()
}

#[actix_web::test]
async fn a_repetition_gets_the_same_answer_and_does_nothing() {
    for route in writing() {
        let lab = Lab::new().await;
        let request = lab.prepare(route).await;
        let (name, key) = (route.name(), [("Idempotency-Key", "order 7")]);
        let first = lab.send(&request, "", &key).await;
        assert_eq!(first.header("Idempotency-Replayed"), None, "{name}");
        lab.world.clock.now.fetch_add(1_000, Ordering::Relaxed);
        let before = lab.dump();
        let second = lab.send(&request, "", &key).await;
        if route.operation == Operation::RevealTemplateToken {
            first.data();
            assert_eq!(rule(&second.body), "answer_not_kept", "it shows a secret");
            continue;
        }
        assert_eq!(second.header("Idempotency-Replayed"), Some("true"), "{name}");
        assert_eq!((second.data(), &second.body), (first.data(), &first.body), "{name}");
        assert_eq!(second.header("ETag"), first.header("ETag"), "{name}");
        assert_eq!(lab.dump(), before, "{name}");
        let other = lab.send(&request, "?strict=true", &key).await;
        assert_eq!(rule(&other.body), "reused", "{name}");
    }
}

#[actix_web::test]
async fn a_key_belongs_to_one_request_of_one_token() {
    let lab = Lab::new().await;
    let (path, key) = (format!("{O}/segments"), [("Idempotency-Key", "k")]);
    let post = |name: &str| {
        lab.world
            .ask(Method::POST, &path, Some(json!({ "name": name, "x": 1 })), &key)
    };
    let first = post("North").await;
    assert_eq!(rule(&post("South").await.body), "reused");
    let again = post("North").await;
    assert_eq!(again.data(), first.data());
    assert_eq!(again.header("X-Ignored-Fields"), Some("x"));
    let token = lab.world.token(&["*"], &[]).await;
    let request = actix_web::test::TestRequest::post()
        .uri(&path)
        .insert_header(("Authorization", format!("Bearer {token}")))
        .insert_header(key[0])
        .set_json(json!({ "name": "West" }));
    assert_eq!(lab.world.send(request).await.data()["name"], "West");
}

#[actix_web::test]
async fn a_key_holds_for_a_day() {
    let lab = Lab::new().await;
    let (path, key) = (format!("{O}/segments"), [("Idempotency-Key", "k")]);
    let post = || {
        lab.world
            .ask(Method::POST, &path, Some(json!({ "name": "North" })), &key)
    };
    let first = post().await.data().clone();
    lab.world.clock.now.fetch_add(DAY_MILLIS - 1, Ordering::Relaxed);
    assert_eq!(post().await.data(), &first);
    lab.world.clock.now.fetch_add(1, Ordering::Relaxed);
    assert_ne!(post().await.data()["id"], first["id"]);
}

#[actix_web::test]
async fn a_key_survives_a_restart() {
    let mut lab = Lab::new().await;
    let (path, key) = (format!("{O}/segments"), [("Idempotency-Key", "k")]);
    let body = Some(json!({ "name": "North" }));
    let first = lab
        .world
        .ask(Method::POST, &path, body.clone(), &key)
        .await
        .data()
        .clone();
    let url = format!("sqlite:{}", lab.file());
    let store = transom_storage::open(&url, &transom_storage::OpenOptions::default()).unwrap();
    let state = AdminState::new(store.clone(), Arc::new(Fixed::new()), AdminSettings::default());
    lab.world.state = web::Data::new(state);
    lab.world.store = store;
    let again = lab.world.ask(Method::POST, &path, body, &key).await;
    assert_eq!(
        (again.data(), again.header("Idempotency-Replayed")),
        (&first, Some("true"))
    );
}

#[actix_web::test]
async fn a_refused_request_leaves_its_key_free() {
    let lab = Lab::new().await;
    let waiting = NewDevice {
        state: DeviceState::Provisioning,
        ..NewDevice::default()
    };
    let id = lab.world.device(waiting).await;
    let path = format!("{W}/devices/{id}/commands");
    let command = json!({ "config": { "path": "./A", "action": "Get", "format": "null" } });
    let post = || {
        let body = json!({ "commands": [command.clone()] });
        lab.world
            .ask(Method::POST, &path, Some(body), &[("Idempotency-Key", "k")])
    };
    assert_eq!(post().await.refused(), (400, 5142));
    lab.world
        .write(move |tx, _| {
            let mut device = tx.lock_device(id)?.unwrap();
            device.state = DeviceState::Active;
            tx.update_device(&device)
        })
        .await;
    let done = post().await;
    assert_eq!(
        (
            done.data()["commands"].as_array().unwrap().len(),
            done.header("Idempotency-Replayed")
        ),
        (1, None)
    );
}

#[actix_web::test]
async fn of_many_at_once_one_is_carried_out() {
    for database in Database::every() {
        let world = database.world().await;
        let path = format!("{O}/segments");
        let posts = (0..10).map(|_| {
            let body = json!({ "name": "North" });
            world.ask(Method::POST, &path, Some(body), &[("Idempotency-Key", "k")])
        });
        let mut done = Vec::new();
        for answer in join_all(posts).await {
            match answer.status.as_u16() {
                200 => done.push(answer.data().clone()),
                _ => assert_eq!(rule(&answer.body), "in_use"),
            }
        }
        assert!(!done.is_empty() && done.iter().all(|d| d == &done[0]));
        let tree = world.get(&path).await;
        assert_eq!(tree.data()[0]["children"].as_array().unwrap().len(), 1);
    }
}

#[actix_web::test]
async fn what_is_kept_cannot_be_read_in_the_database() {
    let lab = Lab::new().await;
    let body = json!({ "name": "Zanzibar" });
    lab.world
        .ask(
            Method::POST,
            &format!("{O}/segments"),
            Some(body),
            &[("Idempotency-Key", "k")],
        )
        .await
        .data();
    let rows = &lab.dump()["idempotency_keys"];
    let plain = hex(b"Zanzibar");
    assert_eq!(rows.len(), 1);
    assert!(rows[0].len() > 200 && !rows[0].contains(&plain), "{rows:?}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

#[actix_web::test]
async fn a_key_opens_nothing_to_a_token_that_has_lost_its_sight() {
    let lab = Lab::new().await;
    let north = lab.world.segment("North", SegmentId::ROOT).await;
    let device = lab
        .world
        .device(NewDevice {
            segment: north,
            ..NewDevice::default()
        })
        .await;
    let token = lab.world.token(&["mdm.windows.device.get"], &[north]).await;
    let request = actix_web::test::TestRequest::put()
        .uri(&format!("{W}/devices/{device}"))
        .insert_header(("Authorization", format!("Bearer {token}")))
        .insert_header(("Idempotency-Key", "k"))
        .set_json(json!({ "displayName": "New" }));
    assert_eq!(
        lab.world.send(request).await.refused(),
        (401, 4001),
        "the permission comes first"
    );
}

#[actix_web::test]
async fn a_key_shows_nothing_to_whoever_was_granted_something_else_since() {
    for database in Database::every() {
        let world = database.world().await;
        let north = world.segment("North", SegmentId::ROOT).await;
        let south = world.segment("South", SegmentId::ROOT).await;
        let device = world
            .device(NewDevice {
                segment: north,
                ..NewDevice::default()
            })
            .await;
        let role = |segment: SegmentId| json!([{ "roleId": "admin", "segmentIds": [segment.0] }]);
        let (account, token) = world.account(role(north)).await;
        let path = format!("{W}/devices/{device}");
        let send = |key: &'static str| {
            let request = actix_web::test::TestRequest::put()
                .uri(&path)
                .insert_header(("Authorization", format!("Bearer {token}")))
                .insert_header(("Idempotency-Key", key))
                .set_json(json!({ "displayName": "New" }));
            world.send(request)
        };
        send("k1").await.data();
        let again = send("k1").await;
        assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
        // What lies below what one has is had anyway: a new segment takes no answer away.
        world.segment("Northwest", north).await;
        assert_eq!(send("k1").await.data(), again.data());
        let own = format!("{O}/service-accounts/{account}");
        world.put(&own, json!({ "roles": role(south) })).await.data();
        assert_eq!(send("k2").await.refused(), (404, 3001));
        assert_eq!(rule(&send("k1").await.body), "answer_not_kept");
        world.put(&own, json!({ "roles": role(north) })).await.data();
        assert_eq!(send("k1").await.data(), again.data());
    }
}

#[actix_web::test]
async fn a_secret_that_is_shown_again_is_shown_to_who_may_see_it_and_on_record_each_time() {
    let world = Lab::new().await.world;
    let policy = world
        .post(&format!("{W}/policies"), json!({ "name": "Baseline" }))
        .await;
    let rules = json!([{ "winPolicyId": policy.data()["id"] }]);
    let template = json!({ "name": "Office", "rules": rules });
    let made = world.post(&format!("{W}/enrollment-templates"), template).await;
    let id = made.data()["id"].as_str().unwrap();
    let path = format!("{W}/enrollment-templates/{id}/token/reveal");
    let token = &made.data()["winEnrollmentToken"]["token"];
    let reveal = async |key: &'static str| world.ask(Method::POST, &path, None, &[("Idempotency-Key", key)]).await;
    assert_eq!(&reveal("k1").await.data()["token"], token);
    let again = reveal("k1").await;
    assert_eq!(rule(&again.body), "answer_not_kept");
    assert!(!again.body.to_string().contains(token.as_str().unwrap()));
    assert_eq!(&reveal("k2").await.data()["token"], token);
    let log = world.get(&format!("{O}/audit-logs?targetId={id}")).await;
    let outcomes: Vec<_> = log.data()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["outcome"])
        .collect();
    assert_eq!(outcomes, ["done", "refused", "done", "done"], "made, and shown twice");
}
