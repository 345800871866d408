//! Enrolment tokens (B.6).

use super::{NOBODY, opens, policy, template, templates};
use crate::admin::world::{O, START_MILLIS, W, World};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

fn tokens() -> String {
    format!("{W}/enrollment-tokens")
}

#[actix_web::test]
async fn a_token_is_made_changed_and_revoked_on_record() {
    let world = World::new().await;
    let (user, policy) = (world.user("ada@example.com").await, policy(&world).await);
    let body = json!({
        "mdmUserId": user.to_string(), "sendEmail": false, "displayName": " Ada's ", "tags": ["vip", "VIP"],
        "duration": 60, "language": "de-CH", "emailText": "Hello\nAda", "winPolicyId": policy,
        "winPolicyAssignments": [{ "winPolicyId": policy, "priority": 3 }], "segmentId": "0", "other": 1
    });
    let made = world.post(&tokens(), body).await;
    assert_eq!(made.header("X-Ignored-Fields"), Some("other"));
    let data = made.data();
    assert_eq!(
        (&data["state"], &data["displayName"]),
        (&json!("PENDING"), &json!("Ada's"))
    );
    assert_eq!((&data["tags"], &data["segmentId"]), (&json!(["vip"]), &json!(0)));
    assert_eq!(data["expireAt"], "2026-02-10T10:01:00.000Z");
    let value = data["token"].as_str().unwrap().to_owned();
    assert!(opens(&world, &value).await);
    let own = format!("{}/{}", tokens(), data["id"].as_str().unwrap());
    assert_eq!(world.get(&own).await.data()["token"], "********");
    let change = json!({ "displayName": null, "winPolicyId": null, "tags": ["x"], "winPolicyAssignments": [] });
    let changed = world.put(&own, change).await;
    assert_eq!(
        (
            &changed.data()["displayName"],
            &changed.data()["winPolicyId"],
            &changed.data()["tags"]
        ),
        (&Value::Null, &Value::Null, &json!(["x"]))
    );
    assert_eq!(world.delete(&own).await.data()["state"], "DELETED");
    assert_eq!(
        world.delete(&own).await.data()["state"],
        "DELETED",
        "again changes nothing"
    );
    assert!(!opens(&world, &value).await);
    let over = world.put(&own, json!({ "tags": [] })).await;
    assert_eq!((over.refused(), over.wrong()), ((409, 409), vec!["enrollmentTokenId"]));
    let log = world
        .get(&format!(
            "{O}/audit-logs?targetId={}&sort=date:asc",
            data["id"].as_str().unwrap()
        ))
        .await;
    let entries = log.data()["items"].as_array().unwrap();
    let outcomes: Vec<_> = entries.iter().map(|e| &e["outcome"]).collect();
    assert_eq!(outcomes, ["done", "done", "done", "refused"]);
    assert_eq!(entries[1]["before"]["displayName"], "Ada's");
    assert!(!log.body.to_string().contains(&value));
}

#[actix_web::test]
async fn states_follow_time_use_and_revocation() {
    let world = World::new().await;
    let made = world.post(&tokens(), json!({ "sendEmail": false })).await;
    assert_eq!(
        made.data()["expireAt"],
        "2026-02-11T10:00:00.000Z",
        "a day if nothing is said"
    );
    let own = format!("{}/{}", tokens(), made.data()["id"].as_str().unwrap());
    world
        .clock
        .now
        .store(START_MILLIS + 24 * 3_600_000 - 1, Ordering::Relaxed);
    assert_eq!(world.get(&own).await.data()["state"], "PENDING");
    world.clock.now.store(START_MILLIS + 24 * 3_600_000, Ordering::Relaxed);
    assert_eq!(world.get(&own).await.data()["state"], "EXPIRED");
    let id = transom_domain::EnrollmentTokenId::parse(made.data()["id"].as_str().unwrap()).unwrap();
    world
        .write(move |tx, _| {
            let mut token = tx.lock_enrollment_token(id)?.unwrap();
            token.uses = 1;
            tx.update_enrollment_token(&token)
        })
        .await;
    assert_eq!(world.get(&own).await.data()["state"], "DONE");
}

