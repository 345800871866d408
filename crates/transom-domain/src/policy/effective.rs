//! The effective policy: what a PC should have, as a pure function of the policies it is given and what is known of it,
//! with the reason for each setting (P1–P9, P13).

mod structure;
#[cfg(test)]
pub(crate) mod tests;

use super::{
    compare::same,
    placeholders::Facts,
    settings::{Part, Prepared, SEPARATOR, Setting},
};
use crate::PolicyId;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, collections::HashMap};

/// The priority of the organization's default policy: behind everything else.
pub const DEFAULT_PRIORITY: u32 = 10_001;

/// Why a device has a policy. The order is that of strength at equal priority (P2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A rule gives it.
    Enforced {
        /// The rule.
        rule: Named,
        /// The audiences through which the rule matches.
        audiences: Vec<MatchedAudience>,
    },
    /// An administrator, or the enrolment rule, assigned it.
    Direct,
    /// It is in the primary slot.
    Primary,
    /// It is the organization's default; counts only where there is nothing else.
    Default,
}

/// Something with an id and a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// An audience that a device belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatchedAudience {
    /// Which.
    pub audience: Named,
    /// Why it does, e.g. `tag:sales`.
    pub reasons: Vec<String>,
}

impl Source {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Source::Enforced { .. } => "enforced",
            Source::Direct => "direct",
            Source::Primary => "primary",
            Source::Default => "default",
        }
    }

    const fn class(&self) -> u8 {
        match self {
            Source::Enforced { .. } => 0,
            Source::Direct => 1,
            Source::Primary => 2,
            Source::Default => 3,
        }
    }
}

/// A policy given to a device.
#[derive(Debug, Clone)]
pub struct Supplier<'a> {
    /// The policy.
    pub policy: &'a Prepared,
    /// How strong; lower wins.
    pub priority: u32,
    /// Why.
    pub source: Source,
}

/// A policy in the order of strength, with every source it comes from (P3).
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The policy.
    pub policy: &'a Prepared,
    /// Its strongest priority.
    pub priority: u32,
    /// Its sources with their priorities, strongest first.
    pub sources: Vec<(u32, Source)>,
}

impl Place<'_> {
    /// The source it has its place by.
    #[must_use]
    pub fn source(&self) -> &Source {
        self.sources.first().map_or(&Source::Default, |(_, source)| source)
    }
}

/// A setting of the result, and why it is as it is.
#[derive(Debug, Clone)]
pub struct Outcome<'a> {
    /// Which part.
    pub part: Part,
    /// In the winner's spelling.
    pub key: &'a str,
    /// Its value; an error says why it has none (P13).
    pub value: Result<Cow<'a, Value>, String>,
    /// Who supplies it: an index into [`Effective::places`].
    pub winner: usize,
    /// Whether the winner won by its class or id only, against another value (P2).
    pub tie: bool,
    /// Who supplied it too, strongest first.
    pub losers: Vec<Loser<'a>>,
    /// By what it is the same setting in another policy.
    pub(super) identity: &'a str,
    position: usize,
}

/// A setting that another policy overrules.
#[derive(Debug, Clone, PartialEq)]
pub struct Loser<'a> {
    /// Whose: an index into [`Effective::places`].
    pub place: usize,
    /// In its own spelling.
    pub key: &'a str,
    /// Its value, as the policy has it.
    pub value: &'a Value,
    /// Whether it is the winner's value (P7).
    pub same: bool,
}

/// What kind of conflict (P8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConflictKind {
    /// Policies of different strength want different values.
    Value,
    /// One policy sets a node that another has settings below (P6).
    Structural,
    /// Policies of one priority want different values.
    Tie,
}

impl ConflictKind {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ConflictKind::Value => "value",
            ConflictKind::Structural => "structural",
            ConflictKind::Tie => "tie",
        }
    }
}

