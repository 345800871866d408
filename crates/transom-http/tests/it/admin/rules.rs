//! Audiences and automation rules: what a change of one PC makes of it at once, and what rules make of many.

mod flapping;
mod limits;
mod refusals;
mod steps;

use super::world::{NewDevice, O, Response, W, World};
use serde_json::{Value, json};
use transom_domain::{DeviceId, automation_rule::work, segment::SegmentId};

const M: &str = "/v1/organizations/default/mdm";

/// Something that was made, by its id.
pub fn id(response: &Response) -> String {
    response.data()["id"].as_str().unwrap().to_owned()
}

/// Works off what rules have left to do; how many steps that took.
pub async fn work_off(world: &World) -> u32 {
    let mut steps = 0;
    while world.write(|tx, cx| work::step(tx, cx)).await.is_some() {
        steps += 1;
        assert!(steps < 1_000, "it comes to an end");
    }
    steps
}

/// An audience of whoever carries a tag, in every segment.
pub async fn audience(world: &World, selectors: Value) -> String {
    let body = json!({ "name": "Sales Department", "selectors": selectors, "exposeToChildren": true });
    id(&world.post(&format!("{M}/device-audiences"), body).await)
}

/// A policy that every segment can have, with this value of the camera.
pub async fn policy(world: &World, value: u32) -> String {
    let body = json!({
        "name": format!("Camera {value}"), "exposeToChildren": true, "config": { "./Vendor/MSFT/Policy/Config/Camera/AllowCamera": value }
    });
    id(&world.post(&format!("{W}/policies"), body).await)
}

/// The body of a rule.
pub fn body(audience: &str, policy: &str, priority: u32) -> Value {
    json!({
        "name": "Sales policies", "deviceAudienceIds": [audience],
        "action": { "type": "setPolicy", "platform": "windows", "winPolicyId": policy, "priority": priority }
    })
}

pub async fn rule(world: &World, audience: &str, policy: &str, priority: u32) -> String {
    let made = world
        .post(&format!("{M}/automation-rules"), body(audience, policy, priority))
        .await;
    id(&made)
}

pub fn path(device: DeviceId) -> String {
    format!("{W}/devices/{device}")
}

#[actix_web::test]
async fn a_tag_brings_a_policy_in_the_answer_of_the_call_that_sets_it_and_takes_it_away_again() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let metadata = json!({ "metadata": { "department": "Sales" } });
    world.put(&format!("{M}/users/{user}"), metadata).await.data();
    let audience = audience(
        &world,
        json!({ "deviceGroups": [["sales"]], "mdmUserGroups": [["department:sales"]] }),
    )
    .await;
    let (strong, weak) = (policy(&world, 2).await, policy(&world, 1).await);
    let rule = rule(&world, &audience, &strong, 5).await;
    work_off(&world).await;
    let device = path(world.device(NewDevice::default()).await);
    let given = json!({ "winPolicyAssignments": [{ "winPolicyId": weak, "priority": 10 }] });
    let before = world.put(&device, given).await.data().clone();
    assert_eq!(before["winPolicyAssignmentsEnforced"], json!([]));

    let tagged = world
        .put(&device, json!({ "tags": ["Sales"], "mdmUserId": user.to_string() }))
        .await;
    let enforced = &tagged.data()["winPolicyAssignmentsEnforced"][0];
    assert_eq!(
        (&enforced["winPolicyId"], &enforced["priority"]),
        (&json!(strong), &json!(5))
    );
    assert_eq!(enforced["winPolicy"]["name"], "Camera 2");
    assert_eq!(enforced["suspended"], false);
    assert_eq!(
        enforced["automationRule"],
        json!({ "id": rule, "name": "Sales policies", "deviceAudiences": [
            { "id": audience, "name": "Sales Department", "reasons": ["tag:Sales", "user.department:Sales"] }
        ] })
    );
    let config = &tagged.data()["deviceWinPolicy"]["config"];
    assert_eq!(config["./Vendor/MSFT/Policy/Config/Camera/AllowCamera"], 2);
    assert_eq!(tagged.data()["conflicts"][0]["kind"], "value");
    assert_eq!(tagged.data()["conflicts"][0]["winner"]["source"], "enforced");
    assert_eq!(world.get(&device).await.data(), tagged.data());

    let effective = world.get(&format!("{device}/effective-policy")).await;
    let setting = &effective.data()["settings"][0];
    assert_eq!(
        (&setting["source"], &setting["rule"]["id"]),
        (&json!("enforced"), &json!(rule))
    );
    assert_eq!(setting["reasons"], json!(["tag:Sales", "user.department:Sales"]));
    assert_eq!(setting["losers"][0]["winPolicyId"], json!(weak));
    let listed = world.get(&format!("{W}/devices")).await;
    let listed = &listed.data()["items"][0]["winPolicyAssignmentsEnforced"][0];
    assert_eq!(listed["winPolicy"]["name"], "Camera 2");
    assert_eq!(listed["automationRule"], enforced["automationRule"]);

    let gone = world.put(&device, json!({ "tags": [], "mdmUserId": null })).await;
    assert_eq!(gone.data()["winPolicyAssignmentsEnforced"], json!([]));
    assert_eq!(
        gone.data()["deviceWinPolicy"]["config"],
        before["deviceWinPolicy"]["config"]
    );
    assert_eq!(work_off(&world).await, 0, "nothing was left to do");
}

