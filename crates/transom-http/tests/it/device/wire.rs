//! The listener on real sockets: what Windows sees of an answer's head, and whose certificate TLS has proven.

use super::{
    peers::package1,
    support::{Bench, NOW, PC_KEY, PUBLIC_URL, authority, data},
};
use actix_web::{dev::ServerHandle, rt};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime},
    time_provider::TimeProvider,
};
use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use transom_http::device::serve;
use transom_pki::{ClientAuth, server_config, server_identity};

fn start(bench: &Bench, tls: Option<ServerConfig>) -> (SocketAddr, ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = serve(listener, tls, bench.state.clone(), 1).unwrap();
    let handle = server.handle();
    rt::spawn(server);
    (address, handle)
}

/// Sends a request and reads until the server closes.
async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), head: &str, body: &[u8]) -> String {
    let head = format!(
        "{head}\r\nHost: mdm.example.test\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    // A server may close TLS without saying so.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[actix_web::test]
async fn every_answer_has_a_length_and_none_is_in_chunks() {
    let bench = Bench::new().await;
    let (address, handle) = start(&bench, None);
    let discover = data("mde/discover.xml");
    let soap = "POST /EnrollmentServer/Discovery.svc HTTP/1.1\r\nContent-Type: application/soap+xml; charset=utf-8";
    let syncml = "POST /ManagementServer/MDM.svc HTTP/1.1\r\nContent-Type: application/vnd.syncml.dm+xml";
    let cases: [(&str, &[u8], &str); 5] = [
        ("GET /EnrollmentServer/Discovery.svc HTTP/1.1", b"", "200"),
        (soap, &discover, "200"),
        (soap, b"hello", "500"),
        (syncml, b"hello", "400"),
        ("GET /nothing HTTP/1.1", b"", "404"),
    ];
    for (head, body, status) in cases {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let answer = ask(&mut stream, head, body).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}", body.len())), "{head}");
        assert!(
            !head.contains("transfer-encoding") && !head.contains("content-encoding"),
            "{head}"
        );
        assert!(!head.contains("set-cookie"), "{head}");
    }
    handle.stop(false).await;
}

#[derive(Debug)]
struct FixedTime;

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(NOW.as_seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// A listener with TLS, as the product has it.
pub(super) fn listener(bench: &Bench) -> (SocketAddr, ServerHandle) {
    let directory = tempfile::tempdir().unwrap();
    let identity = server_identity(&authority(), directory.path(), &["localhost"], NOW).unwrap();
    let issuers = vec![authority().root_subject()];
    let tls = server_config(&identity, ClientAuth::Ask { issuers }).unwrap();
    start(bench, Some(tls))
}

/// A PC that trusts our root, with a certificate or without, and speaks these protocols.
pub(super) fn client(certificate: Option<Vec<u8>>, protocols: &[&[u8]]) -> TlsConnector {
    use transom_domain::enrollment::certificate::CertificateAuthority as _;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority().root_der())).unwrap();
    let builder = ClientConfig::builder_with_details(Arc::new(aws_lc_rs::default_provider()), Arc::new(FixedTime))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match certificate {
        None => builder.with_no_client_auth(),
        Some(der) => {
            let key = PrivatePkcs8KeyDer::from(PC_KEY.serialize_der());
            builder
                .with_client_auth_cert(vec![CertificateDer::from(der)], key.into())
                .unwrap()
        }
    };
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

#[actix_web::test]
async fn the_certificate_of_the_tls_connection_is_the_pcs() {
    let bench = Bench::new().await;
    let der = bench.enrolled("PC-1").await.client.der;
    let (address, handle) = listener(&bench);
    let head = "POST /ManagementServer/MDM.svc HTTP/1.1\r\nContent-Type: application/vnd.syncml.dm+xml";
    for (certificate, code) in [(Some(der), "<Data>200</Data>"), (None, "<Data>407</Data>")] {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = client(certificate, &[]).connect(name, stream).await.unwrap();
        let answer = ask(&mut stream, head, package1("PC-1", "1").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains(code), "{answer}");
        assert!(
            answer.contains(&format!("{PUBLIC_URL}/ManagementServer/MDM.svc")),
            "{answer}"
        );
    }
    handle.stop(false).await;
}
