//! Messages of real PCs, read where they are kept, in the sessions they could have come from.

use std::path::{Path, PathBuf};

use transom_domain::{
    command::{Action, CommandConfig, CommandStatus, Format},
    device::DeviceState,
    enrollment::EnrollmentState,
};
use transom_omadm::{Md5Policy, Plan};
use transom_syncml::alert;

use crate::world::{Pc, World, alerts, codes, device_id, read, requests, targets};

/// A captured message, or nothing when there are none on this machine.
fn capture(name: &str) -> Option<String> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/protocol/fixtures");
    let folder = std::env::var_os("TRANSOM_CAPTURES").map_or(default, PathBuf::from);
    if !folder.is_dir() {
        eprintln!(
            "skipped: no captured messages in {}; set TRANSOM_CAPTURES",
            folder.display()
        );
        return None;
    }
    Some(std::fs::read_to_string(folder.join(name)).unwrap())
}

/// A server that knows the PC of a captured message, and the message.
fn world(name: &str) -> Option<(World, String)> {
    let text = capture(name)?;
    let mut world = World::settled();
    let id = read(&text).header.source;
    world.enrollment_mut().win_id.clone_from(&id);
    world.device_mut().win_id = id;
    Some((world, text))
}

/// Sends a message of the PC that the server would get before the captured one, with that number.
fn before(world: &mut World, text: &str, msg_id: u32) -> String {
    let header = read(text).header;
    let mut pc = Pc::new(&header.session_id);
    pc.msg_id = msg_id - 1;
    let hello = pc.hello().replace(crate::world::WIN_ID, &header.source);
    world.post(&hello)
}

fn get(world: &mut World, path: &str) {
    let config = CommandConfig {
        path: path.to_owned(),
        action: Action::Get,
        value: None,
        format: Format::Null,
    };
    world.order_config(1, config);
}

#[test]
fn windows_10_says_hello_and_accepts_two_settings() {
    let Some((mut world, hello)) = world("win10-19043-05-syncml-package1.xml") else {
        return;
    };
    world.order(
        1,
        &[
            (
                "Replace",
                "./Vendor/MSFT/Personalization/LockScreenImageUrl",
                Some("https://a"),
                "chr",
            ),
            (
                "Replace",
                "./Vendor/MSFT/Personalization/DesktopImageUrl",
                Some("https://b"),
                "chr",
            ),
        ],
    );
    let reply = world.post(&hello);
    let ids: Vec<_> = requests(&reply).into_iter().map(|r| r.cmd_id).collect();
    assert_eq!(ids, ["5", "6"]);
    let reply = world.post(&capture("win10-19043-06-syncml-package3-status202.xml").unwrap());
    assert_eq!(codes(&reply), [200]);
    assert!(requests(&reply).is_empty() && read(&reply).is_final);
    assert_eq!(world.statuses(), [CommandStatus::Acknowledged; 2]);
    assert_eq!(world.store.commands[0].status_code(), Some(202));
    assert_eq!(world.device().summary.manufacturer.as_deref(), Some("VMware, Inc."));
}

#[test]
fn windows_11_says_hello_and_is_idle_the_next_time() {
    let Some((mut world, hello)) = world("win11-26200-01-package1.xml") else {
        return;
    };
    assert_eq!(world.plan(&hello), Plan::Work);
    world.post(&hello);
    assert_eq!(world.device().summary.model.as_deref(), Some("Conformance Device"));
    let next = hello.replace("<SessionID>1<", "<SessionID>2<");
    assert!(matches!(world.plan(&next), Plan::Idle { .. }));
}

#[test]
fn windows_11_answers_a_challenge_with_a_digest_that_the_publisher_replaced() {
    let Some((mut world, hello)) = world("win11-26200-01-package1.xml") else {
        return;
    };
    world.settings.md5 = Md5Policy::SecondFactor;
    world.enrollment_mut().credentials.name = "fixture-client".to_owned();
    assert_eq!(codes(&world.post(&hello)), [407; 4]);
    let again = capture("win11-26200-02-package1-resent-md5.xml").unwrap();
    assert_eq!(codes(&world.post(&again)), [401; 4]);
}

#[test]
fn the_published_challenge_and_its_answer_fit_ours() {
    let Some((mut world, hello)) = world("constructed/c10-package1.xml") else {
        return;
    };
    world.settings.md5 = Md5Policy::SecondFactor;
    world.settings.server_uri = "https://mdm.example.test/ManagementServer/MDM.svc".to_owned();
    assert_eq!(
        world.post(&hello),
        capture("constructed/c11-server-challenge-407.xml").unwrap()
    );
    let reply = world.post(&capture("constructed/c12-package1-resent-md5.xml").unwrap());
    assert_eq!(codes(&reply), [212, 200, 200, 200]);
}

