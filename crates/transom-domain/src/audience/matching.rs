//! Whether a PC is in an audience, and why: pure (AU1–AU6).

use super::{
    Audience,
    facts::{Known, KnownFacts},
    selectors::{Element, Selectors},
};
use crate::{
    AudienceId,
    policy::reach,
    segment::{Segment, SegmentId},
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// An audience that a PC is in, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Which.
    pub audience: AudienceId,
    /// Every elementary fact that made it so: sorted, each once.
    pub reasons: Vec<String>,
}

/// Each segment with itself and those above it.
#[derive(Debug, Clone, Default)]
pub struct Places(HashMap<SegmentId, Vec<SegmentId>>);

impl Places {
    /// The tree of an organization.
    #[must_use]
    pub fn of(segments: &[Segment]) -> Self {
        let path = |id: SegmentId| std::iter::once(id).chain(reach::above(id, segments)).collect();
        Self(segments.iter().map(|s| (s.id, path(s.id))).collect())
    }

    /// Whether `segment` is `above`, or lies below it.
    #[must_use]
    pub fn is_within(&self, segment: SegmentId, above: SegmentId) -> bool {
        segment == above || self.0.get(&segment).is_some_and(|path| path.contains(&above))
    }
}

/// An audience taken apart, to be asked about many PCs.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// Its id.
    pub id: AudienceId,
    /// Its name.
    pub name: String,
    segment: SegmentId,
    expose_to_children: bool,
    include: Conditions,
    exclude: Conditions,
}

/// Selectors taken apart.
#[derive(Debug, Clone)]
struct Conditions {
    groups: Vec<Vec<Element>>,
    /// Keys of facts with the values that are listed.
    lists: [(&'static str, HashSet<String>); 3],
}

impl Conditions {
    fn of(selectors: &Selectors) -> Self {
        // What was stored was checked; an element that cannot be read makes its group match nothing.
        let group = |read: fn(&str) -> Result<Element, String>| {
            move |group: &Vec<String>| -> Option<Vec<Element>> {
                let group: Option<Vec<Element>> = group.iter().map(|text| read(text).ok()).collect();
                group.filter(|elements| !elements.is_empty())
            }
        };
        let devices = selectors.device_groups.iter().filter_map(group(Element::of_device));
        let users = selectors.user_groups.iter().filter_map(group(Element::of_user));
        let serials = selectors.serial_numbers.iter().map(|s| s.trim().to_lowercase());
        Self {
            groups: devices.chain(users).collect(),
            lists: [
                ("device", selectors.devices.iter().map(ToString::to_string).collect()),
                ("user", selectors.users.iter().map(ToString::to_string).collect()),
                ("serial", serials.collect()),
            ],
        }
    }

    /// The reasons of every group and list that matches; none, if none does.
    fn reasons(&self, known: &KnownFacts) -> BTreeSet<String> {
        let of = |key: &str| known.get(key).map(Vec::as_slice).unwrap_or_default();
        let mut reasons = BTreeSet::new();
        for group in &self.groups {
            let found: Option<Vec<&Known>> = group
                .iter()
                .map(|element| of(&element.key).iter().find(|known| element.fits(&known.value)))
                .collect();
            // A pattern may fit several values of one key: all of them are why.
            if found.is_some() {
                let all = group
                    .iter()
                    .flat_map(|element| of(&element.key).iter().filter(|known| element.fits(&known.value)));
                reasons.extend(all.map(|known| known.reason.clone()));
            }
        }
        for (key, listed) in self.lists.iter().filter(|(_, listed)| !listed.is_empty()) {
            let found = of(key).iter().filter(|known| listed.contains(&known.value));
            reasons.extend(found.map(|known| known.reason.clone()));
        }
        reasons
    }
}

impl Compiled {
    /// Takes an audience apart.
    #[must_use]
    pub fn of(audience: &Audience) -> Self {
        Self {
            id: audience.id,
            name: audience.name.clone(),
            segment: audience.segment,
            expose_to_children: audience.expose_to_children,
            include: Conditions::of(&audience.selectors),
            exclude: Conditions::of(&audience.exclude),
        }
    }

    /// Why a PC in `segment` of which this is known is in the audience; nothing, if it is not.
    #[must_use]
    pub fn reasons(&self, known: &KnownFacts, segment: SegmentId, places: &Places) -> Option<Vec<String>> {
        let is_seen = segment == self.segment || (self.expose_to_children && places.is_within(segment, self.segment));
        if !is_seen {
            return None;
        }
        let reasons = self.include.reasons(known);
        if reasons.is_empty() || !self.exclude.reasons(known).is_empty() {
            return None;
        }
        Some(reasons.into_iter().collect())
    }
}

#[cfg(test)]
pub(crate) mod tests;
