//! Keys of secrets at the command line: made at the first start, rotated beside a running server, missed when lost.

use crate::{
    binary::{Served, json_of, refusal, transom},
    support::{Database, OwnDatabase, has_postgres},
};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};
use tempfile::TempDir;
use transom_app::api::Api;

/// A folder and a database of each kind that is at hand.
fn each(test: impl Fn(&Path, &str)) {
    let mut databases = vec![Database::Sqlite];
    if has_postgres() {
        databases.push(Database::Postgres);
    }
    for database in databases {
        let folder: TempDir = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let own = OwnDatabase::new(database, &folder.path().join("data"));
        test(folder.path(), &own.url);
    }
}

fn rotate(command: &mut Command) -> Value {
    json_of(command.args(["--json", "secrets", "rotate"]))
}

fn key_file(folder: &Path) -> String {
    let path = folder.join("data/secrets.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::read_to_string(path).unwrap()
}

fn keys(folder: &Path) -> Vec<String> {
    let lines = key_file(folder);
    lines
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// Virtual PCs that enrol and check in, with the digests that lie sealed.
fn check_in(folder: &Path, url: &str, served: &Served) {
    let report = json_of(transom(folder, url).args([
        "--json",
        "simulate",
        "--devices",
        "2",
        "--sessions",
        "2",
        "--server",
        &served.url("device"),
    ]));
    assert_eq!(
        (&report["errors"], &report["violations"]),
        (&json!({}), &json!({})),
        "{report}"
    );
    assert_eq!(report["sessions"], 4);
}

#[test]
fn keys_are_rotated_on_a_stopped_and_beside_a_running_server() {
    each(|folder, url| {
        let with_digests = || {
            let mut command = transom(folder, url);
            command.env("TRANSOM__DEVICE__MD5", "second-factor");
            command
        };
        let served = Served::start(&mut with_digests());
        let first = keys(folder);
        assert_eq!(first.len(), 1);
        check_in(folder, url, &served);
        let running = rotate(&mut transom(folder, url));
        assert_eq!(
            (&running["resealed"], &running["replaced"]),
            (&json!(4), &json!(0)),
            "{running}"
        );
        assert_eq!(running["retired"].as_array().unwrap().len(), 1);
        let second = keys(folder);
        assert_eq!(second.len(), 1);
        assert_ne!(second, first);
        // The server has not been told: it finds out by itself.
        check_in(folder, url, &served);

        let token = fs::read_to_string(folder.join("data/admin.token")).unwrap();
        let api = Api::new(&served.url("admin"), Some(&token));
        let path = "/v1/organizations/default/audit-logs?action=base.organization.secret.rotate";
        let answer = api.call("GET", path, None).unwrap();
        let [entry] = answer.body["data"]["items"].as_array().unwrap().as_slice() else {
            panic!("{}", answer.body);
        };
        assert_eq!(entry["after"]["keys"], json!([running["key"]]));
        assert_eq!(entry["actor"]["kind"], "commandLine", "{entry}");
        for key in first.iter().chain(&second) {
            assert!(!answer.body.to_string().contains(key) && !running.to_string().contains(key));
        }
        drop(served);

        let stopped = rotate(&mut transom(folder, url));
        assert_eq!(
            (&stopped["retired"], &stopped["resealed"]),
            (&json!([running["key"]]), &json!(8))
        );
        let served = Served::start(&mut with_digests());
        check_in(folder, url, &served);
    });
}

#[test]
fn keys_can_be_given_by_the_settings() {
    each(|folder, url| {
        let (one, two) = ("AQEB".repeat(10) + "AQE=", "AgIC".repeat(10) + "AgI=");
        let with = |keys: &str| {
            let mut command = transom(folder, url);
            command.env("TRANSOM__SECRETS__KEY", keys);
            command
        };
        let served = Served::start(&mut with(&one));
        let report = json_of(with(&one).args([
            "--json",
            "simulate",
            "--devices",
            "1",
            "--server",
            &served.url("device"),
        ]));
        assert_eq!(report["errors"], json!({}));
        drop(served);
        assert!(!folder.join("data/secrets.key").exists());
        let said = refusal(with(&two).arg("serve"));
        assert!(said.contains("which is not there") && !said.contains(&two), "{said}");
        let rotated = rotate(&mut with(&format!("{two},{one}")));
        assert_eq!(rotated["resealed"], 2, "{rotated}");
        let _served = Served::start(&mut with(&two));
    });
}

#[test]
fn a_lost_key_file_is_not_silently_made_anew() {
    each(|folder, url| {
        drop(Served::start(&mut transom(folder, url)));
        fs::remove_file(folder.join("data/secrets.key")).unwrap();
        let said = refusal(transom(folder, url).arg("serve"));
        assert!(said.contains("--replace-lost"), "{said}");
        assert!(refusal(transom(folder, url).args(["secrets", "rotate"])).contains("--replace-lost"));
        assert!(!folder.join("data/secrets.key").exists());
        json_of(transom(folder, url).args(["--json", "secrets", "rotate", "--replace-lost"]));
        drop(Served::start(&mut transom(folder, url)));
        assert_eq!(keys(folder).len(), 1);
    });
}

#[test]
fn a_key_that_is_none_stops_the_start_and_is_not_shown() {
    each(|folder, url| {
        let said = refusal(
            transom(folder, url)
                .env("TRANSOM__SECRETS__KEY", "hunter2")
                .arg("serve"),
        );
        assert!(
            said.contains("secrets.key must be 32 bytes") && !said.contains("hunter2"),
            "{said}"
        );
        let both = transom(folder, url)
            .env("TRANSOM__SECRETS__KEY", "x")
            .env("TRANSOM__SECRETS__KEY_FILE", "y")
            .arg("serve")
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&both.stderr).contains("exclude each other"));
    });
}
