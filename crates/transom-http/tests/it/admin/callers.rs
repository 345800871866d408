//! Who may call what: every route of the table, and the order of the checks (A.0).

use super::world::{NewDevice, O, Response, W, World};
use actix_web::{http::Method, test::TestRequest};
use serde_json::{Value, json};
use transom_domain::segment::SegmentId;
use transom_http::admin::{
    AdminSettings,
    routes::{ROUTES, Route},
    throttle::Rate,
};

const NOBODY: &str = "507f1f77bcf86cd799439011";

pub fn method(route: &Route) -> Method {
    Method::from_bytes(route.verb.as_str().as_bytes()).unwrap()
}

/// The path of a route; whatever is not said is somebody who does not exist.
pub fn path(route: &Route, organization: &str, device: &str) -> String {
    let mut path = String::new();
    for (place, part) in route.path.split(['{', '}']).enumerate() {
        path.push_str(match part {
            "organizationId" => organization,
            "winDeviceId" => device,
            "version" => "1",
            _ if place % 2 == 1 => NOBODY,
            text => text,
        });
    }
    path
}

/// A body that the route takes.
pub fn body(route: &Route) -> Option<Value> {
    let body = match route.body?.schema {
        "SendCommands" => json!({ "commands": [{ "config": { "path": "./A", "action": "Get", "format": "null" } }] }),
        "CreateSegment" => json!({ "name": "North" }),
        "CreatePolicy" => json!({ "name": "Baseline" }),
        "RollBackPolicy" => json!({ "version": 1 }),
        "MoveDevice" => json!({ "segmentId": 0 }),
        "RefreshDevice" => json!({ "info": ["hardware"] }),
        "CreateUser" => json!({ "email": "walk@example.com" }),
        "CreateServiceAccount" | "CreateToken" => json!({ "name": "walk" }),
        // What whoever may make roles has in any case.
        "CreateSegmentRole" => json!({ "name": "walk", "actions": ["base.organization.segmentRole.create"] }),
        "CreateApplication" => json!({ "name": "walk", "type": "store", "config": { "winStoreId": "9N" } }),
        "CreateScript" => json!({ "name": "walk", "content": "exit", "runner": "sh" }),
        "CreateSmartAttribute" => {
            json!({ "name": "walk", "input": { "type": "manual" }, "output": { "type": "string" } })
        }
        _ => json!({ "displayName": "New" }),
    };
    Some(body)
}

async fn walk(world: &World, token: Option<&str>, organization: &str, device: &str) -> Vec<(&'static Route, Response)> {
    let mut answers = Vec::new();
    for route in ROUTES.iter().filter(|r| r.takes_token()) {
        let path = path(route, organization, device);
        answers.push((route, world.call(method(route), &path, token, body(route)).await));
    }
    answers
}

#[actix_web::test]
async fn every_route_wants_a_token() {
    let world = World::new().await;
    for (route, answer) in walk(&world, None, "default", NOBODY).await {
        assert_eq!(answer.refused(), (401, 4002), "{}", route.name());
        assert_eq!(answer.body["error"]["message"], "No auth token");
        assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
    }
}

#[actix_web::test]
async fn every_route_refuses_a_token_that_is_none() {
    let unknown = format!("trm_{}", "A".repeat(43));
    for token in [unknown.as_str(), "x"] {
        // A server of its own for each: whoever guesses as often as there are routes, twice over, is slowed down.
        let world = World::new().await;
        for (route, answer) in walk(&world, Some(token), "default", NOBODY).await {
            assert_eq!(answer.refused(), (401, 4004), "{}", route.name());
        }
    }
}

#[actix_web::test]
async fn no_route_opens_an_organization_to_a_foreign_token() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await.to_string();
    for organization in [
        "default".to_owned(),
        world.organization.to_string(),
        "nobody".to_owned(),
        "x".to_owned(),
    ] {
        for (route, answer) in walk(&world, Some(&world.foreign), &organization, &device).await {
            assert_eq!(answer.refused(), (404, 3001), "{} {organization}", route.name());
            assert_eq!(
                answer.body["error"],
                json!({ "code": 3001, "message": "Entity not found" })
            );
        }
    }
    let shown = world.get(&format!("{W}/devices/{device}")).await;
    assert_eq!(shown.data()["displayName"], "Laptop");
}

