//! Segments: the tree of parts of an organization. 0 is the root, which always exists.

pub mod change;

use crate::{
    Context, OrganizationId, Timestamp,
    audit::{Audit, Target},
    ports::{AuditLogMut, OrganizationsMut, SegmentsMut, StoreError},
    text::{self, TextError},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// Longest name of a segment (B.7).
pub const NAME_CHARS_MAX: usize = 256;

/// Longest icon name and colour.
pub const DECORATION_CHARS_MAX: usize = 64;

/// Most segments in one organization: the whole tree is answered at once and walked for every permission check.
pub const SEGMENTS_MAX: usize = 1_000;

/// Deepest tree, the root not counted: organizations nest by country, site, department, not further.
pub const SEGMENT_DEPTH_MAX: usize = 16;

/// A segment's number within its organization. 0 is the root ("global").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SegmentId(pub u32);

impl SegmentId {
    /// The root segment.
    pub const ROOT: SegmentId = SegmentId(0);

    /// Largest number: what a signed 32-bit column holds.
    pub const MAX: u32 = i32::MAX as u32;
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A part of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its number.
    pub id: SegmentId,
    /// Its name.
    pub name: String,
    /// The segment above; none for the root.
    pub parent: Option<SegmentId>,
    /// Name of an icon.
    pub icon: Option<String>,
    /// A colour.
    pub color: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Segment {
    /// The root segment of a new organization.
    #[must_use]
    pub fn root(organization: OrganizationId, now: Timestamp) -> Self {
        Self {
            organization,
            id: SegmentId::ROOT,
            name: "Global".to_owned(),
            parent: None,
            icon: None,
            color: None,
            created_at: now,
        }
    }
}

/// The segments a caller may see: all, or some with everything below them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SegmentScope {
    /// Every segment of the organization.
    All,
    /// These and no others; descendants are already in it.
    Only(BTreeSet<SegmentId>),
}

impl SegmentScope {
    /// The scope of a token limited to `roots` (none: everything) in an organization with these `segments`.
    #[must_use]
    pub fn below(roots: &[SegmentId], segments: &[Segment]) -> Self {
        if roots.is_empty() {
            return Self::All;
        }
        let mut inside: BTreeSet<SegmentId> = roots.iter().copied().collect();
        // Each pass adds one level, so the depth of the tree bounds the passes.
        for _ in 0..=SEGMENT_DEPTH_MAX {
            let below: Vec<_> = segments
                .iter()
                .filter(|s| s.parent.is_some_and(|p| inside.contains(&p)))
                .map(|s| s.id)
                .collect();
            let before = inside.len();
            inside.extend(below);
            if inside.len() == before {
                break;
            }
        }
        Self::Only(inside)
    }

    /// No segment at all.
    #[must_use]
    pub const fn nothing() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Whether no segment is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(inside) if inside.is_empty())
    }

    /// Whether all of it lies in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::All) => true,
            (Self::All, Self::Only(_)) => false,
            (Self::Only(a), Self::Only(b)) => a.is_subset(b),
        }
    }

    /// The segment that all of it lies below, itself too; none, if there are several or it is everything.
    #[must_use]
    pub fn only_top(&self, segments: &[Segment]) -> Option<SegmentId> {
        let Self::Only(inside) = self else {
            return None;
        };
        let mut tops = segments
            .iter()
            .filter(|s| inside.contains(&s.id) && s.parent.is_none_or(|p| !inside.contains(&p)));
        match (tops.next(), tops.next()) {
            (Some(only), None) => Some(only.id),
            _ => None,
        }
    }

    /// What lies in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Only(a), Self::Only(b)) => Self::Only(a | b),
        }
    }

    /// Whether `segment` is in it.
    #[must_use]
    pub fn contains(&self, segment: SegmentId) -> bool {
        match self {
            Self::All => true,
            Self::Only(inside) => inside.contains(&segment),
        }
    }

    /// The part of it that lies in `other` too.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, scope) | (scope, Self::All) => scope.clone(),
            (Self::Only(a), Self::Only(b)) => Self::Only(a & b),
        }
    }
}

/// A segment to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSegment {
    /// Its name.
    pub name: String,
    /// The segment above.
    pub parent: SegmentId,
    /// Name of an icon.
    pub icon: Option<String>,
    /// A colour.
    pub color: Option<String>,
}

