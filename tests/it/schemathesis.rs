//! A fuzzer that reads the API's own description (schemathesis) against the real server: no fault of the server, no
//! answer that the description does not name, no schema broken, nothing malformed accepted, nothing open without a token.
//!
//! It comes from PyPI into a folder of its own under `target`, once. Where that cannot be, the tests say so and pass;
//! `TRANSOM_REQUIRE_SCHEMATHESIS=1` makes that a failure. `SCHEMATHESIS_EXAMPLES` asks for more cases of each route.

use crate::{
    binary::{Served, json_of, transom},
    support::{self, Database, OwnDatabase, output},
};
use serde_json::{Map, Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};
use transom_app::api::Api;

mod on {
    crate::support::on_both_databases!(the_fuzzer_finds_nothing);
}

/// The version that is installed: a newer one may find more, which is to be looked at, not to fail a build.
const VERSION: &str = "4.32.5";

/// Cases made at random for each route in the suite, besides those at the limits of every schema.
const EXAMPLES: u32 = 5;

/// What is held against each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,negative_data_rejection,ignored_auth,unsupported_method,\
                      allow_header_conformance";

/// PCs that are enrolled, so that some are left when one was removed.
const PCS: usize = 3;

/// The program, or why it cannot be had.
fn program() -> Result<PathBuf, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PROGRAM.get_or_init(install).clone()
}

fn install() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("schemathesis-{VERSION}"));
    let program = folder.join("bin/schemathesis");
    if output(Command::new(&program).arg("--version")).is_ok() {
        return Ok(program);
    }
    // What an attempt that was cut off left.
    let _ = fs::remove_dir_all(&folder);
    output(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--timeout",
        "20",
        "--retries",
        "1",
    ]);
    output(pip.arg(format!("schemathesis=={VERSION}")))?;
    output(Command::new(&program).arg("--version"))?;
    Ok(program)
}

/// Seeds of the random cases: the next one is taken only where Python itself failed.
const SEEDS: [&str; 3] = ["1", "2", "3"];

/// What Python says when its parser loses count of its own depth, which happens now and then while the fuzzer works with
/// several threads (CPython issue 106905). No answer of the server has a part in it.
const FAULT_OF_PYTHON: &str = "AST constructor recursion depth mismatch";

async fn the_fuzzer_finds_nothing(database: Database) {
    let program = match program() {
        Ok(program) => program,
        Err(reason) => {
            let what = "the API was not fuzzed, for lack of schemathesis";
            return support::skip("TRANSOM_REQUIRE_SCHEMATHESIS", what, &reason);
        }
    };
    tokio::task::spawn_blocking(move || fuzz(&program, database))
        .await
        .unwrap();
}

fn fuzz(program: &Path, database: Database) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let own = OwnDatabase::new(database, &folder.path().join("data"));
    let served = Served::start(&mut transom(folder.path(), &own.url));
    let pcs = PCS.to_string();
    let device = served.url("device");
    json_of(transom(folder.path(), &own.url).args(["--json", "simulate", "--devices", &pcs, "--server", &device]));
    let token = fs::read_to_string(folder.path().join("data/admin.token")).unwrap();
    let api = Api::new(&served.url("admin"), Some(&token));
    fs::write(folder.path().join("openapi.json"), described(&api).to_string()).unwrap();

    let asked = std::env::var("SCHEMATHESIS_EXAMPLES").ok();
    // Values at the limits of the schemas are most of the work, and mostly the work of parsers, which both databases
    // share: in the suite once is enough, `make fuzz-api` tries them on both.
    let phases = match (&asked, database) {
        (Some(_), _) => "examples,coverage,fuzzing,stateful",
        (None, Database::Sqlite) => "examples,coverage,fuzzing",
        (None, Database::Postgres) => "examples,fuzzing",
    };
    let examples = asked.unwrap_or_else(|| EXAMPLES.to_string());
    let mut said = String::new();
    for seed in SEEDS {
        let mut command = Command::new(program);
        command
            .current_dir(folder.path())
            .args(["run", "openapi.json", "--url", &served.url("admin"), "--checks", CHECKS])
            .args(["--header", &format!("Authorization: Bearer {token}")])
            .args(["--phases", phases, "--max-examples", &examples, "--seed", seed])
            .args(["--workers", "2", "--continue-on-failure", "--no-shrink"])
            .args(["--request-timeout", "30"])
            .env("NO_COLOR", "1");
        let end = command.stdin(Stdio::null()).output().unwrap();
        said = format!(
            "{}\n{}",
            String::from_utf8_lossy(&end.stdout),
            String::from_utf8_lossy(&end.stderr)
        );
        if end.status.success() && said.contains("Tested:") {
            return;
        }
        if !said.contains(FAULT_OF_PYTHON) {
            break;
        }
    }
    panic!("{said}");
}

