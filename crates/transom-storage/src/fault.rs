//! The driver's errors as the few outcomes that a caller can act on.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use transom_domain::ports::StoreError;

/// What can go wrong within a query: the database's own error, or a row that fits no value.
pub(crate) enum Fault {
    /// The database's.
    Database(Error),
    /// Ours.
    Store(StoreError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Fault {
    /// The port's error, with what was being done.
    pub(crate) fn into_store_error(self, what: &str) -> StoreError {
        match self {
            Fault::Database(error) => store_error(what, &error),
            Fault::Store(error) => error,
        }
    }
}

/// A row that had to be there is not.
pub(crate) fn missing(table: &str, id: &dyn std::fmt::Display) -> Fault {
    Fault::Store(StoreError::Failed(format!(
        "{table} has no row {id}, which was to be changed"
    )))
}

/// A unit of work panicked. The panic's own text is on standard error.
pub(crate) fn panicked() -> StoreError {
    StoreError::Failed("a unit of work panicked".to_owned())
}

/// The port's error for a database's.
pub(crate) fn store_error(what: &str, error: &Error) -> StoreError {
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, information) => {
            StoreError::Duplicate(unique_key(information.as_ref()))
        }
        Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            information,
        ) => StoreError::Unavailable(format!("{what}: {}", information.message())),
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
            StoreError::Conflict(format!("{what}: could not be serialized"))
        }
        // Neither driver gives the code of these, only the text: `40P01` and `55P03` of PostgreSQL in its English
        // (a server that speaks another language reports them as failures), `SQLITE_BUSY` and `SQLITE_LOCKED`.
        Error::DatabaseError(_, information) if information.message().contains("deadlock detected") => {
            StoreError::Conflict(format!("{what}: deadlock"))
        }
        Error::DatabaseError(_, information)
            if information.message().contains("is locked") || information.message().contains("lock timeout") =>
        {
            StoreError::Busy
        }
        // The driver's details are left out: they quote the values of the row.
        Error::DatabaseError(_, information) => StoreError::Failed(format!("{what}: {}", information.message())),
        Error::DeserializationError(error) => StoreError::Inconsistent(format!("{what}: {error}")),
        other => StoreError::Failed(format!("{what}: {other}")),
    }
}

/// Names the unique key alike for both databases, `organizations.slug`. SQLite says `UNIQUE constraint failed:
/// organizations.slug`, PostgreSQL names the constraint, `organizations_slug_key`.
fn unique_key(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> String {
    if let (Some(table), Some(constraint)) = (information.table_name(), information.constraint_name()) {
        let column = constraint
            .strip_prefix(table)
            .and_then(|rest| rest.strip_prefix('_'))
            .unwrap_or(constraint);
        let column = if column == "pkey" {
            "id"
        } else {
            column.strip_suffix("_key").unwrap_or(column)
        };
        return format!("{table}.{column}");
    }
    match information.message().split_once("failed: ") {
        Some((_, columns)) => columns.to_owned(),
        None => information.message().to_owned(),
    }
}
