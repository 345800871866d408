//! Files that are whole or not there at all, whenever the process or the machine stops.

use crate::PkiError;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{ErrorKind, Write},
    path::Path,
};

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody on the machine.
    Everybody,
    /// The account that the server runs as, and nobody else.
    Owner,
}

/// The file's bytes; nothing if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, PkiError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed("read", path)(source)),
    }
}

/// Makes the directory and those above it, if they are missing.
pub(crate) fn make_directory(path: &Path, access: Access) -> Result<(), PkiError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    if access == Access::Owner {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    builder.create(path).map_err(failed("create the directory", path))
}

/// Writes a file beside its place, brings it to the disk, and only then gives it its name: a crash leaves the old file
/// or the new one, never a part. The mode is given at creation, so that a key is at no moment readable by others.
pub(crate) fn write(path: &Path, contents: &[u8], access: Access) -> Result<(), PkiError> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    let draft = path.with_file_name(name);
    // A draft of an earlier crash may have another mode: it must not be written into.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed("remove", &draft)(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if access == Access::Owner { 0o600 } else { 0o644 });
    let mut file = options.open(&draft).map_err(failed("create", &draft))?;
    file.write_all(contents)
        .and_then(|()| file.sync_all())
        .map_err(failed("write", &draft))?;
    drop(file);
    fs::rename(&draft, path).map_err(failed("put into place", path))?;
    sync_directory(path)
}

/// The new name itself must survive a power cut, too.
fn sync_directory(of: &Path) -> Result<(), PkiError> {
    if cfg!(unix)
        && let Some(directory) = of.parent()
    {
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(failed("sync", directory))?;
    }
    Ok(())
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> PkiError {
    let path = path.to_owned();
    move |source| PkiError::File { action, path, source }
}
