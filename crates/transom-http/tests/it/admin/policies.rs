//! Policies as records (B.4), given to devices (A.2), and the effective policy that says why (E.1).

use super::world::{NewDevice, O, Response, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use transom_domain::segment::SegmentId;

const NOBODY: &str = "507f1f77bcf86cd799439011";
const K1: &str = "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera";
const K2: &str = "./Device/Vendor/MSFT/Policy/Config/Browser/HomePages";

async fn policy(world: &World, body: Value) -> Value {
    let made = world.post(&format!("{W}/policies"), body).await;
    made.data().clone()
}

fn id(policy: &Value) -> String {
    policy["id"].as_str().unwrap().to_owned()
}

async fn device(world: &World) -> String {
    let id = world.device(NewDevice::default()).await;
    world.clock.now.fetch_add(60_000, Ordering::Relaxed);
    format!("{W}/devices/{id}")
}

async fn records(world: &World, action: &str) -> Response {
    world.get(&format!("{O}/audit-logs?action={action}")).await
}

#[actix_web::test]
async fn a_policy_is_made_shown_changed_and_every_version_is_kept() {
    let world = World::new().await;
    let made = policy(
        &world,
        json!({ "name": " Baseline ", "config": { K1: 0 }, "version": 7 }),
    )
    .await;
    assert_eq!(
        (&made["name"], &made["version"], &made["segmentId"]),
        (&json!("Baseline"), &json!(1), &json!(0))
    );
    assert_eq!(made["config"], json!({ K1: 0 }));
    for list in [
        "applications",
        "applicationsInfo",
        "bookmarks",
        "scripts",
        "scriptsInfo",
        "admxConfigs",
        "assets",
    ] {
        assert_eq!(made[list], json!([]), "{list}");
    }
    let path = format!("{W}/policies/{}", id(&made));
    assert_eq!(world.get(&path).await.data(), &made);
    let changed = world
        .put(&path, json!({ "config": { K1: 1, K2: "{{device.id}}" } }))
        .await;
    assert_eq!(
        (&changed.data()["version"], &changed.data()["name"]),
        (&json!(2), &json!("Baseline"))
    );
    let same = world.put(&path, changed.data().clone()).await;
    assert_eq!(same.data(), changed.data(), "a client may send back what it got");
    let versions = world.get(&format!("{path}/versions")).await;
    let numbers: Vec<_> = versions.data()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| &v["version"])
        .collect();
    assert_eq!(numbers, [2, 1]);
    let first = world.get(&format!("{path}/versions/1")).await;
    assert_eq!(
        (&first.data()["config"], &first.data()["createdBy"]),
        (&json!({ K1: 0 }), &json!("token:administrator"))
    );
    for number in ["3", "0", "x", "99999999999"] {
        assert_eq!(
            world.get(&format!("{path}/versions/{number}")).await.refused(),
            (404, 3001)
        );
    }
    let diff = world.get(&format!("{path}/diff")).await;
    let change = |n: usize| diff.data()["changes"][n].clone();
    assert_eq!(
        change(0),
        json!({ "part": "config", "key": K2, "kind": "added", "before": null, "after": "{{device.id}}" })
    );
    assert_eq!(
        change(1),
        json!({ "part": "config", "key": K1, "kind": "changed", "before": 0, "after": 1 })
    );
    let back = world.get(&format!("{path}/diff?from=2&to=1")).await;
    assert_eq!(back.data()["changes"][0]["kind"], "removed");
    assert_eq!(world.get(&format!("{path}/diff?from=9")).await.refused(), (404, 3001));
    assert_eq!(world.get(&format!("{path}/diff?from=0")).await.refused(), (400, 5209));
    let rolled = world.post(&format!("{path}/rollback"), json!({ "version": 1 })).await;
    assert_eq!(
        (&rolled.data()["version"], &rolled.data()["config"]),
        (&json!(3), &json!({ K1: 0 }))
    );
    for body in [json!({}), json!({ "version": 0 }), json!({ "version": "1" }), json!([])] {
        assert_eq!(
            world.post(&format!("{path}/rollback"), body).await.refused(),
            (400, 5209)
        );
    }
    assert_eq!(
        world
            .post(&format!("{path}/rollback"), json!({ "version": 9 }))
            .await
            .refused(),
        (404, 3001)
    );
}

