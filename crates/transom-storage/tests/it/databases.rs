//! A fresh database of each kind for a test.

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use transom_storage::{DatabaseStore, OpenOptions, open};

/// A database that is gone when this is dropped.
pub enum Database {
    Memory,
    File(tempfile::TempDir),
    Postgres { server: String, name: String },
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
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
            eprintln!("SKIPPED on PostgreSQL: TEST_DATABASE_URL is not set (run it under tests/with-postgres)");
            return None;
        };
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("transom_storage_{}_{number}", process::id());
        run(&server, &format!("DROP DATABASE IF EXISTS {name}"));
        run(&server, &format!("CREATE DATABASE {name}"));
        Some(Self::Postgres { server, name })
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
            Self::Postgres { server, name } => on_server(server, name),
        }
    }

    /// Ends all connections to a database on PostgreSQL, as a restart of its server does.
    pub fn cut(&self) {
        if let Self::Postgres { server, name } = self {
            let others = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            run(server, &others);
        }
    }

    pub fn open(&self) -> Arc<DatabaseStore> {
        open(&self.url(), &options()).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            run(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The URL of a database on the same server.
fn on_server(server: &str, name: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let (scheme, rest) = address.split_once("://").expect("a URL");
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    format!("{scheme}://{host}/{name}?{query}")
}

fn run(server: &str, statement: &str) {
    let mut connection = PgConnection::establish(server).expect("TEST_DATABASE_URL names a server");
    sql_query(statement).execute(&mut connection).expect(statement);
}
