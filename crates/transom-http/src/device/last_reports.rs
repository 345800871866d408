//! When PCs with nothing to do were last seen: kept in memory, and written in batches (decision 9).

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;
use transom_domain::{
    Actor, DeviceId, Environment, Origin, Timestamp,
    ports::{Store, StoreError},
};

/// Devices that the buffer holds: what a server at its limit sees in five seconds. One takes some 40 bytes.
pub const BUFFERED_MAX: usize = 100_000;

/// From how many devices on the buffer asks to be written early.
const EARLY: usize = BUFFERED_MAX / 2;

/// Devices in one unit of work: the only writer of SQLite must not be held for long by something that can wait.
const WRITTEN_AT_ONCE: usize = 1000;

/// The last idle session of each device, until somebody writes them down with [`LastReports::flush`].
///
/// Losing the last seconds of them in a crash is allowed (decision 9). When the buffer is full, devices that are not in
/// it are passed over until the next flush: their next check-in is recorded, and counting what was passed over costs
/// less than looking for the oldest entry on every check-in.
#[derive(Debug, Clone, Default)]
pub struct LastReports(Arc<Buffer>);

#[derive(Debug, Default)]
struct Buffer {
    seen: Mutex<HashMap<DeviceId, Timestamp>>,
    passed_over: AtomicU64,
    filling: Notify,
}

impl LastReports {
    /// Remembers that a device ended an idle session at `at`.
    pub fn record(&self, device: DeviceId, at: Timestamp) {
        let mut seen = self.seen();
        if seen.len() >= BUFFERED_MAX && !seen.contains_key(&device) {
            drop(seen);
            self.0.passed_over.fetch_add(1, Ordering::Relaxed);
            return;
        }
        seen.insert(device, at);
        // Exactly once on the way up: this is the path that 20,000 check-ins a second take.
        if seen.len() == EARLY {
            self.0.filling.notify_one();
        }
    }

    /// Comes back when the buffer is half full: the job that flushes it should not wait for its time then.
    pub async fn filling(&self) {
        self.0.filling.notified().await;
    }

    /// How many devices wait to be written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen().len()
    }

    /// Whether none does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes what was remembered and answers how many devices that were. What cannot be written is kept for the next
    /// time.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn flush(&self, store: &dyn Store, environment: &dyn Environment) -> Result<usize, StoreError> {
        let passed_over = self.0.passed_over.swap(0, Ordering::Relaxed);
        if passed_over > 0 {
            tracing::warn!(
                passed_over,
                "more PCs checked in than are remembered between two writes"
            );
        }
        let seen: Vec<(DeviceId, Timestamp)> = std::mem::take(&mut *self.seen()).into_iter().collect();
        let mut written = 0;
        for chunk in seen.chunks(WRITTEN_AT_ONCE) {
            let cx = environment.context(Actor::Server("last reports"), Origin::default());
            let batch = chunk.to_vec();
            let done: Result<(), StoreError> = store.write(&cx, move |tx, _| tx.record_last_reports(&batch)).await;
            if let Err(error) = done {
                self.give_back(&seen[written..]);
                return Err(error);
            }
            written += chunk.len();
        }
        Ok(written)
    }

    /// Puts back what was not written, except where the device was seen again.
    fn give_back(&self, rest: &[(DeviceId, Timestamp)]) {
        let mut seen = self.seen();
        for (device, at) in rest {
            if seen.len() >= BUFFERED_MAX {
                break;
            }
            seen.entry(*device).or_insert(*at);
        }
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<DeviceId, Timestamp>> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]
    use super::*;

    fn device(number: usize) -> DeviceId {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        DeviceId::from(bytes)
    }

    #[test]
    fn a_device_is_remembered_once_with_its_last_time() {
        let reports = LastReports::default();
        reports.record(device(1), Timestamp::from_millis(1));
        reports.clone().record(device(1), Timestamp::from_millis(2));
        assert_eq!(reports.len(), 1);
        assert_eq!(reports.seen()[&device(1)], Timestamp::from_millis(2));
    }

    #[test]
    fn a_full_buffer_passes_over_newcomers_and_still_follows_those_it_knows() {
        let reports = LastReports::default();
        for number in 0..=BUFFERED_MAX {
            reports.record(device(number), Timestamp::from_millis(1));
        }
        assert_eq!(reports.len(), BUFFERED_MAX);
        assert_eq!(reports.0.passed_over.load(Ordering::Relaxed), 1);
        reports.record(device(0), Timestamp::from_millis(2));
        assert_eq!(reports.seen()[&device(0)], Timestamp::from_millis(2));
    }

    #[test]
    fn what_could_not_be_written_gives_way_to_what_is_newer() {
        let reports = LastReports::default();
        reports.record(device(1), Timestamp::from_millis(5));
        let old = Timestamp::from_millis(3);
        reports.give_back(&[(device(1), old), (device(2), old)]);
        assert_eq!(reports.seen()[&device(1)], Timestamp::from_millis(5));
        assert_eq!(reports.seen()[&device(2)], old);
    }
}
