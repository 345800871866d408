//! Digests inside SyncML.

use super::*;

/// Runs a challenge; the header code that follows decides whether the digest is sent again.
fn challenged(header: u32) -> (Message, Message) {
    let mut machine = machine();
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let first = read(&session.first());
    let mut challenge = answer(&first, 1, 407, Vec::new());
    let Command::Status(status) = &mut challenge.body[0] else {
        panic!()
    };
    status.challenge = Some(Challenge::md5(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]));
    let Step::Send(again) = deliver(&mut session, &mut machine, &challenge) else {
        panic!()
    };
    let again = read(&again);
    let get = vec![Request::get(9, "./DevDetail/SwV").into()];
    let mut accepted = answer(&again, 2, header, get);
    let Command::Status(status) = &mut accepted.body[0] else {
        panic!()
    };
    status.challenge = Some(Challenge::md5(b"another nonce 16"));
    let Step::Send(third) = deliver(&mut session, &mut machine, &accepted) else {
        panic!()
    };
    assert_eq!(session.violations(), []);
    assert_eq!(machine.account().unwrap().client_nonce, b"another nonce 16");
    (again, read(&third))
}

#[test]
fn a_challenge_is_answered_with_the_digest_of_the_published_vector() {
    let (again, third) = challenged(212);
    assert_eq!(again.header.msg_id, 2);
    assert_eq!(again.header.source_name.as_deref(), Some("device-0001"));
    assert_eq!(again.header.credentials.unwrap().data, "/KQ4qxlBqGUcjVMAsNz+aQ==");
    let ids: Vec<&str> = again.body.iter().filter_map(Command::cmd_id).collect();
    assert_eq!(ids, ["1", "2", "3", "4"], "a Status, and package 1 with its ids");
    assert_eq!(third.header.credentials, None, "212 holds for the session");
    let (_, third) = challenged(200);
    let expected = Credentials::md5("device-0001", "correct horse", b"another nonce 16");
    assert_eq!(
        third.header.credentials,
        Some(expected),
        "200 asks again, with the new nonce"
    );
}

#[test]
fn a_pc_gives_up_when_no_digest_is_good_enough() {
    let mut machine = machine();
    let faults = Faults {
        wrong_digest: true,
        ..Faults::default()
    };
    let mut session = PcSession::open(&mut machine, &faults).unwrap();
    let mut sent = session.first();
    for msg_id in 1.. {
        let message = read(&sent);
        let mut challenge = answer(&message, msg_id, 401, Vec::new());
        let Command::Status(status) = &mut challenge.body[0] else {
            panic!()
        };
        status.challenge = Some(Challenge::md5(NONCE));
        match deliver(&mut session, &mut machine, &challenge) {
            Step::Send(next) => sent = next,
            Step::Done(end) => {
                assert_eq!(end, End::AuthenticationFailed);
                break;
            }
        }
    }
    assert_eq!(session.messages(), 1 + MAX_DIGESTS);
}
