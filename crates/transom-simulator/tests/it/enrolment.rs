use transom_simulator::{Credentials, EnrollError, Identity, KeySource, Profile, Trust, VirtualPc};

use crate::server::{EMAIL, PASSWORD, Server, TOKEN};

fn pc(profile: Profile) -> VirtualPc {
    VirtualPc::new(Identity::generate(1, 0, profile), KeySource::Own)
}

#[tokio::test]
async fn a_pc_enrols_with_each_kind_of_credential() {
    let server = Server::start().await;
    for (profile, credentials) in [
        (Profile::Windows11, Credentials::password(EMAIL, PASSWORD)),
        (Profile::Windows10, Credentials::token_as_password(EMAIL, TOKEN)),
        (Profile::Windows11, Credentials::binary_token(TOKEN)),
    ] {
        let mut pc = pc(profile);
        let handshakes = pc.enroll(&server.url, &server.trust, &credentials).await.unwrap();
        assert_eq!(handshakes, 1, "one connection serves all four requests");
        let account = pc.account().unwrap();
        assert_eq!(account.address, format!("{}/manage", server.url));
        assert_eq!(
            pc.machine()
                .tree()
                .value("./Vendor/MSFT/DMClient/Provider/Transom/EntDMID"),
            Some("7")
        );
    }
}

#[tokio::test]
async fn a_refusal_is_the_error_that_windows_shows() {
    let server = Server::start().await;
    let mut pc = pc(Profile::Windows11);
    let credentials = Credentials::password(EMAIL, "wrong");
    let error = pc.enroll(&server.url, &server.trust, &credentials).await.unwrap_err();
    assert_eq!(error.hresult(), Some(0x8018_0002));
    assert!(error.to_string().contains("Authentication, 0x80180002"), "{error}");
    assert!(matches!(error, EnrollError::Fault { status: 500, .. }));
    assert!(pc.account().is_none());
    assert!(
        !format!("{credentials:?} {error:?}").contains("wrong"),
        "no secret is shown"
    );
}

#[tokio::test]
async fn a_server_that_is_not_trusted_gets_nothing() {
    let server = Server::start().await;
    let other = Server::start().await;
    let mut pc = pc(Profile::Windows11);
    let credentials = Credentials::password(EMAIL, PASSWORD);
    let error = pc.enroll(&server.url, &other.trust, &credentials).await.unwrap_err();
    assert_eq!(error.kind(), "enrolment: no TLS");
    assert!(Trust::from_pem(b"nothing").is_err());
}

#[tokio::test]
async fn another_enrolment_starts_counting_anew() {
    let server = Server::start().await;
    let mut pc = pc(Profile::Windows11);
    let credentials = Credentials::binary_token(TOKEN);
    for _ in 0..2 {
        pc.enroll(&server.url, &server.trust, &credentials).await.unwrap();
        assert_eq!(pc.check_in().await.unwrap().session_id, "1");
    }
}
