//! Segment roles.

use super::world::{O, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::segment::SegmentId;

#[actix_web::test]
async fn every_organization_has_three_roles_that_cannot_be_changed() {
    let world = World::new().await;
    let path = format!("{O}/segment-roles");
    let listed = world.get(&path).await;
    let ids: Vec<_> = listed
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["id"].clone())
        .collect();
    assert_eq!(ids, ["viewer", "developer", "admin"]);
    let viewer = world.get(&format!("{path}/viewer")).await;
    assert_eq!(viewer.data()["actions"], json!(["*.list", "*.get"]));
    assert_eq!(
        (&viewer.data()["builtIn"], &viewer.data()["createdAt"]),
        (&json!(true), &Value::Null)
    );
    let answer = world.put(&format!("{path}/viewer"), json!({ "name": "x" })).await;
    assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec!["roleId"]));
    assert_eq!(world.delete(&format!("{path}/admin")).await.refused(), (400, 5209));
}

#[actix_web::test]
async fn a_role_is_made_assigned_changed_for_all_who_have_it_and_removed_when_nobody_has() {
    let world = World::new().await;
    let path = format!("{O}/segment-roles");
    let made = world
        .post(
            &path,
            json!({ "name": "Help Desk", "actions": ["base.organization.segment.list"] }),
        )
        .await;
    assert_eq!(
        (&made.data()["slug"], &made.data()["builtIn"]),
        (&json!("help-desk"), &json!(false))
    );
    let id = made.data()["id"].as_str().unwrap().to_owned();
    let own = format!("{path}/{id}");
    let (account, token) = world.account(json!([{ "roleId": id }])).await;
    let segments = format!("{O}/segments");
    let look = || world.call(Method::GET, &segments, Some(&token), None);
    assert_eq!(look().await.status, 200);
    let changed = world.put(&own, json!({ "actions": ["mdm.windows.device.list"] })).await;
    assert_eq!(changed.data()["name"], "Help Desk");
    assert_eq!(look().await.refused(), (401, 4001));
    let answer = world.delete(&own).await;
    assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec!["roleId"]));
    assert!(answer.body.to_string().contains(&account));
    world.delete(&format!("{O}/service-accounts/{account}")).await;
    assert_eq!(world.delete(&own).await.status, 200);
    assert_eq!(world.get(&own).await.refused(), (404, 3001));
    let log = world.get(&format!("{O}/audit-logs?targetId={id}&sort=date:asc")).await;
    let actions: Vec<_> = log.data()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["action"].clone())
        .collect();
    let done =
        ["create", "update", "remove", "remove"].map(|verb| json!(format!("base.organization.segmentRole.{verb}")));
    assert_eq!(actions[..2], done[..2]);
    assert_eq!(actions.last(), done.last());
}

#[actix_web::test]
async fn actions_that_open_nothing_are_refused_by_name() {
    let world = World::new().await;
    let actions = json!([
        "mdm.windows.device.get",
        "mdm.windows.polcy.get",
        "mdm.win.*",
        "*.gets",
        "mdm.global.*",
        "*.move"
    ]);
    let wrong = |answer: &crate::admin::world::Response, prefix: &str| {
        assert_eq!(answer.refused(), (400, 5209), "{}", answer.body);
        let places = [1, 2, 3].map(|n| format!("{prefix}actions[{n}]"));
        assert_eq!(answer.wrong(), places);
        let told = answer.body.to_string();
        for action in ["mdm.windows.polcy.get", "mdm.win.*", "*.gets"] {
            assert!(told.contains(action), "{told}");
        }
    };
    let roles = format!("{O}/segment-roles");
    wrong(
        &world.post(&roles, json!({ "name": "x", "actions": actions })).await,
        "",
    );
    let made = world.post(&roles, json!({ "name": "x", "actions": ["mdm.*"] })).await;
    let own = format!("{roles}/{}", made.data()["id"].as_str().unwrap());
    wrong(&world.put(&own, json!({ "actions": actions })).await, "");
    let account = json!({ "name": "x", "roles": [{ "actions": actions }] });
    wrong(
        &world.post(&format!("{O}/service-accounts"), account).await,
        "roles[0].",
    );
    // Whatever the list of permissions names can be given.
    let all = world.get(&format!("{O}/permissions")).await;
    let all: Vec<_> = all
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].clone())
        .collect();
    assert_eq!(world.put(&own, json!({ "actions": all })).await.status, 200);
}

#[actix_web::test]
async fn a_wrong_role_is_refused() {
    let world = World::new().await;
    let path = format!("{O}/segment-roles");
    let many = |n: usize| vec!["*"; n];
    for (body, wrong) in [
        (json!({ "actions": ["*"] }), "name"),
        (json!({ "name": "x" }), "actions"),
        (json!({ "name": "x".repeat(129), "actions": ["*"] }), "name"),
        (json!({ "name": "x", "slug": "s".repeat(65), "actions": ["*"] }), "slug"),
        (json!({ "name": "x", "slug": "admin", "actions": ["*"] }), "slug"),
        (json!({ "name": "ä", "actions": ["*"] }), "slug"),
        (json!({ "name": "x", "actions": [] }), "actions"),
        (json!({ "name": "x", "actions": ["mdm"] }), "actions"),
        (json!({ "name": "x", "actions": many(257) }), "actions"),
        (json!({ "name": "x", "actions": [7] }), "actions[0]"),
    ] {
        let answer = world.post(&path, body.clone()).await;
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec![wrong]), "{body}");
    }
    let fits = json!({ "name": "x".repeat(128), "slug": "s".repeat(64), "actions": many(256) });
    assert_eq!(world.post(&path, fits.clone()).await.status, 200);
    let answer = world.post(&path, fits).await;
    assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec!["slug"]));
}

#[actix_web::test]
async fn roles_are_made_by_those_who_have_their_actions_everywhere() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let path = format!("{O}/segment-roles");
    let everywhere = world
        .token(&["base.organization.segmentRole.*", "mdm.windows.*"], &[])
        .await;
    let north = world.token(&["*"], &[north]).await;
    let make = |token: String, actions: &'static str| {
        let (world, path) = (&world, &path);
        async move {
            let body = json!({ "name": actions, "slug": "x", "actions": [actions] });
            world.call(Method::POST, path, Some(&token), Some(body)).await
        }
    };
    let answer = make(everywhere.clone(), "*").await;
    assert_eq!(answer.refused(), (401, 4001));
    assert_eq!(answer.body["error"]["details"]["requiredPermission"], "*");
    assert_eq!(make(everywhere, "mdm.windows.*").await.status, 200);
    let answer = make(north, "mdm.windows.device.get").await;
    assert_eq!(answer.refused(), (401, 4001));
    assert_eq!(
        answer.body["error"]["details"]["requiredPermission"],
        "base.organization.segmentRole.create"
    );
}
