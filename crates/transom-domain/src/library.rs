//! The library: records that policies and devices refer to, applications and scripts. Each is in a segment and can be
//! shared with the segments below, as policies are (B.0).

use crate::{
    ApplicationId, AssetId, DeviceId, OrganizationId, PolicyId,
    device::update::Violation,
    page::PageRequest,
    policy::{PolicyScope, reach, references::ReferenceKind},
    ports::{AssetsMut, PolicyReferences, Segments, StoreError},
    script::assignment::Target,
    segment::{Segment, SegmentId, SegmentScope},
    text,
};
use std::fmt;

/// Longest name of a record (A.6).
pub const NAME_CHARS_MAX: usize = 256;

/// Longest description of a record (A.6).
pub const DESCRIPTION_CHARS_MAX: usize = 500;

/// Most users of a record named when it cannot be removed: as many as one answer names.
pub const USERS_NAMED_MAX: u32 = 50;

/// By what a list of records is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LibrarySort {
    /// When it was made.
    #[default]
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Its name, without case.
    Name,
}

/// Which records are wanted. Every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryQuery {
    /// Whose.
    pub organization: OrganizationId,
    /// Which of them the caller sees.
    pub scope: PolicyScope,
    /// With this text in the name, compared without case.
    pub search: Option<String>,
    /// Sorted by this; equal ones by id, so that pages are stable.
    pub sort: LibrarySort,
    /// Largest first.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
}

/// Where a record is in the tree, and whether the segments below have it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shelf {
    /// Its segment.
    pub segment: SegmentId,
    /// Whether policies and PCs in the segments below can use it too.
    pub expose_to_children: bool,
}

impl Shelf {
    /// Whether a policy or PC in `segment` can use what is here.
    #[must_use]
    pub fn reaches(self, segment: SegmentId, segments: &[Segment]) -> bool {
        reach::extends(self.segment, self.expose_to_children, segment, segments)
    }

    /// Whether somebody with this scope sees what is here.
    #[must_use]
    pub fn is_seen(self, scope: &PolicyScope) -> bool {
        scope.shows(self.segment, self.expose_to_children)
    }
}

/// A policy that uses a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyUse {
    /// Which.
    pub policy: PolicyId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub segment: SegmentId,
}

/// A device that uses a record directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceUse {
    /// Which.
    pub device: DeviceId,
    /// Its console name.
    pub display_name: String,
    /// Where it is.
    pub segment: SegmentId,
}

/// An application whose file an asset is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationUse {
    /// Which.
    pub application: ApplicationId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub segment: SegmentId,
}

/// Who uses a record: some of them, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Users {
    /// Policies that name it in their present version.
    pub policies: Vec<PolicyUse>,
    /// How many policies.
    pub policies_total: u64,
    /// Devices that have it directly. Deleted ones do not count.
    pub devices: Vec<DeviceUse>,
    /// How many devices.
    pub devices_total: u64,
    /// Applications that come from it.
    pub applications: Vec<ApplicationUse>,
    /// How many applications.
    pub applications_total: u64,
    /// What it is assigned to.
    pub assignments: Vec<Target>,
}

impl Users {
    /// Without those that somebody with this scope does not see; the totals stay.
    #[must_use]
    pub fn seen_in(mut self, scope: &SegmentScope) -> Self {
        self.policies.retain(|p| scope.contains(p.segment));
        self.devices.retain(|d| scope.contains(d.segment));
        self.applications.retain(|a| scope.contains(a.segment));
        self
    }

    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.policies_total + self.devices_total + self.applications_total + self.assignments.len() as u64
    }
}

impl fmt::Display for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.policies_total, "policies"),
            (self.devices_total, "devices"),
            (self.applications_total, "applications"),
            (self.assignments.len() as u64, "assignments"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        for (index, (count, what)) in counts.enumerate() {
            let between = if index == 0 { "" } else { " and " };
            write!(f, "{between}{count} {what}")?;
        }
        Ok(())
    }
}

