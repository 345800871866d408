//! Whose PC it is: the certificate alone says so, and a certificate is believed where possession was proven.

use super::support::{Bench, PROXY, STRANGER, SYNCML, address, client_cert, csr, post};
use actix_web::http::StatusCode;
use transom_domain::{Timestamp, enrollment::certificate::CertificateOrder};

const MANAGEMENT: &str = "/ManagementServer/MDM.svc";

/// The first message of a session.
pub fn package1(device_id: &str, session: &str) -> String {
    format!(
        "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
         <SessionID>{session}</SessionID><MsgID>1</MsgID><Target><LocURI>https://mdm.example.test</LocURI></Target>\
         <Source><LocURI>{device_id}</LocURI></Source></SyncHdr><SyncBody><Alert><CmdID>2</CmdID><Data>1201</Data></Alert>\
         <Replace><CmdID>3</CmdID><Item><Source><LocURI>./DevInfo/DevId</LocURI></Source><Data>{device_id}</Data></Item>\
         </Replace><Final/></SyncBody></SyncML>"
    )
}

#[actix_web::test]
async fn a_pc_with_its_certificate_is_let_in_and_hears_from_us() {
    let bench = Bench::new().await;
    let der = bench.enrolled("PC-1").await.client.der;
    let answer = bench.manage(Some(&der), package1("PC-1", "1")).await;
    assert_eq!(answer.header_code(), 200);
    let header = answer.message().header;
    assert_eq!(header.target, "PC-1");
    assert_eq!(header.source, "https://mdm.example.test:8443/ManagementServer/MDM.svc");
}

#[actix_web::test]
async fn nobody_is_let_in_without_a_certificate() {
    let bench = Bench::new().await;
    bench.enrolled("PC-1").await;
    let answer = bench.manage(None, package1("PC-1", "1")).await;
    assert_eq!(answer.header_code(), 407);
    assert_eq!(answer.message().body.len(), 3, "statuses and no commands");
}

#[actix_web::test]
async fn a_header_from_anybody_but_the_proxy_is_no_certificate() {
    let bench = Bench::new().await;
    let der = bench.enrolled("PC-1").await.client.der;
    let request = |from: &str| {
        post(MANAGEMENT, SYNCML, package1("PC-1", "1"))
            .peer_addr(address(from))
            .insert_header(("Client-Cert", client_cert(&der)))
            .insert_header(("X-Forwarded-For", "10.0.0.1"))
    };
    assert_eq!(bench.send(request(STRANGER)).await.header_code(), 407);
    assert_eq!(bench.send(request(PROXY)).await.header_code(), 200);
}

#[actix_web::test]
async fn without_a_configured_proxy_no_header_counts() {
    let bench = Bench::with(|settings| settings.proxy = None).await;
    let der = bench.enrolled("PC-1").await.client.der;
    assert_eq!(bench.manage(Some(&der), package1("PC-1", "1")).await.header_code(), 407);
}

#[actix_web::test]
async fn a_certificate_of_one_pc_opens_nothing_of_another() {
    let bench = Bench::new().await;
    let der = bench.enrolled("PC-1").await.client.der;
    bench.enrolled("PC-2").await;
    let answer = bench.manage(Some(&der), package1("PC-2", "1")).await;
    assert_eq!(answer.header_code(), 404);
}

#[actix_web::test]
async fn a_certificate_that_was_issued_but_never_recorded_opens_nothing() {
    let bench = Bench::new().await;
    bench.enrolled("PC-1").await;
    let now: Timestamp = bench.state.environment.now();
    let order = CertificateOrder {
        request: csr("PC-1"),
        common_name: "x".to_owned(),
        serial: [1; 16],
        not_before: now,
        not_after: now + std::time::Duration::from_secs(3600),
    };
    let (_, der) = bench.state.authority.issue(order).await.unwrap();
    let answer = bench.manage(Some(&der), package1("PC-1", "1")).await;
    assert_eq!(answer.header_code(), 401);
    assert_eq!(answer.status, StatusCode::OK);
}
