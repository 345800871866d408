//! `kill -9` under load, again and again: what was accepted is kept, what was settled stays settled, and what a PC
//! confirmed is not ordered again.

use crate::{
    binary::{Served, transom},
    support::{Database, OwnDatabase, REBOOT, exec, keys, replace, windows},
};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::sync::mpsc;
use transom_app::api::Api;
use transom_simulator::{Credentials, Identity, Trust, VirtualPc};

mod on {
    crate::support::on_both_databases!(nothing_is_lost_and_nothing_confirmed_is_ordered_again);
}

/// How often the server is killed.
const ROUNDS: usize = 6;

/// PCs that check in without a pause.
const PCS: u64 = 4;

/// Whoever waits longer than this waits for ever.
const PATIENCE: Duration = Duration::from_secs(120);

async fn nothing_is_lost_and_nothing_confirmed_is_ordered_again(database: Database) {
    tokio::time::timeout(PATIENCE, crash(database))
        .await
        .expect("the test comes to an end");
}

async fn crash(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let own = OwnDatabase::new(database, &folder.path().join("data"));
    let mut served = Served::start(&mut transom(folder.path(), &own.url));
    let listen = Listen::of(&served);
    let mut fleet = Fleet::enroll(folder.path(), &served).await;
    let mut record = Record::default();
    for round in 0..ROUNDS {
        let (happened, mut happenings) = mpsc::unbounded_channel();
        let api = fleet.api.clone();
        let administrator = tokio::spawn(order_until_down(api, fleet.devices.clone(), happened.clone()));
        let pcs = fleet
            .pcs
            .drain(..)
            .map(|pc| tokio::spawn(pc.check_in_until_down(happened.clone())));
        let pcs: Vec<_> = pcs.collect();
        drop(happened);
        // No time is waited for, only events; each round is cut off at another point.
        for _ in 0..(11 + 17 * round) {
            happenings
                .recv()
                .await
                .expect("the load goes on until the server is killed");
        }
        served.kill();
        record.accepted.extend(administrator.await.unwrap());
        for pc in pcs {
            fleet.pcs.push(pc.await.unwrap());
        }
        served = Served::start(&mut listen.again(folder.path(), &own.url));
        record.compare(&fleet).await;
    }
    fleet.drain().await;
    record.compare(&fleet).await;
    record.settled(&fleet);
}

/// The addresses of the first start: PCs know one of them for ever.
struct Listen {
    admin: String,
    device: String,
}

impl Listen {
    fn of(served: &Served) -> Self {
        let address = |url: String| url.split_once("://").unwrap().1.to_owned();
        Self {
            admin: address(served.url("admin")),
            device: address(served.url("device")),
        }
    }

    fn again(&self, folder: &Path, url: &str) -> std::process::Command {
        let mut command = transom(folder, url);
        command
            .env("TRANSOM__ADMIN__LISTEN", &self.admin)
            .env("TRANSOM__DEVICE__LISTEN", &self.device)
            .env("TRANSOM__DEVICE__PUBLIC_URL", format!("https://{}", self.device));
        command
    }
}

/// A PC, and what it knows that the server has taken note of.
struct WatchedPc {
    pc: VirtualPc,
    /// What it ran and the server answered the report of: it must not run again.
    confirmed_runs: HashSet<String>,
    /// What it answered in sessions that came to their end, by LocURI.
    confirmed: HashMap<String, u32>,
    seen: usize,
}

impl WatchedPc {
    /// One session; whether the server was there to the end.
    async fn check_in(&mut self) -> bool {
        let report = self.pc.check_in().await;
        for performed in &self.pc.machine().performed()[self.seen..] {
            let uri = &performed.uri;
            assert!(
                !self.confirmed_runs.contains(uri),
                "{uri} was confirmed and ordered again"
            );
        }
        self.seen = self.pc.machine().performed().len();
        let Ok(report) = report else { return false };
        assert!(report.violations.is_empty(), "{:?}", report.violations);
        for executed in &report.executed {
            self.confirmed.insert(executed.uri.clone(), executed.code);
        }
        let unique = |uri: &&String| uri.contains("/MSI/");
        self.confirmed_runs.extend(
            self.pc
                .machine()
                .performed()
                .iter()
                .map(|p| &p.uri)
                .filter(unique)
                .cloned(),
        );
        true
    }

    async fn check_in_until_down(mut self, happened: mpsc::UnboundedSender<()>) -> Self {
        while self.check_in().await {
            let _ = happened.send(());
        }
        self
    }
}

struct Fleet {
    api: Api,
    pcs: Vec<WatchedPc>,
    devices: Vec<String>,
}

impl Fleet {
    async fn enroll(folder: &Path, served: &Served) -> Self {
        let data = folder.join("data");
        let token = std::fs::read_to_string(data.join("admin.token")).unwrap();
        let api = Api::new(&served.url("admin"), Some(&token));
        let trust = Trust::from_pem(&std::fs::read(data.join("tls/root.pem")).unwrap()).unwrap();
        let uses = PCS.to_string();
        let made = transom(folder, served.database_url())
            .args(["--json", "enrollment-token", "create", "--uses", &uses])
            .output()
            .unwrap();
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        let credentials = Credentials::binary_token(made["token"].as_str().unwrap());
        let (mut pcs, mut devices) = (Vec::new(), Vec::new());
        for index in 0..PCS {
            let mut pc = VirtualPc::new(Identity::of_fleet(26, index), keys());
            pc.enroll(&served.url("device"), &trust, &credentials).await.unwrap();
            pc.check_in().await.unwrap();
            let device = api
                .data("GET", &windows(&format!("devices/{}", pc.identity().device_id)), None)
                .await
                .unwrap();
            devices.push(device["id"].as_str().unwrap().to_owned());
            let seen = pc.machine().performed().len();
            pcs.push(WatchedPc {
                pc,
                confirmed_runs: HashSet::new(),
                confirmed: HashMap::new(),
                seen,
            });
        }
        Self { api, pcs, devices }
    }

