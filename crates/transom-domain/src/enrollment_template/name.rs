//! The pattern of display names (N10): texts with variables, `{{device.model|slug}}` or `{firstName}`.

use super::facts::{Fact, Facts, Person};
use crate::{DeviceId, Timestamp, text};
use serde_json::Value;
use std::fmt;

/// Longest display name (N10).
pub const RENDERED_CHARS_MAX: usize = 128;

/// How many characters of a serial number are its short form (N10).
const SERIAL_SHORT_CHARS: usize = 6;

/// Widest padding of a counter: what a 32-bit number has.
const COUNTER_DIGITS_MAX: usize = 10;

/// Characters that stand between two parts of a name; several of them in a row, such as ` - `, are one separator. An empty
/// variable takes a neighbouring separator along, and at the end of a name whatever separators are left there.
const SEPARATORS: &str = " -_./,:|#";

/// A pattern that can be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(Variable, Vec<Filter>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Variable {
    Email,
    PersonName,
    FirstName,
    LastName,
    Username,
    Attribute(String),
    SerialNumber,
    SerialShort,
    Model,
    Manufacturer,
    DeviceName,
    DeviceId,
    OsVersion,
    Answer(String),
    TemplateName,
    RuleName,
    SegmentName,
    Counter(usize),
    Date,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    Upper,
    Lower,
    Slug,
    Max(usize),
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError {
    /// The character where it goes wrong, from 1.
    pub position: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.message, self.position)
    }
}

impl std::error::Error for NameError {}

/// What the variables stand for, besides the facts.
#[derive(Debug, Clone)]
pub struct Naming<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// The device.
    pub device: Option<DeviceId>,
    /// The template's name.
    pub template: &'a str,
    /// The rule's name.
    pub rule: Option<&'a str>,
    /// The name of the segment that the PC goes to.
    pub segment: &'a str,
    /// The template's next number.
    pub counter: u32,
    /// Now.
    pub now: Timestamp,
}

/// A name that was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The name; none, if nothing is left of it.
    pub name: Option<String>,
    /// Whether a variable stands for a fact that comes late: the name is to be made again then.
    pub waits: bool,
}

