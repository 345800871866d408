//! What the first start makes: the data folder, the organization `default`, an administrator's token.

use anyhow::Context as _;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write as _,
    path::{Path, PathBuf},
};
use transom_domain::{
    Actor, Environment, Origin,
    api_token::{self, CreateApiToken},
    organization::{self, CreateOrganizationError, Organization},
    ports::Store,
    secret::Secret,
};

/// The organization of a server that has one only.
pub const DEFAULT_ORGANIZATION: &str = "default";

/// Where the first administrator's token is kept.
#[must_use]
pub fn token_file(data_dir: &Path) -> PathBuf {
    data_dir.join("admin.token")
}

/// The file whose lock a running server holds.
const LOCK_FILE: &str = "server.lock";

/// Makes a folder that only its owner may enter.
///
/// # Errors
/// When it cannot be made.
pub fn make_data_dir(data_dir: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .with_context(|| format!("the data folder {} cannot be made", data_dir.display()))
}

/// Opens the data folder for a server, and makes it where there is none. The server holds it until the answered file is
/// closed, also by a crash: two servers in one folder would write the same files, and each would count failed sign-ins
/// without the other (decision 10). The command line's verbs take no lock.
///
/// # Errors
/// When it cannot be made, or another server has it.
pub fn open_data_dir(data_dir: &Path) -> anyhow::Result<File> {
    make_data_dir(data_dir)?;
    let path = data_dir.join(LOCK_FILE);
    let file = private()
        .open(&path)
        .with_context(|| format!("the data folder cannot be written: {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            anyhow::bail!("another server is running in the data folder {}", data_dir.display())
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("the data folder cannot be locked: {}", path.display()))
        }
    }
}

/// For a file that only its owner may read, made where there is none.
pub(crate) fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.create(true).write(true).mode(0o600);
    options
}

/// The organization `default`; where there is none yet, it is made with a token, which is answered and kept in its file.
///
/// # Errors
/// When the store fails or the token cannot be kept.
pub async fn default_organization(
    store: &dyn Store,
    environment: &dyn Environment,
    data_dir: &Path,
) -> anyhow::Result<(Organization, Option<Secret>)> {
    if let Some(organization) = find(store).await? {
        let lost = fs::read(token_file(data_dir)).is_ok_and(|token| token.is_empty());
        if !lost {
            return Ok((organization, None));
        }
        // A first start was cut off between the database and the file: its token was never seen by anybody.
        let request = CreateApiToken {
            name: "administrator".to_owned(),
            permissions: vec!["*".to_owned()],
            segments: Vec::new(),
        };
        let id = organization.id;
        let cx = environment.context(Actor::Server("first-start"), Origin::default());
        let token = store
            .write(&cx, move |tx, cx| api_token::create(tx, cx, id, &request))
            .await?;
        keep(&token_file(data_dir), token.secret.reveal())?;
        return Ok((organization, Some(token.secret)));
    }
    // Whether the file can be written is tried before anything is made: a token that is lost cannot be shown again.
    keep(&token_file(data_dir), "")?;
    let cx = environment.context(Actor::Server("first-start"), Origin::default());
    let made = store
        .write(&cx, |tx, cx| {
            organization::create(tx, cx, DEFAULT_ORGANIZATION, "Default organization")
        })
        .await;
    match made {
        Ok((organization, token)) => {
            keep(&token_file(data_dir), token.secret.reveal())?;
            Ok((organization, Some(token.secret)))
        }
        // Another process on the same database was first.
        Err(CreateOrganizationError::Taken(_)) => {
            let organization = find(store).await?.context("the organization default vanished")?;
            Ok((organization, None))
        }
        Err(error) => Err(error).context("the organization default cannot be made"),
    }
}

async fn find(store: &dyn Store) -> anyhow::Result<Option<Organization>> {
    Ok(store
        .read(|view| view.organization_by_slug(DEFAULT_ORGANIZATION))
        .await?)
}

/// Writes a file that only its owner may read.
fn keep(path: &Path, secret: &str) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let write = |mut file: File| {
        // A file that was there before may have any mode.
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(secret.as_bytes())?;
        file.sync_all()
    };
    private()
        .truncate(true)
        .open(path)
        .and_then(write)
        .with_context(|| format!("the token cannot be kept in {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_has_one_server_at_a_time() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("data");
        let held = open_data_dir(&folder).unwrap();
        let refused = open_data_dir(&folder).unwrap_err().to_string();
        assert!(refused.contains("another server"), "{refused}");
        drop(held);
        open_data_dir(&folder).unwrap();
    }
}
