//! A server with a database of very many devices, and a caller.

use crate::{
    Options,
    database::{Database, Kind},
};
use anyhow::Context as _;
use diesel::{Connection as _, PgConnection, SqliteConnection, connection::SimpleConnection as _};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use transom_app::{
    environment::SystemEnvironment,
    serve::{self, Server},
    settings::Settings,
};
use transom_domain::{
    Actor, Context, DeviceId, Environment as _, OrganizationId, Origin, Timestamp,
    enrollment::{Enrollment, EnrollmentKind, EnrollmentState, Fingerprint, IssuedCertificate, SessionCredentials},
    ports::{Store, StoreError},
};
use transom_simulator::load::{Histogram, Percentiles};

/// Policies of the organization.
const POLICIES: u32 = 20;

/// Nodes of one device's report beside its serial number: an inventory has some thirty, one of them of 14 KB.
const NODES: usize = 32;

/// Bytes of the long one.
const LONG_NODE_BYTES: usize = 6 * 1024;

/// Enrolments that are inserted in one unit of work.
const ROWS_AT_ONCE: u32 = 1_000;

/// One device in so many has an enrolment on record: each takes two statements, and with one for every device the filling
/// would take minutes on a crowded machine.
const ENROLLED: u32 = 5;

/// How long filling a database should take at most; a disk that others keep busy makes it longer, which is said.
const FILLED_WITHIN: Duration = Duration::from_secs(120);

/// Times that statements are counted, of which the fewest count: background jobs send some of their own.
const COUNTS: u32 = 5;

/// Requests of each list.
const SAMPLES: u32 = 100;

/// Longest time for one list: a slow one gets fewer samples rather than everybody's patience.
const LIST_TAKES: Duration = Duration::from_secs(6);

/// A filled database with a server, and a caller.
pub struct Many {
    pub kind: Kind,
    pub base: String,
    pub token: String,
    pub agent: ureq::Agent,
    server: Server,
    pub policies: Vec<String>,
    /// Devices, deleted ones among them.
    devices: u32,
    /// When it was filled.
    filled: Timestamp,
    database: Database,
}

/// How long an answer takes, beside that of a route of one statement.
pub struct Timing {
    pub latency: Percentiles,
    pub bare: Percentiles,
    pub statements: u64,
}

impl Many {
    /// Starts a server and fills its database; none where there is no such database.
    pub async fn fill(kind: Kind, options: &Options) -> anyhow::Result<Option<Self>> {
        let Some(database) = Database::make(kind)? else {
            return Ok(None);
        };
        let mut settings = Settings::load(None)?;
        settings.data_dir = database.folder.path().to_owned();
        settings.database.url.clone_from(&database.url);
        settings.admin.listen = ([127, 0, 0, 1], 0).into();
        settings.device.listen = ([127, 0, 0, 1], 0).into();
        (settings.admin.rate_per_second, settings.admin.rate_burst) = (1_000_000, 1_000_000);
        let server = serve::start(&settings).await?;
        let token = server.first_token.as_ref().context("the database is not new")?;
        let many = Self {
            kind,
            base: server.admin_url.clone(),
            token: token.reveal().to_owned(),
            agent: ureq::Agent::new_with_defaults(),
            policies: Vec::new(),
            devices: options.list_devices,
            filled: SystemEnvironment.now(),
            server,
            database,
        };
        let devices = options.list_devices;
        let started = Instant::now();
        let many = many
            .blocking(move |many| {
                many.make_policies()?;
                fill(many, devices)
            })
            .await?
            .0;
        enroll(&*many.server.store, many.server.organization.id, devices).await?;
        let many = many.blocking(|many| settle(many)).await?.0;
        let took = started.elapsed();
        println!(
            "\n{}: {devices} devices are filled in within {:.1} s",
            kind.name(),
            took.as_secs_f64()
        );
        if took > FILLED_WITHIN {
            println!(
                "which is longer than the {} s that it should take",
                FILLED_WITHIN.as_secs()
            );
        }
        Ok(Some(many))
    }

