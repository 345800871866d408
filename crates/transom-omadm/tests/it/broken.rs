//! Sessions that break off: nothing is lost, and what must not happen twice does not.

use transom_domain::{
    command::{CommandState, CommandStatus, UNANSWERED_DELIVERIES_MAX},
    device::{DeviceState, RefreshArea},
    enrollment::EnrollmentState,
};
use transom_omadm::{GROUNDWORK_ATTEMPTS_MAX, Plan, Refusal, SESSION_MESSAGES_MAX};
use transom_syncml::{Alert, Status, alert, encode};

use crate::world::{Pc, World, codes, read, requests, targets};

const WIPE: &str = "./Device/Vendor/MSFT/RemoteWipe/doWipe";

#[test]
fn a_lost_session_puts_its_commands_back_and_the_suspects_go_alone() {
    let mut world = World::settled();
    world.order_gets(1, 3);
    world.post(&Pc::new("1").hello());
    assert_eq!(world.statuses(), [CommandStatus::Awaiting; 3]);
    let replies = Pc::new("2").run(&mut world);
    let sent: Vec<_> = replies.iter().map(|reply| targets(reply).len()).collect();
    assert_eq!(sent, [1, 1, 1, 0]);
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound; 3]);
}

#[test]
fn a_poisonous_command_is_set_aside_and_what_is_behind_it_goes_on() {
    let mut world = World::settled();
    world.order_gets(1, 3);
    let poison = "./T/2";
    // The PC dies at the poison, before it answers anything of that message.
    let mut sessions = 0;
    while world.statuses().contains(&CommandStatus::Pending) || world.statuses().contains(&CommandStatus::Awaiting) {
        sessions += 1;
        assert!(sessions < 20, "{:?}", world.statuses());
        let mut pc = Pc::new(&sessions.to_string());
        let mut reply = world.post(&pc.hello());
        while !requests(&reply).is_empty() && !targets(&reply).iter().any(|t| t == poison) {
            let answer = pc.answer(&reply);
            reply = world.post(&answer);
        }
    }
    assert_eq!(
        world.statuses(),
        [
            CommandStatus::CommandNotFound,
            CommandStatus::MalformedSyntax,
            CommandStatus::CommandNotFound
        ]
    );
    assert_eq!(world.store.commands[1].unanswered, UNANSWERED_DELIVERIES_MAX);
    assert_eq!(sessions, UNANSWERED_DELIVERIES_MAX + 1);
}

#[test]
fn a_command_that_is_passed_over_in_silence_is_tried_alone_and_set_aside() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 2);
    let mut reply = world.post(&pc.hello());
    let mut rounds = 0;
    while !requests(&reply).is_empty() {
        rounds += 1;
        assert!(rounds < 20);
        let mut body = pc.answers(&reply);
        body.retain(|c| !matches!(c, transom_syncml::Command::Status(s) if s.cmd == "Get" && targets(&reply)[0] == "./T/1" && s.cmd_ref == requests(&reply)[0].cmd_id));
        reply = world.post(&encode(&pc.message(body)).unwrap());
    }
    assert_eq!(
        world.statuses(),
        [CommandStatus::MalformedSyntax, CommandStatus::CommandNotFound]
    );
}

#[test]
fn a_wipe_is_never_sent_twice() {
    let mut world = World::settled();
    world.order(1, &[("Exec", WIPE, None, "null")]);
    let mut first = Pc::new("1");
    let reply = world.post(&first.hello());
    assert_eq!(targets(&reply), [WIPE]);
    for session in ["2", "3"] {
        assert_eq!(Pc::new(session).run(&mut world).len(), 1, "nothing is sent");
    }
    assert_eq!(world.statuses(), [CommandStatus::Unknown]);
    assert_eq!(world.store.commands[0].data[0]["reason"], "outcome-unknown");
}

#[test]
fn an_answer_of_the_session_before_still_counts() {
    let mut world = World::settled();
    world.order_gets(1, 1);
    world.order(1, &[("Exec", WIPE, None, "null")]);
    let mut old = Pc::new("1");
    old.tree.insert("./T/1".to_owned(), "7".to_owned());
    let first = world.post(&old.hello());
    let mut new = Pc::new("2");
    let second = world.post(&new.hello());
    assert_eq!(targets(&second), ["./T/1"]);
    let reply = world.post(&old.answer(&first));
    assert_eq!(codes(&reply), [200]);
    assert!(read(&reply).is_final && requests(&reply).is_empty());
    assert_eq!(world.statuses(), [CommandStatus::Acknowledged; 2]);
    assert_eq!(world.store.commands[0].data[0]["value"], "7");
    assert_eq!(world.device().state, DeviceState::DeleteRequested);
    // The new session goes on undisturbed.
    let answer = new.answer(&second);
    let reply = world.post(&answer);
    assert!(requests(&reply).is_empty());
    assert_eq!(world.store.commands[0].data.len(), 1);
}

