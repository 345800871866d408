//! Every limit of a template, at it and one above, and every shape that is refused with its place.

use super::{policy, templates};
use crate::admin::world::World;
use serde_json::{Value, json};

/// A body that is accepted, with one change.
fn body(policy: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut body = json!({
        "name": "x",
        "auxiliaryFields": [{ "type": "select", "key": "site", "options": ["a"] }],
        "rules": [{ "winPolicyId": policy, "conditions": [{ "tags": [["t"]] }] }]
    });
    change(&mut body);
    body
}

#[actix_web::test]
async fn every_limit_holds_at_it_and_not_one_above() {
    let world = World::new().await;
    let policy = policy(&world).await;
    let text = |n: usize| json!("ä".repeat(n));
    let list = |n: usize, item: &dyn Fn(usize) -> Value| Value::Array((0..n).map(item).collect());
    let tag = |n: usize| json!(format!("tag {n}"));
    type Change<'a> = Box<dyn Fn(&mut Value, usize) + 'a>;
    let condition = "conditions";
    let limits: Vec<(usize, &str, Change<'_>)> = vec![
        (128, "name", Box::new(|b, n| b["name"] = text(n))),
        (256, "description", Box::new(|b, n| b["description"] = text(n))),
        (
            100,
            "rules",
            Box::new(|b, n| b["rules"] = list(n, &|_| json!({ "winPolicyId": policy }))),
        ),
        (256, "rules[0].name", Box::new(|b, n| b["rules"][0]["name"] = text(n))),
        (
            256,
            "rules[0].displayNamePattern",
            Box::new(|b, n| b["rules"][0]["displayNamePattern"] = text(n)),
        ),
        (
            100,
            "rules[0].tags",
            Box::new(|b, n| b["rules"][0]["tags"] = list(n, &tag)),
        ),
        (
            128,
            "rules[0].tags[0]",
            Box::new(|b, n| b["rules"][0]["tags"] = json!([text(n)])),
        ),
        (
            50,
            "rules[0].conditions",
            Box::new(|b, n| b["rules"][0][condition] = list(n, &|_| json!({ "tags": [["t"]] }))),
        ),
        (
            50,
            "rules[0].conditions[0].tags",
            Box::new(|b, n| b["rules"][0][condition][0]["tags"] = list(n, &|_| json!(["t"]))),
        ),
        (
            50,
            "rules[0].conditions[0].tags[0]",
            Box::new(|b, n| b["rules"][0][condition][0]["tags"] = json!([list(n, &tag)])),
        ),
        (
            128,
            "rules[0].conditions[0].tags[0][0]",
            Box::new(|b, n| b["rules"][0][condition][0]["tags"] = json!([[text(n)]])),
        ),
        (
            50,
            "rules[0].conditions[0].patterns",
            Box::new(|b, n| b["rules"][0][condition][0]["patterns"] = list(n, &|_| json!("x"))),
        ),
        (
            256,
            "rules[0].conditions[0].patterns[0]",
            Box::new(|b, n| b["rules"][0][condition][0]["patterns"] = json!([text(n)])),
        ),
        (
            1000,
            "rules[0].conditions[0].identifiers",
            Box::new(|b, n| b["rules"][0][condition][0]["identifiers"] = list(n, &tag)),
        ),
        (
            128,
            "rules[0].conditions[0].identifiers[0]",
            Box::new(|b, n| b["rules"][0][condition][0]["identifiers"] = json!([text(n)])),
        ),
        (
            10_000,
            "rules[0].winPolicyAssignments[0].priority",
            Box::new(|b, n| {
                b["rules"][0]["winPolicyAssignments"] = json!([{ "winPolicyId": policy, "priority": n }]);
            }),
        ),
        (
            50,
            "auxiliaryFields",
            Box::new(|b, n| b["auxiliaryFields"] = list(n, &|n| json!({ "type": "text", "key": n.to_string() }))),
        ),
        (
            128,
            "auxiliaryFields[0].key",
            Box::new(|b, n| b["auxiliaryFields"][0]["key"] = text(n)),
        ),
        (
            128,
            "auxiliaryFields[0].title",
            Box::new(|b, n| b["auxiliaryFields"][0]["title"] = text(n)),
        ),
        (
            256,
            "auxiliaryFields[0].description",
            Box::new(|b, n| b["auxiliaryFields"][0]["description"] = text(n)),
        ),
        (
            200,
            "auxiliaryFields[0].options",
            Box::new(|b, n| b["auxiliaryFields"][0]["options"] = list(n, &tag)),
        ),
        (
            128,
            "auxiliaryFields[0].options[0]",
            Box::new(|b, n| b["auxiliaryFields"][0]["options"] = json!([text(n)])),
        ),
        (
            256,
            "entraId.mobilityApp.clientSecret",
            Box::new(|b, n| {
                b["entraId"]["mobilityApp"] = json!({ "tenantId": "t", "clientId": "c", "clientSecret": text(n) });
            }),
        ),
        (
            256,
            "entraId.mobilityApp.tenantId",
            Box::new(|b, n| {
                b["entraId"]["mobilityApp"] = json!({ "tenantId": text(n), "clientId": "c", "clientSecret": "s" });
            }),
        ),
        (
            256,
            "entraId.mobilityApp.clientId",
            Box::new(|b, n| {
                b["entraId"]["mobilityApp"] = json!({ "tenantId": "t", "clientId": text(n), "clientSecret": "s" });
            }),
        ),
    ];
    for (limit, place, change) in &limits {
        let path = format!("{}?dryRun=true", templates());
        let at = world.post(&path, body(&policy, |b| change(b, *limit))).await;
        assert_eq!(at.status, 200, "{place} at {limit}: {}", at.body);
        let above = world.post(&path, body(&policy, |b| change(b, limit + 1))).await;
        assert_eq!(
            (above.refused(), above.wrong()),
            ((400, 5209), vec![*place]),
            "{place} above {limit}"
        );
    }
}

