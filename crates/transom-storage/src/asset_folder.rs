//! The content of assets as files in a folder: `<last two characters of the id>/<id>`, and `incoming/<id>` while they are
//! being written. Several nodes may share it; then it must be one folder of a file system that all of them mount.

use async_trait::async_trait;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};
use transom_domain::{
    AssetFileId, Timestamp,
    ports::{AssetFiles, FilesError, IncomingFile, StoredFile},
};

/// Bytes gathered before they are written: fewer turns of the thread for blocking work, and still nothing beside what
/// 1,000 uploads at once may take.
const WRITE_BYTES: usize = 256 * 1024;

/// Bytes read in one piece.
const READ_BYTES: usize = 128 * 1024;

/// Where files lie while they are being written.
const INCOMING: &str = "incoming";

/// A folder for the content of assets.
#[derive(Debug, Clone)]
pub struct AssetFolder {
    root: PathBuf,
}

impl AssetFolder {
    /// Opens the folder and makes it if there is none; only its owner may look into it then.
    ///
    /// # Errors
    /// When it cannot be made or written to.
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = Self { root: root.into() };
        make_folder(&folder.root.join(INCOMING))?;
        // A folder that can be read only is found now and not by the first upload.
        let probe = folder.root.join(INCOMING).join(".probe");
        fs::write(&probe, b"")?;
        fs::remove_file(&probe)?;
        Ok(folder)
    }

    fn incoming(&self, file: AssetFileId) -> PathBuf {
        self.root.join(INCOMING).join(file.to_string())
    }

    fn place(&self, file: AssetFileId) -> PathBuf {
        let name = file.to_string();
        // The last characters are random; the first are the time.
        self.root.join(&name[name.len() - 2..]).join(&name)
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Does something that blocks, elsewhere.
async fn blocking<T, F>(work: F) -> Result<T, FilesError>
where
    T: Send + 'static,
    F: FnOnce() -> io::Result<T> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| failed(&error)),
        Err(_) => Err(FilesError::Failed("the work on a file panicked".to_owned())),
    }
}

fn failed(error: &io::Error) -> FilesError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => FilesError::Full,
        _ => FilesError::Failed(error.to_string()),
    }
}

