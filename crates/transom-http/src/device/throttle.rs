//! Failed sign-ins are counted, and too many are answered without looking (decisions 10 and 23).
//!
//! Counters live in memory and are bounded: a restart forgets them, which gives a guesser one more window and no more.

use super::{address::neighbourhood, settings::SignInLimits};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use transom_domain::Timestamp;

/// Accounts, and addresses, that are remembered: 32 bytes each, so that a flood of invented names costs a few hundred
/// kilobytes and not the memory.
const REMEMBERED_MAX: usize = 10_000;

/// What part of the counters is forgotten when there is no room: so many at once that the search for them is paid for
/// by the insertions that follow.
const FORGOTTEN_AT_ONCE: usize = REMEMBERED_MAX / 10;

/// What a failure is counted for. Names are kept as hashes: a log of who mistyped is of no use to anybody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    account: Option<u128>,
    address: u128,
}

impl Attempt {
    /// An attempt for an account, or with a token alone, which has none.
    pub(super) fn new(account: Option<&str>, address: IpAddr) -> Self {
        let hashed = |name: &str| {
            let digest = Sha256::digest(name.trim().to_lowercase().as_bytes());
            digest[..16].iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte))
        };
        Self {
            account: account.map(hashed),
            address: neighbourhood(address),
        }
    }
}

/// The counters.
#[derive(Debug)]
pub(super) struct Throttle {
    limits: SignInLimits,
    accounts: Mutex<Counters>,
    addresses: Mutex<Counters>,
}

impl Throttle {
    pub(super) fn new(limits: SignInLimits) -> Self {
        Self {
            limits,
            accounts: Mutex::default(),
            addresses: Mutex::default(),
        }
    }

    /// Whether the attempt may be made; otherwise after how long it may.
    pub(super) fn check(&self, attempt: Attempt, now: Timestamp) -> Result<(), Duration> {
        let window = self.limits.window;
        let by_address = locked(&self.addresses).blocked(attempt.address, self.limits.address_failures, window, now);
        let by_account = attempt
            .account
            .and_then(|account| locked(&self.accounts).blocked(account, self.limits.account_failures, window, now));
        by_address.max(by_account).map_or(Ok(()), Err)
    }

    /// Counts a failure. A success takes nothing back: it may be the guesser's own account.
    pub(super) fn failed(&self, attempt: Attempt, now: Timestamp) {
        let window = self.limits.window;
        locked(&self.addresses).count(attempt.address, window, now);
        if let Some(account) = attempt.account {
            locked(&self.accounts).count(account, window, now);
        }
    }
}

fn locked(counters: &Mutex<Counters>) -> MutexGuard<'_, Counters> {
    counters.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Failures since the first one.
#[derive(Debug, Clone, Copy)]
struct Window {
    started: Timestamp,
    failures: u32,
}

impl Window {
    /// How long it still counts; none when it is over.
    fn rest(&self, window: Duration, now: Timestamp) -> Option<Duration> {
        let rest = (self.started + window).as_millis().saturating_sub(now.as_millis());
        // A clock that was set back must not lock anybody out for longer than the window.
        let rest = Duration::from_millis(u64::try_from(rest).ok()?).min(window);
        (!rest.is_zero()).then_some(rest)
    }
}

#[derive(Debug, Default)]
struct Counters(HashMap<u128, Window>);

impl Counters {
    fn blocked(&self, key: u128, limit: u32, window: Duration, now: Timestamp) -> Option<Duration> {
        let counter = self.0.get(&key).filter(|counter| counter.failures >= limit)?;
        counter.rest(window, now)
    }

    fn count(&mut self, key: u128, window: Duration, now: Timestamp) {
        if let Some(counter) = self.0.get_mut(&key) {
            if counter.rest(window, now).is_some() {
                counter.failures = counter.failures.saturating_add(1);
            } else {
                *counter = Window {
                    started: now,
                    failures: 1,
                };
            }
            return;
        }
        if self.0.len() >= REMEMBERED_MAX {
            self.make_room(window, now);
        }
        self.0.insert(
            key,
            Window {
                started: now,
                failures: 1,
            },
        );
    }

    /// Forgets what is over, and then those with the fewest failures: whoever floods the counters with invented names
    /// pushes out their own, not the account they are after.
    fn make_room(&mut self, window: Duration, now: Timestamp) {
        self.0.retain(|_, counter| counter.rest(window, now).is_some());
        if self.0.len() + FORGOTTEN_AT_ONCE <= REMEMBERED_MAX {
            return;
        }
        let mut all: Vec<(u32, Timestamp, u128)> =
            self.0.iter().map(|(key, c)| (c.failures, c.started, *key)).collect();
        all.select_nth_unstable(FORGOTTEN_AT_ONCE);
        for (_, _, key) in &all[..FORGOTTEN_AT_ONCE] {
            self.0.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn from(host: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(host))
    }

    fn throttle() -> Throttle {
        Throttle::new(SignInLimits::default())
    }

    #[test]
    fn an_account_is_closed_for_the_rest_of_its_window_in_any_spelling_and_from_anywhere() {
        let throttle = throttle();
        for host in 0..10 {
            let attempt = Attempt::new(Some("Ada@example.test"), from(host));
            assert_eq!(throttle.check(attempt, START), Ok(()));
            throttle.failed(attempt, START);
        }
        let next = Attempt::new(Some(" ada@EXAMPLE.test"), from(99));
        let later = START + Duration::from_secs(60);
        assert_eq!(throttle.check(next, later), Err(Duration::from_secs(240)));
        assert_eq!(throttle.check(next, START + Duration::from_secs(300)), Ok(()));
        let other = Attempt::new(Some("bob@example.test"), from(1));
        assert_eq!(throttle.check(other, later), Ok(()));
    }

    #[test]
    fn an_address_is_closed_for_every_account_and_for_tokens() {
        let throttle = throttle();
        for number in 0..50 {
            let name = format!("user{number}@example.test");
            throttle.failed(Attempt::new(Some(&name), from(7)), START);
        }
        assert!(throttle.check(Attempt::new(None, from(7)), START).is_err());
        assert!(
            throttle
                .check(Attempt::new(Some("ada@example.test"), from(7)), START)
                .is_err()
        );
        assert_eq!(throttle.check(Attempt::new(None, from(8)), START), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out_for_longer() {
        let throttle = throttle();
        let attempt = Attempt::new(Some("ada@example.test"), from(1));
        for _ in 0..10 {
            throttle.failed(attempt, START);
        }
        let earlier = START - Duration::from_secs(3600);
        assert_eq!(throttle.check(attempt, earlier), Err(Duration::from_secs(300)));
    }

    #[test]
    fn a_flood_of_invented_names_neither_grows_nor_forgets_the_account_it_hides() {
        let throttle = throttle();
        let target = Attempt::new(Some("ada@example.test"), from(1));
        for _ in 0..10 {
            throttle.failed(target, START);
        }
        for number in 0..u32::try_from(REMEMBERED_MAX * 2).unwrap_or(u32::MAX) {
            throttle.failed(Attempt::new(Some(&number.to_string()), from(number)), START);
        }
        assert!(throttle.check(target, START).is_err());
        assert!(locked(&throttle.accounts).0.len() <= REMEMBERED_MAX);
        assert!(locked(&throttle.addresses).0.len() <= REMEMBERED_MAX);
    }
}
