//! The bodies of `PUT D` (A.2) and `PUT D/move` (A.1).

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form, join},
    view::{id_schema, line_schema, segment_schema},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use transom_domain::{
    PolicyId, UserId,
    device::update::{
        CUSTOM_KEYS_MAX, CUSTOM_VALUE_CHARS_MAX, DISPLAY_NAME_CHARS_MAX, Reference, TAG_CHARS_MAX, TAGS_MAX,
        UpdateDevice,
    },
    policy::{ASSIGNMENTS_MAX, PRIORITY_MAX},
};

/// Most entries of a list that refers to scripts or attributes: more than anybody assigns to one PC.
const REFERENCES_MAX: usize = 100;

/// Longest id of a script (A.6).
const SCRIPT_ID_CHARS_MAX: usize = 128;

/// Fields that can be written. Whatever else comes is unknown or read-only, and ignored.
const WRITABLE: &[&str] = &[
    "displayName",
    "tags",
    "mdmUserId",
    "winPolicyId",
    "winPolicyAssignments",
    "segmentId",
    "scripts",
    "smartAttributeAssignments",
    "customConfig",
];

/// Fields of a script assignment that can be written or that come back from a read.
const SCRIPT_FIELDS: &[&str] = &["id", "type", "resetDate", "arguments", "scope", "loopTime"];

