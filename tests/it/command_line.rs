//! The command line: what it says to somebody who mistypes, and what it leaves on the disk.

use crate::binary::{Served, json_of, refusal, sqlite, transom};
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt as _};

#[test]
fn any_verb_may_be_the_first_on_an_empty_folder() {
    let (folder, url) = sqlite();
    let applied = json_of(transom(folder.path(), &url).args(["migrate", "--json"]));
    assert!(applied["applied"].as_u64().is_some_and(|n| n > 0), "{applied}");
    let data = fs::metadata(folder.path().join("data")).unwrap();
    assert_eq!(data.permissions().mode() & 0o777, 0o700);
    let made = json_of(transom(folder.path(), &url).args([
        "organization",
        "create",
        "--slug",
        "acme",
        "--name",
        "Acme",
        "--json",
    ]));
    assert_eq!(made["slug"], "acme");
    // A server that starts afterwards makes what is its own.
    let served = Served::start(&mut transom(folder.path(), &url));
    assert!(served.hello["organizationId"].is_string());
}

#[test]
fn nothing_secret_is_open_to_others_in_a_folder_that_is() {
    let (folder, url) = sqlite();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(data.join("admin.token"), "").unwrap();
    fs::set_permissions(data.join("admin.token"), fs::Permissions::from_mode(0o644)).unwrap();
    let _served = Served::start(&mut transom(folder.path(), &url));
    for name in [
        "admin.token",
        "transom.db",
        "transom.db-wal",
        "transom.db-shm",
        "tls/server.key",
        "secrets.key",
    ] {
        let mode = fs::metadata(data.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    let authority = fs::metadata(data.join("pki")).unwrap();
    assert_eq!(authority.permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_refusal_names_the_option_it_is_about() {
    let (folder, url) = sqlite();
    json_of(transom(folder.path(), &url).args([
        "organization",
        "create",
        "--slug",
        "default",
        "--name",
        "Default",
        "--json",
    ]));
    let nobody = "507f1f77bcf86cd799439011";
    for (option, arguments) in [
        ("--uses", vec!["enrollment-token", "create", "--uses", "0"]),
        ("--expires-in", vec!["enrollment-token", "create", "--expires-in", "59"]),
        ("--segment", vec!["enrollment-token", "create", "--segment", "7"]),
        (
            "--user",
            vec!["enrollment-token", "create", "--user", "nobody@example.com"],
        ),
        (
            "--slug",
            vec!["organization", "create", "--slug", nobody, "--name", "x"],
        ),
        ("--name", vec!["organization", "create", "--slug", "acme", "--name", ""]),
        (
            "--permission",
            vec!["token", "create", "--name", "x", "--permission", "a b"],
        ),
        (
            "mdm.windows.devices.list\" is no permission",
            vec![
                "token",
                "create",
                "--name",
                "x",
                "--permission",
                "mdm.windows.devices.list",
            ],
        ),
        (
            "--segment",
            vec!["token", "create", "--name", "x", "--permission", "*", "--segment", "7"],
        ),
        ("<ID>", vec!["token", "revoke", "x"]),
        ("<ID>", vec!["token", "revoke", nobody]),
        ("--email", vec!["user", "create", "--email", "ada", "--no-password"]),
        ("organization \"nope\"", vec!["token", "list", "--organization", "nope"]),
    ] {
        let said = refusal(transom(folder.path(), &url).args(&arguments));
        assert!(said.contains(option), "{arguments:?}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "{said}");
    }
}

#[test]
fn lists_and_revocations_are_json_that_scripts_can_read() {
    let (folder, url) = sqlite();
    let verb = |arguments: &[&str]| json_of(transom(folder.path(), &url).arg("--json").args(arguments));
    verb(&["organization", "create", "--slug", "default", "--name", "Default"]);
    let made = verb(&["token", "create", "--name", "reader", "--permission", "mdm.windows.*"]);
    let mut keys: Vec<_> = made.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["id", "token"]);
    let listed = verb(&["token", "list"]);
    let reader = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["id"] == made["id"])
        .unwrap();
    assert_eq!(reader["permissions"], json!(["mdm.windows.*"]));
    assert!(!listed.to_string().contains(made["token"].as_str().unwrap()));
    let revoked = verb(&["token", "revoke", made["id"].as_str().unwrap()]);
    assert!(revoked["revokedAt"].is_string());
}
