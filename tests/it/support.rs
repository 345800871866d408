//! A server for a test, on either database, and the PCs and callers around it.

#[path = "../support/postgres.rs"]
mod postgres;

use postgres::OwnPostgres;
use serde_json::{Value, json};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};
use tempfile::TempDir;
use transom_app::{api::Api, environment::SystemEnvironment, serve, settings::Settings, verbs};
use transom_domain::{Actor, Environment as _, Origin, ports::Store, user};
use transom_simulator::{Credentials, DeviceKey, Identity, KeySource, Trust, VirtualPc};

/// Where a test's state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Runs the same test on both databases, each under its own name.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::support::Database;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::super::$name(Database::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if crate::support::has_postgres() {
                    super::super::$name(Database::Postgres).await;
                }
            }
        }
    )+};
}
pub(crate) use on_both_databases;

/// Whether there is a PostgreSQL; says so when there is none.
pub fn has_postgres() -> bool {
    postgres::server().is_some()
}

/// What a program prints; else why it failed, in its last line.
pub fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let end = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if end.status.success() {
        return Ok(String::from_utf8_lossy(&end.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&end.stderr).into_owned();
    Err(format!(
        "{name}: {}",
        said.trim().lines().last().unwrap_or("failed without a word")
    ))
}

/// How `tests/clients/install` ends when what it installs is broken, other than when it cannot be had.
const BROKEN: i32 = 3;

/// The folder where a program is that tests run against the server, installed if it is not there; else why it cannot be
/// had.
pub fn installed(name: &str) -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients/install");
    let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
    let mut command = Command::new(script);
    let end = command.arg(&base).arg(name).stdin(Stdio::null()).output().unwrap();
    if end.status.success() {
        return Ok(base.join(name));
    }
    let said = String::from_utf8_lossy(&end.stderr);
    assert_ne!(end.status.code(), Some(BROKEN), "{name}: {said}");
    let last = said.trim().lines().last().unwrap_or("failed without a word");
    Err(format!("{name}: {last}"))
}

/// Says that something could not be tried for lack of a program; a failure where `variable` requires it.
pub fn skip(variable: &str, what: &str, reason: &str) {
    assert!(std::env::var_os(variable).is_none(), "{what}: {reason}");
    // Not by `eprintln!`, which a test that passes keeps to itself.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}: {reason}");
}

/// A database of a test's own, and what must outlive it.
pub struct OwnDatabase {
    pub url: String,
    _postgres: Option<OwnPostgres>,
}

impl OwnDatabase {
    pub fn new(database: Database, folder: &Path) -> Self {
        match database {
            Database::Sqlite => Self {
                url: format!("sqlite:{}", folder.join("transom.db").display()),
                _postgres: None,
            },
            Database::Postgres => {
                let made = OwnPostgres::create().expect("has_postgres was asked first");
                Self {
                    url: made.url(),
                    _postgres: Some(made),
                }
            }
        }
    }
}

/// A server in this process.
pub struct TestServer {
    pub server: serve::Server,
    pub api: Api,
    pub trust: Trust,
    _folder: TempDir,
    _database: OwnDatabase,
}

/// Settings for free ports and a folder of a test's own.
pub fn settings(folder: &Path, url: &str) -> Settings {
    let mut settings = Settings::load(None).unwrap();
    settings.data_dir = folder.to_owned();
    settings.database.url = url.to_owned();
    settings.admin.listen = ([127, 0, 0, 1], 0).into();
    settings.device.listen = ([127, 0, 0, 1], 0).into();
    // Tests call faster than people; what the rate limit does is tested where it is built.
    settings.admin.rate_per_second = 100_000;
    settings.admin.rate_burst = 100_000;
    settings
}

impl TestServer {
    pub async fn start(database: Database) -> Self {
        Self::start_with(database, |_| {}).await
    }

    pub async fn start_with(database: Database, adjust: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = OwnDatabase::new(database, folder.path());
        let mut settings = settings(folder.path(), &own.url);
        adjust(&mut settings);
        let server = serve::start(&settings).await.unwrap();
        let token = server.first_token.as_ref().unwrap().reveal().to_owned();
        let api = Api::new(&server.admin_url, Some(&token));
        let trust = Trust::from_pem(&std::fs::read(folder.path().join("tls/root.pem")).unwrap()).unwrap();
        Self {
            server,
            api,
            trust,
            _folder: folder,
            _database: own,
        }
    }