/// A conflict: published, never fatal (P8).
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict<'a> {
    /// Which part.
    pub part: Part,
    /// The setting, in the winner's spelling.
    pub key: &'a str,
    /// What kind.
    pub kind: ConflictKind,
    /// Who won: an index into [`Effective::places`].
    pub winner: usize,
    /// The value that won, as the policy has it.
    pub value: &'a Value,
    /// Who lost.
    pub losers: Vec<Loser<'a>>,
}

/// What a PC should have, and why.
#[derive(Debug, Clone, Default)]
pub struct Effective<'a> {
    /// The policies, strongest first.
    pub places: Vec<Place<'a>>,
    /// The settings, sorted by part and identity.
    pub outcomes: Vec<Outcome<'a>>,
    /// The conflicts, in the same order.
    pub conflicts: Vec<Conflict<'a>>,
}

/// A policy's word on one setting.
type Candidate<'a> = (usize, &'a Setting);

/// All words on one setting, strongest first.
type Group<'a> = Vec<Candidate<'a>>;

/// What a PC should have. The order of the suppliers does not matter.
#[must_use]
pub fn effective<'a>(suppliers: &[Supplier<'a>], facts: &Facts<'_>) -> Effective<'a> {
    let places = places(suppliers);
    let mut groups = groups(&places);
    let mut conflicts = structure::settle(&mut groups);
    settle_locations(&mut groups, &mut conflicts);
    let mut outcomes = Vec::with_capacity(groups.len());
    let mut between_values = Vec::new();
    for group in &groups {
        let Some((outcome, conflict)) = decide(group, &places, facts) else {
            continue;
        };
        outcomes.push(outcome);
        between_values.extend(conflict);
    }
    account_for_displaced(&mut outcomes, &mut conflicts, &places);
    conflicts.extend(between_values);
    // Structural conflicts stand beside the others of their key.
    conflicts.sort_by(|a, b| (a.part, a.key, a.kind as u8).cmp(&(b.part, b.key, b.kind as u8)));
    Effective {
        places,
        outcomes,
        conflicts,
    }
}

/// The policies in the order of strength (P2), each once (P3).
fn places<'a>(suppliers: &[Supplier<'a>]) -> Vec<Place<'a>> {
    let has_others = suppliers.iter().any(|s| s.source != Source::Default);
    let mut places: Vec<Place<'a>> = Vec::new();
    let mut index: HashMap<PolicyId, usize> = HashMap::new();
    for supplier in suppliers {
        if has_others && supplier.source == Source::Default {
            continue;
        }
        let at = *index.entry(supplier.policy.id).or_insert_with(|| {
            places.push(Place {
                policy: supplier.policy,
                priority: supplier.priority,
                sources: Vec::new(),
            });
            places.len() - 1
        });
        if let Some(place) = places.get_mut(at) {
            place.sources.push((supplier.priority, supplier.source.clone()));
        }
    }
    for place in &mut places {
        place.sources.sort();
        place.sources.dedup();
        place.priority = place.sources.first().map_or(place.priority, |(priority, _)| *priority);
    }
    places.sort_by_key(|p| (p.priority, p.source().class(), p.policy.created_at, p.policy.id));
    places
}

/// Every setting with all who supply it, sorted by identity.
fn groups<'a>(places: &[Place<'a>]) -> Vec<Group<'a>> {
    let most = places.iter().map(|p| p.policy.settings.len()).max().unwrap_or(0);
    let mut index: HashMap<&'a str, usize> = HashMap::with_capacity(most);
    let mut groups: Vec<Group<'a>> = Vec::with_capacity(most);
    for (rank, place) in places.iter().enumerate() {
        for setting in &place.policy.settings {
            let next = groups.len();
            let at = *index.entry(setting.identity.as_str()).or_insert(next);
            match groups.get_mut(at) {
                Some(group) => group.push((rank, setting)),
                None => groups.push(vec![(rank, setting)]),
            }
        }
    }
    groups.sort_unstable_by(|a, b| identity(a).cmp(identity(b)));
    groups
}

