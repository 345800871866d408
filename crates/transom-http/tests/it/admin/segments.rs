//! Segments: the tree and new ones.

use super::world::{O, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::segment::SegmentId;

#[actix_web::test]
async fn segments_are_made_and_shown_as_a_tree() {
    let world = World::new().await;
    let path = format!("{O}/segments");
    let north = world
        .post(&path, json!({ "name": " North ", "icon": "pin", "color": "#ff0000" }))
        .await;
    assert_eq!(north.data()["id"], 1);
    assert_eq!(
        (&north.data()["name"], &north.data()["parentId"]),
        (&json!("North"), &json!(0))
    );
    world.post(&path, json!({ "name": "Office", "parentId": "1" })).await;
    let tree = world.get(&path).await;
    let root = &tree.data()[0];
    assert_eq!(
        (&root["id"], &root["name"], &root["parentId"]),
        (&json!(0), &json!("Global"), &Value::Null)
    );
    let north = &root["children"][0];
    assert_eq!((&north["icon"], &north["color"]), (&json!("pin"), &json!("#ff0000")));
    assert_eq!(north["children"][0]["name"], "Office");
    assert_eq!(north["children"][0]["children"], json!([]));
}

#[actix_web::test]
async fn a_wrong_segment_is_refused_with_the_code_of_other_routes() {
    let world = World::new().await;
    let path = format!("{O}/segments");
    for (body, wrong) in [
        (json!({}), "name"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": "x".repeat(257) }), "name"),
        (json!({ "name": "x", "parentId": null }), "parentId"),
        (json!({ "name": "x", "icon": "" }), "icon"),
        (json!({ "name": "x", "color": 7 }), "color"),
    ] {
        let answer = world.post(&path, body.clone()).await;
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec![wrong]), "{body}");
        assert_eq!(answer.body["error"]["message"], "Invalid input");
    }
    let answer = world.post(&path, json!({ "name": "x", "parentId": 9 })).await;
    assert_eq!((answer.refused(), answer.wrong()), ((404, 3001), vec!["parentId"]));
}

#[actix_web::test]
async fn segments_nest_up_to_their_depth() {
    let world = World::new().await;
    let path = format!("{O}/segments");
    let mut parent = 0;
    for level in 1..=16 {
        let answer = world
            .post(&path, json!({ "name": format!("level {level}"), "parentId": parent }))
            .await;
        parent = answer.data()["id"].as_u64().unwrap();
    }
    let answer = world
        .post(&path, json!({ "name": "too deep", "parentId": parent }))
        .await;
    assert_eq!(answer.refused(), (400, 5017));
}

#[actix_web::test]
async fn a_limited_token_works_below_its_own_segment() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    let token = world.token(&["base.organization.segment.*"], &[north]).await;
    let path = format!("{O}/segments");
    let made = world
        .call(Method::POST, &path, Some(&token), Some(json!({ "name": "Office" })))
        .await;
    assert_eq!(
        made.data()["parentId"],
        north.0,
        "its only segment is the parent if it says nothing"
    );
    let body = json!({ "name": "x", "parentId": south.0 });
    assert_eq!(
        world
            .call(Method::POST, &path, Some(&token), Some(body))
            .await
            .refused(),
        (404, 3001)
    );
    let tree = world.call(Method::GET, &path, Some(&token), None).await;
    let tops = tree.data().as_array().unwrap();
    assert_eq!(tops.len(), 1);
    assert_eq!((&tops[0]["id"], &tops[0]["parentId"]), (&json!(north.0), &Value::Null));
    assert_eq!(tops[0]["children"][0]["name"], "Office");
}

#[actix_web::test]
async fn a_segment_is_changed_and_moved_with_what_lies_below() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    let office = world.segment("Office", north).await;
    let path = |id: SegmentId| format!("{O}/segments/{id}");
    let changed = world.put(&path(north), json!({ "name": "Nord", "icon": "pin" })).await;
    assert_eq!(
        (&changed.data()["name"], &changed.data()["icon"]),
        (&json!("Nord"), &json!("pin"))
    );
    let moved = world
        .put(&path(north), json!({ "parentId": south.0, "icon": null }))
        .await;
    assert_eq!(
        (&moved.data()["parentId"], &moved.data()["icon"]),
        (&json!(south.0), &Value::Null)
    );
    let token = world.token(&["base.organization.segment.list"], &[south]).await;
    let tree = world
        .call(Method::GET, &format!("{O}/segments"), Some(&token), None)
        .await;
    assert_eq!(tree.data()[0]["children"][0]["children"][0]["id"], office.0);
    for below in [north, office] {
        let answer = world.put(&path(north), json!({ "parentId": below.0 })).await;
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec!["parentId"]));
        assert_eq!(answer.body["error"]["details"][0]["rule"], "cycle");
    }
    assert_eq!(
        world
            .put(&path(SegmentId(0)), json!({ "name": "All", "parentId": null }))
            .await
            .data()["name"],
        "All"
    );
    assert_eq!(
        world.put(&path(SegmentId(0)), json!({ "parentId": 1 })).await.refused(),
        (400, 5209)
    );
    assert_eq!(
        world.put(&path(north), json!({ "parentId": 99 })).await.refused(),
        (404, 3001)
    );
    assert_eq!(
        world
            .put(&path(north), json!({ "name": "x".repeat(257) }))
            .await
            .refused(),
        (400, 5209)
    );
    assert_eq!(
        world.put(&path(north), json!({ "name": "x".repeat(256) })).await.status,
        200
    );
    assert_eq!(world.put(&path(SegmentId(99)), json!({})).await.refused(), (404, 3001));
    let log = world
        .get(&format!(
            "{O}/audit-logs?action=base.organization.segment.update&sort=date:asc"
        ))
        .await;
    let entry = &log.data()["items"][1];
    assert_eq!(
        (&entry["before"]["parentId"], &entry["after"]["parentId"]),
        (&json!(0), &json!(south.0))
    );
}

