//! The keys that secrets in the database are sealed with: a file, or the settings.

use crate::{environment::SystemEnvironment, first_start, settings::Settings};
use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{
    fs::{self, File, TryLockError},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};
use transom_domain::Environment as _;
use transom_storage::sealing::{FixedKeys, KEY_BYTES, Key, KeyError, KeySource, Keyring};

/// The file in the data folder, where no other is set.
const KEY_FILE: &str = "secrets.key";

/// The file whose lock a rotation holds.
const LOCK_FILE: &str = "secrets.lock";

/// What a key file begins with.
const HEADING: &str = "# Secrets in Transom's database are encrypted with the first key; further ones open only.\n\
                       # Keep a copy apart from the database's: without its key, nothing that is sealed can be read.\n";

/// The keys that the settings name.
///
/// # Errors
/// When they cannot be read. A file that is not there has no keys yet.
pub fn keyring(settings: &Settings) -> anyhow::Result<Arc<Keyring>> {
    let given = settings.secrets.key.reveal();
    if given.is_empty() {
        return Ok(Keyring::new(KeyFile(key_file(settings)))?);
    }
    let keys = given.split([',', ' ', '\n']).filter(|text| !text.is_empty());
    let keys: Result<Vec<_>, _> = keys.map(|text| key("secrets.key", text)).collect();
    Ok(Keyring::new(FixedKeys::new(keys?))?)
}

/// The key file; none where the settings give the keys themselves.
#[must_use]
pub fn key_file(settings: &Settings) -> PathBuf {
    match settings.secrets.key_file.as_os_str().is_empty() {
        true => settings.data_dir.join(KEY_FILE),
        false => settings.secrets.key_file.clone(),
    }
}

/// Makes sure that one rotation runs at a time in this data folder, for as long as the answered file is open.
///
/// # Errors
/// When another is running, or the folder cannot be written.
pub fn lock(settings: &Settings) -> anyhow::Result<File> {
    first_start::make_data_dir(&settings.data_dir)?;
    let path = settings.data_dir.join(LOCK_FILE);
    let file = first_start::private()
        .open(&path)
        .with_context(|| format!("{} cannot be made", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => anyhow::bail!("another rotation of the keys is running"),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("{} cannot be locked", path.display())),
    }
}

/// A file with a key on each line, the one to seal with first.
struct KeyFile(PathBuf);

impl KeyFile {
    fn read(&self) -> Result<Vec<[u8; KEY_BYTES]>, KeyError> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.fault("cannot be read", &error)),
        };
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
        let keys: Vec<_> = lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(number, line)| key(&format!("{} line {number}", self.0.display()), line))
            .collect::<Result<_, _>>()?;
        match keys.is_empty() {
            // Not a file that is still to be made: whatever was in it is lost.
            true => Err(KeyError(format!("{} holds no key", self.0.display()))),
            false => Ok(keys),
        }
    }

    /// Writes the whole content beside the file and syncs it; it is then to be given its name.
    fn write_beside(&self, keys: &[[u8; KEY_BYTES]]) -> Result<PathBuf, KeyError> {
        let beside = self.0.with_extension(format!("{}.new", std::process::id()));
        let mut text = HEADING.to_owned();
        for key in keys {
            text.push_str(&STANDARD.encode(key));
            text.push('\n');
        }
        let write = || {
            let mut file = first_start::private().truncate(true).open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        match write() {
            Ok(()) => Ok(beside),
            Err(error) => {
                let _ = fs::remove_file(&beside);
                Err(self.fault("cannot be written", &error))
            }
        }
    }

    /// Puts other keys in the place of those that are there, all at once.
    fn replace(&self, keys: &[[u8; KEY_BYTES]]) -> Result<(), KeyError> {
        let beside = self.write_beside(keys)?;
        fs::rename(&beside, &self.0)
            .and_then(|()| sync_folder(&self.0))
            .map_err(|error| self.fault("cannot be replaced", &error))
    }

    fn fault(&self, what: &str, error: &std::io::Error) -> KeyError {
        KeyError(format!("the key file {} {what}: {error}", self.0.display()))
    }
}

impl KeySource for KeyFile {
    fn keys(&self) -> Result<Vec<Key>, KeyError> {
        self.read()?.into_iter().map(Key::new).collect()
    }

    fn make_first(&self) -> Result<(), KeyError> {
        let beside = self.write_beside(&[SystemEnvironment.seed()])?;
        // A link, because that fails where another process was quicker.
        let made = fs::hard_link(&beside, &self.0);
        let _ = fs::remove_file(&beside);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            made => made
                .and_then(|()| sync_folder(&self.0))
                .map_err(|error| self.fault("cannot be made", &error)),
        }
    }

    fn add(&self) -> Result<(), KeyError> {
        let mut keys = self.read()?;
        keys.insert(0, SystemEnvironment.seed());
        self.replace(&keys)
    }

    fn keep_only(&self, id: &str) -> Result<(), KeyError> {
        let mut kept = Vec::new();
        for bytes in self.read()? {
            if Key::new(bytes)?.id() == id {
                kept.push(bytes);
            }
        }
        match kept.is_empty() {
            true => Err(KeyError(format!("{} lacks key {id}", self.0.display()))),
            false => self.replace(&kept),
        }
    }
}

/// A name is on disk only when its folder is.
fn sync_folder(file: &Path) -> std::io::Result<()> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

fn key(place: &str, text: &str) -> Result<[u8; KEY_BYTES], KeyError> {
    let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| {
        KeyError(format!(
            "{place} must be {KEY_BYTES} bytes in base64, such as `openssl rand -base64 {KEY_BYTES}` prints"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn ids(file: &KeyFile) -> Vec<String> {
        file.keys().unwrap().iter().map(|key| key.id().to_owned()).collect()
    }

    #[test]
    fn a_key_file_is_made_once_for_its_owner_alone_and_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile(folder.path().join(KEY_FILE));
        assert!(ids(&file).is_empty());
        file.make_first().unwrap();
        let first = ids(&file);
        file.make_first().unwrap();
        assert_eq!(ids(&file), first, "whoever comes second takes what is there");
        file.add().unwrap();
        let both = ids(&file);
        assert_eq!((both.len(), &both[1]), (2, &first[0]));
        file.keep_only(&both[0]).unwrap();
        assert_eq!(ids(&file), both[..1]);
        assert!(file.keep_only("00000000").is_err());
        assert_eq!(ids(&file), both[..1]);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(left[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_key_is_named_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile(folder.path().join(KEY_FILE));
        for (text, said) in [("", "holds no key"), ("# x\n\nc2VjcmV0\n", "line 3 must be 32 bytes")] {
            fs::write(&file.0, text).unwrap();
            let error = file.keys().unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("c2VjcmV0"), "{error}");
        }
    }
}
