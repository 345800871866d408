//! The role that looks at what policies refer to. It has no changing half: a policy's references are stored with it.

use super::StoreError;
use crate::{library::PolicyUse, policy::references::ReferenceKind, segment::SegmentId};

/// Looks at what policies refer to in their present versions.
pub trait PolicyReferences {
    /// How many policies name each of those records; one that none names is left out.
    fn reference_counts(&mut self, kind: ReferenceKind, ids: &[String]) -> Result<Vec<(String, u64)>, StoreError>;

    /// Policies that name a record, at most `limit`, and how many there are.
    fn policies_naming(
        &mut self,
        kind: ReferenceKind,
        id: &str,
        limit: u32,
    ) -> Result<(Vec<PolicyUse>, u64), StoreError>;

    /// The segments of the policies that name a record, each once.
    fn segments_naming(&mut self, kind: ReferenceKind, id: &str) -> Result<Vec<SegmentId>, StoreError>;
}
