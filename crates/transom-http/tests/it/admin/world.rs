//! A server in memory with two organizations, and requests to it.

mod forms;

use actix_web::{
    dev::ServiceResponse,
    http::{Method, StatusCode, header::HeaderMap},
    test, web,
};
use futures_util::future::LocalBoxFuture;
use serde_json::Value;
use std::{
    cell::RefCell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};
use transom_domain::{
    Actor, Context, DeviceId, Environment, OrganizationId, Origin, Timestamp, UserId,
    api_token::{self, CreateApiToken},
    device::{Device, DeviceReport, DeviceState, Reported, StateChange, Summary},
    enrollment::{Enrollment, EnrollmentKind, EnrollmentState, Fingerprint, IssuedCertificate, SessionCredentials},
    organization,
    ports::{Store, StoreError, Tx},
    segment::{self, CreateSegment, SegmentId, SegmentScope},
    user,
};
use transom_http::admin::{self, AdminSettings, AdminState};
use transom_storage::DatabaseStore;

pub const O: &str = "/v1/organizations/default";
pub const W: &str = "/v1/organizations/default/mdm/windows/enterprise";

/// 2026-02-10T10:00:00.000Z
pub const START_MILLIS: i64 = 1_770_717_600_000;

pub struct Fixed {
    pub now: AtomicI64,
    /// Milliseconds that pass whenever somebody looks.
    pub pace: AtomicI64,
    seeds: AtomicU64,
}

impl Fixed {
    pub fn new() -> Self {
        Self {
            now: AtomicI64::new(START_MILLIS),
            pace: AtomicI64::new(0),
            seeds: AtomicU64::new(1),
        }
    }
}

impl Environment for Fixed {
    fn now(&self) -> Timestamp {
        let pace = self.pace.load(Ordering::Relaxed);
        Timestamp::from_millis(self.now.fetch_add(pace, Ordering::Relaxed))
    }

    fn seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seeds.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        seed
    }
}

/// The routes, ready to answer.
type App = Rc<dyn Fn(test::TestRequest) -> LocalBoxFuture<'static, ServiceResponse>>;

pub struct World {
    pub state: web::Data<AdminState>,
    pub store: Arc<dyn Store>,
    /// The same, for what only the adapter can tell.
    pub database: Arc<DatabaseStore>,
    pub clock: Arc<Fixed>,
    pub organization: OrganizationId,
    pub other: OrganizationId,
    pub admin: String,
    pub foreign: String,
    /// Where files are kept.
    pub files: tempfile::TempDir,
    /// The routes over that state: making hundreds of them takes many times as long as a request.
    app: RefCell<Option<(web::Data<AdminState>, App)>>,
}

pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Response {
    /// HTTP status and code of the envelope.
    #[track_caller]
    pub fn refused(&self) -> (u16, u64) {
        assert_eq!(self.body["status"], false, "{}", self.body);
        (self.status.as_u16(), self.body["error"]["code"].as_u64().unwrap())
    }

    #[track_caller]
    pub fn data(&self) -> &Value {
        assert_eq!(
            (self.status.as_u16(), &self.body["status"]),
            (200, &Value::Bool(true)),
            "{}",
            self.body
        );
        &self.body["data"]
    }

    /// The paths of what was wrong.
    pub fn wrong(&self) -> Vec<&str> {
        let details = self.body["error"]["details"].as_array().expect("details");
        details.iter().map(|d| d["path"].as_str().unwrap()).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }
}

/// What a new device is to be.
pub struct NewDevice {
    pub name: &'static str,
    pub serial: Option<&'static str>,
    pub state: DeviceState,
    pub segment: SegmentId,
    pub tags: &'static [&'static str],
    pub user: Option<UserId>,
    pub created_after_millis: i64,
}

impl Default for NewDevice {
    fn default() -> Self {
        Self {
            name: "Laptop",
            serial: None,
            state: DeviceState::Active,
            segment: SegmentId::ROOT,
            tags: &[],
            user: None,
            created_after_millis: 0,
        }
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(AdminSettings::default()).await
    }

    pub async fn with(settings: AdminSettings) -> Self {
        Self::at("sqlite::memory:", settings).await
    }