/// Why something is not done with a record of the library.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// Fields do not hold to their rules.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Vec<Violation>),
    /// Something named in the request does not exist or is out of the caller's sight.
    #[error("{path} names something that does not exist: {id}")]
    UnknownReference {
        /// Where in the body.
        path: String,
        /// What it names.
        id: String,
    },
    /// The record does not exist, or is out of the caller's sight.
    #[error("the record does not exist")]
    Unknown,
    /// The caller sees the record, because it is exposed from above, and may not change it.
    #[error("the record belongs to a segment that the caller may not change")]
    NotOwn,
    /// Policies or devices use it: it can neither be removed nor taken out of their reach.
    #[error("{0} use it")]
    InUse(Box<Users>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether an asset of that id exists within reach of a segment. It is locked: an asset that is being removed waits for
/// this unit, or is gone when it is looked up.
///
/// # Errors
/// When the store fails.
pub fn asset_exists(
    tx: &mut (impl AssetsMut + Segments + ?Sized),
    organization: OrganizationId,
    segment: SegmentId,
    asset: &str,
) -> Result<bool, StoreError> {
    let Ok(id) = AssetId::parse(asset) else {
        return Ok(false);
    };
    let Some(asset) = tx.lock_assets(organization, &[id])?.pop() else {
        return Ok(false);
    };
    Ok(asset.shelf().reaches(segment, &tx.segments(organization)?))
}

/// A segment named in a request must exist and be in the caller's sight.
pub(crate) fn check_segment(
    view: &mut (impl Segments + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    segment: SegmentId,
) -> Result<(), LibraryError> {
    if scope.contains(segment) && view.segment(organization, segment)?.is_some() {
        return Ok(());
    }
    Err(LibraryError::UnknownReference {
        path: "segmentId".to_owned(),
        id: segment.to_string(),
    })
}

/// Whether some of these segments lose what they reach when it goes from one place to another.
pub(crate) fn loses(before: Shelf, after: Shelf, used_in: &[SegmentId], segments: &[Segment]) -> bool {
    let lost = |segment: &SegmentId| before.reaches(*segment, segments) && !after.reaches(*segment, segments);
    before != after && used_in.iter().any(lost)
}

/// The policies that use a record.
pub(crate) fn policies_using(
    view: &mut (impl PolicyReferences + ?Sized),
    kind: ReferenceKind,
    id: &str,
) -> Result<Users, StoreError> {
    let (policies, policies_total) = view.policies_naming(kind, id, USERS_NAMED_MAX)?;
    Ok(Users {
        policies,
        policies_total,
        ..Users::default()
    })
}

/// Checks and cleans a name and a description.
pub(crate) fn check_words(
    name: &mut Option<String>,
    description: &mut Option<Option<String>>,
    description_max: usize,
    wrong: &mut Vec<Violation>,
) {
    if let Some(name) = name {
        match text::line(name, NAME_CHARS_MAX) {
            Ok(clean) => *name = clean,
            Err(error) => wrong.push(Violation::new("name", "text", error)),
        }
    }
    if let Some(Some(text)) = description
        && let Err(error) = lines(text, description_max)
    {
        wrong.push(Violation::new("description", "text", error));
    }
    // An empty description is none.
    if matches!(description, Some(Some(text)) if text.trim().is_empty()) {
        *description = Some(None);
    }
}

/// A text that may have several lines.
fn lines(text: &str, max: usize) -> Result<(), text::TextError> {
    let flat: String = text
        .chars()
        .map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c })
        .collect();
    text::checked(&flat, max).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_limits_to_the_character() {
        let wrong = |name: usize, description: usize| {
            let mut wrong = Vec::new();
            let (mut name, mut description) = (Some("é".repeat(name)), Some(Some("é".repeat(description))));
            check_words(&mut name, &mut description, DESCRIPTION_CHARS_MAX, &mut wrong);
            wrong.into_iter().map(|v| v.path).collect::<Vec<_>>()
        };
        assert_eq!(wrong(NAME_CHARS_MAX, DESCRIPTION_CHARS_MAX), [""; 0]);
        assert_eq!(wrong(NAME_CHARS_MAX + 1, DESCRIPTION_CHARS_MAX), ["name"]);
        assert_eq!(wrong(NAME_CHARS_MAX, DESCRIPTION_CHARS_MAX + 1), ["description"]);
        assert_eq!(wrong(0, 1), ["name"]);
    }

    #[test]
    fn what_used_to_reach_must_not_be_lost() {
        let segment = |id: u32, parent: Option<u32>| Segment {
            id: SegmentId(id),
            parent: parent.map(SegmentId),
            ..Segment::root([0; 12].into(), crate::Timestamp::from_millis(0))
        };
        let tree = [segment(0, None), segment(1, Some(0)), segment(2, Some(0))];
        let shelf = |segment, expose_to_children| Shelf {
            segment: SegmentId(segment),
            expose_to_children,
        };
        let used = [SegmentId(1)];
        assert!(loses(shelf(0, true), shelf(0, false), &used, &tree));
        assert!(loses(shelf(1, false), shelf(2, false), &used, &tree));
        assert!(!loses(shelf(1, false), shelf(0, true), &used, &tree));
        assert!(
            !loses(shelf(0, false), shelf(2, false), &used, &tree),
            "it was out of reach before"
        );
    }
}
