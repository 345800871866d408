//! SQLite: one thread that writes, and a pool of connections that look.
//!
//! A read of a few rows takes about as long as handing it to another thread would, so it is made right where it is
//! asked for. A read that may take long is made on a thread for blocking work: a unit that comes to one is run again
//! there ([`unit::Look::TooLong`]), so that no caller has to say beforehand which kind it is.

/// Locks the rows of a query until the unit ends. The only writer there is needs no more than to be it.
macro_rules! locking {
    ($query:expr) => {
        $query
    };
}

/// Reads rows that nobody may remove until the unit ends. The only writer there is needs no more than to be it.
macro_rules! holding {
    ($query:expr) => {
        $query
    };
}

/// Reads rows that nobody may hold or remove until the unit ends. The only writer there is needs no more than to be it.
macro_rules! seizing {
    ($query:expr) => {
        $query
    };
}

/// Reads rows that nobody may lock until the unit ends. The only writer there is needs no more than to be it.
macro_rules! sharing {
    ($query:expr) => {
        $query
    };
}

/// Runs statements in a transaction of their own, as the only writer.
macro_rules! atomically {
    ($connection:expr, $work:expr) => {
        $connection.immediate_transaction($work)
    };
}

/// Rising, what is unknown first: as SQLite sorts by itself, so that an index serves.
macro_rules! rising {
    ($column:expr) => {
        $column.asc()
    };
}

/// Falling, what is unknown last.
macro_rules! falling {
    ($column:expr) => {
        $column.desc()
    };
}

#[path = "queries/admx_configs.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod admx_configs;
#[path = "queries/api_tokens.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod api_tokens;
#[path = "queries/applications.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod applications;
#[path = "queries/assets.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod assets;
#[path = "queries/audiences.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod audiences;
#[path = "queries/audit_log.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod audit_log;
#[path = "queries/automation_rules.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod automation_rules;
#[path = "queries/commands.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod commands;
#[path = "queries/default_configs.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod default_configs;
#[path = "queries/devices.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod devices;
#[path = "queries/enrollment_templates.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod enrollment_templates;
#[path = "queries/enrollment_tokens.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod enrollment_tokens;
#[path = "queries/enrollments.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod enrollments;
#[path = "queries/idempotency_keys.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod idempotency_keys;
#[path = "queries/managed_devices.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod managed_devices;
#[path = "queries/organizations.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod organizations;
#[path = "queries/policies.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod policies;
#[path = "queries/policy_references.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod policy_references;
#[path = "queries/roles.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod roles;
#[path = "queries/script_assignments.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod script_assignments;
#[path = "queries/scripts.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod scripts;
#[path = "queries/sealing.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
pub(crate) mod sealing;
#[path = "queries/segments.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod segments;
#[path = "queries/service_accounts.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod service_accounts;
#[path = "queries/sessions.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod sessions;
#[path = "queries/smart_attributes.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod smart_attributes;
#[path = "queries/software.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod software;
#[path = "queries/tags.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod tags;
#[path = "unit.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod unit;
#[path = "queries/users.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod users;
mod writer;

use crate::{
    OpenError, OpenOptions,
    migrations::{self, Migrated, failed},
    sealing::Keyring,
    statements::StatementCount,
};
use diesel::{Connection as _, connection::SimpleConnection, prelude::*, r2d2::ConnectionManager};
use diesel_migrations::EmbeddedMigrations;
use r2d2::Pool;
use std::{sync::Arc, time::Duration};
use transom_domain::ports::{StoreError, Unit, ViewUnit};
use unit::Look;
use writer::Writer;

pub(crate) type Connection = SqliteConnection;
type Database = diesel::sqlite::Sqlite;

/// The name of a database in memory.
pub(crate) const MEMORY: &str = ":memory:";

/// How long a connection waits for the lock of another process, such as the command line beside a running server. Within
/// the server nobody waits: there is one writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a long read waits for a connection. All of them are in use only when that many lists are being read.
const READER_TIMEOUT: Duration = Duration::from_secs(5);

/// Page cache of one connection, in KiB: the upper levels of every index of a large fleet.
const CACHE_KIB: u32 = 16 * 1024;

/// The store on SQLite.
pub(crate) struct SqliteStore {
    writer: Writer,
    /// None for a database in memory: only the connection that made it sees it, so the writer reads as well.
    readers: Option<Pool<ConnectionManager<Connection>>>,
    keyring: Arc<Keyring>,
}

/// Makes a database's file that only its owner may read, if there is none: it holds hashes of passwords and the values
/// of commands. SQLite gives the files beside it (`-wal`, `-shm`) the same mode. One that is there keeps its own, which
/// may be an operator's choice.
fn make_private(path: &str) -> Result<(), OpenError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match file {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(OpenError::Connect(format!("{path}: {error}")))
        }
        _ => Ok(()),
    }
}

/// Opens a connection that writes.
pub(crate) fn connect(path: &str, statements: StatementCount) -> Result<Connection, OpenError> {
    if path != MEMORY {
        make_private(path)?;
    }
    let mut connection = Connection::establish(path).map_err(|error| OpenError::Connect(error.to_string()))?;
    connection.set_instrumentation(statements);
    configure(&mut connection).map_err(|error| OpenError::Connect(error.to_string()))?;
    Ok(connection)
}