#[actix_web::test]
async fn lists_filter_by_user_policy_and_revocation_and_leave_out_templates() {
    let world = World::new().await;
    let (user, policy) = (world.user("ada@example.com").await, policy(&world).await);
    let of_user = world
        .post(&tokens(), json!({ "sendEmail": false, "mdmUserId": user.to_string() }))
        .await;
    world
        .post(&tokens(), json!({ "sendEmail": false, "winPolicyId": policy }))
        .await;
    let made = template(&world, json!({})).await;
    let count = async |query: &str| world.get(&format!("{}?{query}", tokens())).await.data()["totalDocs"].clone();
    assert_eq!(count("").await, 2);
    assert_eq!(count(&format!("mdm-user={user}")).await, 1);
    assert_eq!(count(&format!("policy={policy}")).await, 1);
    assert_eq!(count(&format!("policy={NOBODY}")).await, 0);
    world
        .delete(&format!("{}/{}", tokens(), of_user.data()["id"].as_str().unwrap()))
        .await;
    assert_eq!(count("").await, 1);
    assert_eq!(count("show-deleted=true").await, 2);
    let shown = world.get(&format!("{}/{made}", templates())).await;
    let token = format!(
        "{}/{}",
        tokens(),
        shown.data()["winEnrollmentTokenId"].as_str().unwrap()
    );
    let of_template = world.get(&token).await;
    assert_eq!(of_template.data()["winEnrollmentTemplateId"], json!(made));
    assert_eq!(
        (&of_template.data()["expireAt"], &of_template.data()["usesMax"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        world.delete(&token).await.refused(),
        (409, 409),
        "it is changed with its template"
    );
    assert_eq!(world.put(&token, json!({ "tags": [] })).await.refused(), (409, 409));
}

#[actix_web::test]
async fn mail_is_refused_as_a_feature_that_is_not_there() {
    let world = World::new().await;
    for (path, body) in [
        (tokens(), json!({ "sendEmail": true })),
        (
            format!("{}/bulk", tokens()),
            json!({ "sendEmail": true, "userEmails": ["a@b"] }),
        ),
    ] {
        let refused = world.post(&path, body).await;
        assert_eq!(refused.refused(), (400, 5050));
        assert_eq!(
            refused.body["error"]["message"],
            "Feature not allowed for you billing plan"
        );
        assert!(
            refused.body["error"]["details"]["feature"]
                .as_str()
                .unwrap()
                .contains("sends no e-mail")
        );
        assert_eq!(
            world.post(&path, json!({ "userEmails": [] })).await.wrong()[0],
            "sendEmail"
        );
    }
}

#[actix_web::test]
async fn many_tokens_are_made_for_known_users_all_or_none() {
    let world = World::new().await;
    let path = format!("{}/bulk", tokens());
    world.user("ada@example.com").await;
    world.user("bob@example.com").await;
    let bulk = async |emails: Value| {
        world
            .post(
                &path,
                json!({ "sendEmail": false, "userEmails": emails, "tags": ["new"] }),
            )
            .await
    };
    let made = bulk(json!(["ada@example.com", "BOB@example.com"])).await;
    let made = made.data().as_array().unwrap();
    assert_eq!(made.len(), 2);
    for token in made {
        assert!(opens(&world, token["token"].as_str().unwrap()).await);
        assert_eq!(token["tags"], json!(["new"]));
    }
    let unknown = bulk(json!(["ada@example.com", "eve@example.com"])).await;
    assert_eq!(
        (unknown.refused(), unknown.wrong()),
        ((404, 3001), vec!["userEmails[1]"])
    );
    let twice = bulk(json!(["ada@example.com", "Ada@example.com"])).await;
    assert_eq!((twice.refused(), twice.wrong()), ((400, 5209), vec!["userEmails[1]"]));
    assert_eq!(bulk(json!(["ada"])).await.wrong(), ["userEmails[0]"]);
    assert_eq!(bulk(json!([])).await.wrong(), ["userEmails"]);
    let many: Vec<String> = (0..101).map(|n| format!("u{n}@example.com")).collect();
    assert_eq!(bulk(json!(many)).await.wrong(), ["userEmails"]);
    assert_eq!(
        bulk(json!(many[..100])).await.wrong(),
        ["userEmails[0]"],
        "100 are looked up"
    );
    assert_eq!(world.get(&tokens()).await.data()["totalDocs"], 2);
}

#[actix_web::test]
async fn every_limit_holds_at_it_and_not_one_above() {
    let world = World::new().await;
    let tag = |n: usize| json!("t".repeat(n));
    let tags = |n: usize| Value::Array((0..n).map(|n| json!(n.to_string())).collect());
    type Change<'a> = Box<dyn Fn(usize) -> (&'static str, Value) + 'a>;
    let cases: Vec<(usize, &str, Change<'_>)> = vec![
        (128, "displayName", Box::new(|n| ("displayName", tag(n)))),
        (100, "tags", Box::new(|n| ("tags", tags(n)))),
        (128, "tags[0]", Box::new(|n| ("tags", json!([tag(n)])))),
        (2_592_000, "duration", Box::new(|n| ("duration", json!(n)))),
        (4_000, "emailText", Box::new(|n| ("emailText", tag(n)))),
    ];
    let path = format!("{}?dryRun=true", tokens());
    for (limit, place, field) in &cases {
        let body = |n| {
            let (name, value) = field(n);
            json!({ "sendEmail": false, name: value })
        };
        assert_eq!(world.post(&path, body(*limit)).await.status, 200, "{place}");
        let above = world.post(&path, body(limit + 1)).await;
        assert_eq!((above.refused(), above.wrong()), ((400, 5209), vec![*place]));
    }
    for (name, wrong) in [
        ("duration", json!(59)),
        ("language", json!("not a language")),
        ("mdmUserId", json!("x")),
        ("winPolicyId", json!(7)),
        ("segmentId", json!(-1)),
        ("sendEmail", json!("no")),
    ] {
        let mut body = json!({ "sendEmail": false });
        body[name] = wrong;
        assert_eq!(world.post(&path, body).await.wrong(), [name]);
    }
    let unknown = world
        .post(&path, json!({ "sendEmail": false, "mdmUserId": NOBODY }))
        .await;
    assert_eq!((unknown.refused(), unknown.wrong()), ((404, 3001), vec!["mdmUserId"]));
}
