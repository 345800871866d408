//! The statements that a unit really sends, for tests that look at their plans.

use diesel::connection::{Instrumentation, InstrumentationEvent};
use std::sync::{Arc, Mutex};

/// Keeps every statement of a connection. Its clones share what they keep.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Statement>>>);

/// A statement as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// Its text, with places for the values.
    pub(crate) text: String,
    /// The values, as JSON has them.
    pub(crate) values: Vec<serde_json::Value>,
}

impl Recorder {
    /// What was sent since the last time.
    pub(crate) fn take(&self) -> Vec<Statement> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let whole = query.to_string();
            let (text, values) = whole.split_once(" -- binds: ").unwrap_or((&whole, "[]"));
            self.0.lock().unwrap().push(Statement {
                text: text.to_owned(),
                values: serde_json::from_str(values).unwrap_or_default(),
            });
        }
    }
}
