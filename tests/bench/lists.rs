//! Lists of devices over HTTP, beside a route that asks the database for one row.

use crate::{
    Options,
    database::{Database, Kind},
};
use anyhow::{Context as _, ensure};
use diesel::{Connection as _, PgConnection, SqliteConnection, connection::SimpleConnection as _};
use serde_json::{Value, json};
use std::{
    io::Read as _,
    time::{Duration, Instant},
};
use transom_app::{
    environment::SystemEnvironment,
    serve::{self, Server},
    settings::Settings,
};
use transom_domain::{
    Actor, Context, DeviceId, Environment as _, OrganizationId, Origin,
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

/// Longest time for one list: a slow one gets fewer samples rather than everybody's patience.
const LIST_TAKES: Duration = Duration::from_secs(6);

/// Times that statements are counted, of which the fewest count: background jobs send some of their own.
const COUNTS: u32 = 5;

/// Requests of the longest page.
const LONGEST_PAGES: usize = 3;

/// What is listed: a name for people, and the query.
const LISTS: &[(&str, &str)] = &[
    ("first page", ""),
    ("first page of 20", "limit=20"),
    ("page in the middle", "page=MIDDLE"),
    ("last page", "page=LAST"),
    ("a page behind the last", "page=100000"),
    ("by updatedAt", "sort=updatedAt:desc"),
    ("by enrolledDate", "sort=enrolledDate:asc"),
    ("by lastStatusReportTime", "sort=lastStatusReportTime:asc"),
    ("by displayName", "sort=displayName:asc"),
    ("by summary.name", "sort=summary.name:desc"),
    ("by summary.serialNumber", "sort=summary.serialNumber:asc"),
    ("by summary.osVersion", "sort=summary.osVersion:desc"),
    ("by state", "sort=state:asc"),
    ("by displayName, in the middle", "sort=displayName:asc&page=MIDDLE"),
    ("state ACTIVE", "state=ACTIVE"),
    ("state DELETE_REQUESTED", "state=DELETE_REQUESTED"),
    ("segment", "segmentId=20"),
    ("segment with its children", "segmentId=2&expandTo=children"),
    ("tag of a half", "tags=fleet"),
    ("tag of a twentieth", "tags=dept-3"),
    ("tag of a thousandth", "tags=room-7"),
    ("two tags", "tags=fleet&tags=dept-2"),
    ("policy of a half", "winPolicyId=POLICY"),
    ("policy of few", "winPolicyId=LATER"),
    ("user", "mdm-user=aaaaaaaaaaaa100000000007"),
    ("serial number", "serialNumber=5CG1104729"),
    ("search: serial number", "search=5CG1104729"),
    ("search: part of a name, many", "search=madrid"),
    ("search: part of a name, few", "search=madrid%2013"),
    ("search: nothing", "search=zzzz"),
    (
        "tag, state, segment, by name",
        "tags=fleet&state=ACTIVE&segmentId=2&expandTo=children&sort=displayName:asc",
    ),
];

/// One list as it was measured.
pub struct List {
    database: &'static str,
    name: &'static str,
    found: u64,
    items: usize,
    latency: Percentiles,
    bare: Percentiles,
    statements: u64,
}

/// The longest page.
pub struct Longest {
    database: &'static str,
    devices: usize,
    bytes: u64,
    time: Duration,
    memory_kib: u64,
}

/// A filled database with a server, and a caller.
struct World {
    server: Server,
    base: String,
    token: String,
    agent: ureq::Agent,
    policies: Vec<String>,
    /// The last page of all devices that are not deleted.
    last_page: u32,
}

/// Fills a database and measures every list.
pub async fn measure(kind: Kind, options: &Options) -> anyhow::Result<Option<(Vec<List>, Longest)>> {
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
    let world = World {
        base: server.admin_url.clone(),
        token: token.reveal().to_owned(),
        agent: ureq::Agent::new_with_defaults(),
        policies: Vec::new(),
        // One in twenty is deleted, and a page has a hundred.
        last_page: (options.list_devices * 19 / 20).div_ceil(100),
        server,
    };
    let (url, devices) = (database.url.clone(), options.list_devices);
    // A client that blocks, on a thread of its own: the server has its own.
    let started = Instant::now();
    let filled = {
        let url = url.clone();
        tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
            let mut world = world;
            world.make_policies()?;
            fill(kind, &url, &world, devices)?;
            Ok(world)
        })
    };
    let world = filled.await??;
    enroll(&*world.server.store, world.server.organization.id, devices).await?;
    let (world, lists) = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        settle(kind, &url)?;
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
        let mut lists = Vec::new();
        for (name, query) in LISTS {
            lists.push(
                world
                    .list(kind, name, query)
                    .with_context(|| format!("the list {name}"))?,
            );
        }
        let longest = world.longest(kind)?;
        Ok((world, (lists, longest)))
    })
    .await??;
    world.server.stop().await;
    drop(database);
    Ok(Some(lists))
}

