//! The conflicts that a policy shows (P8): those that it has on PCs which have it, by whatever way.

use super::{
    careful::databases::Database,
    rules,
    world::{NewDevice, O, W, World},
};
use actix_web::http::Method;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use transom_domain::{
    DeviceId, PolicyId,
    policy::{Assignment, conflicts::CONFLICT_DEVICES_MAX},
    segment::SegmentId,
};

const KEY: &str = "./Vendor/MSFT/Policy/Config/Camera/AllowCamera";
const BELOW: &str = "./Vendor/MSFT/Policy/Config/Camera/AllowCamera/More";

async fn policy(world: &World, name: &str, config: Value) -> String {
    // Of two equally strong policies the one that was made earlier wins.
    world.clock.now.fetch_add(1_000, Ordering::Relaxed);
    let body = json!({ "name": name, "exposeToChildren": true, "config": config });
    rules::id(&world.post(&format!("{W}/policies"), body).await)
}

/// A new device with these policies.
async fn device(world: &World, segment: SegmentId, given: &[(&str, u32)]) -> DeviceId {
    let device = world
        .device(NewDevice {
            segment,
            ..NewDevice::default()
        })
        .await;
    give(world, device, given).await;
    device
}

async fn give(world: &World, device: DeviceId, given: &[(&str, u32)]) {
    let given: Vec<Value> = given
        .iter()
        .map(|(policy, priority)| json!({ "winPolicyId": policy, "priority": priority }))
        .collect();
    let body = json!({ "winPolicyAssignments": given });
    world.put(&rules::path(device), body).await.data();
}

async fn shown(world: &World, policy: &str) -> Value {
    world.get(&format!("{W}/policies/{policy}")).await.data().clone()
}

fn looked_for(devices: u32, total: u32, complete: bool) -> Value {
    json!({ "devices": devices, "total": total, "complete": complete })
}

#[actix_web::test]
async fn policies_disagree_where_a_pc_has_both() {
    for database in Database::every() {
        policies_disagree_where_a_pc_has_both_there(&database.world().await).await;
    }
}

