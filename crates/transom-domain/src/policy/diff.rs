//! What differs between two sets of settings: two versions of a policy, or what a PC has and would have.

use super::{
    PolicyContent,
    compare::same,
    effective::Effective,
    settings::{Part, settings},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// What happened to a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It came.
    Added,
    /// It went.
    Removed,
    /// It has another value.
    Changed,
}

impl ChangeKind {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
        }
    }
}

/// A setting that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Which part.
    pub part: Part,
    /// The setting, as the newer side spells it.
    pub key: String,
    /// What happened.
    pub kind: ChangeKind,
    /// What it was.
    pub before: Option<Value>,
    /// What it is.
    pub after: Option<Value>,
}

/// Identity → part, spelling, value.
type Side = BTreeMap<String, (Part, String, Value)>;

/// What differs between two contents of a policy, by part and identity.
#[must_use]
pub fn contents(before: &PolicyContent, after: &PolicyContent) -> Vec<Change> {
    let side = |content| -> Side {
        let settings = settings(content).into_iter();
        settings.map(|s| (s.identity, (s.part, s.key, s.value))).collect()
    };
    changes(&side(before), &side(after), |a, b| a == b)
}

/// What differs between two effective policies. A setting that cannot be applied counts as missing.
#[must_use]
pub fn effectives(before: &Effective<'_>, after: &Effective<'_>) -> Vec<Change> {
    let side = |effective: &Effective<'_>| -> Side {
        let outcomes = effective.outcomes.iter();
        let applied = outcomes.filter_map(|o| o.value.as_ref().ok().map(|value| (o, value)));
        applied
            .map(|(o, value)| {
                let setting = (o.part, o.key.to_owned(), value.clone().into_owned());
                (o.identity.to_owned(), setting)
            })
            .collect()
    };
    changes(&side(before), &side(after), same)
}

fn changes(before: &Side, after: &Side, same: impl Fn(&Value, &Value) -> bool) -> Vec<Change> {
    let mut changes = BTreeMap::new();
    for (identity, (part, key, value)) in after {
        let was = before.get(identity).map(|(_, _, value)| value.clone());
        let kind = match &was {
            None => ChangeKind::Added,
            Some(was) if same(was, value) => continue,
            Some(_) => ChangeKind::Changed,
        };
        let change = Change {
            part: *part,
            key: key.clone(),
            kind,
            before: was,
            after: Some(value.clone()),
        };
        changes.insert(identity, change);
    }
    for (identity, (part, key, value)) in before {
        if !after.contains_key(identity) {
            let change = Change {
                part: *part,
                key: key.clone(),
                kind: ChangeKind::Removed,
                before: Some(value.clone()),
                after: None,
            };
            changes.insert(identity, change);
        }
    }
    changes.into_values().collect()
}
