//! Enrolment templates, enrolment tokens, the organization's default.

mod limits;
mod tokens;
mod uses;

use super::world::{O, Response, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use transom_domain::{secret::Secret, segment::SegmentId};

const NOBODY: &str = "507f1f77bcf86cd799439011";

fn templates() -> String {
    format!("{W}/enrollment-templates")
}

/// A policy's id.
async fn policy(world: &World) -> String {
    let made = world
        .post(&format!("{W}/policies"), json!({ "name": "Baseline" }))
        .await;
    made.data()["id"].as_str().unwrap().to_owned()
}

/// A template with one rule that gives a policy and with what else a test wants; its id.
async fn template(world: &World, more: Value) -> String {
    let mut body = json!({ "name": "Office", "rules": [{ "winPolicyId": policy(world).await }] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = world.post(&templates(), body).await;
    made.data()["id"].as_str().unwrap().to_owned()
}

/// Whether a text opens something as an enrolment token.
async fn opens(world: &World, token: &str) -> bool {
    let (hash, now) = (Secret::presented(token).hash(), world.context().now);
    let found = world.write(move |tx, _| tx.enrollment_token_by_hash(&hash)).await;
    found.is_some_and(|token| token.is_usable(now))
}

#[actix_web::test]
async fn the_seed_s_own_example_is_made_as_the_contract_says() {
    let world = World::new().await;
    let (policy, segment) = (policy(&world).await, world.segment("Sales", SegmentId::ROOT).await);
    let body = json!({
        "name": "Corporate Device Enrollment",
        "description": "Standard enrollment workflow for corporate Windows devices with Entra ID integration",
        "rules": [{
            "name": "string", "displayNamePattern": "string", "tags": ["string"],
            "conditions": [{
                "tags": [["string"]], "auxiliaryFields": [["string"]], "patterns": ["string"],
                "identifiers": ["string"]
            }],
            "winPolicyId": policy,
            "winPolicyAssignments": [{ "winPolicyId": policy, "priority": 0 }],
            "segmentId": 0
        }],
        "auxiliaryFields": [{
            "type": "select", "key": "string", "title": "string", "description": "string", "options": ["string"]
        }],
        "loginProviderTypes": ["ldap", "saml", "google"],
        "allowAutoContinue": true,
        "entraId": { "mobilityApp": {
            "tenantId": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
            "clientId": "b2c3d4e5-f6a7-8901-bcde-f12345678901",
            "clientSecret": "ABC~123def456GHI789jkl012MNO"
        } },
        "segmentId": segment.0.to_string(),
        "futureField": 1
    });
    let made = world.post(&format!("{}/", templates()), body).await;
    assert_eq!(made.header("X-Ignored-Fields"), Some("futureField"));
    let data = made.data();
    for key in [
        "id",
        "name",
        "description",
        "rules",
        "auxiliaryFields",
        "loginProviderTypes",
        "allowAutoContinue",
        "winEnrollmentTokenId",
        "winEnrollmentToken",
        "entraId",
        "devicesCount",
        "segmentId",
        "updatedAt",
        "createdAt",
    ] {
        assert!(data.get(key).is_some_and(|v| !v.is_null()), "{key}: {data}");
    }
    assert_eq!(
        (&data["segmentId"], &data["devicesCount"]),
        (&json!(segment.0), &json!(0))
    );
    assert_eq!(data["rules"][0]["winPolicyId"], json!(policy));
    assert_eq!(data["winEnrollmentToken"]["id"], data["winEnrollmentTokenId"]);
    assert_eq!(data["entraId"]["mobilityApp"]["clientSecret"], "********");
    let token = data["winEnrollmentToken"]["token"].as_str().unwrap().to_owned();
    assert_eq!((&token[..7], token.len()), ("enroll_", 50));
    assert!(opens(&world, &token).await);
    let own = format!("{}/{}", templates(), data["id"].as_str().unwrap());
    let shown = world.get(&own).await;
    assert_eq!(shown.data()["winEnrollmentToken"]["token"], "********");
    let listed = world.get(&templates()).await;
    let audit = world.get(&format!("{O}/audit-logs")).await;
    for answer in [&shown, &listed, &audit] {
        assert!(!answer.body.to_string().contains("ABC~123"), "{}", answer.body);
        assert!(!answer.body.to_string().contains(&token), "{}", answer.body);
    }
}

#[actix_web::test]
async fn the_mask_keeps_the_secret_that_is_there() {
    let world = World::new().await;
    let app = |secret: &str| json!({ "entraId": { "mobilityApp": { "tenantId": "t", "clientId": "c", "clientSecret": secret } } });
    let none = world
        .post(
            &templates(),
            json!({ "name": "x", "rules": [{ "winPolicyId": NOBODY }], "entraId": app("********")["entraId"] }),
        )
        .await;
    assert_eq!(
        (none.refused(), none.wrong()),
        ((400, 5209), vec!["entraId.mobilityApp.clientSecret"])
    );
    let id = template(&world, app("geheim")).await;
    let own = format!("{}/{id}", templates());
    let secret = |world: &World| {
        let (organization, id) = (
            world.organization,
            transom_domain::EnrollmentTemplateId::parse(&id).unwrap(),
        );
        let store = world.store.clone();
        async move {
            let read = store.read(move |view| view.enrollment_template(organization, id));
            read.await
                .unwrap()
                .unwrap()
                .mobility_app
                .map(|a| a.secret.reveal().to_owned())
        }
    };
    let before = world.get(&own).await;
    let mut kept = app("********");
    kept["entraId"]["mobilityApp"]["tenantId"] = json!("other");
    world.clock.now.fetch_add(1, Ordering::Relaxed);
    let changed = world.put(&own, kept).await;
    assert_eq!(changed.data()["entraId"]["mobilityApp"]["tenantId"], "other");
    assert_eq!(secret(&world).await.as_deref(), Some("geheim"));
    world.put(&own, app("neu")).await.data();
    assert_eq!(secret(&world).await.as_deref(), Some("neu"));
    let log = world.get(&format!("{O}/audit-logs?targetId={id}")).await;
    assert_eq!(log.data()["items"][0]["after"]["clientSecretChanged"], json!(true));
    assert!(!log.body.to_string().contains("geheim") && !log.body.to_string().contains("neu\""));
    assert_ne!(before.header("ETag"), world.get(&own).await.header("ETag"));
    world.put(&own, json!({ "entraId": null })).await.data();
    assert_eq!(secret(&world).await, None);
}

#[actix_web::test]
async fn a_template_is_listed_changed_and_removed_on_record() {
    let world = World::new().await;
    let id = template(&world, json!({ "description": "first" })).await;
    let own = format!("{}/{id}", templates());
    template(&world, json!({ "name": "Archive" })).await;
    let names = |answer: &Response| -> Vec<String> {
        let items = answer.data()["items"].as_array().unwrap().iter();
        items.map(|t| t["name"].as_str().unwrap().to_owned()).collect()
    };
    let listed = world.get(&format!("{}?sort=name:asc", templates())).await;
    assert_eq!(names(&listed), ["Archive", "Office"]);
    assert_eq!(
        names(&world.get(&format!("{}?name=offi", templates())).await),
        ["Office"]
    );
    let changed = world
        .put(&own, json!({ "description": null, "name": " Bureau " }))
        .await;
    assert_eq!(
        (&changed.data()["name"], &changed.data()["description"]),
        (&json!("Bureau"), &Value::Null)
    );
    assert_eq!(changed.data()["rules"][0]["winPolicyAssignments"], json!([]));
    world.put(&own, json!({ "name": "Bureau" })).await.data();
    let log = world.get(&format!("{O}/audit-logs?targetId={id}&sort=date:asc")).await;
    let entries = log.data()["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "what changes nothing leaves no entry");
    assert_eq!(
        (&entries[1]["before"], &entries[1]["after"]),
        (
            &json!({ "name": "Office", "description": "first" }),
            &json!({ "name": "Bureau", "description": null })
        )
    );
    let taken = world.put(&own, json!({ "name": "ARCHIVE" })).await;
    assert_eq!((taken.refused(), taken.wrong()), ((400, 5209), vec!["name"]));
    assert_eq!(taken.body["error"]["details"][0]["rule"], "unique");
    let token = world.ask(Method::POST, &format!("{own}/token/reveal"), None, &[]).await;
    let token = token.data()["token"].as_str().unwrap().to_owned();
    assert_eq!(world.delete(&own).await.data()["id"], json!(id));
    assert_eq!(world.get(&own).await.refused(), (404, 3001));
    assert!(!opens(&world, &token).await, "the token dies with its template");
}

#[actix_web::test]
async fn a_token_is_revealed_and_rotated_on_record() {
    let world = World::new().await;
    let id = template(&world, json!({})).await;
    let own = format!("{}/{id}", templates());
    let ask = async |what: &str| world.ask(Method::POST, &format!("{own}/token/{what}"), None, &[]).await;
    let first = ask("reveal").await;
    let value = first.data()["token"].as_str().unwrap().to_owned();
    assert!(opens(&world, &value).await);
    assert_eq!(ask("reveal").await.data(), first.data());
    let rotated = ask("rotate").await;
    let next = rotated.data()["token"].as_str().unwrap().to_owned();
    assert_eq!(
        rotated.data()["id"],
        first.data()["id"],
        "it is the same token with another value"
    );
    assert!(!opens(&world, &value).await && opens(&world, &next).await);
    assert_eq!(ask("reveal").await.data()["token"], json!(next));
    let log = world.get(&format!("{O}/audit-logs?targetId={id}&sort=date:asc")).await;
    let actions: Vec<_> = log.data()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["action"])
        .collect();
    let of = |verb: &str| json!(format!("mdm.windows.enrollmentTemplate.{verb}"));
    let wanted = ["create", "revealToken", "revealToken", "rotateToken", "revealToken"].map(of);
    assert_eq!(actions, wanted.iter().collect::<Vec<_>>());
    assert!(!log.body.to_string().contains(&value) && !log.body.to_string().contains(&next));
    let rehearsed = ask("reveal?dryRun=true").await;
    assert!(!rehearsed.body.to_string().contains(&next), "a dry run shows no secret");
}

#[actix_web::test]
async fn unknown_policies_and_segments_are_named_with_their_place() {
    let world = World::new().await;
    let (policy, north) = (policy(&world).await, world.segment("North", SegmentId::ROOT).await);
    let post = async |rules: Value| world.post(&templates(), json!({ "name": "x", "rules": rules })).await;
    for (rules, place) in [
        (json!([{ "winPolicyId": NOBODY }]), "rules[0].winPolicyId"),
        (
            json!([{ "winPolicyId": policy, "winPolicyAssignments": [{ "winPolicyId": NOBODY, "priority": 1 }] }]),
            "rules[0].winPolicyAssignments[0].winPolicyId",
        ),
        (
            json!([{ "winPolicyId": policy }, { "segmentId": 77 }]),
            "rules[1].segmentId",
        ),
    ] {
        let refused = post(rules).await;
        assert_eq!((refused.refused(), refused.wrong()), ((404, 3001), vec![place]));
    }
    let limited = world.token(&["mdm.windows.*"], &[north]).await;
    let body = json!({ "name": "x", "rules": [{ "winPolicyId": policy, "segmentId": 0 }] });
    let refused = world.call(Method::POST, &templates(), Some(&limited), Some(body)).await;
    assert_eq!(
        refused.refused(),
        (404, 3001),
        "a segment and a policy out of sight do not exist"
    );
    let own = json!({ "name": "y", "rules": [{ "winPolicyId": policy }] });
    world
        .put(&format!("{W}/policies/{policy}"), json!({ "exposeToChildren": true }))
        .await;
    let made = world.call(Method::POST, &templates(), Some(&limited), Some(own)).await;
    assert_eq!(made.data()["segmentId"], json!(north.0), "the caller's only segment");
    let foreign = format!(
        "/v1/organizations/other/mdm/windows/enterprise/enrollment-templates/{}",
        made.data()["id"].as_str().unwrap()
    );
    assert_eq!(
        world
            .call(Method::GET, &foreign, Some(&world.foreign), None)
            .await
            .refused(),
        (404, 3001)
    );
    let root = template(&world, json!({ "name": "root" })).await;
    let hidden = world
        .call(Method::GET, &format!("{}/{root}", templates()), Some(&limited), None)
        .await;
    assert_eq!(hidden.refused(), (404, 3001));
}

#[actix_web::test]
async fn what_is_hardly_meant_is_warned_of() {
    let world = World::new().await;
    let (policy, north) = (policy(&world).await, world.segment("North", SegmentId::ROOT).await);
    let rules = json!([{ "tags": ["all"] }, { "winPolicyId": policy, "segmentId": north.0 }]);
    let made = world.post(&templates(), json!({ "name": "x", "rules": rules })).await;
    let warnings = made.data()["warnings"].to_string();
    assert!(
        warnings.contains("rules[0] has no conditions") && warnings.contains("rules[1] gives the policy"),
        "{warnings}"
    );
}
