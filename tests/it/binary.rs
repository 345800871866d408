//! The binary as a person or a script meets it: first start, settings, every verb beside a running server and without.

use crate::support::{Database, OwnDatabase, has_postgres};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Output, Stdio},
};
use tempfile::TempDir;
use transom_app::api::Api;

/// The binary with its data in `folder`, on free ports.
pub fn transom(folder: &Path, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transom"));
    command
        .current_dir(folder)
        .env("TRANSOM__DATA_DIR", folder.join("data"))
        .env("TRANSOM__DATABASE__URL", url)
        .env("TRANSOM__ADMIN__LISTEN", "127.0.0.1:0")
        .env("TRANSOM__DEVICE__LISTEN", "127.0.0.1:0")
        .env("TRANSOM__LOG__FILTER", "warn")
        .env("TRANSOM__ADMIN__RATE_PER_SECOND", "100000")
        .env("TRANSOM__ADMIN__RATE_BURST", "100000");
    command
}

/// A server in a process of its own; it is killed when this is dropped.
pub struct Served {
    child: Child,
    database_url: String,
    pub hello: Value,
}

impl Served {
    pub fn start(command: &mut Command) -> Self {
        Self::start_logging(command, Stdio::inherit())
    }

    /// A server whose log goes there.
    pub fn start_logging(command: &mut Command, log: Stdio) -> Self {
        let database_url = command
            .get_envs()
            .find(|(key, _)| *key == "TRANSOM__DATABASE__URL")
            .unwrap()
            .1
            .unwrap();
        let database_url = database_url.to_str().unwrap().to_owned();
        let mut child = command
            .args(["serve", "--json"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let hello = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self {
            child,
            database_url,
            hello,
        }
    }

    pub fn url(&self, which: &str) -> String {
        self.hello[which].as_str().unwrap().to_owned()
    }

    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// What a verb answers with `--json`.
pub fn json_of(command: &mut Command) -> Value {
    let output = run(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn refusal(command: &mut Command) -> String {
    let output = run(command);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

pub fn sqlite() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    (folder, "sqlite:{data_dir}/transom.db".to_owned())
}

#[test]
fn the_first_start_makes_everything_and_the_second_keeps_it() {
    let (folder, url) = sqlite();
    let mut served = Served::start(&mut transom(folder.path(), &url));
    let keys: Vec<_> = served.hello.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["admin", "device", "organizationId"], "no secret is printed");
    let file = folder.path().join("data/admin.token");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let token = std::fs::read_to_string(&file).unwrap();
    let root = std::fs::read(folder.path().join("data/tls/root.pem")).unwrap();
    let devices = "/v1/organizations/default/mdm/windows/enterprise/devices";
    let answer = Api::new(&served.url("admin"), Some(&token))
        .call("GET", devices, None)
        .unwrap();
    assert_eq!((answer.status, &answer.body["data"]["totalDocs"]), (200, &json!(0)));
    let organization = served.hello["organizationId"].clone();
    served.kill();

    let served = Served::start(&mut transom(folder.path(), &url));
    assert_eq!(served.hello["organizationId"], organization);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), token);
    assert_eq!(std::fs::read(folder.path().join("data/tls/root.pem")).unwrap(), root);
    let answer = Api::new(&served.url("admin"), Some(&token))
        .call("GET", devices, None)
        .unwrap();
    assert_eq!(answer.status, 200);
}

#[test]
fn every_verb_works_on_a_stopped_and_on_a_running_servers_database() {
    let mut databases = vec![Database::Sqlite];
    if has_postgres() {
        databases.push(Database::Postgres);
    }
    for database in databases {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let own = OwnDatabase::new(database, &folder.path().join("data"));
        drop(Served::start(&mut transom(folder.path(), &own.url)));
        every_verb(folder.path(), &own.url, "stopped");
        let served = Served::start(&mut transom(folder.path(), &own.url));
        every_verb(folder.path(), &own.url, "running");
        simulate(folder.path(), &own.url, &served);
    }
}

fn every_verb(folder: &Path, url: &str, mark: &str) {
    let verb = |args: &[&str]| {
        let mut command = transom(folder, url);
        command.arg("--json").args(args);
        command
    };
    assert_eq!(json_of(&mut verb(&["migrate"])), json!({ "applied": 0 }));
    let made = json_of(&mut verb(&[
        "organization",
        "create",
        "--slug",
        mark,
        "--name",
        "Another",
    ]));
    assert_eq!(
        (made["slug"].as_str(), made["id"].as_str().map(str::len)),
        (Some(mark), Some(24))
    );
    assert!(made["token"].as_str().unwrap().starts_with("trm_"));
    assert!(
        refusal(&mut verb(&[
            "organization",
            "create",
            "--slug",
            mark,
            "--name",
            "Again"
        ]))
        .contains("exists already")
    );

    let create = [
        "token",
        "create",
        "--organization",
        "default",
        "--name",
        mark,
        "--permission",
        "mdm.windows.device.get",
    ];
    let token = json_of(&mut verb(&create));
    let id = token["id"].as_str().unwrap();
    let listed = json_of(&mut verb(&["token", "list", "--organization", "default"]));
    let names: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"administrator") && names.contains(&mark), "{names:?}");
    assert!(
        !listed.to_string().contains(token["token"].as_str().unwrap()),
        "a list shows no token"
    );
    assert!(json_of(&mut verb(&["token", "revoke", id]))["revokedAt"].is_string());
    assert!(refusal(&mut verb(&["token", "create", "--name", "x", "--permission", "no"])).contains("permission"));
    assert!(refusal(&mut verb(&["token", "list", "--organization", "nobody"])).contains("nobody"));

