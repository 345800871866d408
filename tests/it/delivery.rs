//! Promises of the delivery of commands, kept by the whole product: what breaks a PC is set aside, a PC that leaves is
//! believed, work that was accepted comes to its end, an expired certificate opens nothing.

use crate::support::{CAMERA, Database, SOFTWARE, TestServer, get, replace};
use serde_json::json;
use transom_app::{environment::SystemEnvironment, settings::Md5};
use transom_domain::{
    Actor, Environment as _, Origin, Timestamp,
    enrollment::Fingerprint,
    ports::{Store, StoreError},
};
use transom_simulator::{
    Credentials, End, Faults, Identity, Profile, VirtualPc, bench::BenchClient, tls::client_config,
};
use transom_syncml::{Command, Header, Limits, Message, Status, content_type::DM_XML, decode, encode};

mod on {
    crate::support::on_both_databases!(
        what_breaks_a_pc_is_set_aside_and_what_stands_behind_it_goes_on,
        a_pc_that_was_retired_did_not_leave_by_itself,
        a_pc_leaves_by_order_and_by_its_user_also_where_digests_are_wanted,
        accepted_work_comes_to_its_end_with_the_alert_of_a_later_session,
        an_expired_certificate_makes_the_device_unknown_until_it_enrols_again,
        strangers_and_pcs_that_left_make_nobody_write,
        ten_commands_cost_a_handful_of_statements,
    );
}

/// A PC that speaks for itself, message by message, over real TLS with its certificate.
struct RawPc {
    client: BenchClient,
    win_id: String,
    session: u32,
    number: u32,
}

impl RawPc {
    fn of(pc: &VirtualPc, server: &TestServer) -> Self {
        let url = &pc.account().unwrap().address;
        let config = client_config(&server.trust, pc.client_identity(), false).unwrap();
        Self {
            client: BenchClient::new(url, config).unwrap(),
            win_id: pc.identity().device_id.clone(),
            // Above whatever the virtual PC has counted.
            session: 0x1000,
            number: 0,
        }
    }

    async fn say(&mut self, body: Vec<Command>) -> Message {
        self.number += 1;
        let header = Header::new(
            format!("{:X}", self.session),
            self.number,
            "https://localhost",
            &self.win_id,
        );
        let text = encode(&Message::new(header, body)).unwrap();
        let reply = self.client.post(DM_XML, text.as_bytes()).await.unwrap();
        assert_eq!(reply.status, 200);
        decode(&reply.body, &Limits::default()).unwrap()
    }

    async fn hello(&mut self) -> Message {
        self.session += 1;
        self.number = 0;
        self.say(vec![transom_syncml::Alert::new(2, 1201).into()]).await
    }
}

/// The nodes that a message's commands are about.
fn targets(message: &Message) -> Vec<&str> {
    let items = message.body.iter().filter_map(|command| match command {
        Command::Request(request) => request.items[0].target.as_deref(),
        _ => None,
    });
    items.collect()
}

async fn what_breaks_a_pc_is_set_aside_and_what_stands_behind_it_goes_on(database: Database) {
    let server = TestServer::start(database).await;
    let (pc, id) = server.managed(1).await;
    let poison = "./Vendor/MSFT/Poison";
    let batch = server.order(&id, &[get(SOFTWARE), get(poison), get(CAMERA)]).await;
    let later = server.order(&id, &[get(SOFTWARE)]).await;
    let mut raw = RawPc::of(&pc, &server);
    let mut sessions = 0;
    loop {
        sessions += 1;
        assert!(sessions < 20, "{:?}", server.commands(&id, &batch).await);
        let mut reply = raw.hello().await;
        // It dies at the poison, whatever comes with it; everything else it answers.
        while !targets(&reply).is_empty() && !targets(&reply).contains(&poison) {
            let number = reply.header.msg_id;
            let mut body: Vec<Command> = vec![Status::of_header(1, number, 200).into()];
            for command in reply.body.iter().filter(|c| matches!(c, Command::Request(_))) {
                body.push(Status::of(body.len() + 1, number, command, 200).into());
            }
            reply = raw.say(body).await;
        }
        if targets(&reply).is_empty() {
            break;
        }
    }
    assert_eq!(
        server.statuses(&id, &batch).await,
        ["Acknowledged", "MalformedSyntax", "Acknowledged"]
    );
    assert_eq!(server.statuses(&id, &later).await, ["Acknowledged"]);
    let commands = server.commands(&id, &batch).await;
    assert_eq!(commands[1]["data"][0]["reason"], "set-aside");
    assert!(commands[1]["data"][0]["message"].as_str().unwrap().contains("5 times"));
    assert!(commands[1]["sentAt"].is_string() && commands[1].get("statusCode").is_none_or(|c| c.is_null()));
}

