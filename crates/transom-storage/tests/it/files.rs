//! What a store leaves on the disk.

use crate::databases::options;
use std::os::unix::fs::PermissionsExt as _;
use transom_domain::{
    ports::{Store, StoreError},
    testing::{environment::context, samples},
};
use transom_storage::open;

/// Hashes of passwords and values of commands are in it: a folder that others may enter must not give them away.
#[tokio::test]
async fn a_new_database_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let url = format!("sqlite:{}/transom.db", folder.path().display());
    let store = open(&url, &options()).unwrap();
    let store: &dyn Store = &*store;
    let written: Result<(), StoreError> = store
        .write(&context(), |tx, _| tx.insert_organization(&samples::organization(1)))
        .await;
    written.unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 3, "the database, its log, its index: {files:?}");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file:?}");
    }
}

#[test]
fn a_file_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/nowhere/transom.db", folder.path().display());
    let error = open(&url, &options()).unwrap_err().to_string();
    assert!(error.contains("nowhere/transom.db"), "{error}");
}
