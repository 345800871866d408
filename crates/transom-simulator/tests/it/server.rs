//! A server that is as small as it can be and still right: TLS, HTTP, enrolment, and sessions with scripted commands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SubjectPublicKeyInfo,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use transom_mde::Secret;
use transom_mde::discovery::{AuthPolicy, DiscoverRequest, DiscoverResponse};
use transom_mde::fault::{Fault, FaultReply, FaultStyle, Service, Subcode};
use transom_mde::policy::{GetPolicies, GetPoliciesResponse};
use transom_mde::provisioning::{
    Account, Certificate, CertificateStore, ClientCredential, DmClient, Poll, ProvisioningDocument, ServerCredential,
    Thumbprint,
};
use transom_mde::rst::{RequestSecurityToken, SecurityTokenResponse};
use transom_mde::soap::{CONTENT_TYPE, Credential, Reply, Request};
use transom_simulator::Trust;
use transom_syncml::{Command, Limits, Message, Status, content_type::DM_XML};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer as _;

pub const EMAIL: &str = "ada@example.com";
pub const PASSWORD: &str = "pass:word";
pub const TOKEN: &str = "the-enrolment-token";

type Issuer = CertifiedIssuer<'static, KeyPair>;

pub struct Server {
    pub url: String,
    pub trust: Trust,
    pub state: Arc<State>,
}

#[derive(Default)]
pub struct Book {
    /// Commands for the next session that has none yet.
    pub commands: Vec<Command>,
    /// How many messages arrived, repeated ones included.
    pub messages: u32,
    /// How many connections were accepted.
    pub connections: u32,
    /// Answers by device, session and message.
    answers: HashMap<(String, String, u32), Vec<u8>>,
    /// Own message numbers by device and session.
    numbers: HashMap<(String, String), u32>,
    /// Answers a repeated message anew instead of repeating itself.
    pub forgetful: bool,
    /// Closes the connection behind every answer, without saying so.
    pub closes: bool,
    /// The header fields of the last request.
    pub last_head: String,
}

pub struct State {
    root: Issuer,
    url: String,
    pub book: Mutex<Book>,
}

impl Server {
    pub async fn start() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "Test root");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &root).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()
            .unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialized_der().to_vec())),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let trust = Trust::from_pem(root.pem().as_bytes()).unwrap();
        let state = Arc::new(State {
            root,
            url: url.clone(),
            book: Mutex::default(),
        });
        tokio::spawn(accept(
            listener,
            TlsAcceptor::from(Arc::new(config)),
            Arc::clone(&state),
        ));
        Self { url, trust, state }
    }

    pub fn script(&self, commands: Vec<Command>) {
        self.state.book.lock().unwrap().commands = commands;
    }

    pub fn messages(&self) -> u32 {
        self.state.book.lock().unwrap().messages
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, state: Arc<State>) {
    while let Ok((tcp, _)) = listener.accept().await {
        state.book.lock().unwrap().connections += 1;
        tokio::spawn(serve(tcp, tls.clone(), Arc::clone(&state)));
    }
}

/// Serves one connection. Whoever vanishes is no concern of the server's, so errors end it silently.
async fn serve(tcp: TcpStream, tls: TlsAcceptor, state: Arc<State>) -> Option<()> {
    let mut stream = tls.accept(tcp).await.ok()?;
    let has_certificate = stream.get_ref().1.peer_certificates().is_some();
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            if stream.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8(buffer.drain(..end + 4).collect()).unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "))
            .map_or(0, |length| length.parse().unwrap());
        while buffer.len() < length {
            if stream.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        }
        let body: Vec<u8> = buffer.drain(..length).collect();
        let (status, kind, answer) = state.handle(&head, &body, has_certificate);
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        stream.write_all(&[head.as_bytes(), &answer].concat()).await.ok()?;
        stream.flush().await.ok()?;
        if state.book.lock().unwrap().closes {
            return None;
        }
    }
}

