//! MD5 digests: as a second factor and alone.

use transom_domain::{
    command::{CommandStatus, sensitive::UNENROLL_PATH},
    device::DeviceState,
    enrollment::{EnrollmentState, check_in::REFUSALS_MAX},
};
use transom_omadm::{Md5Policy, NonceKey, Plan, Refusal, TRIES_MAX};
use transom_syncml::{Alert, Challenge, Command, alert, encode};

use crate::world::{NAME, NONCE, Pc, World, at, codes, read, requests, targets};

fn world(policy: Md5Policy) -> World {
    let mut world = World::settled();
    world.settings.md5 = policy;
    world.settings.nonce_key = NonceKey([5; 32]);
    world.order_gets(1, 1);
    if policy == Md5Policy::Alone {
        world.peer.fingerprint = None;
    }
    world
}

fn challenge(reply: &str) -> Option<Challenge> {
    match read(reply).body.remove(0) {
        Command::Status(status) => status.challenge,
        other => panic!("{other:?}"),
    }
}

fn nonce(reply: &str) -> Vec<u8> {
    challenge(reply).unwrap().nonce().unwrap()
}

#[test]
fn a_second_factor_is_asked_for_once_in_a_session() {
    let mut world = world(Md5Policy::SecondFactor);
    let mut pc = Pc::new("1");
    let hello = pc.hello();
    assert_eq!(world.plan(&hello), Plan::Work);
    let before = world.store.clone();
    let reply = world.post(&hello);
    assert_eq!(codes(&reply), [407; 4]);
    assert_eq!(nonce(&reply), NONCE);
    assert!(read(&reply).is_final && requests(&reply).is_empty());
    assert!(world.store == before, "a challenge stores nothing");

    pc.credentials = Some(nonce(&reply));
    let hello = pc.hello();
    let reply = world.post(&hello);
    assert_eq!(codes(&reply), [212, 200, 200, 200]);
    let next = nonce(&reply);
    assert_ne!(next, NONCE);
    assert_eq!(world.enrollment().credentials.nonce, next);
    assert_eq!(targets(&reply), ["./T/1"]);
    assert_eq!(world.post(&hello), reply, "a lost reply is given again");

    pc.credentials = None;
    let answer = pc.answer(&reply);
    let end = world.post(&answer);
    assert_eq!(codes(&end), [212]);
    assert_eq!(challenge(&end), None);
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound]);
}

#[test]
fn each_session_is_challenged_anew_also_when_its_number_comes_again() {
    let mut world = world(Md5Policy::SecondFactor);
    for session in ["1", "2", "1", "1"] {
        let mut pc = Pc::new(session);
        let reply = world.post(&pc.hello());
        assert_eq!(codes(&reply), [407; 4]);
        pc.credentials = Some(nonce(&reply));
        let reply = world.post(&pc.hello());
        assert_eq!(codes(&reply)[0], 212);
        pc.credentials = None;
        if !requests(&reply).is_empty() {
            let answer = pc.answer(&reply);
            world.post(&answer);
        }
    }
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound]);
}

#[test]
fn the_previous_nonce_is_good_once_for_a_pc_that_missed_the_reply() {
    let mut world = world(Md5Policy::SecondFactor);
    let mut with_nonce = |session: &str| {
        let mut pc = Pc::new(session);
        pc.credentials = Some(NONCE.to_vec());
        codes(&world.post(&pc.hello()))[0]
    };
    assert_eq!([with_nonce("1"), with_nonce("2"), with_nonce("3")], [212, 212, 401]);
}

#[test]
fn wrong_digests_over_the_own_certificate_make_the_device_unknown() {
    let mut world = world(Md5Policy::SecondFactor);
    let mut pc = Pc::new("1");
    pc.credentials = Some(vec![9, 9]);
    for _ in 1..REFUSALS_MAX {
        let reply = world.post(&pc.hello());
        assert_eq!(codes(&reply), [401; 4]);
        assert_eq!(nonce(&reply), NONCE);
        assert_eq!(world.device().state, DeviceState::Active);
    }
    let (reason, reply) = world.refusal(&pc.hello());
    assert_eq!(reason, Refusal::CredentialsRefused);
    assert_eq!(challenge(&encode(&reply).unwrap()), None);
    assert_eq!(world.device().state, DeviceState::Unknown);
    assert_eq!(world.store.history[0].1.reason, "auth-failed");
    assert!(world.store.sessions.is_empty() && world.store.reports.is_empty());

    let mut pc = Pc::new("2");
    pc.credentials = Some(NONCE.to_vec());
    let reply = world.post(&pc.hello());
    assert_eq!(codes(&reply)[0], 212);
    assert_eq!(world.enrollment().refused, 0);
}

#[test]
fn a_certificate_of_its_own_needs_no_digest_where_digests_may_stand_alone() {
    let mut world = world(Md5Policy::Alone);
    world.peer = World::settled().peer;
    let reply = world.post(&Pc::new("1").hello());
    assert_eq!(codes(&reply), [200; 4]);
}

