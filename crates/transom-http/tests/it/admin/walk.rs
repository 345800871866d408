//! Route × role × organization × segment: all of it made from the table of routes and the rules of roles.

mod strangers;

use super::{
    callers::{body, method, path},
    world::{NewDevice, World},
};
use serde_json::{Value, json};
use transom_domain::{permission::ORGANIZATION_WIDE, role::BuiltInRole, segment::SegmentId};
use transom_http::admin::{
    AdminSettings,
    routes::{ROUTES, Route},
    throttle::Rate,
};

/// A limit that no walk meets.
pub fn generous() -> AdminSettings {
    AdminSettings {
        requests: Rate::new(1_000_000, 1_000_000),
        ..AdminSettings::default()
    }
}

/// Whether a caller with that role, everywhere or in a part, gets past the check of permissions.
fn passes(route: &Route, role: BuiltInRole, everywhere: bool) -> bool {
    route.permission.is_none_or(|permission| {
        role.actions().allows(permission) && (everywhere || !ORGANIZATION_WIDE.contains(&permission))
    })
}

#[actix_web::test]
async fn each_role_opens_the_routes_of_its_actions_and_no_other() {
    let world = World::with(generous()).await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let (mut opened, mut closed) = (0, 0);
    for role in BuiltInRole::ALL {
        for segments in [vec![], vec![north.0]] {
            let (_, token) = world
                .account(json!([{ "roleId": role.as_str(), "segmentIds": segments }]))
                .await;
            for route in ROUTES.iter().filter(|r| r.takes_token()) {
                let call = |organization: &'static str| {
                    let path = path(route, organization, "nobody");
                    world.call(
                        method(route),
                        Box::leak(path.into_boxed_str()),
                        Some(&token),
                        body(route),
                    )
                };
                let place = format!("{} {} {segments:?}", route.name(), role.as_str());
                let own = call("default").await;
                if passes(route, role, segments.is_empty()) {
                    assert_ne!(own.status, 401, "{place}: {}", own.body);
                    assert!(own.status.as_u16() < 500, "{place}: {}", own.body);
                    opened += 1;
                } else {
                    assert_eq!(own.refused(), (401, 4001), "{place}");
                    assert_eq!(
                        own.body["error"]["details"]["requiredPermission"].as_str(),
                        route.permission,
                        "{place}"
                    );
                    closed += 1;
                }
                assert_eq!(call("other").await.refused(), (404, 3001), "{place}");
            }
        }
    }
    assert!(opened > 50 && closed > 20, "{opened} {closed}");
}

#[actix_web::test]
async fn a_device_is_there_for_a_role_in_its_segment_or_above_and_for_no_other() {
    let world = World::with(generous()).await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let office = world.segment("Office", north).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    for role in BuiltInRole::ALL {
        for (segment, is_seen) in [(SegmentId::ROOT, true), (north, true), (office, true), (south, false)] {
            let (_, token) = world
                .account(json!([{ "roleId": role.as_str(), "segmentIds": [segment.0] }]))
                .await;
            for route in ROUTES.iter().filter(|r| r.path.contains("{winDeviceId}")) {
                let device = world
                    .device(NewDevice {
                        segment: office,
                        ..NewDevice::default()
                    })
                    .await
                    .to_string();
                // Where it already is: a move to a place out of sight would be refused for that.
                let body = match body(route) {
                    Some(body) if body.get("segmentId").is_some() => Some(json!({ "segmentId": office.0 })),
                    other => other,
                };
                let path = path(route, "default", &device);
                let answer = world.call(method(route), &path, Some(&token), body).await;
                let place = format!("{} {} {segment}: {}", route.name(), role.as_str(), answer.body);
                if !passes(route, role, false) {
                    assert_eq!(answer.refused(), (401, 4001), "{place}");
                } else if !is_seen {
                    assert_eq!(answer.refused(), (404, 3001), "{place}");
                } else if !route.path.contains("{winCommandId}") {
                    assert_eq!(answer.status, 200, "{place}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn each_permission_holds_in_the_segments_of_the_roles_that_grant_it() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    let device = |segment| {
        world.device(NewDevice {
            segment,
            ..NewDevice::default()
        })
    };
    let (in_north, in_south) = (device(north).await, device(south).await);
    // Looks everywhere, changes in the north only, moves in the south only.
    let roles = json!([
        { "roleId": "viewer" },
        { "actions": ["mdm.windows.device.update"], "segmentIds": [north.0] },
        { "actions": ["mdm.windows.device.move"], "segmentIds": [south.0] },
    ]);
    let (_, token) = world.account(roles).await;
    let put = |device, rest: &'static str, body: Value| {
        let path = format!("/v1/organizations/default/mdm/windows/enterprise/devices/{device}{rest}");
        let (world, token) = (&world, &token);
        async move {
            world
                .call(actix_web::http::Method::PUT, &path, Some(token), Some(body))
                .await
        }
    };
    let name = json!({ "displayName": "x" });
    assert_eq!(put(in_north, "", name.clone()).await.status, 200);
    assert_eq!(put(in_south, "", name).await.refused(), (404, 3001));
    assert_eq!(
        put(in_south, "/move", json!({ "segmentId": south.0 })).await.status,
        200
    );
    assert_eq!(
        put(in_south, "/move", json!({ "segmentId": north.0 })).await.refused(),
        (404, 3001)
    );
    assert_eq!(
        put(in_north, "/move", json!({ "segmentId": north.0 })).await.refused(),
        (404, 3001)
    );
    // What the body makes necessary is not held where the device is.
    let answer = put(in_north, "", json!({ "segmentId": south.0 })).await;
    assert_eq!(answer.refused(), (401, 4001));
    assert_eq!(
        answer.body["error"]["details"]["requiredPermission"],
        "mdm.windows.device.move"
    );
    let shown = world
        .call(
            actix_web::http::Method::GET,
            "/v1/organizations/default/permissions",
            Some(&token),
            None,
        )
        .await;
    let permission = |name: &str| {
        let list = shown.data().as_array().unwrap();
        list.iter().find(|p| p["name"] == name).cloned().unwrap()
    };
    assert_eq!(permission("mdm.windows.device.update")["segmentIds"], json!([north.0]));
    assert_eq!(permission("mdm.windows.device.move")["segmentIds"], json!([south.0]));
    let get = permission("mdm.windows.device.get");
    assert_eq!((&get["granted"], &get["segmentIds"]), (&json!(true), &Value::Null));
    assert_eq!(permission("mdm.windows.device.remove")["granted"], false);
    let listed: Vec<_> = shown
        .data()
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|p| p["routes"].as_array().unwrap())
        .collect();
    for route in ROUTES.iter().filter(|r| r.permission.is_some()) {
        assert!(
            listed.iter().any(|name| **name == json!(route.name())),
            "{}",
            route.name()
        );
    }
}
