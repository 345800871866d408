//! A PC becomes ours: certificate, record and provisioning document; or it does not, and nothing is left of it.

use super::support::{
    Bench, NOW, PASSWORD, PROXY, PUBLIC_URL, SOAP, ada, address, client_cert, csr, data, facts, post, root_thumbprint,
    rst, rst_of,
};
use actix_web::http::StatusCode;
use futures_util::future::join;
use transom_domain::{
    device::DeviceState,
    enrollment::{Enrollment, EnrollmentKind, EnrollmentState, Fingerprint},
    ports::StoreError,
};
use transom_mde::{
    fault::{ErrorType, Subcode},
    provisioning::{CertificateStore, ProvisioningDocument},
    rst::{Context, RequestSecurityToken, RequestType},
    soap::{BinaryToken, Credential},
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

const ENROLMENT: &str = "/EnrollmentServer/Enrollment.svc";

async fn record(bench: &Bench, document: &ProvisioningDocument) -> Enrollment {
    let fingerprint = Fingerprint::of_der(&document.client.der);
    let found: Result<_, StoreError> = bench
        .store()
        .read(move |view| view.enrollment_by_fingerprint(&fingerprint))
        .await;
    found.unwrap().unwrap()
}

#[actix_web::test]
async fn a_pc_gets_a_certificate_an_account_and_a_schedule() {
    let bench = Bench::new().await;
    let document = bench.enrolled("PC-1").await;
    let enrollment = record(&bench, &document).await;

    assert_eq!(document.store, CertificateStore::User);
    assert_eq!(document.root.unwrap().thumbprint.as_str(), root_thumbprint());
    assert_eq!(document.client.thumbprint.as_str(), enrollment.certificate.thumbprint);
    assert_eq!(
        document.account.address,
        format!("{PUBLIC_URL}/ManagementServer/MDM.svc")
    );
    assert_eq!(document.account.certificate_search, None);
    assert_eq!(document.dm_client.ent_dm_id, enrollment.id.to_string());
    assert_eq!(document.dm_client.upn.as_deref(), Some("ada@example.test"));
    assert_eq!(document.dm_client.ent_device_name.as_deref(), Some("PC-1"));
    assert_eq!(document.dm_client.poll.check(), Ok(()));

    let (client, server) = (&document.account.client, &document.account.server);
    assert_eq!(client.name, enrollment.id.to_string());
    assert_eq!(client.secret.expose().len(), 64);
    assert_ne!(client.secret, server.secret);
    assert_ne!(client.nonce, server.nonce);
    assert!(client.nonce.len() >= 16 && server.nonce.len() >= 16);
    let kept = &enrollment.credentials;
    assert_eq!(
        kept.digest,
        transom_syncml::auth::md5_a(&client.name, client.secret.expose())
    );
    assert_eq!((&kept.nonce, &kept.server_nonce), (&client.nonce, &server.nonce));
    assert_eq!(kept.server_secret, server.secret.expose());

    assert_eq!(enrollment.state, EnrollmentState::Pending);
    assert_eq!(
        (enrollment.win_id.as_str(), enrollment.kind),
        ("PC-1", EnrollmentKind::Full)
    );
    assert!(enrollment.facts.contains(&("DeviceName".to_owned(), "PC-1".to_owned())));
    let (organization, id) = (bench.organization, enrollment.device);
    let device: Result<_, StoreError> = bench.store().read(move |view| view.device(organization, id)).await;
    assert_eq!(device.unwrap().unwrap().state, DeviceState::Provisioning);
}

#[actix_web::test]
async fn the_certificate_says_what_we_chose_and_begins_five_minutes_ago() {
    let bench = Bench::with(|settings| settings.certificate_days = 30).await;
    let document = bench.enrolled("PC-1").await;
    let enrollment = record(&bench, &document).await;
    let (_, certificate) = X509Certificate::from_der(&document.client.der).unwrap();
    assert_eq!(certificate.subject().to_string(), format!("CN={}", enrollment.id));
    let validity = certificate.validity();
    assert_eq!(validity.not_before.timestamp(), NOW.as_seconds() - 300);
    assert_eq!(validity.not_after.timestamp(), NOW.as_seconds() + 30 * 24 * 60 * 60);
    assert_eq!(certificate.raw_serial().len(), 16);
}

#[actix_web::test]
async fn a_pc_of_its_own_keeps_its_certificate_in_the_machines_store() {
    let bench = Bench::with(|settings| {
        settings.provisioning.certificate_search = true;
        settings.provisioning.sync_application_version = Some("5.0".to_owned());
    })
    .await;
    let context = Context::default()
        .with("DeviceID", "PC-1")
        .with("EnrollmentType", "Device");
    let body = rst_of(RequestSecurityToken::issue(csr("PC-1"), context), ada());
    let document = bench.soap(ENROLMENT, body).await.document();
    assert_eq!(document.store, CertificateStore::System);
    assert!(
        document
            .account
            .certificate_search
            .unwrap()
            .ends_with("&Stores=My%5CSystem")
    );
    assert_eq!(document.dm_client.sync_application_version.as_deref(), Some("5.0"));
}

#[actix_web::test]
async fn two_enrolments_share_no_secret() {
    let bench = Bench::new().await;
    let (one, two) = (bench.enrolled("PC-1").await, bench.enrolled("PC-1").await);
    assert_ne!(one.account.client.secret, two.account.client.secret);
    assert_ne!(one.account.client.nonce, two.account.client.nonce);
    assert_ne!(one.client.der, two.client.der);
    assert_ne!(record(&bench, &one).await.device, record(&bench, &two).await.device);
}

#[actix_web::test]
async fn the_last_use_of_a_token_is_had_by_one_pc_of_two() {
    let bench = Bench::new().await;
    bench.token("enroll_once", |token| token.uses_max = 1).await;
    let credential = || Credential::BinarySecurityToken(BinaryToken::user_token("enroll_once"));
    let (one, two) = join(bench.enrol("PC-1", credential()), bench.enrol("PC-2", credential())).await;
    let (won, lost) = if one.status == StatusCode::OK {
        (one, two)
    } else {
        (two, one)
    };
    won.document();
    assert_eq!(lost.fault().fault.subcode, Subcode::Authentication);
    assert_eq!(bench.uses("enroll_once").await, 1);
}

#[actix_web::test]
async fn the_certificate_that_was_presented_proves_that_it_is_the_same_pc() {
    let bench = Bench::new().await;
    bench.token("enroll_abc", |_| {}).await;
    let token = || Credential::BinarySecurityToken(BinaryToken::user_token("enroll_abc"));
    let context = || {
        facts("PC-1")
            .with("HWDevID", "A".repeat(64))
            .with("SerialNumber", "5CG1234XYZ")
    };
    let body = || rst_of(RequestSecurityToken::issue(csr("PC-1"), context()), token());
    let first = record(&bench, &bench.soap(ENROLMENT, body()).await.document()).await;

    let without = record(&bench, &bench.soap(ENROLMENT, body()).await.document()).await;
    assert_ne!(
        without.device, first.device,
        "what a client says of its hardware takes over nothing"
    );

    let document = bench.soap(ENROLMENT, body()).await.document();
    let owner = record(&bench, &document).await;
    let request = post(ENROLMENT, SOAP, body())
        .peer_addr(address(PROXY))
        .insert_header(("Client-Cert", client_cert(&document.client.der)));
    let again = record(&bench, &bench.send(request).await.document()).await;
    assert_eq!(again.device, owner.device);
}

#[actix_web::test]
async fn renewal_and_recovery_are_refused_before_anybody_is_asked_who_they_are() {
    let bench = Bench::new().await;
    let recovery = RequestSecurityToken {
        request_type: RequestType::Recovery,
        ..RequestSecurityToken::issue(csr("PC-1"), facts("PC-1"))
    };
    for body in [
        data("mde/rst-renew.xml"),
        data("mde/rst-renew-odd.xml"),
        rst_of(recovery, Credential::None).into_bytes(),
    ] {
        let answer = bench.soap(ENROLMENT, body).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        let fault = answer.fault();
        assert_eq!(fault.fault.error_type, Some(ErrorType::NotEligibleToRenew));
        assert_eq!(fault.fault.trace_id, fault.header.activity_id);
    }
}

#[actix_web::test]
async fn an_unusable_request_is_refused_and_uses_nothing_up() {
    let bench = Bench::new().await;
    bench.token("enroll_abc", |_| {}).await;
    let token = || Credential::BinarySecurityToken(BinaryToken::user_token("enroll_abc"));
    let issue = |csr: Vec<u8>, context: Context| rst_of(RequestSecurityToken::issue(csr, context), token());
    let mut forged = csr("PC-1");
    let end = forged.len() - 1;
    forged[end] ^= 1;
    let unknown = RequestSecurityToken {
        request_type: RequestType::Other("urn:x".to_owned()),
        ..RequestSecurityToken::issue(csr("PC-1"), facts("PC-1"))
    };
    for (body, subcode) in [
        (issue(forged, facts("PC-1")), Subcode::CertificateRequest),
        (
            issue(vec![0x30, 3, 0x30, 1, 0], facts("PC-1")),
            Subcode::CertificateRequest,
        ),
        (
            issue(vec![0x30, 3, 6, 1, 42], facts("PC-1")),
            Subcode::CertificateRequest,
        ),
        (issue(csr("PC-1"), Context::default()), Subcode::MessageFormat),
        (issue(csr("PC-1"), facts(&"x".repeat(129))), Subcode::MessageFormat),
        (rst_of(unknown, token()), Subcode::MessageFormat),
        (rst("PC-1", Credential::None), Subcode::InvalidSecurity),
    ] {
        let answer = bench.soap(ENROLMENT, body).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.fault().fault.subcode, subcode, "{}", answer.text());
    }
    assert_eq!(bench.uses("enroll_abc").await, 0);
}

#[actix_web::test]
async fn a_refusal_repeats_no_secret_and_an_answer_none_that_was_presented() {
    let bench = Bench::new().await;
    bench.token("enroll_abc", |_| {}).await;
    let wrong = bench
        .enrol("PC-1", Credential::username("ada@example.test", "hunter2"))
        .await;
    assert!(!wrong.text().contains("hunter2"));
    let right = bench
        .enrol(
            "PC-1",
            Credential::BinarySecurityToken(BinaryToken::user_token("enroll_abc")),
        )
        .await;
    assert!(!right.text().contains("enroll_abc") && !right.text().contains(PASSWORD));
}
