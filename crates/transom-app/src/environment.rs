//! The clock and the random source: the only place that touches either.

use std::time::{SystemTime, UNIX_EPOCH};
use transom_domain::{Environment, Timestamp};

/// The machine's clock and the kernel's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEnvironment;

impl Environment for SystemEnvironment {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock that the ban leaves")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// # Panics
    /// When the kernel has no random bytes. Going on with guessable tokens and serial numbers would be worse.
    #[expect(clippy::expect_used, reason = "without random bytes nothing may be made")]
    fn seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).expect("the kernel's random source answers");
        seed
    }
}
