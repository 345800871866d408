use transom_simulator::tree::Action;
use transom_simulator::{
    AfterLoss, BenchClient, CheckInError, ClientIdentity, Credentials, DeviceKey, End, Faults, Identity, KeySource,
    Profile, Rule, VirtualPc, client_config,
};
use transom_syncml::Request;

use crate::server::{Server, TOKEN};

async fn enrolled(server: &Server) -> VirtualPc {
    let mut pc = VirtualPc::new(Identity::generate(1, 0, Profile::Windows11), KeySource::Own);
    let credentials = Credentials::binary_token(TOKEN);
    pc.enroll(&server.url, &server.trust, &credentials).await.unwrap();
    pc
}

fn get() -> Vec<transom_syncml::Command> {
    vec![Request::get(9, "./DevDetail/SwV").into()]
}

#[tokio::test]
async fn commands_are_carried_out_and_the_server_is_found_to_be_good() {
    let server = Server::start().await;
    let mut pc = enrolled(&server).await;
    server.script(vec![
        Request::replace(8, "./Vendor/MSFT/Policy/Config/Camera/AllowCamera", "int", "0").into(),
        Request::exec(9, "./Vendor/MSFT/Reboot/RebootNow").into(),
    ]);
    let report = pc.check_in().await.unwrap();
    assert_eq!((report.end, report.messages, report.sessions), (End::Complete, 2, 1));
    assert_eq!(report.violations, []);
    assert_eq!(
        report.executed.iter().map(|done| done.code).collect::<Vec<_>>(),
        [200, 200]
    );
    assert_eq!((report.posts.len(), report.handshakes), (2, 1));
    assert_eq!(pc.machine().performed()[0].action, Action::Reboot);
}

#[tokio::test]
async fn requests_look_like_those_of_the_capture() {
    let server = Server::start().await;
    let mut pc = enrolled(&server).await;
    pc.sign_out();
    pc.check_in().await.unwrap();
    let head = server.state.book.lock().unwrap().last_head.clone();
    assert!(
        head.starts_with("POST /manage?mode=Machine&Platform=WoA HTTP/1.1\r\nHost: localhost:"),
        "{head}"
    );
    for field in [
        "Accept: application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml, application/octet-stream\r\n",
        "Accept-Charset: UTF-8\r\n",
        "Client-Request-Id: 7\r\n",
        "Content-Type: application/vnd.syncml.dm+xml\r\n",
        "User-Agent: MSFT OMA DM Client/1.2.0.1\r\n",
        "MS-CV: ",
    ] {
        assert!(head.contains(field), "{field} in {head}");
    }
}

#[tokio::test]
async fn a_connection_is_kept_when_that_is_wanted() {
    let server = Server::start().await;
    let mut pc = enrolled(&server).await;
    pc.keep_connection(true);
    assert_eq!(pc.check_in().await.unwrap().handshakes, 1);
    assert_eq!(pc.check_in().await.unwrap().handshakes, 0);
    pc.disconnect();
    assert_eq!(pc.check_in().await.unwrap().handshakes, 1);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_made_anew() {
    let server = Server::start().await;
    let mut pc = enrolled(&server).await;
    server.script(get());
    server.state.book.lock().unwrap().closes = true;
    let report = pc.check_in().await.unwrap();
    assert_eq!((report.end, report.handshakes), (End::Complete, 2));
    assert_eq!(report.violations, []);
}

#[tokio::test]
async fn a_lost_reply_is_asked_for_again_or_given_up() {
    let server = Server::start().await;
    let mut pc = enrolled(&server).await;
    server.script(get());
    for (after, sessions) in [(AfterLoss::Resend, 1), (AfterLoss::NewSession, 2)] {
        let faults = Faults {
            lose_reply: Some((2, after)),
            ..Faults::default()
        };
        let report = pc.check_in_with(&faults).await.unwrap();
        assert_eq!((report.end, report.sessions), (End::Complete, sessions));
        assert_eq!(report.violations, []);
    }
}

#[tokio::test]
async fn a_repeated_message_has_to_be_answered_alike() {
    let server = Server::start().await;
    let mut pc = enrolled(&server).await;
    server.script(get());
    let faults = Faults {
        repeat_message: Some(1),
        ..Faults::default()
    };
    let report = pc.check_in_with(&faults).await.unwrap();
    assert_eq!((report.violations.len(), report.messages), (0, 3));
    assert_eq!(server.messages(), 3);
    server.state.book.lock().unwrap().forgetful = true;
    let report = pc.check_in_with(&faults).await.unwrap();
    assert!(
        report
            .violations
            .iter()
            .any(|violation| violation.rule == Rule::Repetition)
    );
}

#[tokio::test]
async fn strange_certificates_and_none_are_shown_on_request() {
    let server = Server::start().await;
    let mut pc = enrolled(&server).await;
    let none = Faults {
        no_certificate: true,
        ..Faults::default()
    };
    assert_eq!(pc.check_in_with(&none).await.unwrap().end, End::Http(403));
    let key = std::sync::Arc::new(DeviceKey::generate().unwrap());
    let foreign = Faults {
        certificate: Some(ClientIdentity::self_made("nobody", key).unwrap()),
        ..Faults::default()
    };
    assert!(matches!(pc.check_in_with(&foreign).await, Err(CheckInError::Http(_))));
    assert_eq!(
        pc.check_in().await.unwrap().end,
        End::Complete,
        "the PC's own still works"
    );
}

#[tokio::test]
async fn garbage_and_a_second_session_are_sent_on_request() {
    let server = Server::start().await;
    let mut pc = enrolled(&server).await;
    server.script(get());
    let garbage = Faults {
        garbage: Some(2),
        ..Faults::default()
    };
    assert_eq!(pc.check_in_with(&garbage).await.unwrap().end, End::AfterGarbage(400));
    let twice = Faults {
        second_session: Some(2),
        delay: Some(std::time::Duration::ZERO),
        ..Faults::default()
    };
    let report = pc.check_in_with(&twice).await.unwrap();
    assert_eq!((report.end, report.session_id.as_str()), (End::Complete, "2"));
    let second = report.second.unwrap();
    assert_eq!((second.end, second.session_id.as_str()), (End::Complete, "3"));
}

#[tokio::test]
async fn both_ways_of_leaving_end_the_account() {
    let server = Server::start().await;
    let mut pc = enrolled(&server).await;
    let report = pc.unenroll_by_user().await.unwrap();
    assert_eq!((report.end, report.messages), (End::Complete, 1));
    assert!(matches!(pc.check_in().await, Err(CheckInError::NotEnrolled)));

    let mut pc = enrolled(&server).await;
    let unenroll = "./Device/Vendor/MSFT/DMClient/Provider/Transom/Unenroll";
    server.script(vec![Request::exec(9, unenroll).into()]);
    let report = pc.check_in().await.unwrap();
    assert_eq!(report.sessions, 2);
    assert!(pc.account().is_none());
}

#[tokio::test]
async fn the_benchmark_client_posts_and_counts() {
    let server = Server::start().await;
    let config = client_config(&server.trust, None, true).unwrap();
    let mut client = BenchClient::new(&format!("{}/echo", server.url), config).unwrap();
    client.connect().await.unwrap();
    let request = client.request("text/plain", b"hello");
    for _ in 0..3 {
        let reply = client.send(&request).await.unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, &b"hello"[..]));
    }
    assert_eq!(
        (client.requests(), client.handshakes(), client.received_bytes()),
        (3, 1, 15)
    );
}