#[actix_web::test]
async fn facts_of_the_organizations_own_moves_and_deletion_count_at_once() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let selectors = json!({ "deviceGroups": [["custom.floor:3"], [format!("segment:{}", north.0)]] });
    let audience = audience(&world, selectors).await;
    rule(&world, &audience, &policy(&world, 1).await, 0).await;
    work_off(&world).await;
    let device = path(world.device(NewDevice::default()).await);
    let reasons = |response: &Response| {
        let enforced = &response.data()["winPolicyAssignmentsEnforced"];
        enforced[0]["automationRule"]["deviceAudiences"][0]["reasons"].clone()
    };
    let floor = world.put(&device, json!({ "customConfig": { "Floor": 3 } })).await;
    assert_eq!(reasons(&floor), json!(["custom.Floor:3"]));
    let moved = world
        .put(&format!("{device}/move"), json!({ "segmentId": north.0 }))
        .await;
    assert_eq!(
        reasons(&moved),
        json!(["custom.Floor:3", format!("segment:{}", north.0)])
    );
    let deleted = world.delete(&device).await;
    assert_eq!(deleted.data()["state"], "DELETE_REQUESTED");
    assert_eq!(deleted.data()["winPolicyAssignmentsEnforced"], json!([]));
    // The deletion is taken back: the device is a member again.
    let batches = world.get(&format!("{device}/commands")).await;
    let batch = batches.data()["items"][0]["id"].as_str().unwrap().to_owned();
    world
        .post(&format!("{device}/commands/{batch}/cancel"), json!({}))
        .await
        .data();
    let back = world.get(&device).await;
    assert_eq!(back.data()["state"], "ACTIVE");
    assert_eq!(reasons(&back), reasons(&moved));
}

#[actix_web::test]
async fn a_users_change_and_removal_reach_their_devices_in_the_same_call() {
    let world = World::new().await;
    let audience = audience(&world, json!({ "mdmUserGroups": [["vip"], ["email:*@example.com"]] })).await;
    let rule = rule(&world, &audience, &policy(&world, 1).await, 0).await;
    let user = world.user("ada@other.example").await;
    for _ in 0..3 {
        let user = Some(user);
        world
            .device(NewDevice {
                user,
                ..NewDevice::default()
            })
            .await;
    }
    work_off(&world).await;
    let user = format!("{M}/users/{user}");
    let matches = format!("{M}/automation-rules/{rule}/matches");
    assert_eq!(world.get(&matches).await.data()["totalDocs"], 0);
    world.put(&user, json!({ "tags": ["VIP"] })).await.data();
    let matched = world.get(&format!("{matches}?limit=2")).await;
    let data = matched.data();
    assert_eq!(
        (&data["totalDocs"], data["items"].as_array().unwrap().len()),
        (&json!(3), 2)
    );
    assert_eq!(
        data["items"][0]["deviceAudiences"][0]["reasons"],
        json!(["user.tag:VIP"])
    );
    let change = json!({ "tags": [], "email": "ada@example.com" });
    world.put(&user, change).await.data();
    let matched = world.get(&matches).await;
    let reasons = &matched.data()["items"][2]["deviceAudiences"][0]["reasons"];
    assert_eq!(reasons, &json!(["user.email:ada@example.com"]));
    world.delete(&user).await.data();
    assert_eq!(world.get(&matches).await.data()["totalDocs"], 0);
    assert_eq!(work_off(&world).await, 0, "nothing was left to do");
}

