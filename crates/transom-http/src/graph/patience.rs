//! How long one list may look at things, and that it lets others go first now and then.

use super::error::GraphError;
use crate::admin::call::Call;
use std::time::Duration;
use transom_domain::{Timestamp, device::update::Violation};

/// Longest time for which one request looks at things: at 100,000 devices a look at all of them takes three seconds.
pub const LOOKS_TAKE_MAX: Duration = Duration::from_secs(30);

/// Things that are looked at between two pauses: the dearest filter that the limits allow takes some milliseconds for a
/// thing, and everybody else on this thread waits as long.
const LOOKS_AT_ONCE: u32 = 32;

/// The patience of a request.
pub struct Patience<'c> {
    call: &'c Call,
    until: Timestamp,
    looks: u32,
}

impl<'c> Patience<'c> {
    /// That of a request which begins to look now.
    pub fn of(call: &'c Call) -> Self {
        Self {
            call,
            until: call.state.environment.now() + LOOKS_TAKE_MAX,
            looks: 0,
        }
    }

    /// Before each look.
    ///
    /// # Errors
    /// When it took too long.
    pub async fn look(&mut self) -> Result<(), GraphError> {
        self.looks += 1;
        if !self.looks.is_multiple_of(LOOKS_AT_ONCE) {
            return Ok(());
        }
        tokio::task::yield_now().await;
        if self.call.state.environment.now() <= self.until {
            return Ok(());
        }
        let message = format!(
            "takes longer than {} s: narrow it by a property that the database looks up",
            LOOKS_TAKE_MAX.as_secs()
        );
        Err(GraphError::invalid(vec![Violation::new("$filter", "time", message)]))
    }
}