impl World {
    fn path(&self, rest: &str) -> String {
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
    fn get(&self, url: &str) -> anyhow::Result<(Vec<u8>, Duration)> {
        let started = Instant::now();
        let mut answer = self
            .agent
            .get(url)
            .header("Authorization", format!("Bearer {}", self.token))
            .call()?;
        let body = answer.body_mut().with_config().limit(u64::MAX).read_to_vec()?;
        Ok((body, started.elapsed()))
    }

    fn list(&self, kind: Kind, name: &'static str, query: &str) -> anyhow::Result<List> {
        let first = self.policies.first().context("no policies")?;
        let later = self.policies.get(3).context("too few policies")?;
        let query = query
            .replace("POLICY", first)
            .replace("LATER", later)
            .replace("MIDDLE", &(self.last_page / 2).to_string())
            .replace("LAST", &self.last_page.to_string());
        let url = self.path(&format!("devices?{query}"));
        let bare_url = format!("{}/readyz", self.base);
        let shown: Value = serde_json::from_slice(&self.get(&url)?.0)?;
        let found = shown["data"]["totalDocs"].as_u64().context("a list without a total")?;
        let items = shown["data"]["items"].as_array().map_or(0, Vec::len);
        ensure!(
            items > 0 || query.contains("zzzz") || query.contains("page=100000"),
            "nothing is found"
        );
        let mut statements = u64::MAX;
        for _ in 0..COUNTS {
            let before = self.server.store.statements();
            self.get(&url)?;
            statements = statements.min(self.server.store.statements() - before);
        }
        let (mut ours, mut bare) = (Histogram::default(), Histogram::default());
        let started = Instant::now();
        for _ in 0..crate::LIST_SAMPLES {
            ours.record(self.get(&url)?.1);
            bare.record(self.get(&bare_url)?.1);
            if started.elapsed() > LIST_TAKES {
                break;
            }
        }
        Ok(List {
            database: kind.name(),
            name,
            found,
            items,
            latency: ours.percentiles(),
            bare: bare.percentiles(),
            statements,
        })
    }

    /// The longest page there is, read as it comes.
    fn longest(&self, kind: Kind) -> anyhow::Result<Longest> {
        let url = self.path("devices?limit=10000");
        let (mut times, mut bytes, mut memory) = (Vec::new(), 0, 0);
        for _ in 0..LONGEST_PAGES {
            let before = memory_kib("VmRSS");
            // proc(5): 5 sets the peak to what is in use now.
            std::fs::write("/proc/self/clear_refs", "5").unwrap_or_default();
            let started = Instant::now();
            let answer = self
                .agent
                .get(&url)
                .header("Authorization", format!("Bearer {}", self.token))
                .call()?;
            let mut reader = answer.into_body().into_reader();
            let (mut buffer, mut last) = (vec![0; 64 * 1024], 0);
            bytes = 0;
            loop {
                let count = reader.read(&mut buffer)?;
                if count == 0 {
                    break;
                }
                last = buffer[count - 1];
                bytes += count as u64;
            }
            ensure!(last == b'}', "the longest page broke off");
            times.push(started.elapsed());
            memory = memory.max(memory_kib("VmHWM").saturating_sub(before));
        }
        times.sort_unstable();
        Ok(Longest {
            database: kind.name(),
            devices: 10_000,
            bytes,
            time: times[times.len() / 2],
            memory_kib: memory,
        })
    }
}

/// A line of this process's status in KiB; zero where the system has no `/proc`.
fn memory_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap_or(0)
}

/// Fills in the devices, in the database's own words and past the store: one transaction of few statements, each of which
/// makes all rows of a kind. Through the store, which enrolments take, it would be
/// half a million statements.
fn fill(kind: Kind, url: &str, world: &World, devices: u32) -> anyhow::Result<()> {
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
    let now = SystemEnvironment.now();
    let statements = include_str!("../support/many_devices.sql")
        .replace("{devices}", &devices.to_string())
        .replace("{organization}", &world.server.organization.id.to_string())
        .replace("{now}", &now.as_millis().to_string())
        .replace("{report}", &Value::Object(report).to_string());
    let statements = format!("BEGIN;\n{statements}\nCOMMIT;");
    match kind {
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
fn settle(kind: Kind, url: &str) -> anyhow::Result<()> {
    match kind {
        Kind::Sqlite => {
            let path = url.strip_prefix("sqlite:").context("no path")?;
            SqliteConnection::establish(path)?
                .batch_execute("PRAGMA busy_timeout = 30000; PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Kind::Postgres => PgConnection::establish(url)?.batch_execute("VACUUM ANALYZE")?,
    }
    Ok(())
}

/// The tables.
pub fn table(lists: &[List], longest: &[Longest]) {
    if lists.is_empty() {
        return;
    }
    println!("\n| database | list | found | on the page | p50 | p99 | one row | p50 to one row | statements |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    for list in lists {
        println!(
            "| {} | {} | {} | {} | {} | {} | {:.2} ms | {:.0} × | {} |",
            list.database,
            list.name,
            list.found,
            list.items,
            millis(list.latency.p50),
            millis(list.latency.p99),
            list.bare.p50.as_secs_f64() * 1e3,
            list.latency.p50.as_secs_f64() / list.bare.p50.as_secs_f64(),
            list.statements,
        );
    }
    println!("\n| database | page of | JSON | time | memory at most, more than before |");
    println!("|---|--:|--:|--:|--:|");
    for page in longest {
        println!(
            "| {} | {} devices | {:.0} MB | {:.2} s | {:.0} MiB |",
            page.database,
            page.devices,
            page.bytes as f64 / 1e6,
            page.time.as_secs_f64(),
            page.memory_kib as f64 / 1024.0,
        );
    }
}
