//! Real clients of Microsoft Graph against the real server: the recipes of docs/GRAPH.md, run as they stand there.
//!
//! Each reads 2,500 devices page by page, filters, selects, gets, changes and reboots one, and shows a refusal as its
//! library types it; what really happened is then asked of the management API. `tests/clients/install` brings the libraries
//! from their registries into folders under `target`, once. Where that cannot be, the tests say so and pass;
//! `TRANSOM_REQUIRE_GRAPH_CLIENTS=1` makes that a failure.

mod installed;

use crate::{
    binary::{Served, json_of, transom},
    support::{self, Database, OwnDatabase, has_postgres},
};
use diesel::{Connection as _, PgConnection, SqliteConnection, connection::SimpleConnection as _};
use installed::{Client, recipe};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;
use transom_app::{api::Api, environment::SystemEnvironment};
use transom_domain::Environment as _;

/// Devices that each client is to count.
const DEVICES: usize = 2_500;

/// PCs among them that really enrolled; the others are rows.
const PCS: usize = 5;

/// Rows of devices, of which one in twenty is deleted and not to be seen.
const ROWS: usize = 2_626;

const WINDOWS: &str = "/v1/organizations/default/mdm/windows/enterprise";

#[test]
fn every_client_works_on_sqlite() {
    all(Database::Sqlite, &Client::ALL);
}

// Python's libraries take half a minute of their own for so many devices, which no database changes.
#[test]
fn quick_clients_work_on_postgres() {
    if has_postgres() {
        all(Database::Postgres, &[Client::JavaScript, Client::Rust, Client::Curl]);
    }
}

#[test]
fn the_handbook_names_the_versions_that_are_run() {
    let page = installed::handbook();
    for pin in installed::pins() {
        assert!(page.contains(&format!(" install {pin}`")), "{pin}");
    }
}

/// Runs clients at the same time, each on a PC of its own.
fn all(database: Database, clients: &[Client]) {
    let world = World::new(database);
    let pcs = world.furnish();
    let served = world.serve_tls();
    let (url, token) = (served.url("admin"), world.token());
    let mut done: Vec<(Client, &Value, Value)> = Vec::new();
    std::thread::scope(|scope| {
        let run = |(client, pc): (Client, &'_ Value)| match client.program() {
            Ok(program) => Some(world.run(program, &url, &token, pc)),
            Err(reason) => {
                let what = format!("{client:?} was not run against the Graph facade");
                support::skip("TRANSOM_REQUIRE_GRAPH_CLIENTS", &what, &reason);
                None
            }
        };
        let started: Vec<_> = clients
            .iter()
            .zip(&pcs)
            .map(|(client, pc)| (*client, pc, scope.spawn(move || run((*client, pc)))))
            .collect();
        for (client, pc, thread) in started {
            if let Some(said) = thread.join().unwrap() {
                done.push((client, pc, said));
            }
        }
    });
    drop(served);
    for (client, pc, said) in &done {
        heard(*client, pc, said);
    }
    let served = Served::start(&mut world.command());
    let api = world.api(&served);
    for (client, pc, said) in &done {
        happened(&api, *client, pc, said);
    }
}

