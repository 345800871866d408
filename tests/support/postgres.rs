//! Databases on the PostgreSQL that `TEST_DATABASE_URL` names (`tests/with-postgres` provides one): each test has its own.
//! Shared by the tests of several crates, each of which includes this file.

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// The server that tests may make databases on; says so when there is none.
pub fn server() -> Option<String> {
    let server = std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty());
    if server.is_none() {
        eprintln!("SKIPPED on PostgreSQL: TEST_DATABASE_URL is not set (run it under tests/with-postgres)");
    }
    server
}

/// A new database, dropped in the end.
pub struct OwnPostgres {
    server: String,
    name: String,
}

impl OwnPostgres {
    /// A database of its own; none where there is no server.
    pub fn create() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = server()?;
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}_{}_{number}", env!("CARGO_CRATE_NAME"), process::id());
        let name = format!("{}_{name}", env!("CARGO_PKG_NAME").replace('-', "_"));
        run(&server, &format!("DROP DATABASE IF EXISTS {name}"));
        run(&server, &format!("CREATE DATABASE {name}"));
        Some(Self { server, name })
    }

    /// Its URL: the server's, with its name in place of the path.
    pub fn url(&self) -> String {
        let (address, query) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let (scheme, rest) = address.split_once("://").expect("a URL");
        let host = rest.split_once('/').map_or(rest, |(host, _)| host);
        format!("{scheme}://{host}/{}?{query}", self.name)
    }

    /// Ends all connections to it, as a restart of its server does.
    #[allow(dead_code, reason = "not every crate that includes this file needs it")]
    pub fn cut(&self) {
        let name = &self.name;
        let others = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        run(&self.server, &others);
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        run(
            &self.server,
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
    }
}

fn run(server: &str, statement: &str) {
    let mut connection = PgConnection::establish(server).expect("TEST_DATABASE_URL names a server");
    sql_query(statement).execute(&mut connection).expect(statement);
}
