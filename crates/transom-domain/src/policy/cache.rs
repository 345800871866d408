//! Policies ready to be merged, kept for the next PC that has them: taking a policy of a thousand settings apart costs a
//! millisecond, and all PCs of a fleet have the same few policies.
//!
//! A committed version of a policy never changes, because every change is the next version. What a unit of work reads of
//! its own changes is not committed yet: it may be undone, and the same version number be given to something else. So
//! only reads use the cache, and units that write do not.

use super::{Policy, settings::Prepared};
use crate::{OrganizationId, PolicyId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Most settings kept, of all policies together: a setting takes about 400 bytes, so this is 40 MB at most. A hundred
/// policies of a thousand settings are more than an organization has of large ones.
pub const CACHED_SETTINGS_MAX: usize = 100_000;

/// What a policy weighs besides its settings, so that empty ones are bounded too.
const POLICY_WEIGHT: usize = 10;

/// Policies ready to be merged, in their newest committed version that was read.
#[derive(Debug)]
pub struct PreparedCache {
    kept: Mutex<Kept>,
    settings_max: usize,
}

#[derive(Debug, Default)]
struct Kept {
    policies: HashMap<(OrganizationId, PolicyId), Entry>,
    weight: usize,
    /// Counts the questions, to tell what was not asked for longest.
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    prepared: Arc<Prepared>,
    used: u64,
}

impl Default for PreparedCache {
    fn default() -> Self {
        Self::of_size(CACHED_SETTINGS_MAX)
    }
}

impl PreparedCache {
    /// A cache that keeps at most so many settings.
    #[must_use]
    pub fn of_size(settings_max: usize) -> Self {
        Self {
            kept: Mutex::default(),
            settings_max,
        }
    }

    /// A policy ready to be merged. It must have been read from what is committed.
    #[must_use]
    pub fn prepared(&self, policy: &Policy) -> Arc<Prepared> {
        if let Some(found) = self.kept().find(policy) {
            return found;
        }
        // Taken apart without the lock: others may look meanwhile.
        let prepared = Arc::new(Prepared::of(policy));
        self.kept().keep(policy, &prepared, self.settings_max);
        prepared
    }

    /// How many settings are kept, and of how many policies.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let kept = self.kept();
        let settings = kept.policies.values().map(|e| e.prepared.settings.len()).sum();
        (settings, kept.policies.len())
    }

    /// A panic of another thread leaves no half-made entry: entries are made before they are put in.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn find(&mut self, policy: &Policy) -> Option<Arc<Prepared>> {
        self.clock += 1;
        let entry = self.policies.get_mut(&(policy.organization, policy.id))?;
        if entry.prepared.version != policy.version {
            return None;
        }
        entry.used = self.clock;
        Some(entry.prepared.clone())
    }

    /// Keeps a policy in place of an older version of it; a read that began earlier must not bring one back.
    fn keep(&mut self, policy: &Policy, prepared: &Arc<Prepared>, settings_max: usize) {
        let weight = weight(prepared);
        if weight > settings_max {
            return;
        }
        let key = (policy.organization, policy.id);
        if self
            .policies
            .get(&key)
            .is_some_and(|e| e.prepared.version > policy.version)
        {
            return;
        }
        self.remove(key);
        while self.weight + weight > settings_max {
            let oldest = self.policies.iter().min_by_key(|(_, entry)| entry.used);
            let Some(oldest) = oldest.map(|(key, _)| *key) else {
                break;
            };
            self.remove(oldest);
        }
        let entry = Entry {
            prepared: prepared.clone(),
            used: self.clock,
        };
        self.weight += weight;
        self.policies.insert(key, entry);
    }

    fn remove(&mut self, key: (OrganizationId, PolicyId)) {
        if let Some(entry) = self.policies.remove(&key) {
            self.weight -= weight(&entry.prepared);
        }
    }
}

fn weight(prepared: &Prepared) -> usize {
    prepared.settings.len() + POLICY_WEIGHT
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

    use super::super::effective::tests::policy;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn version(id: u8, version: u32, value: u32) -> Policy {
        let mut policy = policy(id, &[("./Device/A", json!(value))]);
        policy.version = version;
        policy
    }

    #[test]
    fn the_same_version_is_taken_apart_once() {
        let cache = PreparedCache::default();
        let first = cache.prepared(&version(1, 1, 1));
        assert!(Arc::ptr_eq(&first, &cache.prepared(&version(1, 1, 1))));
        assert_eq!(*first, Prepared::of(&version(1, 1, 1)));
        assert_eq!(cache.size(), (1, 1));
    }

    #[test]
    fn organizations_share_nothing_even_where_ids_are_the_same() {
        let cache = PreparedCache::default();
        let (ours, mut theirs) = (version(1, 1, 1), version(1, 1, 2));
        theirs.organization = [9; 12].into();
        assert_ne!(cache.prepared(&ours), cache.prepared(&theirs));
        assert_eq!(*cache.prepared(&ours), Prepared::of(&ours));
        assert_eq!(*cache.prepared(&theirs), Prepared::of(&theirs));
    }

    #[test]
    fn what_was_not_asked_for_longest_goes_first_and_what_is_too_large_is_not_kept() {
        let cache = PreparedCache::of_size(2 * (1 + POLICY_WEIGHT));
        let one = cache.prepared(&version(1, 1, 1));
        let two = cache.prepared(&version(2, 1, 1));
        assert!(Arc::ptr_eq(&one, &cache.prepared(&version(1, 1, 1))));
        let _ = cache.prepared(&version(3, 1, 1));
        assert_eq!(cache.size(), (2, 2));
        assert!(Arc::ptr_eq(&one, &cache.prepared(&version(1, 1, 1))), "used last");
        assert!(!Arc::ptr_eq(&two, &cache.prepared(&version(2, 1, 1))), "gave way");
        let none = PreparedCache::of_size(POLICY_WEIGHT);
        let _ = none.prepared(&version(1, 1, 1));
        assert_eq!(none.size(), (0, 0));
    }

    proptest! {
        /// Whatever is read in whatever order, late readers of old versions among them, the answer is what that version
        /// says, and no more is kept than may be.
        #[test]
        fn a_changed_policy_is_never_served_as_it_was(
            reads in prop::collection::vec((1_u8..5, 1_u32..6), 1..60),
            room in 0_usize..5,
        ) {
            let size = room * (1 + POLICY_WEIGHT);
            let cache = PreparedCache::of_size(size);
            for (id, number) in reads {
                let policy = version(id, number, number * 7);
                prop_assert_eq!(&*cache.prepared(&policy), &Prepared::of(&policy));
                prop_assert!(cache.size().1 <= room);
            }
        }
    }
}
