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