    /// The address of something of Windows devices.
    pub fn path(&self, rest: &str) -> String {
        format!("{}/v1/organizations/default/mdm/windows/enterprise/{rest}", self.base)
    }

    fn make_policies(&mut self) -> anyhow::Result<()> {
        for number in 0..POLICIES {
            let node = |n: u32| format!("./Device/Vendor/MSFT/Policy/Config/Area{number}/Setting{n}");
            let config: serde_json::Map<String, Value> = (0..50).map(|n| (node(n), json!(n))).collect();
            let mut made = self
                .agent
                .post(self.path("policies"))
                .header("Authorization", format!("Bearer {}", self.token))
                .send_json(json!({ "name": format!("Policy {number}"), "config": config, "exposeToChildren": true }))?;
            let made: Value = made.body_mut().read_json()?;
            let id = made["data"]["id"].as_str().context("a policy without an id")?;
            self.policies.push(id.to_owned());
        }
        self.policies.sort();
        Ok(())
    }

    /// The bytes that come for a path, and how long they took.
    pub fn get(&self, url: &str) -> anyhow::Result<(Vec<u8>, Duration)> {
        let started = Instant::now();
        let mut answer = self
            .agent
            .get(url)
            .header("Authorization", format!("Bearer {}", self.token))
            .call()?;
        let body = answer.body_mut().with_config().limit(u64::MAX).read_to_vec()?;
        Ok((body, started.elapsed()))
    }

    /// How many devices are not deleted.
    pub const fn alive(&self) -> u32 {
        self.devices - self.devices / 20
    }

    /// A moment before that of filling, at which the newest devices were seen.
    pub fn before(&self, time: Duration) -> String {
        (self.filled - time).to_string()
    }

    /// A client that blocks, on a thread of its own: the server has its own.
    pub async fn blocking<T: Send + 'static>(
        mut self,
        run: impl FnOnce(&mut Self) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<(Self, T)> {
        tokio::task::spawn_blocking(move || {
            let made = run(&mut self)?;
            Ok((self, made))
        })
        .await?
    }

    /// Asks many times, by turns with a route of one statement.
    pub fn time(&self, url: &str) -> anyhow::Result<Timing> {
        let bare_url = format!("{}/readyz", self.base);
        let mut statements = u64::MAX;
        for _ in 0..COUNTS {
            let before = self.server.store.statements();
            self.get(url)?;
            statements = statements.min(self.server.store.statements() - before);
        }
        let (mut ours, mut bare) = (Histogram::default(), Histogram::default());
        let started = Instant::now();
        for _ in 0..SAMPLES {
            ours.record(self.get(url)?.1);
            bare.record(self.get(&bare_url)?.1);
            if started.elapsed() > LIST_TAKES {
                break;
            }
        }
        Ok(Timing {
            latency: ours.percentiles(),
            bare: bare.percentiles(),
            statements,
        })
    }

    /// Stops the server; the database goes with it.
    pub async fn stop(self) {
        self.server.stop().await;
        drop(self.database);
    }
}

/// The most memory that something takes, more than there was before, in KiB; zero where the system has no `/proc`.
pub fn memory_of<T>(run: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, u64)> {
    let before = status_kib("VmRSS");
    // proc(5): 5 sets the peak to what is in use now.
    std::fs::write("/proc/self/clear_refs", "5").unwrap_or_default();
    let made = run()?;
    Ok((made, status_kib("VmHWM").saturating_sub(before)))
}

/// A line of this process's status in KiB; zero where the system has no `/proc`.
fn status_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap_or(0)
}

