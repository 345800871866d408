//! Patterns that were read before: each is compiled once, when its template is saved, and not again for every PC.

use super::pattern::{Pattern, PatternError};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Most memory of all patterns that are kept, in bytes: the largest patterns of a dozen templates, the usual ones of all.
/// What is not kept is compiled again.
pub const KEPT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Memory that a pattern takes besides its program, in bytes: the entry, and what is wrong with it.
const ENTRY_BYTES: usize = 512;

/// What became of a pattern.
type Read = Result<Arc<Pattern>, PatternError>;

/// Patterns that were read. Whether a pattern is among them shows in nothing but the time that it takes.
#[derive(Debug, Default)]
pub struct Patterns {
    bytes_max: usize,
    kept: Mutex<Kept>,
    compiled: AtomicU64,
}

/// Two generations: what is used goes to the young one, and when that is full, the old one is forgotten.
#[derive(Debug, Default)]
struct Kept {
    young: HashMap<Arc<str>, Read>,
    old: HashMap<Arc<str>, Read>,
    /// Of the young ones.
    bytes: usize,
}

impl Patterns {
    /// None yet; at most `bytes_max` bytes of them are kept.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            ..Self::default()
        }
    }

    /// Those of this process: saving a template, trying it out and enrolling PCs have them in common.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Patterns> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(KEPT_BYTES_MAX))
    }

    /// The pattern of that text.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(&self, text: &str) -> Read {
        if let Some(read) = self.kept().get(text, self.bytes_max) {
            return read;
        }
        // Without the lock: others need not wait. Two may compile the same, which does no harm.
        self.compiled.fetch_add(1, Ordering::Relaxed);
        let read = Pattern::parse(text).map(Arc::new);
        self.kept().put(text.into(), read.clone(), self.bytes_max);
        read
    }

    /// How many were compiled so far.
    #[must_use]
    pub fn compiled(&self) -> u64 {
        self.compiled.load(Ordering::Relaxed)
    }

    /// A panic of another thread leaves the maps whole: at worst a pattern is missing.
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn get(&mut self, text: &str, bytes_max: usize) -> Option<Read> {
        if let Some(read) = self.young.get(text) {
            return Some(read.clone());
        }
        let (text, read) = self.old.remove_entry(text)?;
        self.put(text, read.clone(), bytes_max);
        Some(read)
    }

    fn put(&mut self, text: Arc<str>, read: Read, bytes_max: usize) {
        // Searching takes about as much memory again as the program.
        let program = read.as_ref().map_or(0, |pattern| 2 * pattern.bytes());
        let bytes = ENTRY_BYTES + text.len() + program;
        if self.bytes + bytes > bytes_max / 2 {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.young.insert(text, read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_compiled_once_also_where_it_is_wrong() {
        let patterns = Patterns::new(KEPT_BYTES_MAX);
        for _ in 0..3 {
            assert!(patterns.read("^a$").unwrap().finds_in("A"));
            assert_eq!(patterns.read("a(").unwrap_err().position, Some(2));
        }
        assert_eq!(patterns.compiled(), 2);
    }

    #[test]
    fn what_is_used_stays_and_the_rest_is_forgotten() {
        let patterns = Patterns::new(100 * 1024);
        for n in 0..1_000 {
            patterns.read("used").unwrap();
            patterns.read(&format!("other-{n}")).unwrap();
        }
        assert_eq!(patterns.compiled(), 1_001);
        let kept = patterns.kept();
        assert!(kept.young.len() + kept.old.len() < 200, "{}", kept.young.len());
        drop(kept);
        patterns.read("other-0").unwrap();
        assert_eq!(patterns.compiled(), 1_002);
    }
}
