//! A count of the statements sent to the database, for measurements and tests.

use diesel::connection::{Instrumentation, InstrumentationEvent};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The count, shared by all connections of a store. Counting is one relaxed addition.
#[derive(Debug, Clone, Default)]
pub(crate) struct StatementCount(Arc<AtomicU64>);

impl StatementCount {
    /// Statements so far, those that begin and end transactions among them.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Instrumentation for StatementCount {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}