#[test]
fn an_abort_ends_the_session_and_nothing_is_lost() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 2);
    world.post(&pc.hello());
    let body = vec![
        Status::of_header(1, 1, 200).into(),
        Alert::new(2, alert::SESSION_ABORT).into(),
    ];
    let reply = world.post(&encode(&pc.message(body)).unwrap());
    assert_eq!(codes(&reply), [200, 200]);
    assert!(read(&reply).is_final && requests(&reply).is_empty());
    assert_eq!(world.statuses(), [CommandStatus::Pending; 2]);
    assert_eq!(world.device().last_status_report, None, "it did not end well");
}

#[test]
fn a_message_that_the_pc_cannot_use_gives_its_commands_back() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 2);
    world.post(&pc.hello());
    let mut body = vec![Status::of_header(1, 0, 500).into()];
    body.extend(pc.package1());
    let reply = world.post(&encode(&pc.message(body)).unwrap());
    assert_eq!(targets(&reply), ["./T/1"], "the first suspect, alone");
    assert_eq!(world.store.commands[0].unanswered, 1);
    assert!(matches!(world.store.commands[1].state, CommandState::Queued { .. }));
}

#[test]
fn a_pc_that_breaks_at_our_own_questions_gets_its_commands_and_becomes_active() {
    let mut world = World::fresh();
    world.order_gets(1, 1);
    // The PC dies at every question about its hardware.
    for session in 1..=GROUNDWORK_ATTEMPTS_MAX + 3 {
        let mut pc = Pc::new(&session.to_string());
        let mut reply = world.post(&pc.hello());
        while !requests(&reply).is_empty() && !targets(&reply).iter().any(|t| t == "./DevDetail/SwV") {
            let answer = pc.answer(&reply);
            reply = world.post(&answer);
        }
    }
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound]);
    assert_eq!(world.device().state, DeviceState::Active);
    assert!(world.device().refresh_needed.is_empty());
    let report = &world.store.reports[&crate::world::device_id()];
    assert!(report.dates.is_empty(), "nothing says that it was read");
}

#[test]
fn a_fresh_wish_to_read_the_hardware_is_served() {
    let mut world = World::settled();
    Pc::new("1").run(&mut world);
    for session in 2..8 {
        world.device_mut().refresh_needed.insert(RefreshArea::Hardware);
        let replies = Pc::new(&session.to_string()).run(&mut world);
        assert!(targets(&replies[0]).contains(&"./DevDetail/SwV".to_owned()));
        assert!(world.device().refresh_needed.is_empty());
    }
}

#[test]
fn a_user_who_leaves_ends_everything_at_once() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    let mut body = pc.package1();
    body.insert(2, Alert::typed(9, alert::GENERIC, alert::kind::UNENROLMENT, "1").into());
    let message = encode(&pc.message(body)).unwrap();
    let reply = world.post(&message);
    assert_eq!(codes(&reply), [200; 5]);
    assert!(read(&reply).is_final && requests(&reply).is_empty());
    assert_eq!(world.device().state, DeviceState::Deleted);
    assert_eq!(world.enrollment().state, EnrollmentState::Ended);
    assert_eq!(world.statuses(), [CommandStatus::Cancel]);
    assert_eq!(world.post(&message), reply, "the same again gets the same answer");
    assert!(matches!(world.plan(&Pc::new("2").hello()), Plan::Refused { .. }));
    let (reason, reply) = world.refusal(&Pc::new("2").hello());
    assert_eq!(reason, Refusal::EnrollmentEnded);
    assert_eq!(codes(&encode(&reply).unwrap()), [403; 4]);
}

#[test]
fn a_session_has_an_end() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.post(&pc.hello());
    for _ in 0..SESSION_MESSAGES_MAX - 2 {
        let body = vec![Alert::new(2, alert::NEXT_MESSAGE).into()];
        world.post(&encode(&pc.message(body).unfinished()).unwrap());
    }
    world.order_gets(1, 1);
    let body = vec![Alert::new(2, alert::NEXT_MESSAGE).into()];
    let reply = world.post(&encode(&pc.message(body).unfinished()).unwrap());
    assert!(read(&reply).is_final && requests(&reply).is_empty());
    assert_eq!(world.statuses(), [CommandStatus::Pending]);
    assert_eq!(Pc::new("2").run(&mut world).len(), 2);
}

#[test]
fn a_suspect_does_not_share_a_message_with_our_own_questions_either() {
    let mut world = World::settled();
    world.order_gets(1, 1);
    world.post(&Pc::new("1").hello());
    world.device_mut().refresh_needed.insert(RefreshArea::Hardware);
    let replies = Pc::new("2").run(&mut world);
    assert!(!targets(&replies[0]).contains(&"./T/1".to_owned()));
    assert_eq!(targets(&replies[1]), ["./T/1"]);
}

#[test]
fn a_pc_that_begins_the_same_session_again_after_a_challenge_is_not_stuck() {
    let mut world = World::settled();
    world.settings.md5 = transom_omadm::Md5Policy::SecondFactor;
    world.order_gets(1, 1);
    for model in ["A", "B"] {
        let mut pc = Pc::new("1");
        pc.model = model;
        pc.msg_id = 1;
        pc.credentials = Some(world.enrollment().credentials.nonce.clone());
        let reply = world.post(&pc.hello());
        assert_eq!(targets(&reply), ["./T/1"], "{reply}");
    }
}
