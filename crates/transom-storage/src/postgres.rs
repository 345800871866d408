//! PostgreSQL: a pool of connections, units on threads for blocking work.
//!
//! Transactions are READ COMMITTED, and what a rule leans on is locked before it is read (`lock_…`). That loses no update,
//! and makes those who want the same row wait for each other instead of failing and starting over.

/// Locks the rows of a query until the unit ends. `NO KEY`, because no key ever changes: rows that refer to a locked one
/// can be made beside it.
macro_rules! locking {
    ($query:expr) => {
        $query.for_no_key_update()
    };
}

/// Reads rows that nobody may remove until the unit ends.
macro_rules! holding {
    ($query:expr) => {
        $query.for_key_share()
    };
}

/// Reads rows that nobody may hold or remove until the unit ends.
macro_rules! seizing {
    ($query:expr) => {
        $query.for_update()
    };
}

/// Reads rows that nobody may lock until the unit ends; any number of units may do so at once.
macro_rules! sharing {
    ($query:expr) => {
        $query.for_share()
    };
}

/// Runs statements in a transaction of their own.
macro_rules! atomically {
    ($connection:expr, $work:expr) => {
        diesel::Connection::transaction($connection, $work)
    };
}

/// Rising, what is unknown first: PostgreSQL puts it last unless told otherwise, and the index must say the same.
macro_rules! rising {
    ($column:expr) => {
        diesel::PgSortExpressionMethods::nulls_first($column.asc())
    };
}

/// Falling, what is unknown last.
macro_rules! falling {
    ($column:expr) => {
        diesel::PgSortExpressionMethods::nulls_last($column.desc())
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

use crate::{
    OpenError, OpenOptions,
    fault::{panicked, store_error},
    migrations::{self, Migrated, failed},
    sealing::Keyring,
    statements::StatementCount,
};
use diesel::{
    Connection as _,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    prelude::*,
    r2d2::{ConnectionManager, R2D2Connection},
};
use diesel_migrations::EmbeddedMigrations;
use r2d2::{Pool, PooledConnection};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use transom_domain::ports::{StoreError, Unit, Verdict, ViewUnit};

pub(crate) type Connection = PgConnection;
type Database = diesel::pg::Pg;
type Manager = ConnectionManager<Connection>;

/// Runs of a unit that meets conflicts. With locks taken first they are rare; five in a row mean that something is wrong.
const RUNS_MAX: u32 = 5;

/// How long a unit waits for a row that another one has locked. Units take milliseconds.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// What a page read at random costs beside one read in order. The default of 4 is that of a spinning disk, and makes
/// PostgreSQL read the whole table of devices where an index of a fifth of its size would do; memory and SSDs are near 1.
const RANDOM_PAGE_COST: f64 = 1.1;

/// How long a unit waits for a connection to be made: a server that does not answer by then is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The advisory lock that processes migrate under: the word "transom" in ASCII.
const MIGRATION_LOCK: i64 = 0x74_7261_6e73_6f6d;

/// The store on PostgreSQL.
pub(crate) struct PostgresStore {
    pool: Pool<Manager>,
    /// As many permits as connections, so that those who wait for one hold no thread.
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue_units: usize,
    connections: u32,
    keyring: Arc<Keyring>,
}

/// Opens a connection.
pub(crate) fn connect(url: &str, statements: StatementCount) -> Result<Connection, OpenError> {
    let mut connection = Connection::establish(url).map_err(|error| OpenError::Connect(error.to_string()))?;
    configure(&mut connection, statements).map_err(|error| OpenError::Connect(error.to_string()))?;
    Ok(connection)
}

fn configure(connection: &mut Connection, statements: StatementCount) -> QueryResult<()> {
    let timeout = LOCK_TIMEOUT.as_millis();
    connection.batch_execute(&format!(
        "SET lock_timeout = {timeout}; SET random_page_cost = {RANDOM_PAGE_COST}"
    ))?;
    // Last, because the pool may set up a connection at any time, and that is nobody's statement.
    connection.set_instrumentation(statements);
    Ok(())
}

/// What was overwritten lies in dead rows until the server's own vacuum has been there, which is not for us to run.
#[expect(clippy::unnecessary_wraps, reason = "SQLite has something to do here that may fail")]
fn forget_overwritten(_: &mut Connection) -> QueryResult<()> {
    Ok(())
}

/// Sets up each connection of the pool.
#[derive(Debug)]
struct Customizer(StatementCount);

impl r2d2::CustomizeConnection<Connection, diesel::r2d2::Error> for Customizer {
    fn on_acquire(&self, connection: &mut Connection) -> Result<(), diesel::r2d2::Error> {
        configure(connection, self.0.clone()).map_err(diesel::r2d2::Error::QueryError)
    }
}

impl PostgresStore {
    /// Opens a database, which must exist.
    pub(crate) fn open(url: &str, options: &OpenOptions, statements: &StatementCount) -> Result<Self, OpenError> {
        // The first connection is our own, because the pool keeps to itself why it cannot connect.
        let mut connection = connect(url, statements.clone())?;
        migrations::settle(&mut connection, options.migrate)?;
        sealing::settle(&mut connection, &options.keyring)?;
        drop(connection);
        let pool = Pool::builder()
            .max_size(options.postgres_connections)
            .min_idle(Some(1))
            .connection_timeout(CONNECT_TIMEOUT)
            // Asking each time would double the statements; a dead connection is noticed at its first use instead.
            .test_on_check_out(false)
            .connection_customizer(Box::new(Customizer(statements.clone())))
            .build(Manager::new(url))
            .map_err(|error| OpenError::Connect(error.to_string()))?;
        Ok(Self {
            pool,
            turns: Arc::new(Semaphore::new(options.postgres_connections as usize)),
            waiting: AtomicUsize::new(0),
            queue_units: options.queue_units,
            connections: options.postgres_connections,
            keyring: options.keyring.clone(),
        })
    }

    /// Waits for a turn, unless too many do already.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        if let Ok(permit) = self.turns.clone().try_acquire_owned() {
            return Ok(permit);
        }
        // Counts down also when the caller stops waiting.
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        if before >= self.queue_units {
            return Err(StoreError::Busy);
        }
        self.turns.clone().acquire_owned().await.map_err(|_| StoreError::Busy)
    }

    /// Runs a unit that changes.
    pub(crate) async fn write(&self, mut unit: Unit) -> Result<(), StoreError> {
        let turn = self.turn().await?;
        let (pool, connections, keyring) = (self.pool.clone(), self.connections, self.keyring.clone());
        let end = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut runs = 0;
            loop {
                runs += 1;
                let mut pooled = begun(&pool, connections)?;
                match finish(&mut pooled, &keyring, &mut unit) {
                    Err(StoreError::Conflict(what)) if runs < RUNS_MAX => {
                        tracing::debug!(run = runs, what, "a unit of work met a conflict and runs again");
                    }
                    end => return end,
                }
            }
        });
        end.await.unwrap_or_else(|_| Err(panicked()))
    }

    /// Runs a unit that looks: each of its statements by itself.
    pub(crate) async fn read(&self, mut unit: ViewUnit) -> Result<(), StoreError> {
        let turn = self.turn().await?;
        let (pool, connections, keyring) = (self.pool.clone(), self.connections, self.keyring.clone());
        let end = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut dead = 0;
            loop {
                let mut pooled = connection(&pool)?;
                let connection: &mut Connection = &mut pooled;
                let end = unit::look(connection, &keyring, &mut *unit, false);
                // Looking again does no harm, so a connection that died while it was idle is nobody's concern.
                if end.is_err() && is_dead(connection) && dead < connections {
                    dead += 1;
                    continue;
                }
                return end.map(|_| ());
            }
        });
        end.await.unwrap_or_else(|_| Err(panicked()))
    }
}

