//! What is in a sibling segment or in another organization is not there: in the path of no route, and in no body.

use super::generous;
use crate::admin::{
    callers::{body, method},
    furniture::{Furniture, OF_NO_SEGMENT, parameters, place},
    world::{Response, World},
};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::segment::SegmentId;
use transom_http::admin::routes::{AnswerSchema, ROUTES, Verb};

/// An organization with things in two segments, another one with things, and a caller who may do everything in one
/// segment.
struct Street {
    world: World,
    /// Of the caller.
    token: String,
    /// In the caller's segment.
    own: Furniture,
    /// In the segment beside.
    sibling: Furniture,
    /// In the other organization.
    foreign: Furniture,
}

impl Street {
    async fn new() -> Self {
        let mut world = World::with(generous()).await;
        let north = world.segment("North", SegmentId::ROOT).await;
        let south = world.segment("South", SegmentId::ROOT).await;
        let own = Furniture::new(&world, "default", north).await;
        let sibling = Furniture::new(&world, "default", south).await;
        world.visit();
        let foreign = Furniture::new(&world, "other", SegmentId::ROOT).await;
        world.visit();
        let (_, token) = world
            .account(json!([{ "roleId": "admin", "segmentIds": [north.0] }]))
            .await;
        Self {
            world,
            token,
            own,
            sibling,
            foreign,
        }
    }

