//! Who uses records: policies and devices, the effective policy, and what that keeps from being removed or moved.

use super::{M, NOBODY, W, World, application, device, id, on_record, policy, script};
use crate::admin::{careful::databases::Database, world::NewDevice};
use serde_json::{Value, json};
use transom_domain::segment::SegmentId;

#[actix_web::test]
async fn a_forced_application_and_a_script_reach_the_effective_policy() {
    for database in Database::every() {
        let world = database.world().await;
        let path = device(&world).await;
        let terminal = application(&world, json!({ "description": "A terminal" })).await;
        let clean = script(&world, json!({ "description": "Cleans up", "runner": "pwsh.exe" })).await;
        let baseline = policy(
            &world,
            json!({
                "name": "Baseline",
                "applications": [{ "winApplicationId": id(&terminal).to_uppercase(), "action": "forceInstall" }],
                "scripts": [{ "id": id(&clean), "type": "loop", "loopTime": 60, "arguments": "-Pc {{device.hostName}}" }]
            }),
        )
        .await;
        let told = json!({
            "id": terminal["id"], "name": "Terminal", "description": "A terminal", "type": "store", "config": terminal["config"]
        });
        assert_eq!(baseline["applicationsInfo"], json!([told]));
        assert_eq!(
            baseline["scriptsInfo"],
            json!([{
                "id": clean["id"], "name": "Clean", "description": "Cleans up", "runner": "pwsh.exe",
                "context": "system", "timeout": 1800
            }])
        );
        assert_eq!(
            (&baseline["scripts"][0]["name"], &baseline["scripts"][0]["runner"]),
            (&json!("Clean"), &json!("pwsh.exe"))
        );
        let own = format!("{W}/policies/{}", id(&baseline));
        assert_eq!(world.get(&own).await.data(), &baseline);
        assert_eq!(world.put(&own, baseline.clone()).await.data(), &baseline, "sent back");
        world.put(&path, json!({ "winPolicyId": baseline["id"] })).await.data();
        let effective = world.get(&format!("{path}/effective-policy")).await;
        let content = &effective.data()["content"];
        assert_eq!(
            (
                &content["applications"][0]["winApplicationId"],
                &content["applications"][0]["action"]
            ),
            (&terminal["id"], &json!("forceInstall"))
        );
        assert_eq!(content["applicationsInfo"], json!([told]));
        assert_eq!(content["scripts"][0]["argumentsProcessed"], "-Pc PC-Laptop");
        let parts: Vec<&str> = effective.data()["settings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["part"].as_str().unwrap())
            .collect();
        assert_eq!(parts, ["applications", "scripts"]);
        let shown = world.get(&path).await;
        let effective = &shown.data()["deviceWinPolicy"];
        assert_eq!(effective["applicationsInfo"], json!([told]));
        assert_eq!(effective["scripts"][0]["name"], "Clean");
        let mut info = baseline["scriptsInfo"][0].clone();
        info["lastRun"] = json!(null);
        assert_eq!(shown.data()["scriptsInfo"], json!([info]));
        let mut embedded = baseline.clone();
        embedded["conflictsLookedFor"] = json!(null);
        assert_eq!(shown.data()["winPolicy"], embedded);
        let used = world.get(&format!("{W}/applications/{}", id(&terminal))).await;
        assert_eq!(used.data()["uses"], json!({ "policies": 1, "devices": 0 }));
    }
}

#[actix_web::test]
async fn what_is_used_is_not_removed_and_says_by_whom() {
    for database in Database::every() {
        let world = database.world().await;
        let path = device(&world).await;
        let (terminal, clean) = (application(&world, json!({})).await, script(&world, json!({})).await);
        let baseline = policy(
            &world,
            json!({
                "name": "Baseline",
                "applications": [{ "winApplicationId": terminal["id"] }],
                "scripts": [{ "id": clean["id"] }]
            }),
        )
        .await;
        let given = json!({ "winPolicyId": baseline["id"], "scripts": [{ "id": clean["id"] }] });
        let both = world.put(&path, given).await;
        assert_eq!(both.data()["scriptsInfo"].as_array().unwrap().len(), 1, "once each");
        world.put(&path, json!({ "winPolicyId": null })).await.data();
        let listed = world.get(&format!("{W}/devices")).await;
        assert_eq!(listed.data()["items"][0]["scriptsInfo"][0]["id"], clean["id"]);
        let (terminal, clean) = (
            format!("{W}/applications/{}", id(&terminal)),
            format!("{M}/scripts/{}", id(&clean)),
        );
        let messages = |answer: &crate::admin::world::Response| -> Vec<String> {
            let details = answer.body["error"]["details"].as_array().unwrap().iter();
            details.map(|d| d["message"].as_str().unwrap().to_owned()).collect()
        };
        let refused = world.delete(&terminal).await;
        assert_eq!(refused.refused(), (400, 5209));
        let named = format!("policy {} (Baseline)", id(&baseline));
        assert_eq!(messages(&refused), ["1 policies use it", named.as_str()]);
        let refused = world.delete(&clean).await;
        let device = format!("device {} (Laptop)", path.rsplit('/').next().unwrap());
        assert_eq!(
            messages(&refused),
            ["1 policies and 1 devices use it", named.as_str(), device.as_str()]
        );
        assert_eq!(
            world.get(&clean).await.data()["uses"],
            json!({ "policies": 1, "devices": 1, "assignments": 0 })
        );
        let own = format!("{W}/policies/{}", id(&baseline));
        world
            .put(&own, json!({ "applications": [], "scripts": [] }))
            .await
            .data();
        world.delete(&terminal).await.data();
        assert_eq!(
            world.delete(&clean).await.refused(),
            (400, 5209),
            "the device has it still"
        );
        world.put(&path, json!({ "scripts": [] })).await.data();
        world.delete(&clean).await.data();
        // What an earlier version referred to is gone.
        let back = world.post(&format!("{own}/rollback"), json!({ "version": 1 })).await;
        assert_eq!(
            (back.refused(), back.wrong()),
            ((404, 3001), vec!["applications[0].winApplicationId"])
        );
        let old = world.get(&format!("{own}/versions/1")).await;
        assert_eq!(old.data()["applicationsInfo"], json!([]));
        assert_eq!(old.data()["applications"].as_array().map(Vec::len), Some(1));
    }
}

#[actix_web::test]
async fn a_policy_uses_what_reaches_its_segment_and_nothing_is_taken_from_under_it() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    let hidden = script(&world, json!({ "name": "Hidden" })).await;
    let shared = script(&world, json!({ "name": "Shared", "exposeToChildren": true })).await;
    let elsewhere = script(&world, json!({ "name": "Elsewhere", "segmentId": south.0 })).await;
    let body = |script: &Value| json!({ "name": "North", "segmentId": north.0, "scripts": [{ "id": script["id"] }] });
    for script in [&hidden, &elsewhere] {
        let refused = world.post(&format!("{W}/policies"), body(script)).await;
        assert_eq!(
            (refused.refused(), refused.wrong()),
            ((404, 3001), vec!["scripts[0].id"])
        );
    }
    let made = policy(&world, body(&shared)).await;
    let own = format!("{M}/scripts/{}", id(&shared));
    for change in [json!({ "exposeToChildren": false }), json!({ "segmentId": south.0 })] {
        let refused = world.put(&own, change).await;
        assert_eq!((refused.refused(), refused.wrong()), ((400, 5209), vec!["id", "id"]));
    }
    let moved = world
        .put(&own, json!({ "segmentId": north.0, "exposeToChildren": false }))
        .await;
    assert_eq!(moved.data()["segmentId"], north.0);
    // The policy would leave it behind.
    let path = format!("{W}/policies/{}", id(&made));
    let refused = world.put(&path, json!({ "segmentId": south.0 })).await;
    assert_eq!(
        (refused.refused(), refused.wrong()),
        ((404, 3001), vec!["scripts[0].id"])
    );
    let copy = world
        .post(&format!("{path}/clone"), json!({ "segmentId": south.0 }))
        .await;
    assert_eq!((copy.refused(), copy.wrong()), ((404, 3001), vec!["scripts[0].id"]));
    world.post(&format!("{path}/clone"), json!({})).await.data();
    assert_eq!(world.get(&own).await.data()["uses"]["policies"], 2);
}

