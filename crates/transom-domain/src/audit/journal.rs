//! Looking on while a unit of work writes its audit entries: a dry run shows them as what would change.

use super::AuditEntry;
use std::sync::{Arc, Mutex, PoisonError};

/// The audit entries made with one [`crate::Context`], in their order. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<AuditEntry>>>);

impl Journal {
    /// Forgets what was noted: a unit of work that is run again begins anew.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What was noted.
    #[must_use]
    pub fn entries(&self) -> Vec<AuditEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, entry: &AuditEntry) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push(entry.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Actor, Context, OrganizationId, Origin, Timestamp,
        audit::{Audit, Target},
        segment::SegmentId,
    };

    #[test]
    fn whoever_looks_on_sees_every_entry_and_changes_no_id() {
        let now = Timestamp::from_millis(1_770_000_000_000);
        let mut alone = Context::new(now, Actor::CommandLine, Origin::default(), [7; 32]);
        let journal = Journal::default();
        let mut observed = alone.clone().observed_by(journal.clone());
        let entry = |cx: &mut Context| {
            Audit::new(cx, OrganizationId::from([1; 12]), "x")
                .target(Target::Segment(SegmentId(4)))
                .done()
        };
        let made = entry(&mut observed);
        assert_eq!(entry(&mut alone), made);
        assert_eq!(journal.entries(), [made]);
        journal.clear();
        assert_eq!(journal.entries(), []);
    }
}
