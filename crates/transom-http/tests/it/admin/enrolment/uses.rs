//! What templates are used for: simulations, the default, devices, and what they keep from being removed.

use super::{NOBODY, policy, template, templates};
use crate::admin::{
    rules,
    world::{NewDevice, O, W, World},
};
use actix_web::http::Method;
use serde_json::{Value, json};
use transom_domain::{
    EnrollmentTemplateId, device::EnrolledBy, enrollment_template::placement::PlacementState, secret::Secret,
    segment::SegmentId,
};

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
    world
        .post(
            "/v1/organizations/default/mdm/users",
            json!({ "email": "ada@example.com", "name": "Ada L", "tags": ["Director"] }),
        )
        .await;
    let before = world.get(&format!("{O}/audit-logs?limit=1")).await.data()["totalDocs"].clone();
    let boss = world
        .post(&path, json!({ "email": "ada@example.com", "userTags": ["manager"] }))
        .await;
    assert_eq!(
        (&boss.data()["verdict"], &boss.data()["ruleName"]),
        (&json!("matched"), &json!("Bosses"))
    );
    assert_eq!(boss.data()["trace"][1]["result"], "notTried");
    let waits = world.post(&path, json!({ "email": "ada@example.com" })).await;
    assert_eq!(
        (&waits.data()["verdict"], &waits.data()["ruleIndex"]),
        (&json!("undecided"), &json!(1))
    );
    assert_eq!(
        (&waits.data()["missing"], &waits.data()["result"]),
        (&json!(["serialNumber", "imei"]), &Value::Null)
    );
    let delivery = world.post(&path, json!({ "serialNumber": "sn12", "imei": null })).await;
    assert_eq!(delivery.data()["result"]["winPolicyId"], json!(policy));
    let lab = json!({
        "email": "ada@example.com", "serialNumber": "System Serial Number", "imei": null, "deviceName": "LAB-7",
        "auxiliaryFields": { "site": "Bern" }
    });
    let lab = world.post(&path, lab).await;
    assert_eq!(lab.data()["ruleIndex"], 2, "{}", lab.body);
    let reasons: Vec<_> = lab.data()["trace"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["reason"].as_str().unwrap())
        .collect();
    assert!(
        reasons[0].contains("tags are not executive, or manager and director"),
        "{reasons:?}"
    );
    assert!(
        reasons[1].contains("neither a serial number that tells it nor an IMEI"),
        "{reasons:?}"
    );
    assert_eq!(lab.data()["result"]["displayName"], "BERN-Ada-001");
    assert_eq!(lab.data()["result"]["tags"], json!(["lab", "site:Bern"]));
    assert_eq!(lab.data()["form"], json!({ "unanswered": [], "skipped": true }));
    let nothing = world
        .post(&path, json!({ "serialNumber": null, "imei": null, "deviceName": null }))
        .await;
    assert_eq!(
        (&nothing.data()["verdict"], &nothing.data()["form"]["unanswered"]),
        (&json!("notMatched"), &json!(["site"]))
    );
    let wrong = world
        .post(
            &path,
            json!({ "email": "x", "userTags": [1], "auxiliaryFields": { "site": 1 } }),
        )
        .await;
    assert_eq!(wrong.wrong(), ["email", "userTags[0]", "auxiliaryFields.site"]);
    assert_eq!(
        world.get(&format!("{O}/audit-logs?limit=1")).await.data()["totalDocs"],
        before,
        "it only looks"
    );
}

