//! Each rule has a message that breaks it, beside one good message that breaks none.

use transom_syncml::{
    Alert, Challenge, Command, Group, Header, Item, Message, Request, Results, Status, Verb, content_type::DM_XML,
    encode,
};

use super::*;

const ADDRESS: &str = "https://mdm.example.com/m";
const DEVICE: &str = "0123456789ABCDEF0123456789ABCDEF";

/// What the PC sent: two alerts and a Replace.
fn package1() -> Message {
    let body: Vec<Command> = vec![
        Alert::new(2, 1201).into(),
        Alert::new(3, 1224).into(),
        Request::replace(4, "./DevInfo/Man", "chr", "x").into(),
    ];
    Message::new(Header::new("1", 1, ADDRESS, DEVICE), body)
}

fn good() -> Message {
    let sent = package1();
    let mut body: Vec<Command> = vec![Status::of_header(1, 1, 200).into()];
    for (number, command) in sent.body.iter().enumerate() {
        body.push(Status::of(number + 2, 1, command, 200).into());
    }
    body.push(Request::replace(5, "./Vendor/MSFT/Policy/Config/A/B", "int", "1").into());
    Message::new(sent.header.answer(1), body)
}

fn judge_text(sent: &Message, text: &str) -> Vec<Rule> {
    judge_http(sent, text, Some(DM_XML), Some(text.len()))
}

fn judge_http(sent: &Message, text: &str, kind: Option<&str>, length: Option<usize>) -> Vec<Rule> {
    let message = transom_syncml::decode(text.as_bytes(), &transom_syncml::Limits::default()).unwrap();
    let mut checker = Checker::new("1", ADDRESS, DEVICE);
    checker.sent(Sent::of(sent));
    let received = Received {
        status: 200,
        content_type: kind,
        content_length: length,
        body: text.as_bytes(),
    };
    checker.message(&received, &message);
    checker.violations().iter().map(|violation| violation.rule).collect()
}

fn judge(message: &Message) -> Vec<Rule> {
    judge_text(&package1(), &encode(message).unwrap())
}

/// The rules that the good message breaks once it was changed.
fn changed(change: impl FnOnce(&mut Message)) -> Vec<Rule> {
    let mut message = good();
    change(&mut message);
    judge(&message)
}

fn status(message: &mut Message, index: usize) -> &mut Status {
    match &mut message.body[index] {
        Command::Status(status) => status,
        other => panic!("{other:?} is no Status"),
    }
}

#[test]
fn a_good_message_breaks_no_rule() {
    assert_eq!(judge(&good()), []);
}

#[test]
fn http_headers_are_checked() {
    let text = encode(&good()).unwrap();
    let sent = package1();
    let length = Some(text.len());
    assert_eq!(judge_http(&sent, &text, None, length), [Rule::ContentType]);
    assert_eq!(judge_http(&sent, &text, Some("text/xml"), length), [Rule::ContentType]);
    assert_eq!(judge_http(&sent, &text, Some(DM_XML), None), [Rule::ContentLength]);
    assert_eq!(judge_http(&sent, &text, Some(DM_XML), Some(1)), [Rule::ContentLength]);
}

#[test]
fn the_bytes_are_checked() {
    let text = encode(&good()).unwrap();
    let judge = |from: &str, to: &str| judge_text(&package1(), &text.replace(from, to));
    assert_eq!(judge("SYNCML:SYNCML1.2", "SYNCML:SYNCML1.1"), [Rule::Namespace]);
    assert_eq!(judge(" xmlns=\"syncml:metinf\"", ""), [Rule::MetaNamespace]);
    assert_eq!(judge("<VerDTD>1.2", "<VerDTD>1.1"), [Rule::Version]);
    assert_eq!(judge("DM/1.2", "DM/1.1"), [Rule::Version]);
    assert_eq!(judge("<SyncML", "\u{FEFF}<SyncML"), [Rule::Encoding]);
    assert_eq!(
        judge(
            "<Data>1</Data>",
            "<Data><Type a='>'>x</Type><![CDATA[<Format>]]></Data>"
        ),
        [],
        "markup in a value is none of our business"
    );
}

#[test]
fn headers_are_checked() {
    assert_eq!(changed(|m| m.header.session_id = "2".to_owned()), [Rule::SessionId]);
    assert_eq!(changed(|m| m.header.msg_id = 3), [Rule::MsgId]);
    assert_eq!(changed(|m| m.header.target = ADDRESS.to_owned()), [Rule::Target]);
    assert_eq!(
        changed(|m| m.header.source = "https://other".to_owned()),
        [Rule::Source]
    );
    assert_eq!(changed(|m| m.header.meta.max_msg_size = Some(4096)), [Rule::MaxMsgSize]);
}