#[actix_web::test]
async fn a_preview_asks_the_rules_what_they_would_give() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let selectors = json!({ "deviceGroups": [["sales"]], "mdmUserGroups": [["email:ada@example.com"]] });
    let audience = audience(&world, selectors).await;
    rule(&world, &audience, &policy(&world, 1).await, 0).await;
    work_off(&world).await;
    let device = world.device(NewDevice::default()).await;
    let preview = format!("{}/effective-policy/preview", path(device));
    for supposed in [json!({ "tags": ["SALES"] }), json!({ "mdmUserId": user.to_string() })] {
        let answer = world.post(&preview, supposed).await;
        let changes = answer.data()["changes"].as_array().unwrap().clone();
        assert_eq!((changes.len(), &changes[0]["kind"]), (1, &json!("added")));
    }
    let nothing = world.post(&preview, json!({ "tags": ["other"] })).await;
    assert_eq!(nothing.data()["changes"], json!([]));
    assert_eq!(
        world.get(&path(device)).await.data()["winPolicyAssignmentsEnforced"],
        json!([])
    );
}

#[actix_web::test]
async fn what_rules_give_is_not_written_by_hand() {
    let world = World::new().await;
    let audience = audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    rule(&world, &audience, &policy(&world, 1).await, 0).await;
    let tags: &[&str] = &["sales"];
    let device = path(
        world
            .device(NewDevice {
                tags,
                ..NewDevice::default()
            })
            .await,
    );
    work_off(&world).await;
    let written = world.put(&device, json!({ "winPolicyAssignmentsEnforced": [] })).await;
    assert_eq!(written.header("X-Ignored-Fields"), Some("winPolicyAssignmentsEnforced"));
    assert_eq!(
        written.data()["winPolicyAssignmentsEnforced"].as_array().unwrap().len(),
        1
    );
    let strict = world
        .put(
            &format!("{device}?strict=true"),
            json!({ "winPolicyAssignmentsEnforced": [] }),
        )
        .await;
    assert_eq!(strict.refused(), (400, 5091));
}

#[actix_web::test]
async fn changes_of_rules_do_not_spoil_an_edit_of_a_device() {
    let world = World::new().await;
    let audience = audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    let tags: &[&str] = &["sales"];
    let device = path(
        world
            .device(NewDevice {
                tags,
                ..NewDevice::default()
            })
            .await,
    );
    let before = world.get(&device).await;
    rule(&world, &audience, &policy(&world, 1).await, 0).await;
    work_off(&world).await;
    let after = world.get(&device).await;
    assert_ne!(after.data(), before.data());
    assert_eq!(after.header("ETag"), before.header("ETag"));
}

#[actix_web::test]
async fn everything_is_on_record() {
    let world = World::new().await;
    let made = audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    let rule = rule(&world, &made, &policy(&world, 1).await, 0).await;
    let (own, its) = (
        format!("{M}/automation-rules/{rule}"),
        format!("{M}/device-audiences/{made}"),
    );
    world
        .put(&own, json!({ "enabled": false, "description": "off" }))
        .await
        .data();
    world.put(&own, json!({ "enabled": false })).await.data();
    world.put(&its, json!({ "name": "Others" })).await.data();
    world.delete(&own).await.data();
    world.delete(&its).await.data();
    for (target, kind) in [(&rule, "automationRule"), (&made, "deviceAudience")] {
        let log = world
            .get(&format!("{O}/audit-logs?targetId={target}&sort=date:asc"))
            .await;
        let actions: Vec<_> = log.data()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["action"].as_str().unwrap().to_owned())
            .collect();
        let verbs = ["create", "update", "remove"].map(|verb| format!("mdm.global.{kind}.{verb}"));
        assert_eq!(actions, verbs, "what changes nothing leaves no entry");
    }
}