/// The description, with the names of what is there put in: requests that all end in "not found" would find little.
fn described(api: &Api) -> Value {
    let mut document = api.call("GET", "/openapi.json", None).unwrap().body;
    let made = furnish(api, &document);
    let Value::Object(paths) = document["paths"].take() else {
        unreachable!("paths are an object");
    };
    let mut named = Map::new();
    for (path, mut verbs) in paths {
        for operation in verbs.as_object_mut().unwrap().values_mut() {
            let parameters = operation["parameters"].as_array_mut().unwrap();
            parameters.retain(|parameter| parameter["name"] != "organizationId");
            for parameter in parameters.iter_mut().filter(|parameter| parameter["in"] == "path") {
                if let Some(ids) = made.get(parameter["name"].as_str().unwrap()) {
                    parameter["schema"] = json!({ "enum": ids });
                }
            }
        }
        named.insert(path.replace("{organizationId}", "default"), verbs);
    }
    document["paths"] = Value::Object(named);
    document
}

/// Has an example refer to what was made: `winPolicyId` to a policy, `deviceAudienceIds` to audiences.
fn refer(example: &mut Value, made: &Map<String, Value>) {
    let fields = match example {
        Value::Object(fields) => fields,
        Value::Array(items) => return items.iter_mut().for_each(|item| refer(item, made)),
        _ => return,
    };
    for (name, value) in fields {
        // What is a default is told by its type; there are templates only.
        let known = if name == "elementId" {
            "winEnrollmentTemplateId"
        } else {
            name.as_str()
        };
        let one = made.get(known).map(|ids| ids[0].clone());
        let several = name.strip_suffix('s').and_then(|one| made.get(one)).cloned();
        match one.or(several) {
            Some(ids) => *value = ids,
            None => refer(value, made),
        }
    }
}

/// Makes one of everything that a route makes from its example, and answers the ids by the parameter's name.
fn furnish(api: &Api, document: &Value) -> Map<String, Value> {
    let mut made = Map::new();
    let devices = "/v1/organizations/default/mdm/windows/enterprise/devices";
    let listed = api.call("GET", devices, None).unwrap().body;
    let items = listed["data"]["items"].as_array().unwrap().iter();
    let ids: Vec<Value> = items.map(|device| device["id"].clone()).collect();
    assert_eq!(ids.len(), PCS);
    made.insert("winDeviceId".to_owned(), json!(ids));
    let paths = document["paths"].as_object().unwrap();
    let mut waiting = Vec::new();
    for path in paths.keys() {
        let Some((above, name)) = path.strip_suffix('}').and_then(|path| path.rsplit_once("/{")) else {
            continue;
        };
        let body = &paths.get(above).unwrap_or(&Value::Null)["post"]["requestBody"]["content"]["application/json"];
        let above = above.replace("{organizationId}", "default");
        if body["example"].is_object() && !above.contains('{') {
            let answer = api.call("POST", &above, Some(&body["example"])).unwrap();
            if answer.status == 404 {
                // It refers to something else, which may be made further on.
                waiting.push((above, name, body["example"].clone()));
                continue;
            }
            assert_eq!(answer.status, 200, "{above}: {}", answer.body);
            made.insert(name.to_owned(), json!([answer.body["data"]["id"]]));
        }
    }
    // Each round makes something, else what is left refers to what nobody makes.
    while !waiting.is_empty() {
        let (before, mut missing) = (waiting.len(), Vec::new());
        waiting.retain_mut(|(above, name, example)| {
            refer(example, &made);
            let answer = api.call("POST", above, Some(example)).unwrap();
            if answer.status == 404 {
                missing.push(format!("{above}: {}", answer.body));
                return true;
            }
            assert_eq!(answer.status, 200, "{above}: {}", answer.body);
            made.insert((*name).to_owned(), json!([answer.body["data"]["id"]]));
            false
        });
        assert!(waiting.len() < before, "{missing:?}");
    }
    assert!(made.len() > 3, "{made:?}");
    made
}
