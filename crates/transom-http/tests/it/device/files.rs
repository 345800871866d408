//! Where messages lie that were not made up in a test.

use std::path::PathBuf;

/// A message of our own making.
pub fn data(name: &str) -> Vec<u8> {
    read(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data")).join(name))
}

/// A message of a real client, or of its shape; none where there are no captures.
pub fn capture(name: &str) -> Option<Vec<u8>> {
    let default = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/protocol/fixtures"
    ));
    let directory = std::env::var_os("TRANSOM_CAPTURES").map_or(default, PathBuf::from);
    if directory.is_dir() {
        return Some(read(directory.join(name)));
    }
    println!("skipped: there are no captures in {}", directory.display());
    None
}

fn read(path: PathBuf) -> Vec<u8> {
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
