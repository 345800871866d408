//! Repeated, lost, delayed and reordered messages.

use transom_domain::command::CommandStatus;
use transom_syncml::{Status, encode};

use crate::world::{Pc, World, at, codes, read, requests, targets};

#[test]
fn a_repeated_message_gets_the_same_bytes_and_changes_nothing() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 2);
    let hello = pc.hello();
    let first = world.post(&hello);
    let stored = world.store.clone();
    assert_eq!(world.post(&hello), first);
    assert!(world.store == stored);
    let answer = pc.answer(&first);
    let last = world.post(&answer);
    let stored = world.store.clone();
    assert_eq!(world.post(&answer), last, "also when the session is over");
    assert!(world.store == stored);
}

#[test]
fn a_lost_reply_costs_nothing() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 2);
    let hello = pc.hello();
    world.post(&hello);
    let reply = world.post(&hello);
    let answer = pc.answer(&reply);
    world.post(&answer);
    let end = world.post(&answer);
    assert!(requests(&end).is_empty());
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound; 2]);
    assert!(world.store.commands.iter().all(|c| c.unanswered == 0));
}

#[test]
fn a_delayed_first_message_does_not_disturb_its_own_session() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    world.order(2, &[("Get", "./U/1", None, "null")]);
    let hello = pc.hello();
    let first = world.post(&hello);
    let answer = pc.answer(&first);
    let second = world.post(&answer);
    let late = world.post(&hello);
    assert_eq!(codes(&late), [200; 4]);
    assert!(read(&late).is_final && requests(&late).is_empty());
    assert_eq!(
        world.statuses(),
        [CommandStatus::CommandNotFound, CommandStatus::Awaiting]
    );
    let answer = pc.answer(&second);
    assert!(requests(&world.post(&answer)).is_empty());
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound; 2]);
}

#[test]
fn a_message_with_a_gap_loses_no_result_and_sends_nothing() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    world.order(2, &[("Get", "./U/1", None, "null")]);
    let first = world.post(&pc.hello());
    pc.msg_id += 1;
    let early = pc.answer(&first);
    let reply = world.post(&early);
    assert_eq!(codes(&reply), [200]);
    assert!(requests(&reply).is_empty());
    assert_eq!(
        world.statuses(),
        [CommandStatus::CommandNotFound, CommandStatus::Pending]
    );
    assert_eq!(world.post(&early), reply, "repeated, it gets the same");
    // The missing one arrives after all, and the session goes on.
    pc.msg_id = 1;
    let reply = world.post(&pc.answer(&first));
    assert_eq!(targets(&reply), ["./U/1"]);
}

#[test]
fn another_body_under_the_same_number_is_out_of_order() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    world.order(2, &[("Get", "./U/1", None, "null")]);
    let first = world.post(&pc.hello());
    let second = world.post(&pc.answer(&first));
    assert_eq!(targets(&second), ["./U/1"]);
    pc.msg_id -= 1;
    let other = encode(&pc.message(Vec::new())).unwrap();
    let reply = world.post(&other);
    assert!(requests(&reply).is_empty() && read(&reply).is_final);
    assert_eq!(
        world.statuses()[1],
        CommandStatus::Awaiting,
        "its command is still on its way"
    );
}

#[test]
fn a_session_that_the_server_does_not_know_goes_on() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    pc.msg_id = 4;
    let reply = world.post(&encode(&pc.message(Vec::new())).unwrap());
    assert_eq!(codes(&reply), [200]);
    assert_eq!(
        read(&reply).header.msg_id,
        5,
        "our numbers go on from where both sides must have been"
    );
    assert_eq!(targets(&reply), ["./T/1"]);
    let answer = pc.answer(&reply);
    assert!(requests(&world.post(&answer)).is_empty());
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound]);
}

#[test]
fn a_pc_that_counts_its_sessions_from_one_again_begins_a_new_one() {
    let mut world = World::settled();
    Pc::new("1").run(&mut world);
    world.order_gets(1, 1);
    let mut pc = Pc::new("1");
    pc.model = "Model 8";
    assert_eq!(pc.run(&mut world).len(), 2);
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound]);
}

#[test]
fn the_server_counts_its_own_messages_and_answers_the_right_ones() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1F"));
    world.order_gets(1, 1);
    let replies = pc.run(&mut world);
    let second = read(&replies[1]);
    assert_eq!((second.header.msg_id, second.header.session_id.as_str()), (2, "1F"));
    assert_eq!(second.header.source, crate::world::SERVER);
    assert_eq!(second.header.target, crate::world::WIN_ID);
}

#[test]
fn a_delayed_message_of_a_finished_session_does_not_end_the_next() {
    let mut world = World::settled();
    world.order_gets(1, 1);
    let mut old = Pc::new("1");
    let first = world.post(&old.hello());
    let last = old.answer(&first);
    world.post(&last);
    world.order(2, &[("Get", "./U/1", None, "null")]);
    let mut new = Pc::new("2");
    let reply = world.post(&new.hello());
    assert!(requests(&world.post(&last)).is_empty());
    let answer = new.answer(&reply);
    world.post(&answer);
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound; 2]);
    assert_eq!(world.store.commands[1].unanswered, 0);
}

#[test]
fn a_copy_of_an_answer_that_comes_late_is_no_answer_to_the_next_try() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    pc.codes.insert("./T/1".to_owned(), 503);
    let first = world.post(&pc.hello());
    let busy = pc.answer(&first);
    world.post(&busy);
    let mut next = Pc::new("2");
    world.now = at(60);
    let second = world.post(&next.hello());
    assert_eq!(targets(&second), ["./T/1"]);
    world.post(&busy);
    assert_eq!(world.store.commands[0].retries, 1);
    assert_eq!(
        world.statuses(),
        [CommandStatus::Awaiting],
        "the second try is still out"
    );
    let answer = next.answer(&second);
    world.post(&answer);
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound]);
}

#[test]
fn a_late_complaint_of_the_session_before_takes_nothing_back_from_this_one() {
    let (mut world, mut old) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    world.post(&old.hello());
    let mut new = Pc::new("2");
    assert_eq!(targets(&world.post(&new.hello())), ["./T/1"]);
    let complaint = vec![Status::of_header(1, 1, 500).into()];
    world.post(&encode(&old.message(complaint)).unwrap());
    assert_eq!(world.statuses(), [CommandStatus::Awaiting], "it is on its way");
    assert_eq!(world.store.commands[0].unanswered, 1);
}

#[test]
fn a_command_ordered_while_a_session_is_open_goes_out_in_its_next_reply() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    let first = world.post(&pc.hello());
    world.order(2, &[("Get", "./U/1", None, "null")]);
    let answer = pc.answer(&first);
    assert_eq!(targets(&world.post(&answer)), ["./U/1"]);
}

#[test]
fn a_clock_that_goes_back_stops_nothing() {
    let (mut world, mut pc) = (World::settled(), Pc::new("1"));
    world.order_gets(1, 1);
    let first = world.post(&pc.hello());
    world.now = at(-900);
    world.order(2, &[("Get", "./U/1", None, "null")]);
    let answer = pc.answer(&first);
    let second = world.post(&answer);
    assert_eq!(targets(&second), ["./U/1"]);
    let answer = pc.answer(&second);
    world.post(&answer);
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound; 2]);
}
