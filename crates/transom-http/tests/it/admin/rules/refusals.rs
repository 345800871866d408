//! What is refused, and what somebody limited to a segment sees.

use super::{M, audience, body, id, policy, rule, work_off};
use crate::admin::world::{NewDevice, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::segment::SegmentId;

const NOBODY: &str = "507f1f77bcf86cd799439011";

#[actix_web::test]
async fn malformed_bodies_are_refused_with_every_place() {
    let world = World::new().await;
    let audiences = format!("{M}/device-audiences");
    for (body, paths) in [
        (json!({}), vec!["name", "selectors"]),
        (json!({ "name": " ", "selectors": [] }), vec!["selectors", "name"]),
        (
            json!({ "name": "x", "selectors": { "deviceGroups": [["floor:3", "a"], "b"], "winDeviceIds": ["x"] } }),
            vec![
                "selectors.deviceGroups[1]",
                "selectors.winDeviceIds[0]",
                "selectors.deviceGroups[0][0]",
            ],
        ),
        (
            json!({ "name": "x", "selectors": {}, "exclude": { "mdmUserGroups": [[7]] }, "exposeToChildren": 1, "segmentId": -1 }),
            vec!["segmentId", "exposeToChildren", "exclude.mdmUserGroups[0][0]"],
        ),
    ] {
        let answer = world.post(&audiences, body).await;
        assert_eq!(answer.refused(), (400, 5209));
        assert_eq!(answer.wrong(), paths);
    }
    let answer = world
        .post(
            &audiences,
            json!({ "name": "x", "selectors": { "deviceGroups": [["floor:3"]] } }),
        )
        .await;
    assert!(
        answer.body.to_string().contains("manufacturer:"),
        "the allowed ones are named: {}",
        answer.body
    );
    // What no device can ever have.
    let elements = json!([["segment:EU", "sales", "segment:01"], ["template:T2"]]);
    for list in ["selectors", "exclude"] {
        let mut body = json!({ "name": "x", "selectors": {} });
        body[list] = json!({ "deviceGroups": elements });
        let answer = world.post(&audiences, body).await;
        let places = ["[0][0]", "[0][2]", "[1][0]"].map(|place| format!("{list}.deviceGroups{place}"));
        assert_eq!(
            (answer.refused(), answer.wrong()),
            ((400, 5209), places.iter().map(String::as_str).collect())
        );
        assert!(answer.body.to_string().contains("such as segment:3"), "{}", answer.body);
    }
    let rules = format!("{M}/automation-rules");
    let action = |kind: Value, platform: Value, priority: Value| json!({ "type": kind, "platform": platform, "winPolicyId": NOBODY, "priority": priority });
    for (body, paths) in [
        (json!({}), vec!["name", "deviceAudienceIds", "action"]),
        (
            json!({ "name": "x", "deviceAudienceIds": [], "action": {} }),
            vec![
                "action.type",
                "action.platform",
                "action.winPolicyId",
                "action.priority",
                "deviceAudienceIds",
            ],
        ),
        (
            json!({ "name": "x", "deviceAudienceIds": ["y"], "enabled": "yes", "action": action(json!("addTag"), json!("ios"), json!(-1)) }),
            vec![
                "enabled",
                "deviceAudienceIds[0]",
                "action.type",
                "action.platform",
                "action.priority",
                "deviceAudienceIds",
            ],
        ),
        (
            json!({ "name": "x", "deviceAudienceIds": [NOBODY], "action": action(json!("setPolicy"), json!("windows"), json!(10_001)) }),
            vec!["action.priority"],
        ),
    ] {
        let answer = world.post(&rules, body).await;
        assert_eq!(answer.refused(), (400, 5209));
        assert_eq!(answer.wrong(), paths);
        if answer.body.to_string().contains("action.type") && paths.contains(&"enabled") {
            assert!(answer.body.to_string().contains("must be one of setPolicy"));
        }
    }
}

#[actix_web::test]
async fn what_is_named_must_be_there() {
    let world = World::new().await;
    let rules = format!("{M}/automation-rules");
    let (audience, policy) = (audience(&world, json!({})).await, policy(&world, 1).await);
    for (body, path) in [
        (body(NOBODY, &policy, 1), "deviceAudienceIds[0]"),
        (body(&audience, NOBODY, 1), "action.winPolicyId"),
        (
            {
                let mut body = body(&audience, &policy, 1);
                body["segmentId"] = json!(99);
                body
            },
            "segmentId",
        ),
    ] {
        let answer = world.post(&rules, body).await;
        assert_eq!((answer.refused(), answer.wrong()), ((404, 3001), vec![path]));
    }
    let foreign = "/v1/organizations/other/mdm/automation-rules";
    let answer = world
        .call(
            Method::POST,
            foreign,
            Some(&world.foreign),
            Some(body(&audience, &policy, 1)),
        )
        .await;
    assert_eq!(answer.refused(), (404, 3001), "nothing crosses organizations");
    for path in [
        format!("{M}/device-audiences/{NOBODY}"),
        format!("{M}/device-audiences/x"),
        format!("{rules}/{NOBODY}"),
        format!("{rules}/{NOBODY}/matches"),
    ] {
        assert_eq!(world.get(&path).await.refused(), (404, 3001), "{path}");
    }
}

#[actix_web::test]
async fn what_is_used_is_not_removed_and_who_uses_it_is_named() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let mut own = json!({ "name": "A", "selectors": { "deviceGroups": [["sales"]] }, "segmentId": north.0 });
    let audience = id(&world.post(&format!("{M}/device-audiences"), own.take()).await);
    let policy = policy(&world, 1).await;
    let rule = rule(&world, &audience, &policy, 1).await;
    let tags: &[&str] = &["sales"];
    let device = world
        .device(NewDevice {
            tags,
            segment: north,
            ..NewDevice::default()
        })
        .await;
    work_off(&world).await;
    let refused = world.delete(&format!("{M}/device-audiences/{audience}")).await;
    assert_eq!(refused.refused(), (400, 5209));
    assert!(refused.body.to_string().contains(&rule), "{}", refused.body);
    let refused = world.delete(&format!("{W}/policies/{policy}")).await;
    assert_eq!(refused.refused(), (400, 5091));
    assert!(refused.body.to_string().contains(&rule), "{}", refused.body);
    let segment = format!("/v1/organizations/default/segments/{}", north.0);
    let refused = world.delete(&segment).await;
    assert!(
        refused.body.to_string().contains("1 audiences, 0 automation rules"),
        "{}",
        refused.body
    );

    world.delete(&format!("{W}/policies/{policy}?detach=true")).await.data();
    assert_eq!(
        world.get(&format!("{M}/automation-rules/{rule}")).await.refused(),
        (404, 3001)
    );
    let shown = world.get(&super::path(device)).await;
    assert_eq!(shown.data()["winPolicyAssignmentsEnforced"], json!([]));
    world.delete(&format!("{M}/device-audiences/{audience}")).await.data();
    world
        .put(&format!("{}/move", super::path(device)), json!({ "segmentId": 0 }))
        .await
        .data();
    // A removed rule that is not worked off yet does not keep its segment.
    world.delete(&segment).await.data();
    work_off(&world).await;
}