/// Fills in the devices, in the database's own words and past the store: one transaction of few statements, each of which
/// makes all rows of a kind. Through the store, which enrolments take, it would be half a million statements.
fn fill(many: &Many, devices: u32) -> anyhow::Result<()> {
    let node = |n: usize| {
        (
            format!("./Vendor/MSFT/DeviceStatus/Area{}/Node{n}", n % 5),
            json!(format!("value {n}")),
        )
    };
    let mut report: serde_json::Map<String, Value> = (0..NODES).map(node).collect();
    report.insert(
        "./DevDetail/Ext/Microsoft/SMBIOSSerialNumber".to_owned(),
        json!("SERIAL"),
    );
    let long = "./Vendor/MSFT/Policy/ConfigOperations,".repeat(LONG_NODE_BYTES / 38);
    report.insert("./DevDetail/Ext/Microsoft/SupportedCsps".to_owned(), json!(long));
    let statements = include_str!("../support/many_devices.sql")
        .replace("{devices}", &devices.to_string())
        .replace("{organization}", &many.server.organization.id.to_string())
        .replace("{now}", &many.filled.as_millis().to_string())
        .replace("{report}", &Value::Object(report).to_string());
    let statements = format!("BEGIN;\n{statements}\nCOMMIT;");
    let url = &many.database.url;
    match many.kind {
        Kind::Sqlite => {
            let path = url.strip_prefix("sqlite:").context("no path")?;
            let mut connection = SqliteConnection::establish(path)?;
            // Room for all indexes: rows come to them in no order.
            connection.batch_execute("PRAGMA busy_timeout = 30000; PRAGMA cache_size = -262144")?;
            connection.batch_execute(&statements)?;
        }
        Kind::Postgres => {
            let mut connection = PgConnection::establish(url)?;
            connection.batch_execute(&statements)?;
        }
    }
    Ok(())
}

/// Enrolments for some of the devices, through the store: what is secret of them has to be sealed.
async fn enroll(store: &dyn Store, organization: OrganizationId, devices: u32) -> anyhow::Result<()> {
    let enrolled = devices / ENROLLED;
    for first in (1..=enrolled).step_by(ROWS_AT_ONCE as usize) {
        let numbers = first..=enrolled.min(first + ROWS_AT_ONCE - 1);
        let cx = SystemEnvironment.context(Actor::Server("benchmark"), Origin::default());
        let enrolled = store.write(&cx, move |tx, cx| -> Result<(), StoreError> {
            for number in numbers.clone() {
                let device = DeviceId::parse(&format!(
                    "dddddddddddd{}",
                    100_000_000_000 + u64::from(number * ENROLLED - 1)
                ));
                let device = device.map_err(|_| StoreError::Failed("no id of a device".to_owned()))?;
                tx.insert_enrollment(&enrollment(cx, organization, device))?;
            }
            Ok(())
        });
        enrolled.await.context("devices cannot be enrolled")?;
    }
    Ok(())
}

fn enrollment(cx: &mut Context, organization: OrganizationId, device: DeviceId) -> Enrollment {
    let name = device.to_string();
    Enrollment {
        id: cx.id(),
        organization,
        device,
        state: EnrollmentState::Active,
        win_id: name.clone(),
        hw_dev_id: None,
        user: None,
        token: None,
        kind: EnrollmentKind::Device,
        certificate: IssuedCertificate {
            fingerprint: Fingerprint::of_der(name.as_bytes()),
            thumbprint: "A".repeat(40),
            serial: "01".to_owned(),
            not_before: cx.now,
            not_after: cx.now + Duration::from_secs(365 * 24 * 3600),
        },
        credentials: SessionCredentials {
            name,
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
        configured: true,
        created_at: cx.now,
    }
}

/// What databases do of themselves soon after so many rows came: SQLite empties its log, PostgreSQL's autovacuum looks
/// at the tables.
fn settle(many: &Many) -> anyhow::Result<()> {
    let url = &many.database.url;
    match many.kind {
        Kind::Sqlite => {
            let path = url.strip_prefix("sqlite:").context("no path")?;
            SqliteConnection::establish(path)?
                .batch_execute("PRAGMA busy_timeout = 30000; PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Kind::Postgres => PgConnection::establish(url)?.batch_execute("VACUUM ANALYZE")?,
    }
    Ok(())
}
