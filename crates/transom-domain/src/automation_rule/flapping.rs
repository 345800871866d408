//! The guard against flapping (R7): a PC that a rule, or a script's assignment, takes and leaves again and again keeps the
//! state it was last in.

use super::Grant;
use crate::{DeviceId, Timestamp};
use std::time::Duration;

/// Turns of one grant and PC that facts may cause within [`WINDOW`]; the next is held back (R7).
pub const FLIPS_MAX: usize = 5;

/// The time within which turns are counted (R7).
pub const WINDOW: Duration = Duration::from_secs(3_600);

/// Most records that one step forgets.
pub const FORGET_STEP: u32 = 500;

/// The latest turns of one grant and PC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flips {
    /// The PC.
    pub device: DeviceId,
    /// What takes it and leaves it.
    pub grant: Grant,
    /// When it turned, oldest first; at most [`FLIPS_MAX`].
    pub times: Vec<Timestamp>,
    /// Whether a turn is being held back.
    pub held: bool,
}

impl Flips {
    /// A pair that has not turned yet.
    #[must_use]
    pub const fn none(device: DeviceId, grant: Grant) -> Self {
        Self {
            device,
            grant,
            times: Vec::new(),
            held: false,
        }
    }

    /// Whether one more turn at `now` would be too many.
    #[must_use]
    pub fn is_too_many(&self, now: Timestamp) -> bool {
        let recent = self.times.iter().filter(|at| **at + WINDOW > now);
        recent.count() >= FLIPS_MAX
    }

    /// Until when a turn is held back; none, if none is.
    #[must_use]
    pub fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        // With the oldest of the turns that are counted, the next one is no longer too many.
        let oldest = self.times.iter().rev().nth(FLIPS_MAX - 1)?;
        (self.held && self.is_too_many(now)).then_some(*oldest + WINDOW)
    }

    /// Counts a turn.
    pub fn turned(&mut self, now: Timestamp) {
        self.times.retain(|at| *at + WINDOW > now);
        self.times.push(now);
        self.held = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_turn_within_an_hour_is_too_many_and_one_after_it_is_not() {
        let start = Timestamp::from_millis(0);
        let mut flips = Flips::none([1; 12].into(), Grant::Rule([2; 12].into()));
        for minute in 0..5 {
            let now = start + Duration::from_secs(60 * minute);
            assert!(!flips.is_too_many(now));
            flips.turned(now);
        }
        assert!(flips.is_too_many(start + WINDOW - Duration::from_millis(1)));
        assert!(!flips.is_too_many(start + WINDOW));
        assert_eq!(flips.held_until(start), None);
        flips.held = true;
        let last = start + WINDOW - Duration::from_millis(1);
        assert_eq!(flips.held_until(last), Some(start + WINDOW));
        assert_eq!(flips.held_until(start + WINDOW), None);
    }
}
