//! The schema and its versions. Every migration is there twice, under the same name, for each database.

use crate::{OpenError, postgres, sqlite, statements::StatementCount, url::Target};
use diesel::{
    backend::Backend,
    migration::{Migration, MigrationSource, MigrationVersion},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// How a database's schema stands to this binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// It is what the binary needs.
    UpToDate,
    /// It lacks that many migrations.
    Behind(usize),
    /// It has a migration of that version, which the binary does not know.
    Newer(String),
}

/// Brings a database's schema up to date. Answers how many migrations it took.
///
/// # Errors
/// When the database cannot be reached, its schema is newer than this binary, or a migration fails; then nothing of it
/// is kept.
pub fn migrate(url: &str) -> Result<usize, OpenError> {
    match Target::parse(url)? {
        Target::SqliteFile(path) => run(&mut sqlite::connect(&path, StatementCount::default())?),
        Target::SqliteMemory => run(&mut sqlite::connect(sqlite::MEMORY, StatementCount::default())?),
        Target::Postgres(url) => run(&mut postgres::connect(&url, StatementCount::default())?),
    }
}

/// How a database's schema stands to this binary.
///
/// # Errors
/// When the database cannot be reached.
pub fn schema_state(url: &str) -> Result<SchemaState, OpenError> {
    match Target::parse(url)? {
        Target::SqliteFile(path) => state(&mut sqlite::connect(&path, StatementCount::default())?),
        Target::SqliteMemory => state(&mut sqlite::connect(sqlite::MEMORY, StatementCount::default())?),
        Target::Postgres(url) => state(&mut postgres::connect(&url, StatementCount::default())?),
    }
}

/// A connection that migrations can run on.
pub(crate) trait Migrated: MigrationHarness<Self::Database> {
    /// The database's dialect.
    type Database: Backend;

    /// Its migrations.
    const MIGRATIONS: EmbeddedMigrations;

    /// Runs `work` in a transaction that no other process migrates beside.
    fn alone<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, OpenError>) -> Result<T, OpenError>;
}

/// What went wrong with a migration. Its own text names the migration and the statement, never a value.
pub(crate) fn failed(error: impl std::fmt::Display) -> OpenError {
    OpenError::Migrate(error.to_string())
}

/// See [`schema_state`].
pub(crate) fn state<C: Migrated>(connection: &mut C) -> Result<SchemaState, OpenError>
where
    EmbeddedMigrations: MigrationSource<C::Database>,
{
    connection.alone(state_alone)
}

fn state_alone<C: Migrated>(connection: &mut C) -> Result<SchemaState, OpenError>
where
    EmbeddedMigrations: MigrationSource<C::Database>,
{
    let known: Vec<Box<dyn Migration<C::Database>>> = C::MIGRATIONS.migrations().map_err(failed)?;
    let known: Vec<MigrationVersion<'_>> = known.iter().map(|m| m.name().version()).collect();
    let mut applied = connection.applied_migrations().map_err(failed)?;
    applied.sort();
    if let Some(newer) = applied.iter().rev().find(|version| !known.contains(version)) {
        return Ok(SchemaState::Newer(newer.to_string()));
    }
    Ok(match known.len() - applied.len() {
        0 => SchemaState::UpToDate,
        lacking => SchemaState::Behind(lacking),
    })
}

/// See [`migrate`].
pub(crate) fn run<C: Migrated>(connection: &mut C) -> Result<usize, OpenError>
where
    EmbeddedMigrations: MigrationSource<C::Database>,
{
    connection.alone(|connection| match state_alone(connection)? {
        SchemaState::UpToDate => Ok(0),
        SchemaState::Newer(version) => Err(OpenError::Newer(version)),
        SchemaState::Behind(lacking) => {
            connection.run_pending_migrations(C::MIGRATIONS).map_err(failed)?;
            Ok(lacking)
        }
    })
}

/// Makes sure that the schema is what the binary needs, by migrating if that is wanted.
pub(crate) fn settle<C: Migrated>(connection: &mut C, migrate: bool) -> Result<(), OpenError>
where
    EmbeddedMigrations: MigrationSource<C::Database>,
{
    match state(connection)? {
        SchemaState::UpToDate => Ok(()),
        SchemaState::Newer(version) => Err(OpenError::Newer(version)),
        SchemaState::Behind(_) if migrate => run(connection).map(|_| ()),
        SchemaState::Behind(lacking) => Err(OpenError::Behind(lacking)),
    }
}
