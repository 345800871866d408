//! Rows, and the one fallible conversion of each into its domain value. A row that fits no value is an error that names
//! table, column and row; its content stays out of the text, because it may be a secret.

pub(crate) mod admx_configs;
pub(crate) mod api_tokens;
pub(crate) mod applications;
pub(crate) mod assets;
pub(crate) mod audit_log;
pub(crate) mod automation_rules;
pub(crate) mod commands;
pub(crate) mod default_configs;
pub(crate) mod devices;
pub(crate) mod enrollment_templates;
pub(crate) mod enrollment_tokens;
pub(crate) mod enrollments;
pub(crate) mod idempotency_keys;
pub(crate) mod managed_devices;
pub(crate) mod organizations;
pub(crate) mod policies;
pub(crate) mod roles;
pub(crate) mod script_assignments;
pub(crate) mod scripts;
pub(crate) mod segments;
pub(crate) mod service_accounts;
pub(crate) mod sessions;
pub(crate) mod smart_attributes;
pub(crate) mod software;
pub(crate) mod users;

use serde::de::DeserializeOwned;
use transom_domain::{Timestamp, ports::StoreError};

/// Where a value was read, to say so when it fits nothing.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    table: &'static str,
    row: &'a str,
}

impl<'a> Place<'a> {
    /// A row of a table, named by its key.
    pub(crate) const fn new(table: &'static str, row: &'a str) -> Self {
        Self { table, row }
    }

    /// The value, or the error that says where it was to be.
    pub(crate) fn fit<T>(self, column: &str, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| {
            StoreError::Inconsistent(format!(
                "{}.{column} of row {} holds what is no value of it",
                self.table, self.row
            ))
        })
    }

    /// A count or code.
    pub(crate) fn number(self, column: &str, value: i64) -> Result<u32, StoreError> {
        self.fit(column, u32::try_from(value).ok())
    }

    /// JSON.
    pub(crate) fn json<T: DeserializeOwned>(self, column: &str, text: &str) -> Result<T, StoreError> {
        self.fit(column, serde_json::from_str(text).ok())
    }
}

/// Moments as columns hold them.
pub(crate) fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millis)
}

/// Columns as moments.
pub(crate) fn moment(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}
