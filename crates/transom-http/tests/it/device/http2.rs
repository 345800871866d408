//! The listener over HTTP/2, which Windows prefers where it is offered: the whole way, on real sockets.

use super::{
    peers::package1,
    support::{Bench, SOAP, SYNCML, ada, data, rst},
    wire::{client, listener},
};
use actix_web::web::Bytes;
use h2::client::{SendRequest, handshake};
use http::{HeaderMap, Method, Request, Response};
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use transom_domain::enrollment::certificate::CertificateAuthority as _;
use transom_http::device::REQUESTS_OF_A_CONNECTION_MAX;
use transom_mde::{provisioning::ProvisioningDocument, rst::SecurityTokenResponse, soap::Reply};

/// A connection of a PC.
async fn connect(address: SocketAddr, certificate: Option<Vec<u8>>) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = client(certificate, &[b"h2"]).connect(name, stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (requests, connection) = handshake(stream).await.unwrap();
    actix_web::rt::spawn(async move {
        let _ = connection.await;
    });
    requests
}

fn head(method: Method, path: &str, content_type: &str) -> Request<()> {
    Request::builder()
        .method(method)
        .uri(format!("https://enterpriseenrollment.example.test{path}"))
        .header("content-type", content_type)
        .body(())
        .unwrap()
}

/// Sends a request and reads its answer: status, header and body.
async fn ask(
    requests: &mut SendRequest<Bytes>,
    head: Request<()>,
    body: impl Into<Bytes>,
) -> (u16, HeaderMap, Vec<u8>) {
    let mut ready = requests.clone().ready().await.unwrap();
    let (answer, mut sender) = ready.send_request(head, false).unwrap();
    sender.send_data(body.into(), true).unwrap();
    read(answer.await.unwrap()).await
}

async fn read(answer: Response<h2::RecvStream>) -> (u16, HeaderMap, Vec<u8>) {
    let (head, mut stream) = answer.into_parts();
    let mut body = Vec::new();
    while let Some(piece) = stream.data().await {
        let piece = piece.unwrap();
        stream.flow_control().release_capacity(piece.len()).unwrap();
        body.extend_from_slice(&piece);
    }
    let length = head.headers.get("content-length").unwrap().to_str().unwrap();
    assert_eq!(length, body.len().to_string());
    (head.status.as_u16(), head.headers, body)
}

#[actix_web::test]
async fn a_pc_is_enrolled_and_managed_over_http_2() {
    let bench = Bench::new().await;
    let (address, handle) = listener(&bench);
    let mut stranger = connect(address, None).await;
    let path = "/enrollmentserver/discovery.svc?mode=Maintenance&Platform=WoA";
    let (status, _, body) = ask(&mut stranger, head(Method::GET, path, SOAP), "").await;
    assert_eq!((status, body.len()), (200, 0));
    let (status, headers, _) = ask(&mut stranger, head(Method::POST, path, SOAP), data("mde/discover.xml")).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, SOAP));
    let (status, _, _) = ask(&mut stranger, head(Method::GET, "/nothing", SOAP), "").await;
    assert_eq!(status, 404);
    let request = head(Method::POST, "/EnrollmentServer/Enrollment.svc", SOAP);
    let (status, _, body) = ask(&mut stranger, request, rst("PC-1", ada())).await;
    assert_eq!(status, 200);
    let reply = Reply::<SecurityTokenResponse>::decode(&body).unwrap();
    let document = ProvisioningDocument::read(&reply.body.document).unwrap();
    assert_eq!(document.root.unwrap().der, super::support::authority().root_der());

    // The certificate belongs to the connection, and every message on it comes with it.
    let mut pc = connect(address, Some(document.client.der)).await;
    let target = "/ManagementServer/MDM.svc?mode=Maintenance&Platform=WoA";
    for session in ["1", "2", "3"] {
        let request = head(Method::POST, target, SYNCML);
        let (status, headers, body) = ask(&mut pc, request, package1("PC-1", session)).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, SYNCML));
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains("<Cmd>SyncHdr</Cmd><Data>200</Data>"), "{text}");
    }
    let request = head(Method::POST, target, SYNCML);
    let (_, _, body) = ask(&mut stranger, request, package1("PC-1", "4")).await;
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains("<Cmd>SyncHdr</Cmd><Data>407</Data>"), "{text}");
    handle.stop(false).await;
}

#[actix_web::test]
async fn one_connection_cannot_have_requests_without_end_under_way() {
    let bench = Bench::new().await;
    let (address, handle) = listener(&bench);
    let requests = connect(address, None).await;
    let discovery = || head(Method::POST, "/EnrollmentServer/Discovery.svc", SOAP);
    let mut waiting = Vec::new();
    for _ in 0..REQUESTS_OF_A_CONNECTION_MAX {
        let mut ready = requests.clone().ready().await.unwrap();
        waiting.push(ready.send_request(discovery(), false).unwrap());
    }
    let mut one_more = requests.clone();
    let (status, headers, _) = ask(&mut one_more, discovery(), data("mde/discover.xml")).await;
    assert_eq!((status, headers["retry-after"].to_str().unwrap()), (429, "1"));

    // Where one is answered, there is room for the next.
    let (answer, mut sender) = waiting.pop().unwrap();
    sender.send_data(data("mde/discover.xml").into(), true).unwrap();
    assert_eq!(read(answer.await.unwrap()).await.0, 200);
    let (status, _, _) = ask(&mut one_more, discovery(), data("mde/discover.xml")).await;
    assert_eq!(status, 200);
    handle.stop(false).await;
}
