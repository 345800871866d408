//! Whole sessions against a scripted server that is a function.

mod authentication;
mod commands;
mod course;

use transom_mde::Secret;
use transom_syncml::{Alert, Challenge, Group, Item, Request, Results, Verb, content_type::DM_XML};

use super::*;
use crate::account::Account;
use crate::identity::{Identity, Profile};
use crate::machine::Login;
use crate::tree::{Access, Action, Format, Node};

const ADDRESS: &str = "https://mdm.example.com/ManagementServer/MDM.svc";
const NONCE: &[u8] = b"0123456789abcdef";

fn machine() -> Machine {
    let mut machine = Machine::new(Identity::generate(1, 0, Profile::Windows11));
    machine.install(Account {
        address: ADDRESS.to_owned(),
        provider_id: "Transom".to_owned(),
        ent_dm_id: "7".to_owned(),
        upn: Some("ada@example.com".to_owned()),
        client_name: "device-0001".to_owned(),
        client_secret: Secret::new("correct horse"),
        client_nonce: NONCE.to_vec(),
        server_secret: Secret::new("battery staple"),
        server_nonce: NONCE.to_vec(),
        sync_application_version: None,
        thumbprint: String::new(),
    });
    machine
}

fn read(outgoing: &Outgoing) -> Message {
    decode(&outgoing.body, &Limits::default()).unwrap()
}

/// A right answer to a message: a Status for everything, then commands.
fn answer(to: &Message, msg_id: u32, header: u32, commands: Vec<Command>) -> Message {
    let own = to.header.msg_id;
    let mut body: Vec<Command> = vec![Status::of_header(1, own, header).into()];
    for command in &to.body {
        let code = match command {
            Command::Status(_) => continue,
            Command::Results(results) if results.items.iter().any(|item| item.more_data) => 213,
            Command::Results(_) => continue,
            _ if header == 401 || header == 407 => header,
            _ => 200,
        };
        body.push(Status::of(body.len() + 1, own, command, code).into());
    }
    body.extend(commands);
    Message::new(to.header.answer(msg_id), body)
}

fn deliver(session: &mut PcSession, machine: &mut Machine, message: &Message) -> Step {
    let text = transom_syncml::encode(message).unwrap();
    let received = Received {
        status: 200,
        content_type: Some(DM_XML),
        content_length: Some(text.len()),
        body: text.as_bytes(),
    };
    session.receive(machine, &received)
}

/// Sends the commands in answer to package 1, and ends the session after the PC's answer, which is returned.
fn exchange(machine: &mut Machine, commands: Vec<Command>) -> (Message, PcSession) {
    let mut session = PcSession::open(machine, &Faults::default()).unwrap();
    let first = read(&session.first());
    let step = deliver(&mut session, machine, &answer(&first, 1, 200, commands));
    let Step::Send(second) = step else {
        panic!("{step:?}");
    };
    let second = read(&second);
    let step = deliver(&mut session, machine, &answer(&second, 2, 200, Vec::new()));
    assert_eq!(step, Step::Done(End::Complete));
    assert_eq!(session.violations(), []);
    (second, session)
}

/// Statuses as `CmdRef code`, results as `R CmdRef`, in document order.
fn outline(message: &Message) -> Vec<String> {
    let line = |command: &Command| match command {
        Command::Status(status) => format!("{} {}", status.cmd_ref, status.code),
        Command::Results(results) => format!("R {}", results.cmd_ref),
        other => other.name().to_owned(),
    };
    message.body.iter().map(line).collect()
}

fn policy(id: u32, format: &str, value: &str) -> Command {
    Request::replace(id, "./Vendor/MSFT/Policy/Config/Camera/AllowCamera", format, value).into()
}
