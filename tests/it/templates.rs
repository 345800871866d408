//! Enrolment templates at real enrolments (E.4): virtual PCs come out as the rules say.

use crate::support::{CAMERA, Database, TestServer, keys};
use serde_json::{Value, json};
use transom_simulator::{Credentials, EnrollError, Identity, Profile, VirtualPc};

mod again;
mod computer_name;

mod on {
    crate::support::on_both_databases!(
        a_pc_comes_out_as_the_first_rule_that_matches_says,
        a_rule_that_needs_the_serial_number_waits_for_the_inventory,
        a_pc_that_no_rule_wants_is_refused_in_words,
        what_no_rule_wants_after_the_inventory_is_managed_and_listed,
        the_default_template_speaks_where_no_other_does,
    );
}

const PASSWORD: &str = "correct horse";

/// Enrols a PC with any credentials.
async fn enrol(server: &TestServer, identity: Identity, credentials: &Credentials) -> Result<VirtualPc, EnrollError> {
    let mut pc = VirtualPc::new(identity, keys());
    pc.enroll(&server.server.device_url, &server.trust, credentials).await?;
    Ok(pc)
}

/// Has a PC check in, which must go well.
async fn check_in(pc: &mut VirtualPc) {
    let report = pc.check_in().await.unwrap();
    assert!(report.violations.is_empty() && report.end.is_good(), "{report:?}");
}

/// A policy's id.
async fn policy(server: &TestServer, name: &str, camera: u32) -> String {
    let body = json!({ "name": name, "config": { CAMERA: camera }, "exposeToChildren": true });
    server.post("policies", body).await["id"].as_str().unwrap().to_owned()
}

/// A segment's number.
async fn segment(server: &TestServer, name: &str) -> u64 {
    let path = "/v1/organizations/default/segments";
    let made = server
        .api
        .data("POST", path, Some(json!({ "name": name })))
        .await
        .unwrap();
    made["id"].as_u64().unwrap()
}

/// A template's id, and its token as credentials.
async fn template(server: &TestServer, name: &str, rules: Value) -> (String, Credentials) {
    let made = server
        .post("enrollment-templates/", json!({ "name": name, "rules": rules }))
        .await;
    assert!(
        made["winEnrollmentToken"]["serverUrl"]
            .as_str()
            .unwrap()
            .starts_with(&server.server.device_url),
        "{made}"
    );
    let token = made["winEnrollmentToken"]["token"].as_str().unwrap();
    let credentials = Credentials::token_as_password("pc@example.com", token);
    (made["id"].as_str().unwrap().to_owned(), credentials)
}

async fn make_default(server: &TestServer, template: &str) {
    let body = json!({ "type": "winEnrollmentTemplate", "modelName": "windows", "elementId": template });
    server.post("default-config", body).await;
}

/// The newest entries of the audit record for an action.
async fn audited(server: &TestServer, action: &str) -> Value {
    let path = format!("/v1/organizations/default/audit-logs?action={action}");
    server.api.data("GET", &path, None).await.unwrap()["items"].clone()
}

fn assigned(device: &Value) -> Vec<(&str, u64)> {
    let list = device["winPolicyAssignments"].as_array().unwrap().iter();
    list.map(|a| (a["winPolicyId"].as_str().unwrap(), a["priority"].as_u64().unwrap()))
        .collect()
}

