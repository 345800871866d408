//! The organization's default policy (E.1): for PCs that have no other, off until it is set.

use super::{
    careful::databases::Database,
    rules,
    world::{NewDevice, O, W, World},
};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::segment::SegmentId;

const KEY: &str = "./Vendor/MSFT/Policy/Config/Camera/AllowCamera";
const DEFAULTS: &str = "/v1/organizations/default/mdm/windows/enterprise/default-config";

fn body(policy: &str) -> Value {
    json!({ "type": "winPolicy", "modelName": "windows", "elementId": policy })
}

async fn camera(world: &World, device: &str) -> Value {
    let shown = world.get(device).await;
    shown.data()["deviceWinPolicy"]["config"][KEY].clone()
}

#[actix_web::test]
async fn it_is_for_pcs_that_have_nothing_else_and_says_so() {
    for database in Database::every() {
        it_is_for_pcs_that_have_nothing_else_and_says_so_there(&database.world().await).await;
    }
}

async fn it_is_for_pcs_that_have_nothing_else_and_says_so_there(world: &World) {
    let (default, other) = (rules::policy(world, 1).await, rules::policy(world, 2).await);
    let device = rules::path(world.device(NewDevice::default()).await);
    assert_eq!(camera(world, &device).await, Value::Null, "it is off at first");
    let set = world.post(DEFAULTS, body(&default)).await;
    assert_eq!(
        (&set.data()["type"], &set.data()["elementId"]),
        (&json!("winPolicy"), &json!(default))
    );
    assert_eq!(camera(world, &device).await, 1);
    let shown = world.get(&device).await.data().clone();
    assert_eq!(
        (&shown["winPolicy"], &shown["winPolicyAssignments"]),
        (&Value::Null, &json!([]))
    );
    let effective = world.get(&format!("{device}/effective-policy")).await.data().clone();
    assert_eq!(
        effective["policies"][0]["sources"],
        json!([{ "source": "default", "priority": 10_001, "rule": null, "audiences": [] }])
    );
    let setting = &effective["settings"][0];
    assert_eq!(
        (&setting["source"], &setting["priority"], &setting["winPolicyId"]),
        (&json!("default"), &json!(10_001), &json!(default))
    );
    assert_eq!(effective["content"]["config"][KEY], 1);

    // Anything else takes its place, from whatever source.
    let preview = format!("{device}/effective-policy/preview");
    let supposed = world.post(&preview, json!({ "winPolicyId": other })).await;
    assert_eq!(
        supposed.data()["changes"],
        json!([{ "part": "config", "key": KEY, "kind": "changed", "before": 1, "after": 2 }])
    );
    assert_eq!(supposed.data()["conflicts"], json!([]));
    world.put(&device, json!({ "winPolicyId": other })).await.data();
    assert_eq!(camera(world, &device).await, 2);
    let effective = world.get(&format!("{device}/effective-policy")).await.data().clone();
    assert_eq!(effective["policies"].as_array().unwrap().len(), 1);
    let without = world.post(&preview, json!({ "winPolicyId": null })).await;
    assert_eq!(
        without.data()["changes"][0]["after"],
        1,
        "and it is back where the last goes"
    );
    world
        .put(&device, json!({ "winPolicyId": null, "tags": ["sales"] }))
        .await
        .data();
    assert_eq!(camera(world, &device).await, 1);
    let audience = rules::audience(world, json!({ "deviceGroups": [["sales"]] })).await;
    rules::rule(world, &audience, &other, 10_000).await;
    rules::work_off(world).await;
    assert_eq!(camera(world, &device).await, 2);

    // The list by policy shows who was given it.
    let listed = world.get(&format!("{W}/devices?winPolicyId={default}")).await;
    assert_eq!(listed.data()["totalDocs"], 0);
}

#[actix_web::test]
async fn a_change_of_it_and_its_end_reach_every_pc() {
    for database in Database::every() {
        a_change_of_it_and_its_end_reach_every_pc_there(&database.world().await).await;
    }
}

async fn a_change_of_it_and_its_end_reach_every_pc_there(world: &World) {
    let (one, two) = (rules::policy(world, 1).await, rules::policy(world, 2).await);
    let device = rules::path(world.device(NewDevice::default()).await);
    let set = world.post(DEFAULTS, body(&one)).await;
    let path = format!("{DEFAULTS}/{}", set.data()["id"].as_str().unwrap());
    assert_eq!(camera(world, &device).await, 1);
    let again = world.post(DEFAULTS, body(&one)).await;
    assert_eq!(again.data(), set.data(), "nothing changes");
    world
        .put(&format!("{W}/policies/{one}"), json!({ "config": { KEY: 7 } }))
        .await
        .data();
    assert_eq!(camera(world, &device).await, 7);
    let replaced = world.post(DEFAULTS, body(&two)).await;
    assert_eq!(replaced.data()["id"], set.data()["id"]);
    assert_eq!(camera(world, &device).await, 2);
    assert_eq!(world.delete(&path).await.data()["elementId"], json!(two));
    assert_eq!(camera(world, &device).await, Value::Null);
    let records = world
        .get(&format!("{O}/audit-logs?action=mdm.windows.defaultDeviceConfig.create"))
        .await;
    let items = records.data()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["before"], json!({ "type": "winPolicy", "elementId": one }));
    assert_eq!(items[0]["after"], json!({ "type": "winPolicy", "elementId": two }));
}

#[actix_web::test]
async fn it_stands_beside_the_template_and_is_careful() {
    for database in Database::every() {
        it_stands_beside_the_template_and_is_careful_there(&database.world().await).await;
    }
}

