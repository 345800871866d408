//! A user whose PCs are all out of the caller's segments does not exist for the caller, whichever route names them.

use super::world::{NewDevice, Response, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::segment::SegmentId;

const M: &str = "/v1/organizations/default/mdm";
const NOBODY: &str = "507f1f77bcf86cd799439011";
const HIDDEN: &str = "bo@south.example";

/// An organization of two segments, and a caller who may do everything in one of them.
struct Sights {
    world: World,
    token: String,
    /// A PC that the caller sees.
    device: String,
    /// A user whose only PC is in the other segment.
    hidden: String,
    /// A user with a PC in both.
    seen: String,
    /// A user without any PC, whom everybody sees.
    unassigned: String,
}

impl Sights {
    async fn new() -> Self {
        let world = World::new().await;
        let north = world.segment("North", SegmentId::ROOT).await;
        let south = world.segment("South", SegmentId::ROOT).await;
        let (hidden, seen) = (world.user(HIDDEN).await, world.user("ada@north.example").await);
        let unassigned = world.user("new@example.com").await.to_string();
        let device = |segment, user| {
            world.device(NewDevice {
                segment,
                user,
                ..NewDevice::default()
            })
        };
        device(south, Some(hidden)).await;
        device(south, Some(seen)).await;
        device(north, Some(seen)).await;
        let (device, role) = (device(north, None).await.to_string(), json!([north.0]));
        let (_, token) = world.account(json!([{ "roleId": "admin", "segmentIds": role }])).await;
        let details = json!({ "name": "Bo Hidden", "tags": ["board"], "metadata": { "desk": "D-77" } });
        world.put(&format!("{M}/users/{hidden}"), details).await.data();
        Self {
            token,
            device,
            hidden: hidden.to_string(),
            seen: seen.to_string(),
            unassigned,
            world,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        self.world.call(method, path, Some(&self.token), body).await
    }

    /// Names somebody by id in the body of a route: whoever is out of sight is answered as nobody is.
    async fn by_id(&self, method: Method, path: &str, body: Value) {
        let name = |user: &str| {
            let mut body = body.clone();
            body["mdmUserId"] = json!(user);
            self.call(method.clone(), path, Some(body))
        };
        let (hidden, nobody) = (name(&self.hidden).await, name(NOBODY).await);
        assert_eq!(hidden.refused(), (404, 3001), "{path}: {}", hidden.body);
        let told = hidden.body.to_string().replace(&self.hidden, NOBODY);
        assert_eq!(told, nobody.body.to_string(), "{path}");
        for user in [&self.seen, &self.unassigned] {
            let answer = name(user).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        }
    }
}

#[actix_web::test]
async fn a_user_is_shown_with_a_pc_in_sight_or_without_any() {
    let sights = Sights::new().await;
    for (user, status) in [(&sights.hidden, 404), (&sights.seen, 200), (&sights.unassigned, 200)] {
        let shown = sights.call(Method::GET, &format!("{M}/users/{user}"), None).await;
        assert_eq!(shown.status, status, "{}", shown.body);
    }
}

#[actix_web::test]
async fn no_pc_is_given_to_a_user_out_of_sight() {
    let sights = Sights::new().await;
    let device = format!("{W}/devices/{}", sights.device);
    sights.by_id(Method::PUT, &device, json!({})).await;
}

#[actix_web::test]
async fn no_preview_supposes_a_user_out_of_sight() {
    let sights = Sights::new().await;
    let preview = format!("{W}/devices/{}/effective-policy/preview", sights.device);
    sights.by_id(Method::POST, &preview, json!({})).await;
}

#[actix_web::test]
async fn no_token_is_made_for_a_user_out_of_sight() {
    let sights = Sights::new().await;
    let north = sights.world.get("/v1/organizations/default/segments").await;
    let north = north.data()[0]["children"][0]["id"].clone();
    let tokens = format!("{W}/enrollment-tokens");
    let body = json!({ "sendEmail": false, "segmentId": north });
    sights.by_id(Method::POST, &tokens, body).await;
    // By their e-mails: which of several is out of sight is told as which of them does not exist.
    let bulk = |email: &'static str| {
        let emails = json!(["ada@north.example", email, "nobody@example.com"]);
        let body = json!({ "sendEmail": false, "segmentId": north, "userEmails": emails });
        sights.call(
            Method::POST,
            "/v1/organizations/default/mdm/windows/enterprise/enrollment-tokens/bulk",
            Some(body),
        )
    };
    let (hidden, nobody) = (bulk(HIDDEN).await, bulk("no@south.example").await);
    assert_eq!(hidden.refused(), (404, 3001));
    let told = hidden.body.to_string().replace(HIDDEN, "no@south.example");
    assert_eq!(told, nobody.body.to_string());
}

#[actix_web::test]
async fn a_simulation_knows_nothing_of_a_user_out_of_sight() {
    let sights = Sights::new().await;
    let north = sights.world.get("/v1/organizations/default/segments").await;
    let north = north.data()[0]["children"][0]["id"].clone();
    let policy = json!({ "name": "North", "segmentId": north });
    let policy = sights.call(Method::POST, &format!("{W}/policies"), Some(policy)).await;
    let rules = json!([
        { "name": "board", "conditions": [{ "tags": [["board"]] }], "winPolicyId": policy.data()["id"] },
        { "name": "all", "displayNamePattern": "{{user.name}} {{user.desk}}", "winPolicyId": policy.data()["id"] },
    ]);
    let template = json!({ "name": "North", "segmentId": north, "rules": rules });
    let template = sights
        .call(Method::POST, &format!("{W}/enrollment-templates"), Some(template))
        .await;
    let id = template.data()["id"].as_str().unwrap();
    let simulate = format!("{W}/enrollment-templates/{id}/simulate");
    let supposed = json!({ "email": HIDDEN, "deviceName": "PC-1" });
    let shown = sights.call(Method::POST, &simulate, Some(supposed.clone())).await;
    assert_eq!(shown.data()["ruleName"], "all", "{}", shown.body);
    assert_eq!(shown.data()["result"]["displayName"], "PC-1");
    // Whoever sees everybody learns what becomes of them.
    let shown = sights.world.post(&simulate, supposed).await;
    assert_eq!(shown.data()["ruleName"], "board", "{}", shown.body);
}
