//! A fresh database of each kind for a test.

#[path = "../../../../tests/support/postgres.rs"]
mod postgres;

use postgres::OwnPostgres;
use std::sync::Arc;
use transom_storage::{DatabaseStore, OpenOptions, open};

/// A database that is gone when this is dropped.
pub enum Database {
    Memory,
    File(tempfile::TempDir),
    Postgres(OwnPostgres),
}

/// Connections of one test's pool: many tests run at once on one server.
const TEST_CONNECTIONS: u32 = 5;

/// Options for tests.
pub fn options() -> OpenOptions {
    OpenOptions {
        postgres_connections: TEST_CONNECTIONS,
        ..OpenOptions::default()
    }
}

impl Database {
    pub fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// A new database on the server that `TEST_DATABASE_URL` names; none without it, which is said.
    pub fn postgres() -> Option<Self> {
        OwnPostgres::create().map(Self::Postgres)
    }

    /// All kinds that outlive a store and are at hand.
    pub fn lasting() -> Vec<Self> {
        [Some(Self::file()), Self::postgres()].into_iter().flatten().collect()
    }

    /// All kinds that are at hand.
    pub fn every() -> Vec<Self> {
        let mut every = Self::lasting();
        every.push(Self::Memory);
        every
    }

    pub fn url(&self) -> String {
        match self {
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::File(folder) => format!("sqlite:{}", folder.path().join("transom.db").display()),
            Self::Postgres(own) => own.url(),
        }
    }

    /// Ends all connections to a database on PostgreSQL, as a restart of its server does.
    pub fn cut(&self) {
        if let Self::Postgres(own) = self {
            own.cut();
        }
    }

    pub fn open(&self) -> Arc<DatabaseStore> {
        open(&self.url(), &options()).unwrap()
    }
}
