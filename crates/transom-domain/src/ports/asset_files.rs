//! Where the content of assets is kept. It is no part of the store: a file is written before the row that names it, and
//! removed after the row is gone, so that a crash leaves a file without a row and never a row without a file.

use crate::{AssetFileId, Timestamp};
use async_trait::async_trait;

/// Why a file is not written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilesError {
    /// There is no room left.
    #[error("there is no room left for files")]
    Full,
    /// There is no such file.
    #[error("the file {0} is not there")]
    Missing(AssetFileId),
    /// The folder failed. The system's own error is in the text, for the log.
    #[error("files failed: {0}")]
    Failed(String),
}

/// Where the content of assets is kept.
///
/// Promises: a file is there whole or not at all; what was kept is on disk; what was not kept leaves nothing behind but,
/// after a crash, something that [`AssetFiles::discard_uploads`] takes away.
#[async_trait]
pub trait AssetFiles: Send + Sync {
    /// Begins a file that is not there yet.
    async fn begin(&self, file: AssetFileId) -> Result<Box<dyn IncomingFile>, FilesError>;

    /// Opens a file.
    async fn open(&self, file: AssetFileId) -> Result<Box<dyn StoredFile>, FilesError>;

    /// Removes a file; one that is not there is removed already. Who reads it at this moment reads it to its end.
    async fn remove(&self, file: AssetFileId) -> Result<(), FilesError>;

    /// Files that were kept before a moment, of one of 256 parts: the ids that end in this byte.
    async fn kept(&self, part: u8, before: Timestamp) -> Result<Vec<AssetFileId>, FilesError>;

    /// Takes away uploads that were begun before a moment and never kept. Answers how many.
    async fn discard_uploads(&self, before: Timestamp) -> Result<u64, FilesError>;
}

/// A file that is being written. Dropped without being kept, it leaves nothing behind.
#[async_trait]
pub trait IncomingFile: Send + Sync {
    /// Appends bytes.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), FilesError>;

    /// Puts it on disk, whole, under its id.
    async fn keep(self: Box<Self>) -> Result<(), FilesError>;
}

/// A file that is being read.
#[async_trait]
pub trait StoredFile: Send {
    /// How many bytes it has.
    fn size(&self) -> u64;

    /// Goes on reading at this byte.
    async fn seek(&mut self, to: u64) -> Result<(), FilesError>;

    /// The next bytes, a piece of moderate size; none at its end.
    async fn read(&mut self) -> Result<Vec<u8>, FilesError>;
}
