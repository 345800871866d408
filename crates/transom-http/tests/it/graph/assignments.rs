//! What scripts are assigned to, and the runs that follow.

mod refusals;

use super::asked::{Answer, DEVICES, ask, followed, get, give, patch, post, script};
use crate::admin::{
    rules::{audience, id, work_off},
    world::{NewDevice, W, World},
};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::{DeviceId, segment::SegmentId};

const SCRIPTS: &str = "/beta/deviceManagement/deviceManagementScripts";
const M: &str = "/v1/organizations/default/mdm";

/// A target of Graph's.
pub fn target(of_type: &str, group: Option<&str>) -> Value {
    let mut target = json!({ "@odata.type": format!("#microsoft.graph.{of_type}AssignmentTarget") });
    if let Some(group) = group {
        target["groupId"] = json!(group);
    }
    json!({ "@odata.type": "#microsoft.graph.deviceManagementScriptAssignment", "target": target })
}

pub async fn assign(world: &World, script: &str, targets: &[Value]) -> Answer {
    let body = json!({ "deviceManagementScriptAssignments": targets });
    post(world, &format!("{SCRIPTS}/{script}/assign"), Some(body)).await
}

#[track_caller]
fn done(answer: &Answer) {
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
}

/// The devices on which a script runs.
async fn runs(world: &World, script: &str) -> Vec<String> {
    let ids = get(world, &format!("{SCRIPTS}/{script}/deviceRunStates")).await.ids();
    let device = |run: String| run.split_once(':').unwrap().1.to_owned();
    ids.into_iter().map(device).collect()
}

/// An audience of whoever carries that tag.
pub async fn tagged(world: &World, tag: &str) -> String {
    audience(world, json!({ "deviceGroups": [[tag]] })).await
}

async fn tag(world: &World, device: &str, tags: &[&str]) {
    world
        .put(&format!("{W}/devices/{device}"), json!({ "tags": tags }))
        .await
        .data();
}

async fn device(world: &World, segment: SegmentId) -> String {
    let device = NewDevice {
        segment,
        ..NewDevice::default()
    };
    world.device(device).await.to_string()
}