    /// A world whose state is in that database, which is new.
    pub async fn at(url: &str, settings: AdminSettings) -> Self {
        let database = transom_storage::open(url, &transom_storage::OpenOptions::default()).unwrap();
        let store: Arc<dyn Store> = database.clone();
        let clock = Arc::new(Fixed::new());
        let environment: Arc<dyn Environment> = clock.clone();
        let files = tempfile::tempdir().unwrap();
        let folder = Arc::new(transom_storage::AssetFolder::open(files.path()).unwrap());
        let state = AdminState::new(store.clone(), environment, settings).with_files(folder);
        let state = web::Data::new(state);
        let mut world = Self {
            state,
            store,
            database,
            clock,
            organization: OrganizationId::from([0; 12]),
            other: OrganizationId::from([0; 12]),
            admin: String::new(),
            foreign: String::new(),
            files,
            app: RefCell::new(None),
        };
        (world.organization, world.admin) = world.new_organization("default").await;
        (world.other, world.foreign) = world.new_organization("other").await;
        world
    }

    /// Goes over to the other organization: devices are made there, and the administrator is its. Once more goes back.
    pub fn visit(&mut self) {
        std::mem::swap(&mut self.organization, &mut self.other);
        std::mem::swap(&mut self.admin, &mut self.foreign);
    }

    pub fn context(&self) -> Context {
        self.clock.context(Actor::CommandLine, Origin::default())
    }

