//! Which rule wins, and why each other one did not (N1 to N7). Pure: the same rules and facts give the same answer.

use super::{
    Condition, Rule,
    facts::{Fact, Facts, MissingFact},
    pattern::Subject,
    patterns::Patterns,
};
use crate::text;
use serde::{Deserialize, Serialize};

/// Longest reason kept of one rule, in characters: enough for a handful of conditions in words.
const REASON_CHARS_MAX: usize = 500;

/// What the rules say of a PC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The rule at this index decides.
    Wins(usize),
    /// Nothing can be said before these facts are known: the rule that needs them might win, and no weaker one may take
    /// its place because a fact is late (N7).
    Undecided {
        /// The rule that waits.
        rule: usize,
        /// For what.
        missing: Vec<MissingFact>,
    },
    /// No rule matches.
    NoMatch,
}

/// What came of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RuleResult {
    /// It decides.
    Matched,
    /// It does not match.
    NotMatched,
    /// It waits for a fact.
    Undecided,
    /// A rule before it decides, or waits.
    NotTried,
}

impl RuleResult {
    /// Every result.
    pub const ALL: [RuleResult; 4] = [Self::Matched, Self::NotMatched, Self::Undecided, Self::NotTried];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            RuleResult::Matched => "matched",
            RuleResult::NotMatched => "notMatched",
            RuleResult::Undecided => "undecided",
            RuleResult::NotTried => "notTried",
        }
    }
}

/// What came of one rule, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTrace {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Its name.
    pub name: Option<String>,
    /// What came of it.
    pub result: RuleResult,
    /// Why, in words.
    pub reason: String,
}

/// What the rules say, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// What they say.
    pub verdict: Verdict,
    /// One entry for each rule.
    pub trace: Vec<RuleTrace>,
}

/// Whether something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Truth {
    Yes(String),
    No(String),
    Waits(Vec<MissingFact>),
}

/// Tries the rules in their order.
#[must_use]
pub fn evaluate(rules: &[Rule], facts: &Facts) -> Evaluation {
    evaluate_with(Patterns::shared(), rules, facts)
}

/// As [`evaluate`], with patterns that are kept elsewhere.
#[must_use]
pub fn evaluate_with(compiled: &Patterns, rules: &[Rule], facts: &Facts) -> Evaluation {
    let mut verdict = Verdict::NoMatch;
    let mut trace = Vec::with_capacity(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        let (result, reason) = match &verdict {
            Verdict::Wins(first) => (RuleResult::NotTried, format!("rules[{first}] comes first and decides")),
            Verdict::Undecided { rule, .. } => (
                RuleResult::NotTried,
                format!("rules[{rule}] comes first and waits for a fact"),
            ),
            Verdict::NoMatch => match holds(rule, facts, compiled) {
                Truth::Yes(reason) => {
                    verdict = Verdict::Wins(index);
                    (RuleResult::Matched, reason)
                }
                Truth::No(reason) => (RuleResult::NotMatched, reason),
                Truth::Waits(missing) => {
                    let names: Vec<&str> = missing.iter().map(|m| m.as_str()).collect();
                    let reason = format!("not known yet: {}", names.join(", "));
                    verdict = Verdict::Undecided { rule: index, missing };
                    (RuleResult::Undecided, reason)
                }
            },
        };
        trace.push(RuleTrace {
            index,
            name: rule.name.clone(),
            result,
            reason: text::cut(&reason, REASON_CHARS_MAX),
        });
    }
    Evaluation { verdict, trace }
}

/// Whether a rule matches: one of its conditions does, or it has none (N2).
fn holds(rule: &Rule, facts: &Facts, compiled: &Patterns) -> Truth {
    if rule.conditions.is_empty() {
        return Truth::Yes("it has no conditions".to_owned());
    }
    let mut waits = Vec::new();
    let mut reasons = Vec::new();
    for (index, condition) in rule.conditions.iter().enumerate() {
        match fulfilled(condition, facts, compiled) {
            Truth::Yes(reason) => return Truth::Yes(format!("conditions[{index}]: {reason}")),
            Truth::Waits(missing) => waits.extend(missing),
            Truth::No(reason) => reasons.push(format!("conditions[{index}]: {reason}")),
        }
    }
    waiting(waits).unwrap_or_else(|| Truth::No(reasons.join("; ")))
}

/// Whether a condition is fulfilled: every kind in it that is not empty is (N3).
fn fulfilled(condition: &Condition, facts: &Facts, compiled: &Patterns) -> Truth {
    let mut kinds: Vec<fn(&Condition, &Facts) -> Truth> = Vec::new();
    if !condition.tags.is_empty() {
        kinds.push(tags);
    }
    if !condition.auxiliary_fields.is_empty() {
        kinds.push(answers);
    }
    if !condition.identifiers.is_empty() {
        kinds.push(identifiers);
    }
    if condition.is_empty() {
        return Truth::No("it says nothing".to_owned());
    }
    // The dearest last: most rules are lost before a pattern is tried.
    let last = (!condition.patterns.is_empty()).then_some(condition).into_iter();
    let last = last.map(|condition| patterns(condition, facts, compiled));
    let mut waits = Vec::new();
    let mut reasons = Vec::new();
    for truth in kinds.into_iter().map(|kind| kind(condition, facts)).chain(last) {
        match truth {
            Truth::No(reason) => return Truth::No(reason),
            Truth::Waits(missing) => waits.extend(missing),
            Truth::Yes(reason) => reasons.push(reason),
        }
    }
    waiting(waits).unwrap_or_else(|| Truth::Yes(reasons.join(", ")))
}