/// What the client says that it saw.
fn heard(client: Client, pc: &Value, said: &Value) {
    assert_eq!(said["devices"], DEVICES, "{client:?}: {said}");
    assert_eq!(said["found"], json!([pc["id"]]), "{client:?}: {said}");
    assert_eq!(said["selected"], true, "{client:?}: {said}");
    let shown = &said["shown"];
    assert_eq!(shown["type"], client.type_of_devices(), "{client:?}: {said}");
    assert_eq!(
        shown["serialNumber"], pc["summary"]["serialNumber"],
        "{client:?}: {said}"
    );
    assert_eq!(shown["managementState"], "managed", "{client:?}: {said}");
    let last = pc["lastStatusReportTime"].as_str().unwrap();
    let seconds = |moment: &str| moment.get(..19).map(str::to_owned);
    assert_eq!(
        seconds(shown["lastSyncDateTime"].as_str().unwrap()),
        seconds(last),
        "{client:?}: {said}"
    );
    // More than 32 bits hold, and a number.
    assert!(
        shown["totalStorageSpaceInBytes"].as_u64().unwrap() > u64::from(u32::MAX),
        "{client:?}: {said}"
    );
    assert_eq!(said["actions"]["rebootNow"], "pending", "{client:?}: {said}");
    if client == Client::PythonBeta {
        assert_eq!(
            (&said["owner"], &said["actions"]["setDeviceName"]),
            (&json!("company"), &json!("pending"))
        );
    }
    let refused = &said["refused"];
    assert_eq!(
        (&refused["status"], &refused["code"]),
        (&json!(400), &json!("BadRequest")),
        "{client:?}: {said}"
    );
    assert!(
        refused["message"].as_str().unwrap().contains("'serialNumber'?"),
        "{client:?}: {said}"
    );
    let dashes = refused["requestId"]
        .as_str()
        .unwrap()
        .match_indices('-')
        .map(|(at, _)| at);
    assert_eq!(dashes.collect::<Vec<_>>(), [8, 13, 18, 23], "{client:?}: {said}");
}

/// What the management API knows of it.
fn happened(api: &Api, client: Client, pc: &Value, said: &Value) {
    let id = pc["id"].as_str().unwrap();
    let get = |path: &str| {
        let answer = api.call("GET", path, None).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body["data"].clone()
    };
    let name = format!("{} {}", client.says(), pc["summary"]["serialNumber"].as_str().unwrap());
    assert_eq!(said["name"], name.as_str());
    assert_eq!(
        get(&format!("{WINDOWS}/devices/{id}"))["displayName"],
        name.as_str(),
        "{client:?}"
    );

    let batches = get(&format!("{WINDOWS}/devices/{id}/commands"));
    let commands = batches["items"].as_array().unwrap().iter();
    let commands: Vec<&Value> = commands
        .flat_map(|batch| batch["commands"].as_array().unwrap())
        .collect();
    let reboots = commands.iter().filter(|command| {
        command["config"]["path"] == support::REBOOT
            && command["config"]["action"] == "Exec"
            && command["status"] == "Pending"
    });
    assert_eq!(reboots.count(), 1, "{client:?}: {commands:?}");
    assert_eq!(commands.len(), said["actions"].as_object().unwrap().len(), "{client:?}");

    let record = get(&format!("/v1/organizations/default/audit-logs?targetId={id}"));
    let record = record["items"].as_array().unwrap();
    let version = if client == Client::PythonBeta { "beta" } else { "v1.0" };
    for (action, route) in [
        (
            "mdm.windows.device.update",
            format!("PATCH /{version}/deviceManagement/managedDevices/{{id}}"),
        ),
        (
            "mdm.windows.command.create",
            format!("POST /{version}/deviceManagement/managedDevices/{{id}}/{{action}}"),
        ),
    ] {
        let entry = record.iter().find(|entry| entry["action"] == action).unwrap();
        assert_eq!(
            (&entry["actor"]["name"], &entry["outcome"], &entry["route"]),
            (&json!("reboots"), &json!("done"), &json!(route)),
            "{client:?}"
        );
    }
}

/// A server's data, and the ways to start it.
struct World {
    folder: TempDir,
    database: Database,
    own: OwnDatabase,
}

impl World {
    fn new(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let own = OwnDatabase::new(database, &folder.path().join("data"));
        Self { folder, database, own }
    }

    fn command(&self) -> Command {
        transom(self.folder.path(), &self.own.url)
    }

    fn tls(&self, file: &str) -> PathBuf {
        self.folder.path().join("data/tls").join(file)
    }