async fn a_pc_comes_out_as_the_first_rule_that_matches_says(database: Database) {
    let server = TestServer::start(database).await;
    let (strict, loose) = (policy(&server, "Strict", 0).await, policy(&server, "Loose", 1).await);
    let sales = segment(&server, "Sales").await;
    let rules = json!([
        { "name": "Servers", "conditions": [{ "patterns": ["name:^SRV-"] }], "tags": ["server"] },
        {
            "name": "Desktops", "conditions": [{ "patterns": ["name:^desktop-"] }], "tags": ["desktop", "Bern"],
            "winPolicyId": loose, "winPolicyAssignments": [{ "winPolicyId": strict, "priority": 5 }],
            "segmentId": sales, "displayNamePattern": "{{segment.name|upper}}-{{device.serial_short}}-{{counter:3}}"
        },
        { "name": "Everything else", "tags": ["else"] }
    ]);
    let (template, credentials) = template(&server, "Office", rules).await;
    for number in 1..=2 {
        let identity = Identity::generate(7, number, Profile::Windows11);
        let short = identity.serial_number[identity.serial_number.len() - 6..].to_owned();
        let mut pc = enrol(&server, identity, &credentials).await.unwrap();
        for state in ["PROVISIONING", "ACTIVE"] {
            let device = server.device(&pc).await;
            assert_eq!(device["state"], state);
            assert_eq!(device["displayName"], format!("SALES-{short}-00{number}"));
            assert_eq!(
                (&device["tags"], &device["segmentId"]),
                (&json!(["desktop", "Bern"]), &json!(sales))
            );
            assert_eq!(device["winPolicy"]["id"], json!(loose));
            assert_eq!(assigned(&device), [(strict.as_str(), 5)]);
            assert_eq!(device["deviceWinPolicy"]["config"][CAMERA], 0, "the stronger one wins");
            let enrollment = &device["enrollment"];
            assert_eq!(
                (
                    &enrollment["templateId"],
                    &enrollment["state"],
                    &enrollment["ruleIndex"],
                    &enrollment["ruleName"]
                ),
                (&json!(template), &json!("decided"), &json!(1), &json!("Desktops"))
            );
            let results: Vec<_> = enrollment["trace"]
                .as_array()
                .unwrap()
                .iter()
                .map(|t| &t["result"])
                .collect();
            assert_eq!(results, ["notMatched", "matched"]);
            check_in(&mut pc).await;
        }
    }
    let shown = server.get(&format!("enrollment-templates/{template}")).await;
    assert_eq!(shown["devicesCount"], 2);
    let found = server.get(&format!("devices?winEnrollmentTemplateId={template}")).await;
    assert_eq!(found["totalDocs"], 2);
    let entry = &audited(&server, "mdm.windows.device.enroll").await[0]["after"]["placement"];
    assert_eq!(entry["rules"]["ruleName"], "Desktops", "{entry}");

    // What changes later touches no PC that is enrolled.
    let change = json!({ "rules": [{ "winPolicyId": strict, "tags": ["later"] }] });
    server
        .api
        .data(
            "PUT",
            &crate::support::windows(&format!("enrollment-templates/{template}")),
            Some(change),
        )
        .await
        .unwrap();
    assert_eq!(
        server.get("devices").await["items"][0]["tags"],
        json!(["desktop", "Bern"])
    );
}