type Answer = (u16, &'static str, Vec<u8>);

impl State {
    fn handle(&self, head: &str, body: &[u8], has_certificate: bool) -> Answer {
        let target = head.split(' ').nth(1).unwrap();
        let path = target.split('?').next().unwrap();
        match path {
            "/EnrollmentServer/Discovery.svc" if body.is_empty() => (200, "text/plain", Vec::new()),
            "/EnrollmentServer/Discovery.svc" => (200, CONTENT_TYPE, self.discover(body)),
            "/policy" => self.policy(body),
            "/enrol" => self.enrol(body),
            "/manage" if !has_certificate => (403, "text/plain", b"no certificate".to_vec()),
            "/manage" => self.manage(head, body),
            "/echo" => (200, "text/plain", body.to_vec()),
            _ => (404, "text/plain", Vec::new()),
        }
    }

    fn discover(&self, body: &[u8]) -> Vec<u8> {
        let request = Request::<DiscoverRequest>::decode(body).unwrap();
        let response = DiscoverResponse {
            auth_policy: AuthPolicy::OnPremise,
            enrollment_version: Some(request.body.request_version.announced()),
            policy_url: Some(format!("{}/policy", self.url)),
            enrollment_url: format!("{}/enrol", self.url),
            authentication_url: None,
        };
        Reply::new(request.header.message_id, None, response)
            .encode()
            .into_bytes()
    }

    fn policy(&self, body: &[u8]) -> Answer {
        let request = Request::<GetPolicies>::decode(body).unwrap();
        let id = request.header.message_id;
        if !allowed(&request.header.credential) {
            let fault = Fault::new(Subcode::Authentication, "no");
            let text = FaultReply::new(Service::Policy, id, None, fault).encode(FaultStyle::default());
            return (500, CONTENT_TYPE, text.into_bytes());
        }
        let text = Reply::new(id, None, GetPoliciesResponse::default()).encode();
        (200, CONTENT_TYPE, text.into_bytes())
    }

    fn enrol(&self, body: &[u8]) -> Answer {
        let request = Request::<RequestSecurityToken>::decode(body).unwrap();
        assert!(allowed(&request.header.credential));
        let (_, csr) = X509CertificationRequest::from_der(&request.body.csr).unwrap();
        csr.verify_signature().unwrap();
        let key = SubjectPublicKeyInfo::from_der(csr.certification_request_info.subject_pki.raw).unwrap();
        let device = request.body.context.device_id().unwrap();
        // A PC that enrols again counts its sessions from 1 again.
        let mut book = self.book.lock().unwrap();
        book.answers.retain(|key, _| key.0 != device);
        book.numbers.retain(|key, _| key.0 != device);
        drop(book);
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, device);
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let client = parameters.signed_by(&key, &self.root).unwrap();
        let document = ProvisioningDocument {
            root: Some(certificate(self.root.der())),
            intermediate: None,
            client: certificate(client.der()),
            store: CertificateStore::User,
            account: Account::new(
                format!("{}/manage", self.url),
                ServerCredential {
                    secret: Secret::new("s".repeat(32)),
                    nonce: vec![1; 16],
                },
                ClientCredential {
                    name: device.to_owned(),
                    secret: Secret::new("c".repeat(32)),
                    nonce: vec![2; 16],
                },
            ),
            dm_client: DmClient {
                ent_dm_id: "7".to_owned(),
                upn: None,
                ent_device_name: None,
                sync_application_version: None,
                poll: Poll::default(),
            },
        };
        let response = SecurityTokenResponse::new(document.encode(), 0);
        let text = Reply::new(request.header.message_id, None, response).encode();
        (200, CONTENT_TYPE, text.into_bytes())
    }

    fn manage(&self, head: &str, body: &[u8]) -> Answer {
        let mut book = self.book.lock().unwrap();
        book.messages += 1;
        book.last_head = head.to_owned();
        let Ok(message) = transom_syncml::decode(body, &Limits::default()) else {
            return (400, "text/plain", b"no SyncML".to_vec());
        };
        let session = (message.header.source.clone(), message.header.session_id.clone());
        let key = (session.0.clone(), session.1.clone(), message.header.msg_id);
        if let Some(answer) = book.answers.get(&key)
            && !book.forgetful
        {
            return (200, DM_XML, answer.clone());
        }
        let number = book.numbers.entry(session).or_default();
        *number += 1;
        let number = *number;
        let commands = if number == 1 { book.commands.clone() } else { Vec::new() };
        let answer = transom_syncml::encode(&reply(&message, number, commands))
            .unwrap()
            .into_bytes();
        book.answers.insert(key, answer.clone());
        (200, DM_XML, answer)
    }
}

/// A Status for everything, then the commands.
pub fn reply(to: &Message, msg_id: u32, commands: Vec<Command>) -> Message {
    let own = to.header.msg_id;
    let mut body: Vec<Command> = vec![Status::of_header(1, own, 200).into()];
    for command in &to.body {
        if !matches!(command, Command::Status(_) | Command::Results(_)) {
            body.push(Status::of(body.len() + 1, own, command, 200).into());
        }
    }
    body.extend(commands);
    Message::new(to.header.answer(msg_id), body)
}

fn allowed(credential: &Credential) -> bool {
    match credential {
        Credential::UsernameToken { username, password } => {
            username == EMAIL && matches!(password.expose(), PASSWORD | TOKEN)
        }
        Credential::BinarySecurityToken(token) => token.text() == Some(TOKEN),
        Credential::None => false,
    }
}

fn certificate(der: &[u8]) -> Certificate {
    Certificate {
        thumbprint: Thumbprint::new(hex::encode_upper(Sha1::digest(der))).unwrap(),
        der: der.to_vec(),
    }
}
