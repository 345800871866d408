//! Rules in the whole product: PCs follow them as they report, and what a rule makes of many survives `kill -9`.

use crate::{
    binary::{Served, transom},
    support::{CAMERA, Database, OwnDatabase, TestServer, settings},
};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc, time::Duration};
use transom_app::{api::Api, environment::SystemEnvironment, storage};
use transom_domain::{
    Actor, DeviceId, Environment as _, OrganizationId, Origin, Timestamp,
    device::{Device, DeviceState, Summary},
    ports::{Store, StoreError},
    segment::SegmentId,
};
use transom_storage::DatabaseStore;

mod on {
    crate::support::on_both_databases!(
        a_pc_follows_the_rules_as_it_reports,
        a_rule_that_is_killed_in_the_middle_comes_out_right
    );
}

const M: &str = "/v1/organizations/default/mdm";

/// Devices of the rule that is killed: some steps of the job.
const DEVICES: u32 = 3_000;

/// Devices that are stored in one unit of work.
const AT_ONCE: u32 = 500;

/// How often it is tried to kill the server in the middle.
const TRIES: u32 = 20;

/// Whoever waits longer than this waits for ever.
const PATIENCE: Duration = Duration::from_secs(120);

/// A rule over this condition, on PCs of the whole organization.
pub async fn rule(api: &Api, condition: &str) -> String {
    let make = async |path: String, body: Value| -> String {
        let made = api.data("POST", &path, Some(body)).await.unwrap();
        made["id"].as_str().unwrap().to_owned()
    };
    let audience = json!({ "name": "A", "selectors": { "deviceGroups": [[condition]] } });
    let audience = make(format!("{M}/device-audiences"), audience).await;
    let policy = json!({ "name": "P", "config": { CAMERA: 0 } });
    let policy = make(format!("{M}/windows/enterprise/policies"), policy).await;
    let action = json!({ "type": "setPolicy", "platform": "windows", "winPolicyId": policy, "priority": 1 });
    let rule = json!({ "name": "R", "deviceAudienceIds": [audience], "action": action });
    make(format!("{M}/automation-rules"), rule).await
}

/// The rule, once everything is worked off.
pub async fn evaluated(api: &Api, rule: &str) -> Value {
    let path = format!("{M}/automation-rules/{rule}");
    let current = async {
        loop {
            let shown = api.data("GET", &path, None).await.unwrap();
            if shown["evaluation"]["state"] == "current" {
                return shown;
            }
        }
    };
    tokio::time::timeout(PATIENCE, current)
        .await
        .expect("it comes to an end")
}

async fn a_pc_follows_the_rules_as_it_reports(database: Database) {
    let server = TestServer::start(database).await;
    let rule = rule(&server.api, "os:windows 1*").await;
    evaluated(&server.api, &rule).await;
    let mut pc = server.enrolled(1).await;
    let device = server.device(&pc).await;
    assert_eq!(
        device["winPolicyAssignmentsEnforced"],
        json!([]),
        "nothing is known of it yet"
    );
    pc.check_in().await.unwrap();
    let device = server.device(&pc).await;
    let enforced = &device["winPolicyAssignmentsEnforced"][0];
    let reason = format!("os:{}", device["summary"]["osVersionName"].as_str().unwrap());
    assert_eq!(
        enforced["automationRule"]["deviceAudiences"][0]["reasons"],
        json!([reason])
    );
    assert_eq!(device["deviceWinPolicy"]["config"][CAMERA], 0);

    pc.check_in().await.unwrap();
    evaluated(&server.api, &rule).await;
    let before = server.server.store.statements();
    pc.check_in().await.unwrap();
    assert_eq!(
        server.server.store.statements() - before,
        1,
        "an idle check-in is one statement whatever the rules"
    );

    // The PC leaves, and so does what rules gave it.
    let id = device["id"].as_str().unwrap();
    let (status, answer) = server.call("DELETE", &format!("devices/{id}"), None).await;
    assert_eq!(
        (status, &answer["data"]["winPolicyAssignmentsEnforced"]),
        (200, &json!([]))
    );
}

