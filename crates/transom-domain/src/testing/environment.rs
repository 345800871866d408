//! A clock that stands still and a random source that is none.

use crate::{Actor, Context, Environment, Origin, Timestamp};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// The moment at which tests take place unless they say otherwise.
pub const NOW: Timestamp = Timestamp::from_millis(1_770_000_000_000);

/// An environment whose clock moves only when told to, and whose seeds differ from each other but not from run to run.
#[derive(Debug)]
pub struct FixedEnvironment {
    now: AtomicI64,
    drawn: AtomicU64,
}

impl FixedEnvironment {
    /// An environment at `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self {
            now: AtomicI64::new(now.as_millis()),
            drawn: AtomicU64::new(0),
        }
    }

    /// Moves the clock.
    pub fn set(&self, now: Timestamp) {
        self.now.store(now.as_millis(), Ordering::Relaxed);
    }

    /// Moves the clock on.
    pub fn advance(&self, by: std::time::Duration) {
        self.set(self.now() + by);
    }
}

impl Default for FixedEnvironment {
    fn default() -> Self {
        Self::new(NOW)
    }
}

impl Environment for FixedEnvironment {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    fn seed(&self) -> [u8; 32] {
        let mut seed = [0x5e; 32];
        seed[..8].copy_from_slice(&self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        seed
    }
}

/// A context at [`NOW`], by the command line.
#[must_use]
pub fn context() -> Context {
    FixedEnvironment::default().context(Actor::CommandLine, Origin::default())
}