/// Absent is as good as removed.
fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The files of a folder that were last written before a moment.
fn older(folder: &Path, before: Timestamp) -> io::Result<Vec<(AssetFileId, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        // What has another name is not ours.
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|name| AssetFileId::parse(name).ok())
        else {
            continue;
        };
        match entry.metadata().and_then(|about| about.modified()) {
            Ok(written) if millis(written) < before.as_millis() => found.push((id, entry.path())),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn millis(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[async_trait]
impl AssetFiles for AssetFolder {
    async fn begin(&self, file: AssetFileId) -> Result<Box<dyn IncomingFile>, FilesError> {
        let (path, place) = (self.incoming(file), self.place(file));
        let made = path.clone();
        let handle = blocking(move || OpenOptions::new().write(true).create_new(true).mode(0o600).open(made)).await?;
        Ok(Box::new(Incoming {
            handle: Some(handle),
            gathered: Vec::new(),
            path,
            place,
        }))
    }

    async fn open(&self, file: AssetFileId) -> Result<Box<dyn StoredFile>, FilesError> {
        let path = self.place(file);
        let opened = blocking(move || match File::open(path) {
            Ok(handle) => Ok(Some((handle.metadata()?.len(), handle))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        });
        let (size, handle) = opened.await?.ok_or(FilesError::Missing(file))?;
        Ok(Box::new(Stored {
            handle: Some(handle),
            size,
        }))
    }

    async fn remove(&self, file: AssetFileId) -> Result<(), FilesError> {
        let path = self.place(file);
        blocking(move || remove(&path).map(drop)).await
    }

    async fn kept(&self, part: u8, before: Timestamp) -> Result<Vec<AssetFileId>, FilesError> {
        let folder = self.root.join(format!("{part:02x}"));
        let found = blocking(move || older(&folder, before)).await?;
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    async fn discard_uploads(&self, before: Timestamp) -> Result<u64, FilesError> {
        let folder = self.root.join(INCOMING);
        blocking(move || {
            let mut removed = 0;
            for (_, path) in older(&folder, before)? {
                removed += u64::from(remove(&path)?);
            }
            Ok(removed)
        })
        .await
    }
}

/// A file that is being written.
struct Incoming {
    /// None while another thread has it, and after it was kept.
    handle: Option<File>,
    gathered: Vec<u8>,
    path: PathBuf,
    place: PathBuf,
}

impl Incoming {
    async fn flush(&mut self) -> Result<(), FilesError> {
        let bytes = std::mem::take(&mut self.gathered);
        let mut handle = self.handle.take().ok_or_else(broken)?;
        let written = blocking(move || {
            handle.write_all(&bytes)?;
            Ok((handle, bytes))
        });
        let (handle, mut bytes) = written.await?;
        bytes.clear();
        (self.handle, self.gathered) = (Some(handle), bytes);
        Ok(())
    }
}

fn broken() -> FilesError {
    FilesError::Failed("the file failed before".to_owned())
}

#[async_trait]
impl IncomingFile for Incoming {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), FilesError> {
        for piece in bytes.chunks(WRITE_BYTES) {
            if self.gathered.len() + piece.len() > WRITE_BYTES {
                self.flush().await?;
            }
            self.gathered.extend_from_slice(piece);
        }
        Ok(())
    }

    async fn keep(mut self: Box<Self>) -> Result<(), FilesError> {
        self.flush().await?;
        let handle = self.handle.take().ok_or_else(broken)?;
        let (path, place) = (self.path.clone(), self.place.clone());
        blocking(move || {
            handle.sync_all()?;
            let folder = place.parent().unwrap_or(Path::new(".")).to_owned();
            if !folder.is_dir() {
                make_folder(&folder)?;
                // The folder's own entry must be on disk too, or the file is lost with it.
                File::open(folder.parent().unwrap_or(Path::new(".")))?.sync_all()?;
            }
            fs::rename(&path, &place)?;
            File::open(folder)?.sync_all()
        })
        .await
    }
}

impl Drop for Incoming {
    /// What was kept lies elsewhere by now.
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!(%error, "an upload that was given up could not be removed; a job tries again");
        }
    }
}

/// A file that is being read.
struct Stored {
    /// None while another thread has it.
    handle: Option<File>,
    size: u64,
}

#[async_trait]
impl StoredFile for Stored {
    fn size(&self) -> u64 {
        self.size
    }

    async fn seek(&mut self, to: u64) -> Result<(), FilesError> {
        let mut handle = self.handle.take().ok_or_else(broken)?;
        let moved = blocking(move || {
            handle.seek(SeekFrom::Start(to))?;
            Ok(handle)
        });
        self.handle = Some(moved.await?);
        Ok(())
    }

    async fn read(&mut self) -> Result<Vec<u8>, FilesError> {
        let mut handle = self.handle.take().ok_or_else(broken)?;
        let read = blocking(move || {
            let mut bytes = Vec::with_capacity(READ_BYTES);
            (&mut handle).take(READ_BYTES as u64).read_to_end(&mut bytes)?;
            Ok((handle, bytes))
        });
        let (handle, bytes) = read.await?;
        self.handle = Some(handle);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> AssetFileId {
        [n; 12].into()
    }

    fn files(root: &Path) -> Vec<String> {
        let mut names = Vec::new();
        for entry in fs::read_dir(root).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                names.extend(files(&path));
            } else {
                names.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        names
    }

    const LATER: Timestamp = Timestamp::from_millis(i64::MAX);
    const EARLIER: Timestamp = Timestamp::from_millis(0);

    #[tokio::test]
    async fn what_was_kept_is_read_again_from_any_place() {
        let folder = tempfile::tempdir().unwrap();
        let store = AssetFolder::open(folder.path()).unwrap();
        let content: Vec<u8> = (0..WRITE_BYTES * 2 + 7).map(|i| (i % 251) as u8).collect();
        let mut file = store.begin(id(1)).await.unwrap();
        for piece in content.chunks(9_999) {
            file.write(piece).await.unwrap();
        }
        assert!(
            matches!(store.open(id(1)).await, Err(FilesError::Missing(_))),
            "not before it is whole"
        );
        file.keep().await.unwrap();
        assert_eq!(files(folder.path()), [id(1).to_string()]);
        let mut file = store.open(id(1)).await.unwrap();
        assert_eq!(file.size(), content.len() as u64);
        let mut read = Vec::new();
        loop {
            let piece = file.read().await.unwrap();
            assert!(piece.len() <= READ_BYTES);
            if piece.is_empty() {
                break;
            }
            read.extend(piece);
        }
        assert!(read == content);
        file.seek(content.len() as u64 - 3).await.unwrap();
        assert_eq!(file.read().await.unwrap(), content[content.len() - 3..]);
        store.remove(id(1)).await.unwrap();
        store.remove(id(1)).await.unwrap();
        assert!(files(folder.path()).is_empty());
    }

    #[tokio::test]
    async fn what_is_given_up_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = AssetFolder::open(folder.path()).unwrap();
        let mut file = store.begin(id(1)).await.unwrap();
        file.write(&vec![1; WRITE_BYTES + 1]).await.unwrap();
        assert_eq!(files(folder.path()).len(), 1);
        drop(file);
        assert!(files(folder.path()).is_empty());
    }

    #[tokio::test]
    async fn a_full_disk_is_told_as_such() {
        // The kernel's own full disk; where there is none, there is nothing to test with.
        let Ok(handle) = OpenOptions::new().write(true).open("/dev/full") else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut file = Incoming {
            handle: Some(handle),
            gathered: Vec::new(),
            path: folder.path().join("a"),
            place: folder.path().join("b"),
        };
        let end = file.write(&vec![1; WRITE_BYTES * 3]).await;
        assert_eq!(end, Err(FilesError::Full));
        assert!(Box::new(file).keep().await.is_err(), "a file with a hole is never kept");
        assert!(files(folder.path()).is_empty());
    }

    #[tokio::test]
    async fn abandoned_uploads_and_kept_files_are_told_by_their_age() {
        let folder = tempfile::tempdir().unwrap();
        let store = AssetFolder::open(folder.path()).unwrap();
        store.begin(id(2)).await.unwrap().keep().await.unwrap();
        std::mem::forget(store.begin(id(3)).await.unwrap());
        fs::write(folder.path().join("02").join("readme.txt"), b"not ours").unwrap();
        assert_eq!(store.kept(2, LATER).await, Ok(vec![id(2)]));
        assert_eq!(store.kept(2, EARLIER).await, Ok(Vec::new()));
        assert_eq!(store.kept(9, LATER).await, Ok(Vec::new()));
        assert_eq!(store.discard_uploads(EARLIER).await, Ok(0));
        assert_eq!(store.discard_uploads(LATER).await, Ok(1));
        assert_eq!(store.discard_uploads(LATER).await, Ok(0));
    }
}
