//! The captured messages of real PCs, replayed with the credentials that they carry.

use super::support::{Bench, SYNCML, address, capture, client_cert, post};
use actix_web::http::StatusCode;
use transom_mde::{
    discovery::DiscoverResponse,
    fault::{ErrorType, Subcode},
    policy::GetPoliciesResponse,
    rst::RequestSecurityToken,
    soap::{Credential, Reply, Request},
};

const DISCOVERY: &str = "/EnrollmentServer/Discovery.svc";
const POLICY: &str = "/EnrollmentServer/Policy.svc";
const ENROLMENT: &str = "/EnrollmentServer/Enrollment.svc";

#[actix_web::test]
async fn discovery_of_every_captured_client_is_answered() {
    let bench = Bench::new().await;
    for name in ["win10-19043-02-discover.xml", "win11-22598-01-discover-empty-email.xml"] {
        let Some(body) = capture(name) else { return };
        let answer = bench.soap(DISCOVERY, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text());
        let reply = Reply::<DiscoverResponse>::decode(&answer.body).unwrap();
        assert!(reply.header.relates_to.is_some());
    }
}

#[actix_web::test]
async fn windows_10_enrols_with_its_password_and_begins_its_first_session() {
    let bench = Bench::new().await;
    let Some(body) = capture("win10-19043-03-getpolicies-usernametoken.xml") else {
        return;
    };
    let unknown = bench.soap(POLICY, body.clone()).await;
    assert_eq!(unknown.fault().fault.subcode, Subcode::Authentication);
    bench.user("demo@pocmdmserver.com", "demo").await;
    let answer = bench.soap(POLICY, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    Reply::<GetPoliciesResponse>::decode(&answer.body).unwrap();

    let body = capture("win10-19043-04-rst-issue-usernametoken.xml").unwrap();
    let document = bench.soap(ENROLMENT, body).await.document();
    assert_eq!(document.dm_client.upn.as_deref(), Some("demo@pocmdmserver.com"));

    let package = capture("win10-19043-05-syncml-package1.xml").unwrap();
    let request = post(
        "/ManagementServer/MDM.svc?mode=Maintenance&Platform=WoA",
        SYNCML,
        package,
    )
    .peer_addr(address(super::support::PROXY))
    .insert_header(("Client-Cert", client_cert(&document.client.der)));
    let answer = bench.send(request).await;
    assert_eq!(answer.header_code(), 200, "{}", answer.text());
    let results = capture("win10-19043-06-syncml-package3-status202.xml").unwrap();
    assert_eq!(
        bench.manage(Some(&document.client.der), results).await.status,
        StatusCode::OK
    );
}

#[actix_web::test]
async fn windows_11_enrols_with_the_token_that_a_program_gave_it() {
    let bench = Bench::new().await;
    let Some(body) = capture("win11-22598-03-rst-issue-usertoken.xml") else {
        return;
    };
    let request = Request::<RequestSecurityToken>::decode(&body).unwrap();
    let Credential::BinarySecurityToken(token) = request.header.credential else {
        panic!("the capture carries a token");
    };
    let refused = bench.soap(ENROLMENT, body.clone()).await;
    assert_eq!(refused.fault().fault.subcode, Subcode::Authentication);
    bench.token(token.text().unwrap(), |_| {}).await;
    let policies = capture("win11-22598-02-getpolicies-usertoken-tpm.xml").unwrap();
    assert_eq!(bench.soap(POLICY, policies).await.status, StatusCode::OK);
    let document = bench.soap(ENROLMENT, body).await.document();
    assert_eq!(document.dm_client.upn, None);
    assert_eq!(bench.uses(token.text().unwrap()).await, 1);
}

#[actix_web::test]
async fn renewal_and_entra_join_are_refused_in_so_many_words() {
    let bench = Bench::new().await;
    let Some(renewal) = capture("constructed/c09-rst-renew-pkcs7.xml") else {
        return;
    };
    let answer = bench.soap(ENROLMENT, renewal).await;
    assert_eq!(answer.fault().fault.error_type, Some(ErrorType::NotEligibleToRenew));
    let entra = capture("constructed/c08-rst-issue-entra-device.xml").unwrap();
    let answer = bench.soap(ENROLMENT, entra).await;
    assert_eq!(answer.fault().fault.subcode, Subcode::Authentication);
}

/// Every other message of a session is at least taken in and answered with SyncML, over the certificate of its sender.
#[actix_web::test]
async fn every_captured_message_of_a_session_is_answered() {
    for name in [
        "win11-26200-01-package1.xml",
        "win11-26200-02-package1-resent-md5.xml",
        "win11-26200-03-multi-item-get-results.xml",
        "win11-26200-04-interleaved-status-results.xml",
        "win11-26200-05-unenroll-1226.xml",
        "win11-26200-06-get-single-result.xml",
        "win11-26200-07-large-result-abort-2048.xml",
        "win11-26200-08-large-result-abort-8192.xml",
        "constructed/c01-alerts-app-results.xml",
        "constructed/c02-requestpending-no-final.xml",
        "constructed/c03-alerts-session-kind.xml",
        "constructed/c04-atomic-failed-statuses.xml",
        "constructed/c05-moredata-part1.xml",
        "constructed/c05-moredata-part2.xml",
        "constructed/c06-interior-node-results.xml",
        "constructed/c07-windc-alert.xml",
        "constructed/c10-package1.xml",
        "constructed/c12-package1-resent-md5.xml",
        "constructed/c13-resent-md5-server-header-rejected.xml",
    ] {
        let bench = Bench::new().await;
        let Some(body) = capture(name) else { return };
        let message = transom_syncml::decode(&body, &transom_syncml::Limits::default()).unwrap();
        let der = bench.enrolled(&message.header.source).await.client.der;
        let answer = bench.manage(Some(&der), body).await;
        assert_eq!(answer.header_code(), 200, "{name}: {}", answer.text());
    }
}

#[actix_web::test]
async fn wbxml_is_415_under_either_name() {
    let bench = Bench::new().await;
    let Some(body) = capture("constructed/c10-package1.wbxml") else {
        return;
    };
    for content_type in [SYNCML, "application/vnd.syncml.dm+wbxml"] {
        let answer = bench
            .send(post("/ManagementServer/MDM.svc", content_type, body.clone()))
            .await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
