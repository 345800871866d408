//! Scripts and the states of their runs.

use super::asked::{DEVICES, ask, followed, get, give, patch, script};
use crate::admin::world::{NewDevice, World};
use actix_web::http::Method;
use serde_json::json;
use transom_domain::segment::SegmentId;

const SCRIPTS: &str = "/beta/deviceManagement/deviceManagementScripts";

#[actix_web::test]
async fn a_script_is_shown_with_its_content() {
    let world = World::new().await;
    let script = script(&world).await;
    let shown = get(&world, &format!("{SCRIPTS}/{script}")).await.good();
    assert_eq!(
        (&shown["displayName"], &shown["scriptContent"]),
        (&json!("Clean"), &json!("ZXhpdCAw"))
    );
    assert_eq!(shown["runAsAccount"], "system");
    for path in [format!("{SCRIPTS}/nobody"), format!("/v1.0{}/{script}", &SCRIPTS[5..])] {
        assert_eq!(
            get(&world, &path).await.refused(),
            (404, "ResourceNotFound".to_owned()),
            "{path}"
        );
    }
    let foreign = ask(
        &world,
        Method::GET,
        &format!("{SCRIPTS}/{script}"),
        Some(&world.foreign),
        None,
        &[],
    )
    .await;
    assert_eq!(foreign.refused().0, 404);
}

#[actix_web::test]
async fn the_runs_of_a_script_are_those_of_the_devices_that_have_it() {
    let world = World::new().await;
    let (one, other) = (script(&world).await, script(&world).await);
    let north = world.segment("North", SegmentId::ROOT).await;
    let mut runs = Vec::new();
    for n in 0..5 {
        let segment = if n == 4 { north } else { SegmentId::ROOT };
        let device = world
            .device(NewDevice {
                segment,
                ..NewDevice::default()
            })
            .await
            .to_string();
        give(&world, &device, if n == 0 { &other } else { &one }).await;
        if n == 0 {
            patch(&world, &format!("/beta/{DEVICES}/{device}"), json!({ "model": "x" }))
                .await
                .good();
        } else {
            runs.push(format!("{one}:{device}"));
        }
    }
    runs.sort();
    let mut found = Vec::new();
    let mut next = Some(format!("{SCRIPTS}/{one}/deviceRunStates?$top=2"));
    while let Some(path) = next {
        let page = get(&world, &path).await;
        assert!(
            page.json()["value"]
                .as_array()
                .unwrap()
                .iter()
                .all(|r| r["runState"] == "pending")
        );
        found.extend(page.ids());
        next = followed(&page.json()["@odata.nextLink"]);
    }
    assert_eq!(found, runs);
    let shown = get(&world, &format!("{SCRIPTS}/{one}/deviceRunStates/{}", runs[0]))
        .await
        .good();
    assert_eq!(shown["id"], runs[0]);
    let device = get(
        &world,
        &format!("{SCRIPTS}/{one}/deviceRunStates/{}/managedDevice", runs[0]),
    )
    .await
    .good();
    assert_eq!(device["id"], runs[0].split(':').nth(1).unwrap());
    // A run of another script, of a device without the script, of nothing.
    let stranger = world.device(NewDevice::default()).await;
    for run in [
        runs[0].replace(&one, &other),
        format!("{one}:{stranger}"),
        format!("{one}:x"),
        one.clone(),
    ] {
        for script in [&one, &other] {
            for rest in ["", "/managedDevice"] {
                let path = format!("{SCRIPTS}/{script}/deviceRunStates/{run}{rest}");
                assert_eq!(
                    get(&world, &path).await.refused(),
                    (404, "ResourceNotFound".to_owned()),
                    "{path}"
                );
            }
        }
    }
    let token = world
        .token(&["mdm.global.script.get", "mdm.windows.device.list"], &[north])
        .await;
    let seen = ask(
        &world,
        Method::GET,
        &format!("{SCRIPTS}/{one}/deviceRunStates"),
        Some(&token),
        None,
        &[],
    )
    .await;
    assert_eq!(seen.ids().len(), 1, "{}", seen.text);
    let blind = world.token(&["mdm.global.script.get"], &[]).await;
    let refused = ask(
        &world,
        Method::GET,
        &format!("{SCRIPTS}/{one}/deviceRunStates"),
        Some(&blind),
        None,
        &[],
    )
    .await;
    assert_eq!(refused.refused(), (403, "Authorization_RequestDenied".to_owned()));
    let refused = get(
        &world,
        &format!("{SCRIPTS}/{one}/deviceRunStates?$filter=runState eq 'pending'").replace(' ', "%20"),
    )
    .await;
    assert_eq!(refused.refused(), (400, "BadRequest".to_owned()));
}