    let email = format!("{mark}@example.com");
    let mut create = verb(&[
        "user",
        "create",
        "--organization",
        "default",
        "--email",
        &email,
        "--password-stdin",
    ]);
    let mut child = create.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"correct horse\n").unwrap();
    let user: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(user["email"], email.as_str());
    let token = json_of(&mut verb(&[
        "enrollment-token",
        "create",
        "--organization",
        "default",
        "--user",
        &email,
        "--segment",
        "0",
        "--uses",
        "3",
        "--expires-in",
        "600",
    ]));
    assert!(token["token"].as_str().unwrap().starts_with("enroll_"));
    assert_eq!(token["uses"], 3);
    assert!(refusal(&mut verb(&["enrollment-token", "create", "--uses", "0"])).contains("uses"));
}

fn simulate(folder: &Path, url: &str, served: &Served) {
    let mut command = transom(folder, url);
    let device = served.url("device");
    let report = json_of(command.args([
        "--json",
        "simulate",
        "--server",
        &device,
        "--devices",
        "2",
        "--sessions",
        "2",
    ]));
    assert_eq!(
        (&report["enrolled"], &report["sessions"]),
        (&json!(2), &json!(4)),
        "{report}"
    );
    assert_eq!((&report["errors"], &report["violations"]), (&json!({}), &json!({})));
    assert!(report["session"]["p99Ms"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_wrong_setting_stops_the_start_with_a_sentence_that_names_it() {
    let (folder, url) = sqlite();
    let with = |key: &str, value: &str| refusal(transom(folder.path(), &url).env(key, value).arg("serve"));
    assert!(with("TRANSOM__DEVICE__LISTNE", "127.0.0.1:0").contains("listne"));
    assert!(with("TRANSOM__ADMIN__LISTEN", "here").contains("admin.listen"));
    assert!(with("TRANSOM__DATABASE__URL", "mysql://x").contains("database.url"));
    assert!(with("TRANSOM__DEVICE__LISTEN", "0.0.0.0:0").contains("device.public_url"));
    assert!(with("TRANSOM__DEVICE__TLS__CERTIFICATE", "x.pem").contains("device.tls"));
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, "[admin]\nlisten = \"127.0.0.1:0\"\ncolour = \"blue\"\n").unwrap();
    let mut command = transom(folder.path(), &url);
    assert!(refusal(command.args(["--config", "settings.toml", "serve"])).contains("colour"));
    assert!(refusal(transom(folder.path(), &url).args(["--config", "none.toml", "serve"])).contains("none.toml"));
}

#[test]
fn a_schema_that_may_not_be_migrated_or_is_newer_is_refused() {
    let (folder, _) = sqlite();
    let path = folder.path().join("transom.db");
    let url = format!("sqlite:{}", path.display());
    let without =
        |command: &mut Command| refusal(command.env("TRANSOM__DATABASE__MIGRATE_AT_START", "false").arg("serve"));
    assert!(without(&mut transom(folder.path(), &url)).contains("transom migrate"));
    assert!(
        json_of(transom(folder.path(), &url).args(["--json", "migrate"]))["applied"]
            .as_u64()
            .unwrap()
            > 0
    );
    {
        use diesel::{Connection, RunQueryDsl};
        let mut connection = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        let newer = "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('99999999000000', '2999-01-01')";
        diesel::sql_query(newer).execute(&mut connection).unwrap();
    }
    assert!(refusal(transom(folder.path(), &url).arg("serve")).contains("newer"));
}

#[test]
fn help_tells_what_each_verb_is_for() {
    let (folder, url) = sqlite();
    let help = String::from_utf8(run(transom(folder.path(), &url).arg("--help")).stdout).unwrap();
    for verb in [
        "serve",
        "migrate",
        "organization",
        "token",
        "enrollment-token",
        "user",
        "simulate",
        "demo",
    ] {
        assert!(help.contains(verb), "{verb}: {help}");
    }
}

#[test]
fn the_management_api_can_speak_tls() {
    let (folder, url) = sqlite();
    drop(Served::start(&mut transom(folder.path(), &url)));
    let tls = folder.path().join("data/tls");
    let served = Served::start(
        transom(folder.path(), &url)
            .env("TRANSOM__ADMIN__TLS__CERTIFICATE", tls.join("server.pem"))
            .env("TRANSOM__ADMIN__TLS__KEY", tls.join("server.key")),
    );
    let admin = served.url("admin");
    assert!(admin.starts_with("https://"), "{admin}");
    let trust = transom_simulator::Trust::from_pem(&std::fs::read(tls.join("root.pem")).unwrap()).unwrap();
    let config = transom_simulator::client_config(&trust, None, false).unwrap();
    let mut client = transom_simulator::BenchClient::new(&format!("{admin}/v1/organizations/default"), config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let answer = runtime.block_on(client.post("application/json", b"{}")).unwrap();
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &body["status"]), (404, &json!(false)));
}
