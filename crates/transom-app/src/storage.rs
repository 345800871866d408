//! Opening the settings' database.

use crate::settings::Settings;
use anyhow::Context as _;
use std::sync::Arc;
use transom_storage::{DatabaseStore, OpenOptions};

/// Opens the database, with its schema up to date.
///
/// # Errors
/// When it cannot be reached, or its schema does not fit and may not be changed.
pub async fn open(settings: &Settings) -> anyhow::Result<Arc<DatabaseStore>> {
    let url = settings.database.url.clone();
    let options = OpenOptions {
        migrate: settings.database.migrate_at_start,
        sqlite_readers: settings.database.connections,
        postgres_connections: settings.database.connections,
        ..OpenOptions::default()
    };
    // Connecting and migrating block.
    tokio::task::spawn_blocking(move || transom_storage::open(&url, &options))
        .await?
        .context("the database of database.url cannot be used")
}

/// Brings the schema up to date; answers how many migrations that took.
///
/// # Errors
/// When the database cannot be reached, or is newer than this binary.
pub fn migrate(settings: &Settings) -> anyhow::Result<usize> {
    transom_storage::migrate(&settings.database.url).context("the database of database.url cannot be migrated")
}