async fn a_rule_that_is_killed_in_the_middle_comes_out_right(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let own = OwnDatabase::new(database, &folder.path().join("data"));
    let mut served = Served::start(&mut transom(folder.path(), &own.url));
    let organization = OrganizationId::parse(served.hello["organizationId"].as_str().unwrap()).unwrap();
    served.kill();
    fill(folder.path(), &own.url, organization).await;

    served = Served::start(&mut transom(folder.path(), &own.url));
    let mut api = administrator(folder.path(), &served);
    let rule = rule(&api, "zebra").await;
    evaluated(&api, &rule).await;
    let path = format!("{M}/automation-rules/{rule}");
    let (mut cut, mut enabled) = (0, true);
    for _ in 0..TRIES {
        enabled = !enabled;
        let change = json!({ "enabled": enabled });
        api.data("PUT", &path, Some(change)).await.unwrap();
        // Until the first PCs are reached: no time is waited for, only what the server says.
        loop {
            let shown = api.data("GET", &path, None).await.unwrap();
            let left = shown["evaluation"]["devicesLeft"].as_u64();
            if left != Some(DEVICES.into()) {
                break;
            }
        }
        served.kill();
        cut += u32::from(has_work(folder.path(), &own.url, organization).await);
        served = Served::start(&mut transom(folder.path(), &own.url));
        api = administrator(folder.path(), &served);
        let shown = evaluated(&api, &rule).await;
        let expected = if enabled { DEVICES / 2 } else { 0 };
        assert_eq!(shown["counts"]["devices"], expected, "after {cut} cuts");
        if cut >= 2 && enabled {
            break;
        }
    }
    assert!(cut >= 2, "the server was killed in the middle {cut} times");
    let matches = api
        .data("GET", &format!("{path}/matches?limit=10000"), None)
        .await
        .unwrap();
    for device in matches["items"].as_array().unwrap() {
        assert_eq!(device["deviceAudiences"][0]["reasons"], json!(["tag:Zebra"]));
    }
    assert_eq!(matches["totalDocs"], DEVICES / 2);
}

fn administrator(folder: &Path, served: &Served) -> Api {
    let token = std::fs::read_to_string(folder.join("data/admin.token")).unwrap();
    Api::new(&served.url("admin"), Some(&token))
}

/// The database of a server that is down, with its keys.
async fn opened(folder: &Path, url: &str) -> Arc<DatabaseStore> {
    storage::open(&settings(&folder.join("data"), url)).await.unwrap()
}

/// Stores the devices while no server runs; every second one carries the tag.
async fn fill(folder: &Path, url: &str, organization: OrganizationId) {
    let database = opened(folder, url).await;
    let store: &dyn Store = &*database;
    for first in (0..DEVICES).step_by(AT_ONCE as usize) {
        let cx = SystemEnvironment.context(Actor::CommandLine, Origin::default());
        let filled = store.write(&cx, move |tx, cx| -> Result<(), StoreError> {
            for number in first..first + AT_ONCE {
                tx.insert_device(&device(cx.id(), organization, number, cx.now))?;
            }
            Ok(())
        });
        filled.await.unwrap();
    }
}

fn device(id: DeviceId, organization: OrganizationId, number: u32, at: Timestamp) -> Device {
    Device {
        id,
        organization,
        segment: SegmentId::ROOT,
        user: None,
        display_name: format!("Desk {number}"),
        tags: if number.is_multiple_of(2) {
            vec!["Zebra".to_owned()]
        } else {
            Vec::new()
        },
        win_id: format!("win-{number}"),
        state: DeviceState::Active,
        summary: Summary::default(),
        custom_config: serde_json::Map::new(),
        refresh_needed: std::collections::BTreeSet::new(),
        possible_duplicate_of: None,
        enrolled_by: None,
        last_status_report: None,
        enrolled_at: None,
        created_at: at,
        updated_at: at,
    }
}

/// Whether work of rules is left in a database that no server uses.
async fn has_work(folder: &Path, url: &str, organization: OrganizationId) -> bool {
    let database = opened(folder, url).await;
    let store: &dyn Store = &*database;
    let work: Result<_, StoreError> = store.read(move |view| view.rule_work(organization)).await;
    work.unwrap().iter().any(|work| work.cursor.is_some())
}