/// Why a segment cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateSegmentError {
    /// A field is malformed.
    #[error("{field}: {error}")]
    Field {
        /// Which.
        field: &'static str,
        /// Why.
        error: TextError,
    },
    /// The segment above does not exist or is out of the caller's sight.
    #[error("the parent segment does not exist")]
    UnknownParent,
    /// There are too many, or they nest too deep.
    #[error("an organization has at most {SEGMENTS_MAX} segments, {SEGMENT_DEPTH_MAX} levels deep")]
    LimitExceeded,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a segment below a parent that the caller sees. The organization's row is locked, so numbers do not collide.
///
/// # Errors
/// See [`CreateSegmentError`].
pub fn create(
    tx: &mut (impl OrganizationsMut + SegmentsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    request: &CreateSegment,
) -> Result<Segment, CreateSegmentError> {
    let field = |field| move |error| CreateSegmentError::Field { field, error };
    let name = text::line(&request.name, NAME_CHARS_MAX).map_err(field("name"))?;
    let decoration = |value: &Option<String>, name| {
        value
            .as_deref()
            .map(|v| text::line(v, DECORATION_CHARS_MAX))
            .transpose()
            .map_err(field(name))
    };
    let (icon, color) = (decoration(&request.icon, "icon")?, decoration(&request.color, "color")?);
    tx.lock_organization(organization)?;
    let segments = tx.segments(organization)?;
    if !scope.contains(request.parent) || !segments.iter().any(|s| s.id == request.parent) {
        return Err(CreateSegmentError::UnknownParent);
    }
    if segments.len() >= SEGMENTS_MAX || depth(&segments, request.parent) >= SEGMENT_DEPTH_MAX {
        return Err(CreateSegmentError::LimitExceeded);
    }
    // Numbers of removed segments are not given again: the audit record names segments by number.
    let id = SegmentId(tx.last_segment_number(organization)?.0 + 1);
    let segment = Segment {
        organization,
        id,
        name,
        parent: Some(request.parent),
        icon,
        color,
        created_at: cx.now,
    };
    tx.insert_segment(&segment)?;
    let audit = Audit::new(cx, organization, "base.organization.segment.create")
        .target(Target::Segment(id))
        .segment(id)
        .after(serde_json::json!({ "id": id.0, "name": segment.name, "parentId": request.parent.0 }));
    tx.append_audit(&audit.done())?;
    Ok(segment)
}

/// How many segments stand above `id`.
fn depth(segments: &[Segment], id: SegmentId) -> usize {
    let parent_of = |id| segments.iter().find(|s| s.id == id).and_then(|s| s.parent);
    std::iter::successors(parent_of(id), |id| parent_of(*id))
        .take(SEGMENT_DEPTH_MAX + 1)
        .count()
}

/// How many levels lie below `id`.
fn height(segments: &[Segment], id: SegmentId) -> usize {
    let mut level = BTreeSet::from([id]);
    for height in 0..=SEGMENT_DEPTH_MAX {
        let below = segments.iter().filter(|s| s.parent.is_some_and(|p| level.contains(&p)));
        let below: BTreeSet<_> = below.map(|s| s.id).collect();
        if below.is_empty() {
            return height;
        }
        level = below;
    }
    SEGMENT_DEPTH_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(id: u32, parent: Option<u32>) -> Segment {
        let mut segment = Segment::root([0; 12].into(), Timestamp::from_millis(0));
        segment.id = SegmentId(id);
        segment.parent = parent.map(SegmentId);
        segment
    }

    #[test]
    fn a_scope_holds_what_lies_below_its_roots() {
        let tree = [
            segment(0, None),
            segment(1, Some(0)),
            segment(2, Some(1)),
            segment(3, Some(0)),
        ];
        let scope = SegmentScope::below(&[SegmentId(1)], &tree);
        let seen: Vec<_> = (0..4).filter(|id| scope.contains(SegmentId(*id))).collect();
        assert_eq!(seen, [1, 2]);
        assert_eq!(SegmentScope::below(&[], &tree), SegmentScope::All);
        assert_eq!(
            (
                height(&tree, SegmentId(0)),
                height(&tree, SegmentId(1)),
                height(&tree, SegmentId(3))
            ),
            (2, 1, 0)
        );
    }
}
