//! One thing of each kind, made over the API, by the name that paths have for it. Whoever makes a new kind of thing adds it
//! here: the walks over routes fail until then.

use super::world::{NewDevice, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use transom_domain::segment::SegmentId;
use transom_http::admin::routes::Route;

/// Names in paths of what belongs to no segment, so that everybody with the permission in the organization sees it.
pub const OF_NO_SEGMENT: [&str; 3] = ["roleId", "smartAttributeId", "defaultConfigId"];

/// What there is, by the names of path parameters.
pub struct Furniture {
    pub organization: String,
    /// The segment that everything is in.
    pub segment: u32,
    things: BTreeMap<&'static str, String>,
}

/// Makes something with the world's administrator; its record. What is made in a segment says so itself.
struct Maker<'w> {
    world: &'w World,
    organization: &'w str,
    segment: Option<u32>,
}

impl Maker<'_> {
    fn path(&self, rest: &str) -> String {
        let organization = format!("/v1/organizations/{}", self.organization);
        rest.replacen("W/", &format!("{organization}/mdm/windows/enterprise/"), 1)
            .replacen("M/", &format!("{organization}/mdm/"), 1)
            .replacen("O/", &format!("{organization}/"), 1)
    }

    async fn make(&self, rest: &str, body: Value) -> Value {
        let answer = self.world.post(&self.path(rest), body).await;
        assert_eq!(answer.status, 200, "{rest}: {}", answer.body);
        answer.data().clone()
    }

    async fn make_placed(&self, rest: &str, mut body: Value) -> Value {
        if let Some(segment) = self.segment {
            body["segmentId"] = json!(segment);
        }
        self.make(rest, body).await
    }
}

fn id(record: &Value) -> String {
    let id = &record["id"];
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// The records of everything that is made in a segment by a route of its own, by the name that paths have for it. Without
/// a segment, the bodies name none.
pub async fn place(world: &World, organization: &str, segment: Option<u32>) -> BTreeMap<&'static str, Value> {
    let maker = Maker {
        world,
        organization,
        segment,
    };
    let mut made = BTreeMap::new();
    let policy = maker.make_placed("W/policies", json!({ "name": "Baseline" })).await;
    let tag = json!({ "deviceGroups": [["sales"]] });
    let audience = json!({ "name": "Sales", "selectors": tag });
    let audience = maker.make_placed("M/device-audiences", audience).await;
    let action = json!({ "type": "setPolicy", "platform": "windows", "winPolicyId": policy["id"], "priority": 5 });
    let rule = json!({ "name": "Sales", "deviceAudienceIds": [audience["id"]], "action": action });
    made.insert("automationRuleId", maker.make_placed("M/automation-rules", rule).await);
    made.insert("deviceAudienceId", audience);
    // Names of templates are unique in the organization.
    let place = segment.map_or_else(|| "n".to_owned(), |segment| segment.to_string());
    let template = json!({ "name": format!("Office {place}"), "rules": [{ "winPolicyId": policy["id"] }] });
    let template = maker.make_placed("W/enrollment-templates", template).await;
    made.insert("winEnrollmentTemplateId", template);
    let token = maker
        .make_placed("W/enrollment-tokens", json!({ "sendEmail": false }))
        .await;
    made.insert("enrollmentTokenId", token);
    let application = json!({ "name": "Terminal", "type": "store", "config": { "winStoreId": "9N0DX20HK701" } });
    made.insert(
        "winApplicationId",
        maker.make_placed("W/applications", application).await,
    );
    let script = json!({ "name": "Clean", "content": "exit", "runner": "sh" });
    made.insert("scriptId", maker.make_placed("M/scripts", script).await);
    let admx = "<policyDefinitions><policies><policy name='p' class='User' key='k'/></policies></policyDefinitions>";
    let config = json!({ "appName": "Notes", "fileName": format!("notes-{place}"), "admx": admx });
    made.insert("winAdmxConfigId", maker.make_placed("W/admx-configs", config).await);
    let number = segment.map(|segment| segment.to_string());
    let mut parts: Vec<(&str, &[u8])> = vec![("type", b"script"), ("file=a.ps1", b"exit 0")];
    parts.extend(number.as_ref().map(|number| ("segmentId", number.as_bytes())));
    let answer = world.upload(Method::POST, &maker.path("M/assets"), &parts, &[]).await;
    made.insert("mdmAssetId", answer.data().clone());
    made.insert("winPolicyId", policy);
    made
}

