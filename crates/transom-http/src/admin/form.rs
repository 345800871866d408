//! Reading fields out of a JSON body: collects everything that is wrong, and everything that is ignored, with its place.

use super::{
    error::{ApiError, InvalidCode},
    query,
};
use serde_json::{Map, Value};
use transom_domain::{device::update::Violation, segment::SegmentId};

/// A body that holds to its rules.
#[derive(Debug, Clone)]
pub struct Checked<T> {
    /// What it asks for.
    pub value: T,
    /// Fields that were ignored.
    pub ignored: Vec<String>,
}

/// Collects what is wrong with a body and what is ignored.
#[derive(Debug, Default)]
pub struct Form {
    wrong: Vec<Violation>,
    ignored: Vec<String>,
}

impl Form {
    /// Notes that something is wrong.
    pub fn refuse(&mut self, path: impl Into<String>, rule: &'static str, message: impl ToString) {
        self.wrong.push(Violation::new(path, rule, message));
    }

    /// Whether nothing was wrong so far.
    pub fn is_faultless(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Notes violations that the rules found below `path`.
    pub fn refuse_all(&mut self, path: &str, violations: Vec<Violation>) {
        self.wrong.extend(violations.into_iter().map(|mut v| {
            v.path = join(path, &v.path);
            v
        }));
    }

    /// An object whose fields other than `known` are ignored.
    pub fn object<'v>(&mut self, path: &str, value: &'v Value, known: &[&str]) -> Option<&'v Map<String, Value>> {
        let Value::Object(map) = value else {
            self.refuse(path, "type", "must be an object");
            return None;
        };
        let unknown = map.keys().filter(|name| !known.contains(&name.as_str()));
        self.ignored.extend(unknown.map(|name| join(path, name)));
        Some(map)
    }

    /// A list.
    pub fn list<'v>(&mut self, path: &str, value: &'v Value) -> Option<&'v [Value]> {
        if let Value::Array(list) = value {
            return Some(list);
        }
        self.refuse(path, "type", "must be an array");
        None
    }

    /// A text that must be there.
    pub fn required_text<'v>(&mut self, path: &str, name: &str, map: &'v Map<String, Value>) -> Option<&'v str> {
        let value = map.get(name);
        if value.is_none() {
            self.refuse(join(path, name), "required", "is required");
        }
        self.text(&join(path, name), value?)
    }

    /// A text.
    pub fn text<'v>(&mut self, path: &str, value: &'v Value) -> Option<&'v str> {
        let text = value.as_str();
        if text.is_none() {
            self.refuse(path, "type", "must be a string");
        }
        text
    }

    /// A text that null takes away; none, if the field is not there.
    pub fn nullable_text(&mut self, name: &str, fields: &Map<String, Value>) -> Option<Option<String>> {
        match fields.get(name)? {
            Value::Null => Some(None),
            value => self.text(name, value).map(|text| Some(text.to_owned())),
        }
    }

    /// true or false; as texts too, because a form in parts has no other values.
    pub fn flag(&mut self, path: &str, value: &Value) -> Option<bool> {
        let flag = match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        if flag.is_none() {
            self.refuse(path, "type", "must be true or false");
        }
        flag
    }

    /// A list of texts.
    pub fn texts(&mut self, path: &str, value: &Value) -> Option<Vec<String>> {
        let list = self.list(path, value)?;
        let texts: Vec<Option<String>> = list
            .iter()
            .enumerate()
            .map(|(index, item)| self.text(&format!("{path}[{index}]"), item).map(str::to_owned))
            .collect();
        texts.into_iter().collect()
    }

    /// A list of segments.
    pub fn segments(&mut self, path: &str, value: &Value) -> Option<Vec<SegmentId>> {
        let list = self.list(path, value)?;
        let ids: Vec<Option<SegmentId>> = list
            .iter()
            .enumerate()
            .map(|(index, item)| self.segment(&format!("{path}[{index}]"), item))
            .collect();
        ids.into_iter().collect()
    }

    /// An id: 24 hexadecimal characters.
    pub fn id<'v>(&mut self, path: &str, value: &'v Value) -> Option<&'v str> {
        let id = value
            .as_str()
            .filter(|t| t.len() == 24 && t.bytes().all(|b| b.is_ascii_hexdigit()));
        if id.is_none() {
            self.refuse(path, "pattern", "must be a string of 24 hexadecimal characters");
        }
        id
    }

    /// A segment: a whole number from 0 on, or a string of digits (A.0, oddity 1).
    pub fn segment(&mut self, path: &str, value: &Value) -> Option<SegmentId> {
        let segment = match value {
            Value::Number(number) => query::segment(&number.to_string()),
            Value::String(digits) => query::segment(digits),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        if segment.is_none() {
            self.refuse(
                path,
                "segment",
                "must be a whole number from 0 on, or a string of digits",
            );
        }
        segment
    }

    /// Ends the reading: the value if nothing is wrong. With `strict`, ignored fields are wrong too.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn finish<T>(mut self, value: Option<T>, code: InvalidCode, strict: bool) -> Result<Checked<T>, ApiError> {
        if strict {
            let unknown = |path: &String| Violation::new(path, "unknown_field", "is unknown or read-only");
            self.wrong.extend(self.ignored.iter().map(unknown));
        }
        match value {
            Some(value) if self.wrong.is_empty() => Ok(Checked {
                value,
                ignored: self.ignored,
            }),
            _ => Err(ApiError::Invalid {
                code,
                violations: self.wrong,
            }),
        }
    }
}

/// `path.name`, or `name` at the top.
#[must_use]
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