fn identity<'a>(group: &Group<'a>) -> &'a str {
    group.first().map_or("", |(_, setting)| setting.identity.as_str())
}

/// Who wins a setting. At a tie, an application that is installed wins over one that is offered (P4).
fn decide<'a>(
    group: &Group<'a>,
    places: &[Place<'a>],
    facts: &Facts<'_>,
) -> Option<(Outcome<'a>, Option<Conflict<'a>>)> {
    let priority = |rank: usize| places.get(rank).map_or(u32::MAX, |place| place.priority);
    let first = *group.first()?;
    let installs = |(rank, setting): &&Candidate<'a>| {
        setting.part == Part::Applications
            && priority(*rank) == priority(first.0)
            && setting.value["action"] == "forceInstall"
    };
    let (winner, setting) = group.iter().find(installs).copied().unwrap_or(first);
    let value = facts.resolve(setting);
    let loser = |(rank, other): &Candidate<'a>| Loser {
        place: *rank,
        key: other.key.as_str(),
        value: &other.value,
        same: is_same(setting, other, &value, facts),
    };
    let losers: Vec<Loser<'a>> = group.iter().filter(|(rank, _)| *rank != winner).map(loser).collect();
    let differs = |l: &&Loser<'a>| !l.same;
    let tie = losers
        .iter()
        .filter(differs)
        .any(|l| priority(l.place) == priority(winner));
    let conflict = losers.iter().any(|l| !l.same).then(|| Conflict {
        part: setting.part,
        key: setting.key.as_str(),
        kind: if tie { ConflictKind::Tie } else { ConflictKind::Value },
        winner,
        value: &setting.value,
        losers: losers.iter().filter(differs).cloned().collect(),
    });
    let outcome = Outcome {
        part: setting.part,
        key: setting.key.as_str(),
        value,
        winner,
        tie,
        losers,
        identity: setting.identity.as_str(),
        position: setting.position,
    };
    Some((outcome, conflict))
}

/// Whether two policies want the same (P7), placeholders resolved.
fn is_same(winner: &Setting, other: &Setting, value: &Result<Cow<'_, Value>, String>, facts: &Facts<'_>) -> bool {
    if winner.value == other.value {
        return true;
    }
    if !winner.has_placeholders && !other.has_placeholders {
        return same(&winner.value, &other.value);
    }
    match (value, facts.resolve(other)) {
        (Ok(value), Ok(other)) => same(value, &other),
        _ => false,
    }
}

/// Different files at one location are a conflict; the strongest stays (P4).
fn settle_locations<'a>(groups: &mut Vec<Group<'a>>, conflicts: &mut Vec<Conflict<'a>>) {
    let mut taken: HashMap<&'a str, Vec<(usize, usize)>> = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        let Some((rank, setting)) = group.first().filter(|(_, s)| s.part == Part::Assets) else {
            continue;
        };
        let location = setting.identity.split_once(SEPARATOR).map_or("", |(_, place)| place);
        if !location.ends_with(':') {
            taken.entry(location).or_default().push((*rank, at));
        }
    }
    let mut dropped: Vec<usize> = Vec::new();
    for mut rivals in taken.into_values().filter(|rivals| rivals.len() > 1) {
        rivals.sort_unstable();
        let lost: Vec<usize> = rivals.iter().skip(1).map(|(_, at)| *at).collect();
        let winner = rivals
            .first()
            .and_then(|(_, at)| groups.get(*at))
            .and_then(|g| g.first());
        if let Some((winner, setting)) = winner {
            conflicts.push(Conflict {
                part: Part::Assets,
                key: setting.key.as_str(),
                kind: ConflictKind::Value,
                winner: *winner,
                value: &setting.value,
                losers: lost
                    .iter()
                    .filter_map(|at| groups.get(*at))
                    .flatten()
                    .map(overruled)
                    .collect(),
            });
        }
        dropped.extend(lost);
    }
    for at in dropped {
        if let Some(group) = groups.get_mut(at) {
            group.clear();
        }
    }
    groups.retain(|group| !group.is_empty());
}