async fn a_pc_that_was_retired_did_not_leave_by_itself(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    // What Graph's retire orders.
    let unenroll = json!({
        "path": "./Device/Vendor/MSFT/DMClient/Provider/Transom/Unenroll", "action": "Exec", "value": "Transom", "format": "chr"
    });
    let order = json!({ "commands": [{ "config": unenroll }] });
    server.post(&format!("devices/{id}/commands/"), order).await;
    assert!(pc.check_in().await.unwrap().violations.is_empty());
    let device = server.get(&format!("devices/{id}")).await;
    let history = device["stateHistory"].as_array().unwrap();
    let reasons: Vec<&str> = history
        .iter()
        .map(|h| h["config"]["reason"].as_str().unwrap())
        .collect();
    assert_eq!(
        reasons[reasons.len() - 2..],
        ["retire-issued", "unenrolled"],
        "{reasons:?}"
    );
}

async fn a_pc_leaves_by_order_and_by_its_user_also_where_digests_are_wanted(database: Database) {
    let server = TestServer::start_with(database, |settings| settings.device.md5 = Md5::SecondFactor).await;
    for (index, by_order) in [(1, true), (2, false)] {
        let (mut pc, id) = server.managed(index).await;
        if by_order {
            server.call("DELETE", &format!("devices/{id}"), None).await;
        }
        let report = if by_order {
            pc.check_in().await.unwrap()
        } else {
            pc.unenroll_by_user().await.unwrap()
        };
        assert!(report.violations.is_empty(), "{report:?}");
        assert!(pc.account().is_none());
        let device = server.get(&format!("devices/{id}")).await;
        let history = device["stateHistory"].as_array().unwrap();
        let reason = if by_order { "unenrolled" } else { "user-unenrolled" };
        assert_eq!(
            (&device["state"], &history.last().unwrap()["config"]["reason"]),
            (&json!("DELETED"), &json!(reason))
        );
        if by_order {
            // Windows sends no Status for the order to leave: that it left is the answer.
            let batches = server.get(&format!("devices/{id}/commands")).await;
            let order = &batches["items"][0]["commands"][0];
            assert_eq!(order["status"], "Acknowledged", "{order}");
            assert!(order["receivedAt"].is_string(), "{order}");
        }
    }
}

async fn accepted_work_comes_to_its_end_with_the_alert_of_a_later_session(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    let msi = "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/%7BA%7D/DownloadInstall";
    let install = json!({ "path": msi, "action": "Exec", "value": "<MsiInstallJob id=\"{A}\"/>", "format": "xml" });
    let batch = server.order(&id, &[install]).await;
    let behind = server.order(&id, &[replace(CAMERA, "0")]).await;
    pc.check_in().await.unwrap();
    let command = server.commands(&id, &batch).await.remove(0);
    assert_eq!(
        (&command["status"], &command["statusCode"]),
        (&json!("Awaiting"), &json!(202)),
        "{command}"
    );
    assert_eq!(
        server.statuses(&id, &behind).await,
        ["Acknowledged"],
        "it holds nothing up"
    );
    pc.check_in().await.unwrap();
    let command = server.commands(&id, &batch).await.remove(0);
    assert_eq!(
        (&command["status"], &command["statusCode"]),
        (&json!("Acknowledged"), &json!(202)),
        "{command}"
    );
    assert_eq!(command["data"][0]["completion"]["hresult"], "0x00000000");
}