#[actix_web::test]
async fn what_is_wrong_is_named_with_its_place_and_rule() {
    let world = World::new().await;
    let policy = policy(&world).await;
    type Change<'a> = Box<dyn Fn(&mut Value) + 'a>;
    let cases: Vec<(&str, &str, Change<'_>)> = vec![
        (
            "name",
            "required",
            Box::new(|b| drop(b.as_object_mut().unwrap().remove("name"))),
        ),
        ("name", "text", Box::new(|b| b["name"] = json!("  "))),
        ("name", "type", Box::new(|b| b["name"] = json!(1))),
        (
            "rules",
            "required",
            Box::new(|b| drop(b.as_object_mut().unwrap().remove("rules"))),
        ),
        ("rules", "required", Box::new(|b| b["rules"] = json!([]))),
        (
            "rules",
            "required",
            Box::new(|b| b["rules"] = json!([{ "tags": ["x"] }])),
        ),
        ("rules", "type", Box::new(|b| b["rules"] = json!({}))),
        ("rules[0]", "type", Box::new(|b| b["rules"] = json!([1]))),
        (
            "rules[0].winPolicyId",
            "pattern",
            Box::new(|b| b["rules"][0]["winPolicyId"] = json!("x")),
        ),
        (
            "rules[0].winPolicyAssignments[0].priority",
            "required",
            Box::new(|b| b["rules"][0]["winPolicyAssignments"] = json!([{ "winPolicyId": policy }])),
        ),
        (
            "rules[0].winPolicyAssignments[1].winPolicyId",
            "unique",
            Box::new(|b| {
                let one = json!({ "winPolicyId": policy, "priority": 1 });
                b["rules"][0]["winPolicyAssignments"] = json!([one, one]);
            }),
        ),
        (
            "rules[0].segmentId",
            "segment",
            Box::new(|b| b["rules"][0]["segmentId"] = json!(-1)),
        ),
        (
            "rules[0].conditions[0]",
            "empty",
            Box::new(|b| b["rules"][0]["conditions"][0] = json!({ "tags": [] })),
        ),
        (
            "rules[0].conditions[0].tags[0]",
            "min_items",
            Box::new(|b| b["rules"][0]["conditions"][0]["tags"] = json!([[]])),
        ),
        (
            "rules[0].conditions[0].tags[0]",
            "type",
            Box::new(|b| b["rules"][0]["conditions"][0]["tags"] = json!(["flat"])),
        ),
        (
            "rules[0].conditions[0].auxiliaryFields[0][0]",
            "declared",
            Box::new(|b| b["rules"][0]["conditions"][0]["auxiliaryFields"] = json!([["room:1"]])),
        ),
        (
            "rules[0].conditions[0].patterns[0]",
            "regular_expression",
            Box::new(|b| b["rules"][0]["conditions"][0]["patterns"] = json!(["email:a("])),
        ),
        (
            "rules[0].displayNamePattern",
            "display_name_pattern",
            Box::new(|b| b["rules"][0]["displayNamePattern"] = json!("{{aux.room}}")),
        ),
        (
            "auxiliaryFields[0].type",
            "enum",
            Box::new(|b| b["auxiliaryFields"][0]["type"] = json!("number")),
        ),
        (
            "auxiliaryFields[0].key",
            "required",
            Box::new(|b| drop(b["auxiliaryFields"][0].as_object_mut().unwrap().remove("key"))),
        ),
        (
            "auxiliaryFields[0].options",
            "min_items",
            Box::new(|b| b["auxiliaryFields"][0]["options"] = json!([])),
        ),
        (
            "auxiliaryFields[1].key",
            "unique",
            Box::new(|b| {
                b["auxiliaryFields"] = json!([{ "type": "text", "key": "Site" }, { "type": "text", "key": "site" }]);
            }),
        ),
        (
            "loginProviderTypes[0]",
            "enum",
            Box::new(|b| b["loginProviderTypes"] = json!(["kerberos"])),
        ),
        (
            "allowAutoContinue",
            "type",
            Box::new(|b| b["allowAutoContinue"] = json!("true")),
        ),
        ("segmentId", "segment", Box::new(|b| b["segmentId"] = json!(null))),
        (
            "entraId.mobilityApp.clientSecret",
            "required",
            Box::new(|b| b["entraId"] = json!({ "mobilityApp": { "tenantId": "t", "clientId": "c" } })),
        ),
    ];
    for (place, rule, change) in &cases {
        let refused = world.post(&templates(), body(&policy, change)).await;
        assert_eq!(refused.refused(), (400, 5209), "{place} {rule}");
        assert_eq!(
            (refused.wrong(), &refused.body["error"]["details"][0]["rule"]),
            (vec![*place], &json!(rule)),
            "{}",
            refused.body
        );
    }
    let told = world
        .post(&templates(), body(&policy, |b| b["loginProviderTypes"] = json!(["x"])))
        .await;
    let told = told.body.to_string();
    assert!(
        told.contains("anonymous, email, password, ldap, saml, oidc, google, entraId"),
        "{told}"
    );
    let position = body(&policy, |b| b["rules"][0]["conditions"][0]["patterns"] = json!(["ab("]));
    let position = world.post(&templates(), position).await.body.to_string();
    assert!(position.contains("at character 3"), "{position}");
}