    async fn call(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Response {
        self.world.call(method, path, Some(token), body).await
    }
}

#[actix_web::test]
async fn no_path_reaches_into_a_segment_beside() {
    let street = Street::new().await;
    let mut walked = 0;
    for route in ROUTES
        .iter()
        .filter(|r| r.takes_token() && parameters(r).next().is_some())
    {
        let path = street.sibling.path(route, "default");
        let answer = street.call(&street.token, method(route), &path, body(route)).await;
        let place = format!("{}: {}", route.name(), answer.body);
        if parameters(route).any(|name| OF_NO_SEGMENT.contains(&name)) {
            continue;
        }
        assert_eq!(answer.refused(), (404, 3001), "{place}");
        walked += 1;
    }
    assert!(walked > 50, "{walked}");
}

#[actix_web::test]
async fn no_path_reaches_into_another_organization() {
    let street = Street::new().await;
    for route in ROUTES
        .iter()
        .filter(|r| r.takes_token() && parameters(r).next().is_some())
    {
        // A version has no id of its own, and segments have numbers: the root has that of every root.
        let path = match route.path.contains("{segmentId}") {
            true => continue,
            false => street.foreign.path(route, "default"),
        };
        let answer = street
            .call(&street.world.admin, method(route), &path, body(route))
            .await;
        assert_eq!(answer.refused(), (404, 3001), "{}: {}", route.name(), answer.body);
    }
}

#[actix_web::test]
async fn what_the_walks_look_for_is_there() {
    let street = Street::new().await;
    let looks = |r: &&_| {
        let route: &transom_http::admin::routes::Route = r;
        route.verb == Verb::Get && !matches!(route.answer, AnswerSchema::Html | AnswerSchema::Binary)
    };
    for route in ROUTES.iter().filter(looks).filter(|r| parameters(r).next().is_some()) {
        // The differences between two versions need another one.
        let is_diff = route.path.ends_with("/diff");
        for (things, token) in [
            (&street.sibling, &street.world.admin),
            (&street.foreign, &street.world.foreign),
            (&street.own, &street.token),
        ] {
            let path = things.path(route, &things.organization);
            let answer = street.call(token, Method::GET, &path, None).await;
            let is_there = answer.status == 200 || (is_diff && answer.status == 400);
            assert!(is_there, "{} {}: {}", route.name(), things.organization, answer.body);
        }
    }
}

/// A body that names somebody else's thing: method, path, body, and where it names it.
type Naming = (Method, String, Value, &'static str);

/// Every body that names a thing of another one's making. `own` is the caller's, `other` is not.
fn namings(own: &Furniture, other: &Furniture) -> Vec<Naming> {
    let (post, put) = (Method::POST, Method::PUT);
    let w = |rest: &str| format!("/v1/organizations/default/mdm/windows/enterprise/{rest}");
    let m = |rest: &str| format!("/v1/organizations/default/mdm/{rest}");
    let at = |list: &str, parameter: &str| format!("{list}/{}", own.get(parameter));
    let (device, policy) = (w(&at("devices", "winDeviceId")), w(&at("policies", "winPolicyId")));
    let (template, token) = (
        w(&at("enrollment-templates", "winEnrollmentTemplateId")),
        w(&at("enrollment-tokens", "enrollmentTokenId")),
    );
    let (audience, rule) = (
        m(&at("device-audiences", "deviceAudienceId")),
        m(&at("automation-rules", "automationRuleId")),
    );
    let (application, asset) = (
        w(&at("applications", "winApplicationId")),
        m(&at("assets", "mdmAssetId")),
    );
    let here = json!(own.segment);
    let others = |parameter: &str| json!(other.get(parameter));
    let theirs = others("winPolicyId");
    let direct = json!([{ "winPolicyId": theirs, "priority": 1 }]);
    let template_of = |rule: Value| json!({ "name": "New", "segmentId": here, "rules": [rule] });
    let action =
        |policy: &Value| json!({ "type": "setPolicy", "platform": "windows", "winPolicyId": policy, "priority": 1 });
    let rule_of = |audience: Value, policy: Value| json!({ "name": "New", "segmentId": here, "deviceAudienceIds": [audience], "action": action(&policy) });
    let mine = |parameter: &str| json!(own.get(parameter));
    let of_asset =
        json!({ "name": "New", "segmentId": here, "type": "asset", "config": { "mdmAssetId": others("mdmAssetId") } });
    let mut namings = vec![
        (
            put.clone(),
            device.clone(),
            json!({ "mdmUserId": others("mdmUserId") }),
            "mdmUserId",
        ),
        (
            put.clone(),
            device.clone(),
            json!({ "winPolicyId": theirs }),
            "winPolicyId",
        ),
        (
            put.clone(),
            device.clone(),
            json!({ "winPolicyAssignments": direct }),
            "winPolicyAssignments[0].winPolicyId",
        ),
        (
            put.clone(),
            device.clone(),
            json!({ "scripts": [{ "id": others("scriptId"), "type": "once" }] }),
            "scripts[0].id",
        ),
        (
            post.clone(),
            format!("{device}/effective-policy/preview"),
            json!({ "winPolicyId": theirs }),
            "winPolicyId",
        ),
        (
            post.clone(),
            format!("{device}/effective-policy/preview"),
            json!({ "mdmUserId": others("mdmUserId") }),
            "mdmUserId",
        ),
        (
            post.clone(),
            w("enrollment-templates"),
            template_of(json!({ "winPolicyId": theirs })),
            "rules[0].winPolicyId",
        ),
        (
            put.clone(),
            template,
            json!({ "rules": [{ "winPolicyAssignments": direct }] }),
            "rules[0].winPolicyAssignments[0].winPolicyId",
        ),
        (
            post.clone(),
            w("enrollment-tokens"),
            json!({ "sendEmail": false, "segmentId": here, "winPolicyId": theirs }),
            "winPolicyId",
        ),
        (
            post.clone(),
            w("enrollment-tokens"),
            json!({ "sendEmail": false, "segmentId": here, "mdmUserId": others("mdmUserId") }),
            "mdmUserId",
        ),
        (
            put.clone(),
            token,
            json!({ "winPolicyAssignments": direct }),
            "winPolicyAssignments[0].winPolicyId",
        ),
        (
            post.clone(),
            m("automation-rules"),
            rule_of(mine("deviceAudienceId"), theirs.clone()),
            "action.winPolicyId",
        ),
        (
            post.clone(),
            m("automation-rules"),
            rule_of(others("deviceAudienceId"), mine("winPolicyId")),
            "deviceAudienceIds[0]",
        ),
        (
            put.clone(),
            rule.clone(),
            json!({ "action": action(&theirs) }),
            "action.winPolicyId",
        ),
        (
            put.clone(),
            rule.clone(),
            json!({ "deviceAudienceIds": [others("deviceAudienceId")] }),
            "deviceAudienceIds[0]",
        ),
        (
            post.clone(),
            format!("{rule}/dry-run"),
            json!({ "deviceAudienceIds": [others("deviceAudienceId")] }),
            "deviceAudienceIds[0]",
        ),
        (post.clone(), w("applications"), of_asset, "config.mdmAssetId"),
        (
            put.clone(),
            application.clone(),
            json!({ "type": "asset", "config": { "mdmAssetId": others("mdmAssetId") } }),
            "config.mdmAssetId",
        ),
    ];
    let parts = [
        (
            json!({ "applications": [{ "winApplicationId": others("winApplicationId"), "action": "available" }] }),
            "applications[0].winApplicationId",
        ),
        (
            json!({ "scripts": [{ "id": others("scriptId"), "type": "once" }] }),
            "scripts[0].id",
        ),
        (
            json!({ "assets": [{ "mdmAssetId": others("mdmAssetId"), "location": "C:\\A", "assetName": "a", "scope": "system" }] }),
            "assets[0].mdmAssetId",
        ),
        (
            json!({ "admxConfigs": [{ "winAdmxConfigId": others("winAdmxConfigId") }] }),
            "admxConfigs[0].winAdmxConfigId",
        ),
    ];
    for (part, place) in parts {
        let mut new = json!({ "name": "New", "segmentId": here });
        new.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        namings.push((put.clone(), policy.clone(), part, place));
        namings.push((post.clone(), w("policies"), new, place));
    }
    // Another organization's segments have numbers that one's own may have too.
    if other.organization == own.organization {
        let there = json!({ "segmentId": other.segment });
        for path in [&policy, &audience, &rule, &application, &asset, &device] {
            namings.push((put.clone(), path.clone(), there.clone(), "segmentId"));
        }
        namings.push((put, format!("{device}/move"), there, "segmentId"));
        let segments = "/v1/organizations/default/segments".to_owned();
        let below = json!({ "name": "New", "parentId": other.segment });
        namings.push((post, segments, below, "parentId"));
    }
    namings
}

#[actix_web::test]
async fn no_body_names_what_is_in_a_segment_beside_or_in_another_organization() {
    let street = Street::new().await;
    for other in [&street.sibling, &street.foreign] {
        for (method, path, body, place) in namings(&street.own, other) {
            let answer = street.call(&street.token, method, &path, Some(body.clone())).await;
            let named = format!("{path} {body} in {}: {}", other.organization, answer.body);
            assert_eq!(answer.refused(), (404, 3001), "{named}");
            assert_eq!(answer.wrong(), [place], "{named}");
        }
    }
    // The same bodies do with things of one's own.
    for (method, path, body, _) in namings(&street.own, &street.own) {
        let path = format!("{path}?dryRun=true");
        let path = if path.contains("preview") || path.contains("dry-run") {
            path.replace("?dryRun=true", "")
        } else {
            path
        };
        let answer = street.call(&street.token, method, &path, Some(body.clone())).await;
        assert_eq!(answer.status, 200, "{path} {body}: {}", answer.body);
    }
}

#[actix_web::test]
async fn what_names_no_segment_goes_to_the_only_one_that_its_maker_has() {
    let mut world = World::with(generous()).await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let office = world.segment("Office", north).await;
    let south = world.segment("South", SegmentId::ROOT).await;
    world.user("ada@example.com").await;
    for (roles, wanted) in [
        // By the role, whatever lies below.
        (json!([{ "roleId": "admin", "segmentIds": [north.0] }]), north),
        (json!([{ "roleId": "admin", "segmentIds": [north.0, office.0] }]), north),
        // By the role that grants the action, whatever the others say.
        (
            json!([{ "roleId": "viewer" }, { "roleId": "admin", "segmentIds": [south.0] }]),
            south,
        ),
        (json!([{ "roleId": "admin" }]), SegmentId::ROOT),
    ] {
        let (_, token) = world.account(roles.clone()).await;
        let admin = std::mem::replace(&mut world.admin, token);
        // Everything that is made in a segment.
        let made = place(&world, "default", None).await;
        for (name, record) in &made {
            assert_eq!(record["segmentId"], json!(wanted.0), "{name} {roles}: {record}");
        }
        let tokens = "/v1/organizations/default/mdm/windows/enterprise/enrollment-tokens/bulk";
        let body = json!({ "sendEmail": false, "userEmails": ["ada@example.com"] });
        let bulk = world.post(tokens, body).await;
        assert!(
            bulk.data().to_string().contains(&format!("\"segmentId\":{wanted}")),
            "{}",
            bulk.body
        );
        let segment = world
            .post("/v1/organizations/default/segments", json!({ "name": "New" }))
            .await;
        assert_eq!(segment.data()["parentId"], json!(wanted.0));
        world.admin = admin;
        // Names that are unique in the organization are free for the next.
        for path in [
            "enrollment-templates/{winEnrollmentTemplateId}",
            "admx-configs/{winAdmxConfigId}",
        ] {
            let (list, name) = path.split_once('/').unwrap();
            let record = made[name.trim_matches(['{', '}'])]["id"].as_str().unwrap();
            let path = format!("/v1/organizations/default/mdm/windows/enterprise/{list}/{record}");
            assert_eq!(world.delete(&path).await.status, 200);
        }
    }
}

/// Every route that makes something in a segment is in the test above.
#[test]
fn what_is_made_in_a_segment_is_furnished() {
    let document = transom_http::admin::openapi::document();
    let furnished = [
        "policies",
        "enrollment-templates",
        "enrollment-tokens",
        "bulk",
        "applications",
        "scripts",
        "assets",
        "admx-configs",
        "device-audiences",
        "automation-rules",
        "segments",
    ];
    for route in ROUTES.iter().filter(|r| r.verb == Verb::Post) {
        let Some(schema) = route.body.map(|body| body.schema) else {
            continue;
        };
        let properties = &document["components"]["schemas"][schema]["properties"];
        let places = properties["segmentId"].is_object() || properties["parentId"].is_object();
        let list = route.path.rsplit('/').next().unwrap();
        // Those with a path of their own look at what is there, or copy it.
        if places && parameters(route).next().is_none() {
            assert!(furnished.contains(&list), "{}", route.name());
        }
    }
}
