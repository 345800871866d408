//! Time: milliseconds since 1970-01-01 UTC. The clock itself is outside, in an adapter.

use std::{fmt, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// A moment, in milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// Why a text is no date-time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a date-time is written as in RFC 3339, for example 2026-02-10T10:05:00.000Z, not {found:?}")]
pub struct TimestampError {
    /// The text, cut to 40 characters.
    pub found: String,
}

impl Timestamp {
    /// From milliseconds since 1970 UTC.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970 UTC.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970 UTC.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Reads RFC 3339 with any offset and any number of fraction digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .and_then(|at| i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok())
            .map(Self)
            .ok_or_else(|| TimestampError {
                found: text.chars().take(40).collect(),
            })
    }
}

/// `YYYY-MM-DDTHH:MM:SS.sssZ`, always UTC and always three digits of fraction.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).ok();
        match at.and_then(|at| at.format(&format).ok()) {
            Some(text) => f.write_str(&text),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_with_three_digits() {
        let at = Timestamp::parse("2026-02-10T11:05:00.1234567+01:00").unwrap();
        assert_eq!(at.to_string(), "2026-02-10T10:05:00.123Z");
        assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
    }

    #[test]
    fn the_blank_form_of_the_seed_is_refused() {
        assert!(Timestamp::parse("2026-02-10T10: 05: 00.000Z").is_err());
    }
}