impl NamePattern {
    /// Reads a pattern. `keys` are the auxiliary fields that the template declares.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse<'k>(pattern: &str, keys: impl IntoIterator<Item = &'k str> + Clone) -> Result<Self, NameError> {
        let mut parts = Vec::new();
        let mut rest = pattern;
        let position = |rest: &str| pattern[..pattern.len() - rest.len()].chars().count() + 1;
        while let Some(open) = rest.find('{') {
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            let braced = &rest[open..];
            let close = if braced.starts_with("{{") { "}}" } else { "}" };
            let inside = &braced[close.len()..];
            let wrong = |message: String| NameError {
                position: position(braced),
                message,
            };
            let end = inside
                .find(close)
                .ok_or_else(|| wrong(format!("the brace is not closed by {close}")))?;
            parts.push(variable(&inside[..end], keys.clone()).map_err(wrong)?);
            rest = &inside[end + close.len()..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// Whether it takes a number.
    #[must_use]
    pub fn counts(&self) -> bool {
        let counts = |part: &Part| matches!(part, Part::Variable(Variable::Counter(_), _));
        self.0.iter().any(counts)
    }

    /// Fills it in.
    #[must_use]
    pub fn render(&self, naming: &Naming<'_>) -> Rendered {
        let mut name = Unfinished::default();
        let mut waits = false;
        for part in &self.0 {
            match part {
                Part::Text(literal) => name.literal(literal),
                Part::Variable(variable, filters) => {
                    let (value, is_late) = variable.value(naming);
                    waits |= is_late;
                    let value = filters.iter().fold(clean(&value), |value, filter| filter.apply(&value));
                    name.value(&value);
                }
            }
        }
        let name = text::cut(name.finished(), RENDERED_CHARS_MAX).trim().to_owned();
        Rendered {
            name: (!name.is_empty()).then_some(name),
            waits,
        }
    }
}

/// A name that is being filled in.
#[derive(Default)]
struct Unfinished {
    text: String,
    /// The end of the last value, in bytes: separators before it are the value's own.
    value_end: usize,
    /// The text ends in an empty variable, and at most separators after it.
    ends_empty: bool,
    /// The separator that comes next goes with an empty variable.
    skips_separator: bool,
}

impl Unfinished {
    fn literal(&mut self, literal: &str) {
        let rest = literal.trim_start_matches(is_separator);
        self.text.push_str(if self.skips_separator { rest } else { literal });
        if !rest.is_empty() {
            (self.ends_empty, self.skips_separator) = (false, false);
        }
        // A separator is skipped once, unless nothing stands before it.
        self.skips_separator &= self.text.is_empty();
    }

    fn value(&mut self, value: &str) {
        if !value.is_empty() {
            self.text.push_str(value);
            self.value_end = self.text.len();
            (self.ends_empty, self.skips_separator) = (false, false);
            return;
        }
        let kept = self.without_separator().len();
        self.skips_separator = kept == 0 || kept == self.text.len();
        self.text.truncate(kept);
        self.ends_empty = true;
    }

    /// The text without the separator that it ends with.
    fn without_separator(&self) -> &str {
        let (values, rest) = self.text.split_at(self.value_end);
        let kept = values.len() + rest.trim_end_matches(is_separator).len();
        &self.text[..kept]
    }

    fn finished(&self) -> &str {
        let text = if self.ends_empty {
            self.without_separator()
        } else {
            &self.text
        };
        text.trim()
    }
}

fn is_separator(c: char) -> bool {
    SEPARATORS.contains(c)
}

/// A value without control characters and blanks around it.
fn clean(value: &str) -> String {
    let plain: String = value.chars().filter(|c| !c.is_control()).collect();
    plain.trim().to_owned()
}

/// Reads what stands between braces: a variable, then filters.
fn variable<'k>(text: &str, keys: impl IntoIterator<Item = &'k str>) -> Result<Part, String> {
    let mut words = text.split('|').map(str::trim);
    let name = words.next().unwrap_or_default();
    let variable = match name {
        "user.email" => Variable::Email,
        "user.name" => Variable::PersonName,
        "user.firstName" | "firstName" => Variable::FirstName,
        "user.lastName" | "lastName" => Variable::LastName,
        "user.username" => Variable::Username,
        "device.serialNumber" => Variable::SerialNumber,
        "device.serial_short" => Variable::SerialShort,
        "device.model" => Variable::Model,
        "device.manufacturer" => Variable::Manufacturer,
        "device.name" => Variable::DeviceName,
        "device.id" => Variable::DeviceId,
        "device.osVersion" => Variable::OsVersion,
        "template.name" => Variable::TemplateName,
        "rule.name" => Variable::RuleName,
        "segment.name" => Variable::SegmentName,
        "counter" => Variable::Counter(1),
        "date" => Variable::Date,
        other => composed(other, keys)?,
    };
    Ok(Part::Variable(variable, words.map(filter).collect::<Result<_, _>>()?))
}

/// A variable whose name has a part of the template's or the user's own.
fn composed<'k>(name: &str, keys: impl IntoIterator<Item = &'k str>) -> Result<Variable, String> {
    if let Some(digits) = name.strip_prefix("counter:") {
        let digits = digits.parse().ok().filter(|d| (1..=COUNTER_DIGITS_MAX).contains(d));
        let digits = digits.ok_or_else(|| format!("a counter has 1 to {COUNTER_DIGITS_MAX} digits: counter:3"))?;
        return Ok(Variable::Counter(digits));
    }
    if let Some(key) = name.strip_prefix("aux.") {
        let declared = keys.into_iter().any(|k| k.eq_ignore_ascii_case(key));
        return match declared {
            true => Ok(Variable::Answer(key.to_owned())),
            false => Err(format!("the template declares no auxiliary field {key}")),
        };
    }
    match name.strip_prefix("user.") {
        Some(key) if !key.is_empty() => Ok(Variable::Attribute(key.to_owned())),
        _ => Err(format!("variable {name} is unknown")),
    }
}

