//! Worlds on either database, for what depends on how a database lets units wait for each other.

use crate::admin::world::World;
use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
};
use transom_http::admin::AdminSettings;

/// A fresh database that is gone when this is dropped.
pub enum Database {
    Memory,
    Postgres { server: String, name: String },
}

impl Database {
    /// SQLite, and PostgreSQL where `TEST_DATABASE_URL` names a server.
    pub fn every() -> Vec<Self> {
        let mut every = vec![Self::Memory];
        match std::env::var("TEST_DATABASE_URL") {
            Ok(server) => {
                static MADE: AtomicU32 = AtomicU32::new(0);
                let number = MADE.fetch_add(1, Ordering::Relaxed);
                let name = format!("transom_http_{}_{number}", process::id());
                run(&server, &format!("DROP DATABASE IF EXISTS {name}"));
                run(&server, &format!("CREATE DATABASE {name}"));
                every.push(Self::Postgres { server, name });
            }
            Err(_) => {
                eprintln!("SKIPPED on PostgreSQL: TEST_DATABASE_URL is not set (run it under tests/with-postgres)");
            }
        }
        every
    }

    pub async fn world(&self) -> World {
        let url = match self {
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::Postgres { server, name } => on_server(server, name),
        };
        World::at(&url, AdminSettings::default()).await
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
