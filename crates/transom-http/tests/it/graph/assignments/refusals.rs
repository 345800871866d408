//! What is no assignment, and who may not make one.

use super::{M, SCRIPTS, assign, done, tagged, target};
use crate::{
    admin::{rules::id, world::World},
    graph::asked::{Answer, ask, get, post, script},
};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::{script::assignment::TARGETS_MAX, segment::SegmentId};

async fn assigned_by(world: &World, token: &str, script: &str, target: Value) -> Answer {
    let body = json!({ "deviceManagementScriptAssignments": [target] });
    let path = format!("{SCRIPTS}/{script}/assign");
    ask(world, Method::POST, &path, Some(token), Some(body), &[]).await
}

#[actix_web::test]
async fn what_is_no_assignment_is_named() {
    let world = World::new().await;
    let (script, sales) = (script(&world).await, tagged(&world, "sales").await);
    let path = format!("{SCRIPTS}/{script}/assign");
    let unknown = "0123456789abcdef01234567";
    let list = "deviceManagementScriptAssignments";
    let groups = "deviceManagementScriptGroupAssignments";
    let one = |target: Value| json!({ list: [target] });
    let mut twice = target("group", Some(&sales));
    twice["colour"] = json!("red");
    for (body, wrong) in [
        (json!([]), ""),
        (json!({}), list),
        (json!({ "assignments": [] }), list),
        (json!({ list: 7 }), list),
        (json!({ list: [7] }), "deviceManagementScriptAssignments[0]"),
        (json!({ list: [{}] }), "deviceManagementScriptAssignments[0].target"),
        (json!({ list: [], "force": true }), "force"),
        (one(twice), "deviceManagementScriptAssignments[0].colour"),
        (
            one(target("group", None)),
            "deviceManagementScriptAssignments[0].target.groupId",
        ),
        (
            one(target("group", Some("x"))),
            "deviceManagementScriptAssignments[0].target.groupId",
        ),
        (
            one(target("allDevices", Some(&sales))),
            "deviceManagementScriptAssignments[0].target.groupId",
        ),
        (
            one(target("everybody", None)),
            "deviceManagementScriptAssignments[0].target.@odata.type",
        ),
        (
            json!({ list: [target("allDevices", None), target("exclusionGroup", Some(unknown))] }),
            "deviceManagementScriptAssignments[1].target.groupId",
        ),
        (
            json!({ list: [target("exclusionGroup", Some(&sales))], groups: [{ "targetGroupId": sales }] }),
            "deviceManagementScriptAssignments[0].target.groupId",
        ),
        (
            json!({ groups: [{ "targetGroupId": unknown }] }),
            "deviceManagementScriptGroupAssignments[0].targetGroupId",
        ),
        (json!({ list: vec![target("allDevices", None); TARGETS_MAX + 1] }), list),
    ] {
        let refused = post(&world, &path, Some(body.clone())).await;
        assert_eq!(refused.refused(), (400, "BadRequest".to_owned()), "{body}");
        let target = refused.json()["error"]["target"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert_eq!(target, wrong, "{body}: {}", refused.text);
    }
    let mut filtered = target("group", Some(&sales));
    filtered["target"]["deviceAndAppManagementAssignmentFilterType"] = json!("include");
    for foreign in [
        target("allLicensedUsers", None),
        target("configurationManagerCollection", None),
        filtered,
    ] {
        let refused = assign(&world, &script, &[foreign]).await;
        assert_eq!(refused.refused(), (400, "NotSupported".to_owned()));
        assert!(refused.text.contains("here"), "it says why: {}", refused.text);
    }
    let none = get(&world, &format!("{SCRIPTS}/{script}/assignments")).await;
    assert_eq!(none.ids(), [""; 0], "nothing of it was kept");
    let many = vec![target("allDevices", None); TARGETS_MAX];
    done(&assign(&world, &script, &many).await);

    for (body, target) in [
        (json!({}), "payloadIds"),
        (json!({ "payloadIds": "x" }), "payloadIds"),
        (json!({ "payloadIds": [7] }), "payloadIds[0]"),
        (json!({ "payloadIds": vec!["x"; 101] }), "payloadIds"),
        (json!({ "payloadIds": [], "ids": [] }), "ids"),
    ] {
        let refused = post(&world, &format!("{SCRIPTS}/hasPayloadLinks"), Some(body.clone())).await;
        assert_eq!(refused.json()["error"]["target"], target, "{body}");
    }
}

#[actix_web::test]
async fn only_who_may_change_the_script_and_sees_the_audience_assigns_it() {
    let world = World::new().await;
    let (north, south) = (
        world.segment("North", SegmentId::ROOT).await,
        world.segment("South", SegmentId::ROOT).await,
    );
    let (above, everywhere) = (script(&world).await, tagged(&world, "sales").await);
    let made = async |segment: SegmentId, what: &str, mut body: Value| {
        body["segmentId"] = json!(segment.0);
        id(&world.post(&format!("{M}/{what}"), body).await)
    };
    let content = json!({ "name": "x", "content": "x", "runner": "pwsh.exe" });
    let own = made(north, "scripts", content.clone()).await;
    let hidden = made(south, "scripts", content).await;
    let foreign = json!({ "name": "x", "selectors": { "deviceGroups": [["x"]] } });
    let foreign = made(south, "device-audiences", foreign).await;
    let token = world.token(&["mdm.global.script.*"], &[north]).await;
    let group = |id: &str| target("group", Some(id));
    let refused = assigned_by(&world, &token, &above, group(&everywhere)).await;
    assert_eq!(refused.refused().0, 403, "it is seen, and belongs above");
    assert_eq!(
        assigned_by(&world, &token, &hidden, group(&everywhere))
            .await
            .refused()
            .0,
        404
    );
    let refused = assigned_by(&world, &token, &own, group(&foreign)).await;
    assert_eq!(refused.refused(), (400, "BadRequest".to_owned()));
    done(&assigned_by(&world, &token, &own, group(&everywhere)).await);
    // What an administrator of more put there stays.
    done(&assign(&world, &own, &[group(&foreign)]).await);
    let both = json!({ "deviceManagementScriptAssignments": [group(&foreign), group(&everywhere)] });
    let path = format!("{SCRIPTS}/{own}/assign");
    done(&ask(&world, Method::POST, &path, Some(&token), Some(both), &[]).await);
    let looks = world.token(&["mdm.global.script.get"], &[]).await;
    assert_eq!(
        assigned_by(&world, &looks, &own, group(&everywhere)).await.refused().0,
        403
    );
    let other = ask(
        &world,
        Method::GET,
        &format!("{SCRIPTS}/{own}/assignments"),
        Some(&world.foreign),
        None,
        &[],
    )
    .await;
    assert_eq!(other.refused().0, 404);
}
