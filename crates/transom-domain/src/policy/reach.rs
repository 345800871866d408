//! Which policies somebody sees: those in the segments they see, and those exposed to them from above.

use super::Policy;
use crate::segment::{SEGMENT_DEPTH_MAX, Segment, SegmentId, SegmentScope};
use std::collections::BTreeSet;

/// The policies that a caller sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyScope {
    /// Policies in these segments; the caller may change them too.
    pub own: SegmentScope,
    /// Policies in these segments, if they are exposed to the segments below.
    pub exposed: BTreeSet<SegmentId>,
}

impl PolicyScope {
    /// What a caller limited to `scope` sees in an organization with these `segments`.
    #[must_use]
    pub fn of(scope: &SegmentScope, segments: &[Segment]) -> Self {
        let exposed = match scope {
            SegmentScope::All => BTreeSet::new(),
            SegmentScope::Only(own) => own
                .iter()
                .flat_map(|segment| above(*segment, segments))
                .filter(|segment| !own.contains(segment))
                .collect(),
        };
        Self {
            own: scope.clone(),
            exposed,
        }
    }

    /// Whether a policy is in it.
    #[must_use]
    pub fn sees(&self, policy: &Policy) -> bool {
        self.shows(policy.segment, policy.expose_to_children)
    }

    /// Whether something in a segment is in it that is exposed to the segments below or not.
    #[must_use]
    pub fn shows(&self, segment: SegmentId, expose_to_children: bool) -> bool {
        self.own.contains(segment) || (expose_to_children && self.exposed.contains(&segment))
    }

    /// What of it lies in `wanted`.
    #[must_use]
    pub fn within(&self, wanted: &SegmentScope) -> Self {
        Self {
            own: self.own.intersection(wanted),
            exposed: self.exposed.iter().copied().filter(|s| wanted.contains(*s)).collect(),
        }
    }
}

/// Whether something in the segment `home`, exposed to the segments below or not, can be used in `segment`.
#[must_use]
pub fn extends(home: SegmentId, expose_to_children: bool, segment: SegmentId, segments: &[Segment]) -> bool {
    home == segment || (expose_to_children && above(segment, segments).any(|above| above == home))
}

/// The segments above one, from the bottom up.
pub fn above(segment: SegmentId, segments: &[Segment]) -> impl Iterator<Item = SegmentId> {
    let parent = move |id: SegmentId| segments.iter().find(|s| s.id == id).and_then(|s| s.parent);
    std::iter::successors(parent(segment), move |id| parent(*id)).take(SEGMENT_DEPTH_MAX + 1)
}

#[cfg(test)]
mod tests {
    use super::super::{effective::tests::policy, reaches};
    use super::*;
    use crate::Timestamp;

    fn tree() -> Vec<Segment> {
        let segment = |id: u32, parent: Option<u32>| Segment {
            id: SegmentId(id),
            parent: parent.map(SegmentId),
            ..Segment::root([0; 12].into(), Timestamp::from_millis(0))
        };
        vec![
            segment(0, None),
            segment(1, Some(0)),
            segment(2, Some(1)),
            segment(3, Some(0)),
        ]
    }

    fn policy_in(segment: u32, exposed: bool) -> Policy {
        let mut policy = policy(1, &[]);
        (policy.segment, policy.expose_to_children) = (SegmentId(segment), exposed);
        policy
    }

    #[test]
    fn a_policy_reaches_its_segment_and_those_below_if_it_is_exposed() {
        let reached = |policy: Policy| -> Vec<u32> {
            let reached = (0..4).filter(|s| reaches(&policy, SegmentId(*s), &tree()));
            reached.collect()
        };
        assert_eq!(reached(policy_in(1, false)), [1]);
        assert_eq!(reached(policy_in(1, true)), [1, 2]);
        assert_eq!(reached(policy_in(0, true)), [0, 1, 2, 3]);
    }

    #[test]
    fn a_caller_sees_what_is_exposed_from_above_and_nothing_beside() {
        let scope = PolicyScope::of(&SegmentScope::below(&[SegmentId(1)], &tree()), &tree());
        assert!(scope.sees(&policy_in(0, true)) && !scope.sees(&policy_in(0, false)));
        assert!(scope.sees(&policy_in(2, false)));
        assert!(!scope.sees(&policy_in(3, true)));
        let root_only = scope.within(&SegmentScope::Only(BTreeSet::from([SegmentId::ROOT])));
        assert!(root_only.sees(&policy_in(0, true)) && !root_only.sees(&policy_in(1, true)));
    }
}
