//! Enrolment templates, enrolment tokens, the organization's default.

mod limits;
mod tokens;

use super::world::{NewDevice, O, Response, W, World};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::{
    device::EnrolledBy, enrollment_template::placement::PlacementState, ports::EnrollmentTokens, secret::Secret,
    segment::SegmentId,
};

const NOBODY: &str = "507f1f77bcf86cd799439011";

fn templates() -> String {
    format!("{W}/enrollment-templates")
}

/// A policy's id.
async fn policy(world: &World) -> String {
    let made = world.post(&format!("{W}/policies"), json!({ "name": "Baseline" })).await;
    made.data()["id"].as_str().unwrap().to_owned()
}

/// A template with one rule that gives a policy and with what else a test wants; its id.
async fn template(world: &World, more: Value) -> String {
    let mut body = json!({ "name": "Office", "rules": [{ "winPolicyId": policy(world).await }] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = world.post(&templates(), body).await;
    made.data()["id"].as_str().unwrap().to_owned()
}

/// Whether a text opens something as an enrolment token.
async fn opens(world: &World, token: &str) -> bool {
    let (hash, now) = (Secret::presented(token).hash(), world.context().now);
    let found = world.write(move |tx, _| tx.enrollment_token_by_hash(&hash)).await;
    found.is_some_and(|token| token.is_usable(now))
}

#[actix_web::test]
async fn the_seed_s_own_example_is_made_as_the_contract_says() {
    let world = World::new().await;
    let (policy, segment) = (policy(&world).await, world.segment("Sales", SegmentId::ROOT).await);
    let body = json!({
        "name": "Corporate Device Enrollment",
        "description": "Standard enrollment workflow for corporate Windows devices with Entra ID integration",
        "rules": [{
            "name": "string", "displayNamePattern": "string", "tags": ["string"],
            "conditions": [{
                "tags": [["string"]], "auxiliaryFields": [["string"]], "patterns": ["string"],
                "identifiers": ["string"]
            }],
            "winPolicyId": policy,
            "winPolicyAssignments": [{ "winPolicyId": policy, "priority": 0 }],
            "segmentId": 0
        }],
        "auxiliaryFields": [{
            "type": "select", "key": "string", "title": "string", "description": "string", "options": ["string"]
        }],
        "loginProviderTypes": ["ldap", "saml", "google"],
        "allowAutoContinue": true,
        "entraId": { "mobilityApp": {
            "tenantId": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
            "clientId": "b2c3d4e5-f6a7-8901-bcde-f12345678901",
            "clientSecret": "ABC~123def456GHI789jkl012MNO"
        } },
        "segmentId": segment.0.to_string(),
        "futureField": 1
    });
    let made = world.post(&format!("{}/", templates()), body).await;
    assert_eq!(made.header("X-Ignored-Fields"), Some("futureField"));
    let data = made.data();
    for key in [
        "id",
        "name",
        "description",
        "rules",
        "auxiliaryFields",
        "loginProviderTypes",
        "allowAutoContinue",
        "winEnrollmentTokenId",
        "winEnrollmentToken",
        "entraId",
        "devicesCount",
        "segmentId",
        "updatedAt",
        "createdAt",
    ] {
        assert!(data.get(key).is_some_and(|v| !v.is_null()), "{key}: {data}");
    }
    assert_eq!((&data["segmentId"], &data["devicesCount"]), (&json!(segment.0), &json!(0)));
    assert_eq!(data["rules"][0]["winPolicyId"], json!(policy));
    assert_eq!(data["winEnrollmentToken"]["id"], data["winEnrollmentTokenId"]);
    assert_eq!(data["entraId"]["mobilityApp"]["clientSecret"], "********");
    let token = data["winEnrollmentToken"]["token"].as_str().unwrap().to_owned();
    assert_eq!((&token[..7], token.len()), ("enroll_", 50));
    assert!(opens(&world, &token).await);
    let own = format!("{}/{}", templates(), data["id"].as_str().unwrap());
    let shown = world.get(&own).await;
    assert_eq!(shown.data()["winEnrollmentToken"]["token"], "********");
    let listed = world.get(&templates()).await;
    let audit = world.get(&format!("{O}/audit-logs")).await;
    for answer in [&shown, &listed, &audit] {
        assert!(!answer.body.to_string().contains("ABC~123"), "{}", answer.body);
        assert!(!answer.body.to_string().contains(&token), "{}", answer.body);
    }
}

#[actix_web::test]
async fn the_mask_keeps_the_secret_that_is_there() {
    let world = World::new().await;
    let app = |secret: &str| json!({ "entraId": { "mobilityApp": { "tenantId": "t", "clientId": "c", "clientSecret": secret } } });
    let none = world
        .post(&templates(), json!({ "name": "x", "rules": [{ "winPolicyId": NOBODY }], "entraId": app("********")["entraId"] }))
        .await;
    assert_eq!((none.refused(), none.wrong()), ((400, 5209), vec!["entraId.mobilityApp.clientSecret"]));
    let id = template(&world, app("geheim")).await;
    let own = format!("{}/{id}", templates());
    let secret = |world: &World| {
        let (organization, id) = (world.organization, transom_domain::EnrollmentTemplateId::parse(&id).unwrap());
        let store = world.store.clone();
        async move {
            let read = store.read(move |view| view.enrollment_template(organization, id));
            read.await.unwrap().unwrap().mobility_app.map(|a| a.secret.reveal().to_owned())
        }
    };
    let before = world.get(&own).await;
    let mut kept = app("********");
    kept["entraId"]["mobilityApp"]["tenantId"] = json!("other");
    let changed = world.put(&own, kept).await;
    assert_eq!(changed.data()["entraId"]["mobilityApp"]["tenantId"], "other");
    assert_eq!(secret(&world).await.as_deref(), Some("geheim"));
    world.put(&own, app("neu")).await.data();
    assert_eq!(secret(&world).await.as_deref(), Some("neu"));
    let log = world.get(&format!("{O}/audit-logs?targetId={id}")).await;
    assert_eq!(log.data()["items"][0]["after"]["clientSecretChanged"], json!(true));
    assert!(!log.body.to_string().contains("geheim") && !log.body.to_string().contains("neu\""));
    assert_ne!(before.header("ETag"), world.get(&own).await.header("ETag"));
    world.put(&own, json!({ "entraId": null })).await.data();
    assert_eq!(secret(&world).await, None);
}

#[actix_web::test]
async fn a_template_is_listed_changed_and_removed_on_record() {
    let world = World::new().await;
    let id = template(&world, json!({ "description": "first" })).await;
    let own = format!("{}/{id}", templates());
    template(&world, json!({ "name": "Archive" })).await;
    let names = |answer: &Response| -> Vec<String> {
        let items = answer.data()["items"].as_array().unwrap().iter();
        items.map(|t| t["name"].as_str().unwrap().to_owned()).collect()
    };
    let listed = world.get(&format!("{}?sort=name:asc", templates())).await;
    assert_eq!(names(&listed), ["Archive", "Office"]);
    assert_eq!(names(&world.get(&format!("{}?name=offi", templates())).await), ["Office"]);
    let changed = world.put(&own, json!({ "description": null, "name": " Bureau " })).await;
    assert_eq!((&changed.data()["name"], &changed.data()["description"]), (&json!("Bureau"), &Value::Null));
    assert_eq!(changed.data()["rules"][0]["winPolicyAssignments"], json!([]));
    world.put(&own, json!({ "name": "Bureau" })).await.data();
    let log = world.get(&format!("{O}/audit-logs?targetId={id}&sort=date:asc")).await;
    let entries = log.data()["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "what changes nothing leaves no entry");
    assert_eq!(
        (&entries[1]["before"], &entries[1]["after"]),
        (
            &json!({ "name": "Office", "description": "first" }),
            &json!({ "name": "Bureau", "description": null })
        )
    );
    let taken = world.put(&own, json!({ "name": "ARCHIVE" })).await;
    assert_eq!((taken.refused(), taken.wrong()), ((400, 5209), vec!["name"]));
    assert_eq!(taken.body["error"]["details"][0]["rule"], "unique");
    let token = world.post(&format!("{own}/token/reveal"), json!({})).await;
    assert_eq!(token.status, 415, "a route without a body takes none");
    let token = world.ask(Method::POST, &format!("{own}/token/reveal"), None, &[]).await;
    let token = token.data()["token"].as_str().unwrap().to_owned();
    assert_eq!(world.delete(&own).await.data()["id"], json!(id));
    assert_eq!(world.get(&own).await.refused(), (404, 3001));
    assert!(!opens(&world, &token).await, "the token dies with its template");
}

#[actix_web::test]
async fn a_token_is_revealed_and_rotated_on_record() {
    let world = World::new().await;
    let id = template(&world, json!({})).await;
    let own = format!("{}/{id}", templates());
    let ask = async |what: &str| world.ask(Method::POST, &format!("{own}/token/{what}"), None, &[]).await;
    let first = ask("reveal").await;
    let value = first.data()["token"].as_str().unwrap().to_owned();
    assert!(opens(&world, &value).await);
    assert_eq!(ask("reveal").await.data(), first.data());
    let rotated = ask("rotate").await;
    let next = rotated.data()["token"].as_str().unwrap().to_owned();
    assert_eq!(rotated.data()["id"], first.data()["id"], "it is the same token with another value");
    assert!(!opens(&world, &value).await && opens(&world, &next).await);
    assert_eq!(ask("reveal").await.data()["token"], json!(next));
    let log = world.get(&format!("{O}/audit-logs?targetId={id}&sort=date:asc")).await;
    let actions: Vec<_> = log.data()["items"].as_array().unwrap().iter().map(|e| &e["action"]).collect();
    let of = |verb: &str| json!(format!("mdm.windows.enrollmentTemplate.{verb}"));
    let wanted = ["create", "revealToken", "revealToken", "rotateToken", "revealToken"].map(of);
    assert_eq!(actions, wanted.iter().collect::<Vec<_>>());
    assert!(!log.body.to_string().contains(&value) && !log.body.to_string().contains(&next));
    let rehearsed = ask("reveal?dryRun=true").await;
    assert!(!rehearsed.body.to_string().contains(&next), "a dry run shows no secret");
}

#[actix_web::test]
async fn unknown_policies_and_segments_are_named_with_their_place() {
    let world = World::new().await;
    let (policy, north) = (policy(&world).await, world.segment("North", SegmentId::ROOT).await);
    let post = async |rules: Value| world.post(&templates(), json!({ "name": "x", "rules": rules })).await;
    for (rules, place) in [
        (json!([{ "winPolicyId": NOBODY }]), "rules[0].winPolicyId"),
        (
            json!([{ "winPolicyId": policy, "winPolicyAssignments": [{ "winPolicyId": NOBODY, "priority": 1 }] }]),
            "rules[0].winPolicyAssignments[0].winPolicyId",
        ),
        (json!([{ "winPolicyId": policy }, { "segmentId": 77 }]), "rules[1].segmentId"),
    ] {
        let refused = post(rules).await;
        assert_eq!((refused.refused(), refused.wrong()), ((404, 3001), vec![place]));
    }
    let limited = world.token(&["mdm.windows.*"], &[north]).await;
    let body = json!({ "name": "x", "rules": [{ "winPolicyId": policy, "segmentId": 0 }] });
    let refused = world.call(Method::POST, &templates(), Some(&limited), Some(body)).await;
    assert_eq!(refused.refused(), (404, 3001), "a segment and a policy out of sight do not exist");
    let own = json!({ "name": "y", "rules": [{ "winPolicyId": policy }] });
    world.put(&format!("{W}/policies/{policy}"), json!({ "exposeToChildren": true })).await;
    let made = world.call(Method::POST, &templates(), Some(&limited), Some(own)).await;
    assert_eq!(made.data()["segmentId"], json!(north.0), "the caller's only segment");
    let foreign = format!("/v1/organizations/other/mdm/windows/enterprise/enrollment-templates/{}", made.data()["id"].as_str().unwrap());
    assert_eq!(world.call(Method::GET, &foreign, Some(&world.foreign), None).await.refused(), (404, 3001));
    let root = template(&world, json!({ "name": "root" })).await;
    let hidden = world.call(Method::GET, &format!("{}/{root}", templates()), Some(&limited), None).await;
    assert_eq!(hidden.refused(), (404, 3001));
}

#[actix_web::test]
async fn what_is_hardly_meant_is_warned_of() {
    let world = World::new().await;
    let (policy, north) = (policy(&world).await, world.segment("North", SegmentId::ROOT).await);
    let rules = json!([{ "tags": ["all"] }, { "winPolicyId": policy, "segmentId": north.0 }]);
    let made = world.post(&templates(), json!({ "name": "x", "rules": rules })).await;
    let warnings = made.data()["warnings"].to_string();
    assert!(warnings.contains("rules[0] has no conditions") && warnings.contains("rules[1] gives the policy"), "{warnings}");
}

#[actix_web::test]
async fn a_simulation_says_which_rule_wins_and_why_each_other_one_lost() {
    let world = World::new().await;
    let policy = policy(&world).await;
    let body = json!({
        "name": "Office",
        "auxiliaryFields": [{ "type": "select", "key": "site", "options": ["Bern", "Basel"] }],
        "loginProviderTypes": ["password"],
        "allowAutoContinue": true,
        "rules": [
            { "name": "Bosses", "conditions": [{ "tags": [["executive"], ["manager", "director"]] }], "tags": ["boss"] },
            { "name": "Delivery", "conditions": [{ "identifiers": ["SN 1-2"] }], "winPolicyId": policy },
            {
                "name": "Lab", "conditions": [{ "patterns": ["name:^lab-"], "auxiliaryFields": [["site:bern"]] }],
                "displayNamePattern": "{{aux.site|upper}}-{firstName}-{{counter:3}}", "tags": ["lab"]
            }
        ]
    });
    let made = world.post(&templates(), body).await;
    let path = format!("{}/{}/simulate", templates(), made.data()["id"].as_str().unwrap());
    world.post("/v1/organizations/default/mdm/users", json!({ "email": "ada@example.com", "name": "Ada L", "tags": ["Director"] })).await;
    let before = world.get(&format!("{O}/audit-logs?limit=1")).await.data()["totalDocs"].clone();
    let boss = world.post(&path, json!({ "email": "ada@example.com", "userTags": ["manager"] })).await;
    assert_eq!((&boss.data()["verdict"], &boss.data()["ruleName"]), (&json!("matched"), &json!("Bosses")));
    assert_eq!(boss.data()["trace"][1]["result"], "notTried");
    let waits = world.post(&path, json!({ "email": "ada@example.com" })).await;
    assert_eq!((&waits.data()["verdict"], &waits.data()["ruleIndex"]), (&json!("undecided"), &json!(1)));
    assert_eq!((&waits.data()["missing"], &waits.data()["result"]), (&json!(["serialNumber", "imei"]), &Value::Null));
    let delivery = world.post(&path, json!({ "serialNumber": "sn12", "imei": null })).await;
    assert_eq!(delivery.data()["result"]["winPolicyId"], json!(policy));
    let lab = json!({
        "email": "ada@example.com", "serialNumber": "System Serial Number", "imei": null, "deviceName": "LAB-7",
        "auxiliaryFields": { "site": "Bern" }
    });
    let lab = world.post(&path, lab).await;
    assert_eq!(lab.data()["ruleIndex"], 2, "{}", lab.body);
    let reasons: Vec<_> = lab.data()["trace"].as_array().unwrap().iter().map(|t| t["reason"].as_str().unwrap()).collect();
    assert!(reasons[0].contains("tags are not executive, or manager and director"), "{reasons:?}");
    assert!(reasons[1].contains("neither a serial number that tells it nor an IMEI"), "{reasons:?}");
    assert_eq!(lab.data()["result"]["displayName"], "BERN-Ada-001");
    assert_eq!(lab.data()["result"]["tags"], json!(["lab", "site:Bern"]));
    assert_eq!(lab.data()["form"], json!({ "unanswered": [], "skipped": true }));
    let nothing = world.post(&path, json!({ "serialNumber": null, "imei": null, "deviceName": null })).await;
    assert_eq!((&nothing.data()["verdict"], &nothing.data()["form"]["unanswered"]), (&json!("notMatched"), &json!(["site"])));
    let wrong = world.post(&path, json!({ "email": "x", "userTags": [1], "auxiliaryFields": { "site": 1 } })).await;
    assert_eq!(wrong.wrong(), ["email", "userTags[0]", "auxiliaryFields.site"]);
    assert_eq!(world.get(&format!("{O}/audit-logs?limit=1")).await.data()["totalDocs"], before, "it only looks");
}

#[actix_web::test]
async fn the_default_is_set_replaced_and_removed_by_the_whole_organization_only() {
    let world = World::new().await;
    let path = format!("{W}/default-config");
    let (one, two) = (template(&world, json!({})).await, template(&world, json!({ "name": "two" })).await);
    let body = |id: &str| json!({ "type": "winEnrollmentTemplate", "modelName": "windows", "elementId": id });
    assert_eq!(world.get(&path).await.data(), &json!([]));
    let set = world.post(&path, body(&one)).await;
    assert_eq!(set.data()["elementId"], json!(one));
    let replaced = world.post(&path, body(&two)).await;
    assert_eq!((&replaced.data()["id"], &replaced.data()["elementId"]), (&set.data()["id"], &json!(two)));
    assert_eq!(world.get(&path).await.data().as_array().unwrap().len(), 1);
    let in_use = world.delete(&format!("{}/{two}", templates())).await;
    assert_eq!(in_use.refused(), (400, 5209));
    assert_eq!(in_use.body["error"]["details"][0]["rule"], "in_use");
    for (wrong, place) in [
        (json!({ "type": "other", "modelName": "windows", "elementId": one }), "type"),
        (json!({ "type": "winEnrollmentTemplate", "modelName": "mac", "elementId": one }), "modelName"),
        (json!({ "type": "winEnrollmentTemplate", "modelName": "windows", "elementId": 1 }), "elementId"),
        (json!({ "type": "winEnrollmentTemplate", "modelName": "windows" }), "elementId"),
    ] {
        let refused = world.post(&path, wrong).await;
        assert_eq!((refused.refused(), refused.wrong()), ((400, 5209), vec![place]));
    }
    assert_eq!(world.post(&path, body(NOBODY)).await.refused(), (404, 3001));
    let north = world.segment("North", SegmentId::ROOT).await;
    let limited = world.token(&["mdm.windows.*"], &[north]).await;
    let refused = world.call(Method::POST, &path, Some(&limited), Some(body(&one))).await;
    assert_eq!(refused.refused(), (401, 4001), "a default belongs to the whole organization");
    let own = format!("{path}/{}", set.data()["id"].as_str().unwrap());
    assert_eq!(world.delete(&own).await.data()["elementId"], json!(two));
    assert_eq!(world.delete(&own).await.refused(), (404, 3001));
    world.delete(&format!("{}/{two}", templates())).await.data();
}

#[actix_web::test]
async fn devices_are_counted_and_found_by_their_template() {
    let world = World::new().await;
    let id = template(&world, json!({})).await;
    let ours = transom_domain::EnrollmentTemplateId::parse(&id).unwrap();
    for state in PlacementState::ALL {
        let device = world.device(NewDevice::default()).await;
        world
            .write(move |tx, _| {
                let mut device = tx.lock_device(device)?.unwrap();
                device.enrolled_by = Some(EnrolledBy { template: ours, state });
                tx.update_device(&device)
            })
            .await;
    }
    world.device(NewDevice::default()).await;
    assert_eq!(world.get(&format!("{}/{id}", templates())).await.data()["devicesCount"], 3);
    assert_eq!(world.get(&templates()).await.data()["items"][0]["devicesCount"], 3);
    for list in [format!("{W}/devices"), "/v1/organizations/default/mdm/devices".to_owned()] {
        let count = async |query: &str| world.get(&format!("{list}?{query}")).await.data()["totalDocs"].clone();
        assert_eq!(count(&format!("winEnrollmentTemplateId={id}")).await, 3);
        assert_eq!(count(&format!("winEnrollmentTemplateId={NOBODY}")).await, 0);
        assert_eq!(count("enrollmentState=unmatched").await, 1);
        assert_eq!(world.get(&format!("{list}?enrollmentState=lost")).await.status, 400);
    }
}

#[actix_web::test]
async fn what_templates_name_is_not_removed_unseen() {
    let world = World::new().await;
    let (policy, north) = (policy(&world).await, world.segment("North", SegmentId::ROOT).await);
    let rules = json!([{ "winPolicyId": policy, "segmentId": north.0 }]);
    let made = world.post(&templates(), json!({ "name": "Office", "rules": rules })).await;
    let own = format!("{}/{}", templates(), made.data()["id"].as_str().unwrap());
    let token = json!({ "sendEmail": false, "winPolicyId": policy });
    let token = world.post(&format!("{W}/enrollment-tokens"), token).await;
    let refused = world.delete(&format!("{W}/policies/{policy}")).await;
    assert_eq!(refused.refused(), (400, 5091));
    let told = refused.body["error"]["details"].to_string();
    assert!(told.contains("1 enrolment templates and 1 enrolment tokens") && told.contains("(Office)"), "{told}");
    let segment = world.delete(&format!("{O}/segments/{}", north.0)).await;
    assert!(segment.body.to_string().contains("1 enrolment templates"), "{}", segment.body);
    world.delete(&format!("{W}/policies/{policy}?detach=true")).await.data();
    assert_eq!(world.get(&own).await.data()["rules"][0]["winPolicyId"], Value::Null);
    let token = format!("{W}/enrollment-tokens/{}", token.data()["id"].as_str().unwrap());
    assert_eq!(world.get(&token).await.data()["winPolicyId"], Value::Null);
    let needs_one = world.put(&own, json!({ "rules": [{ "segmentId": 0 }] })).await;
    assert_eq!(needs_one.wrong(), ["rules"]);
    world.put(&own, json!({ "description": "other fields can be changed" })).await.data();
    world.delete(&own).await.data();
    world.delete(&format!("{O}/segments/{}", north.0)).await.data();
}