#[test]
fn interleaved_statuses_and_results_find_their_commands() {
    let Some((mut world, text)) = world("win11-26200-04-interleaved-status-results.xml") else {
        return;
    };
    for number in 1..=5 {
        get(&mut world, &format!("./Asked/{number}"));
    }
    let reply = before(&mut world, &text, 1);
    assert_eq!(requests(&reply).len(), 5);
    // The captured server had challenged first, so its answers are about its second message.
    let text = text
        .replace("<MsgID>3<", "<MsgID>2<")
        .replace("<MsgRef>2<", "<MsgRef>1<");
    world.post(&text);
    let statuses = world.statuses();
    assert_eq!(statuses[..2], [CommandStatus::Acknowledged; 2]);
    assert_eq!(
        statuses.iter().filter(|s| **s == CommandStatus::NotSupported).count(),
        3
    );
    assert_eq!(world.store.commands[0].data[0]["value"], "10.0.26200.9278");
    let versions = world.store.commands[1].data[0]["value"].as_str().unwrap();
    assert!(versions.len() > 10_000 && versions.contains("DMClient"));
    let report = &world.store.reports[&device_id()];
    assert_eq!(report.value("./DevDetail/SwV"), Some("10.0.26200.9278"));
}

#[test]
fn several_nodes_of_one_get_and_a_single_result() {
    for (name, entries) in [
        ("win11-26200-03-multi-item-get-results.xml", 4),
        ("win11-26200-06-get-single-result.xml", 1),
    ] {
        let Some((mut world, text)) = world(name) else { return };
        get(&mut world, "./Asked");
        before(&mut world, &text, 1);
        world.post(
            &text
                .replace("<MsgID>3<", "<MsgID>2<")
                .replace("<MsgRef>2<", "<MsgRef>1<"),
        );
        let values = world.store.commands[0]
            .data
            .iter()
            .filter(|e| e.get("locUri").is_some());
        assert_eq!(values.count(), entries, "{name}");
        assert!(world.statuses()[0] != CommandStatus::Awaiting, "{name}");
    }
}

#[test]
fn the_user_of_windows_11_leaves() {
    let Some((mut world, text)) = world("win11-26200-05-unenroll-1226.xml") else {
        return;
    };
    let reply = world.post(&text);
    assert_eq!(codes(&reply), [200; 5]);
    assert_eq!(world.device().state, DeviceState::Deleted);
    assert_eq!(world.enrollment().state, EnrollmentState::Ended);
}

#[test]
fn windows_11_breaks_off() {
    let Some((mut world, text)) = world("win11-26200-07-large-result-abort-2048.xml") else {
        return;
    };
    get(&mut world, "./Large");
    let reply = before(&mut world, &text, 3);
    assert_eq!(targets(&reply), ["./Large"]);
    let reply = world.post(&text);
    assert_eq!(codes(&reply), [200, 200]);
    assert!(requests(&reply).is_empty() && read(&reply).is_final);
    assert_eq!(world.statuses(), [CommandStatus::Pending]);
}

#[test]
fn a_large_object_in_two_messages() {
    let Some((mut world, text)) = world("constructed/c05-moredata-part1.xml") else {
        return;
    };
    get(&mut world, "./Vendor/MSFT/Example/Large");
    before(&mut world, &text, 2);
    let reply = world.post(&text);
    assert_eq!(codes(&reply), [200, 213]);
    assert_eq!(alerts(&reply), [alert::NEXT_MESSAGE]);
    let reply = world.post(&capture("constructed/c05-moredata-part2.xml").unwrap());
    assert_eq!(codes(&reply), [200, 200]);
    assert_eq!(world.store.commands[0].data[0]["value"], "abcdefghijklmnopqrstuvwxyz");
}

#[test]
fn a_pc_that_rejects_our_message_begins_again_in_the_same_session() {
    let Some((mut world, text)) = world("constructed/c13-resent-md5-server-header-rejected.xml") else {
        return;
    };
    get(&mut world, "./A");
    get(&mut world, "./B");
    before(&mut world, &text, 1);
    let reply = world.post(&text);
    assert_eq!(codes(&reply), [200, 200, 200, 200]);
    assert_eq!(targets(&reply), ["./A"], "what was in the rejected message goes alone");
}

#[test]
fn every_other_alert_is_answered() {
    for name in [
        "constructed/c01-alerts-app-results.xml",
        "constructed/c03-alerts-session-kind.xml",
        "constructed/c07-windc-alert.xml",
    ] {
        let Some((mut world, text)) = world(name) else { return };
        let commands = read(&text).body.len();
        let reply = world.post(&text);
        assert_eq!(codes(&reply), vec![200; commands + 1], "{name}");
    }
}

#[test]
fn a_heartbeat_gets_its_status_and_nothing_else() {
    let Some((mut world, text)) = world("constructed/c02-requestpending-no-final.xml") else {
        return;
    };
    get(&mut world, "./A");
    before(&mut world, &text, 1);
    let reply = world.post(&text);
    assert_eq!(codes(&reply), [200, 200]);
    assert!(!read(&reply).is_final && requests(&reply).is_empty());
    assert_eq!(world.statuses(), [CommandStatus::Awaiting]);
}
