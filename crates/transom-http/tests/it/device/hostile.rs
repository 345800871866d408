//! Strangers: whatever is not a message gets a short answer, and nothing of it is kept.

use super::support::{Bench, PROXY, SOAP, SYNCML, ada, address, client_cert, csr, data, facts, post, rst_of};
use actix_web::http::StatusCode;
use transom_mde::{fault::Subcode, rst::RequestSecurityToken};

const SERVICES: [&str; 3] = [
    "/EnrollmentServer/Discovery.svc",
    "/EnrollmentServer/Policy.svc",
    "/EnrollmentServer/Enrollment.svc",
];
const MANAGEMENT: &str = "/ManagementServer/MDM.svc";

#[actix_web::test]
async fn what_is_no_soap_gets_a_fault() {
    let bench = Bench::new().await;
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>";
    for path in SERVICES {
        for body in ["", "hello", "<s:Envelope", "<x/>", bomb] {
            let answer = bench.soap(path, body).await;
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{body}");
            assert_eq!(answer.fault().fault.subcode, Subcode::MessageFormat, "{body}");
            assert!(!answer.text().contains("aaaa"));
        }
    }
}

#[actix_web::test]
async fn what_is_too_large_of_another_type_or_compressed_gets_a_fault_with_its_own_status() {
    let bench = Bench::new().await;
    for (path, limit) in SERVICES.into_iter().zip([64 * 1024, 64 * 1024, 1024 * 1024]) {
        let large = bench.soap(path, vec![b' '; limit + 1]).await;
        assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(large.fault().fault.subcode, Subcode::MessageFormat);
        let typed = bench.send(post(path, "application/json", "{}")).await;
        assert_eq!(typed.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        typed.fault();
        let compressed = post(path, SOAP, vec![0x1f, 0x8b]).insert_header(("Content-Encoding", "gzip"));
        let compressed = bench.send(compressed).await;
        assert_eq!(compressed.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        compressed.fault();
    }
}

#[actix_web::test]
async fn nothing_is_compressed_whatever_the_caller_accepts() {
    let bench = Bench::new().await;
    let request = post(SERVICES[0], SOAP, data("mde/discover.xml")).insert_header(("Accept-Encoding", "gzip, br"));
    // `send` checks the headers.
    assert_eq!(bench.send(request).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn what_is_no_syncml_gets_a_status_and_an_empty_body() {
    let bench = Bench::new().await;
    let der = bench.enrolled("PC-1").await.client.der;
    let doctype = "<!DOCTYPE x><SyncML xmlns=\"SYNCML:SYNCML1.2\"/>";
    let deep = format!("<SyncML xmlns=\"SYNCML:SYNCML1.2\">{}", "<a>".repeat(1000));
    for (body, status) in [
        (Vec::new(), StatusCode::BAD_REQUEST),
        (b"hello".to_vec(), StatusCode::BAD_REQUEST),
        (b"<SyncML xmlns=\"SYNCML:SYNCML1.2\">".to_vec(), StatusCode::BAD_REQUEST),
        (data("mde/discover.xml"), StatusCode::BAD_REQUEST),
        (doctype.as_bytes().to_vec(), StatusCode::BAD_REQUEST),
        (deep.into_bytes(), StatusCode::PAYLOAD_TOO_LARGE),
        (vec![b' '; 8 * 1024 * 1024 + 1], StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = bench.manage(Some(&der), body).await;
        assert_eq!((answer.status, answer.body.len()), (status, 0));
    }
}

#[actix_web::test]
async fn management_in_another_type_is_415() {
    let bench = Bench::new().await;
    for content_type in ["application/vnd.syncml.dm+wbxml", "text/xml", SOAP] {
        let answer = bench
            .send(post(MANAGEMENT, content_type, data("syncml/package1.xml")))
            .await;
        assert_eq!(
            (answer.status, answer.body.len()),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, 0)
        );
    }
    let compressed = post(MANAGEMENT, SYNCML, vec![0x1f, 0x8b]).insert_header(("Content-Encoding", "gzip"));
    assert_eq!(bench.send(compressed).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[actix_web::test]
async fn a_stranger_may_send_less_than_a_pc_with_a_certificate() {
    let bench = Bench::new().await;
    let body = vec![b' '; 64 * 1024 + 1];
    assert_eq!(
        bench.manage(None, body.clone()).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let der = bench.enrolled("PC-1").await.client.der;
    assert_eq!(bench.manage(Some(&der), body).await.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn facts_are_kept_short() {
    let bench = Bench::new().await;
    let context = facts("PC-1").with("AzureAttestationBlob", "x".repeat(100_000));
    let body = rst_of(RequestSecurityToken::issue(csr("PC-1"), context), ada());
    let request = post(SERVICES[2], SOAP, body).peer_addr(address(PROXY));
    let document = bench.send(request).await.document();
    assert!(!client_cert(&document.client.der).is_empty());
    let fingerprint = transom_domain::enrollment::Fingerprint::of_der(&document.client.der);
    let found: Result<_, transom_domain::ports::StoreError> = bench
        .store()
        .read(move |view| view.enrollment_by_fingerprint(&fingerprint))
        .await;
    let longest = found.unwrap().unwrap().facts.iter().map(|(_, value)| value.len()).max();
    assert_eq!(longest, Some(transom_http::device::FACT_CHARS_MAX));
}