#[actix_web::test]
async fn a_change_is_on_record_without_the_values() {
    let world = World::new().await;
    let made = policy(&world, json!({ "name": "Wi-Fi", "config": { K1: "geheim-1" } })).await;
    let path = format!("{W}/policies/{}", id(&made));
    world
        .put(&path, json!({ "name": "WLAN", "config": { K1: "geheim-2" } }))
        .await;
    let created = records(&world, "mdm.windows.policy.create").await;
    assert_eq!(created.data()["items"][0]["after"]["config"], json!([K1]));
    let updated = records(&world, "mdm.windows.policy.update").await;
    let entry = &updated.data()["items"][0];
    assert_eq!(
        (updated.data()["totalDocs"].as_u64(), &entry["target"]["kind"]),
        (Some(1), &json!("winPolicy"))
    );
    assert_eq!(entry["before"], json!({ "name": "Wi-Fi", "version": 1 }));
    assert_eq!(
        entry["after"]["settings"],
        json!([{ "part": "config", "key": K1, "change": "changed" }])
    );
    assert!(!created.body.to_string().contains("geheim") && !updated.body.to_string().contains("geheim"));
}

#[actix_web::test]
async fn everything_that_is_wrong_is_named() {
    let world = World::new().await;
    let path = format!("{W}/policies");
    for (body, wrong) in [
        (json!({}), vec!["name"]),
        (json!({ "name": null }), vec!["name"]),
        (json!({ "name": "x".repeat(257) }), vec!["name"]),
        (json!({ "name": "x", "config": [] }), vec!["config"]),
        (json!({ "name": "x", "config": { "./A": {} } }), vec!["config../A"]),
        (json!({ "name": "x", "config": { "A": 1 } }), vec!["config.A"]),
        (
            json!({ "name": "x", "exposeToChildren": "yes" }),
            vec!["exposeToChildren"],
        ),
        (json!({ "name": "x", "segmentId": -1 }), vec!["segmentId"]),
        (
            json!({ "name": "x", "applications": [{ "winApplicationId": NOBODY, "action": "install" }, {}] }),
            vec!["applications[0].action", "applications[1].winApplicationId"],
        ),
        (
            json!({ "name": "x", "bookmarks": [{ "url": "https://a" }] }),
            vec!["bookmarks[0].title"],
        ),
        (
            json!({ "name": "x", "scripts": [{ "id": "s", "loopTime": "1", "type": "daily" }] }),
            vec!["scripts[0].loopTime", "scripts[0].type"],
        ),
        (
            json!({ "name": "x", "assets": [{ "mdmAssetId": "x" }] }),
            vec!["assets[0].mdmAssetId"],
        ),
        (
            json!({ "name": "x", "agentConfiguration": { "enabled": 1, "buildTag": "x".repeat(129) } }),
            vec!["agentConfiguration.enabled", "agentConfiguration.buildTag"],
        ),
    ] {
        let answer = world.post(&path, body.clone()).await;
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), wrong), "{body}");
    }
    let longest = world.post(&path, json!({ "name": "x".repeat(256) })).await;
    assert_eq!(longest.data()["name"].as_str().map(str::len), Some(256));
    let strict = world
        .post(&format!("{path}?strict=true"), json!({ "name": "x", "colour": 1 }))
        .await;
    assert_eq!((strict.refused(), strict.wrong()), ((400, 5209), vec!["colour"]));
}

#[actix_web::test]
async fn what_a_policy_refers_to_must_exist() {
    let world = World::new().await;
    for (body, wrong) in [
        (json!({ "segmentId": 9 }), "segmentId"),
        (
            json!({ "applications": [{ "winApplicationId": NOBODY }] }),
            "applications[0].winApplicationId",
        ),
        (json!({ "scripts": [{ "id": "s", "type": "once" }] }), "scripts[0].id"),
        (
            json!({ "admxConfigs": [{ "winAdmxConfigId": NOBODY }] }),
            "admxConfigs[0].winAdmxConfigId",
        ),
        (json!({ "assets": [{ "mdmAssetId": NOBODY }] }), "assets[0].mdmAssetId"),
    ] {
        let mut body = body;
        body["name"] = json!("x");
        let answer = world.post(&format!("{W}/policies"), body).await;
        assert_eq!((answer.refused(), answer.wrong()), ((404, 3001), vec![wrong]));
    }
    assert_eq!(world.get(&format!("{W}/policies")).await.data()["totalDocs"], 0);
}