    fn api(&self, served: &Served) -> Api {
        let token = fs::read_to_string(self.folder.path().join("data/admin.token")).unwrap();
        Api::new(&served.url("admin"), Some(&token))
    }

    /// Fills in the devices; answers those that can be given commands.
    fn furnish(&self) -> Vec<Value> {
        let served = Served::start(&mut self.command());
        let api = self.api(&served);
        // The rows refer to a policy.
        let policy = json!({ "name": "Fleet", "config": {}, "exposeToChildren": true });
        let made = api.call("POST", &format!("{WINDOWS}/policies"), Some(&policy)).unwrap();
        assert_eq!(made.status, 200, "{}", made.body);
        self.fill(served.hello["organizationId"].as_str().unwrap());
        let (pcs, device) = (PCS.to_string(), served.url("device"));
        json_of(
            self.command()
                .args(["--json", "simulate", "--devices", &pcs, "--server", &device]),
        );
        let newest = format!("{WINDOWS}/devices?sort=createdAt:desc&limit={PCS}");
        let listed = api.call("GET", &newest, None).unwrap().body;
        assert_eq!(listed["data"]["totalDocs"], DEVICES);
        listed["data"]["items"].as_array().unwrap().clone()
    }

    fn fill(&self, organization: &str) {
        let now = SystemEnvironment.now().as_millis();
        let statements = include_str!("../support/many_devices.sql")
            .replace("{devices}", &ROWS.to_string())
            .replace("{organization}", organization)
            .replace("{now}", &now.to_string())
            .replace(
                "{report}",
                r#"{"./DevDetail/Ext/Microsoft/SMBIOSSerialNumber":"SERIAL"}"#,
            );
        let statements = format!("BEGIN;\n{statements}\nCOMMIT;");
        match self.database {
            Database::Sqlite => {
                let path = self.own.url.strip_prefix("sqlite:").unwrap();
                let mut connection = SqliteConnection::establish(path).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 30000").unwrap();
                connection.batch_execute(&statements).unwrap();
            }
            Database::Postgres => {
                let mut connection = PgConnection::establish(&self.own.url).unwrap();
                connection.batch_execute(&statements).unwrap();
            }
        }
    }

    /// The management API over HTTPS, with the certificate that the first start made.
    fn serve_tls(&self) -> Served {
        let mut command = self.command();
        command
            .env("TRANSOM__ADMIN__TLS__CERTIFICATE", self.tls("server.pem"))
            .env("TRANSOM__ADMIN__TLS__KEY", self.tls("server.key"));
        let served = Served::start(&mut command);
        assert!(served.url("admin").starts_with("https://"));
        served
    }

    /// A token that the recipe's command makes.
    fn token(&self) -> String {
        let binary = Path::new(env!("CARGO_BIN_EXE_transom"));
        let words = recipe("token").replace("\\\n", " ");
        let mut words = words.split_whitespace();
        assert_eq!(words.next(), binary.file_name().and_then(|name| name.to_str()));
        let made = json_of(self.command().arg("--json").args(words));
        made["token"].as_str().unwrap().to_owned()
    }

    /// Runs a client; answers what it prints.
    fn run(&self, mut program: Command, url: &str, token: &str, pc: &Value) -> Value {
        let root = self.tls("root.pem");
        program
            .arg(pc["summary"]["serialNumber"].as_str().unwrap())
            .env("TRANSOM_URL", url)
            .env("TRANSOM_TOKEN", token)
            .env("SSL_CERT_FILE", &root)
            .env("NODE_EXTRA_CA_CERTS", &root)
            .env("CURL_CA_BUNDLE", &root);
        let end = program.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&end.stdout);
        let complaints = String::from_utf8_lossy(&end.stderr);
        let name = program.get_program();
        assert!(end.status.success(), "{name:?}: {said}\n{complaints}");
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{name:?}: {error}: {said}\n{complaints}"))
    }
}
