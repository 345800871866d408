//! The body of a script.

use super::PROPERTIES;
use crate::graph::error::GraphError;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use transom_domain::{
    device::update::Violation,
    script::{RunAs, change::WriteScript},
    segment::SegmentId,
};

/// What a body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A new script.
    New,
    /// Changes of one.
    Changed,
}

/// Things that a script leads to: they have routes of their own.
const NAVIGATIONS: [&str; 5] = [
    "assignments",
    "groupAssignments",
    "deviceRunStates",
    "userRunStates",
    "runSummary",
];

/// Graph's name for a field of our record.
pub fn name_of(path: &str) -> String {
    match path {
        "name" => "displayName",
        "content" => "scriptContent",
        "context" => "runAsAccount",
        "segmentId" => "roleScopeTagIds",
        other => other,
    }
    .to_owned()
}

/// Reads a body.
///
/// # Errors
/// Every property that is unknown, missing, or of another kind.
pub fn read(body: &Value, wanted: Wanted) -> Result<WriteScript, GraphError> {
    let Value::Object(fields) = body else {
        return Err(GraphError::invalid(vec![Violation::new(
            "",
            "type",
            "must be an object",
        )]));
    };
    let mut reader = Reader::default();
    for (name, value) in fields {
        reader.take(name, value);
    }
    let Reader { script, mut wrong } = reader;
    if wanted == Wanted::New {
        for (name, is_missing) in [
            ("displayName", !fields.contains_key("displayName")),
            ("scriptContent", !fields.contains_key("scriptContent")),
        ] {
            if is_missing {
                wrong.push(Violation::new(name, "required", "is required"));
            }
        }
    }
    match script.checked() {
        Ok(script) if wrong.is_empty() => Ok(script),
        Ok(_) => Err(GraphError::invalid(wrong)),
        Err(violations) => {
            wrong.extend(violations.into_iter().map(|v| Violation {
                path: name_of(&v.path),
                ..v
            }));
            Err(GraphError::invalid(wrong))
        }
    }
}

#[derive(Default)]
struct Reader {
    script: WriteScript,
    wrong: Vec<Violation>,
}

impl Reader {
    fn refuse(&mut self, name: &str, rule: &'static str, message: &str) {
        let shown: String = name.chars().take(64).collect();
        self.wrong.push(Violation::new(shown, rule, message));
    }

    fn text(&mut self, name: &str, value: &Value) -> Option<String> {
        if !value.is_string() {
            self.refuse(name, "type", "must be a text");
        }
        value.as_str().map(str::to_owned)
    }

    /// `Some(None)` takes the value away.
    fn nullable(&mut self, name: &str, value: &Value) -> Option<Option<String>> {
        if value.is_null() {
            return Some(None);
        }
        self.text(name, value)
            .map(|text| Some(text).filter(|text| !text.trim().is_empty()))
    }

    fn flag(&mut self, name: &str, value: &Value) -> Option<bool> {
        if !value.is_boolean() {
            self.refuse(name, "type", "must be true or false");
        }
        value.as_bool()
    }

    fn take(&mut self, name: &str, value: &Value) {
        match name {
            "displayName" => self.script.name = self.text(name, value),
            "description" => self.script.description = self.nullable(name, value),
            "scriptContent" => self.script.content = self.content(name, value),
            "fileName" => self.script.file_name = self.nullable(name, value),
            "enforceSignatureCheck" => self.script.enforce_signature_check = self.flag(name, value),
            "runAs32Bit" => self.script.run_as_32_bit = self.flag(name, value),
            "runAsAccount" => {
                self.script.context = value.as_str().and_then(RunAs::from_name);
                if self.script.context.is_none() {
                    self.refuse(name, "enum", "must be one of system, user");
                }
            }
            "roleScopeTagIds" => self.script.segment = self.segment(name, value),
            // A program that sends back what it read means no harm.
            "id" | "createdDateTime" | "lastModifiedDateTime" => {}
            "@odata.type" => {
                let named = value.as_str().map(|text| text.trim_start_matches('#'));
                if named != Some("microsoft.graph.deviceManagementScript") {
                    self.refuse(name, "enum", "must be #microsoft.graph.deviceManagementScript");
                }
            }
            _ if name.contains('@') => {}
            _ if NAVIGATIONS.contains(&name) => {
                self.refuse(
                    name,
                    "readOnly",
                    "leads to other things, which are not changed with the script",
                );
            }
            _ => {
                let known: Vec<&str> = PROPERTIES.iter().map(|p| p.name).collect();
                self.refuse(name, "unknown", &format!("is not one of {}", known.join(", ")));
            }
        }
    }

    /// Base64 of a text.
    fn content(&mut self, name: &str, value: &Value) -> Option<String> {
        let encoded = self.text(name, value)?;
        let Ok(bytes) = STANDARD.decode(encoded.trim()) else {
            self.refuse(name, "base64", "must be base64");
            return None;
        };
        let content = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        if content.is_none() {
            self.refuse(name, "text", "must be the base64 of a text in UTF-8");
        }
        content
    }

    /// The one scope tag is the segment.
    fn segment(&mut self, name: &str, value: &Value) -> Option<SegmentId> {
        let tags = value.as_array().map(Vec::as_slice);
        let segment = match tags {
            Some([Value::String(tag)]) => tag.parse().ok().map(SegmentId),
            _ => None,
        };
        if segment.is_none() {
            self.refuse(name, "type", "must be a list with the number of one segment, as a text");
        }
        segment
    }
}