    /// A token for so many PCs.
    pub async fn enrollment_token(&self, uses: u32) -> String {
        let id = self.server.organization.id;
        verbs::make_enrollment_token(&*self.server.store, id, uses)
            .await
            .unwrap()
            .reveal()
            .to_owned()
    }

    /// Makes a user with a password.
    pub async fn user(&self, email: &str, password: &str) {
        let (organization, email) = (self.server.organization.id, email.to_owned());
        let hash = transom_app::passwords::hash(password).unwrap();
        let cx = SystemEnvironment.context(Actor::CommandLine, Origin::default());
        let store: &dyn Store = &*self.server.store;
        let made = store.write(&cx, move |tx, cx| {
            user::create(tx, cx, organization, &email, None, Some(&hash))
        });
        made.await.unwrap();
    }

    /// A PC that has enrolled; it has not had a session.
    pub async fn enrolled(&self, index: u64) -> VirtualPc {
        let credentials = Credentials::token_as_password("pc@example.com", self.enrollment_token(1).await);
        let mut pc = VirtualPc::new(Identity::of_fleet(7, index), keys());
        pc.enroll(&self.server.device_url, &self.trust, &credentials)
            .await
            .unwrap();
        pc
    }

    /// A PC that has enrolled and had its first session.
    pub async fn managed(&self, index: u64) -> (VirtualPc, String) {
        let mut pc = self.enrolled(index).await;
        let report = pc.check_in().await.unwrap();
        assert!(report.violations.is_empty() && report.end.is_good(), "{report:?}");
        let device = self.device(&pc).await;
        (pc, device["id"].as_str().unwrap().to_owned())
    }

    /// The device object of a PC.
    pub async fn device(&self, pc: &VirtualPc) -> Value {
        self.get(&format!("devices/{}", pc.identity().device_id)).await
    }

    pub async fn get(&self, rest: &str) -> Value {
        self.api.data("GET", &windows(rest), None).await.unwrap()
    }

    pub async fn post(&self, rest: &str, body: Value) -> Value {
        self.api.data("POST", &windows(rest), Some(body)).await.unwrap()
    }

    /// Any call, with whatever answer.
    pub async fn call(&self, method: &str, rest: &str, body: Option<Value>) -> (u16, Value) {
        let (api, method, path) = (self.api.clone(), method.to_owned(), windows(rest));
        let answer = tokio::task::spawn_blocking(move || api.call(&method, &path, body.as_ref()))
            .await
            .unwrap();
        let answer = answer.unwrap();
        (answer.status, answer.body)
    }

    /// Posts a batch; answers its id.
    pub async fn order(&self, device: &str, configs: &[Value]) -> String {
        let commands: Vec<_> = configs.iter().map(|config| json!({ "config": config })).collect();
        let batch = self
            .post(&format!("devices/{device}/commands/"), json!({ "commands": commands }))
            .await;
        batch["id"].as_str().unwrap().to_owned()
    }

    /// The commands of a batch.
    pub async fn commands(&self, device: &str, batch: &str) -> Vec<Value> {
        self.get(&format!("devices/{device}/commands/{batch}")).await["commands"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// The statuses of a batch's commands.
    pub async fn statuses(&self, device: &str, batch: &str) -> Vec<String> {
        let commands = self.commands(device, batch).await;
        commands
            .iter()
            .map(|c| c["status"].as_str().unwrap().to_owned())
            .collect()
    }
}

pub fn windows(rest: &str) -> String {
    format!("/v1/organizations/default/mdm/windows/enterprise/{rest}")
}

/// Two keys for all PCs of a test run: what is tested is not how they are made.
pub fn keys() -> KeySource {
    static POOL: std::sync::OnceLock<KeySource> = std::sync::OnceLock::new();
    POOL.get_or_init(|| KeySource::pool(2).unwrap()).clone()
}

/// A key that is in no PC's hands.
pub fn foreign_key() -> Arc<DeviceKey> {
    Arc::new(DeviceKey::generate().unwrap())
}

pub fn get(path: &str) -> Value {
    json!({ "path": path, "action": "Get", "format": "null" })
}

pub fn replace(path: &str, value: &str) -> Value {
    json!({ "path": path, "action": "Replace", "value": value, "format": "int" })
}

pub fn exec(path: &str) -> Value {
    json!({ "path": path, "action": "Exec", "format": "null" })
}

pub const CAMERA: &str = "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera";
pub const REBOOT: &str = "./Device/Vendor/MSFT/Reboot/RebootNow";
pub const SOFTWARE: &str = "./DevDetail/SwV";