#[actix_web::test]
async fn no_route_shows_a_device_of_another_organization_under_its_own() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await.to_string();
    for (route, answer) in walk(&world, Some(&world.foreign), "other", &device).await {
        if route.path.contains("{winDeviceId}") {
            assert_eq!(answer.refused(), (404, 3001), "{}", route.name());
        }
    }
}

#[actix_web::test]
async fn every_route_wants_its_permission() {
    let world = World::new().await;
    let token = world.token(&["mdm.windows.nothing.get"], &[]).await;
    for (route, answer) in walk(&world, Some(&token), "default", NOBODY).await {
        let Some(permission) = route.permission else {
            assert_eq!(answer.status, 200, "{}: {}", route.name(), answer.body);
            continue;
        };
        assert_eq!(answer.refused(), (401, 4001), "{}", route.name());
        assert_eq!(
            answer.body["error"]["details"],
            json!({ "requiredPermission": permission })
        );
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{permission}\"");
        assert_eq!(answer.header("WWW-Authenticate"), Some(challenge.as_str()));
    }
    for route in ROUTES.iter().filter(|r| r.permission.is_some()) {
        let token = world.token(&[route.permission.unwrap()], &[]).await;
        let answer = world
            .call(
                method(route),
                &path(route, "default", NOBODY),
                Some(&token),
                body(route),
            )
            .await;
        assert_ne!(answer.status, 401, "{}: {}", route.name(), answer.body);
    }
}

#[actix_web::test]
async fn a_token_of_one_segment_sees_no_device_of_another() {
    let world = World::new().await;
    let (north, south) = (
        world.segment("North", SegmentId::ROOT).await,
        world.segment("South", SegmentId::ROOT).await,
    );
    let device = world
        .device(NewDevice {
            segment: south,
            ..NewDevice::default()
        })
        .await;
    let token = world.token(&["*"], &[north]).await;
    for (route, answer) in walk(&world, Some(&token), "default", &device.to_string()).await {
        if route.path.contains("{winDeviceId}") {
            assert_eq!(answer.refused(), (404, 3001), "{}", route.name());
        }
    }
    let list = world
        .call(Method::GET, &format!("{W}/devices"), Some(&token), None)
        .await;
    assert_eq!(list.data()["totalDocs"], 0);
}

#[actix_web::test]
async fn a_token_sees_what_lies_below_its_segment() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let office = world.segment("Office", north).await;
    let device = world
        .device(NewDevice {
            segment: office,
            ..NewDevice::default()
        })
        .await;
    let token = world.token(&["*"], &[north]).await;
    let shown = world
        .call(Method::GET, &format!("{W}/devices/{device}"), Some(&token), None)
        .await;
    assert_eq!(
        shown.data()["segment"]["path"],
        "North/Office",
        "the root is out of sight"
    );
    let shown = world.get(&format!("{W}/devices/{device}")).await;
    assert_eq!(shown.data()["segment"]["path"], "Global/North/Office");
}

#[actix_web::test]
async fn an_organization_is_named_by_id_or_slug_in_any_case() {
    let world = World::new().await;
    let id = world.organization.to_string();
    for name in ["default", "DEFAULT", &id, &id.to_uppercase()] {
        let answer = world.get(&format!("/v1/organizations/{name}/segments")).await;
        assert_eq!(answer.data()[0]["id"], 0, "{name}");
    }
}