#[actix_web::test]
async fn policies_are_listed_by_name_segment_and_sort() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    for (name, segment) in [("Beta", 0), ("alpha", north.0), ("Gamma", north.0)] {
        world.clock.now.fetch_add(1_000, Ordering::Relaxed);
        policy(&world, json!({ "name": name, "segmentId": segment })).await;
    }
    let names = async |query: &str| {
        let list = world.get(&format!("{W}/policies?{query}")).await;
        let items = list.data()["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|p| p["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["Gamma", "alpha", "Beta"]);
    assert_eq!(names("sort=name").await, ["alpha", "Beta", "Gamma"]);
    assert_eq!(names("search=A&sort=name:desc&limit=2").await, ["Gamma", "Beta"]);
    assert_eq!(names("segmentId=0").await, ["Beta"]);
    assert_eq!(
        names("segmentId=0&expandTo=children&sort=createdAt").await,
        ["Beta", "alpha", "Gamma"]
    );
    for (query, refused) in [
        ("segmentId=9", (404, 3001)),
        ("expandTo=children", (400, 5209)),
        ("sort=size", (400, 5209)),
    ] {
        assert_eq!(
            world.get(&format!("{W}/policies?{query}")).await.refused(),
            refused,
            "{query}"
        );
    }
}

#[actix_web::test]
async fn segments_and_tenants_keep_policies_apart() {
    let world = World::new().await;
    let (north, south) = (
        world.segment("North", SegmentId::ROOT).await,
        world.segment("South", SegmentId::ROOT).await,
    );
    let shared = policy(&world, json!({ "name": "Shared", "exposeToChildren": true })).await;
    let private = policy(&world, json!({ "name": "Private" })).await;
    let own = policy(&world, json!({ "name": "Own", "segmentId": north.0 })).await;
    let other = policy(
        &world,
        json!({ "name": "Other", "segmentId": south.0, "exposeToChildren": true }),
    )
    .await;
    let token = world.token(&["*"], &[north]).await;
    let call = async |method: Method, policy: &Value, body: Option<Value>| {
        let path = format!("{W}/policies/{}", id(policy));
        world.call(method, &path, Some(&token), body).await
    };
    for hidden in [&private, &other] {
        assert_eq!(call(Method::GET, hidden, None).await.refused(), (404, 3001));
        assert_eq!(call(Method::DELETE, hidden, None).await.refused(), (404, 3001));
    }
    let list = world
        .call(Method::GET, &format!("{W}/policies?sort=name"), Some(&token), None)
        .await;
    assert_eq!(list.data()["totalDocs"], 2);
    assert_eq!(call(Method::GET, &shared, None).await.data()["name"], "Shared");
    let refused = call(Method::PUT, &shared, Some(json!({ "name": "Mine" }))).await;
    assert_eq!(refused.refused(), (401, 4001));
    assert_eq!(call(Method::DELETE, &shared, None).await.refused(), (401, 4001));
    let moved = call(Method::PUT, &own, Some(json!({ "segmentId": 0 }))).await;
    assert_eq!((moved.refused(), moved.wrong()), ((404, 3001), vec!["segmentId"]));
    // A new policy of a limited token goes to its only segment; a copy of a shared one must too.
    let path = format!("{W}/policies");
    let made = world
        .call(Method::POST, &path, Some(&token), Some(json!({ "name": "New" })))
        .await;
    assert_eq!(made.data()["segmentId"], north.0);
    let clone = format!("{path}/{}/clone", id(&shared));
    assert_eq!(
        world
            .call(Method::POST, &clone, Some(&token), Some(json!({})))
            .await
            .refused(),
        (404, 3001)
    );
    let copied = world
        .call(
            Method::POST,
            &clone,
            Some(&token),
            Some(json!({ "segmentId": north.0 })),
        )
        .await;
    assert_eq!(
        (&copied.data()["name"], &copied.data()["version"]),
        (&json!("Shared (copy)"), &json!(1))
    );
    let blind = world.token(&["mdm.windows.policy.create"], &[]).await;
    assert_eq!(
        world
            .call(Method::POST, &clone, Some(&blind), Some(json!({})))
            .await
            .refused(),
        (401, 4001)
    );
    // Another tenant's token.
    let foreign = format!(
        "/v1/organizations/other/mdm/windows/enterprise/policies/{}",
        id(&shared)
    );
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(
            world.call(method, &foreign, Some(&world.foreign), None).await.refused(),
            (404, 3001)
        );
    }
}