async fn a_rule_that_needs_the_serial_number_waits_for_the_inventory(database: Database) {
    let server = TestServer::start(database).await;
    let policy = policy(&server, "Baseline", 0).await;
    let wanted = Identity::generate(7, 1, Profile::Windows10);
    let rules = json!([
        {
            "name": "Delivery", "winPolicyId": policy, "tags": ["delivered"], "displayNamePattern": "{{device.model|slug}}",
            "conditions": [{ "identifiers": [wanted.serial_number.to_lowercase(), "System Serial Number"] }]
        },
        { "name": "Everything else", "tags": ["else"] }
    ]);
    let (_, credentials) = template(&server, "Office", rules).await;
    let mut nameless = Identity::generate(7, 3, Profile::Windows11);
    "System Serial Number".clone_into(&mut nameless.serial_number);
    let model = wanted.model.clone();
    let cases = [
        (wanted, 0, "delivered"),
        (Identity::generate(7, 2, Profile::Windows10), 1, "else"),
        (nameless, 1, "else"),
    ];
    for (identity, rule, tag) in cases {
        let name = identity.name.clone();
        let mut pc = enrol(&server, identity, &credentials).await.unwrap();
        let device = server.device(&pc).await;
        assert_eq!(
            (&device["state"], &device["displayName"]),
            (&json!("PROVISIONING"), &json!(name))
        );
        assert_eq!(
            (&device["enrollment"]["state"], &device["enrollment"]["ruleIndex"]),
            (&json!("undecided"), &json!(0))
        );
        assert_eq!((&device["tags"], &device["winPolicy"]), (&json!([]), &Value::Null));
        check_in(&mut pc).await;
        let device = server.device(&pc).await;
        assert_eq!((&device["state"], &device["tags"]), (&json!("ACTIVE"), &json!([tag])));
        assert_eq!(
            (&device["enrollment"]["state"], &device["enrollment"]["ruleIndex"]),
            (&json!("decided"), &json!(rule))
        );
        assert_eq!(
            device["winPolicy"]["id"],
            if rule == 0 { json!(policy) } else { Value::Null }
        );
        if rule == 0 {
            let slug = model.to_lowercase().replace([' ', ',', '.'], "-").replace("--", "-");
            assert_eq!(device["displayName"], json!(slug));
        }
    }
    let entries = audited(&server, "mdm.windows.device.applyEnrollmentRules").await;
    assert_eq!(entries.as_array().unwrap().len(), 3);
    assert_eq!(server.get("devices?enrollmentState=undecided").await["totalDocs"], 0);
}

async fn a_pc_that_no_rule_wants_is_refused_in_words(database: Database) {
    let server = TestServer::start(database).await;
    let policy = policy(&server, "Baseline", 0).await;
    let rules = json!([{ "name": "Lab", "winPolicyId": policy, "conditions": [{ "patterns": ["name:^LAB-"] }] }]);
    let (template, credentials) = template(&server, "Laboratory", rules).await;
    let refused = enrol(&server, Identity::generate(7, 1, Profile::Windows11), &credentials).await;
    let Err(EnrollError::Fault { fault, .. }) = refused else {
        panic!("it must be refused");
    };
    assert_eq!(fault.name(), "CustomServerError", "Windows shows the words of this one");
    assert!(
        fault.reason.contains("No enrolment rule matches this PC") && fault.reason.contains("Laboratory"),
        "{}",
        fault.reason
    );
    assert_eq!(server.get("devices?show-deleted=true").await["totalDocs"], 0);
    let entry = audited(&server, "mdm.windows.device.enroll").await[0].clone();
    assert_eq!(
        (&entry["target"]["id"], &entry["outcome"]),
        (&json!(template), &json!("refused")),
        "{entry}"
    );
    let trace = &entry["after"]["trace"][0];
    assert_eq!(
        (&trace["name"], &trace["result"]),
        (&json!("Lab"), &json!("notMatched")),
        "{entry}"
    );

    // Whoever tries again and again is told the same, and does not fill the record.
    for _ in 0..3 {
        let again = enrol(&server, Identity::generate(7, 1, Profile::Windows11), &credentials).await;
        let Err(EnrollError::Fault { fault: again, .. }) = again else {
            panic!("it must be refused");
        };
        assert_eq!(again.reason, fault.reason);
    }
    let entries = audited(&server, "mdm.windows.device.enroll").await;
    assert_eq!(entries.as_array().unwrap().len(), 1, "{entries}");
    assert_eq!(entry["after"]["repeatedSinceLastEntry"], 0);

    // A refusal takes nothing of the token: the PC that is wanted still enrols.
    let mut wanted = Identity::generate(7, 2, Profile::Windows11);
    "LAB-7".clone_into(&mut wanted.name);
    enrol(&server, wanted, &credentials).await.unwrap();
    let rotated = server
        .call("POST", &format!("enrollment-templates/{template}/token/rotate"), None)
        .await;
    assert_eq!(rotated.0, 200);
    let old = enrol(&server, Identity::generate(7, 3, Profile::Windows11), &credentials).await;
    assert_eq!(
        old.err().unwrap().hresult(),
        Some(0x8018_0002),
        "the old value opens nothing"
    );
}