#[actix_web::test]
async fn taking_a_policy_from_rules_takes_the_permission_to_remove_rules() {
    let world = World::new().await;
    let audience = audience(&world, json!({})).await;
    let policy = policy(&world, 1).await;
    rule(&world, &audience, &policy, 1).await;
    let detach = format!("{W}/policies/{policy}?detach=true");
    let token = world.token(&["mdm.windows.*"], &[]).await;
    let answer = world.call(Method::DELETE, &detach, Some(&token), None).await;
    assert_eq!(answer.refused(), (401, 4001));
    let token = world
        .token(&["mdm.windows.*", "mdm.global.automationRule.remove"], &[])
        .await;
    assert_eq!(
        world.call(Method::DELETE, &detach, Some(&token), None).await.status,
        200
    );
}

#[actix_web::test]
async fn somebody_limited_to_a_segment_uses_what_is_exposed_and_changes_their_own() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let exposed = audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    let hidden = json!({ "name": "Hidden", "selectors": { "deviceGroups": [["sales"]] } });
    let hidden = id(&world.post(&format!("{M}/device-audiences"), hidden).await);
    let policy = policy(&world, 1).await;
    let above = rule(&world, &exposed, &policy, 1).await;
    let tags: &[&str] = &["sales"];
    for segment in [SegmentId::ROOT, north] {
        world
            .device(NewDevice {
                tags,
                segment,
                ..NewDevice::default()
            })
            .await;
    }
    work_off(&world).await;
    let token = world.token(&["mdm.*"], &[north]).await;
    let call =
        async |verb: Method, path: String, body: Option<Value>| world.call(verb, &path, Some(&token), body).await;
    let audiences = format!("{M}/device-audiences");
    let listed = call(Method::GET, audiences.clone(), None).await;
    assert_eq!(listed.data()["totalDocs"], 1);
    assert_eq!(
        call(Method::GET, format!("{audiences}/{hidden}"), None).await.refused(),
        (404, 3001)
    );
    let own = format!("{audiences}/{exposed}");
    assert_eq!(
        call(Method::PUT, own.clone(), Some(json!({ "name": "x" })))
            .await
            .refused(),
        (401, 4001)
    );
    assert_eq!(call(Method::DELETE, own.clone(), None).await.refused(), (401, 4001));
    let preview = call(Method::POST, format!("{own}/preview"), Some(json!({}))).await;
    assert_eq!(
        (&preview.data()["count"], &preview.data()["examined"]),
        (&json!(1), &json!(1))
    );
    let rules = format!("{M}/automation-rules");
    assert_eq!(
        call(Method::GET, format!("{rules}/{above}"), None).await.refused(),
        (404, 3001)
    );
    assert_eq!(call(Method::GET, rules.clone(), None).await.data()["totalDocs"], 0);
    let made = call(Method::POST, rules.clone(), Some(body(&exposed, &policy, 2))).await;
    assert_eq!(made.data()["segmentId"], json!(north.0), "the caller's only segment");
    work_off(&world).await;
    let matches = format!("{rules}/{}/matches", id(&made));
    let matched = call(Method::GET, matches, None).await;
    assert_eq!(matched.data()["totalDocs"], 1, "their rule reaches their segment only");
    let answer = call(Method::POST, rules, Some(body(&hidden, &policy, 2))).await;
    assert_eq!(
        (answer.refused(), answer.wrong()),
        ((404, 3001), vec!["deviceAudienceIds[0]"])
    );
}
