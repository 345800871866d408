//! Audiences: which PCs are meant, by what is known of them and of their users (E.2).

pub mod change;
pub mod facts;
pub mod matching;
pub mod preview;
pub mod selectors;

use crate::{
    AudienceId, OrganizationId, Timestamp,
    segment::{Segment, SegmentId},
};

pub use facts::Facts;
pub use matching::{Compiled, Matched, Places};
pub use selectors::Selectors;

/// Longest name of an audience: as long as that of a policy.
pub const NAME_CHARS_MAX: usize = 256;

/// Longest description of an audience or a rule.
pub const DESCRIPTION_CHARS_MAX: usize = 500;

/// Most audiences of one organization: they are read whole when rules are evaluated.
pub const AUDIENCES_MAX: usize = 200;

/// A description of PCs.
#[derive(Debug, Clone, PartialEq)]
pub struct Audience {
    /// Its id.
    pub id: AudienceId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it is in the tree: it sees the PCs of this segment (AU6).
    pub segment: SegmentId,
    /// Whether it sees the PCs of the segments below too (AU6).
    pub expose_to_children: bool,
    /// Its name; two audiences may have the same.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Who is in it.
    pub selectors: Selectors,
    /// Who is not, whatever the selectors say (AU5).
    pub exclude: Selectors,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Audience {
    /// The PCs that are in it, as a pure function of their facts.
    #[must_use]
    pub fn compiled(&self) -> Compiled {
        Compiled::of(self)
    }

    /// Why a PC is in it; nothing, if it is not. For one question; who asks many compiles once.
    #[must_use]
    pub fn reasons(&self, facts: &Facts, segments: &[Segment]) -> Option<Vec<String>> {
        self.compiled()
            .reasons(&facts.known(), facts.device.segment, &Places::of(segments))
            .filter(|_| facts.is_member())
    }
}
