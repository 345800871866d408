//! Rates: requests of each token, failed sign-ins of each address, refusals that one token puts on record.

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos, state::keyed::DefaultKeyedStateStore,
};
use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use transom_domain::{ApiTokenId, Environment};

/// After how many checks the callers that have been quiet are forgotten: rarely enough to cost nothing, often enough
/// that an attacker with many addresses cannot fill the memory.
const FORGET_AFTER_CHECKS: u32 = 4_096;

/// A steady rate and how far it may be exceeded for a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many a second.
    pub per_second: NonZeroU32,
    /// How many at once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// A rate; zero counts as one.
    #[must_use]
    pub const fn new(per_second: u32, burst: u32) -> Self {
        const fn at_least_one(number: u32) -> NonZeroU32 {
            match NonZeroU32::new(number) {
                Some(number) => number,
                None => NonZeroU32::MIN,
            }
        }
        Self {
            per_second: at_least_one(per_second),
            burst: at_least_one(burst),
        }
    }
}

/// The three rates.
pub struct Throttle {
    tokens: Limiter<ApiTokenId>,
    failures: Limiter<IpAddr>,
    refusals: Limiter<ApiTokenId>,
}

impl Throttle {
    /// Rates over the environment's clock.
    pub fn new(environment: &Arc<dyn Environment>, tokens: Rate, failures: Rate, refusals: Rate) -> Self {
        Self {
            tokens: Limiter::new(environment, tokens),
            failures: Limiter::new(environment, failures),
            refusals: Limiter::new(environment, refusals),
        }
    }

    /// A request of a token.
    ///
    /// # Errors
    /// How long to wait.
    pub fn request(&self, token: ApiTokenId) -> Result<(), Duration> {
        self.tokens.check(token)
    }

    /// A failed sign-in from an address. Where the peer is not known, all such share one rate.
    ///
    /// # Errors
    /// How long to wait.
    pub fn failure(&self, address: Option<IpAddr>) -> Result<(), Duration> {
        self.failures.check(network(address))
    }

    /// Whether a refusal of this token may go on record.
    pub fn may_record(&self, token: ApiTokenId) -> bool {
        self.refusals.check(token).is_ok()
    }
}

/// Who shares a rate: an IPv4 address, or an IPv6 network of 64 bits, because that is what one customer gets.
fn network(address: Option<IpAddr>) -> IpAddr {
    match address.map(|a| a.to_canonical()) {
        Some(IpAddr::V6(v6)) => {
            let mut segments = v6.segments();
            segments[4..].fill(0);
            IpAddr::V6(segments.into())
        }
        Some(v4) => v4,
        None => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
    }
}

/// One rate for each key.
struct Limiter<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DefaultKeyedStateStore<K>, SteadyClock, NoOpMiddleware<Nanos>>,
    checks: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(environment: &Arc<dyn Environment>, rate: Rate) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Self {
            limiter: RateLimiter::dashmap_with_clock(quota, SteadyClock::new(environment.clone())),
            checks: AtomicU32::new(0),
        }
    }

    fn check(&self, key: K) -> Result<(), Duration> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % FORGET_AFTER_CHECKS == FORGET_AFTER_CHECKS - 1 {
            self.limiter.retain_recent();
        }
        self.limiter
            .check_key(&key)
            .map_err(|not_until| not_until.wait_time_from(self.limiter.clock().now()))
    }
}

/// The environment's clock, made steady: when somebody sets it back, no caller is shut out until it has caught up.
#[derive(Clone)]
struct SteadyClock {
    environment: Arc<dyn Environment>,
    /// The last reading and the steady time at it, in milliseconds.
    last: Arc<Mutex<(i64, u64)>>,
}

impl SteadyClock {
    fn new(environment: Arc<dyn Environment>) -> Self {
        let start = environment.now().as_millis();
        Self {
            environment,
            last: Arc::new(Mutex::new((start, 0))),
        }
    }
}

impl Clock for SteadyClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        const NANOS_PER_MILLI: u64 = 1_000_000;
        let reading = self.environment.now().as_millis();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = reading.saturating_sub(last.0).max(0).unsigned_abs();
        *last = (reading, last.1.saturating_add(passed));
        Nanos::new(last.1.saturating_mul(NANOS_PER_MILLI))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicI64;
    use transom_domain::Timestamp;

    struct Hand(AtomicI64);

    impl Environment for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }

        fn seed(&self) -> [u8; 32] {
            [0; 32]
        }
    }

    fn throttle() -> (Arc<Hand>, Throttle) {
        let hand = Arc::new(Hand(AtomicI64::new(1_800_000_000_000)));
        let environment: Arc<dyn Environment> = hand.clone();
        let rate = Rate::new(1, 2);
        (hand, Throttle::new(&environment, rate, rate, rate))
    }

    #[test]
    fn a_burst_is_served_and_then_the_rate_holds() {
        let (hand, throttle) = throttle();
        let token = ApiTokenId::from([1; 12]);
        assert!(throttle.request(token).is_ok() && throttle.request(token).is_ok());
        assert_eq!(throttle.request(token), Err(Duration::from_secs(1)));
        assert!(
            throttle.request(ApiTokenId::from([2; 12])).is_ok(),
            "another token has its own"
        );
        hand.0.fetch_add(1_000, Ordering::Relaxed);
        assert!(throttle.request(token).is_ok());
    }

    #[test]
    fn a_clock_that_is_set_back_shuts_nobody_out() {
        let (hand, throttle) = throttle();
        let token = ApiTokenId::from([1; 12]);
        assert!(throttle.request(token).is_ok() && throttle.request(token).is_ok());
        hand.0.fetch_sub(3_600_000, Ordering::Relaxed);
        assert_eq!(throttle.request(token), Err(Duration::from_secs(1)));
        hand.0.fetch_add(1_000, Ordering::Relaxed);
        assert!(throttle.request(token).is_ok());
    }

    #[test]
    fn one_ipv6_network_is_one_caller() {
        let address = |text: &str| network(Some(text.parse().unwrap()));
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1:2:3"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    }
}