#[actix_web::test]
async fn a_template_has_at_most_200_patterns_in_all() {
    let world = World::new().await;
    let policy = policy(&world).await;
    let with = |n: usize| {
        let patterns = |n: usize| json!(vec!["x"; n]);
        let mut conditions: Vec<Value> = (0..4).map(|_| json!({ "patterns": patterns(50) })).collect();
        if n > 200 {
            conditions.push(json!({ "patterns": patterns(n - 200) }));
        }
        json!({ "name": "x", "rules": [{ "winPolicyId": policy, "conditions": conditions }] })
    };
    let path = format!("{}?dryRun=true", templates());
    assert_eq!(world.post(&path, with(200)).await.status, 200);
    assert_eq!(world.post(&path, with(201)).await.wrong(), ["rules"]);
}

#[actix_web::test]
async fn patterns_take_little_memory_each_and_all_together() {
    let world = World::new().await;
    let policy = policy(&world).await;
    let path = format!("{}?dryRun=true", templates());
    let save = |count: usize, pattern: &'static str| {
        let patterns: Vec<_> = (0..count).map(|n| format!("{pattern}{n:03}")).collect();
        let body = body(&policy, |b| {
            b["rules"][0]["conditions"] = json!([{ "patterns": patterns }])
        });
        world.post(&path, body)
    };
    assert_eq!(save(1, "model:\\w{3}").await.status, 200);
    let large = save(1, "model:\\w{4}").await;
    assert_eq!(large.wrong(), ["rules[0].conditions[0].patterns[0]"]);
    assert_eq!(save(15, "model:\\w{3}").await.status, 200);
    let many = save(50, "model:\\w{3}").await;
    assert_eq!(many.refused(), (400, 5209));
    assert_eq!(
        many.body["error"]["details"][0]["rule"], "max_patterns_size",
        "{}",
        many.body
    );
}
