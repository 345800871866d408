//! Commands: their order, their shape, their results, and how a reply is kept within its size.

use serde_json::json;
use transom_domain::{
    command::{Action, CommandConfig, CommandState, CommandStatus, Format},
    device::{DeviceState, Reported},
};
use transom_syncml::{Alert, Item, Results, Status, alert, encode};

use crate::world::{Pc, World, alerts, at, codes, device_id, read, requests, targets};

#[test]
fn ten_commands_go_in_one_message_and_each_has_its_own_end() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 8);
    world.order(
        1,
        &[
            ("Replace", "./T/1", Some("<b/>"), "chr"),
            ("Exec", "./Device/Vendor/MSFT/RemoteLock/Lock", None, "null"),
        ],
    );
    for number in 1..=7 {
        pc.tree.insert(format!("./T/{number}"), format!("value {number}"));
    }
    let replies = pc.run(&mut world);
    assert_eq!(replies.len(), 2);
    assert_eq!(requests(&replies[0]).len(), 10);
    let mut expected = vec![CommandStatus::Acknowledged; 10];
    expected[7] = CommandStatus::CommandNotFound;
    assert_eq!(world.statuses(), expected);
    assert_eq!(
        world.store.commands[0].data,
        [json!({"locUri": "./T/1", "format": "chr", "value": "value 1"})]
    );
    assert_eq!(pc.tree["./T/1"], "<b/>");
    let report = &world.store.reports[&device_id()];
    assert_eq!(report.value("./T/2"), Some("value 2"));
    assert!(matches!(report.config["./T/8"], Reported::Unreadable { code: 404, .. }));
}

#[test]
fn batches_follow_one_another_within_a_session() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 2);
    world.order(2, &[("Get", "./U/1", None, "null")]);
    let replies = pc.run(&mut world);
    assert_eq!(targets(&replies[0]), ["./T/1", "./T/2"]);
    assert_eq!(targets(&replies[1]), ["./U/1"]);
    assert_eq!(replies.len(), 3);
}

#[test]
fn a_failure_keeps_its_original_error() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    let reply = world.post(&pc.hello());
    let request = requests(&reply).remove(0).into();
    let body = vec![
        Status::of_header(1, 1, 200).into(),
        Status::of(2, 1, &request, 404).with_original_error("0x86000002").into(),
    ];
    world.post(&encode(&pc.message(body)).unwrap());
    let command = &world.store.commands[0];
    assert_eq!(
        (command.status(), command.status_code()),
        (CommandStatus::CommandNotFound, Some(404))
    );
    assert_eq!(command.data[0]["originalError"], "0x86000002");
}

#[test]
fn results_may_come_first_repeated_and_several_and_without_a_reference() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order(1, &[("Get", "./T?list=StructData", None, "null")]);
    let reply = world.post(&pc.hello());
    let request = requests(&reply).remove(0);
    let items = vec![
        Item::source("./T").with_format("node").with_data("A/B"),
        Item::source("./T/A").with_format("int").with_data("7"),
    ];
    let mut results = Results::of(1, 1, &request.cmd_id, items);
    results.msg_ref = None;
    let body = vec![
        results.clone().into(),
        Status::of_header(2, 1, 200).into(),
        Status::of(3, 1, &request.into(), 200).into(),
        results.clone().into(),
    ];
    let reply = world.post(&encode(&pc.message(body)).unwrap());
    assert_eq!(codes(&reply), [200], "results get no Status");
    assert_eq!(
        world.store.commands[0].data,
        [
            json!({"locUri": "./T", "format": "node", "value": "A/B"}),
            json!({"locUri": "./T/A", "format": "int", "value": "7"})
        ]
    );
    // And again in the next message, after the session's end.
    world.post(&encode(&pc.message(vec![results.into()])).unwrap());
    assert_eq!(world.store.commands[0].data.len(), 2);
    assert_eq!(world.statuses(), [CommandStatus::Acknowledged]);
}

#[test]
fn one_failed_node_of_several_tells_more_than_the_others() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    let reply = world.post(&pc.hello());
    let request: transom_syncml::Command = requests(&reply).remove(0).into();
    let status = |n: u32, code| {
        Status::of(n, 1, &request, code)
            .with_target_ref(format!("./T/{n}"))
            .into()
    };
    let body = vec![status(1, 200), status(2, 404), status(3, 200)];
    world.post(&encode(&pc.message(body)).unwrap());
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound]);
}

