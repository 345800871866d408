//! Worlds on either database, for what depends on how a database lets units wait for each other.

#[path = "../../../../../../tests/support/postgres.rs"]
mod postgres;

use crate::admin::world::World;
use postgres::OwnPostgres;
use transom_http::admin::AdminSettings;

/// A fresh database that is gone when this is dropped.
pub enum Database {
    Memory,
    Postgres(OwnPostgres),
}

impl Database {
    /// SQLite, and PostgreSQL where `TEST_DATABASE_URL` names a server.
    pub fn every() -> Vec<Self> {
        let postgres = OwnPostgres::create().map(Self::Postgres);
        [Some(Self::Memory), postgres].into_iter().flatten().collect()
    }

    pub async fn world(&self) -> World {
        let url = match self {
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::Postgres(own) => own.url(),
        };
        World::at(&url, AdminSettings::default()).await
    }
}
