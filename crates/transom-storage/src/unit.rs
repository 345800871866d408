//! The unit of work on one connection: what the roles are implemented for. Compiled once for each database.

use super::Connection;
use crate::{
    fault::{Fault, panicked},
    sealing::{Keyring, Sealer},
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use transom_domain::ports::{StoreError, Tx, Verdict, View};

/// One run of a unit of work.
pub(super) struct UnitOfWork<'a> {
    connection: &'a mut Connection,
    /// Opens what is sealed.
    pub(super) keyring: &'a Keyring,
    /// The key that this unit seals with, once it has sealed something.
    sealer: Option<Sealer>,
    /// The first error that the store gave it. From then on it can only be undone, and gets the same error again.
    doomed: Option<StoreError>,
    /// Whether reads that may take long have to be made on another thread.
    is_hurried: bool,
    /// Whether such a read came: the unit is to be run again where it may take its time.
    is_to_move: bool,
}

/// What a unit that looked came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It ran.
    Done,
    /// It wants to read something long, and was started where that must not be.
    TooLong,
}

impl<'a> UnitOfWork<'a> {
    pub(super) fn new(connection: &'a mut Connection, keyring: &'a Keyring) -> Self {
        Self {
            connection,
            keyring,
            sealer: None,
            doomed: None,
            is_hurried: false,
            is_to_move: false,
        }
    }

    /// Runs queries. An error dooms the unit.
    pub(super) fn run<T>(
        &mut self,
        what: &'static str,
        queries: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        if let Some(error) = &self.doomed {
            return Err(error.clone());
        }
        queries(self.connection).map_err(|fault| {
            let error = fault.into_store_error(what);
            self.doomed = Some(error.clone());
            error
        })
    }

    /// What seals the secrets of this unit. The key is the unit's until it ends.
    pub(super) fn sealer(&mut self) -> Result<Sealer, StoreError> {
        if let Some(sealer) = &self.sealer {
            return Ok(sealer.clone());
        }
        let keyring = self.keyring;
        let sealer = self.run("sealing key", |connection| super::sealing::sealer(connection, keyring))?;
        self.sealer = Some(sealer.clone());
        Ok(sealer)
    }

    /// As [`UnitOfWork::run`], for reads whose length nobody can tell before.
    pub(super) fn run_long<T>(
        &mut self,
        what: &'static str,
        queries: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        if self.is_hurried {
            self.is_to_move = true;
            self.doomed = Some(StoreError::Conflict(format!("{what}: to be read on another thread")));
        }
        self.run(what, queries)
    }
}

/// Runs a unit that changes, within a transaction that the caller has begun. Whether the transaction is to be kept; an
/// error says that it must not be, whatever the unit made of it.
pub(super) fn change(
    connection: &mut Connection,
    keyring: &Keyring,
    unit: &mut (dyn FnMut(&mut dyn Tx) -> Verdict + Send),
) -> Result<Verdict, StoreError> {
    let mut work = UnitOfWork::new(connection, keyring);
    let verdict = catch_unwind(AssertUnwindSafe(|| unit(&mut work)));
    match (verdict, work.doomed) {
        (Err(_), _) => Err(panicked()),
        (Ok(_), Some(error)) => Err(error),
        (Ok(verdict), None) => Ok(verdict),
    }
}

/// Runs a unit that looks. With `hurried`, it is given up before a read that may take long.
pub(super) fn look(
    connection: &mut Connection,
    keyring: &Keyring,
    unit: &mut (dyn FnMut(&mut dyn View) + Send),
    hurried: bool,
) -> Result<Look, StoreError> {
    let mut work = UnitOfWork::new(connection, keyring);
    work.is_hurried = hurried;
    let end = catch_unwind(AssertUnwindSafe(|| unit(&mut work)));
    match (end, work.is_to_move, work.doomed) {
        (_, true, _) => Ok(Look::TooLong),
        (Err(_), false, _) => Err(panicked()),
        (Ok(()), false, Some(error)) => Err(error),
        (Ok(()), false, None) => Ok(Look::Done),
    }
}
