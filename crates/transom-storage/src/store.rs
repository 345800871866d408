//! The store, whichever database it is on.

use crate::{
    OpenError, OpenOptions, postgres::PostgresStore, sqlite::SqliteStore, statements::StatementCount, url::Target,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use transom_domain::ports::{BoxFuture, Store, StoreError, Unit, ViewUnit};

/// A store on a database. Its units need a tokio runtime around them.
pub struct DatabaseStore {
    backend: Backend,
    statements: StatementCount,
    writes: AtomicU64,
}

enum Backend {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// Opens the database that `url` names: `sqlite:path`, `sqlite::memory:` or `postgres://…`.
///
/// # Errors
/// See [`OpenError`].
pub fn open(url: &str, options: &OpenOptions) -> Result<Arc<DatabaseStore>, OpenError> {
    let statements = StatementCount::default();
    let backend = match Target::parse(url)? {
        Target::SqliteFile(path) => Backend::Sqlite(SqliteStore::open_file(&path, options, &statements)?),
        Target::SqliteMemory => Backend::Sqlite(SqliteStore::open_memory(options, &statements)?),
        Target::Postgres(url) => Backend::Postgres(PostgresStore::open(&url, options, &statements)?),
    };
    Ok(Arc::new(DatabaseStore {
        backend,
        statements,
        writes: AtomicU64::new(0),
    }))
}

impl DatabaseStore {
    /// How many statements were sent to the database so far, those that begin and end transactions among them.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.get()
    }

    /// How many units of work were begun that may write.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// The kind of database, for the log.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match &self.backend {
            Backend::Sqlite(_) => "SQLite",
            Backend::Postgres(_) => "PostgreSQL",
        }
    }
}

impl Store for DatabaseStore {
    fn read_unit(&self, unit: ViewUnit) -> BoxFuture<'_, Result<(), StoreError>> {
        match &self.backend {
            Backend::Sqlite(store) => Box::pin(store.read(unit)),
            Backend::Postgres(store) => Box::pin(store.read(unit)),
        }
    }

    fn write_unit(&self, unit: Unit) -> BoxFuture<'_, Result<(), StoreError>> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        match &self.backend {
            Backend::Sqlite(store) => Box::pin(store.write(unit)),
            Backend::Postgres(store) => Box::pin(store.write(unit)),
        }
    }
}

impl std::fmt::Debug for DatabaseStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseStore")
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}
