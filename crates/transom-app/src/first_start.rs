//! What the first start makes: the data folder, the organization `default`, an administrator's token.

use anyhow::Context as _;
use std::{
    fs::{self, OpenOptions},
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
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true).mode(0o600);
    let write = |mut file: fs::File| {
        file.write_all(secret.as_bytes())?;
        file.sync_all()
    };
    options
        .open(path)
        .and_then(write)
        .with_context(|| format!("the token cannot be kept in {}", path.display()))
}