fn waiting(mut missing: Vec<MissingFact>) -> Option<Truth> {
    missing.sort_unstable();
    missing.dedup();
    (!missing.is_empty()).then_some(Truth::Waits(missing))
}

/// One of the groups, whole (N4).
fn group(kind: &str, groups: &[Vec<String>], holds: impl Fn(&str) -> bool) -> Truth {
    let whole = |group: &&Vec<String>| !group.is_empty() && group.iter().all(|part| holds(part));
    match groups.iter().find(whole) {
        Some(group) => Truth::Yes(format!("{kind} {}", group.join(" and "))),
        None => {
            let wanted: Vec<String> = groups.iter().map(|g| g.join(" and ")).collect();
            Truth::No(format!("{kind} are not {}", wanted.join(", or ")))
        }
    }
}

/// Tags of the user, of the token, and of the answers (N4).
fn tags(condition: &Condition, facts: &Facts) -> Truth {
    let of_person = facts.person.iter().flat_map(|p| &p.tags);
    let mut had: Vec<String> = of_person.chain(&facts.token_tags).map(|t| same(t)).collect();
    had.extend(facts.answers.iter().map(|(key, answer)| same(&tag_of(key, answer))));
    group("tags", &condition.tags, |tag| had.contains(&same(tag)))
}

/// Answers of the form: `key:value`, `key:*` and `key` (N4).
fn answers(condition: &Condition, facts: &Facts) -> Truth {
    group("auxiliaryFields", &condition.auxiliary_fields, |wanted| {
        let (key, value) = wanted.split_once(':').map_or((wanted, "*"), |(k, v)| (k, v));
        let given = facts.answers.iter().find(|(k, _)| same(k) == same(key));
        let given = given.map(|(_, answer)| same(answer)).filter(|a| !a.is_empty());
        given.is_some_and(|answer| same(value) == "*" || answer == same(value))
    })
}

/// Serial numbers, IMEIs and MEIDs (N6).
fn identifiers(condition: &Condition, facts: &Facts) -> Truth {
    let wanted: Vec<String> = condition.identifiers.iter().map(|i| bare(i)).collect();
    let sources = [
        (MissingFact::SerialNumber, &facts.serial_number),
        (MissingFact::Imei, &facts.imei),
    ];
    let found = sources.iter().find_map(|(name, fact)| {
        let is_wanted = |value: &&String| !bare(value).is_empty() && wanted.contains(&bare(value));
        Some((name, fact.values.iter().find(is_wanted)?))
    });
    if let Some((name, value)) = found {
        return Truth::Yes(format!("identifiers: {name} {value}"));
    }
    let late = sources.iter().filter(|(_, fact)| fact.is_late).map(|(name, _)| *name);
    waiting(late.collect()).unwrap_or_else(|| {
        let known: Vec<&str> = sources
            .iter()
            .flat_map(|(_, f)| &f.values)
            .map(String::as_str)
            .collect();
        let count = wanted.len();
        match known.is_empty() {
            true => Truth::No("identifiers: the PC has neither a serial number that tells it nor an IMEI".to_owned()),
            false => Truth::No(format!("identifiers: {} is none of the {count}", known.join(", "))),
        }
    })
}

/// Regular expressions over e-mail, computer name and model (N5).
fn patterns(condition: &Condition, facts: &Facts, compiled: &Patterns) -> Truth {
    let email = match &facts.person {
        Some(person) => Fact::known(person.email.as_str()),
        None => Fact::absent(),
    };
    let subjects = [
        (Subject::Email, "email", &email, None),
        (Subject::Name, "name", &facts.device_name, Some(MissingFact::DeviceName)),
        (Subject::Model, "model", &facts.model, Some(MissingFact::Model)),
    ];
    let mut late = Vec::new();
    for text in &condition.patterns {
        // A pattern is checked when the template is saved; one that cannot be read matches nothing.
        let Ok(pattern) = compiled.read(text) else { continue };
        let looked_at = subjects
            .iter()
            .filter(|(subject, ..)| pattern.subject == Subject::Any || pattern.subject == *subject);
        for (_, name, fact, missing) in looked_at {
            if fact.values.iter().any(|value| pattern.finds_in(value)) {
                return Truth::Yes(format!("patterns: {text} finds something in {name}"));
            }
            late.extend(missing.filter(|_| fact.is_late));
        }
    }
    waiting(late).unwrap_or_else(|| {
        Truth::No(format!(
            "patterns: none of the {} finds anything",
            condition.patterns.len()
        ))
    })
}

/// The tag that an answer makes (N9).
#[must_use]
pub fn tag_of(key: &str, answer: &str) -> String {
    format!("{}:{}", key.trim(), answer.trim())
}

/// A text as it is compared: without case and blanks around it.
fn same(text: &str) -> String {
    text.trim().to_lowercase()
}

/// An identifier as it is compared: without case, blanks and hyphens (N6).
fn bare(identifier: &str) -> String {
    let kept = identifier.chars().filter(|c| !c.is_whitespace() && *c != '-');
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