/// The records of that action.
async fn recorded(world: &World, action: &str) -> Vec<Value> {
    let path = format!("/v1/organizations/default/audit-logs?action={action}");
    world.get(&path).await.data()["items"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn whoever_comes_into_an_audience_has_the_script_in_the_answer_of_that_call() {
    let world = World::new().await;
    let (script, sales) = (script(&world).await, tagged(&world, "sales").await);
    done(&assign(&world, &script, &[target("group", Some(&sales))]).await);
    work_off(&world).await;
    let desk = device(&world, SegmentId::ROOT).await;
    assert_eq!(runs(&world, &script).await, [""; 0]);
    tag(&world, &desk, &["Sales"]).await;
    assert_eq!(runs(&world, &script).await, std::slice::from_ref(&desk));

    // The run and what lies below it, by the paths of the seed.
    let path = format!("{SCRIPTS}/{script}/deviceRunStates/{script}:{desk}");
    let run = get(&world, &path).await.good();
    assert_eq!(run["runState"], "pending");
    assert!(run["lastStateUpdateDateTime"].is_string(), "{run}");
    let shown = get(&world, &format!("{path}/managedDevice")).await.good();
    assert_eq!(shown["id"], desk);
    let changed = patch(
        &world,
        &format!("{path}/managedDevice/"),
        json!({ "notes": "by the run" }),
    )
    .await;
    assert_eq!(changed.good()["notes"], "by the run");
    let summary = get(&world, &format!("{SCRIPTS}/{script}/runSummary")).await.good();
    assert_eq!(
        (&summary["successDeviceCount"], &summary["errorDeviceCount"]),
        (&json!(0), &json!(0))
    );

    tag(&world, &desk, &[]).await;
    assert_eq!(runs(&world, &script).await, [""; 0]);
    assert_eq!(get(&world, &path).await.refused().0, 404);
    assert_eq!(work_off(&world).await, 0, "nothing was left to do");
}

#[actix_web::test]
async fn assignments_replace_each_other_and_many_devices_follow_in_steps() {
    let world = World::new().await;
    let (script, other) = (script(&world).await, script(&world).await);
    let (sales, vip) = (tagged(&world, "sales").await, tagged(&world, "vip").await);
    let mut desks = Vec::new();
    for tags in [&["sales"][..], &["sales", "vip"], &[]] {
        let desk = device(&world, SegmentId::ROOT).await;
        tag(&world, &desk, tags).await;
        desks.push(desk);
    }
    let of = |indexes: &[usize]| {
        let mut ids: Vec<String> = indexes.iter().map(|at| desks[*at].clone()).collect();
        ids.sort();
        ids
    };
    let all_but_vip = [target("allDevices", None), target("exclusionGroup", Some(&vip))];
    for (targets, expected) in [
        (&[target("group", Some(&sales))][..], &[0, 1][..]),
        (&[target("allDevices", None)], &[0, 1, 2]),
        (&all_but_vip, &[0, 2]),
        (
            &[target("group", Some(&sales)), target("exclusionGroup", Some(&vip))],
            &[0],
        ),
        (&[target("group", Some(&vip)), target("group", Some(&sales))], &[0, 1]),
        (&[target("exclusionGroup", Some(&vip))], &[]),
        (&[], &[]),
    ] {
        done(&assign(&world, &script, targets).await);
        work_off(&world).await;
        assert_eq!(runs(&world, &script).await, of(expected), "{targets:?}");
    }
    assert_eq!(runs(&world, &other).await, [""; 0]);
    // Graph's older way, and both at once.
    let groups = json!({ "deviceManagementScriptGroupAssignments": [{ "targetGroupId": vip }] });
    done(&post(&world, &format!("{SCRIPTS}/{script}/assign"), Some(groups.clone())).await);
    work_off(&world).await;
    assert_eq!(runs(&world, &script).await, of(&[1]));
    let mut both = groups;
    both["deviceManagementScriptAssignments"] = json!([target("group", Some(&sales))]);
    done(&post(&world, &format!("{SCRIPTS}/{script}/assign"), Some(both)).await);
    // A script that was given directly, too: one run for each device.
    give(&world, &desks[2], &script).await;
    give(&world, &desks[0], &script).await;
    work_off(&world).await;
    assert_eq!(runs(&world, &script).await, of(&[0, 1, 2]));
    let (mut paged, mut next) = (Vec::new(), Some(format!("{SCRIPTS}/{script}/deviceRunStates?$top=1")));
    while let Some(path) = next {
        let page = get(&world, &path).await;
        paged.extend(page.ids());
        next = followed(&page.json()["@odata.nextLink"]);
    }
    assert_eq!(paged.len(), 3);
    // What is taken away gives nothing from that moment on.
    done(&assign(&world, &script, &[]).await);
    assert_eq!(runs(&world, &script).await, of(&[0, 2]));
    assert!(work_off(&world).await > 0);
}

#[actix_web::test]
async fn a_script_reaches_its_segment_and_those_below_if_it_is_exposed() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let (above, below) = (device(&world, SegmentId::ROOT).await, device(&world, north).await);
    let script = script(&world).await;
    done(&assign(&world, &script, &[target("allDevices", None)]).await);
    work_off(&world).await;
    let mut both = [above.clone(), below.clone()];
    both.sort();
    assert_eq!(runs(&world, &script).await, both);
    let ours = format!("{M}/scripts/{script}");
    world.put(&ours, json!({ "exposeToChildren": false })).await.data();
    work_off(&world).await;
    assert_eq!(runs(&world, &script).await, std::slice::from_ref(&above));
    world.put(&ours, json!({ "segmentId": north.0 })).await.data();
    work_off(&world).await;
    assert_eq!(runs(&world, &script).await, std::slice::from_ref(&below));
    let moved = format!("{W}/devices/{above}/move");
    world.put(&moved, json!({ "segmentId": north.0 })).await.data();
    assert_eq!(runs(&world, &script).await, both, "at once");
    // A change of the audience's selectors is followed too.
    let sales = tagged(&world, "sales").await;
    done(&assign(&world, &script, &[target("group", Some(&sales))]).await);
    work_off(&world).await;
    assert_eq!(runs(&world, &script).await, [""; 0]);
    let selectors = json!({ "selectors": { "winDeviceIds": [below] } });
    world
        .put(&format!("{M}/device-audiences/{sales}"), selectors)
        .await
        .data();
    work_off(&world).await;
    assert_eq!(runs(&world, &script).await, std::slice::from_ref(&below));
    world.delete(&format!("{W}/devices/{below}")).await.data();
    let id = DeviceId::parse(&below).unwrap();
    let left = world.write(move |tx, _| tx.script_runs_of(&[id])).await;
    assert_eq!(left, [], "a device that is to go is in no audience");
}

#[actix_web::test]
async fn assignments_are_shown_as_graph_has_them() {
    let world = World::new().await;
    let (one, other) = (script(&world).await, script(&world).await);
    let (sales, vip) = (tagged(&world, "sales").await, tagged(&world, "vip").await);
    let targets = [
        target("group", Some(&sales)),
        target("allDevices", None),
        target("exclusionGroup", Some(&vip)),
        target("group", Some(&sales)),
    ];
    done(&assign(&world, &one, &targets).await);
    let path = format!("{SCRIPTS}/{one}/assignments");
    let listed = get(&world, &path).await.good();
    let mut shown: Vec<(String, String, Value)> = listed["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| {
            let text = |v: &Value| v.as_str().unwrap().to_owned();
            assert_eq!(a["@odata.type"], "#microsoft.graph.deviceManagementScriptAssignment");
            (
                text(&a["id"]),
                text(&a["target"]["@odata.type"]),
                a["target"]["groupId"].clone(),
            )
        })
        .collect();
    let kind = |name: &str| format!("#microsoft.graph.{name}AssignmentTarget");
    let mut expected = vec![
        (format!("{one}:{sales}"), kind("group"), json!(sales)),
        (format!("{one}:{vip}"), kind("exclusionGroup"), json!(vip)),
        (format!("{one}:allDevices"), kind("allDevices"), Value::Null),
    ];
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    shown.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(shown, expected);
    let single = get(&world, &format!("{path}/{one}:{vip}")).await.good();
    assert_eq!(single["target"]["groupId"], json!(vip));
    let page = get(&world, &format!("{path}?$top=2")).await;
    let rest = get(&world, &followed(&page.json()["@odata.nextLink"]).unwrap()).await;
    assert_eq!((page.ids().len(), rest.ids().len()), (2, 1));
    let groups = get(&world, &format!("{SCRIPTS}/{one}/groupAssignments")).await.good();
    assert_eq!(groups["value"][0]["targetGroupId"], json!(sales));
    assert_eq!(groups["value"].as_array().unwrap().len(), 1);
    let group = get(&world, &format!("{SCRIPTS}/{one}/groupAssignments/{one}:{sales}")).await;
    assert_eq!(group.good()["targetGroupId"], json!(sales));
    for missing in [
        format!("assignments/{one}:{other}"),
        format!("groupAssignments/{one}:{vip}"),
    ] {
        assert_eq!(
            get(&world, &format!("{SCRIPTS}/{one}/{missing}")).await.refused().0,
            404,
            "{missing}"
        );
    }
    let expanded = get(
        &world,
        &format!("{SCRIPTS}/{one}?$expand=assignments&$select=displayName"),
    )
    .await
    .good();
    assert_eq!(expanded["assignments"].as_array().unwrap().len(), 3);
    assert!(expanded.get("scriptContent").is_none());
    let all = get(&world, &format!("{SCRIPTS}?$expand=assignments")).await.good();
    for script in all["value"].as_array().unwrap() {
        let count = script["assignments"].as_array().unwrap().len();
        assert_eq!(count, if script["id"] == one { 3 } else { 0 });
    }
    assert!(
        get(&world, &format!("{SCRIPTS}/{one}"))
            .await
            .good()
            .get("assignments")
            .is_none()
    );

    let body = json!({ "payloadIds": [one, other, "nobody"] });
    let links = post(&world, &format!("{SCRIPTS}/hasPayloadLinks"), Some(body))
        .await
        .good();
    let links = links["value"].as_array().unwrap();
    assert_eq!(
        links
            .iter()
            .map(|l| (&l["payloadId"], &l["hasLink"], &l["sources"]))
            .collect::<Vec<_>>(),
        [
            (&json!(one), &json!(true), &json!(["direct"])),
            (&json!(other), &json!(false), &json!([])),
            (&json!("nobody"), &json!(false), &json!([])),
        ]
    );
    assert_eq!((&links[1]["error"], links[2]["error"] == ""), (&json!(""), false));
}

