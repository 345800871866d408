//! What a rule does to a PC (N9), and what the PC's own token says instead (N12).

use super::{EnrollmentTemplate, Rule, evaluate::tag_of, facts::Facts};
use crate::{
    device::update::{TAG_CHARS_MAX, TAGS_MAX},
    enrollment_token::EnrollmentToken,
    policy::Assignment,
    segment::SegmentId,
    text,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a PC is to get. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Outcome {
    /// Tags that are added.
    pub tags: Vec<String>,
    /// Where it goes.
    pub segment: Option<SegmentId>,
    /// Its policies, the primary one first.
    pub assignments: Option<Vec<Given>>,
    /// What it is called.
    pub display_name: Option<String>,
}

/// A policy that a PC gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// Which.
    #[serde(rename = "winPolicyId")]
    pub policy: crate::PolicyId,
    /// How strong; none: in the primary slot.
    pub priority: Option<u32>,
}

impl From<Given> for Assignment {
    fn from(given: Given) -> Self {
        match given.priority {
            Some(priority) => Self::direct(given.policy, priority),
            None => Self::primary(given.policy),
        }
    }
}

/// What a rule gives, without the name, which needs the device.
#[must_use]
pub fn of_rule(template: &EnrollmentTemplate, rule: &Rule, facts: &Facts) -> Outcome {
    let answered = template.auxiliary_fields.iter().filter_map(|field| {
        let mut answers = facts.answers.iter();
        let (_, answer) = answers.find(|(key, _)| key.eq_ignore_ascii_case(&field.key))?;
        let tag = text::cut(&tag_of(&field.key, answer), TAG_CHARS_MAX);
        (!answer.trim().is_empty()).then_some(tag)
    });
    let primary = rule.primary.map(|policy| Given { policy, priority: None });
    let direct = rule.assignments.iter().map(|a| Given {
        policy: a.policy,
        priority: Some(a.priority),
    });
    Outcome {
        tags: distinct(rule.tags.iter().cloned().chain(answered)),
        segment: Some(rule.segment.unwrap_or(template.segment)),
        assignments: Some(primary.into_iter().chain(direct).collect()),
        display_name: None,
    }
}

/// What a token gives by itself.
#[must_use]
pub fn of_token(token: &EnrollmentToken) -> Outcome {
    if token.template.is_some() {
        return Outcome::default();
    }
    let primary = token.primary.map(|policy| Given { policy, priority: None });
    let direct = token.assignments.iter().map(|a| Given {
        policy: a.policy,
        priority: Some(a.priority),
    });
    let given: Vec<Given> = primary.into_iter().chain(direct).collect();
    Outcome {
        tags: token.tags.clone(),
        segment: token.places.then_some(token.segment),
        assignments: (!given.is_empty()).then_some(given),
        display_name: token.display_name.clone(),
    }
}

impl Outcome {
    /// The same, with what a token says instead where it says something (N12): it was made for that person.
    #[must_use]
    pub fn overruled_by(self, token: Self) -> Self {
        Self {
            tags: if token.tags.is_empty() { self.tags } else { token.tags },
            segment: token.segment.or(self.segment),
            assignments: token.assignments.or(self.assignments),
            display_name: token.display_name.or(self.display_name),
        }
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Tags once each, compared without case, in their order, as many as a device may have.
pub(crate) fn distinct(tags: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<String> = tags.into_iter().filter(|tag| seen.insert(tag.to_lowercase())).collect();
    kept.truncate(TAGS_MAX);
    kept
}