#[test]
fn a_digest_alone_is_asked_for_in_every_message() {
    let mut world = world(Md5Policy::Alone);
    let mut pc = Pc::new("1");
    let before = world.store.clone();
    let reply = world.post(&pc.hello());
    assert_eq!(codes(&reply), [407; 4]);
    assert!(world.store == before);
    pc.credentials = Some(nonce(&reply));
    let reply = world.post(&pc.hello());
    assert_eq!(codes(&reply), [200; 4]);
    assert_eq!(targets(&reply), ["./T/1"]);

    pc.credentials = None;
    let bare = encode(&pc.message(Vec::new())).unwrap();
    let bare = world.post(&bare);
    assert_eq!(codes(&bare), [407], "without a digest it is nobody");
    pc.msg_id = 2;
    pc.credentials = Some(nonce(&reply));
    let answer = pc.answer(&reply);
    let end = world.post(&answer);
    assert_eq!(codes(&end), [200]);
    assert_eq!(world.statuses(), [CommandStatus::CommandNotFound]);
}

#[test]
fn without_a_certificate_every_mistake_looks_alike_and_changes_nothing() {
    let mut world = world(Md5Policy::Alone);
    let mut pc = Pc::new("1");
    pc.credentials = Some(vec![9]);
    let right_name = pc.hello();
    let wrong_name = right_name.replace(NAME, "device-0002");
    let before = world.store.clone();
    let replies = [world.post(&right_name), world.post(&wrong_name)];
    assert_eq!(replies[0], replies[1]);
    assert_eq!(codes(&replies[0]), [401; 4]);
    pc.msg_id = TRIES_MAX;
    assert_eq!(world.refusal(&pc.hello()).0, Refusal::CredentialsRefused);
    assert!(world.store == before);
}

#[test]
fn a_challenge_without_a_certificate_does_not_hold_for_ever() {
    let mut world = world(Md5Policy::Alone);
    let mut pc = Pc::new("1");
    let reply = world.post(&pc.hello());
    pc.credentials = Some(nonce(&reply));
    world.now = at(3600);
    assert_eq!(codes(&world.post(&pc.hello()))[0], 401);
}

/// Package 1 of a PC that leaves, as Windows sends it: without credentials.
fn farewell(pc: &mut Pc) -> String {
    let mut body = pc.package1();
    body.insert(2, Alert::typed(9, alert::GENERIC, alert::kind::UNENROLMENT, "1").into());
    encode(&pc.message(body)).unwrap()
}

#[test]
fn a_pc_that_leaves_by_our_order_needs_no_digest_besides_its_certificate() {
    let mut world = World::settled();
    world.settings.md5 = Md5Policy::SecondFactor;
    world.device_mut().state = DeviceState::DeleteRequested;
    world.order(1, &[("Exec", UNENROLL_PATH, Some("Transom"), "chr")]);
    let mut pc = Pc::new("1");
    pc.credentials = Some(NONCE.to_vec());
    let reply = world.post(&pc.hello());
    assert_eq!(targets(&reply), [UNENROLL_PATH]);

    // It obeys without a word, and says farewell in a new session.
    let message = farewell(&mut Pc::new("2"));
    let reply = world.post(&message);
    assert_eq!(codes(&reply), [200; 5]);
    assert!(read(&reply).is_final && challenge(&reply).is_none());
    assert_eq!(world.device().state, DeviceState::Deleted);
    assert_eq!(world.store.history.last().unwrap().1.reason, "unenrolled");
    assert_eq!(world.enrollment().state, EnrollmentState::Ended);
    assert_eq!(world.statuses(), [CommandStatus::Acknowledged], "leaving is the answer");
    assert_eq!(world.post(&message), reply, "a lost reply is given again");
}

#[test]
fn nothing_but_the_farewell_is_taken_without_a_digest() {
    let mut world = world(Md5Policy::SecondFactor);
    world.order(2, &[("Exec", "./Device/Vendor/MSFT/RemoteLock/Lock", None, "null")]);
    let mut pc = Pc::new("1");
    // Not a command at all, because it has no CmdID: so it is no farewell either.
    let mut body = pc.package1();
    body.push(Alert::typed("", alert::GENERIC, alert::kind::UNENROLMENT, "1").into());
    assert_eq!(codes(&world.post(&encode(&pc.message(body)).unwrap()))[0], 407);
    world.enrollment_mut().state = EnrollmentState::Pending;
    assert_eq!(
        codes(&world.post(&farewell(&mut Pc::new("2"))))[0],
        407,
        "an enrolment that never proved itself ends nothing"
    );
    world.enrollment_mut().state = EnrollmentState::Active;
    world.post(&farewell(&mut Pc::new("3")));
    assert_eq!(world.device().state, DeviceState::Deleted);
    assert!(world.store.reports.is_empty(), "what it says of itself is not taken");
    assert_eq!(world.statuses(), [CommandStatus::Cancel; 2]);
}

#[test]
fn a_pc_that_lost_count_of_its_nonces_is_told_the_right_one_in_its_next_session() {
    let mut world = world(Md5Policy::SecondFactor);
    for session in 1..=REFUSALS_MAX + 2 {
        // It says a digest unasked, with a nonce that is long gone.
        let mut pc = Pc::new(&session.to_string());
        pc.credentials = Some(vec![9, 9]);
        let reply = world.post(&pc.hello());
        assert_eq!(nonce(&reply), NONCE, "session {session}");
        assert_eq!(world.enrollment().refused, session.min(REFUSALS_MAX));
    }
    let mut pc = Pc::new("FF");
    pc.credentials = Some(NONCE.to_vec());
    assert_eq!(codes(&world.post(&pc.hello()))[0], 212);
    assert_eq!(world.enrollment().refused, 0);
}