#[actix_web::test]
async fn a_simulation_asks_the_default_as_an_enrolment_does() {
    let world = World::new().await;
    let north = world.segment("North", SegmentId::ROOT).await;
    let policy = world
        .post(
            &format!("{W}/policies"),
            json!({ "name": "North", "segmentId": north.0 }),
        )
        .await;
    let only = |name: &str, pattern: &str, segment: u32| {
        let condition = json!({ "patterns": [pattern] });
        json!({
            "name": name, "segmentId": segment,
            "rules": [{ "name": name, "conditions": [condition], "winPolicyId": policy.data()["id"], "tags": [name] }]
        })
    };
    let made = async |body: Value| {
        world.post(&templates(), body).await.data()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let own = made(only("own", "name:^LAB", north.0)).await;
    let default = made(only("default", "name:^PC", 0)).await;
    let body = json!({ "type": "winEnrollmentTemplate", "modelName": "windows", "elementId": default });
    world.post(&format!("{W}/default-config"), body).await.data();
    let (_, northern) = world
        .account(json!([{ "roleId": "admin", "segmentIds": [north.0] }]))
        .await;
    let simulated = async |token: &str, template: &str, name: &str| {
        let path = format!("{}/{template}/simulate", templates());
        let answer = world
            .call(Method::POST, &path, Some(token), Some(json!({ "deviceName": name })))
            .await;
        answer.data().clone()
    };
    let shown = simulated(&world.admin, &own, "LAB-1").await;
    assert_eq!(
        shown["decidedBy"],
        json!({ "templateId": own, "name": "own", "isDefault": false })
    );
    let shown = simulated(&world.admin, &own, "PC-1").await;
    assert_eq!(
        shown["decidedBy"],
        json!({ "templateId": default, "name": "default", "isDefault": true })
    );
    assert_eq!(
        (&shown["verdict"], &shown["ruleName"]),
        (&json!("matched"), &json!("default"))
    );
    assert_eq!(shown["result"]["tags"], json!(["default"]));
    let asked: Vec<_> = shown["trace"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["templateId"])
        .collect();
    assert_eq!(asked, [&json!(own), &json!(default)]);
    let shown = simulated(&world.admin, &own, "X").await;
    assert_eq!(
        (&shown["verdict"], &shown["decidedBy"]["isDefault"]),
        (&json!("notMatched"), &json!(true))
    );
    let shown = simulated(&world.admin, &default, "X").await;
    assert_eq!(
        (&shown["verdict"], &shown["decidedBy"]["isDefault"]),
        (&json!("notMatched"), &json!(false))
    );
    // Who does not see the default learns that it decides, and nothing of what it says.
    for name in ["PC-1", "X"] {
        let shown = simulated(&northern, &own, name).await;
        assert_eq!(shown["verdict"], "defaultDecides");
        assert_eq!(
            shown["decidedBy"],
            json!({ "templateId": null, "name": null, "isDefault": true })
        );
        assert_eq!((&shown["result"], &shown["ruleIndex"]), (&Value::Null, &Value::Null));
        assert_eq!(shown["trace"].as_array().unwrap().len(), 1, "{shown}");
    }
}

#[actix_web::test]
async fn the_default_is_set_replaced_and_removed_by_the_whole_organization_only() {
    let world = World::new().await;
    let path = format!("{W}/default-config");
    let (one, two) = (
        template(&world, json!({})).await,
        template(&world, json!({ "name": "two" })).await,
    );
    let body = |id: &str| json!({ "type": "winEnrollmentTemplate", "modelName": "windows", "elementId": id });
    assert_eq!(world.get(&path).await.data(), &json!([]));
    let set = world.post(&path, body(&one)).await;
    assert_eq!(set.data()["elementId"], json!(one));
    let replaced = world.post(&path, body(&two)).await;
    assert_eq!(
        (&replaced.data()["id"], &replaced.data()["elementId"]),
        (&set.data()["id"], &json!(two))
    );
    assert_eq!(world.get(&path).await.data().as_array().unwrap().len(), 1);
    let in_use = world.delete(&format!("{}/{two}", templates())).await;
    assert_eq!(in_use.refused(), (400, 5209));
    assert_eq!(in_use.body["error"]["details"][0]["rule"], "in_use");
    for (wrong, place) in [
        (
            json!({ "type": "other", "modelName": "windows", "elementId": one }),
            "type",
        ),
        (
            json!({ "type": "winEnrollmentTemplate", "modelName": "mac", "elementId": one }),
            "modelName",
        ),
        (
            json!({ "type": "winEnrollmentTemplate", "modelName": "windows", "elementId": 1 }),
            "elementId",
        ),
        (
            json!({ "type": "winEnrollmentTemplate", "modelName": "windows" }),
            "elementId",
        ),
    ] {
        let refused = world.post(&path, wrong).await;
        assert_eq!((refused.refused(), refused.wrong()), ((400, 5209), vec![place]));
    }
    assert_eq!(world.post(&path, body(NOBODY)).await.refused(), (404, 3001));
    let north = world.segment("North", SegmentId::ROOT).await;
    let limited = world.token(&["mdm.windows.*"], &[north]).await;
    let refused = world.call(Method::POST, &path, Some(&limited), Some(body(&one))).await;
    assert_eq!(
        refused.refused(),
        (401, 4001),
        "a default belongs to the whole organization"
    );
    let own = format!("{path}/{}", set.data()["id"].as_str().unwrap());
    assert_eq!(world.delete(&own).await.data()["elementId"], json!(two));
    assert_eq!(world.delete(&own).await.refused(), (404, 3001));
    world.delete(&format!("{}/{two}", templates())).await.data();
}

#[actix_web::test]
async fn devices_are_counted_and_found_by_their_template() {
    let world = World::new().await;
    let id = template(&world, json!({})).await;
    let ours = EnrollmentTemplateId::parse(&id).unwrap();
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
    assert_eq!(
        world.get(&format!("{}/{id}", templates())).await.data()["devicesCount"],
        3
    );
    assert_eq!(world.get(&templates()).await.data()["items"][0]["devicesCount"], 3);
    for list in [
        format!("{W}/devices"),
        "/v1/organizations/default/mdm/devices".to_owned(),
    ] {
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
    let made = world
        .post(&templates(), json!({ "name": "Office", "rules": rules }))
        .await;
    let own = format!("{}/{}", templates(), made.data()["id"].as_str().unwrap());
    let token = json!({ "sendEmail": false, "winPolicyId": policy });
    let token = world.post(&format!("{W}/enrollment-tokens"), token).await;
    let audience = rules::audience(&world, json!({ "deviceGroups": [["sales"]] })).await;
    let rule = rules::rule(&world, &audience, &policy, 1).await;
    let refused = world.delete(&format!("{W}/policies/{policy}")).await;
    assert_eq!(refused.refused(), (400, 5091));
    let told = refused.body["error"]["details"].to_string();
    assert!(
        told.contains("1 automation rules, 1 enrolment templates and 1 enrolment tokens")
            && told.contains("(Office)")
            && told.contains(&rule),
        "{told}"
    );
    let segment = world.delete(&format!("{O}/segments/{}", north.0)).await;
    assert!(
        segment.body.to_string().contains("1 enrolment templates"),
        "{}",
        segment.body
    );
    // Whoever takes the policy away changes all of them.
    let detach = format!("{W}/policies/{policy}?detach=true");
    let permissions = [
        "mdm.windows.policy.*",
        "mdm.windows.device.update",
        "mdm.windows.enrollmentTemplate.update",
        "mdm.windows.enrollmentToken.update",
        "mdm.global.automationRule.remove",
    ];
    for lacking in 1..permissions.len() {
        let others: Vec<&str> = permissions
            .iter()
            .copied()
            .filter(|p| *p != permissions[lacking])
            .collect();
        let lesser = world.token(&others, &[]).await;
        let refused = world.call(Method::DELETE, &detach, Some(&lesser), None).await;
        assert_eq!(refused.refused(), (401, 4001), "{}", permissions[lacking]);
    }
    let caller = world.token(&permissions, &[]).await;
    world.call(Method::DELETE, &detach, Some(&caller), None).await.data();
    let rule = world
        .get(&format!("/v1/organizations/default/mdm/automation-rules/{rule}"))
        .await;
    assert_eq!(rule.refused(), (404, 3001));
    rules::work_off(&world).await;
    assert_eq!(world.get(&own).await.data()["rules"][0]["winPolicyId"], Value::Null);
    let token = format!("{W}/enrollment-tokens/{}", token.data()["id"].as_str().unwrap());
    assert_eq!(world.get(&token).await.data()["winPolicyId"], Value::Null);
    let needs_one = world.put(&own, json!({ "rules": [{ "segmentId": 0 }] })).await;
    assert_eq!(needs_one.wrong(), ["rules"]);
    world
        .put(&own, json!({ "description": "other fields can be changed" }))
        .await
        .data();
    world.delete(&own).await.data();
    world.delete(&format!("{O}/segments/{}", north.0)).await.data();
}

#[actix_web::test]
async fn a_template_whose_client_secret_was_lost_with_its_key_says_so_until_it_gets_another() {
    let world = World::new().await;
    let policy = policy(&world).await;
    let app = |secret: &str| json!({ "mobilityApp": { "tenantId": "t", "clientId": "c", "clientSecret": secret } });
    let body = json!({ "name": "Office", "rules": [{ "winPolicyId": policy }], "entraId": app("geheim") });
    let made = world.post(&templates(), body).await;
    let id = made.data()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.data()["warnings"], json!([]));
    let organization = world.organization;
    let template = EnrollmentTemplateId::parse(&id).unwrap();
    world
        .write(move |tx, _| {
            let mut template = tx.enrollment_template(organization, template)?.unwrap();
            let app = template.mobility_app.as_mut().unwrap();
            app.secret = Secret::in_place_of_a_lost_one("0123");
            tx.update_enrollment_template(&template)
        })
        .await;
    let own = format!("{}/{id}", templates());
    let warned = |answer: &Value| {
        let warnings = answer["warnings"].as_array().unwrap();
        warnings.iter().any(|w| w.as_str().unwrap().contains("clientSecret"))
    };
    let shown = world.get(&own).await;
    assert!(warned(shown.data()), "{}", shown.body);
    assert_eq!(shown.data()["entraId"]["mobilityApp"]["clientSecret"], "********");
    assert!(!shown.body.to_string().contains("0123"));
    // Whatever else changes, the mask keeps what is there, and what is there is lost.
    for change in [json!({ "description": "new" }), json!({ "entraId": app("********") })] {
        let kept = world.put(&own, change).await;
        assert!(warned(kept.data()), "{}", kept.body);
    }
    let sent = world.put(&own, json!({ "entraId": app("\u{1a}0123") })).await;
    assert_eq!(
        sent.wrong(),
        ["entraId.mobilityApp.clientSecret"],
        "nobody enters such a secret"
    );
    let entered = world.put(&own, json!({ "entraId": app("another") })).await;
    assert!(!warned(entered.data()), "{}", entered.body);
}
