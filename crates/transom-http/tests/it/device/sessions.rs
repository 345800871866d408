//! Management sessions over HTTP. What the session machine does is its own crate's test; this is about what lies between
//! it and the wire.

use super::{
    peers::package1,
    support::{Bench, data},
};
use actix_web::http::StatusCode;
use std::time::Duration;
use transom_domain::{DeviceId, enrollment::Fingerprint, ports::StoreError};
use transom_mde::provisioning::ClientCredential;
use transom_omadm::Md5Policy;
use transom_syncml::{Challenge, Command, Credentials, Header, Limits, Message, Status, code, decode, encode};

/// Answers every command of a message with 200, until the server sends none; how many messages that took.
async fn run_session(bench: &Bench, der: &[u8], device_id: &str, session: &str) -> u32 {
    let mut answer = bench.manage(Some(der), package1(device_id, session)).await;
    for number in 2..20 {
        let message = answer.message();
        assert_eq!(answer.header_code(), 200, "{}", answer.text());
        let commands = message
            .body
            .iter()
            .filter(|command| !matches!(command, Command::Status(_)));
        let mut body: Vec<Command> = vec![Status::of_header(1, message.header.msg_id, code::OK).into()];
        for command in commands {
            let id = body.len() + 1;
            body.push(Status::of(id, message.header.msg_id, command, code::OK).into());
        }
        if body.len() == 1 {
            return number - 1;
        }
        let header = Header::new(session, number, "https://mdm.example.test", device_id);
        let text = encode(&Message::new(header, body)).unwrap();
        answer = bench.manage(Some(der), text).await;
    }
    panic!("the session does not end: {}", answer.text());
}

async fn device_of(bench: &Bench, der: &[u8]) -> DeviceId {
    let fingerprint = Fingerprint::of_der(der);
    let found: Result<_, StoreError> = bench
        .store()
        .read(move |view| view.enrollment_by_fingerprint(&fingerprint))
        .await;
    found.unwrap().unwrap().device
}

#[actix_web::test]
async fn a_message_of_our_own_making_begins_a_session() {
    let bench = Bench::new().await;
    let der = bench.enrolled("A0B1C2D3E4F5061728394A5B6C7D8E9F").await.client.der;
    let answer = bench.manage(Some(&der), data("syncml/package1.xml")).await;
    assert_eq!(answer.header_code(), 200);
    let again = bench.manage(Some(&der), data("syncml/package1.xml")).await;
    assert_eq!(again.text(), answer.text(), "a repeated message gets the same answer");
}

#[actix_web::test]
async fn a_pc_with_nothing_to_do_is_remembered_and_written_down_later() {
    let bench = Bench::new().await;
    let der = bench.enrolled("PC-1").await.client.der;
    assert!(
        run_session(&bench, &der, "PC-1", "1").await > 1,
        "the first session asks for the inventory"
    );
    // Whatever the first session left to be asked.
    for session in 2..6 {
        run_session(&bench, &der, "PC-1", &session.to_string()).await;
    }
    let device = device_of(&bench, &der).await;
    bench
        .state
        .last_reports
        .flush(bench.store(), &*bench.environment)
        .await
        .unwrap();
    bench.environment.advance(Duration::from_secs(3600));

    assert_eq!(run_session(&bench, &der, "PC-1", "9").await, 1);
    assert_eq!(bench.state.last_reports.len(), 1);
    let last_report = async || {
        let organization = bench.organization;
        let found: Result<_, StoreError> = bench.store().read(move |view| view.device(organization, device)).await;
        found.unwrap().unwrap().last_status_report
    };
    let now = bench.state.environment.now();
    assert_ne!(last_report().await, Some(now));
    let written = bench.state.last_reports.flush(bench.store(), &*bench.environment).await;
    assert_eq!(written, Ok(1));
    assert_eq!(last_report().await, Some(now));
    assert!(bench.state.last_reports.is_empty());
}

#[actix_web::test]
async fn a_message_without_final_and_one_in_utf_16_are_read() {
    let bench = Bench::new().await;
    let der = bench.enrolled("PC-1").await.client.der;
    let text = package1("PC-1", "1");
    let mut wide = vec![0xff, 0xfe];
    wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(bench.manage(Some(&der), wide).await.header_code(), 200);
    let unfinished = package1("PC-1", "2").replace("<Final/>", "");
    let answer = bench.manage(Some(&der), unfinished).await;
    let alerts: Vec<u32> = answer
        .message()
        .body
        .iter()
        .filter_map(|command| match command {
            Command::Alert(alert) => Some(alert.code),
            _ => None,
        })
        .collect();
    assert_eq!((answer.status, alerts), (StatusCode::OK, vec![1222]));
}

/// The first message again, with a digest over the nonce of the challenge.
fn proven(device_id: &str, challenge: &Message, account: &ClientCredential) -> String {
    let nonce = challenge.body.iter().find_map(|command| match command {
        Command::Status(status) => status.challenge.as_ref().and_then(Challenge::nonce),
        _ => None,
    });
    let first = decode(package1(device_id, "1").as_bytes(), &Limits::default()).unwrap();
    let credentials = Credentials::md5(&account.name, account.secret.expose(), &nonce.unwrap());
    let header = Header::new("1", 2, "https://mdm.example.test", device_id);
    encode(&Message::new(
        header.with_credentials(&account.name, credentials),
        first.body,
    ))
    .unwrap()
}

#[actix_web::test]
async fn the_secret_of_the_document_answers_the_challenge_of_a_session() {
    for (policy, by_certificate, accepted) in [(Md5Policy::SecondFactor, true, 212), (Md5Policy::Alone, false, 200)] {
        let bench = Bench::with(|settings| settings.session.md5 = policy).await;
        let document = bench.enrolled("PC-1").await;
        let der = by_certificate.then_some(document.client.der.as_slice());
        let challenged = bench.manage(der, package1("PC-1", "1")).await;
        assert_eq!(challenged.header_code(), 407);
        let account = document.account.client;
        let wrong = ClientCredential {
            secret: transom_mde::Secret::new("wrong"),
            ..account.clone()
        };
        let refused = bench.manage(der, proven("PC-1", &challenged.message(), &wrong)).await;
        assert_eq!(refused.header_code(), 401);
        let answer = bench.manage(der, proven("PC-1", &challenged.message(), &account)).await;
        assert_eq!(answer.header_code(), accepted, "{}", answer.text());
    }
}
