//! A device listener on a store in memory, with a clock that stands still and passwords that are quick to check.

use actix_web::{
    App,
    body::MessageBody,
    http::{
        Method, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING},
    },
    test::{TestRequest, call_service, init_service},
    web::Bytes,
};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::{
    net::SocketAddr,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use transom_domain::{
    Actor, EnrollmentTokenId, Environment, OrganizationId, Origin, Timestamp, UserId,
    enrollment::certificate::{CertificateAuthority, PasswordVerifier},
    enrollment_token::EnrollmentToken,
    ports::{BoxFuture, Store, StoreError, Unit, ViewUnit},
    secret::Secret,
    segment::SegmentId,
    user::{Email, User},
};
use transom_http::device::{DeviceRoutes, DeviceSettings, DeviceState, LastReports, MANAGEMENT_PATH, ProxySettings};
use transom_mde::{
    fault::FaultReply,
    provisioning::ProvisioningDocument,
    rst::{Context, RequestSecurityToken, SecurityTokenResponse},
    soap::{Credential, Reply, Request},
};
use transom_omadm::SessionSettings;
use transom_pki::Authority;
use transom_storage::OpenOptions;

pub use super::files::{capture, data};

pub const PUBLIC_URL: &str = "https://mdm.example.test:8443";
pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
pub const SOAP: &str = "application/soap+xml; charset=utf-8";
pub const SYNCML: &str = "application/vnd.syncml.dm+xml";
pub const ADA: &str = "ada@example.test";
pub const PASSWORD: &str = "<p&ss> \"word\" ";
/// The proxy that may name certificates.
pub const PROXY: &str = "10.0.0.1:4000";
/// Somebody else.
pub const STRANGER: &str = "203.0.113.9:4000";

/// A clock that only the test moves, and a random source that is none.
pub struct FixedEnvironment {
    now: Mutex<Timestamp>,
    draws: AtomicU64,
}

impl Environment for FixedEnvironment {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn seed(&self) -> [u8; 32] {
        Sha256::digest(self.draws.fetch_add(1, Ordering::Relaxed).to_be_bytes()).into()
    }
}

impl FixedEnvironment {
    pub fn advance(&self, by: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = *now + by;
    }
}

/// A password is right when it is the hash itself.
#[derive(Default)]
pub struct PlainPasswords {
    /// How many were checked.
    pub checked: AtomicU64,
}

#[async_trait]
impl PasswordVerifier for PlainPasswords {
    async fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        self.checked.fetch_add(1, Ordering::Relaxed);
        hash == Some(password)
    }
}

/// One root for all tests: its key takes a while to make.
static AUTHORITY: LazyLock<(Authority, TempDir)> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    (Authority::open(directory.path(), NOW).unwrap(), directory)
});

pub fn authority() -> Authority {
    AUTHORITY.0.clone()
}

/// One key for all PCs, for the same reason; requests of different PCs differ by their names.
pub static PC_KEY: LazyLock<rcgen::KeyPair> =
    LazyLock::new(|| rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap());

/// A certificate request of a PC.
pub fn csr(device_id: &str) -> Vec<u8> {
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(
        rcgen::DnType::CommonName,
        format!("B1C43CD0-1624-5FBB-8E54-34CF17!{device_id}"),
    );
    params.serialize_request(&*PC_KEY).unwrap().der().to_vec()
}

/// A store that fails whatever it is asked.
struct Failing(StoreError);

impl Store for Failing {
    fn read_unit(&self, _: ViewUnit) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(std::future::ready(Err(self.0.clone())))
    }

    fn write_unit(&self, _: Unit) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(std::future::ready(Err(self.0.clone())))
    }
}

