//! A PC that a rule takes and leaves again and again (R7).

use super::{audience, path, policy, rule, work_off};
use crate::admin::world::{NewDevice, World};
use serde_json::{Value, json};

#[actix_web::test]
async fn a_pc_that_is_held_back_says_so_and_until_when() {
    let world = World::new().await;
    let audience = audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    let policy = policy(&world, 1).await;
    let rule = rule(&world, &audience, &policy, 5).await;
    work_off(&world).await;
    let device = path(world.device(NewDevice::default()).await);
    let enforced = |shown: &Value| shown["winPolicyAssignmentsEnforced"].as_array().unwrap().len();
    for (turn, tags) in [json!(["sales"]), json!([])].iter().cycle().take(5).enumerate() {
        let shown = world.put(&device, json!({ "tags": tags })).await;
        assert_eq!(shown.data()["warnings"], json!([]));
        assert_eq!(enforced(shown.data()), 1 - turn % 2);
    }

    let held = world.put(&device, json!({ "tags": [] })).await.data().clone();
    assert_eq!(enforced(&held), 1, "it keeps what it had");
    let warning = &held["warnings"][0];
    assert_eq!(
        (&warning["rule"], &warning["winPolicyId"]),
        (&json!("flapping"), &json!(policy))
    );
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains(&rule) && message.contains("5 times"), "{message}");
    assert!(
        message.ends_with("at least until 2026-02-10T11:00:00.000Z"),
        "{message}"
    );
    assert_eq!(world.get(&device).await.data()["warnings"], held["warnings"]);
    let effective = world.get(&format!("{device}/effective-policy")).await;
    assert_eq!(effective.data()["warnings"], held["warnings"]);

    // A rule that is gone holds nothing.
    world
        .delete(&format!("/v1/organizations/default/mdm/automation-rules/{rule}"))
        .await
        .data();
    work_off(&world).await;
    let shown = world.get(&device).await;
    assert_eq!((&shown.data()["warnings"], enforced(shown.data())), (&json!([]), 0));
}