#[actix_web::test]
async fn the_checks_come_in_their_order() {
    let world = World::new().await;
    let active = world.device(NewDevice::default()).await;
    let weak = world.token(&["mdm.windows.device.update"], &[]).await;
    let put = |path: String, token: Option<String>, body: String| {
        let mut request = TestRequest::put()
            .uri(&path)
            .insert_header(("Content-Type", "application/json"));
        if let Some(token) = token {
            request = request.insert_header(("Authorization", format!("Bearer {token}")));
        }
        world.send(request.set_payload(body))
    };
    let (admin, huge) = (Some(world.admin.clone()), " ".repeat(5 * 1024 * 1024));
    let commands = |device: &str| format!("{W}/devices/{device}/move");
    // 2 before 3, and 401 before 413.
    let answer = put(commands("x").replace("default", "nobody"), None, huge.clone()).await;
    assert_eq!(answer.refused(), (401, 4002));
    // 3 before 4.
    let answer = put(
        commands("x").replace("default", "nobody"),
        Some(weak.clone()),
        huge.clone(),
    )
    .await;
    assert_eq!(answer.refused(), (404, 3001));
    // 4 before the body is read.
    assert_eq!(
        put(commands("x"), Some(weak.clone()), huge.clone()).await.refused(),
        (401, 4001)
    );
    // 6 before 7, whatever is wrong with the body.
    let of_active = commands(&active.to_string());
    assert_eq!(put(of_active, admin.clone(), huge.clone()).await.refused(), (413, 413));
    assert_eq!(put(commands("x"), admin.clone(), huge).await.refused(), (404, 3001));
    assert_eq!(
        put(commands("x"), admin.clone(), "{".to_owned()).await.refused(),
        (404, 3001)
    );
    // 7 before 9, and before the permission that the body makes necessary.
    let update = format!("{W}/devices/{active}");
    let answer = put(
        update.clone(),
        admin,
        r#"{"displayName":"","mdmUserId":"507f1f77bcf86cd799439011"}"#.to_owned(),
    )
    .await;
    assert_eq!(answer.refused(), (400, 5091));
    let answer = put(update.clone(), Some(weak.clone()), r#"{"segmentId":-1}"#.to_owned()).await;
    assert_eq!(answer.refused(), (400, 5091));
    let answer = put(update, Some(weak), r#"{"segmentId":0}"#.to_owned()).await;
    assert_eq!(answer.refused(), (401, 4001));
    assert_eq!(
        answer.body["error"]["details"]["requiredPermission"],
        "mdm.windows.device.move"
    );
}

#[actix_web::test]
async fn a_revoked_token_and_one_that_ended_open_nothing() {
    let world = World::new().await;
    let organization = world.organization;
    let token = world.token(&["*"], &[]).await;
    world
        .write(move |tx, cx| {
            let mut tokens = tx.api_tokens(organization)?;
            let mut ended = tokens.remove(tokens.iter().position(|t| t.name == "limited").unwrap());
            ended.expires_at = Some(cx.now);
            tx.update_api_token(&ended)
        })
        .await;
    let answer = world
        .call(Method::GET, &format!("{O}/segments"), Some(&token), None)
        .await;
    assert_eq!(answer.refused(), (401, 4004));
}

#[actix_web::test]
async fn a_token_beyond_its_rate_is_told_when_to_come_back() {
    let world = World::with(AdminSettings {
        requests: Rate::new(1, 2),
        ..AdminSettings::default()
    })
    .await;
    let path = format!("{O}/segments");
    assert_eq!(world.get(&path).await.status, 200);
    assert_eq!(world.get(&path).await.status, 200);
    let answer = world.get(&path).await;
    assert_eq!(answer.refused(), (429, 429));
    assert_eq!(answer.header("Retry-After"), Some("1"));
    let foreign = world
        .call(
            Method::GET,
            "/v1/organizations/other/segments",
            Some(&world.foreign),
            None,
        )
        .await;
    assert_eq!(foreign.status, 200, "another token has its own rate");
    world.clock.now.fetch_add(1_000, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(world.get(&path).await.status, 200);
}

#[actix_web::test]
async fn an_address_that_guesses_is_slowed_down_and_valid_tokens_are_not() {
    let world = World::with(AdminSettings {
        failed_sign_ins: Rate::new(1, 2),
        ..AdminSettings::default()
    })
    .await;
    let path = format!("{O}/segments");
    assert_eq!(
        world.call(Method::GET, &path, Some("guess"), None).await.refused(),
        (401, 4004)
    );
    assert_eq!(world.call(Method::GET, &path, None, None).await.refused(), (401, 4002));
    assert_eq!(
        world.call(Method::GET, &path, Some("guess"), None).await.refused(),
        (429, 429)
    );
    assert_eq!(world.get(&path).await.status, 200);
}
