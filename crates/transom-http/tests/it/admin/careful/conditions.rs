//! `ETag` and `If-Match`.

use super::{Lab, databases::Database, method, writing};
use crate::admin::world::{NewDevice, O, W};
use actix_web::http::Method;
use futures_util::future::join_all;
use serde_json::json;
use std::sync::atomic::Ordering;
use transom_domain::{
    device::{DeviceReport, Reported},
    segment::SegmentId,
};
use transom_http::admin::{careful::subject, routes::Operation};

async fn tag(lab: &Lab, path: &str) -> String {
    lab.world.get(path).await.header("ETag").expect("an ETag").to_owned()
}

#[actix_web::test]
async fn a_change_for_another_state_is_refused_and_one_for_the_current_state_is_done() {
    let mut walked = 0;
    for route in writing() {
        let lab = Lab::new().await;
        let request = lab.prepare(route).await;
        let Some(shown_at) = &request.shown_at else { continue };
        // Looking at a device counts the version of its effective policy, so it is looked at before the dump.
        let current = tag(&lab, shown_at).await;
        let (name, before) = (route.name(), lab.dump_unaudited());
        for query in ["", "?dryRun=true"] {
            let answer = lab.send(&request, query, &[("If-Match", "\"another\"")]).await;
            assert_eq!(answer.refused(), (412, 412), "{name}");
            assert_eq!(answer.header("ETag"), Some(current.as_str()), "{name}");
        }
        assert_eq!(lab.dump_unaudited(), before, "{name}");
        lab.world.clock.now.fetch_add(1_000, Ordering::Relaxed);
        let several = format!("\"another\", {current}");
        let answer = lab
            .send(&request, "", &[("If-Match", &several), ("Idempotency-Key", "k")])
            .await;
        answer.data();
        if method(route) == Method::DELETE {
            assert_eq!(
                answer.header("ETag"),
                None,
                "{name}: nothing is left that it could be for"
            );
        }
        if let Some(after) = answer.header("ETag") {
            // What a copy answers is the copy, and so is its tag.
            let shown_at = match route.operation {
                Operation::ClonePolicy => format!("{W}/policies/{}", answer.data()["id"].as_str().unwrap()),
                _ => shown_at.clone(),
            };
            assert_eq!(after, tag(&lab, &shown_at).await, "{name}");
        }
        // A repetition is answered although the state has moved on: it is the same request.
        let again = lab
            .send(&request, "", &[("If-Match", &several), ("Idempotency-Key", "k")])
            .await;
        if route.operation == Operation::RevealTemplateToken {
            assert_eq!(again.refused(), (409, 409), "what it shows is not kept");
        } else {
            assert_eq!(again.header("Idempotency-Replayed"), Some("true"), "{name}");
        }
        walked += 1;
    }
    assert_eq!(walked, writing().filter(|r| subject::of(r).is_some()).count());
}

#[actix_web::test]
async fn a_star_means_whatever_is_there() {
    for route in writing() {
        let lab = Lab::new().await;
        let request = lab.prepare(route).await;
        let answer = lab.send(&request, "", &[("If-Match", "*")]).await;
        if request.shown_at.is_some() {
            answer.data();
        } else {
            assert_eq!(
                (answer.status.as_u16(), answer.wrong()),
                (400, vec!["If-Match"]),
                "{}",
                route.name()
            );
        }
    }
}

#[actix_web::test]
async fn a_refusal_names_the_fields_that_have_changed() {
    let lab = Lab::new().await;
    let path = format!("{W}/devices/{}", lab.world.device(NewDevice::default()).await);
    let seen = tag(&lab, &path).await;
    lab.world.clock.now.fetch_add(1_000, Ordering::Relaxed);
    lab.world.put(&path, json!({ "tags": ["a"] })).await.data();
    let answer = lab
        .world
        .ask(
            Method::PUT,
            &path,
            Some(json!({ "tags": ["b"] })),
            &[("If-Match", &seen)],
        )
        .await;
    assert_eq!(answer.refused(), (412, 412));
    assert_eq!(answer.wrong(), ["If-Match", "tags", "updatedAt"]);
    assert_eq!(lab.world.get(&path).await.data()["tags"], json!(["a"]));
}

