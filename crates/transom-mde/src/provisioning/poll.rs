//! When a PC comes by itself (docs/PROTOCOL.md, 8).

/// One set of visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Minutes between two visits; 0 switches the set off.
    pub interval_minutes: u32,
    /// How many visits; 0 is without end.
    pub count: u32,
}

impl Retries {
    /// Whether the set never ends.
    #[must_use]
    pub fn is_infinite(self) -> bool {
        self.interval_minutes != 0 && self.count == 0
    }
}

/// The three sets, one after the other, and the visits at sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// Directly after the enrolment.
    pub first: Retries,
    /// Then.
    pub second: Retries,
    /// For ever.
    pub remaining: Retries,
    /// A visit at every sign-in; settings of a user need it.
    pub on_login: bool,
    /// A visit at the first sign-in of each user.
    pub all_users_on_first_login: bool,
}

/// A schedule that Windows refuses, or understands differently from how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// All counts are 0.
    #[error("all three counts of the poll schedule are 0")]
    NoCounts,
    /// All intervals are 0.
    #[error("all three intervals of the poll schedule are 0")]
    NoIntervals,
    /// Nothing comes after a set without end.
    #[error("more than one set of the poll schedule is without end")]
    ManyInfinite,
    /// Windows would make its own schedule of 24 hours.
    #[error("no set of the poll schedule is without end")]
    NoneInfinite,
}

impl Poll {
    /// A burst of half an hour, two hours of every 15 minutes, then every so many minutes for ever.
    const fn settling_to(minutes: u32) -> Self {
        Self {
            first: Retries {
                interval_minutes: 3,
                count: 10,
            },
            second: Retries {
                interval_minutes: 15,
                count: 8,
            },
            remaining: Retries {
                interval_minutes: minutes,
                count: 0,
            },
            on_login: true,
            all_users_on_first_login: true,
        }
    }

    /// For a server that cannot call its PCs: every hour in the end.
    #[must_use]
    pub const fn without_push() -> Self {
        Self::settling_to(60)
    }

    /// For a server that can call its PCs: every eight hours in the end.
    #[must_use]
    pub const fn with_push() -> Self {
        Self::settling_to(480)
    }

    /// Whether Windows does what the schedule says.
    ///
    /// # Errors
    /// Says what Windows would do instead.
    pub fn check(&self) -> Result<(), PollError> {
        let sets = [self.first, self.second, self.remaining];
        if sets.iter().all(|set| set.interval_minutes == 0) {
            return Err(PollError::NoIntervals);
        }
        if sets.iter().all(|set| set.count == 0) {
            return Err(PollError::NoCounts);
        }
        match sets.iter().filter(|set| set.is_infinite()).count() {
            0 => Err(PollError::NoneInfinite),
            1 => Ok(()),
            _ => Err(PollError::ManyInfinite),
        }
    }
}

impl Default for Poll {
    fn default() -> Self {
        Self::without_push()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(sets: [(u32, u32); 3]) -> Poll {
        let [first, second, remaining] = sets.map(|(interval_minutes, count)| Retries {
            interval_minutes,
            count,
        });
        Poll {
            first,
            second,
            remaining,
            ..Poll::default()
        }
    }

    #[test]
    fn our_schedules_are_ones_that_windows_keeps() {
        assert_eq!(Poll::without_push().check(), Ok(()));
        assert_eq!(Poll::with_push().check(), Ok(()));
        assert_eq!(
            Poll::default().remaining,
            Retries {
                interval_minutes: 60,
                count: 0
            }
        );
    }

    #[test]
    fn schedules_that_windows_reads_differently_are_found() {
        assert_eq!(schedule([(0, 0), (0, 0), (0, 0)]).check(), Err(PollError::NoIntervals));
        assert_eq!(schedule([(1, 0), (0, 0), (0, 0)]).check(), Err(PollError::NoCounts));
        assert_eq!(schedule([(1, 5), (2, 0), (3, 0)]).check(), Err(PollError::ManyInfinite));
        assert_eq!(schedule([(1, 5), (2, 5), (3, 5)]).check(), Err(PollError::NoneInfinite));
        assert_eq!(schedule([(15, 5), (60, 10), (1440, 0)]).check(), Ok(()));
    }
}
