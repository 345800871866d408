//! Times, kept one by one: a run of a million sessions needs a few megabytes for exact percentiles.

use std::time::Duration;

/// Measured times.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    /// Microseconds; an hour fits, and no request lives that long.
    micros: Vec<u32>,
}

/// What is usually said of many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Percentiles {
    /// How many times were measured.
    pub count: u64,
    /// Half of them took no longer.
    pub p50: Duration,
    /// Nine of ten took no longer.
    pub p90: Duration,
    /// All but one of a hundred took no longer.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl Histogram {
    /// Adds a time.
    pub fn record(&mut self, time: Duration) {
        self.micros.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
    }

    /// Adds all times of another one.
    pub fn merge(&mut self, other: Self) {
        self.micros.extend(other.micros);
    }

    /// The percentiles, by the nearest rank; all zero where nothing was measured.
    #[must_use]
    pub fn percentiles(mut self) -> Percentiles {
        self.micros.sort_unstable();
        let at = |percent: usize| {
            let rank = (self.micros.len() * percent).div_ceil(100);
            let micros = self.micros.get(rank.saturating_sub(1)).copied().unwrap_or(0);
            Duration::from_micros(micros.into())
        };
        Percentiles {
            count: u64::try_from(self.micros.len()).unwrap_or(u64::MAX),
            p50: at(50),
            p90: at(90),
            p99: at(99),
            max: at(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let mut histogram = Histogram::default();
        for millis in (1..=100).rev() {
            histogram.record(Duration::from_millis(millis));
        }
        let percentiles = histogram.percentiles();
        assert_eq!(percentiles.count, 100);
        assert_eq!(percentiles.p50, Duration::from_millis(50));
        assert_eq!(percentiles.p90, Duration::from_millis(90));
        assert_eq!(percentiles.p99, Duration::from_millis(99));
        assert_eq!(percentiles.max, Duration::from_millis(100));
    }

    #[test]
    fn few_times_and_none_are_no_problem() {
        assert_eq!(Histogram::default().percentiles(), Percentiles::default());
        let mut one = Histogram::default();
        one.record(Duration::from_micros(7));
        let mut both = Histogram::default();
        both.merge(one);
        assert_eq!(both.percentiles().p50, Duration::from_micros(7));
    }
}
