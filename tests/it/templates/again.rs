//! What a token says by itself (N12), and PCs that enrol again (DS4).

use super::{PASSWORD, assigned, check_in, enrol, make_default, policy, segment, template};
use crate::{
    rules::{evaluated, rule},
    support::{Database, TestServer},
};
use serde_json::{Value, json};
use transom_simulator::{Credentials, Identity, Profile};

mod on {
    crate::support::on_both_databases!(
        a_token_that_was_made_for_somebody_beats_the_rule,
        a_pc_that_enrols_again_gets_what_the_rules_say_now,
        automation_rules_follow_what_templates_give,
    );
}

async fn a_token_that_was_made_for_somebody_beats_the_rule(database: Database) {
    let server = TestServer::start(database).await;
    let (of_rule, of_token) = (policy(&server, "Rule", 0).await, policy(&server, "Token", 1).await);
    let (sales, lab) = (segment(&server, "Sales").await, segment(&server, "Lab").await);
    let rules = json!([{
        "winPolicyId": of_rule, "tags": ["rule"], "segmentId": sales, "displayNamePattern": "rule-{{counter}}",
        "conditions": [{ "tags": [["vip"]] }]
    }]);
    let (default, _) = template(&server, "Default", rules).await;
    make_default(&server, &default).await;
    let token = async |more: Value| {
        let mut body = json!({ "sendEmail": false });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = server.post("enrollment-tokens", body).await;
        let path = format!("enrollment-tokens/{}", made["id"].as_str().unwrap());
        (path, Credentials::binary_token(made["token"].as_str().unwrap()))
    };
    let own = json!({ "tags": ["VIP"], "winPolicyAssignments": [{ "winPolicyId": of_token, "priority": 2 }], "segmentId": lab, "displayName": "Ada's" });
    let (path, credentials) = token(own).await;
    let pc = enrol(&server, Identity::generate(7, 1, Profile::Windows11), &credentials)
        .await
        .unwrap();
    let device = server.device(&pc).await;
    assert_eq!(
        (&device["displayName"], &device["segmentId"]),
        (&json!("Ada's"), &json!(lab))
    );
    assert_eq!((&device["tags"], &device["winPolicy"]), (&json!(["VIP"]), &Value::Null));
    assert_eq!(assigned(&device), [(of_token.as_str(), 2)]);
    assert_eq!(device["enrollment"]["state"], "decided");
    assert_eq!(server.get(&path).await["state"], "DONE");

    // Where the token says nothing, the rule does; its tags are looked at all the same.
    let (_, credentials) = token(json!({ "tags": ["vip"] })).await;
    let pc = enrol(&server, Identity::generate(7, 2, Profile::Windows11), &credentials)
        .await
        .unwrap();
    let device = server.device(&pc).await;
    assert_eq!(
        (&device["segmentId"], &device["winPolicy"]["id"]),
        (&json!(sales), &json!(of_rule))
    );
    assert_eq!(
        (&device["displayName"], &device["tags"]),
        (&json!("rule-1"), &json!(["vip"]))
    );

    // A token made by itself lets its PC in, even if the default wants nobody.
    let (_, credentials) = token(json!({ "winPolicyId": of_token })).await;
    let pc = enrol(&server, Identity::generate(7, 3, Profile::Windows11), &credentials)
        .await
        .unwrap();
    let device = server.device(&pc).await;
    assert_eq!(
        (&device["enrollment"]["state"], &device["winPolicy"]["id"]),
        (&json!("unmatched"), &json!(of_token))
    );
}