    pub async fn write<T: Send + 'static>(
        &self,
        mut change: impl FnMut(&mut dyn Tx, &mut Context) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let result: Result<T, StoreError> = self.store.write(&self.context(), move |tx, cx| change(tx, cx)).await;
        result.unwrap()
    }

    async fn new_organization(&self, slug: &'static str) -> (OrganizationId, String) {
        self.write(move |tx, cx| {
            let (organization, token) = organization::create(tx, cx, slug, slug).unwrap();
            Ok((organization.id, token.secret.reveal().to_owned()))
        })
        .await
    }

    pub async fn token(&self, permissions: &[&str], segments: &[SegmentId]) -> String {
        let request = CreateApiToken {
            name: "limited".to_owned(),
            permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
            segments: segments.to_vec(),
        };
        let organization = self.organization;
        self.write(move |tx, cx| {
            let issued = api_token::create(tx, cx, organization, &request).unwrap();
            Ok(issued.secret.reveal().to_owned())
        })
        .await
    }

    /// The account of a new role in segments, and a token of it that this made, by the administrator over the API.
    pub async fn account(&self, roles: Value) -> (String, String) {
        let accounts = format!("{O}/service-accounts");
        let made = self
            .post(&accounts, serde_json::json!({ "name": "account", "roles": roles }))
            .await;
        let id = made.data()["id"].as_str().unwrap().to_owned();
        let tokens = format!("{accounts}/{id}/tokens");
        let issued = self.post(&tokens, serde_json::json!({ "name": "first" })).await;
        (id, issued.data()["token"].as_str().unwrap().to_owned())
    }

    pub async fn segment(&self, name: &'static str, parent: SegmentId) -> SegmentId {
        let organization = self.organization;
        self.write(move |tx, cx| {
            let request = CreateSegment {
                name: name.to_owned(),
                parent,
                icon: None,
                color: None,
            };
            Ok(segment::create(tx, cx, organization, &SegmentScope::All, &request)
                .unwrap()
                .id)
        })
        .await
    }

    pub async fn user(&self, email: &'static str) -> UserId {
        let organization = self.organization;
        self.write(move |tx, cx| Ok(user::create(tx, cx, organization, email, None, None).unwrap().id))
            .await
    }

    pub async fn device(&self, new: NewDevice) -> DeviceId {
        let organization = self.organization;
        self.write(move |tx, cx| {
            let at = Timestamp::from_millis(START_MILLIS + new.created_after_millis);
            let device = record(cx, organization, &new, at);
            tx.insert_device(&device)?;
            let change = StateChange::new(cx, new.state, "initial-enrollment");
            tx.append_device_history(device.id, &change)?;
            let mut report = DeviceReport::default();
            let unenrol = "./Device/Vendor/MSFT/Policy/Config/Experience/AllowManualMDMUnenrollment";
            report.put(unenrol, Reported::Value("0".to_owned()));
            report.put(
                "./DevDetail/OEM",
                Reported::Unreadable {
                    code: 404,
                    reason: "CommandNotFound".to_owned(),
                },
            );
            report.dates.insert("hardware".to_owned(), cx.now);
            tx.save_device_report(device.id, &report)?;
            let enrollment = enrollment(cx, &device);
            tx.insert_enrollment(&enrollment)?;
            Ok(device.id)
        })
        .await
    }

    /// A request by the administrator.
    pub async fn get(&self, path: &str) -> Response {
        self.call(Method::GET, path, Some(&self.admin), None).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Response {
        self.call(Method::PUT, path, Some(&self.admin), Some(body)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.call(Method::POST, path, Some(&self.admin), Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.call(Method::DELETE, path, Some(&self.admin), None).await
    }

    /// A request by the administrator with further headers.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Response {
        let mut request = test::TestRequest::with_uri(path).method(method);
        request = request.insert_header(("Authorization", format!("Bearer {}", self.admin)));
        if let Some(body) = body {
            request = request.set_json(body);
        }
        for header in headers {
            request = request.append_header(*header);
        }
        self.send(request).await
    }

    pub async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Response {
        let mut request = test::TestRequest::with_uri(path).method(method);
        if let Some(token) = token {
            request = request.insert_header(("Authorization", format!("Bearer {token}")));
        }
        if let Some(body) = body {
            request = request.set_json(body);
        }
        self.send(request).await
    }

    pub async fn send(&self, request: test::TestRequest) -> Response {
        let response = self.answer(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = test::read_body(response).await;
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|e| panic!("{status}: {e}: {bytes:?}"));
        Response { status, headers, body }
    }

    /// The answer as it is sent.
    pub async fn answer(&self, request: test::TestRequest) -> ServiceResponse {
        let made = self.app.borrow().clone();
        let app = match made {
            // A test may have put another state into its world.
            Some((state, app)) if std::ptr::eq(state.get_ref(), self.state.get_ref()) => app,
            _ => {
                let service = Rc::new(test::init_service(admin::app(self.state.clone())).await);
                let app: App = Rc::new(move |request| {
                    let service = service.clone();
                    Box::pin(async move {
                        let response = test::call_service(&*service, request.to_request()).await;
                        response.map_into_boxed_body()
                    })
                });
                *self.app.borrow_mut() = Some((self.state.clone(), app.clone()));
                app
            }
        };
        app(request).await
    }
}

fn record(cx: &mut Context, organization: OrganizationId, new: &NewDevice, at: Timestamp) -> Device {
    let id: DeviceId = cx.id();
    Device {
        id,
        organization,
        segment: new.segment,
        user: new.user,
        display_name: new.name.to_owned(),
        tags: new.tags.iter().map(|t| (*t).to_owned()).collect(),
        win_id: format!("win-{id}"),
        state: new.state,
        summary: Summary {
            name: Some(format!("PC-{}", new.name)),
            os_version: Some("10.0.26200.9278".to_owned()),
            serial_number: new.serial.map(str::to_owned),
            ..Summary::default()
        },
        custom_config: serde_json::Map::new(),
        refresh_needed: std::collections::BTreeSet::new(),
        possible_duplicate_of: None,
        enrolled_by: None,
        last_status_report: Some(at),
        enrolled_at: Some(at),
        created_at: at,
        updated_at: at,
    }
}

fn enrollment(cx: &mut Context, device: &Device) -> Enrollment {
    Enrollment {
        id: cx.id(),
        organization: device.organization,
        device: device.id,
        state: EnrollmentState::Active,
        win_id: device.win_id.clone(),
        hw_dev_id: None,
        user: device.user,
        token: None,
        kind: EnrollmentKind::Device,
        certificate: IssuedCertificate {
            fingerprint: Fingerprint(cx.bytes()),
            thumbprint: "A".repeat(40),
            serial: "01".to_owned(),
            not_before: cx.now,
            not_after: Timestamp::parse("2027-02-10T10:00:00Z").unwrap(),
        },
        credentials: SessionCredentials {
            name: device.id.to_string(),
            digest: "digest".to_owned(),
            nonce: vec![1; 16],
            previous_nonce: None,
            server_secret: "secret".to_owned(),
            server_nonce: vec![2; 16],
        },
        facts: Vec::new(),
        placement: None,
        dev_info_hash: None,
        refused: 0,
        configured: false,
        created_at: cx.now,
    }
}