impl Furniture {
    /// One of each kind in a segment, made by the world's administrator of that organization.
    pub async fn new(world: &World, organization: &str, segment: SegmentId) -> Self {
        let maker = Maker {
            world,
            organization,
            segment: Some(segment.0),
        };
        let placed = place(world, organization, Some(segment.0)).await;
        let mut things: BTreeMap<_, _> = placed.iter().map(|(name, record)| (*name, id(record))).collect();
        let device = world
            .device(NewDevice {
                segment,
                ..NewDevice::default()
            })
            .await;
        let user = json!({ "email": format!("ada-{segment}@{organization}.example") });
        let user = id(&maker.make("M/users", user).await);
        let device = format!("W/devices/{device}");
        let given = json!({ "mdmUserId": user });
        world.put(&maker.path(&device), given).await.data();
        let command = json!({ "config": { "path": "./A", "action": "Get", "format": "null" } });
        let batch = maker
            .make(&format!("{device}/commands"), json!({ "commands": [command] }))
            .await;
        let account = json!({ "name": "x", "roles": [{ "roleId": "viewer", "segmentIds": [segment.0] }] });
        let account = id(&maker.make("O/service-accounts", account).await);
        let token = maker
            .make(&format!("O/service-accounts/{account}/tokens"), json!({ "name": "x" }))
            .await;
        let role = json!({ "name": format!("role {segment}"), "actions": ["mdm.windows.device.get"] });
        let attribute =
            json!({ "name": format!("a{segment}"), "input": { "type": "manual" }, "output": { "type": "string" } });
        let default = json!({
            "type": "winEnrollmentTemplate", "modelName": "windows", "elementId": things["winEnrollmentTemplateId"]
        });
        let log = maker.path(&format!("O/audit-logs?targetId={}", things["winPolicyId"]));
        let log = world.get(&log).await.data()["items"][0].clone();
        things.extend([
            ("organizationId", organization.to_owned()),
            ("segmentId", segment.to_string()),
            ("version", "1".to_owned()),
            ("winDeviceId", device.rsplit('/').next().unwrap().to_owned()),
            ("mdmUserId", user),
            ("winCommandId", id(&batch)),
            ("cmdId", batch["commands"][0]["cmdId"].as_str().unwrap().to_owned()),
            ("serviceAccountId", account),
            ("tokenId", id(&token)),
            ("roleId", id(&maker.make("O/segment-roles", role).await)),
            (
                "smartAttributeId",
                id(&maker.make("O/smart-attributes", attribute).await),
            ),
            ("defaultConfigId", id(&maker.make("W/default-config", default).await)),
            ("auditLogId", id(&log)),
        ]);
        Self {
            organization: organization.to_owned(),
            segment: segment.0,
            things,
        }
    }

    /// The thing that a parameter of paths names.
    #[track_caller]
    pub fn get(&self, parameter: &str) -> &str {
        let thing = self.things.get(parameter);
        thing.unwrap_or_else(|| panic!("nothing is there for {{{parameter}}}: make one in {}", file!()))
    }

    /// The path of a route in an organization, with these things in it.
    #[track_caller]
    pub fn path(&self, route: &Route, organization: &str) -> String {
        let parts = route.path.split(['{', '}']).enumerate();
        let parts = parts.map(|(place, part)| match part {
            "organizationId" => organization,
            name if place % 2 == 1 => self.get(name),
            text => text,
        });
        parts.collect()
    }
}

/// The parameters of a route besides the organization.
pub fn parameters(route: &Route) -> impl Iterator<Item = &'static str> {
    let parts = route.path.split(['{', '}']).skip(1).step_by(2);
    parts.filter(|name| *name != "organizationId")
}
