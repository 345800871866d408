//! The arrows between the crates, and what the pure ones must not know. The table is the one of `docs/ARCHITECTURE.md`.

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};

/// Crate → the crates of ours that it may use.
const ARROWS: [(&str, &[&str]); 10] = [
    ("transom-domain", &[]),
    ("transom-syncml", &[]),
    ("transom-mde", &[]),
    ("transom-odata", &[]),
    ("transom-omadm", &["transom-domain", "transom-syncml"]),
    ("transom-storage", &["transom-domain"]),
    ("transom-pki", &["transom-domain"]),
    (
        "transom-http",
        &[
            "transom-domain",
            "transom-syncml",
            "transom-mde",
            "transom-odata",
            "transom-omadm",
        ],
    ),
    ("transom-simulator", &["transom-syncml", "transom-mde"]),
    (
        "transom-app",
        &[
            "transom-domain",
            "transom-syncml",
            "transom-mde",
            "transom-omadm",
            "transom-storage",
            "transom-pki",
            "transom-http",
            "transom-simulator",
        ],
    ),
];

/// Crates without input, output, clock or random source.
const PURE: [&str; 5] = [
    "transom-domain",
    "transom-syncml",
    "transom-mde",
    "transom-odata",
    "transom-omadm",
];

/// What would bring one of those in.
const IMPURE: [&str; 14] = [
    "tokio",
    "actix-web",
    "actix-rt",
    "diesel",
    "rustls",
    "getrandom",
    "rand",
    "uuid",
    "chrono",
    "reqwest",
    "ureq",
    "hyper",
    "tracing-subscriber",
    "r2d2",
];

fn ours() -> BTreeMap<String, Package> {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    metadata
        .packages
        .into_iter()
        .map(|package| (package.name.to_string(), package))
        .collect()
}

fn uses(package: &Package) -> BTreeSet<&str> {
    let normal = |kind| matches!(kind, DependencyKind::Normal | DependencyKind::Build);
    package
        .dependencies
        .iter()
        .filter(|d| normal(d.kind))
        .map(|d| d.name.as_str())
        .collect()
}

#[test]
fn arrows_point_inwards() {
    let ours = ours();
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        ours.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        known,
        "every crate has its line in the table"
    );
    for (name, allowed) in ARROWS {
        let used = uses(&ours[name]);
        let used: BTreeSet<&str> = used.intersection(&known).copied().collect();
        let allowed = allowed.iter().copied().collect();
        assert!(
            used.is_subset(&allowed),
            "{name} uses {:?}",
            used.difference(&allowed).collect::<Vec<_>>()
        );
    }
}

#[test]
fn pure_crates_know_no_clock_no_random_source_and_no_io() {
    let ours = ours();
    for name in PURE {
        let banned: Vec<_> = uses(&ours[name])
            .into_iter()
            .filter(|used| IMPURE.contains(used))
            .collect();
        assert!(banned.is_empty(), "{name} uses {banned:?}");
    }
}

#[test]
fn pure_crates_do_not_reach_for_the_standard_library_s_io_either() {
    let ours = ours();
    for name in PURE {
        let sources = ours[name].manifest_path.parent().unwrap().join("src");
        for file in rust_files(sources.as_std_path()) {
            let text = std::fs::read_to_string(&file).unwrap();
            for banned in [
                "SystemTime",
                "Instant::now",
                "std::net",
                "std::fs",
                "std::thread",
                "std::env",
            ] {
                assert!(!text.contains(banned), "{} uses {banned}", file.display());
            }
        }
    }
}

#[test]
fn files_are_named_after_their_module_and_never_mod_rs() {
    for package in ours().values() {
        let sources = package.manifest_path.parent().unwrap().join("src");
        for file in rust_files(sources.as_std_path()) {
            assert_ne!(file.file_name().unwrap(), "mod.rs", "{}", file.display());
        }
    }
}

/// `tests/all` runs `it` of every crate, and beside them `product`: under another name, tests would not be run.
#[test]
fn tests_are_where_they_are_run() {
    let targets = ours().into_values().flat_map(|package| package.targets);
    let tests: BTreeSet<String> = targets
        .filter(cargo_metadata::Target::is_test)
        .map(|target| target.name)
        .collect();
    assert_eq!(tests, BTreeSet::from(["it", "product"].map(str::to_owned)));
}

fn rust_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}