async fn it_stands_beside_the_template_and_is_careful_there(world: &World) {
    let (one, two) = (rules::policy(world, 1).await, rules::policy(world, 2).await);
    let templates = format!("{W}/enrollment-templates");
    let template = world
        .post(&templates, json!({ "name": "T", "rules": [{ "winPolicyId": one }] }))
        .await;
    let template =
        json!({ "type": "winEnrollmentTemplate", "modelName": "windows", "elementId": template.data()["id"] });
    world.post(DEFAULTS, template.clone()).await.data();
    let dry = world.post(&format!("{DEFAULTS}?dryRun=true"), body(&one)).await;
    assert_eq!(dry.data()["elementId"], json!(one));
    assert_eq!(world.get(DEFAULTS).await.data().as_array().unwrap().len(), 1);
    let set = world.post(DEFAULTS, body(&one)).await;
    let kinds: Vec<Value> = world
        .get(DEFAULTS)
        .await
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["type"].clone())
        .collect();
    assert_eq!(kinds, [json!("winEnrollmentTemplate"), json!("winPolicy")]);

    let path = format!("{DEFAULTS}/{}", set.data()["id"].as_str().unwrap());
    let shown = world.get(&path).await;
    assert_eq!(shown.data(), set.data());
    let tag = shown.header("ETag").unwrap().to_owned();
    world.post(DEFAULTS, body(&two)).await.data();
    let late = world.ask(Method::DELETE, &path, None, &[("If-Match", &tag)]).await;
    assert_eq!(late.refused().0, 412);
    assert_eq!(world.get(&path).await.data()["elementId"], json!(two));

    // A template is no policy, a policy no template, and another organization's is nothing.
    for (kind, element) in [
        ("winPolicy", template["elementId"].as_str().unwrap()),
        ("winEnrollmentTemplate", one.as_str()),
        ("winPolicy", "507f1f77bcf86cd799439011"),
    ] {
        let wrong = json!({ "type": kind, "modelName": "windows", "elementId": element });
        assert_eq!(world.post(DEFAULTS, wrong).await.refused(), (404, 3001));
    }
    let theirs = "/v1/organizations/other/mdm/windows/enterprise/default-config";
    let stolen = world
        .call(Method::POST, theirs, Some(&world.foreign), Some(body(&one)))
        .await;
    assert_eq!(stolen.refused(), (404, 3001));
    let unknown = world
        .post(
            DEFAULTS,
            json!({ "type": "x", "modelName": "windows", "elementId": one }),
        )
        .await;
    assert_eq!(unknown.wrong(), ["type"]);
    assert!(
        unknown.body.to_string().contains("winEnrollmentTemplate, winPolicy"),
        "{}",
        unknown.body
    );
    let north = world.segment("North", SegmentId::ROOT).await;
    let limited = world.token(&["mdm.windows.*"], &[north]).await;
    let refused = world
        .call(Method::POST, DEFAULTS, Some(&limited), Some(body(&one)))
        .await;
    assert_eq!(
        refused.refused(),
        (401, 4001),
        "it is a matter of the whole organization"
    );
}

#[actix_web::test]
async fn its_policy_stays_until_it_is_detached() {
    for database in Database::every() {
        its_policy_stays_until_it_is_detached_there(&database.world().await).await;
    }
}

async fn its_policy_stays_until_it_is_detached_there(world: &World) {
    let policy = rules::policy(world, 1).await;
    let set = world.post(DEFAULTS, body(&policy)).await;
    let remove = format!("{W}/policies/{policy}");
    let refused = world.delete(&remove).await;
    assert_eq!(refused.refused(), (400, 5091));
    let rules: Vec<&Value> = refused.body["error"]["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| &d["rule"])
        .collect();
    assert_eq!(rules, [&json!("in_use"), &json!("default")]);
    let detach = format!("{remove}?detach=true");
    let weak = ["mdm.windows.policy.*", "mdm.windows.device.update"];
    let weak = world.token(&weak, &[]).await;
    let refused = world.call(Method::DELETE, &detach, Some(&weak), None).await;
    assert_eq!(refused.refused(), (401, 4001));
    assert_eq!(
        refused.body["error"]["details"]["requiredPermission"],
        "mdm.windows.defaultDeviceConfig.remove"
    );
    world.delete(&detach).await.data();
    assert_eq!(world.get(DEFAULTS).await.data(), &json!([]));
    let records = world
        .get(&format!("{O}/audit-logs?action=mdm.windows.defaultDeviceConfig.remove"))
        .await;
    assert_eq!(records.data()["items"][0]["target"]["id"], set.data()["id"]);
}

#[actix_web::test]
async fn where_it_does_not_reach_it_supplies_nothing_and_that_is_said() {
    for database in Database::every() {
        where_it_does_not_reach_it_supplies_nothing_and_that_is_said_there(&database.world().await).await;
    }
}

async fn where_it_does_not_reach_it_supplies_nothing_and_that_is_said_there(world: &World) {
    let north = world.segment("North", SegmentId::ROOT).await;
    let narrow = json!({ "name": "Root only", "config": { KEY: 1 } });
    let narrow = rules::id(&world.post(&format!("{W}/policies"), narrow).await);
    world.post(DEFAULTS, body(&narrow)).await.data();
    let device = world
        .device(NewDevice {
            segment: north,
            ..NewDevice::default()
        })
        .await;
    let device = rules::path(device);
    assert_eq!(camera(world, &device).await, Value::Null);
    let warnings = world.get(&device).await.data()["warnings"].clone();
    assert_eq!(
        (&warnings[0]["rule"], &warnings[0]["winPolicyId"]),
        (&json!("suspended"), &json!(narrow))
    );
    world
        .put(&format!("{W}/policies/{narrow}"), json!({ "exposeToChildren": true }))
        .await
        .data();
    assert_eq!(camera(world, &device).await, 1);
}