/// Reads the body of `PUT D/move`.
pub fn relocate(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<UpdateDevice>, ApiError> {
    let mut form = Form::default();
    let mut request = UpdateDevice::default();
    if let Some(fields) = form.object("", body, &["segmentId"]) {
        match fields.get("segmentId") {
            Some(value) => request.segment = form.segment("segmentId", value),
            None => form.refuse("segmentId", "required", "is required"),
        }
    }
    form.finish(Some(request), code, strict)
}

/// Reads the body of `PUT D`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<UpdateDevice>, ApiError> {
    let mut form = Form::default();
    let mut request = UpdateDevice::default();
    let Some(fields) = form.object("", body, WRITABLE) else {
        return form.finish(None, code, strict);
    };
    if let Some(value) = fields.get("displayName") {
        request.display_name = form.text("displayName", value).map(str::to_owned);
    }
    if let Some(value) = fields.get("tags") {
        request.tags = tags(&mut form, value);
    }
    if let Some(value) = fields.get("mdmUserId") {
        request.user = user(&mut form, value);
    }
    if let Some(value) = fields.get("segmentId") {
        request.segment = form.segment("segmentId", value);
    }
    match fields.get("customConfig") {
        Some(Value::Object(custom)) => request.custom_config = Some(custom.clone()),
        Some(_) => form.refuse("customConfig", "type", "must be an object"),
        None => {}
    }
    if let Some(value) = fields.get("winPolicyId") {
        request.primary_policy = primary(&mut form, value);
    }
    if let Some(value) = fields.get("winPolicyAssignments").filter(|v| !v.is_null()) {
        request.policies = Some(assignments(&mut form, "winPolicyAssignments", value));
    }
    let refers = &mut request.references;
    for (name, read) in REFERRING {
        if let Some(value) = fields.get(*name).filter(|v| !v.is_null()) {
            read(&mut form, name, value, refers);
        }
    }
    // The rules' own checks name their violations beside those of the shape.
    match request.checked() {
        Ok(request) => form.finish(Some(request), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

/// Reads a field that refers to other things.
type ReadReferences = fn(&mut Form, &str, &Value, &mut Vec<Reference>);

/// Fields that refer to scripts and attributes. None of those can exist on this server, so whatever is named is
/// unknown, once its shape is right.
const REFERRING: &[(&str, ReadReferences)] = &[("scripts", scripts), ("smartAttributeAssignments", attributes)];

fn tags(form: &mut Form, value: &Value) -> Option<Vec<String>> {
    let list = form.list("tags", value)?;
    let texts = list.iter().enumerate();
    texts
        .map(|(index, tag)| form.text(&format!("tags[{index}]"), tag).map(str::to_owned))
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}

/// `Some(None)` takes the user away.
fn user(form: &mut Form, value: &Value) -> Option<Option<UserId>> {
    if value.is_null() {
        return Some(None);
    }
    let id = form.id("mdmUserId", value)?;
    UserId::parse(id).ok().map(Some)
}

fn refer(references: &mut Vec<Reference>, path: impl Into<String>, id: &str) {
    references.push(Reference {
        path: path.into(),
        id: id.to_owned(),
    });
}

/// `Some(None)` takes the policy away.
fn primary(form: &mut Form, value: &Value) -> Option<Option<PolicyId>> {
    if value.is_null() {
        return Some(None);
    }
    let id = form.id("winPolicyId", value)?;
    PolicyId::parse(id).ok().map(Some)
}

/// The entries of a list, within the limit.
fn entries<'v>(form: &mut Form, path: &str, value: &'v Value, most: usize) -> &'v [Value] {
    let list = form.list(path, value).unwrap_or_default();
    if list.len() > most {
        let message = format!("must have at most {most} entries, not {}", list.len());
        form.refuse(path, "maxItems", message);
        return &[];
    }
    list
}

fn assignments(form: &mut Form, path: &str, value: &Value) -> Vec<(PolicyId, u32)> {
    let mut seen = BTreeSet::new();
    let mut assignments = Vec::new();
    for (index, entry) in entries(form, path, value, ASSIGNMENTS_MAX).iter().enumerate() {
        let place = format!("{path}[{index}]");
        let Some(fields) = form.object(&place, entry, &["winPolicyId", "priority"]) else {
            continue;
        };
        let priority = fields.get("priority");
        let number = priority.and_then(Value::as_u64).and_then(|p| u32::try_from(p).ok());
        let number = number.filter(|p| *p <= PRIORITY_MAX);
        match (priority, number) {
            (_, Some(_)) => {}
            (Some(_), None) => form.refuse(
                join(&place, "priority"),
                "range",
                format!("must be a whole number from 0 to {PRIORITY_MAX}"),
            ),
            (None, None) => form.refuse(join(&place, "priority"), "required", "is required"),
        }
        let place = join(&place, "winPolicyId");
        let Some(id) = fields.get("winPolicyId") else {
            form.refuse(place, "required", "is required");
            continue;
        };
        let id = form.id(&place, id).and_then(|id| PolicyId::parse(id).ok());
        if id.is_some_and(|id| !seen.insert(id)) {
            form.refuse(&place, "unique", "names the same policy twice");
        }
        assignments.extend(id.zip(number));
    }
    assignments
}

fn scripts(form: &mut Form, path: &str, value: &Value, references: &mut Vec<Reference>) {
    for (index, entry) in entries(form, path, value, REFERENCES_MAX).iter().enumerate() {
        let place = format!("{path}[{index}]");
        let Some(fields) = form.object(&place, entry, SCRIPT_FIELDS) else {
            continue;
        };
        match form.required_text(&place, "id", fields) {
            Some(id) if (1..=SCRIPT_ID_CHARS_MAX).contains(&id.chars().count()) => {
                refer(references, join(&place, "id"), id);
            }
            Some(_) => form.refuse(
                join(&place, "id"),
                "length",
                format!("must have 1 to {SCRIPT_ID_CHARS_MAX} characters"),
            ),
            None => {}
        }
    }
}

fn attributes(form: &mut Form, path: &str, value: &Value, references: &mut Vec<Reference>) {
    for (index, entry) in entries(form, path, value, REFERENCES_MAX).iter().enumerate() {
        let place = format!("{path}[{index}]");
        match entry {
            Value::Object(_) => refer(references, place, "smart attribute"),
            _ => form.refuse(place, "type", "must be an object"),
        }
    }
}

/// The schemas of both bodies.
pub fn schemas() -> [(&'static str, Value); 2] {
    let scalar = json!({ "type": ["string", "number", "boolean", "null"], "maxLength": CUSTOM_VALUE_CHARS_MAX });
    let assignment = json!({
        "type": "object",
        "required": ["winPolicyId", "priority"],
        "properties": {
            "winPolicyId": id_schema(),
            "priority": { "type": "integer", "minimum": 0, "maximum": PRIORITY_MAX }
        }
    });
    let nullable_id = json!({ "type": ["string", "null"], "pattern": "^[a-fA-F0-9]{24}$" });
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are; lists are replaced whole.",
        "properties": {
            "displayName": line_schema(DISPLAY_NAME_CHARS_MAX),
            "tags": { "type": "array", "maxItems": TAGS_MAX, "items": line_schema(TAG_CHARS_MAX) },
            "mdmUserId": nullable_id,
            "segmentId": segment_schema(),
            "winPolicyId": nullable_id,
            "winPolicyAssignments": { "type": ["array", "null"], "maxItems": ASSIGNMENTS_MAX, "items": assignment },
            "scripts": { "type": ["array", "null"], "maxItems": REFERENCES_MAX, "items": { "type": "object" } },
            "smartAttributeAssignments": { "type": ["array", "null"], "maxItems": REFERENCES_MAX, "items": { "type": "object" } },
            "customConfig": {
                "type": "object",
                "maxProperties": CUSTOM_KEYS_MAX,
                "description": "Keys to set; null takes a key away.",
                "additionalProperties": scalar
            }
        }
    });
    let relocate =
        json!({ "type": "object", "required": ["segmentId"], "properties": { "segmentId": segment_schema() } });
    [("UpdateDevice", update), ("MoveDevice", relocate)]
}
