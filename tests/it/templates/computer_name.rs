//! What Windows itself is called (N10, `renameComputer`).

use super::{audited, check_in, enrol, policy, template};
use crate::support::{Database, TestServer};
use serde_json::{Value, json};
use transom_simulator::{Identity, Profile};

mod on {
    crate::support::on_both_databases!(a_pc_is_told_its_name_where_windows_takes_it);
}

const COMPUTER_NAME: &str = "./Device/Vendor/MSFT/Accounts/Domain/ComputerName";

async fn a_pc_is_told_its_name_where_windows_takes_it(database: Database) {
    let server = TestServer::start(database).await;
    let policy = policy(&server, "Baseline", 0).await;
    let rule = |pattern: &str, name: &str, renames: bool| {
        json!({
            "displayNamePattern": name, "renameComputer": renames, "winPolicyId": policy, "conditions": [{ "patterns": [pattern] }]
        })
    };
    let (short, waits, long) = (
        Identity::generate(7, 1, Profile::Windows11),
        Identity::generate(7, 2, Profile::Windows10),
        Identity::generate(7, 3, Profile::Windows11),
    );
    let kept = Identity::generate(7, 4, Profile::Windows11);
    let rules = json!([
        rule(&format!("name:^{}$", short.name), "PC-{{counter:3}}", true),
        // Windows 10 does not tell its serial number while it enrols: the name waits for the inventory.
        rule(&format!("name:^{}$", waits.name), "W-{{device.serial_short}}", true),
        rule(&format!("name:^{}$", long.name), "The Büro of {{device.model}}", true),
        rule("name:.", "Other {{counter}}", false),
    ]);
    let (_, credentials) = template(&server, "Office", rules).await;
    let serial = waits.serial_number.clone();
    let expected = [
        (short, Some("PC-001".to_owned())),
        (waits, Some(format!("W-{}", &serial[serial.len() - 6..]))),
        (long, None),
        (kept, None),
    ];
    for (identity, name) in expected {
        let old = identity.name.clone();
        let mut pc = enrol(&server, identity, &credentials).await.unwrap();
        check_in(&mut pc).await;
        check_in(&mut pc).await;
        let device = server.device(&pc).await;
        let id = device["id"].as_str().unwrap();
        let batches = server.get(&format!("devices/{id}/commands")).await;
        let batches = batches["items"].as_array().unwrap();
        let ordered: Vec<&Value> = batches.iter().flat_map(|b| b["commands"].as_array().unwrap()).collect();
        let Some(name) = name else {
            assert!(ordered.is_empty(), "{ordered:?}");
            continue;
        };
        assert_eq!(device["displayName"], json!(name));
        assert_eq!(ordered.len(), 1, "once: {ordered:?}");
        let config = &ordered[0]["config"];
        assert_eq!(
            (&config["path"], &config["action"], &config["value"]),
            (&json!(COMPUTER_NAME), &json!("Replace"), &json!(name))
        );
        assert_eq!(ordered[0]["status"], "Acknowledged", "the PC took it");
        let entry = audited(&server, "mdm.windows.device.renameComputer").await[0].clone();
        assert_eq!(entry["before"]["computerName"], json!(old));
        assert_eq!(entry["after"]["computerName"], json!(name));
        assert_eq!(entry["after"]["became"]["winCommandId"], batches[0]["id"]);
    }
    let entries = audited(&server, "mdm.windows.device.renameComputer").await;
    let refused: Vec<&Value> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["after"]["became"]["refused"])
        .collect();
    assert_eq!(refused.len(), 3, "of the fourth nothing was asked");
    assert!(refused[0].as_str().unwrap().contains("1 to 15 letters"), "{refused:?}");
}
