//! What holds for every write route of the table, those of later slices too.

use super::{Lab, NOBODY, method, nowhere, writing};
use crate::admin::world::O;
use serde_json::{Value, json};
use transom_http::admin::{careful::subject, openapi, routes::Operation};

#[test]
fn whatever_is_shown_and_changed_has_etags() {
    for route in writing() {
        let shown = subject::shown_above(route);
        assert_eq!(
            shown.is_some(),
            subject::of(route).is_some(),
            "{}: what {} shows must be in SUBJECTS",
            route.name(),
            shown.map(|s| s.name()).unwrap_or_default()
        );
    }
}

#[test]
fn every_write_route_documents_its_careful_part() {
    let document = openapi::document();
    for route in writing() {
        let operation = &document["paths"][route.path][route.verb.as_str().to_lowercase()];
        let parameters = operation["parameters"].as_array().unwrap();
        let count = |name: &str| parameters.iter().filter(|p| p["name"] == name).count();
        let name = route.name();
        assert_eq!(
            (count("dryRun"), count("strict"), count("Idempotency-Key")),
            (1, 1, 1),
            "{name}"
        );
        assert_eq!(count("If-Match") == 1, subject::of(route).is_some(), "{name}");
        assert!(operation["responses"]["409"].is_object(), "{name}");
    }
}

#[actix_web::test]
async fn no_write_route_stores_anything_in_a_dry_run_that_is_refused() {
    for route in writing() {
        let lab = Lab::new().await;
        let before = lab.dump();
        let body = route.body.map(|_| json!({}));
        for query in ["?dryRun=true", "?dryRun=true&nothing=1"] {
            let path = format!("{}{query}", nowhere(route));
            let answer = lab
                .world
                .ask(method(route), &path, body.clone(), &[("Idempotency-Key", "k")])
                .await;
            if answer.status.is_success() {
                assert_eq!(answer.body["dryRun"], true, "{}", route.name());
            }
        }
        assert_eq!(lab.dump(), before, "{}", route.name());
    }
}

#[actix_web::test]
async fn every_write_route_knows_the_parameters_and_refuses_them_malformed() {
    for route in writing() {
        let lab = Lab::new().await;
        let request = lab.prepare(route).await;
        let before = lab.dump_unaudited();
        let name = route.name();
        for (query, path) in [
            ("?dryRun=maybe", "dryRun"),
            ("?strict=1", "strict"),
            ("?dryrun=true", "dryrun"),
        ] {
            let answer = lab.send(&request, query, &[]).await;
            assert_eq!(answer.status, 400, "{name}");
            assert_eq!(answer.wrong(), [path], "{name}");
        }
        let long = "x".repeat(256);
        for key in ["é", "", &long] {
            let answer = lab.send(&request, "", &[("Idempotency-Key", key)]).await;
            assert_eq!(
                (answer.status.as_u16(), answer.wrong()),
                (400, vec!["Idempotency-Key"]),
                "{name}"
            );
        }
        let twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")];
        assert_eq!(
            lab.send(&request, "", &twice).await.wrong(),
            ["Idempotency-Key"],
            "{name}"
        );
        assert_eq!(lab.dump_unaudited(), before, "{name}");
        let answer = lab
            .send(&request, "?strict=true", &[("Idempotency-Key", &long[1..])])
            .await;
        answer.data();
    }
}

#[actix_web::test]
async fn every_write_route_names_what_it_ignores_or_refuses_it_when_strict() {
    for route in writing().filter(|route| route.body.is_some()) {
        let lab = Lab::new().await;
        let mut request = lab.prepare(route).await;
        request.body.as_mut().unwrap()["colour"] = json!("red");
        let answer = lab.send(&request, "?strict=true", &[]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.wrong()),
            (400, vec!["colour"]),
            "{}",
            route.name()
        );
        let answer = lab.send(&request, "", &[]).await;
        answer.data();
        assert_eq!(answer.header("X-Ignored-Fields"), Some("colour"), "{}", route.name());
    }
}

#[actix_web::test]
async fn every_write_echoes_its_id_and_puts_it_on_record() {
    for route in writing() {
        let lab = Lab::new().await;
        let request = lab.prepare(route).await;
        let answer = lab.send(&request, "", &[("X-Request-Id", "trace-1")]).await;
        assert_eq!(answer.header("X-Request-Id"), Some("trace-1"));
        let page = lab.world.get("/v1/organizations/default/audit-logs?limit=1").await;
        assert_eq!(page.data()["items"][0]["requestId"], "trace-1", "{}", route.name());
    }
}

#[actix_web::test]
async fn every_refused_write_is_on_record_with_what_it_was_about() {
    let mut walked = 0;
    for route in writing() {
        let lab = Lab::new().await;
        let request = lab.prepare(route).await;
        let name = route.name();
        let refused = lab.send(&request, "?dryrun=true", &[]).await;
        assert_eq!(refused.status, 400, "{name}");
        let page = lab.world.get(&format!("{O}/audit-logs?limit=1")).await;
        let refused = page.data()["items"][0].clone();
        assert_eq!(refused["outcome"], "refused", "{name}");
        if nowhere(route) == request.path {
            assert_eq!(refused["target"], Value::Null, "{name}: nothing is named");
            continue;
        }
        walked += 1;
        assert_ne!(refused["target"]["kind"], "request", "{name}: {refused}");
        let id = refused["target"]["id"].as_str().unwrap();
        assert!(request.path.contains(&format!("/{id}")), "{name}: {id}");
        lab.send(&request, "", &[]).await.data();
        let page = lab.world.get(&format!("{O}/audit-logs?limit=1")).await;
        let done = &page.data()["items"][0];
        // What makes a new thing of another is on record with the new one.
        if !matches!(route.operation, Operation::ClonePolicy | Operation::CreateToken) {
            assert_eq!(refused["target"], done["target"], "{name}");
        }
        // What moves or goes is on record where it is then.
        let is_gone = matches!(route.operation, Operation::MoveDevice | Operation::RemoveSegment);
        assert!(
            is_gone || refused["segmentId"] == done["segmentId"],
            "{name}: {refused} {done}"
        );
        let path = format!("{O}/audit-logs?targetId={id}&limit=1000");
        let found = lab.world.get(&path).await;
        let found = found.data()["items"].as_array().unwrap();
        assert!(found.iter().any(|entry| entry["id"] == refused["id"]), "{name}");
    }
    assert!(walked > 40, "{walked}");
}

#[actix_web::test]
async fn a_refused_write_to_what_is_not_there_is_on_record_as_it_was_named() {
    for route in writing() {
        let lab = Lab::new().await;
        let path = nowhere(route);
        if !path.contains(NOBODY) {
            continue;
        }
        let answer = lab.world.ask(method(route), &path, Some(json!({})), &[]).await;
        assert_eq!(answer.refused(), (404, 3001), "{}", route.name());
        let page = lab.world.get(&format!("{O}/audit-logs?limit=1")).await;
        let entry = &page.data()["items"][0];
        assert_eq!(
            entry["target"],
            json!({ "kind": "request", "id": NOBODY }),
            "{}",
            route.name()
        );
        assert_eq!(entry["segmentId"], Value::Null, "{}", route.name());
    }
}