async fn what_no_rule_wants_after_the_inventory_is_managed_and_listed(database: Database) {
    let server = TestServer::start(database).await;
    let policy = policy(&server, "Baseline", 0).await;
    let rules = json!([{ "winPolicyId": policy, "conditions": [{ "identifiers": ["another PC"] }] }]);
    let (_, credentials) = template(&server, "Delivery", rules).await;
    let mut pc = enrol(&server, Identity::generate(7, 2, Profile::Windows10), &credentials)
        .await
        .unwrap();
    assert_eq!(server.get("devices?enrollmentState=undecided").await["totalDocs"], 1);
    check_in(&mut pc).await;
    let device = server.device(&pc).await;
    assert_eq!(
        (&device["state"], &device["enrollment"]["state"]),
        (&json!("ACTIVE"), &json!("unmatched"))
    );
    assert_eq!(
        (&device["winPolicy"], &device["enrollment"]["ruleIndex"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(server.get("devices?enrollmentState=unmatched").await["totalDocs"], 1);
    let entry = audited(&server, "mdm.windows.device.applyEnrollmentRules").await[0]["after"]["rules"].clone();
    assert_eq!(
        (&entry["state"], &entry["trace"][0]["result"]),
        (&json!("unmatched"), &json!("notMatched"))
    );
}

async fn the_default_template_speaks_where_no_other_does(database: Database) {
    let server = TestServer::start(database).await;
    let policy = policy(&server, "Baseline", 0).await;
    server.user("ada@corp.example", PASSWORD).await;
    server.user("eve@else.example", PASSWORD).await;
    let rules = json!([
        { "winPolicyId": policy, "conditions": [{ "patterns": ["email:@corp\\.example$"] }], "displayNamePattern": "{{user.username}}" },
        { "tags": ["lab"], "conditions": [{ "patterns": ["name:^LAB-"] }] }
    ]);
    let (default, _) = template(&server, "Default", rules).await;
    let ada = Credentials::password("ada@corp.example", PASSWORD);
    let eve = Credentials::password("eve@else.example", PASSWORD);
    let free = enrol(&server, Identity::generate(7, 1, Profile::Windows11), &eve)
        .await
        .unwrap();
    assert_eq!(
        server.device(&free).await["enrollment"],
        Value::Null,
        "without a default nobody asks"
    );

    make_default(&server, &default).await;
    let of_ada = enrol(&server, Identity::generate(7, 2, Profile::Windows11), &ada)
        .await
        .unwrap();
    let device = server.device(&of_ada).await;
    assert_eq!(
        (&device["winPolicy"]["id"], &device["displayName"]),
        (&json!(policy), &json!("ada"))
    );
    let of_eve = enrol(&server, Identity::generate(7, 3, Profile::Windows11), &eve).await;
    assert_eq!(of_eve.err().unwrap().kind(), "enrolment: fault CustomServerError");

    // A template none of whose rules matches hands over to the default.
    let rules = json!([{ "winPolicyId": policy, "conditions": [{ "patterns": ["name:^NOBODY$"] }] }]);
    let (_, credentials) = template(&server, "Narrow", rules).await;
    let mut lab = Identity::generate(7, 4, Profile::Windows11);
    "LAB-1".clone_into(&mut lab.name);
    let device = server.device(&enrol(&server, lab, &credentials).await.unwrap()).await;
    assert_eq!(
        (&device["enrollment"]["templateId"], &device["tags"]),
        (&json!(default), &json!(["lab"]))
    );
    assert_eq!(device["enrollment"]["trace"].as_array().unwrap().len(), 3);
}