/// Lets the certificate of a PC end now.
async fn expire(server: &TestServer, pc: &VirtualPc) {
    let fingerprint = Fingerprint::of_der(pc.client_identity().unwrap().certificate());
    let cx = SystemEnvironment.context(Actor::CommandLine, Origin::default());
    let store: &dyn Store = &*server.server.store;
    let done: Result<(), StoreError> = store
        .write(&cx, move |tx, cx| {
            let mut enrollment = tx.enrollment_by_fingerprint(&fingerprint)?.unwrap();
            enrollment.certificate.not_after = Timestamp::from_millis(cx.now.as_millis() - 1);
            tx.update_enrollment(&enrollment)
        })
        .await;
    done.unwrap();
}

async fn an_expired_certificate_makes_the_device_unknown_until_it_enrols_again(database: Database) {
    let server = TestServer::start(database).await;
    server.user("ada@example.com", "correct horse").await;
    let credentials = Credentials::password("ada@example.com", "correct horse");
    let mut pc = VirtualPc::new(Identity::generate(7, 1, Profile::Windows11), crate::support::keys());
    pc.enroll(&server.server.device_url, &server.trust, &credentials)
        .await
        .unwrap();
    pc.check_in().await.unwrap();
    let id = server.device(&pc).await["id"].as_str().unwrap().to_owned();
    let batch = server.order(&id, &[get(SOFTWARE)]).await;
    expire(&server, &pc).await;

    let report = pc.check_in().await.unwrap();
    assert!(matches!(report.end, End::Refused(403)), "{report:?}");
    let device = server.get(&format!("devices/{id}")).await;
    assert_eq!(
        (&device["state"], &device["stateHistory"][2]["config"]["reason"]),
        (&json!("UNKNOWN"), &json!("certificate-expired"))
    );
    assert_eq!(server.statuses(&id, &batch).await, ["Pending"]);
    let writes = server.server.store.writes();
    pc.check_in().await.unwrap();
    assert_eq!(server.server.store.writes(), writes, "it is recorded once");

    pc.enroll(&server.server.device_url, &server.trust, &credentials)
        .await
        .unwrap();
    assert!(pc.check_in().await.unwrap().end.is_good());
    let device = server.get(&format!("devices/{id}")).await;
    assert_eq!(
        (&device["state"], &device["stateHistory"][3]["config"]["reason"]),
        (&json!("ACTIVE"), &json!("re-enrollment"))
    );
}

async fn strangers_and_pcs_that_left_make_nobody_write(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, _) = server.managed(1).await;
    let (mut gone, gone_id) = server.managed(2).await;
    let identity = gone.client_identity().unwrap().clone();
    server
        .call("DELETE", &format!("devices/{gone_id}?force=true"), None)
        .await;
    let foreign = transom_simulator::ClientIdentity::self_made("Transom", crate::support::foreign_key()).unwrap();
    let writes = server.server.store.writes();
    assert!(!gone.check_in().await.unwrap().end.is_good());
    for (certificate, device_id) in [
        (None, None),
        (Some(foreign), None),
        (Some(identity), Some(gone.identity().device_id.clone())),
    ] {
        let faults = Faults {
            no_certificate: certificate.is_none(),
            certificate,
            device_id,
            ..Faults::default()
        };
        let report = pc.check_in_with(&faults).await.unwrap();
        assert!(
            matches!(report.end, End::Refused(_) | End::AuthenticationFailed),
            "{report:?}"
        );
    }
    assert_eq!(server.server.store.writes(), writes);
}

async fn ten_commands_cost_a_handful_of_statements(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    pc.check_in().await.unwrap();
    let commands: Vec<_> = (0..10).map(|n| replace(CAMERA, &(n % 2).to_string())).collect();
    let batch = server.order(&id, &commands).await;
    let before = server.server.store.statements();
    pc.check_in().await.unwrap();
    let spent = server.server.store.statements() - before;
    assert_eq!(server.statuses(&id, &batch).await, ["Acknowledged"; 10]);
    assert!(spent <= STATEMENTS_OF_TEN_COMMANDS, "{spent} statements");
}

/// Two messages: each looks the PC up, locks it, reads its session and the queue, and writes what became of both; SQLite
/// needs four more for each unit of work. Not one for each command.
const STATEMENTS_OF_TEN_COMMANDS: u64 = 30;