#[actix_web::test]
async fn a_device_is_given_scripts_with_what_their_placeholders_stand_for() {
    let world = World::new().await;
    let path = device(&world).await;
    let clean = script(&world, json!({ "description": "Cleans up" })).await;
    let other = script(&world, json!({ "name": "Other" })).await;
    let given = json!([
        {
            "id": id(&clean).to_uppercase(), "type": "loop", "loopTime": 60, "resetDate": "2026-02-10T01:00:00+01:00",
            "arguments": "-Pc {{device.hostName}}", "scope": "user"
        },
        { "id": other["id"], "arguments": "{{user.email}}" }
    ]);
    let answer = world.put(&path, json!({ "scripts": given })).await;
    let shown = answer.data().clone();
    assert_eq!(
        shown["scripts"],
        json!([
            {
                "id": clean["id"], "type": "loop", "loopTime": 60, "resetDate": "2026-02-10T00:00:00.000Z",
                "arguments": "-Pc {{device.hostName}}", "argumentsProcessed": "-Pc PC-Laptop", "error": null,
                "scope": "user", "name": "Clean", "description": "Cleans up", "runner": "powershell.exe",
                "suspended": false
            },
            {
                "id": other["id"], "type": "once", "loopTime": null, "resetDate": null,
                "arguments": "{{user.email}}", "argumentsProcessed": null, "error": "variable user.email is empty",
                "scope": null, "name": "Other", "description": null, "runner": "powershell.exe", "suspended": false
            }
        ])
    );
    assert_eq!(world.get(&path).await.data(), &shown);
    assert_eq!(world.put(&path, shown.clone()).await.data(), &shown, "sent back");
    let list = world.get(&format!("{W}/devices")).await;
    assert_eq!(list.data()["items"][0]["scripts"], shown["scripts"]);
    let log = on_record(&world, "mdm.windows.device.update").await;
    assert_eq!(log.data()["totalDocs"], 1);
    assert_eq!(log.data()["items"][0]["after"]["scripts"][1]["id"], other["id"]);
    assert!(!log.body.to_string().contains("user.email"), "arguments may be secrets");
    let less = world.put(&path, json!({ "scripts": [{ "id": other["id"] }] })).await;
    assert_eq!(less.data()["scripts"].as_array().map(Vec::len), Some(1));
    let dry = world
        .put(&format!("{path}?dryRun=true"), json!({ "scripts": [] }))
        .await;
    assert_eq!(dry.status, 200);
    assert_eq!(world.get(&path).await.data(), less.data());
}