#[test]
fn a_reply_is_split_at_its_room_and_a_longer_command_goes_alone() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.settings.reply_bytes_max = 2_000;
    for (number, length) in [(1, 300), (2, 300), (3, 300), (4, 5_000), (5, 10)] {
        let config = CommandConfig {
            path: format!("./T/{number}"),
            action: Action::Add,
            value: Some("x".repeat(length)),
            format: Format::Chr,
        };
        world.order_config(1, config);
    }
    let replies = pc.run(&mut world);
    let sent: Vec<_> = replies.iter().map(|reply| targets(reply)).collect();
    assert_eq!(sent[0], ["./T/1", "./T/2"]);
    assert_eq!(sent[1], ["./T/3"]);
    assert_eq!(sent[2], ["./T/4"], "alone, although it is too long");
    assert_eq!(sent[3], ["./T/5"]);
    for (reply, sent) in replies.iter().zip(&sent) {
        assert!(reply.len() <= 2_000 || sent.len() == 1, "{} bytes", reply.len());
    }
    assert_eq!(world.statuses(), [CommandStatus::Acknowledged; 5]);
}

#[test]
fn a_message_holds_at_most_a_hundred_commands() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 150);
    let replies = pc.run(&mut world);
    assert_eq!(requests(&replies[0]).len(), 100);
    assert_eq!(requests(&replies[1]).len(), 50);
}

#[test]
fn a_command_that_cannot_be_written_is_set_aside_and_the_next_goes() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_config(
        1,
        CommandConfig {
            path: "./T/\u{1}".to_owned(),
            action: Action::Get,
            value: None,
            format: Format::Null,
        },
    );
    world.order(2, &[("Get", "./T/1", None, "null")]);
    let replies = pc.run(&mut world);
    assert_eq!(targets(&replies[0]), ["./T/1"]);
    let command = &world.store.commands[0];
    assert_eq!(command.status(), CommandStatus::MalformedSyntax);
    assert!(
        command.data[0]["message"].as_str().unwrap().contains("U+0001"),
        "{:?}",
        command.data
    );
}

#[test]
fn a_users_node_waits_for_the_user() {
    let mut world = World::settled();
    world.order(1, &[("Get", "./User/Vendor/MSFT/A", None, "null")]);
    let mut pc = Pc::new("1");
    pc.login = alert::LOGIN_NONE;
    assert_eq!(pc.run(&mut world).len(), 1);
    assert_eq!(world.statuses(), [CommandStatus::Pending]);
    assert_eq!(Pc::new("2").run(&mut world).len(), 2);
}

#[test]
fn an_app_installation_ends_with_its_alert() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    let path = "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/%7BA%7D/DownloadInstall";
    world.order(1, &[("Exec", path, Some("<MsiInstallJob/>"), "xml")]);
    pc.codes.insert(path.to_owned(), 202);
    pc.run(&mut world);
    assert_eq!(world.statuses(), [CommandStatus::Awaiting]);
    let mut pc = Pc::new("2");
    let item = Item::source(path.replace("./Device/", "./")).with_data("0");
    let done = Alert::new(9, alert::CLIENT_EVENT).with_item(item.with_type(alert::kind::MSI_INSTALL));
    let mut body = pc.package1();
    body.push(done.into());
    let reply = world.post(&encode(&pc.message(body)).unwrap());
    assert_eq!(codes(&reply), [200; 5]);
    assert_eq!(world.statuses(), [CommandStatus::Acknowledged]);
}

#[test]
fn a_pc_that_is_to_leave_gets_the_order_and_is_deleted_when_it_confirms() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.device_mut().state = DeviceState::DeleteRequested;
    world.enrollment_mut().configured = false;
    let path = "./Device/Vendor/MSFT/DMClient/Provider/Transom/Unenroll";
    world.order(1, &[("Exec", path, Some("Transom"), "chr")]);
    let replies = pc.run(&mut world);
    assert_eq!(targets(&replies[0]), [path], "it is asked nothing else");
    assert_eq!(world.device().state, DeviceState::Deleted);
    assert_eq!(world.statuses(), [CommandStatus::Acknowledged]);
}

