//! Where test data lie.

use std::path::PathBuf;

/// Captures of real clients, which are read in place.
pub fn captures() -> Option<PathBuf> {
    let default = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/protocol/fixtures"
    ));
    let directory = std::env::var_os("TRANSOM_CAPTURES").map_or(default, PathBuf::from);
    if directory.is_dir() {
        return Some(directory);
    }
    println!("skipped: there are no captures in {}", directory.display());
    None
}

/// Messages of our own.
pub fn data(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/mde")).join(name)
}

/// Reads a file or says which one is missing.
pub fn read(path: PathBuf) -> Vec<u8> {
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