async fn a_pc_that_enrols_again_gets_what_the_rules_say_now(database: Database) {
    let server = TestServer::start(database).await;
    let (first, second, by_hand) = (
        policy(&server, "First", 0).await,
        policy(&server, "Second", 1).await,
        policy(&server, "By hand", 1).await,
    );
    server.user("ada@corp.example", PASSWORD).await;
    let (default, _) = template(&server, "Default", json!([{ "winPolicyId": first, "tags": ["one"] }])).await;
    make_default(&server, &default).await;
    let ada = Credentials::password("ada@corp.example", PASSWORD);
    let identity = Identity::generate(7, 1, Profile::Windows11);
    let mut before = enrol(&server, identity.clone(), &ada).await.unwrap();
    check_in(&mut before).await;
    let id = server.device(&before).await["id"].as_str().unwrap().to_owned();
    let device = format!("devices/{id}");
    let change =
        json!({ "tags": ["one", "mine"], "winPolicyAssignments": [{ "winPolicyId": by_hand, "priority": 1 }] });
    assert_eq!(server.call("PUT", &device, Some(change)).await.0, 200);
    let change =
        json!({ "rules": [{ "tags": ["two"], "winPolicyAssignments": [{ "winPolicyId": second, "priority": 9 }] }] });
    assert_eq!(
        server
            .call("PUT", &format!("enrollment-templates/{default}"), Some(change))
            .await
            .0,
        200
    );

    let mut after = enrol(&server, identity, &ada).await.unwrap();
    let untouched = server.get(&device).await;
    assert_eq!(
        untouched["winPolicy"]["id"],
        json!(first),
        "until the new enrolment is used, nothing changes"
    );
    assert_eq!(assigned(&untouched), [(by_hand.as_str(), 1)]);
    check_in(&mut after).await;
    let rebuilt = server.get(&device).await;
    assert_eq!(
        (&rebuilt["winPolicy"], &rebuilt["tags"]),
        (&Value::Null, &json!(["one", "mine", "two"]))
    );
    assert_eq!(assigned(&rebuilt), [(second.as_str(), 9)]);
    assert_eq!(server.get("devices").await["totalDocs"], 1, "the record is the same");

    // So it is for a record that was deleted.
    assert_eq!(
        server.call("DELETE", &format!("{device}?force=true"), None).await.0,
        200
    );
    let again = enrol(&server, after.identity().clone(), &ada).await.unwrap();
    let back = server.device(&again).await;
    assert_eq!((&back["id"], &back["state"]), (&json!(id), &json!("PROVISIONING")));
    assert_eq!(assigned(&back), [(second.as_str(), 9)]);
}

/// What automation rules give a PC, as the reasons of each.
fn reasons(device: &Value) -> Vec<Value> {
    let entries = device["winPolicyAssignmentsEnforced"].as_array().unwrap().iter();
    let of = |entry: &Value| entry["automationRule"]["deviceAudiences"][0]["reasons"].clone();
    let mut all: Vec<Value> = entries.map(of).collect();
    all.sort_by_key(Value::to_string);
    all
}

async fn automation_rules_follow_what_templates_give(database: Database) {
    let server = TestServer::start(database).await;
    server.user("ada@corp.example", PASSWORD).await;
    let (early, late) = (
        Identity::generate(7, 1, Profile::Windows11),
        Identity::generate(7, 2, Profile::Windows10),
    );
    let given = policy(&server, "Given", 1).await;
    let rules = json!([
        { "tags": ["delivered"], "winPolicyId": given, "conditions": [{ "identifiers": [early.serial_number, late.serial_number] }] }
    ]);
    let (first, _) = template(&server, "First", rules).await;
    let (second, _) = template(&server, "Second", json!([{ "winPolicyId": given }])).await;
    make_default(&server, &first).await;
    for condition in [
        format!("template:{first}"),
        format!("template:{second}"),
        "delivered".to_owned(),
    ] {
        let rule = rule(&server.api, &condition).await;
        evaluated(&server.api, &rule).await;
    }
    let ada = Credentials::password("ada@corp.example", PASSWORD);
    let (tag, of_first) = (json!(["tag:delivered"]), json!([format!("template:{first}")]));

    // One that tells its serial number when it enrols.
    let mut before = enrol(&server, early.clone(), &ada).await.unwrap();
    let device = server.device(&before).await;
    assert_eq!(device["state"], "PROVISIONING");
    assert_eq!(reasons(&device), [tag.clone(), of_first.clone()]);
    check_in(&mut before).await;

    // One that does not: the tag comes with the inventory.
    let mut pc = enrol(&server, late, &ada).await.unwrap();
    assert_eq!(reasons(&server.device(&pc).await), std::slice::from_ref(&of_first));
    check_in(&mut pc).await;
    assert_eq!(reasons(&server.device(&pc).await), [tag.clone(), of_first.clone()]);

    // Who is managed already is what its new enrolment says as soon as that is used.
    make_default(&server, &second).await;
    let mut after = enrol(&server, early, &ada).await.unwrap();
    assert_eq!(reasons(&server.device(&before).await), [tag.clone(), of_first]);
    check_in(&mut after).await;
    let of_second = json!([format!("template:{second}")]);
    assert_eq!(reasons(&server.device(&after).await), [tag, of_second]);
}
