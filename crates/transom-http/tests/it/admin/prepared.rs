//! Policies are kept ready to be merged (`policy::cache`): nobody is ever shown one as it was.

use super::{
    careful::databases::Database,
    rules,
    world::{NewDevice, W, World},
};
use actix_web::http::Method;
use serde_json::{Value, json};

const KEY: &str = "./Vendor/MSFT/Policy/Config/Camera/AllowCamera";

/// What a PC should have by both routes that say so, and by which version.
async fn shown(world: &World, device: &str) -> (Value, Value) {
    let effective = world.get(&format!("{device}/effective-policy")).await.data().clone();
    let setting = &effective["settings"][0];
    let whole = world.get(device).await.data().clone();
    assert_eq!(whole["deviceWinPolicy"]["config"][KEY], setting["value"]);
    (setting["value"].clone(), setting["policyVersion"].clone())
}

#[actix_web::test]
async fn changes_going_back_and_what_was_undone_are_never_mixed_up() {
    for database in Database::every() {
        let world = &database.world().await;
        let policy = rules::policy(world, 1).await;
        let device = rules::path(world.device(NewDevice::default()).await);
        world.put(&device, json!({ "winPolicyId": policy })).await.data();
        let path = format!("{W}/policies/{policy}");
        let first = world.get(&path).await.header("ETag").unwrap().to_owned();
        let config = |value: u32| json!({ "config": { KEY: value } });
        assert_eq!(shown(world, &device).await, (json!(1), json!(1)));

        // Both make a second version and undo it: one on purpose, the other because the tag is an old one.
        let dry = world.put(&format!("{path}?dryRun=true"), config(20)).await;
        assert_eq!(dry.data()["version"], 2);
        assert_eq!(shown(world, &device).await, (json!(1), json!(1)));
        world.put(&path, config(2)).await.data();
        assert_eq!(
            shown(world, &device).await,
            (json!(2), json!(2)),
            "the real second version"
        );
        let late = [("If-Match", first.as_str())];
        let late = world.ask(Method::PUT, &path, Some(config(30)), &late).await;
        assert_eq!(late.refused().0, 412);
        assert_eq!(shown(world, &device).await, (json!(2), json!(2)));
        world.put(&path, config(3)).await.data();
        assert_eq!(shown(world, &device).await, (json!(3), json!(3)));

        let back = world.post(&format!("{path}/rollback"), json!({ "version": 1 })).await;
        assert_eq!(back.data()["version"], 4);
        assert_eq!(shown(world, &device).await, (json!(1), json!(4)));
        let undone = format!("{path}/rollback?dryRun=true");
        world.post(&undone, json!({ "version": 2 })).await.data();
        assert_eq!(shown(world, &device).await, (json!(1), json!(4)));
        for value in 5..9 {
            world.put(&path, config(value)).await.data();
            assert_eq!(shown(world, &device).await, (json!(value), json!(value)));
        }
        let (settings, policies) = world.state.prepared.size();
        assert_eq!((settings, policies), (1, 1), "one version of a policy is kept");

        world.put(&device, json!({ "winPolicyId": null })).await.data();
        world.delete(&path).await.data();
        let again = rules::policy(world, 100).await;
        world.put(&device, json!({ "winPolicyId": again })).await.data();
        assert_eq!(shown(world, &device).await, (json!(100), json!(1)));
    }
}
