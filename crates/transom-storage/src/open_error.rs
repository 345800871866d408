//! Why a database cannot be opened.

/// Why a database cannot be opened. No text repeats the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is of no kind that is known.
    #[error("the database URL must begin with sqlite: or postgres://")]
    Scheme,
    /// An SQLite URL without a path.
    #[error("the database URL must name a file, as in sqlite:data/transom.db, or be sqlite::memory:")]
    NoPath,
    /// A URL that asks for TLS, in a binary that cannot do it.
    #[error(
        "the database URL asks for TLS (sslmode={0}), but this binary was built without it: build it with the feature \
         postgres-tls, or reach the server over a Unix socket or a private network without sslmode"
    )]
    TlsNotBuiltIn(String),
    /// The schema lacks migrations, and running them at start is switched off.
    #[error("the database's schema lacks {0} migration(s) of this binary: run `transom migrate`")]
    Behind(usize),
    /// The schema has a migration that this binary does not know.
    #[error(
        "the database's schema is newer than this binary (it has migration {0}): start the newer binary, or restore \
         a backup made before the update"
    )]
    Newer(String),
    /// There is no connection to be had.
    #[error("the database cannot be reached: {0}")]
    Connect(String),
    /// A migration failed; it left no trace.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migrate(String),
    /// There is no key to seal secrets with, and none is made where the keys come from.
    #[error("there is no key to seal secrets with")]
    NoKey,
    /// A key that the database's secrets are sealed with is not there.
    #[error(
        "the database has secrets that are sealed with key {0}, which is not there: put the key back from a backup, or \
         give the secrets up with `transom secrets rotate --replace-lost`"
    )]
    LostKey(String),
    /// The keys cannot be read or kept.
    #[error("{0}")]
    Keys(#[from] crate::sealing::KeyError),
    /// What lay in clear could not be sealed; a further start goes on with it.
    #[error("the database's secrets cannot be sealed: {0}")]
    Seal(String),
}
