//! A fuzzer that reads the API's own description (schemathesis) against the real server: no fault of the server, no
//! answer that the description does not name, no schema broken, nothing malformed accepted, nothing open without a token.
//!
//! `tests/clients/install` brings it from PyPI into a folder under `target`, once. Where that cannot be, the tests say so
//! and pass; `TRANSOM_REQUIRE_SCHEMATHESIS=1` makes that a failure. `SCHEMATHESIS_EXAMPLES` asks for more cases of each
//! route.

mod furnish;

use crate::{
    binary::{Served, json_of, transom},
    support::{self, Database, OwnDatabase},
};
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};
use transom_app::api::Api;

mod on {
    crate::support::on_both_databases!(the_fuzzer_finds_nothing);
}

/// Cases made at random for each route in the suite, besides those at the limits of every schema.
const EXAMPLES: u32 = 5;

/// What is held against each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,negative_data_rejection,ignored_auth,unsupported_method,\
                      allow_header_conformance";

/// PCs that are enrolled, so that some are left when one was removed.
const PCS: usize = 3;

/// Seeds of the random cases: the next one is taken only where Python itself failed.
const SEEDS: [&str; 3] = ["1", "2", "3"];

/// What Python says when its parser loses count of its own depth, which happens now and then while the fuzzer works with
/// several threads (CPython issue 106905). No answer of the server has a part in it.
const FAULT_OF_PYTHON: &str = "AST constructor recursion depth mismatch";

async fn the_fuzzer_finds_nothing(database: Database) {
    let program = match support::installed("schemathesis") {
        Ok(folder) => folder.join("venv/bin/schemathesis"),
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
    let mut said = String::new();
    for seed in SEEDS {
        // A server of its own, because a run removes things: the next one would find little.
        let end = run(program, database, seed);
        if end.is_fine {
            return;
        }
        said = end.said;
        if !is_only_python(&said) {
            break;
        }
    }
    panic!("{said}");
}

/// How a run ended.
struct End {
    is_fine: bool,
    said: String,
}

fn run(program: &Path, database: Database, seed: &str) -> End {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let own = OwnDatabase::new(database, &folder.path().join("data"));
    let served = Served::start(&mut transom(folder.path(), &own.url));
    let pcs = PCS.to_string();
    let device = served.url("device");
    json_of(transom(folder.path(), &own.url).args(["--json", "simulate", "--devices", &pcs, "--server", &device]));
    let token = fs::read_to_string(folder.path().join("data/admin.token")).unwrap();
    let api = Api::new(&served.url("admin"), Some(&token));
    fs::write(
        folder.path().join("openapi.json"),
        furnish::described(&api, PCS).to_string(),
    )
    .unwrap();

    let asked = std::env::var("SCHEMATHESIS_EXAMPLES").ok();
    // Values at the limits of the schemas and those at random are most of the work, and mostly the work of parsers, which
    // both databases share: in the suite each is tried on one of them, `make fuzz-api` tries all of it on both.
    let phases = match (&asked, database) {
        (Some(_), _) => "examples,coverage,fuzzing,stateful",
        (None, Database::Sqlite) => "examples,coverage",
        (None, Database::Postgres) => "examples,fuzzing",
    };
    // One thread in the suite, where both databases are tried at once anyway: with more, Python fails now and then, and
    // all is to be done again.
    let workers = if asked.is_some() { "2" } else { "1" };
    let examples = asked.unwrap_or_else(|| EXAMPLES.to_string());
    let mut command = Command::new(program);
    command
        .current_dir(folder.path())
        .args(["run", "openapi.json", "--url", &served.url("admin"), "--checks", CHECKS])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--phases", phases, "--max-examples", &examples, "--seed", seed])
        .args(["--workers", workers, "--continue-on-failure", "--no-shrink"])
        .args(["--request-timeout", "30"])
        // Wide enough for the headings of the longest paths.
        .env("COLUMNS", "240")
        .env("NO_COLOR", "1")
        // What it compiles is for the next run too.
        .env_remove("PYTHONDONTWRITEBYTECODE");
    let end = command.stdin(Stdio::null()).output().unwrap();
    let said = format!(
        "{}\n{}",
        String::from_utf8_lossy(&end.stdout),
        String::from_utf8_lossy(&end.stderr)
    );
    End {
        is_fine: end.status.success() && said.contains("Tested:"),
        said,
    }
}

/// Whether a run found nothing but the fault of Python: no failure, and no error that is another one. Whatever else it
/// found must not be lost to another try.
fn is_only_python(said: &str) -> bool {
    let sections: Vec<(&str, Vec<&str>)> = sections(said);
    let has_failures = sections.iter().any(|(title, _)| title.contains("FAILURES"));
    let errors: Vec<&str> = sections
        .iter()
        .filter(|(title, _)| title.contains("ERRORS"))
        .flat_map(|(_, lines)| blocks(lines))
        .collect();
    !has_failures && !errors.is_empty() && errors.iter().all(|is_fault| *is_fault == "python")
}

/// The parts of a report, each under a line such as `==== ERRORS ====`.
fn sections(said: &str) -> Vec<(&str, Vec<&str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in said.lines() {
        if line.starts_with("===") {
            sections.push((line, Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line);
        }
    }
    sections
}

/// For each error of the part that lists them, each under a line such as `____ GET /path ____` (of a long path only `_`),
/// whether it is that of Python.
fn blocks(lines: &[&str]) -> Vec<&'static str> {
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    for line in lines {
        if line.starts_with('_') && line.ends_with('_') {
            blocks.push(Vec::new());
        } else if let Some(block) = blocks.last_mut() {
            block.push(line);
        }
    }
    let kind = |block: &Vec<&str>| {
        let is_python = block.iter().any(|line| line.contains(FAULT_OF_PYTHON));
        if is_python { "python" } else { "another" }
    };
    blocks.iter().map(kind).collect()
}

#[test]
fn only_a_run_with_nothing_but_the_fault_of_python_is_tried_again() {
    let fault = format!("SystemError: {FAULT_OF_PYTHON} (before=1, after=2)");
    let error = |what: &str| format!("____ GET /a ____\nRuntime Error\n\n    {what}\n");
    let python = format!("==== ERRORS ====\n{}", error(&fault));
    let long = error(&fault).replace("____ GET /a ____", "_ POST /a/long/path _");
    assert!(is_only_python(&format!("==== ERRORS ====\n{long}")));
    let end = "==== SUMMARY ====\nTested: 7\n==== 1 error in 2s ====\n";
    assert!(is_only_python(&format!("{python}{end}")));
    assert!(is_only_python(&format!("{python}{}{end}", error(&fault))));
    let failure = "==== FAILURES ====\n____ PUT /b ____\n- Server error\n";
    assert!(!is_only_python(&format!("{python}{failure}{end}")));
    assert!(!is_only_python(&format!("{failure}{end}")));
    assert!(!is_only_python(&format!("{python}{}{end}", error("Network Error"))));
    assert!(!is_only_python(end));
    assert!(!is_only_python(&fault), "a report that is cut off");
}
