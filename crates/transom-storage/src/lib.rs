//! The store on SQLite and on PostgreSQL, behind the port `transom_domain::ports::Store`.
//!
//! * [`open`] a database by its URL: `sqlite:path`, `sqlite::memory:`, `postgres://…`.
//! * [`migrate`] it, or ask for its [`schema_state`].
//!
//! [`AssetFolder`] keeps the content of assets, beside the store: `transom_domain::ports::AssetFiles`.
//!
//! Each noun has one file of queries under `queries/`, compiled once for each database: `sqlite.rs` and `postgres.rs`
//! define the connection, the transaction and what only that database can say, and pull in the same files. Rows and
//! tables (`rows/`, `schema.rs`) are the same for both.
//!
//! Secrets lie in the database sealed: see [`sealing`].
//!
//! A reading unit is not a snapshot: each of its statements sees what was committed when it began. Rules that lean on
//! what they read are writing units, and lock first.

mod asset_folder;
mod fault;
mod migrations;
mod open_error;
mod options;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails stops at once")]
mod plans;
mod postgres;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails stops at once")]
mod recorder;
mod rows;
mod schema;
pub mod sealing;
mod sqlite;
mod statements;
mod store;
mod url;

pub use asset_folder::AssetFolder;
pub use migrations::{SchemaState, migrate, schema_state};
pub use open_error::OpenError;
pub use options::{OpenOptions, POSTGRES_CONNECTIONS, QUEUE_UNITS, SQLITE_READERS};
pub use store::{DatabaseStore, open};
