//! What rules and audiences make of many PCs, in steps; what they would do.

use super::{M, audience, body, id, path, policy, rule, work_off};
use crate::admin::world::{NewDevice, W, World};
use serde_json::{Value, json};
use transom_domain::{
    automation_rule::work::{self, STEP_DEVICES},
    segment::SegmentId,
};

const SALES: &[&str] = &["Sales"];

async fn fleet(world: &World, count: u32) {
    for _ in 0..count {
        world
            .device(NewDevice {
                tags: SALES,
                ..NewDevice::default()
            })
            .await;
    }
}

#[actix_web::test]
async fn a_rule_says_how_far_it_has_come() {
    let world = World::new().await;
    let devices = STEP_DEVICES + 50;
    fleet(&world, devices).await;
    let audience = audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    let made = world
        .post(
            &format!("{M}/automation-rules"),
            body(&audience, &policy(&world, 1).await, 0),
        )
        .await;
    let evaluating = |left: u32| json!({ "state": "evaluating", "devicesLeft": left });
    assert_eq!(made.data()["evaluation"], evaluating(devices));
    assert_eq!(made.data()["counts"]["devices"], 0);
    let own = format!("{M}/automation-rules/{}", id(&made));
    world.write(|tx, cx| work::step(tx, cx)).await.unwrap();
    let half = world.get(&own).await;
    assert_eq!(half.data()["evaluation"], evaluating(50));
    assert_eq!(half.data()["counts"]["devices"], STEP_DEVICES);
    assert_eq!(half.header("ETag"), made.header("ETag").or(half.header("ETag")));
    // A change in the middle: the circle closes where it stands now.
    world.put(&own, json!({ "enabled": false })).await.data();
    assert_eq!(world.get(&own).await.data()["evaluation"], evaluating(devices));
    let listed = world.get(&format!("{M}/automation-rules")).await;
    assert_eq!(listed.data()["items"][0]["evaluation"]["state"], "evaluating");
    work_off(&world).await;
    let off = world.get(&own).await;
    assert_eq!(
        off.data()["evaluation"],
        json!({ "state": "current", "devicesLeft": null })
    );
    assert_eq!(off.data()["counts"]["devices"], 0);
    world.put(&own, json!({ "enabled": true })).await.data();
    work_off(&world).await;
    assert_eq!(world.get(&own).await.data()["counts"]["devices"], devices);
}

#[actix_web::test]
async fn an_audiences_change_is_worked_off_and_names_change_at_once() {
    let world = World::new().await;
    fleet(&world, 2).await;
    let device = path(
        world
            .device(NewDevice {
                tags: &["vip"],
                ..NewDevice::default()
            })
            .await,
    );
    let audience = audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    let rule = rule(&world, &audience, &policy(&world, 1).await, 0).await;
    work_off(&world).await;
    let (its, own) = (
        format!("{M}/device-audiences/{audience}"),
        format!("{M}/automation-rules/{rule}"),
    );
    assert_eq!(world.get(&own).await.data()["counts"]["devices"], 2);
    world.put(&its, json!({ "name": "Renamed" })).await.data();
    assert_eq!(
        world.get(&own).await.data()["evaluation"]["state"],
        "current",
        "a name matters to nobody"
    );
    world
        .put(&its, json!({ "selectors": { "deviceGroups": [["vip"]] } }))
        .await
        .data();
    work_off(&world).await;
    let shown = world.get(&device).await;
    let enforced = &shown.data()["winPolicyAssignmentsEnforced"][0]["automationRule"];
    assert_eq!(enforced["deviceAudiences"][0]["name"], "Renamed");
    assert_eq!(world.get(&own).await.data()["counts"]["devices"], 1);
    world.put(&own, json!({ "name": "Vips" })).await.data();
    let shown = world.get(&device).await;
    assert_eq!(
        shown.data()["winPolicyAssignmentsEnforced"][0]["automationRule"]["name"],
        "Vips"
    );
}

#[actix_web::test]
async fn a_removed_rule_gives_nothing_from_that_moment_on() {
    let world = World::new().await;
    let device = path(
        world
            .device(NewDevice {
                tags: SALES,
                ..NewDevice::default()
            })
            .await,
    );
    let audience = audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    let rule = rule(&world, &audience, &policy(&world, 1).await, 0).await;
    work_off(&world).await;
    world.delete(&format!("{M}/automation-rules/{rule}")).await.data();
    assert_eq!(
        world.get(&device).await.data()["winPolicyAssignmentsEnforced"],
        json!([])
    );
    assert_eq!(
        world.get(&format!("{device}/effective-policy")).await.data()["settings"],
        json!([])
    );
    assert_eq!(
        world.get(&format!("{M}/automation-rules/{rule}")).await.refused(),
        (404, 3001)
    );
    assert_eq!(work_off(&world).await, 1);
}