/// What lost its place to a setting of another name (a node above or below, another file at the location) is a loser of
/// that setting too, and a tie where only class or id decided (P2, P8).
fn account_for_displaced<'a>(outcomes: &mut [Outcome<'a>], conflicts: &mut [Conflict<'a>], places: &[Place<'a>]) {
    if conflicts.is_empty() {
        return;
    }
    let priority = |rank: usize| places.get(rank).map(|place| place.priority);
    let mut winners: HashMap<(Part, &str), &mut Outcome<'a>> =
        outcomes.iter_mut().map(|o| ((o.part, o.key), o)).collect();
    for conflict in conflicts {
        let tie = conflict
            .losers
            .iter()
            .any(|loser| priority(loser.place) == priority(conflict.winner));
        if tie && conflict.kind == ConflictKind::Value {
            conflict.kind = ConflictKind::Tie;
        }
        if let Some(outcome) = winners.get_mut(&(conflict.part, conflict.key)) {
            outcome.tie |= tie;
            outcome.losers.extend(conflict.losers.iter().cloned());
            outcome.losers.sort_by_key(|loser| loser.place);
        }
    }
}

/// A setting that is left out whole.
fn overruled<'a>((rank, setting): &Candidate<'a>) -> Loser<'a> {
    Loser {
        place: *rank,
        key: setting.key.as_str(),
        value: &setting.value,
        same: false,
    }
}

impl<'a> Effective<'a> {
    /// The parts of the effective policy, as its object shows them (P9). ADMX files stand in the order of strength,
    /// everything else in that of its identity.
    #[must_use]
    pub fn content(&self) -> Map<String, Value> {
        let mut content: Map<String, Value> = Part::ALL
            .into_iter()
            .map(|part| {
                (
                    part.as_str().to_owned(),
                    if part.is_map() { json!({}) } else { json!([]) },
                )
            })
            .collect();
        let mut admx: Vec<&Outcome<'a>> = Vec::new();
        for outcome in &self.outcomes {
            let Ok(value) = &outcome.value else { continue };
            if outcome.part == Part::AdmxConfigs {
                admx.push(outcome);
                continue;
            }
            match content.get_mut(outcome.part.as_str()) {
                Some(Value::Object(map)) => {
                    map.insert(outcome.key.to_owned(), value.clone().into_owned());
                }
                Some(Value::Array(list)) => list.push(value.clone().into_owned()),
                _ => {}
            }
        }
        admx.sort_by_key(|outcome| (outcome.winner, outcome.position));
        let admx = admx.into_iter().filter_map(|o| o.value.as_ref().ok());
        let admx = admx.map(|value| value.clone().into_owned()).collect();
        content.insert(Part::AdmxConfigs.as_str().to_owned(), Value::Array(admx));
        content
    }

    /// The canonical bytes: JSON without blanks, keys sorted. The same inputs give the same bytes (P9).
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        Value::Object(self.content()).to_string().into_bytes()
    }

    /// SHA-256 of the canonical bytes.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.bytes()).into()
    }

    /// The settings that cannot be applied, with what is missing (P13).
    pub fn failed(&self) -> impl Iterator<Item = (&Outcome<'a>, &str)> {
        let outcomes = self.outcomes.iter();
        outcomes.filter_map(|outcome| outcome.value.as_ref().err().map(|text| (outcome, text.as_str())))
    }

    /// Settings that policies spell differently (P5): the winner's spelling counts.
    pub fn spellings(&self) -> impl Iterator<Item = (&Outcome<'a>, &Loser<'a>)> {
        let configs = self.outcomes.iter().filter(|o| o.part == Part::Config);
        configs.flat_map(|outcome| {
            let others = outcome.losers.iter().filter(|loser| loser.key != outcome.key);
            others.map(move |loser| (outcome, loser))
        })
    }
}
