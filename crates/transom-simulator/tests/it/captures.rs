//! What the simulator sends is what real PCs were seen to send, byte for byte.

use std::path::PathBuf;

use transom_mde::Secret;
use transom_simulator::{Account, Faults, Identity, Machine, PcSession, Profile, Received, Step};
use transom_syncml::{Challenge, Command, Limits, Message, Request, Status, content_type::DM_XML};

use crate::server::reply;

/// Captures of real clients, which are read in place.
fn capture(name: &str) -> Option<String> {
    let default = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/protocol/fixtures"
    ));
    let directory = std::env::var_os("TRANSOM_CAPTURES").map_or(default, PathBuf::from);
    if !directory.is_dir() {
        println!("skipped: there are no captures in {}", directory.display());
        return None;
    }
    Some(std::fs::read_to_string(directory.join(name)).unwrap())
}

/// A PC with the values of a captured package 1.
fn machine_of(message: &Message) -> Machine {
    let mut identity = Identity::generate(1, 0, Profile::Windows11);
    let value = |name: &str| {
        let items = message.body.iter().filter_map(|command| match command {
            Command::Request(request) => Some(&request.items),
            _ => None,
        });
        let item = items.flatten().find(|item| item.source.as_deref() == Some(name));
        item.and_then(|item| item.data.clone()).unwrap_or_default()
    };
    identity.device_id.clone_from(&message.header.source);
    identity.manufacturer = value("./DevInfo/Man");
    identity.model = value("./DevInfo/Mod");
    identity.locale = value("./DevInfo/Lang");
    let mut machine = Machine::new(identity);
    machine.install(Account {
        address: message.header.target.clone(),
        provider_id: "Transom".to_owned(),
        ent_dm_id: "7".to_owned(),
        upn: None,
        client_name: "fixture-client".to_owned(),
        client_secret: Secret::new("secret"),
        client_nonce: Vec::new(),
        server_secret: Secret::new("other"),
        server_nonce: Vec::new(),
        sync_application_version: None,
        thumbprint: String::new(),
    });
    machine
}

/// The session with the number of the captured message.
fn session_of(machine: &mut Machine, message: &Message) -> PcSession {
    loop {
        let session = PcSession::open(machine, &Faults::default()).unwrap();
        if session.id() == message.header.session_id {
            return session;
        }
    }
}

fn read(text: &[u8]) -> Message {
    transom_syncml::decode(text, &Limits::default()).unwrap()
}

fn deliver(session: &mut PcSession, machine: &mut Machine, message: &Message) -> Vec<u8> {
    let text = transom_syncml::encode(message).unwrap();
    let received = Received {
        status: 200,
        content_type: Some(DM_XML),
        content_length: Some(text.len()),
        body: text.as_bytes(),
    };
    match session.receive(machine, &received) {
        Step::Send(outgoing) => outgoing.body,
        Step::Done(end) => panic!("{end}"),
    }
}

#[test]
fn package_1_is_that_of_windows_10_and_11() {
    for name in ["win11-26200-01-package1.xml", "win10-19043-05-syncml-package1.xml"] {
        let Some(text) = capture(name) else { return };
        let message = read(text.as_bytes());
        let mut machine = machine_of(&message);
        let mut session = session_of(&mut machine, &message);
        assert_eq!(String::from_utf8(session.first().body).unwrap(), text, "{name}");
    }
}

#[test]
fn a_user_who_leaves_says_so_as_windows_11_does() {
    let Some(text) = capture("win11-26200-05-unenroll-1226.xml") else {
        return;
    };
    let message = read(text.as_bytes());
    let mut machine = machine_of(&message);
    machine.leave();
    let mut session = session_of(&mut machine, &message);
    assert_eq!(String::from_utf8(session.first().body).unwrap(), text);
}

/// The digest of the capture was taken out by its publisher.
fn without_digest(text: &str) -> String {
    let start = text.find("<Cred>").unwrap();
    let data = start + text[start..].find("<Data>").unwrap() + "<Data>".len();
    let end = data + text[data..].find("</Data>").unwrap();
    format!("{}AAAAAAAAAAAAAAAAAAAAAA=={}", &text[..data], &text[end..])
}

#[test]
fn a_challenge_and_a_get_are_answered_as_windows_11_does() {
    let (Some(resent), Some(result)) = (
        capture("win11-26200-02-package1-resent-md5.xml"),
        capture("win11-26200-06-get-single-result.xml"),
    ) else {
        return;
    };
    for (text, is_result) in [(resent, false), (result, true)] {
        let message = read(text.as_bytes());
        // The device information of the second capture is that of the first session.
        let first = capture("win11-26200-01-package1.xml").unwrap();
        let mut machine = machine_of(&read(first.as_bytes()));
        let mut session = session_of(&mut machine, &message);
        let first = read(&session.first().body);
        let mut challenge = reply(&first, 1, Vec::new());
        for command in &mut challenge.body {
            if let Command::Status(status) = command {
                status.code = 407;
            }
        }
        if let Command::Status(status) = &mut challenge.body[0] {
            *status = Status::of_header(1, 1, 407).with_challenge(Challenge::md5(b"0123456789abcdef"));
        }
        let mut sent = deliver(&mut session, &mut machine, &challenge);
        if is_result {
            let get = Request::get(5, "./DevInfo/Man").into();
            sent = deliver(&mut session, &mut machine, &reply(&read(&sent), 2, vec![get]));
        }
        let sent = without_digest(std::str::from_utf8(&sent).unwrap());
        assert_eq!(sent, text);
        assert_eq!(session.violations(), []);
    }
}
