//! The main job, end to end: a PC enrols, an administrator orders, the PC obeys, the result is on record.

use crate::support::{CAMERA, Database, TestServer, exec, get, replace};
use serde_json::json;
use transom_simulator::{Credentials, Identity, Profile, VirtualPc};

mod on {
    crate::support::on_both_databases!(
        a_pc_enrols_obeys_and_the_result_is_on_record,
        an_idle_pc_is_seen_but_nothing_is_sent,
        deleting_a_device_takes_the_account_off_the_pc,
        a_user_who_leaves_is_believed,
        the_pc_that_enrols_again_takes_over_only_when_it_comes,
        hardware_ids_alone_take_nothing_over,
        batches_are_carried_out_in_their_order,
        what_is_for_the_user_waits_for_the_user,
    );
}

async fn a_pc_enrols_obeys_and_the_result_is_on_record(database: Database) {
    let server = TestServer::start(database).await;
    let mut pc = server.enrolled(1).await;
    let device = server.device(&pc).await;
    assert_eq!(device["state"], "PROVISIONING");

    let first = pc.check_in().await.unwrap();
    assert!(first.violations.is_empty() && first.end.is_good(), "{first:?}");
    let device = server.device(&pc).await;
    assert_eq!(device["state"], "ACTIVE");
    let reasons: Vec<_> = device["stateHistory"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["config"]["reason"])
        .collect();
    assert_eq!(reasons, ["enrollment-started", "initial-enrollment"]);
    assert_eq!(device["summary"]["serialNumber"], pc.identity().serial_number.as_str());
    assert_eq!(device["summary"]["osVersion"], device["config"]["./DevDetail/SwV"]);
    assert!(device["configDates"]["hardware"].is_string());
    let id = device["id"].as_str().unwrap();

    let batch = server
        .order(
            id,
            &[
                replace(CAMERA, "0"),
                get(CAMERA),
                get("./Vendor/MSFT/Nothing/Here"),
                json!({ "path": CAMERA, "action": "Add", "value": "1", "format": "int" }),
                replace("./DevDetail/SwV", "1"),
                exec("./Device/Vendor/MSFT/RemoteLock/Lock"),
                json!({ "path": CAMERA, "action": "Copy", "value": "./DevDetail/SwV", "format": "null" }),
            ],
        )
        .await;
    assert_eq!(server.statuses(id, &batch).await, vec!["Pending"; 7]);
    let report = pc.check_in().await.unwrap();
    assert!(report.violations.is_empty() && report.end.is_good(), "{report:?}");

    let commands = server.commands(id, &batch).await;
    let outcome: Vec<_> = commands
        .iter()
        .map(|c| (c["status"].as_str().unwrap(), c["statusCode"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        outcome[..6],
        [
            ("Acknowledged", 200),
            ("Acknowledged", 200),
            ("CommandNotFound", 404),
            ("PutOrAddCommandFailedBecauseTargetAlreadyExists", 418),
            ("MethodNotAllowed", 405),
            ("Acknowledged", 200),
        ]
    );
    assert!(
        [405, 406, 501].contains(&outcome[6].1),
        "Windows does not know Copy: {:?}",
        outcome[6]
    );
    assert_eq!(commands[1]["data"][0]["value"], "0", "{}", commands[1]);
    assert!(
        commands[2]["data"].to_string().contains("0x87D10194"),
        "{}",
        commands[2]
    );
    for command in &commands {
        assert!(
            command["sentAt"].as_str() <= command["receivedAt"].as_str(),
            "{command}"
        );
        assert_eq!(command.get("canceledAt"), None);
    }
    assert_eq!(server.device(&pc).await["config"][CAMERA], "0");
}

async fn an_idle_pc_is_seen_but_nothing_is_sent(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, _) = server.managed(1).await;
    pc.check_in().await.unwrap();
    let before = server.server.store.statements();
    let report = pc.check_in().await.unwrap();
    assert_eq!(
        server.server.store.statements() - before,
        1,
        "an idle check-in is one statement"
    );
    assert_eq!((report.messages, report.executed.len()), (1, 0));
}

async fn deleting_a_device_takes_the_account_off_the_pc(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    let (status, answer) = server.call("DELETE", &format!("devices/{id}"), None).await;
    assert_eq!((status, &answer["data"]["state"]), (200, &json!("DELETE_REQUESTED")));
    let (status, refused) = server
        .call(
            "POST",
            &format!("devices/{id}/commands/"),
            Some(json!({ "commands": [{ "config": get(CAMERA) }] })),
        )
        .await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!(5142)));

    let report = pc.check_in().await.unwrap();
    assert!(report.violations.is_empty(), "{report:?}");
    assert!(pc.account().is_none(), "the PC has left");
    let device = server.get(&format!("devices/{id}")).await;
    assert_eq!(device["state"], "DELETED");
    assert_eq!(device["stateHistory"][3]["config"]["reason"], "unenrolled");
    assert_eq!(server.get("devices").await["totalDocs"], 0);
    assert_eq!(server.get("devices?show-deleted=true").await["totalDocs"], 1);
}

