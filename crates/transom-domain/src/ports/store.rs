//! The unit of work: the only way to look at state, and the only way to change it.

use super::{Tx, View};
use crate::Context;
use std::{future::Future, pin::Pin};

/// A boxed future, so that the port is object safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a unit of work wants to become of what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Keep it.
    Commit,
    /// Undo it.
    RollBack,
}

/// A unit of work that changes. It may be run again after a conflict, so it only reads what it captured.
pub type Unit = Box<dyn FnMut(&mut dyn Tx) -> Verdict + Send>;

/// A unit of work that looks.
pub type ViewUnit = Box<dyn FnMut(&mut dyn View) + Send>;

/// What a caller can act on when the store fails. The driver's own error is in the text, for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Too much waits already: try again shortly.
    #[error("the store is busy")]
    Busy,
    /// Another unit changed the same rows; the store runs the unit again before a caller sees this.
    #[error("the store had a conflict: {0}")]
    Conflict(String),
    /// Something with the same unique key exists.
    #[error("the store has one already: {0}")]
    Duplicate(String),
    /// A row fits no value of the domain. The text names table, column and row.
    #[error("the store is inconsistent: {0}")]
    Inconsistent(String),
    /// The database cannot be reached. Nothing of the unit was kept; it may be tried again once the database is back.
    #[error("the store cannot be reached: {0}")]
    Unavailable(String),
    /// The database failed.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// Where state is kept.
///
/// Promises, held by the contract suite on every database:
///
/// * A unit that answers [`Verdict::Commit`] is kept whole; one that answers otherwise, panics, or met any store error
///   leaves no trace.
/// * Nothing of a unit is visible outside before it is committed.
/// * No update is lost when units run at once: a row that a rule leans on is locked (`lock_…`) before it is read.
/// * `Ok(())` of a writing unit means that it is on disk.
pub trait Store: Send + Sync {
    /// Runs a unit that looks. Prefer `read` of `dyn Store`.
    fn read_unit(&self, unit: ViewUnit) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Runs a unit that changes. Prefer `write` of `dyn Store`.
    fn write_unit(&self, unit: Unit) -> BoxFuture<'_, Result<(), StoreError>>;
}

impl dyn Store + '_ {
    /// Looks at state.
    ///
    /// # Errors
    /// What the closure answers, or the store's failure.
    pub async fn read<T, E, F>(&self, mut look: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnMut(&mut dyn View) -> Result<T, E> + Send + 'static,
    {
        let slot = std::sync::Arc::new(std::sync::Mutex::new(None));
        let filled = slot.clone();
        let unit: ViewUnit = Box::new(move |view| {
            let result = look(view);
            if let Ok(mut slot) = filled.lock() {
                *slot = Some(result);
            }
        });
        let outcome = self.read_unit(unit).await;
        match (take(&slot), outcome) {
            (Some(Err(refusal)), _) => Err(refusal),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(unfinished().into()),
        }
    }

    /// Changes state: `Ok` keeps what the closure did, `Err` undoes it. The closure may run again after a conflict; each
    /// run gets a fresh clone of `cx`, so that it makes the same ids.
    ///
    /// # Errors
    /// What the closure answers, or the store's failure.
    pub async fn write<T, E, F>(&self, cx: &Context, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnMut(&mut dyn Tx, &mut Context) -> Result<T, E> + Send + 'static,
    {
        self.run(cx, Verdict::Commit, change).await
    }

    /// Does everything that [`write`](#method.write) does, checks of the database included, and then undoes it: what the
    /// closure answers is what it would have answered.
    ///
    /// # Errors
    /// What the closure answers, or the store's failure.
    pub async fn rehearse<T, E, F>(&self, cx: &Context, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnMut(&mut dyn Tx, &mut Context) -> Result<T, E> + Send + 'static,
    {
        self.run(cx, Verdict::RollBack, change).await
    }

    /// Runs a unit that changes and, where it succeeds, does with it as `success` says.
    async fn run<T, E, F>(&self, cx: &Context, success: Verdict, mut change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnMut(&mut dyn Tx, &mut Context) -> Result<T, E> + Send + 'static,
    {
        let slot = std::sync::Arc::new(std::sync::Mutex::new(None));
        let filled = slot.clone();
        let context = cx.clone();
        let unit: Unit = Box::new(move |tx| {
            let result = change(tx, &mut context.clone());
            let verdict = if result.is_ok() { success } else { Verdict::RollBack };
            if let Ok(mut slot) = filled.lock() {
                *slot = Some(result);
            }
            verdict
        });
        let outcome = self.write_unit(unit).await;
        // A refusal by the rules is the more telling answer; a store's failure counts where the rules said yes, or
        // where they were never asked.
        match (take(&slot), outcome) {
            (Some(Err(refusal)), _) => Err(refusal),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(unfinished().into()),
        }
    }
}

/// Takes the result out of its slot.
fn take<R>(slot: &std::sync::Mutex<Option<R>>) -> Option<R> {
    slot.lock().ok().and_then(|mut slot| slot.take())
}

/// The store says that it ran the unit, and the unit left nothing behind.
fn unfinished() -> StoreError {
    StoreError::Failed("the unit of work did not run to its end".to_owned())
}