fn connection(pool: &Pool<Manager>) -> Result<PooledConnection<Manager>, StoreError> {
    pool.get().map_err(|error| {
        // Callers are told to come again. Those who wait for a connection are as many as there are connections, and each
        // of them waits for seconds, so that this does not fill the log.
        tracing::error!(%error, "PostgreSQL cannot be reached");
        StoreError::Unavailable(format!("no connection to PostgreSQL: {error}"))
    })
}

/// Whether a connection on which something failed is of no more use; the pool then gives it up. Diesel takes only those
/// for broken that are stuck in a transaction, so one whose server went away would come back from the pool for ever.
fn is_dead(connection: &mut Connection) -> bool {
    if !connection.is_broken() && connection.ping().is_err() {
        AnsiTransactionManager::transaction_manager_status_mut(connection).set_in_error();
    }
    connection.is_broken()
}

/// A connection with a transaction begun. One that died while it was idle fails at that, before anything is lost: then
/// the next is tried, and once all have been, a new one is made.
fn begun(pool: &Pool<Manager>, connections: u32) -> Result<PooledConnection<Manager>, StoreError> {
    let mut tried = 0;
    loop {
        let mut pooled = connection(pool)?;
        let connection: &mut Connection = &mut pooled;
        match AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN ISOLATION LEVEL READ COMMITTED") {
            Ok(()) => return Ok(pooled),
            Err(error) => {
                if !is_dead(connection) || tried == connections {
                    return Err(store_error("begin", &error));
                }
                tried += 1;
            }
        }
    }
}

/// Runs a unit in the transaction that was begun, and ends it.
fn finish(pooled: &mut PooledConnection<Manager>, keyring: &Keyring, unit: &mut Unit) -> Result<(), StoreError> {
    let connection: &mut Connection = pooled;
    let verdict = unit::change(connection, keyring, &mut **unit);
    if verdict == Ok(Verdict::Commit) {
        return AnsiTransactionManager::commit_transaction(connection).map_err(|error| {
            match store_error("commit", &error) {
                // Whether the server had committed when the line broke, nobody knows.
                StoreError::Unavailable(what) => StoreError::Failed(what),
                other => other,
            }
        });
    }
    // A connection that cannot even undo is broken, which the pool notices; the server then undoes by itself.
    if let Err(error) = AnsiTransactionManager::rollback_transaction(connection) {
        tracing::warn!(%error, "a unit of work could not be rolled back; its connection is given up");
    }
    verdict.map(|_| ())
}

impl Migrated for Connection {
    type Database = Database;
    const MIGRATIONS: EmbeddedMigrations = migrations::POSTGRES;

    fn alone<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, OpenError>) -> Result<T, OpenError> {
        let mut end = None;
        let committed = self.transaction(|connection| {
            connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))?;
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