async fn a_user_who_leaves_is_believed(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    let batch = server.order(&id, &[get(CAMERA)]).await;
    let stolen = pc.client_identity().unwrap().clone();
    let report = pc.unenroll_by_user().await.unwrap();
    assert!(report.violations.is_empty(), "{report:?}");
    let device = server.get(&format!("devices/{id}")).await;
    assert_eq!(device["state"], "DELETED");
    assert_eq!(device["stateHistory"][2]["config"]["reason"], "user-unenrolled");
    assert_eq!(server.statuses(&id, &batch).await, ["Cancel"]);

    let mut other = server.enrolled(2).await;
    let faults = transom_simulator::Faults {
        certificate: Some(stolen),
        device_id: Some(pc.identity().device_id.clone()),
        ..Default::default()
    };
    let report = other.check_in_with(&faults).await.unwrap();
    assert!(
        !report.end.is_good(),
        "the certificate of a device that left opens nothing: {report:?}"
    );
}

async fn the_pc_that_enrols_again_takes_over_only_when_it_comes(database: Database) {
    let server = TestServer::start(database).await;
    server.user("ada@example.com", "correct horse").await;
    let credentials = Credentials::password("ada@example.com", "correct horse");
    let identity = Identity::generate(7, 1, Profile::Windows11);
    let mut before = VirtualPc::new(identity.clone(), crate::support::keys());
    before
        .enroll(&server.server.device_url, &server.trust, &credentials)
        .await
        .unwrap();
    before.check_in().await.unwrap();
    let id = server.device(&before).await["id"].as_str().unwrap().to_owned();
    let waiting = server.order(&id, &[get(CAMERA)]).await;

    let mut after = VirtualPc::new(identity, crate::support::keys());
    after
        .enroll(&server.server.device_url, &server.trust, &credentials)
        .await
        .unwrap();
    assert!(
        before.check_in().await.unwrap().end.is_good(),
        "the old enrolment holds until the new one is used"
    );
    assert_eq!(server.statuses(&id, &waiting).await, ["CommandNotFound"]);
    let waiting = server.order(&id, &[get(CAMERA)]).await;

    assert!(after.check_in().await.unwrap().end.is_good());
    assert!(
        !before.check_in().await.unwrap().end.is_good(),
        "then its certificate opens nothing any more"
    );
    assert_eq!(
        server.statuses(&id, &waiting).await,
        ["Cancel"],
        "orders for the old enrolment do not carry over"
    );
    let devices = server.get("devices").await;
    assert_eq!(
        (&devices["totalDocs"], &devices["items"][0]["id"]),
        (&json!(1), &json!(id)),
        "the record is the same"
    );
    let history = devices["items"][0]["stateHistory"].as_array().unwrap().clone();
    assert_eq!(history.last().unwrap()["config"]["reason"], "re-enrollment");
}

async fn hardware_ids_alone_take_nothing_over(database: Database) {
    let server = TestServer::start(database).await;
    let identity = Identity::generate(7, 1, Profile::Windows11);
    let mut pcs = Vec::new();
    for _ in 0..2 {
        // Neither the old certificate nor a user proves that it is the same PC: anybody can claim its ids.
        let token = Credentials::binary_token(server.enrollment_token(1).await);
        let mut pc = VirtualPc::new(identity.clone(), crate::support::keys());
        pc.enroll(&server.server.device_url, &server.trust, &token)
            .await
            .unwrap();
        pc.check_in().await.unwrap();
        pcs.push(pc);
    }
    assert!(
        pcs[0].check_in().await.unwrap().end.is_good(),
        "the first enrolment is untouched"
    );
    let devices = server.get("devices?sort=createdAt:asc").await;
    assert_eq!(devices["totalDocs"], 2);
    assert_eq!(devices["items"][1]["possibleDuplicateOf"], devices["items"][0]["id"]);
    let (status, answer) = server
        .call("GET", &format!("devices/{}", identity.serial_number), None)
        .await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (400, &json!(5091)),
        "an ambiguous identifier picks none"
    );
}

async fn batches_are_carried_out_in_their_order(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    for value in 0..5 {
        server
            .order(&id, &[replace(CAMERA, &value.to_string()), get(CAMERA)])
            .await;
    }
    let report = pc.check_in().await.unwrap();
    assert!(report.violations.is_empty() && report.end.is_good(), "{report:?}");
    let batches = server.get(&format!("devices/{id}/commands?sort=createdAt:asc")).await;
    let read: Vec<_> = batches["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|batch| batch["commands"][1]["data"][0]["value"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(read, ["0", "1", "2", "3", "4"]);
}

async fn what_is_for_the_user_waits_for_the_user(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    pc.sign_out();
    let path = "./User/Vendor/MSFT/Policy/Config/Education/AllowGraphingCalculator";
    let for_user = server.order(&id, &[replace(path, "1")]).await;
    let for_device = server.order(&id, &[replace(CAMERA, "0")]).await;
    pc.check_in().await.unwrap();
    assert_eq!(server.statuses(&id, &for_user).await, ["Pending"]);
    assert_eq!(server.statuses(&id, &for_device).await, ["Acknowledged"]);
    pc.sign_in();
    pc.check_in().await.unwrap();
    assert_eq!(server.statuses(&id, &for_user).await, ["Acknowledged"]);
}