#[actix_web::test]
async fn an_assignment_is_on_record_once_with_what_was_and_what_is() {
    let world = World::new().await;
    let (script, sales) = (script(&world).await, tagged(&world, "sales").await);
    for _ in 0..2 {
        done(&assign(&world, &script, &[target("group", Some(&sales))]).await);
    }
    let records = recorded(&world, "mdm.global.script.assign").await;
    assert_eq!(records.len(), 1, "what changes nothing is on no record");
    assert_eq!(records[0]["before"], json!({ "targets": [] }));
    let after = json!({ "targets": [{ "type": "audience", "deviceAudienceId": sales }] });
    assert_eq!(records[0]["after"], after);
    assert_eq!(records[0]["target"]["id"], json!(script));
}

#[actix_web::test]
async fn what_is_assigned_is_in_use() {
    let world = World::new().await;
    let (script, sales) = (script(&world).await, tagged(&world, "sales").await);
    done(
        &assign(
            &world,
            &script,
            &[target("group", Some(&sales)), target("allDevices", None)],
        )
        .await,
    );
    let ours = format!("{M}/scripts/{script}");
    assert_eq!(
        world.get(&ours).await.data()["uses"],
        json!({ "policies": 0, "devices": 0, "assignments": 2 })
    );
    let kept = world.delete(&ours).await;
    assert_eq!(kept.status, 400, "{}", kept.body);
    assert!(
        kept.body
            .to_string()
            .contains(&format!("assignment to audience {sales}")),
        "{}",
        kept.body
    );
    let path = format!("{SCRIPTS}/{script}");
    let refused = ask(&world, Method::DELETE, &path, Some(&world.admin), None, &[]).await;
    assert_eq!(refused.refused(), (400, "BadRequest".to_owned()));
    assert!(refused.text.contains("2 assignments"), "{}", refused.text);
    let kept = world.delete(&format!("{M}/device-audiences/{sales}")).await;
    assert_eq!(kept.status, 400);
    assert!(kept.body.to_string().contains(&script), "{}", kept.body);
    let other = world.put(&ours, json!({ "runner": "cmd.exe" })).await;
    assert_eq!(other.status, 400, "what is assigned stays one of Graph's");
    // A program that sends back what it read changes nothing.
    let read = get(&world, &format!("{path}/assignments")).await.good();
    done(&assign(&world, &script, read["value"].as_array().unwrap()).await);
    done(&assign(&world, &script, &[]).await);
    assert_eq!(world.get(&ours).await.data()["uses"]["assignments"], 0);
    world.delete(&format!("{M}/device-audiences/{sales}")).await.data();
    let gone = ask(&world, Method::DELETE, &path, Some(&world.admin), None, &[]).await;
    assert_eq!(gone.status, 204, "before the devices have followed");
    let cmd = json!({ "name": "none of Graph's", "content": "x", "runner": "cmd.exe" });
    let cmd = id(&world.post(&format!("{M}/scripts"), cmd).await);
    assert_eq!(
        assign(&world, &cmd, &[target("allDevices", None)]).await.refused().0,
        404
    );
    assert_eq!(get(&world, &format!("/beta/{DEVICES}")).await.ids(), [""; 0]);
}