async fn policies_disagree_where_a_pc_has_both_there(world: &World) {
    let one = policy(world, "One", json!({ KEY: 1 })).await;
    let two = policy(world, "Two", json!({ KEY: 2 })).await;
    let same = policy(world, "Same", json!({ KEY: "01" })).await;
    let root = SegmentId::ROOT;
    device(world, root, &[(&one, 10)]).await;
    device(world, root, &[(&two, 5)]).await;
    device(world, root, &[(&one, 10), (&same, 10)]).await;
    let apart = shown(world, &one).await;
    assert_eq!(
        apart["conflicts"],
        json!([]),
        "no PC has both, and equal values are none"
    );
    assert_eq!(apart["conflictsLookedFor"], looked_for(2, 2, true));

    device(world, root, &[(&one, 10), (&two, 5)]).await;
    let desk = device(world, root, &[(&one, 10), (&two, 5)]).await;
    let expected = |devices: u32| {
        json!([{
            "part": "config", "key": KEY, "kind": "value", "devices": devices,
            "winner": { "winPolicyId": two, "value": 2, "priority": 5, "source": "direct" },
            "losers": [{
                "winPolicyId": one, "policyName": "One", "policyVersion": 1, "priority": 10, "source": "direct",
                "key": KEY, "value": 1, "same": false
            }]
        }])
    };
    assert_eq!(shown(world, &one).await["conflicts"], expected(2));
    assert_eq!(shown(world, &two).await["conflicts"], expected(2));
    assert_eq!(shown(world, &same).await["conflicts"], json!([]));

    give(world, desk, &[(&one, 5), (&two, 5)]).await;
    let both = shown(world, &two).await["conflicts"].clone();
    assert_eq!(
        (&both[1]["kind"], &both[1]["winner"]["winPolicyId"], &both[1]["devices"]),
        (&json!("tie"), &json!(one), &json!(1)),
        "the older one wins a tie"
    );
    assert_eq!(both[0], expected(1)[0]);

    // The change that makes them agree is in the answer of the call that makes it.
    let path = format!("{W}/policies/{two}");
    let dry = world
        .put(&format!("{path}?dryRun=true"), json!({ "config": { KEY: 1 } }))
        .await;
    assert_eq!(dry.data()["conflicts"], json!([]));
    assert_eq!(shown(world, &one).await["conflicts"].as_array().unwrap().len(), 2);
    let agreed = world.put(&path, json!({ "config": { KEY: 1 } })).await;
    assert_eq!(agreed.data()["conflicts"], json!([]));
    assert_eq!(shown(world, &one).await["conflicts"], json!([]));
    let back = world.post(&format!("{path}/rollback"), json!({ "version": 1 })).await;
    assert_eq!(back.data()["conflicts"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn what_rules_give_and_what_lies_below_counts_and_lists_stay_short() {
    for database in Database::every() {
        what_rules_give_and_what_lies_below_counts_and_lists_stay_short_there(&database.world().await).await;
    }
}

async fn what_rules_give_and_what_lies_below_counts_and_lists_stay_short_there(world: &World) {
    let audience = rules::audience(world, json!({ "deviceGroups": [["sales"]] })).await;
    let enforced = policy(world, "Enforced", json!({ KEY: null })).await;
    let direct = policy(world, "Direct", json!({ BELOW: 1 })).await;
    let rule = rules::rule(world, &audience, &enforced, 7).await;
    rules::work_off(world).await;
    let device = device(world, SegmentId::ROOT, &[(&direct, 7)]).await;
    assert_eq!(shown(world, &direct).await["conflicts"], json!([]));
    world
        .put(&rules::path(device), json!({ "tags": ["sales"] }))
        .await
        .data();
    for id in [&enforced, &direct] {
        let conflicts = shown(world, id).await["conflicts"].clone();
        assert_eq!(
            (&conflicts[0]["kind"], &conflicts[0]["winner"]["source"]),
            (&json!("structural"), &json!("enforced"))
        );
        assert_eq!(conflicts[0]["losers"][0]["key"], BELOW);
    }
    let listed = world.get(&format!("{W}/policies")).await;
    for item in listed.data()["items"].as_array().unwrap() {
        assert_eq!(
            (&item["conflicts"], &item["conflictsLookedFor"]),
            (&json!([]), &Value::Null)
        );
    }
    let found = |path: String| async move { world.get(&path).await.data()["totalDocs"].clone() };
    let by_policy = format!("{W}/devices?winPolicyId={enforced}");
    assert_eq!(found(by_policy.clone()).await, 1, "the list sees what rules give");
    let switch = format!("{O}/mdm/automation-rules/{rule}");
    world.put(&switch, json!({ "enabled": false })).await.data();
    assert_eq!(found(by_policy).await, 0);
    assert_eq!(shown(world, &direct).await["conflicts"], json!([]));
}

#[actix_web::test]
async fn nobody_hears_of_pcs_and_policies_of_other_segments() {
    for database in Database::every() {
        nobody_hears_of_pcs_and_policies_of_other_segments_there(&database.world().await).await;
    }
}

async fn nobody_hears_of_pcs_and_policies_of_other_segments_there(world: &World) {
    let north = world.segment("North", SegmentId::ROOT).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    let shared = policy(world, "Shared", json!({ KEY: 1 })).await;
    let body = json!({ "name": "Southern", "segmentId": south.0, "config": { KEY: 2 } });
    let southern = rules::id(&world.post(&format!("{W}/policies"), body).await);
    let traveller = device(world, south, &[(&shared, 1), (&southern, 1)]).await;
    device(world, north, &[(&shared, 1)]).await;
    let path = format!("{W}/policies/{shared}");
    let of = |segment: SegmentId| {
        let path = &path;
        async move {
            let token = world.token(&["mdm.windows.policy.get"], &[segment]).await;
            world.call(Method::GET, path, Some(&token), None).await.data().clone()
        }
    };
    assert_eq!(of(south).await["conflicts"].as_array().unwrap().len(), 1);
    let northern = of(north).await;
    assert_eq!(northern["conflicts"], json!([]));
    assert_eq!(northern["conflictsLookedFor"], looked_for(1, 1, true));

    // Where the PC is now, the southern policy is suspended and supplies nothing (P14).
    world
        .put(
            &format!("{}/move", rules::path(traveller)),
            json!({ "segmentId": north.0 }),
        )
        .await
        .data();
    assert_eq!(shown(world, &shared).await["conflicts"], json!([]));
    assert_eq!(of(north).await["conflictsLookedFor"], looked_for(2, 2, true));
}

#[actix_web::test]
async fn so_many_pcs_are_looked_at_and_no_more() {
    let world = World::new().await;
    let one = policy(&world, "One", json!({ KEY: 1 })).await;
    let two = policy(&world, "Two", json!({ KEY: 2 })).await;
    let given = [&one, &two].map(|id| PolicyId::parse(id).unwrap());
    for n in 0..CONFLICT_DEVICES_MAX {
        let device = world.device(NewDevice::default()).await;
        world
            .write(move |tx, _| {
                // The two that are made first, and so are the oldest, have something else.
                let given = if n < 2 {
                    vec![Assignment::primary(given[0])]
                } else {
                    given.map(|id| Assignment::direct(id, 3)).to_vec()
                };
                tx.save_assignments(device, &given)
            })
            .await;
    }
    let at_the_limit = shown(&world, &one).await;
    let most = CONFLICT_DEVICES_MAX;
    assert_eq!(at_the_limit["conflictsLookedFor"], looked_for(most, most, true));
    assert_eq!(at_the_limit["conflicts"][0]["devices"], most - 2);
    device(&world, SegmentId::ROOT, &[(&one, 3)]).await;
    let above = shown(&world, &one).await;
    assert_eq!(above["conflictsLookedFor"], looked_for(most, most + 1, false));
}

#[actix_web::test]
async fn a_tag_of_a_policy_does_not_follow_its_conflicts() {
    for database in Database::every() {
        a_tag_of_a_policy_does_not_follow_its_conflicts_there(&database.world().await).await;
    }
}

async fn a_tag_of_a_policy_does_not_follow_its_conflicts_there(world: &World) {
    let one = policy(world, "One", json!({ KEY: 1 })).await;
    let two = policy(world, "Two", json!({ KEY: 2 })).await;
    let path = format!("{W}/policies/{one}");
    let tag = |response: &super::world::Response| response.header("ETag").unwrap().to_owned();
    let before = tag(&world.get(&path).await);
    device(world, SegmentId::ROOT, &[(&one, 1), (&two, 1)]).await;
    let after = world.get(&path).await;
    assert_eq!(after.data()["conflicts"].as_array().unwrap().len(), 1);
    assert_eq!(tag(&after), before);
    let changed = world
        .ask(
            Method::PUT,
            &path,
            Some(json!({ "name": "Uno" })),
            &[("If-Match", &before)],
        )
        .await;
    assert_eq!(changed.data()["name"], "Uno");
}
