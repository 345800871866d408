//! Files without a record: what a crash between the file and its row, or between a row's end and its file's, leaves behind.

use crate::{
    AssetFileId, Timestamp,
    ports::{AssetFiles, FilesError, Store, StoreError},
};
use std::time::Duration;

/// How long an upload may be under way; what is older was given up. Uploads end within an hour.
const UPLOAD_KEPT: Duration = Duration::from_secs(24 * 3_600);

/// How long a file may be without a record: its row is written right after it.
const ORPHAN_KEPT: Duration = Duration::from_secs(3_600);

/// Why files were not swept.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The folder failed.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Removes uploads that were given up and files that no record names. Answers how many.
///
/// # Errors
/// When the folder or the store fails; what was removed until then is removed.
pub async fn sweep(files: &dyn AssetFiles, store: &dyn Store, now: Timestamp) -> Result<u64, SweepError> {
    let mut removed = files.discard_uploads(before(now, UPLOAD_KEPT)).await?;
    for part in 0..=u8::MAX {
        let kept = files.kept(part, before(now, ORPHAN_KEPT)).await?;
        if kept.is_empty() {
            continue;
        }
        let asked = kept.clone();
        let named: Result<Vec<AssetFileId>, StoreError> = store.read(move |view| view.named_asset_files(&asked)).await;
        let named = named?;
        for file in kept.into_iter().filter(|file| !named.contains(file)) {
            files.remove(file).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn before(now: Timestamp, age: Duration) -> Timestamp {
    let millis = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis))
}