/// A listener with everything behind it.
pub struct Bench {
    pub state: DeviceState,
    pub environment: Arc<FixedEnvironment>,
    pub organization: OrganizationId,
    pub passwords: Arc<PlainPasswords>,
    routes: DeviceRoutes,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Bench {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut DeviceSettings)) -> Self {
        let environment = Arc::new(FixedEnvironment {
            now: Mutex::new(NOW),
            draws: AtomicU64::new(0),
        });
        let mut settings = DeviceSettings::new(PUBLIC_URL, SessionSettings::default());
        settings.proxy = Some(ProxySettings::new(vec!["10.0.0.1".parse().unwrap()]));
        change(&mut settings);
        let passwords = Arc::new(PlainPasswords::default());
        let state = DeviceState {
            store: transom_storage::open("sqlite::memory:", &OpenOptions::default()).unwrap(),
            environment: environment.clone(),
            authority: Arc::new(authority()),
            passwords: passwords.clone(),
            settings,
            last_reports: LastReports::default(),
        };
        let cx = environment.context(Actor::CommandLine, Origin::default());
        let organization = state
            .store
            .write(&cx, |tx, cx| {
                transom_domain::organization::create(tx, cx, "default", "Default")
            })
            .await
            .map(|(organization, _)| organization.id)
            .unwrap();
        let bench = Self {
            routes: DeviceRoutes::new(state.clone()),
            state,
            environment,
            organization,
            passwords,
        };
        bench.user(ADA, PASSWORD).await;
        bench
    }

    /// Puts a store behind the listener that fails in that way.
    pub fn fail_with(&mut self, error: StoreError) {
        self.state.store = Arc::new(Failing(error));
        self.routes = DeviceRoutes::new(self.state.clone());
    }

    pub fn store(&self) -> &dyn Store {
        &*self.state.store
    }

    /// Makes a user.
    pub async fn user(&self, email: &str, password: &str) -> UserId {
        let cx = self.environment.context(Actor::CommandLine, Origin::default());
        let (organization, email, password) = (self.organization, email.to_owned(), password.to_owned());
        let user = self
            .store()
            .write(&cx, move |tx, cx| -> Result<UserId, StoreError> {
                let user = User {
                    id: cx.id(),
                    organization,
                    email: Email::parse(&email).unwrap(),
                    name: None,
                    password_hash: Some(password.clone()),
                    tags: Vec::new(),
                    language: None,
                    metadata: serde_json::Map::new(),
                    created_at: cx.now,
                    updated_at: cx.now,
                };
                tx.insert_user(&user)?;
                Ok(user.id)
            })
            .await;
        user.unwrap()
    }

    /// Makes an enrolment token with a text of the test's choosing.
    pub async fn token(&self, text: &str, change: impl Fn(&mut EnrollmentToken) + Send + 'static) -> EnrollmentTokenId {
        let cx = self.environment.context(Actor::CommandLine, Origin::default());
        let (organization, secret) = (self.organization, Secret::presented(text));
        let id = self
            .store()
            .write(&cx, move |tx, cx| -> Result<EnrollmentTokenId, StoreError> {
                let end = cx.now + Duration::from_secs(3600);
                let (mut token, _) = EnrollmentToken::new(cx, organization, SegmentId::ROOT, end);
                (token.hash, token.uses_max, token.places) = (secret.hash(), 1000, true);
                change(&mut token);
                tx.insert_enrollment_token(&token)?;
                Ok(token.id)
            })
            .await;
        id.unwrap()
    }

    /// How often a token was used.
    pub async fn uses(&self, text: &str) -> u32 {
        let hash = Secret::presented(text).hash();
        let found: Result<_, StoreError> = self
            .store()
            .read(move |view| view.enrollment_token_by_hash(&hash))
            .await;
        found.unwrap().unwrap().uses
    }

    pub async fn send(&self, request: TestRequest) -> Answer {
        let routes = self.routes.clone();
        let app = init_service(App::new().configure(move |config| routes.configure(config))).await;
        let response = call_service(&app, request.to_request()).await;
        let (_, response) = response.into_parts();
        let (head, body) = response.into_parts();
        assert!(body.size().is_eof() || matches!(body.size(), actix_web::body::BodySize::Sized(_)));
        assert!(head.headers().get(CONTENT_ENCODING).is_none());
        assert!(head.headers().get(TRANSFER_ENCODING).is_none());
        Answer {
            status: head.status(),
            headers: head.headers().clone(),
            body: actix_web::body::to_bytes(body).await.ok().unwrap(),
        }
    }

    /// POSTs a SOAP message from [`STRANGER`].
    pub async fn soap(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        self.send(post(path, SOAP, body).peer_addr(address(STRANGER))).await
    }

    /// Enrols a PC.
    pub async fn enrol(&self, device_id: &str, credential: Credential) -> Answer {
        self.soap("/EnrollmentServer/Enrollment.svc", rst(device_id, credential))
            .await
    }

    /// Enrols a PC of Ada's, and answers its document.
    pub async fn enrolled(&self, device_id: &str) -> ProvisioningDocument {
        self.enrol(device_id, ada()).await.document()
    }

    /// POSTs a SyncML message over the proxy, with that certificate.
    pub async fn manage(&self, certificate: Option<&[u8]>, body: impl Into<Bytes>) -> Answer {
        let mut request = post(MANAGEMENT_PATH, SYNCML, body).peer_addr(address(PROXY));
        if let Some(der) = certificate {
            request = request.insert_header(("Client-Cert", client_cert(der)));
        }
        self.send(request).await
    }
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The fault in it, as a PC reads it.
    pub fn fault(&self) -> FaultReply {
        assert_eq!(self.header(CONTENT_TYPE.as_str()), Some(SOAP));
        FaultReply::decode(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The text without what differs from request to request.
    pub fn without_ids(&self) -> String {
        let fault = self.fault();
        let id = fault.header.activity_id.unwrap();
        assert_eq!(id.len(), 36, "{id}");
        self.text().replace(&id, "ID")
    }

    /// The provisioning document in it, as a PC reads it.
    pub fn document(&self) -> ProvisioningDocument {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        assert_eq!(self.header(CONTENT_TYPE.as_str()), Some(SOAP));
        let reply = Reply::<SecurityTokenResponse>::decode(&self.body).unwrap();
        ProvisioningDocument::read(&reply.body.document).unwrap()
    }

    /// The SyncML message in it.
    pub fn message(&self) -> transom_syncml::Message {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        assert_eq!(self.header(CONTENT_TYPE.as_str()), Some(SYNCML));
        transom_syncml::decode(&self.body, &transom_syncml::Limits::default()).unwrap()
    }

    /// The code that the header of the message got.
    pub fn header_code(&self) -> u32 {
        let message = self.message();
        let mut statuses = message.body.iter().filter_map(|command| match command {
            transom_syncml::Command::Status(status) if status.cmd_ref == "0" => Some(status.code),
            _ => None,
        });
        statuses.next().unwrap()
    }
}

pub fn post(path: &str, content_type: &str, body: impl Into<Bytes>) -> TestRequest {
    TestRequest::default()
        .method(Method::POST)
        .uri(path)
        .insert_header((CONTENT_TYPE, content_type))
        .set_payload(body)
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A certificate as RFC 9440 writes it.
pub fn client_cert(der: &[u8]) -> String {
    use base64::Engine as _;
    format!(":{}:", base64::engine::general_purpose::STANDARD.encode(der))
}

pub fn ada() -> Credential {
    Credential::username(ADA, PASSWORD)
}

/// What a PC says of itself.
pub fn facts(device_id: &str) -> Context {
    Context::default()
        .with("DeviceName", "PC-1")
        .with("DeviceID", device_id)
        .with("EnrollmentType", "Full")
}

/// A certificate request of a PC, whole.
pub fn rst(device_id: &str, credential: Credential) -> String {
    rst_of(
        RequestSecurityToken::issue(csr(device_id), facts(device_id)),
        credential,
    )
}

pub fn rst_of(body: RequestSecurityToken, credential: Credential) -> String {
    let to = "https://mdm.example.test/EnrollmentServer/Enrollment.svc";
    Request::new("urn:uuid:2", to, credential, body).encode()
}

/// The root's thumbprint, which every document names.
pub fn root_thumbprint() -> String {
    authority().root_thumbprint()
}