fn filter(text: &str) -> Result<Filter, String> {
    match text {
        "upper" => Ok(Filter::Upper),
        "lower" => Ok(Filter::Lower),
        "slug" => Ok(Filter::Slug),
        other => {
            let max = other.strip_prefix("max:").and_then(|n| n.trim().parse().ok());
            let max = max.filter(|n| (1..=RENDERED_CHARS_MAX).contains(n));
            max.map(Filter::Max)
                .ok_or_else(|| format!("filter {other} is unknown; there are upper, lower, slug and max:n"))
        }
    }
}

impl Filter {
    fn apply(self, value: &str) -> String {
        match self {
            Filter::Upper => value.to_uppercase(),
            Filter::Lower => value.to_lowercase(),
            Filter::Slug => slug(value),
            Filter::Max(n) => clean(&value.chars().take(n).collect::<String>()),
        }
    }
}

/// Lower case letters and digits, with one hyphen for everything between them.
fn slug(value: &str) -> String {
    let lower = value.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.collect::<Vec<_>>().join("-")
}

impl Variable {
    /// What it stands for, and whether that comes late.
    fn value(&self, naming: &Naming<'_>) -> (String, bool) {
        let facts = naming.facts;
        let fact = |fact: &Fact| (fact.first().unwrap_or_default().to_owned(), fact.is_late);
        let now = |value: String| (value, false);
        let person = |of: fn(&Person) -> String| now(facts.person.as_ref().map(of).unwrap_or_default());
        match self {
            Variable::Email => person(|p| p.email.clone()),
            Variable::PersonName => person(|p| p.name.clone().unwrap_or_default()),
            Variable::FirstName => person(|p| names(p).0),
            Variable::LastName => person(|p| names(p).1),
            Variable::Username => person(|p| p.email.split('@').next().unwrap_or_default().to_owned()),
            Variable::Attribute(key) => {
                let attributes = facts.person.as_ref().map(|p| &p.attributes);
                now(match attributes.and_then(|a| a.get(key)) {
                    Some(Value::String(text)) => text.clone(),
                    Some(value) => value.to_string(),
                    None => String::new(),
                })
            }
            Variable::SerialNumber => fact(&facts.serial_number),
            Variable::SerialShort => {
                let (serial, late) = fact(&facts.serial_number);
                let skipped = serial.chars().count().saturating_sub(SERIAL_SHORT_CHARS);
                (serial.chars().skip(skipped).collect(), late)
            }
            Variable::Model => fact(&facts.model),
            Variable::Manufacturer => fact(&facts.manufacturer),
            Variable::DeviceName => fact(&facts.device_name),
            Variable::OsVersion => fact(&facts.os_version),
            Variable::DeviceId => now(naming.device.map(|id| id.to_string()).unwrap_or_default()),
            Variable::Answer(key) => {
                let mut answers = facts.answers.iter();
                let given = answers.find(|(k, _)| k.eq_ignore_ascii_case(key));
                now(given.map(|(_, answer)| answer.clone()).unwrap_or_default())
            }
            Variable::TemplateName => now(naming.template.to_owned()),
            Variable::RuleName => now(naming.rule.unwrap_or_default().to_owned()),
            Variable::SegmentName => now(naming.segment.to_owned()),
            Variable::Counter(digits) => now(format!("{:0digits$}", naming.counter)),
            Variable::Date => now(naming.now.to_string().chars().take(10).filter(|c| *c != '-').collect()),
        }
    }
}

/// First name and the rest: people are known by one name only.
fn names(person: &Person) -> (String, String) {
    let name = person.name.as_deref().unwrap_or_default().trim();
    match name.split_once(char::is_whitespace) {
        Some((first, rest)) => (first.to_owned(), rest.trim().to_owned()),
        None => (name.to_owned(), String::new()),
    }
}

#[cfg(test)]
mod tests;