#[test]
fn statuses_are_checked() {
    assert_eq!(changed(|m| m.body.swap(0, 1)), [Rule::HeaderStatus]);
    assert_eq!(changed(|m| status(m, 0).code = 204), [Rule::StatusCode]);
    assert_eq!(changed(|m| drop(m.body.remove(2))), [Rule::MissingStatus]);
    assert_eq!(changed(|m| m.body.swap(1, 2)), [Rule::StatusOrder]);
    assert_eq!(changed(|m| status(m, 2).msg_ref = Some(7)), [Rule::StatusReference]);
    assert_eq!(
        changed(|m| status(m, 3).cmd = "Add".to_owned()),
        [Rule::StatusReference]
    );
    assert_eq!(changed(|m| status(m, 3).code = 500), [Rule::StatusCode]);
    let extra = |m: &mut Message| {
        let status = Status::of(9, 1, &Alert::new(8, 1201).into(), 200);
        m.body.insert(4, status.into());
    };
    assert_eq!(changed(extra), [Rule::ExtraStatus]);
    let twice = |m: &mut Message| {
        let status = Status::of(9, 1, &Alert::new(3, 1224).into(), 200);
        m.body.insert(3, status.into());
    };
    assert_eq!(changed(twice), [Rule::ExtraStatus]);
}

#[test]
fn a_challenge_is_the_same_for_everything_and_brings_no_commands() {
    let challenge = || {
        let mut message = good();
        message.body.pop();
        for index in 0..4 {
            status(&mut message, index).code = 407;
        }
        status(&mut message, 0).challenge = Some(Challenge::md5(b"0123456789abcdef"));
        message
    };
    assert_eq!(judge(&challenge()), []);
    let mut message = challenge();
    status(&mut message, 2).code = 200;
    assert_eq!(judge(&message), [Rule::Challenge]);
    let mut message = challenge();
    message.body.push(Request::get(9, "./DevDetail/SwV").into());
    assert_eq!(judge(&message), [Rule::Challenge]);
    let mut message = challenge();
    status(&mut message, 0).challenge = Some(Challenge {
        next_nonce: Some("?".to_owned()),
        ..Challenge::md5(b"")
    });
    assert_eq!(judge(&message), [Rule::Challenge]);
}

#[test]
fn commands_are_checked() {
    let with = |command: Command| changed(move |m| m.body.push(command));
    assert_eq!(with(Request::get(5, "./A").into()), [Rule::CmdId], "an id twice");
    assert_eq!(with(Request::get(0, "./A").into()), [Rule::CmdId]);
    assert_eq!(with(Request::get("", "./A").into()), [Rule::CmdId]);
    assert_eq!(with(Request::get(6, "/Vendor/MSFT").into()), [Rule::LocUri]);
    assert_eq!(with(Request::new(Verb::Get, 6, Item::default()).into()), [Rule::LocUri]);
    assert_eq!(with(Results::of(6, 1, 2, Vec::new()).into()), [Rule::Command]);
    assert_eq!(with(Alert::new(6, 1201).into()), [Rule::Command]);
    assert_eq!(with(Alert::new(6, 1222).into()), []);
    let get = Group::atomic(6, vec![Request::get(7, "./A").into()]);
    assert_eq!(with(get.into()), [Rule::Command]);
    let same_id = Group::atomic(6, vec![Request::delete(6, "./A").into()]);
    assert_eq!(with(same_id.into()), [Rule::CmdId], "members count too");
    let nested = Group::atomic(6, vec![Group::atomic(7, vec![Request::delete(8, "./A").into()]).into()]);
    assert_eq!(with(nested.into()), [Rule::Command]);
    assert_eq!(with(Group::sequence(6, Vec::new()).into()), [Rule::Command]);
}

#[test]
fn packages_have_to_be_ended_and_asked_for() {
    assert_eq!(changed(|m| m.is_final = false), [Rule::Final]);
    let mut sent = package1();
    sent.is_final = false;
    let text = encode(&good()).unwrap();
    assert_eq!(judge_text(&sent, &text), [Rule::NextMessage]);
    let mut asking = good();
    asking.body.push(Alert::new(9, 1222).into());
    assert_eq!(judge_text(&sent, &encode(&asking).unwrap()), []);
}

#[test]
fn a_chunk_needs_its_own_code() {
    let mut sent = package1();
    let chunk = Item::source("./A").with_data("x").with_more_data();
    sent.body = vec![Results::of(2, 1, 5, vec![chunk]).into()];
    sent.is_final = false;
    let answer = |code| {
        let body: Vec<Command> = vec![
            Status::of_header(1, 1, 200).into(),
            Status::of(2, 1, &sent.body[0], code).into(),
            Alert::new(3, 1222).into(),
        ];
        let message = Message::new(sent.header.answer(1), body);
        judge_text(&sent, &encode(&message).unwrap())
    };
    assert_eq!(answer(213), []);
    assert_eq!(answer(200), [Rule::StatusCode]);
}

#[test]
fn empty_and_repeated_answers_are_noted() {
    let mut checker = Checker::new("1", ADDRESS, DEVICE);
    checker.empty();
    checker.repeated(b"a", b"a");
    checker.repeated(b"a", b"b");
    checker.unreadable(&DecodeError::NotXml);
    let rules: Vec<Rule> = checker.violations().iter().map(|violation| violation.rule).collect();
    assert_eq!(rules, [Rule::EmptyBody, Rule::Repetition, Rule::Unreadable]);
}
