//! Opening the settings' database.

use crate::{first_start, keys, settings::Settings};
use anyhow::Context as _;
use std::{path::Path, sync::Arc};
use transom_storage::{DatabaseStore, OpenOptions};

/// Opens the database, with its schema up to date.
///
/// # Errors
/// When it cannot be reached, or its schema does not fit and may not be changed.
pub async fn open(settings: &Settings) -> anyhow::Result<Arc<DatabaseStore>> {
    make_folder(settings)?;
    let url = settings.database.url.clone();
    let options = OpenOptions {
        migrate: settings.database.migrate_at_start,
        sqlite_readers: settings.database.connections,
        postgres_connections: settings.database.connections,
        keyring: keys::keyring(settings)?,
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
    make_folder(settings)?;
    transom_storage::migrate(&settings.database.url).context("the database of database.url cannot be migrated")
}

/// Makes the data folder if the database or the key is a file in it: any verb may be the first one.
pub(crate) fn make_folder(settings: &Settings) -> anyhow::Result<()> {
    let file = settings.database.url.strip_prefix("sqlite:").map(Path::new);
    let is_inside = |file: &Path| file.starts_with(&settings.data_dir);
    let key_is_inside = settings.secrets.key.reveal().is_empty() && is_inside(&keys::key_file(settings));
    match file.is_some_and(is_inside) || key_is_inside {
        true => first_start::make_data_dir(&settings.data_dir),
        false => Ok(()),
    }
}