#[actix_web::test]
async fn a_policy_in_use_is_removed_only_with_detach() {
    let world = World::new().await;
    let path = device(&world).await;
    let used = policy(&world, json!({ "name": "Used", "config": { K1: 0 } })).await;
    let given =
        json!({ "winPolicyId": used["id"], "winPolicyAssignments": [{ "winPolicyId": used["id"], "priority": 5 }] });
    let first = world.put(&path, given).await;
    assert_eq!(first.data()["deviceWinPolicy"]["version"], 1);
    let remove = format!("{W}/policies/{}", id(&used));
    let refused = world.delete(&remove).await;
    assert_eq!(refused.refused(), (400, 5091));
    let details = refused.body["error"]["details"].as_array().unwrap();
    let rules: Vec<_> = details.iter().map(|d| d["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["in_use", "assigned", "assigned"]);
    assert!(
        details[1]["message"].as_str().unwrap().contains("(Laptop), primary"),
        "{details:?}"
    );
    let detach = format!("{remove}?detach=true");
    let weak = world.token(&["mdm.windows.policy.remove"], &[]).await;
    assert_eq!(
        world.call(Method::DELETE, &detach, Some(&weak), None).await.refused(),
        (401, 4001)
    );
    assert_eq!(
        world.delete(&detach).await.data(),
        &json!({ "id": used["id"], "name": "Used", "removed": true })
    );
    let shown = world.get(&path).await;
    assert_eq!(shown.data()["winPolicy"], Value::Null);
    assert_eq!(shown.data()["winPolicyAssignments"], json!([]));
    assert_eq!(
        (
            &shown.data()["deviceWinPolicy"]["config"],
            &shown.data()["deviceWinPolicy"]["version"]
        ),
        (&json!({}), &json!(2))
    );
    assert_eq!(world.delete(&detach).await.refused(), (404, 3001));
    let record = records(&world, "mdm.windows.policy.remove").await;
    let done = record.data()["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["outcome"] == "done");
    assert_eq!(done.unwrap()["before"]["detachedDevices"], 1);
    assert_eq!(
        done.unwrap()["before"]["detachedDeviceIds"].as_array().unwrap().len(),
        1
    );
}

#[actix_web::test]
async fn a_device_shows_its_policies_and_a_client_may_send_them_back() {
    let world = World::new().await;
    let path = device(&world).await;
    let (a, b) = (
        policy(&world, json!({ "name": "A", "config": { K1: 0 } })).await,
        policy(&world, json!({ "name": "B", "config": { K1: 1, K2: "x" } })).await,
    );
    let given =
        json!({ "winPolicyId": a["id"], "winPolicyAssignments": [{ "winPolicyId": b["id"], "priority": 10000 }] });
    let answer = world.put(&path, given).await;
    let shown = answer.data().clone();
    // Where a policy stands in another object, its conflicts are not looked for.
    let [a, b] = [a, b].map(|mut policy| {
        policy["conflictsLookedFor"] = Value::Null;
        policy
    });
    assert_eq!(shown["winPolicy"], a);
    assert_eq!(
        shown["winPolicyAssignments"],
        json!([{ "winPolicyId": b["id"], "winPolicy": b, "priority": 10000, "suspended": false }])
    );
    let effective = &shown["deviceWinPolicy"];
    assert_eq!(
        (&effective["id"], &effective["name"]),
        (&shown["id"], &json!("Effective policy of Laptop"))
    );
    assert_eq!(effective["config"], json!({ K1: 1, K2: "x" }));
    assert_eq!(shown["winPolicyAssignmentsEnforced"], json!([]));
    assert_eq!(world.get(&path).await.data(), &shown);
    assert_eq!(world.put(&path, shown.clone()).await.data(), &shown);
    let record = records(&world, "mdm.windows.device.update").await;
    assert_eq!(record.data()["totalDocs"], 1);
    assert_eq!(
        record.data()["items"][0]["before"],
        json!({ "winPolicyId": null, "winPolicyAssignments": [] })
    );
    let list = world.get(&format!("{W}/devices?winPolicyId={}", id(&b))).await;
    let item = &list.data()["items"][0];
    assert_eq!(item["winPolicy"], json!({ "id": a["id"], "name": "A", "version": 1 }));
    assert_eq!(
        (
            &item["deviceWinPolicy"],
            item["winPolicyAssignments"].as_array().map(Vec::len)
        ),
        (&Value::Null, Some(1))
    );
    assert_eq!(
        world.get(&format!("{W}/devices?winPolicyId={NOBODY}")).await.data()["totalDocs"],
        0
    );
    // The version counts the different results.
    world.put(&path, json!({ "displayName": "Desk" })).await;
    assert_eq!(world.get(&path).await.data()["deviceWinPolicy"]["version"], 1);
    world
        .put(&format!("{W}/policies/{}", id(&b)), json!({ "config": { K1: 2 } }))
        .await;
    assert_eq!(world.get(&path).await.data()["deviceWinPolicy"]["version"], 2);
    assert_eq!(world.get(&path).await.data()["deviceWinPolicy"]["version"], 2);
    let cleared = world
        .put(&path, json!({ "winPolicyId": null, "winPolicyAssignments": [] }))
        .await;
    assert_eq!(
        (
            &cleared.data()["winPolicy"],
            &cleared.data()["deviceWinPolicy"]["version"]
        ),
        (&Value::Null, &json!(3))
    );
}

#[actix_web::test]
async fn a_device_takes_at_most_a_hundred_policies() {
    let world = World::new().await;
    let path = device(&world).await;
    let mut given = Vec::new();
    for n in 0..101 {
        let made = policy(&world, json!({ "name": format!("{n}") })).await;
        given.push(json!({ "winPolicyId": made["id"], "priority": n }));
    }
    let answer = world.put(&path, json!({ "winPolicyAssignments": given })).await;
    assert_eq!(
        (answer.refused(), answer.wrong()),
        ((400, 5091), vec!["winPolicyAssignments"])
    );
    let answer = world.put(&path, json!({ "winPolicyAssignments": given[1..] })).await;
    assert_eq!(
        answer.data()["winPolicyAssignments"].as_array().map(Vec::len),
        Some(100)
    );
}

#[actix_web::test]
async fn a_policy_out_of_reach_cannot_be_given_and_is_suspended_after_a_move() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let path = device(&world).await;
    let (root, far) = (
        policy(&world, json!({ "name": "Root", "config": { K1: 0 } })).await,
        policy(&world, json!({ "name": "Far", "segmentId": north.0 })).await,
    );
    let answer = world.put(&path, json!({ "winPolicyId": far["id"] })).await;
    assert_eq!((answer.refused(), answer.wrong()), ((404, 3001), vec!["winPolicyId"]));
    let given = json!({ "winPolicyAssignments": [{ "winPolicyId": root["id"], "priority": 1 }] });
    assert_eq!(world.put(&path, given).await.data()["warnings"], json!([]));
    let moved = world
        .put(&format!("{path}/move"), json!({ "segmentId": north.0 }))
        .await;
    let shown = moved.data();
    assert_eq!(shown["winPolicyAssignments"][0]["suspended"], true);
    assert_eq!(shown["deviceWinPolicy"]["config"], json!({}));
    assert_eq!(
        (&shown["warnings"][0]["rule"], &shown["warnings"][0]["winPolicyId"]),
        (&json!("suspended"), &root["id"])
    );
    let same = world.put(&path, shown.clone()).await;
    assert_eq!(
        same.data()["winPolicyAssignments"][0]["suspended"],
        true,
        "what it has may stay"
    );
    // Out of sight of a token of the segment: its id is shown, its content is not.
    let token = world.token(&["mdm.windows.device.get"], &[north]).await;
    let seen = world.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(seen.data()["winPolicyAssignments"][0]["winPolicy"], Value::Null);
    // Exposed, it comes into reach again.
    world
        .put(
            &format!("{W}/policies/{}", id(&root)),
            json!({ "exposeToChildren": true }),
        )
        .await;
    let shown = world.get(&path).await;
    assert_eq!(
        (&shown.data()["warnings"], &shown.data()["deviceWinPolicy"]["config"]),
        (&json!([]), &json!({ K1: 0 }))
    );
}

#[actix_web::test]
async fn the_effective_policy_says_why() {
    let world = World::new().await;
    let path = device(&world).await;
    let (a, c) = (
        policy(
            &world,
            json!({ "name": "A", "config": { K1: 1, K2: "{{user.email}}" } }),
        )
        .await,
        policy(
            &world,
            json!({ "name": "C", "config": { "./Vendor/MSFT/Policy/Config/Camera/AllowCamera": 3 } }),
        )
        .await,
    );
    let given = json!({ "winPolicyId": c["id"], "winPolicyAssignments": [{ "winPolicyId": a["id"], "priority": 10 }] });
    world.put(&path, given).await;
    let answer = world.get(&format!("{path}/effective-policy")).await;
    let effective = answer.data();
    assert_eq!(
        (&effective["priorityOrder"], &effective["version"]),
        (&json!("ascending"), &json!(1))
    );
    assert_eq!(effective["content"]["config"], json!({ K1: 1 }));
    let camera = effective["settings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["key"] == K1)
        .unwrap();
    assert_eq!(
        (
            &camera["value"],
            &camera["winPolicyId"],
            &camera["policyVersion"],
            &camera["priority"],
            &camera["source"]
        ),
        (&json!(1), &a["id"], &json!(1), &json!(10), &json!("direct"))
    );
    assert_eq!(
        (&camera["rule"], &camera["reasons"], &camera["tie"]),
        (&Value::Null, &json!([]), &json!(false))
    );
    let loser = &camera["losers"][0];
    assert_eq!(
        (&loser["winPolicyId"], &loser["priority"], &loser["source"]),
        (&c["id"], &json!(10_000), &json!("primary"))
    );
    assert_eq!(effective["conflicts"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (
            &effective["conflicts"][0]["kind"],
            &effective["conflicts"][0]["winner"]["value"]
        ),
        (&json!("value"), &json!(1))
    );
    assert_eq!(effective["failed"][0]["message"], "variable user.email is empty");
    assert_eq!(effective["warnings"][0]["rule"], "spelling");
    // With a user the setting has a value.
    let ada = world.user("ada@example.com").await.to_string();
    world.put(&path, json!({ "mdmUserId": ada })).await;
    let answer = world.get(&format!("{path}/effective-policy")).await;
    assert_eq!(answer.data()["content"]["config"][K2], "ada@example.com");
    assert_eq!(
        (&answer.data()["version"], &answer.data()["failed"]),
        (&json!(2), &json!([]))
    );
    let again = world.get(&format!("{path}/effective-policy")).await;
    assert_eq!(again.data(), answer.data());
}

#[actix_web::test]
async fn a_preview_tells_what_would_change_and_stores_nothing() {
    let world = World::new().await;
    let path = device(&world).await;
    let a = policy(
        &world,
        json!({ "name": "A", "config": { K1: 1, K2: "{{user.email}}" } }),
    )
    .await;
    let ada = world.user("ada@example.com").await.to_string();
    let before = world.get(&path).await.data().clone();
    let preview = format!("{path}/effective-policy/preview");
    let body =
        json!({ "tags": ["x"], "mdmUserId": ada, "winPolicyAssignments": [{ "winPolicyId": a["id"], "priority": 1 }] });
    let answer = world.post(&preview, body).await;
    let kinds: Vec<_> = answer.data()["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (&c["key"], &c["kind"], &c["after"]))
        .collect();
    let added = json!("added");
    assert_eq!(
        kinds,
        [
            (&json!(K2), &added, &json!("ada@example.com")),
            (&json!(K1), &added, &json!(1))
        ]
    );
    assert_ne!(answer.data()["hashBefore"], answer.data()["hashAfter"]);
    let nobody = world.post(&preview, json!({ "winPolicyId": a["id"] })).await;
    assert_eq!(nobody.data()["failed"][0]["message"], "variable user.email is empty");
    assert_eq!(world.post(&preview, json!({})).await.data()["changes"], json!([]));
    for (body, refused) in [
        (json!({ "winPolicyId": NOBODY }), (404, 3001)),
        (json!({ "mdmUserId": NOBODY }), (404, 3001)),
        (json!({ "tags": 1 }), (400, 5091)),
        (json!([]), (400, 5091)),
    ] {
        assert_eq!(world.post(&preview, body).await.refused(), refused);
    }
    let ignored = world.post(&preview, json!({ "displayName": "x" })).await;
    assert_eq!(ignored.header("X-Ignored-Fields"), Some("displayName"));
    assert_eq!(
        world
            .post(&format!("{preview}?strict=true"), json!({ "state": "x" }))
            .await
            .refused(),
        (400, 5091)
    );
    assert_eq!(world.get(&path).await.data(), &before);
}
