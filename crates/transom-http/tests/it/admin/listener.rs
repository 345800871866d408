//! The real listener: plain, with TLS, and with callers that are refused while they still send.

use super::world::World;
use actix_web::web;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
};
use transom_http::admin::{self, ServeOptions};

const HEALTH: &[u8] = b"GET //healthz/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Runs a server while `talk` talks to it.
async fn serving(options: ServeOptions, talk: impl FnOnce(SocketAddr) -> String + Send + 'static) -> String {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = admin::serve(listener, world.state.clone(), options).unwrap();
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let answer = web::block(move || talk(address)).await.unwrap();
    handle.stop(true).await;
    running.await.unwrap().unwrap();
    answer
}

fn plain(request: Vec<u8>) -> impl FnOnce(SocketAddr) -> String {
    move |address| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&request).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

fn options(tls: Option<rustls::ServerConfig>) -> ServeOptions {
    ServeOptions {
        workers: 1,
        tls,
        ..ServeOptions::default()
    }
}

#[actix_web::test]
async fn it_serves_until_it_is_stopped() {
    let answer = serving(options(None), plain(HEALTH.to_vec())).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(
        answer.contains("{\"status\":true,\"data\":{\"health\":\"ok\""),
        "{answer}"
    );
}

#[actix_web::test]
async fn a_caller_that_is_refused_while_it_still_sends_gets_its_answer() {
    let body = " ".repeat(3 * 1024 * 1024);
    let head = "POST /v1/organizations/default/segments HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    let request = format!(
        "{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = serving(options(None), plain(request.into_bytes())).await;
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized"), "{answer}");
}

#[actix_web::test]
async fn it_serves_tls() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let talk = move |address| {
        let name = "localhost".try_into().unwrap();
        let connection = rustls::ClientConnection::new(Arc::new(client), name).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(address).unwrap());
        stream.write_all(HEALTH).unwrap();
        let mut answer = vec![0; 64];
        stream.read_exact(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let answer = serving(options(Some(server)), talk).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}
