//! What uses a record that is to be changed or removed.

use crate::segment::{SegmentId, SegmentScope};

/// Most users named in one refusal: as many as one answer names.
pub const USERS_NAMED_MAX: u32 = 100;

/// Something that uses a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedBy {
    /// Its kind, as the audit record names it: `winPolicy`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is in the tree.
    pub segment: SegmentId,
}

/// What uses a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    /// Some of them.
    pub users: Vec<UsedBy>,
    /// How many there are.
    pub total: u64,
}

impl Uses {
    /// As far as somebody may know: users elsewhere are counted and not named.
    #[must_use]
    pub fn seen_by(mut self, scope: &SegmentScope) -> Self {
        self.users.retain(|user| scope.contains(user.segment));
        self
    }
}
