//! Scripts and the states of their runs.

use super::asked::{DEVICES, ask, followed, get, give, patch, post, script};
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

fn content(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[actix_web::test]
async fn scripts_are_made_changed_listed_and_removed() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let body = json!({
        "@odata.type": "#microsoft.graph.deviceManagementScript",
        "displayName": "Clean", "description": "Cleans up", "scriptContent": content("exit 0"),
        "runAsAccount": "user", "enforceSignatureCheck": true, "fileName": "clean.ps1",
        "roleScopeTagIds": [north.to_string()], "runAs32Bit": true,
    });
    let made = post(&world, SCRIPTS, Some(body.clone())).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(made[name], *value, "{name}");
    }
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("{SCRIPTS}/{id}");
    assert_eq!(get(&world, &path).await.good()["fileName"], "clean.ps1");
    let ours = world
        .get(&format!("/v1.0/{id}").replace("/v1.0", "/v1/organizations/default/mdm/scripts"))
        .await;
    assert_eq!(ours.data()["content"], "exit 0", "it is the same record");

    let changed = patch(&world, &path, json!({ "description": null, "runAs32Bit": false }))
        .await
        .good();
    assert_eq!(
        (&changed["description"], &changed["runAs32Bit"]),
        (&json!(null), &json!(false))
    );
    assert_eq!(changed["scriptContent"], body["scriptContent"], "what is absent stays");
    let read = get(&world, &path).await.good();
    patch(&world, &path, read).await.good();

    for n in 0..4 {
        let more = json!({ "displayName": format!("S{n}"), "scriptContent": content("x") });
        assert_eq!(post(&world, SCRIPTS, Some(more)).await.status, 201);
    }
    let body = json!({ "name": "none of Graph's", "content": "x", "runner": "cmd.exe" });
    world.post("/v1/organizations/default/mdm/scripts", body).await.data();
    assert_eq!(get(&world, &format!("{SCRIPTS}/$count")).await.text, "5");
    let (mut found, mut next) = (Vec::new(), Some(format!("{SCRIPTS}?$top=2&$orderby=displayName")));
    while let Some(path) = next {
        let page = get(&world, &path).await.good();
        found.extend(
            page["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|s| s["displayName"].as_str().unwrap().to_owned()),
        );
        assert!(
            page["value"]
                .as_array()
                .unwrap()
                .iter()
                .all(|s| s["scriptContent"].is_null())
        );
        next = followed(&page["@odata.nextLink"]);
    }
    assert_eq!(found, ["Clean", "S0", "S1", "S2", "S3"]);
    let filtered = get(&world, &format!("{SCRIPTS}?$filter=enforceSignatureCheck%20eq%20true")).await;
    assert_eq!(filtered.ids(), std::slice::from_ref(&id));
    assert_eq!(
        get(&world, &format!("{path}/runSummary")).await.good()["successDeviceCount"],
        0
    );
    assert_eq!(
        get(&world, &format!("{path}/userRunStates")).await.good()["value"],
        json!([])
    );

    let gone = ask(&world, Method::DELETE, &path, Some(&world.admin), None, &[]).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_eq!(get(&world, &path).await.refused().0, 404);
}

#[actix_web::test]
async fn what_is_wrong_with_a_script_is_named() {
    let world = World::new().await;
    let wrong = post(
        &world,
        SCRIPTS,
        Some(json!({
            "displayName": 7, "scriptContent": "%", "runAsAccount": "root", "enforceSignatureCheck": "yes",
            "roleScopeTagIds": [], "assignments": [], "colour": "red", "fileName": "a/b.ps1",
        })),
    )
    .await;
    assert_eq!(wrong.refused(), (400, "BadRequest".to_owned()));
    let mut targets: Vec<String> = wrong.details().into_iter().map(|(_, target)| target).collect();
    targets.sort();
    let expected = [
        "assignments",
        "colour",
        "displayName",
        "enforceSignatureCheck",
        "fileName",
        "roleScopeTagIds",
        "runAsAccount",
        "scriptContent",
    ];
    assert_eq!(targets, expected);
    let missing = post(&world, SCRIPTS, Some(json!({}))).await;
    assert_eq!(missing.details().len(), 2);
    let utf16 = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode([0xff, 0xfe, b'x', 0])
    };
    let foreign = post(
        &world,
        SCRIPTS,
        Some(json!({ "displayName": "x", "scriptContent": utf16 })),
    )
    .await;
    assert_eq!(foreign.details()[0].1, "scriptContent");
    let large = |bytes: usize| json!({ "displayName": "x", "scriptContent": content(&"x".repeat(bytes)) });
    assert_eq!(post(&world, SCRIPTS, Some(large(256 * 1024))).await.status, 201);
    let refused = post(&world, SCRIPTS, Some(large(256 * 1024 + 1))).await;
    assert_eq!(refused.details()[0].1, "scriptContent");

    let used = script(&world).await;
    let device = world.device(NewDevice::default()).await.to_string();
    give(&world, &device, &used).await;
    let kept = ask(
        &world,
        Method::DELETE,
        &format!("{SCRIPTS}/{used}"),
        Some(&world.admin),
        None,
        &[],
    )
    .await;
    assert_eq!(kept.refused().0, 400, "a device has it");
    let token = world
        .token(&["mdm.global.script.get", "mdm.global.script.list"], &[])
        .await;
    let body = Some(json!({ "displayName": "x", "scriptContent": content("x") }));
    let refused = ask(&world, Method::POST, SCRIPTS, Some(&token), body, &[]).await;
    assert_eq!(refused.refused().0, 403);
}