#[test]
fn a_wipe_that_is_acknowledged_ends_the_enrolment() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order(1, &[("Exec", "./Device/Vendor/MSFT/RemoteWipe/doWipe", None, "null")]);
    pc.run(&mut world);
    assert_eq!(world.device().state, DeviceState::DeleteRequested);
    assert_eq!(world.store.history[0].1.reason, "wipe-issued");
}

#[test]
fn a_busy_pc_is_asked_again_later() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    pc.codes.insert("./T/1".to_owned(), 503);
    assert_eq!(pc.run(&mut world).len(), 2);
    assert_eq!(Pc::new("2").run(&mut world).len(), 1, "not yet");
    world.now = at(60);
    assert_eq!(targets(&Pc::new("3").run(&mut world)[0]), ["./T/1"]);
}

#[test]
fn what_arrived_before_the_end_of_a_package_is_confirmed_and_more_is_asked_for() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 2);
    let first = world.post(&pc.hello());
    let answers = pc.answers(&first);
    let part = pc.message(answers[..2].to_vec()).unfinished();
    let reply = world.post(&encode(&part).unwrap());
    assert_eq!(alerts(&reply), [alert::NEXT_MESSAGE]);
    assert!(!read(&reply).is_final && requests(&reply).is_empty());
    assert_eq!(
        world.statuses(),
        [CommandStatus::CommandNotFound, CommandStatus::Awaiting]
    );
    let rest = pc.message(answers[2..].to_vec());
    let reply = world.post(&encode(&rest).unwrap());
    assert!(read(&reply).is_final && alerts(&reply).is_empty());
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound; 2]);
}

#[test]
fn a_pc_that_is_still_at_work_is_waited_for() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    let first = world.post(&pc.hello());
    let pending = Alert::typed(2, alert::CLIENT_EVENT, alert::kind::REQUEST_PENDING, "1").into();
    let reply = world.post(&encode(&pc.message(vec![pending]).unfinished()).unwrap());
    assert_eq!(codes(&reply), [200, 200]);
    assert!(!read(&reply).is_final && requests(&reply).is_empty() && alerts(&reply).is_empty());
    let answer = pc.answer(&first);
    world.post(&answer);
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound]);
}

#[test]
fn accepted_work_does_not_hold_up_the_next_batch() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    world.order(2, &[("Get", "./U/1", None, "null")]);
    pc.codes.insert("./T/1".to_owned(), 101);
    let replies = pc.run(&mut world);
    assert_eq!(targets(&replies[1]), ["./U/1"]);
    assert!(matches!(
        world.store.commands[0].state,
        CommandState::Accepted { code: 101, .. }
    ));
}

#[test]
fn a_value_that_is_longer_than_what_is_kept_says_so() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    pc.tree.insert("./T/1".to_owned(), "x".repeat(70_000));
    pc.run(&mut world);
    let entry = &world.store.commands[0].data[0];
    assert_eq!(entry["value"].as_str().unwrap().len(), 64 * 1024);
    assert_eq!(entry["truncated"], true);
}

#[test]
fn what_has_expired_in_an_open_session_goes_no_more_and_holds_nothing_up() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    let first = world.post(&pc.hello());
    world.order(2, &[("Get", "./U/1", None, "null")]);
    world.store.commands[1].expires_at = at(5);
    world.order(3, &[("Get", "./V/1", None, "null")]);
    world.now = at(10);
    let answer = pc.answer(&first);
    assert_eq!(targets(&world.post(&answer)), ["./V/1"]);
    assert_eq!(world.store.commands[1].sent_at, None);
}

#[test]
fn ever_new_values_do_not_fill_the_disk() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    world.post(&pc.hello());
    for number in 0..30 {
        let item = Item::source("./T/1").with_data(format!("{number}{}", "x".repeat(60_000)));
        let body = vec![Results::of(1, 1, "5", vec![item]).into()];
        world.post(&encode(&pc.message(body).unfinished()).unwrap());
    }
    let data = &world.store.commands[0].data;
    let kept: usize = data.iter().map(|e| e["value"].as_str().map_or(0, str::len)).sum();
    assert!(
        kept <= transom_omadm::COMMAND_DATA_BYTES_MAX && kept > 900_000,
        "{kept}"
    );
    assert_eq!(data.last().unwrap()["truncated"], true);
}