#[actix_web::test]
async fn what_a_pc_reports_does_not_spoil_an_edit() {
    let lab = Lab::new().await;
    let id = lab.world.device(NewDevice::default()).await;
    let path = format!("{W}/devices/{id}");
    let seen = tag(&lab, &path).await;
    lab.world.clock.now.fetch_add(3_600_000, Ordering::Relaxed);
    lab.world
        .write(move |tx, cx| {
            let mut report = DeviceReport::default();
            report.put("./DevDetail/SwV", Reported::Value("10.0.1".to_owned()));
            tx.save_device_report(id, &report)?;
            tx.record_last_reports(&[(id, cx.now)])
        })
        .await;
    assert_eq!(tag(&lab, &path).await, seen);
    let answer = lab
        .world
        .ask(
            Method::PUT,
            &path,
            Some(json!({ "tags": ["b"] })),
            &[("If-Match", &seen)],
        )
        .await;
    assert_ne!(answer.header("ETag"), Some(seen.as_str()));
    answer.data();
}

#[actix_web::test]
async fn what_is_weak_or_malformed_is_refused() {
    let lab = Lab::new().await;
    let path = format!("{W}/devices/{}", lab.world.device(NewDevice::default()).await);
    for value in ["W/\"a\"", "a", "\"a", "", "*, \"a\""] {
        let answer = lab.world.ask(Method::DELETE, &path, None, &[("If-Match", value)]).await;
        assert_eq!(
            (answer.refused(), answer.wrong()),
            ((400, 5091), vec!["If-Match"]),
            "{value}"
        );
    }
    assert_eq!(lab.world.get(&path).await.data()["state"], "ACTIVE");
}

#[actix_web::test]
async fn what_is_refused_anyway_is_refused_in_the_same_way() {
    let lab = Lab::new().await;
    let path = format!("{W}/devices/{}", lab.world.device(NewDevice::default()).await);
    let other = [("If-Match", "\"another\"")];
    let answer = lab
        .world
        .ask(Method::PUT, &path, Some(json!({ "tags": 7 })), &other)
        .await;
    assert_eq!((answer.refused(), answer.wrong()), ((400, 5091), vec!["tags"]));
    let nobody = format!("{W}/devices/{}", super::NOBODY);
    let answer = lab.world.ask(Method::PUT, &nobody, Some(json!({})), &other).await;
    assert_eq!(answer.refused(), (404, 3001));
    let token = lab.world.token(&["mdm.windows.device.update"], &[]).await;
    let answer = lab.world.call(Method::DELETE, &path, Some(&token), None).await;
    assert_eq!(answer.refused(), (401, 4001));
}

#[actix_web::test]
async fn of_editors_who_saw_the_same_state_one_succeeds() {
    for database in Database::every() {
        let world = database.world().await;
        let north = world.segment("North", SegmentId::ROOT).await;
        let path = format!("{W}/devices/{}", world.device(NewDevice::default()).await);
        let seen = world.get(&path).await.header("ETag").unwrap().to_owned();
        world.clock.now.fetch_add(1_000, Ordering::Relaxed);
        let (moving, condition) = (format!("{path}/move"), [("If-Match", seen.as_str())]);
        let edits = (0..8).map(|n| {
            let (path, body) = match n % 2 {
                0 => (&path, json!({ "displayName": format!("Desk {n}") })),
                _ => (&moving, json!({ "segmentId": north.0 })),
            };
            world.ask(Method::PUT, path, Some(body), &condition)
        });
        let edits = edits.map(|edit| async { edit.await.status.as_u16() });
        let mut ends = join_all(edits).await;
        ends.sort_unstable();
        assert_eq!(ends, [200, 412, 412, 412, 412, 412, 412, 412]);
    }
}

#[actix_web::test]
async fn lists_and_what_nobody_changes_have_no_tags() {
    let lab = Lab::new().await;
    for path in [format!("{W}/devices"), format!("{O}/segments"), "/healthz".to_owned()] {
        assert_eq!(lab.world.get(&path).await.header("ETag"), None, "{path}");
    }
}