#[actix_web::test]
async fn two_rules_with_one_policy_are_two_entries_with_their_reasons() {
    let world = World::new().await;
    let device = path(
        world
            .device(NewDevice {
                tags: &["a", "b"],
                ..NewDevice::default()
            })
            .await,
    );
    let policy = policy(&world, 1).await;
    for (tag, priority) in [("a", 7), ("b", 3)] {
        let audience = audience(&world, json!({ "deviceGroups": [[tag]] })).await;
        rule(&world, &audience, &policy, priority).await;
    }
    work_off(&world).await;
    let shown = world.get(&device).await;
    assert_eq!(
        shown.data()["winPolicyAssignmentsEnforced"].as_array().unwrap().len(),
        2
    );
    let effective = world.get(&format!("{device}/effective-policy")).await;
    let places = effective.data()["policies"].as_array().unwrap();
    assert_eq!((places.len(), &places[0]["priority"]), (1, &json!(3)));
    assert_eq!(places[0]["sources"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_preview_of_an_audience_says_who_is_in_it_or_would_be_and_stores_nothing() {
    let world = World::new().await;
    fleet(&world, 3).await;
    world
        .device(NewDevice {
            tags: &["vip"],
            ..NewDevice::default()
        })
        .await;
    let audience = audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    let preview = format!("{M}/device-audiences/{audience}/preview");
    let now = world
        .call(actix_web::http::Method::POST, &preview, Some(&world.admin), None)
        .await;
    let data = now.data();
    assert_eq!(
        (&data["count"], &data["gained"], &data["lost"]),
        (&json!(3), &json!(0), &json!(0))
    );
    assert_eq!((&data["examined"], &data["complete"]), (&json!(4), &json!(true)));
    assert_eq!(data["items"][0]["reasons"], json!(["tag:Sales"]));
    let supposed = json!({ "selectors": { "deviceGroups": [["vip"]] } });
    let then = world.post(&format!("{preview}?limit=1"), supposed).await;
    let data = then.data();
    assert_eq!(
        (&data["count"], &data["gained"], &data["lost"]),
        (&json!(1), &json!(1), &json!(3))
    );
    assert_eq!(data["items"].as_array().unwrap().len(), 1);
    let excluded = json!({ "exclude": { "deviceGroups": [["sales"]] } });
    assert_eq!(world.post(&preview, excluded).await.data()["count"], 0);
    let stored = world.get(&format!("{M}/device-audiences/{audience}")).await;
    assert_eq!(stored.data()["selectors"]["deviceGroups"], json!([["sales"]]));
}

#[actix_web::test]
async fn a_dry_run_says_what_a_rule_would_do_and_does_nothing() {
    let world = World::new().await;
    fleet(&world, 2).await;
    let vip = path(
        world
            .device(NewDevice {
                tags: &["vip"],
                ..NewDevice::default()
            })
            .await,
    );
    let own = policy(&world, 2).await;
    let assigned = json!({ "winPolicyAssignments": [{ "winPolicyId": own, "priority": 9 }] });
    world.put(&vip, assigned).await.data();
    let (sales, vips) = (
        audience(&world, json!({ "deviceGroups": [["sales"]] })).await,
        audience(&world, json!({ "deviceGroups": [["vip"]] })).await,
    );
    let mut off = body(&sales, &policy(&world, 1).await, 5);
    off["enabled"] = json!(false);
    let rule = id(&world.post(&format!("{M}/automation-rules"), off).await);
    let (own, dry_run) = (
        format!("{M}/automation-rules/{rule}"),
        format!("{M}/automation-rules/{rule}/dry-run"),
    );
    let enabled = world.post(&dry_run, json!({})).await;
    let data = enabled.data();
    assert_eq!(
        (&data["gained"], &data["lost"], &data["kept"]),
        (&json!(2), &json!(0), &json!(0))
    );
    assert_eq!(
        (&data["settingsChanged"], &data["newConflicts"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(data["devices"][0]["effect"], "gained");
    assert_eq!(
        data["devices"][0]["deviceAudiences"][0]["reasons"],
        json!(["tag:Sales"])
    );
    assert_eq!(data["devices"][0]["changes"][0]["kind"], "added");
    world.put(&own, json!({ "enabled": true })).await.data();
    work_off(&world).await;
    let other = world.post(&dry_run, json!({ "deviceAudienceIds": [vips] })).await;
    let data = other.data();
    assert_eq!((&data["gained"], &data["lost"]), (&json!(1), &json!(2)));
    assert_eq!((&data["compared"], &data["newConflicts"]), (&json!(3), &json!(1)));
    let effect = |effect: &str| -> Value {
        let devices = data["devices"].as_array().unwrap();
        devices.iter().find(|d| d["effect"] == effect).unwrap().clone()
    };
    assert_eq!(effect("lost")["changes"][0]["kind"], "removed");
    assert_eq!(effect("gained")["newConflicts"][0]["kind"], "value");
    let stronger = world
        .post(
            &dry_run,
            json!({ "action": {
        "type": "setPolicy", "platform": "windows", "winPolicyId": policy(&world, 3).await, "priority": 1
    } }),
        )
        .await;
    assert_eq!(
        (&stronger.data()["kept"], &stronger.data()["settingsChanged"]),
        (&json!(2), &json!(2))
    );
    let off = world.post(&dry_run, json!({ "enabled": false })).await;
    assert_eq!(
        (&off.data()["lost"], &off.data()["kept"], &off.data()["settingsChanged"]),
        (&json!(2), &json!(0), &json!(2))
    );
    assert_eq!(world.get(&own).await.data()["counts"]["devices"], 2);
    assert_eq!(work_off(&world).await, 0, "nothing was left to do");
}

#[actix_web::test]
async fn an_audience_and_a_rule_reach_their_segments_and_no_others() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let office = world.segment("Office", north).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    let everywhere = audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    let policy = policy(&world, 1).await;
    let mut in_north = body(&everywhere, &policy, 5);
    in_north["segmentId"] = json!(north.0);
    let rule = id(&world.post(&format!("{M}/automation-rules"), in_north).await);
    let mut devices = Vec::new();
    for segment in [SegmentId::ROOT, north, office, south] {
        devices.push(path(
            world
                .device(NewDevice {
                    segment,
                    tags: SALES,
                    ..NewDevice::default()
                })
                .await,
        ));
    }
    work_off(&world).await;
    let reached = async || {
        let mut reached = Vec::new();
        for device in &devices {
            let shown = world.get(device).await;
            reached.push(shown.data()["winPolicyAssignmentsEnforced"].as_array().unwrap().len());
        }
        reached
    };
    assert_eq!(
        reached().await,
        [0, 1, 1, 0],
        "a rule reaches its segment and those below"
    );
    // The tree changes: the office goes to the south.
    let place = format!("/v1/organizations/default/segments/{}", office.0);
    world.put(&place, json!({ "parentId": south.0 })).await.data();
    work_off(&world).await;
    assert_eq!(reached().await, [0, 1, 0, 0]);
    world
        .put(&format!("{M}/automation-rules/{rule}"), json!({ "segmentId": 0 }))
        .await
        .data();
    work_off(&world).await;
    assert_eq!(reached().await, [1, 1, 1, 1]);
    world
        .put(
            &format!("{M}/device-audiences/{everywhere}"),
            json!({ "exposeToChildren": false }),
        )
        .await
        .data();
    work_off(&world).await;
    assert_eq!(reached().await, [1, 0, 0, 0], "an audience sees its segment only");
    // Out of reach of the device: it stays visible, supplies nothing, and is warned about (P14).
    world
        .put(&format!("{W}/policies/{policy}"), json!({ "segmentId": north.0 }))
        .await
        .data();
    let shown = world.get(&devices[0]).await;
    assert_eq!(shown.data()["winPolicyAssignmentsEnforced"][0]["suspended"], true);
    assert_eq!(shown.data()["deviceWinPolicy"]["config"], json!({}));
    assert_eq!(shown.data()["warnings"][0]["rule"], "suspended");
}

#[actix_web::test]
async fn smart_attributes_are_facts_of_devices_and_users() {
    let world = World::new().await;
    let attributes = "/v1/organizations/default/smart-attributes";
    let make = async |body: Value| id(&world.post(attributes, body).await);
    let manual = |name: &str, source: &str| json!({ "name": name, "input": { "type": "manual" }, "source": source, "output": { "type": "string" } });
    let shift = make(manual("Shift", "it")).await;
    let grade = make(manual("Grade", "user")).await;
    let selectors = json!({ "deviceGroups": [["smart.shift:night"], ["smart.grade:a*"], ["smart.site:bern"]] });
    let audience = audience(&world, selectors).await;
    rule(&world, &audience, &policy(&world, 1).await, 0).await;
    work_off(&world).await;
    let user = world.user("ada@example.com").await;
    let device = world
        .device(NewDevice {
            user: Some(user),
            ..NewDevice::default()
        })
        .await;
    let reasons = async || {
        let shown = world.get(&path(device)).await;
        let enforced = &shown.data()["winPolicyAssignmentsEnforced"];
        enforced[0]["automationRule"]["deviceAudiences"][0]["reasons"].clone()
    };
    let given = |attribute: &str, value: &str| json!({ "smartAttributeAssignments": [{ "smartAttributeId": attribute, "value": value }] });
    world.put(&path(device), given(&shift, "Night")).await.data();
    assert_eq!(reasons().await, json!(["smart.Shift:Night"]));
    world
        .put(&format!("{M}/users/{user}"), given(&grade, "A1"))
        .await
        .data();
    assert_eq!(
        reasons().await,
        json!(["smart.Grade:A1", "smart.Shift:Night"]),
        "in the same call"
    );
    let constant = json!({ "type": "constant" });
    let output = json!({ "type": "string" });
    make(json!({ "name": "Site", "input": constant, "output": output, "value": { "winDevice": { "value": "Bern" } } }))
        .await;
    work_off(&world).await;
    let all = json!(["smart.Grade:A1", "smart.Shift:Night", "smart.Site:Bern"]);
    assert_eq!(reasons().await, all, "a constant reaches every device in steps");
}
