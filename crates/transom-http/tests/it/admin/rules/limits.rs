//! Each limit at the limit and one above. Those of selectors are held by tests of the domain.

use super::{M, audience, body, id, policy};
use crate::admin::world::{START_MILLIS, World};
use serde_json::json;
use transom_domain::{
    Timestamp,
    audience::{AUDIENCES_MAX, Audience, DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX, Selectors},
    automation_rule::{AutomationRule, RULE_AUDIENCES_MAX, RULES_MAX},
    segment::SegmentId,
};

/// Stores so many audiences, past the API.
async fn audiences(world: &World, count: usize) {
    let organization = world.organization;
    world
        .write(move |tx, cx| {
            for number in 0..count {
                tx.insert_audience(&Audience {
                    id: cx.id(),
                    organization,
                    segment: SegmentId::ROOT,
                    expose_to_children: true,
                    name: format!("Audience {number}"),
                    description: None,
                    selectors: Selectors::default(),
                    exclude: Selectors::default(),
                    created_at: Timestamp::from_millis(START_MILLIS),
                    updated_at: Timestamp::from_millis(START_MILLIS),
                })?;
            }
            Ok(())
        })
        .await;
}

#[actix_web::test]
async fn an_organization_has_so_many_audiences_and_rules() {
    let world = World::new().await;
    let first = audience(&world, json!({})).await;
    let policy = policy(&world, 1).await;
    audiences(&world, AUDIENCES_MAX - 2).await;
    let path = format!("{M}/device-audiences");
    let one = json!({ "name": "x", "selectors": {} });
    assert_eq!(world.post(&path, one.clone()).await.status, 200);
    assert_eq!(world.post(&path, one).await.refused(), (400, 5017));

    let rules = format!("{M}/automation-rules");
    let made = world.post(&rules, body(&first, &policy, 1)).await;
    let organization = world.organization;
    let like = id(&made);
    world
        .write(move |tx, cx| {
            let like = tx
                .automation_rule(organization, transom_domain::RuleId::parse(&like).unwrap())?
                .unwrap();
            for _ in 0..RULES_MAX - 2 {
                tx.insert_automation_rule(&AutomationRule {
                    id: cx.id(),
                    ..like.clone()
                })?;
            }
            Ok(())
        })
        .await;
    assert_eq!(world.post(&rules, body(&first, &policy, 1)).await.status, 200);
    assert_eq!(
        world.post(&rules, body(&first, &policy, 1)).await.refused(),
        (400, 5017)
    );
    let page = world.get(&format!("{rules}?limit=50&page=4&sort=name:asc")).await;
    assert_eq!(
        (&page.data()["totalDocs"], &page.data()["hasNextPage"]),
        (&json!(RULES_MAX), &json!(false))
    );
}

#[actix_web::test]
async fn a_rule_has_so_many_audiences_and_texts_are_so_long() {
    let world = World::new().await;
    audiences(&world, RULE_AUDIENCES_MAX + 1).await;
    let policy = policy(&world, 1).await;
    let listed = world.get(&format!("{M}/device-audiences?sort=name:asc")).await;
    let ids: Vec<_> = listed.data()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["id"].clone())
        .collect();
    let rules = format!("{M}/automation-rules");
    let with = |count: usize, name: usize, description: usize, priority: u32| {
        let mut body = body("", &policy, priority);
        body["deviceAudienceIds"] = json!(ids[..count]);
        body["name"] = json!("n".repeat(name));
        body["description"] = json!("d".repeat(description));
        body
    };
    let (most, longest, wordiest) = (RULE_AUDIENCES_MAX, NAME_CHARS_MAX, DESCRIPTION_CHARS_MAX);
    assert_eq!(
        world.post(&rules, with(most, longest, wordiest, 10_000)).await.status,
        200
    );
    for (body, path) in [
        (with(most + 1, 1, 1, 0), "deviceAudienceIds"),
        (with(1, longest + 1, 1, 0), "name"),
        (with(1, 1, wordiest + 1, 0), "description"),
        (with(1, 1, 1, 10_001), "action.priority"),
    ] {
        let answer = world.post(&rules, body).await;
        assert_eq!((answer.refused(), answer.wrong()), ((400, 5209), vec![path]));
    }
    let audiences = format!("{M}/device-audiences");
    let texts = |name: usize, description: usize| json!({ "name": "n".repeat(name), "description": "d".repeat(description), "selectors": {} });
    assert_eq!(world.post(&audiences, texts(longest, wordiest)).await.status, 200);
    assert_eq!(world.post(&audiences, texts(longest + 1, 1)).await.wrong(), ["name"]);
    assert_eq!(
        world.post(&audiences, texts(1, wordiest + 1)).await.wrong(),
        ["description"]
    );
}
