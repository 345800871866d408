//! Who may do what: the facade's routes are rows of the same table, and say no in Graph's way.

use super::apps::{have, id_of};
use super::asked::{Answer, DEVICES, ask, get, give, post, script};
use super::assignments::{assign, tagged, target};
use crate::admin::world::{NewDevice, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::segment::SegmentId;
use transom_http::{
    admin::{
        AdminSettings,
        routes::{self, Route, Verb},
        throttle::Rate,
    },
    graph::routes::GRAPH_ROUTES,
};

/// The path of a route, for a device that was given that script; where an assignment is meant, `app` is its audience.
fn path(route: &Route, device: &str, script: &str, app: &str) -> String {
    let path = route.path.replace("{id}", device).replace("{action}", "rebootNow");
    let path = path
        .replace("{scriptId}", script)
        .replace("{runStateId}", &format!("{script}:{device}"))
        .replace("{assignmentId}", &format!("{script}:{app}"));
    path.replace("{userId}", "ada@example.com").replace("{appId}", app)
}

fn body(route: &Route) -> Option<Value> {
    route.body.map(|_| match route.path {
        p if p.ends_with("$batch") => json!({ "requests": [{ "id": "1", "method": "GET", "url": "/$metadata" }] }),
        p if p.ends_with("executeAction") => json!({ "actionName": "syncDevice", "deviceIds": ["x"] }),
        p if p.ends_with("/hasPayloadLinks") => json!({ "payloadIds": [] }),
        p if p.ends_with("/assign") => json!({ "deviceManagementScriptAssignments": [target("allDevices", None)] }),
        p if p.ends_with("/deviceManagementScripts") => json!({ "displayName": "x", "scriptContent": "eA==" }),
        _ => json!({}),
    })
}

async fn walked(world: &World, route: &Route, token: Option<&str>, names: [&str; 3]) -> Answer {
    let [device, script, app] = names;
    let method = Method::from_bytes(route.verb.as_str().as_bytes()).unwrap();
    ask(
        world,
        method,
        &path(route, device, script, app),
        token,
        body(route),
        &[],
    )
    .await
}

#[actix_web::test]
async fn every_route_wants_a_token_and_its_permission() {
    // Three wrong tokens for each of many routes.
    let world = World::with(AdminSettings {
        failed_sign_ins: Rate::new(1_000_000, 1_000_000),
        ..AdminSettings::default()
    })
    .await;
    let ada = world.user("ada@example.com").await;
    let nothing = world.token(&["mdm.windows.nothing.get"], &[]).await;
    for route in &GRAPH_ROUTES {
        let device = world
            .device(NewDevice {
                user: Some(ada),
                ..NewDevice::default()
            })
            .await;
        have(&world, device, &[("App", "1")]).await;
        let app = id_of(&world, "App").await;
        let device = device.to_string();
        let script = script(&world).await;
        if route.verb != Verb::Delete {
            // A script that is used stays.
            give(&world, &device, &script).await;
        }
        let group = if route.path.contains("{assignmentId}") {
            let group = tagged(&world, "sales").await;
            let assigned = assign(&world, &script, &[target("group", Some(&group))]).await;
            assert_eq!(assigned.status, 200, "{}", assigned.text);
            group
        } else {
            app
        };
        let names = [device.as_str(), script.as_str(), group.as_str()];
        let name = route.name();
        for token in [None, Some("transom_wrong"), Some("")] {
            let refused = walked(&world, route, token, names).await;
            assert_eq!(
                refused.refused(),
                (401, "InvalidAuthenticationToken".to_owned()),
                "{name}"
            );
            assert!(
                refused.header("www-authenticate").unwrap().starts_with("Bearer"),
                "{name}"
            );
        }
        let refused = walked(&world, route, Some(&nothing), names).await;
        let Some(permission) = route.permission else {
            assert_eq!(refused.status, 200, "{name}: {}", refused.text);
            continue;
        };
        assert_eq!(
            refused.refused(),
            (403, "Authorization_RequestDenied".to_owned()),
            "{name}"
        );
        assert!(refused.text.contains(permission), "{name}");
        // Who sees on which devices a script runs needs to see devices.
        let list = "mdm.windows.device.list";
        let token = world.token(&[permission, list], &[]).await;
        let passed = walked(&world, route, Some(&token), names).await;
        assert!(matches!(passed.status, 200 | 201 | 204), "{name}: {}", passed.text);
    }
}

#[actix_web::test]
async fn a_device_is_there_in_its_own_segments_only() {
    let world = World::new().await;
    let (north, south) = (
        world.segment("North", SegmentId::ROOT).await,
        world.segment("South", SegmentId::ROOT).await,
    );
    let ada = world.user("ada@example.com").await;
    let script = script(&world).await;
    let token = world.token(&["*"], &[south]).await;
    for route in GRAPH_ROUTES
        .iter()
        .filter(|r| r.path.contains("{id}") || r.path.contains("{runStateId}"))
    {
        let device = world
            .device(NewDevice {
                segment: north,
                user: Some(ada),
                ..NewDevice::default()
            })
            .await;
        have(&world, device, &[("App", "1")]).await;
        let (device, app) = (device.to_string(), id_of(&world, "App").await);
        give(&world, &device, &script).await;
        for token in [&token, &world.foreign] {
            let refused = walked(&world, route, Some(token), [&device, &script, &app]).await;
            assert_eq!(
                refused.refused(),
                (404, "ResourceNotFound".to_owned()),
                "{}",
                route.name()
            );
        }
    }
}

#[actix_web::test]
async fn both_halves_are_in_one_table_of_permissions() {
    let world = World::new().await;
    let listed = world.get("/v1/organizations/default/permissions").await;
    let listed = listed.data().to_string();
    for route in routes::all().filter(|r| r.permission.is_some()) {
        assert!(listed.contains(&format!("\"{}\"", route.name())), "{}", route.name());
    }
    assert!(listed.contains("PATCH /beta/managedDevices/{id}"));
}

#[actix_web::test]
async fn every_answer_has_its_ids() {
    let world = World::new().await;
    for (path, client) in [
        (format!("/v1.0/{DEVICES}"), "my-id-1"),
        ("/beta/nowhere".to_owned(), "my-id-2"),
    ] {
        let answer = ask(
            &world,
            Method::GET,
            &path,
            Some(&world.admin),
            None,
            &[("client-request-id", client)],
        )
        .await;
        assert_eq!(answer.header("client-request-id"), Some(client));
        let own = answer.header("request-id").unwrap();
        assert!(own.len() == 36 && own.as_bytes()[14] == b'4', "{own}");
    }
    let answer = ask(
        &world,
        Method::GET,
        "/v1.0/x",
        None,
        None,
        &[("client-request-id", "a b\"")],
    )
    .await;
    assert_eq!(
        answer.header("client-request-id"),
        answer.header("request-id"),
        "what cannot be echoed is not"
    );
    let date = answer.json()["error"]["innerError"]["date"].clone();
    assert_eq!(date, "2026-02-10T10:00:00");
}

#[actix_web::test]
async fn what_is_not_served_is_said_in_graph_s_way() {
    let world = World::new().await;
    for path in [
        "/v1.0",
        "/beta/",
        "/v1.0/me",
        "/v1.0/deviceManagement",
        "/beta/deviceManagement/deviceCategories",
        "/v1.0/deviceManagement/managedDevices/executeAction/x/y",
    ] {
        assert_eq!(
            get(&world, path).await.refused(),
            (404, "ResourceNotFound".to_owned()),
            "{path}"
        );
    }
    let wrong = post(&world, &format!("/v1.0/{DEVICES}"), Some(json!({}))).await;
    assert_eq!(wrong.refused(), (405, "MethodNotAllowed".to_owned()));
    assert_eq!(wrong.header("allow"), Some("GET, HEAD"));
    // The other half keeps its own way.
    let other = world.get("/v1/organizations/default/nowhere").await;
    assert_eq!(other.refused(), (404, 3001));
}

#[actix_web::test]
async fn too_many_requests_are_asked_to_wait() {
    let settings = AdminSettings {
        requests: Rate::new(1, 3),
        ..AdminSettings::default()
    };
    let world = World::with(settings).await;
    let mut last = get(&world, &format!("/v1.0/{DEVICES}")).await;
    for _ in 0..5 {
        last = get(&world, &format!("/v1.0/{DEVICES}")).await;
    }
    assert_eq!(last.refused(), (429, "TooManyRequests".to_owned()));
    assert!(last.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
}

#[actix_web::test]
async fn a_body_beyond_its_limit_is_refused() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let body = json!({ "notes": "x".repeat(70_000) });
    let refused = ask(
        &world,
        Method::PATCH,
        &format!("/v1.0/{DEVICES}/{device}"),
        Some(&world.admin),
        Some(body),
        &[],
    )
    .await;
    assert_eq!(refused.refused(), (413, "RequestEntityTooLarge".to_owned()));
}