    /// Lets every PC check in until it has nothing left to do.
    async fn drain(&mut self) {
        for pc in &mut self.pcs {
            // What was being sent when the server died goes out alone, so this takes a session or two more.
            for _ in 0..5 {
                assert!(pc.check_in().await, "the server is there");
            }
        }
    }
}

/// Posts batch after batch; answers those that were accepted, with their commands' LocURIs.
async fn order_until_down(
    api: Api,
    devices: Vec<String>,
    happened: mpsc::UnboundedSender<()>,
) -> Vec<(String, String, Vec<String>)> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    tokio::task::spawn_blocking(move || {
        let mut accepted = Vec::new();
        for device in devices.iter().cycle() {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let setting = format!("./Device/Vendor/MSFT/Policy/Config/Crash/Setting{number}");
            let install = format!(
                "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/%7B{number:08X}-0000-0000-0000-000000000000%7D/DownloadInstall"
            );
            let job = json!({ "path": install, "action": "Exec", "format": "xml", "value": "<MsiInstallJob/>" });
            let commands = [replace(&setting, "1"), job, exec(REBOOT)];
            let body = json!({ "commands": commands.map(|config| json!({ "config": config })) });
            match api.call("POST", &windows(&format!("devices/{device}/commands/")), Some(&body)) {
                Err(_) => return accepted,
                // The queue of a PC is full: it is given time to catch up.
                Ok(answer) if answer.body["error"]["code"] == 5017 => {}
                Ok(answer) => {
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    let batch = answer.body["data"]["id"].as_str().unwrap().to_owned();
                    accepted.push((device.clone(), batch, vec![setting, install, REBOOT.to_owned()]));
                }
            }
            let _ = happened.send(());
        }
        accepted
    })
    .await
    .unwrap()
}

/// What the server has said so far.
#[derive(Default)]
struct Record {
    /// Device, batch, LocURIs.
    accepted: Vec<(String, String, Vec<String>)>,
    /// `cmdId` → its status, when it was last looked at.
    statuses: HashMap<String, String>,
    /// LocURI → status and code.
    outcomes: HashMap<String, (String, Option<u64>)>,
}

impl Record {
    /// Looks at every command; none that was accepted may be missing, no final status may have changed.
    async fn compare(&mut self, fleet: &Fleet) {
        let mut batches = HashMap::new();
        for device in &fleet.devices {
            let path = windows(&format!("devices/{device}/commands?limit=10000"));
            let page = fleet.api.data("GET", &path, None).await.unwrap();
            for batch in page["items"].as_array().unwrap() {
                batches.insert(batch["id"].as_str().unwrap().to_owned(), batch.clone());
            }
        }
        for (device, id, uris) in &self.accepted {
            let batch = batches
                .get(id)
                .unwrap_or_else(|| panic!("batch {id} of {device} was accepted and is lost"));
            let paths: Vec<_> = batch["commands"]
                .as_array()
                .unwrap()
                .iter()
                .map(|c| c["config"]["path"].clone())
                .collect();
            assert_eq!(paths, *uris);
        }
        for command in batches.values().flat_map(|batch| batch["commands"].as_array().unwrap()) {
            let (id, status) = (command["cmdId"].as_str().unwrap(), command["status"].as_str().unwrap());
            if let Some(before) = self.statuses.insert(id.to_owned(), status.to_owned()) {
                // An outcome that could not be known may become known after all.
                let open = ["Pending", "Awaiting", "Unknown"].contains(&before.as_str());
                assert!(open || before == status, "{id} was {before} and is {status}");
            }
            let path = command["config"]["path"].as_str().unwrap().to_owned();
            self.outcomes
                .insert(path, (status.to_owned(), command["statusCode"].as_u64()));
        }
    }

    /// In the end every command is over, and every answer that a PC gave and the server took is on record.
    fn settled(&self, fleet: &Fleet) {
        assert!(self.accepted.len() > ROUNDS, "there was load: {}", self.accepted.len());
        for (id, status) in &self.statuses {
            assert!(
                !["Pending", "Awaiting"].contains(&status.as_str()),
                "{id} is still {status}"
            );
        }
        let mut confirmed = 0;
        for (uri, code) in fleet.pcs.iter().flat_map(|pc| &pc.confirmed) {
            if uri.contains("/Crash/") || uri.contains("/MSI/") {
                confirmed += 1;
                assert_eq!(
                    self.outcomes[uri].1,
                    Some(u64::from(*code)),
                    "{uri}: {:?}",
                    self.outcomes[uri]
                );
            }
        }
        assert!(confirmed > ROUNDS, "PCs worked: {confirmed}");
        let reboots: usize = fleet
            .pcs
            .iter()
            .map(|pc| pc.pc.machine().performed().iter().filter(|p| p.uri == REBOOT).count())
            .sum();
        // Each command orders one reboot at most, also where the answer got lost.
        let ordered = self.statuses.len() / 3;
        assert!(reboots <= ordered, "{reboots} reboots for {ordered} orders");
    }
}