#[actix_web::test]
async fn a_move_keeps_to_the_depth_and_to_what_the_caller_may_change() {
    let world = World::new().await;
    let mut deep = SegmentId::ROOT;
    for _ in 0..14 {
        deep = world.segment("level", deep).await;
    }
    let north = world.segment("North", SegmentId::ROOT).await;
    let office = world.segment("Office", north).await;
    let put = |id: SegmentId, body: Value| {
        let world = &world;
        async move { world.put(&format!("{O}/segments/{id}"), body).await }
    };
    assert_eq!(
        put(north, json!({ "parentId": deep.0 })).await.status,
        200,
        "levels 15 and 16"
    );
    assert_eq!(put(north, json!({ "parentId": 0 })).await.status, 200);
    world.segment("Room", office).await;
    assert_eq!(put(north, json!({ "parentId": deep.0 })).await.refused(), (400, 5017));
    let token = world.token(&["base.organization.segment.*"], &[north]).await;
    let limited = |id: SegmentId, body: Value| {
        let (world, token) = (&world, &token);
        async move {
            world
                .call(Method::PUT, &format!("{O}/segments/{id}"), Some(token), Some(body))
                .await
        }
    };
    assert_eq!(limited(deep, json!({ "name": "x" })).await.refused(), (404, 3001));
    assert_eq!(
        limited(office, json!({ "parentId": deep.0 })).await.refused(),
        (404, 3001)
    );
    assert_eq!(
        limited(north, json!({ "parentId": office.0 })).await.refused(),
        (401, 4001),
        "it would leave the root"
    );
    let renamed = limited(north, json!({ "name": "Nord", "parentId": null })).await;
    assert_eq!(
        (&renamed.data()["name"], &renamed.data()["parentId"]),
        (&json!("Nord"), &Value::Null)
    );
}

#[actix_web::test]
async fn a_segment_is_removed_when_it_is_empty_and_its_number_is_not_given_again() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let office = world.segment("Office", north).await;
    let path = |id: SegmentId| format!("{O}/segments/{id}");
    let not_empty = |answer: super::world::Response, what: &str| {
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec!["segmentId"]));
        let message = answer.body["error"]["details"][0]["message"].as_str().unwrap();
        assert!(message.contains(what), "{message}");
    };
    assert_eq!(world.delete(&path(SegmentId::ROOT)).await.refused(), (400, 5209));
    not_empty(world.delete(&path(north)).await, "1 segments");
    let device = world
        .device(super::world::NewDevice {
            segment: office,
            ..super::world::NewDevice::default()
        })
        .await;
    not_empty(world.delete(&path(office)).await, "1 devices");
    world
        .delete(&format!("{}/devices/{device}?force=true", super::world::W))
        .await;
    let (account, _) = world
        .account(json!([{ "roleId": "viewer", "segmentIds": [office.0] }]))
        .await;
    not_empty(world.delete(&path(office)).await, "1 service accounts");
    world.delete(&format!("{O}/service-accounts/{account}")).await;
    assert_eq!(world.delete(&path(office)).await.data()["id"], office.0);
    assert_eq!(world.delete(&path(office)).await.refused(), (404, 3001));
    let shown = world.get(&format!("{}/devices/{device}", super::world::W)).await;
    assert_eq!(shown.data()["segmentId"], north.0, "what is deleted goes up");
    assert_ne!(world.segment("Next", north).await, office);
}

#[actix_web::test]
async fn own_segments_are_those_where_anything_may_be_done() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    let roles = json!([
        { "actions": ["base.organization.segment.list"], "segmentIds": [north.0] },
        { "actions": ["mdm.windows.device.get"], "segmentIds": [south.0] },
    ]);
    let (_, token) = world.account(roles).await;
    let ids = |path: String| {
        let (world, token) = (&world, &token);
        async move {
            let answer = world.call(Method::GET, &path, Some(token), None).await;
            let tops = answer.data().as_array().unwrap().clone();
            tops.iter().map(|s| s["id"].as_u64().unwrap()).collect::<Vec<_>>()
        }
    };
    assert_eq!(ids(format!("{O}/segments")).await, [u64::from(north.0)]);
    assert_eq!(
        ids(format!("{O}/segments/by-user")).await,
        [u64::from(north.0), u64::from(south.0)]
    );
}