/// The settings of a connection that writes.
///
/// A write-ahead log lets readers go on beside the writer. `synchronous = FULL` syncs it at every commit, because a
/// command that was accepted, or a result that a PC was told is taken, must survive a power cut; what that costs is
/// shared by all units that are committed together.
fn configure(connection: &mut Connection) -> QueryResult<()> {
    let timeout = BUSY_TIMEOUT.as_millis();
    connection.batch_execute(&format!(
        "PRAGMA busy_timeout = {timeout}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; PRAGMA cache_size = -{CACHE_KIB}; PRAGMA secure_delete = ON;"
    ))
}

/// Sees to it that what was overwritten on this connection is nowhere in the file: neither in freed pages, which
/// `secure_delete` fills with zeroes as they are freed, nor in the log.
fn forget_overwritten(connection: &mut Connection) -> QueryResult<()> {
    connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE);")
}

/// Sets up each connection of the pool of readers: it cannot write.
#[derive(Debug)]
struct Reader(StatementCount);

impl r2d2::CustomizeConnection<Connection, diesel::r2d2::Error> for Reader {
    fn on_acquire(&self, connection: &mut Connection) -> Result<(), diesel::r2d2::Error> {
        let timeout = BUSY_TIMEOUT.as_millis();
        connection
            .batch_execute(&format!(
                "PRAGMA busy_timeout = {timeout}; PRAGMA query_only = ON; PRAGMA cache_size = -{CACHE_KIB};"
            ))
            .map_err(diesel::r2d2::Error::QueryError)?;
        // Last, because the pool may set up a connection at any time, and that is nobody's statement.
        connection.set_instrumentation(self.0.clone());
        Ok(())
    }
}

impl SqliteStore {
    /// Opens a file, or makes it.
    pub(crate) fn open_file(path: &str, options: &OpenOptions, statements: &StatementCount) -> Result<Self, OpenError> {
        let mut connection = connect(path, statements.clone())?;
        migrations::settle(&mut connection, options.migrate)?;
        sealing::settle(&mut connection, &options.keyring)?;
        let readers = Pool::builder()
            .max_size(options.sqlite_readers)
            .connection_timeout(READER_TIMEOUT)
            // A connection to a file does not die of old age, and asking it each time would double the statements.
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .connection_customizer(Box::new(Reader(statements.clone())))
            .build(ConnectionManager::new(path))
            .map_err(|error| OpenError::Connect(error.to_string()))?;
        let (path, statements) = (path.to_owned(), statements.clone());
        let reconnect = move || connect(&path, statements.clone()).ok();
        Ok(Self {
            writer: Writer::start(connection, Box::new(reconnect), options)?,
            readers: Some(readers),
            keyring: options.keyring.clone(),
        })
    }

    /// Makes a database in memory.
    pub(crate) fn open_memory(options: &OpenOptions, statements: &StatementCount) -> Result<Self, OpenError> {
        let mut connection = connect(MEMORY, statements.clone())?;
        migrations::settle(&mut connection, true)?;
        sealing::settle(&mut connection, &options.keyring)?;
        Ok(Self {
            // Another connection would have another, empty database.
            writer: Writer::start(connection, Box::new(|| None), options)?,
            readers: None,
            keyring: options.keyring.clone(),
        })
    }

    /// Runs a unit that changes.
    pub(crate) async fn write(&self, unit: Unit) -> Result<(), StoreError> {
        self.writer.write(unit).await
    }

    /// Runs a unit that looks.
    pub(crate) async fn read(&self, mut unit: ViewUnit) -> Result<(), StoreError> {
        let Some(readers) = &self.readers else {
            return self.writer.read(unit).await;
        };
        if let Some(mut pooled) = readers.try_get() {
            let connection: &mut Connection = &mut pooled;
            match unit::look(connection, &self.keyring, &mut *unit, true)? {
                Look::Done => return Ok(()),
                Look::TooLong => {}
            }
        }
        let (readers, keyring) = (readers.clone(), self.keyring.clone());
        let end = tokio::task::spawn_blocking(move || {
            let mut pooled = readers.get().map_err(|_| StoreError::Busy)?;
            let connection: &mut Connection = &mut pooled;
            unit::look(connection, &keyring, &mut *unit, false).map(|_| ())
        });
        end.await.unwrap_or_else(|_| Err(crate::fault::panicked()))
    }
}

impl Migrated for Connection {
    type Database = Database;
    const MIGRATIONS: EmbeddedMigrations = migrations::SQLITE;

    fn alone<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, OpenError>) -> Result<T, OpenError> {
        let mut end = None;
        let committed = self.immediate_transaction(|connection| {
            end = Some(work(connection));
            match &end {
                Some(Ok(_)) => Ok(()),
                _ => Err(diesel::result::Error::RollbackTransaction),
            }
        });
        match (end, committed) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(failed(error)),
            (None, Ok(())) => Err(OpenError::Migrate("nothing was done".to_owned())),
        }
    }
}

#[cfg(test)]
mod explain;
#[cfg(test)]
#[path = "plans/lists.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod lists;
#[cfg(test)]
#[path = "plans/scans.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod scans;
#[cfg(test)]
mod tests;