#[actix_web::test]
async fn a_script_out_of_reach_cannot_be_given_and_is_suspended_after_a_move() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let local = script(&world, json!({ "segmentId": north.0 })).await;
    let path = device(&world).await;
    let refused = world.put(&path, json!({ "scripts": [{ "id": local["id"] }] })).await;
    assert_eq!(
        (refused.refused(), refused.wrong()),
        ((404, 3001), vec!["scripts[0].id"])
    );
    let both = json!({ "segmentId": north.0, "scripts": [{ "id": local["id"] }] });
    let given = world.put(&path, both).await;
    assert_eq!(given.data()["scripts"][0]["suspended"], false);
    let moved = world.put(&format!("{path}/move"), json!({ "segmentId": 0 })).await;
    assert_eq!(moved.data()["scripts"][0]["suspended"], true);
    let kept = world
        .put(&path, json!({ "scripts": [{ "id": local["id"], "arguments": "-A" }] }))
        .await;
    assert_eq!(kept.data()["scripts"][0]["arguments"], "-A", "what it has may stay");
}

#[actix_web::test]
async fn a_device_takes_at_most_a_hundred_scripts() {
    let world = World::new().await;
    let path = device(&world).await;
    let entries = |count: usize| -> Vec<Value> {
        let id = |n: usize| format!("{n:024x}");
        (0..count).map(|n| json!({ "id": id(n) })).collect()
    };
    let refused = world.put(&path, json!({ "scripts": entries(101) })).await;
    assert_eq!((refused.refused(), refused.wrong()), ((400, 5091), vec!["scripts"]));
    let refused = world.put(&path, json!({ "scripts": entries(100) })).await;
    assert_eq!(
        (refused.refused(), refused.wrong()),
        ((404, 3001), vec!["scripts[0].id"])
    );
    let refused = world.put(&path, json!({ "scripts": [{ "id": NOBODY }] })).await;
    assert_eq!(refused.refused(), (404, 3001));
    let deleted = NewDevice {
        state: transom_domain::device::DeviceState::Deleted,
        ..NewDevice::default()
    };
    let gone = format!("{W}/devices/{}", world.device(deleted).await);
    assert_eq!(world.put(&gone, json!({ "scripts": [] })).await.refused(), (404, 3001));
}
