//! The bodies of `PUT D` (A.2), `PUT D/move` (A.1) and `POST D/info` (B.2).

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form, join},
    library::word,
    policies, smart_attributes,
    view::{id_schema, line_schema, segment_schema},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use transom_domain::{
    PolicyId, UserId,
    device::RefreshArea,
    device::update::{
        CUSTOM_KEYS_MAX, CUSTOM_VALUE_CHARS_MAX, DISPLAY_NAME_CHARS_MAX, TAG_CHARS_MAX, TAGS_MAX, UpdateDevice,
    },
    policy::{ASSIGNMENTS_MAX, PRIORITY_MAX},
    script::{DEVICE_SCRIPTS_MAX, RunAs, assigned::DeviceScript},
};

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

/// Most entries of `info`: every area that there is, and room for some that are named twice.
const INFO_MAX: usize = 10;

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

/// Reads the body of `POST D/info`.
pub fn refresh(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<BTreeSet<RefreshArea>>, ApiError> {
    let mut form = Form::default();
    let mut areas = BTreeSet::new();
    if let Some(fields) = form.object("", body, &["info"]) {
        match fields.get("info") {
            Some(value) => {
                let list = form.list("info", value).unwrap_or_default();
                if list.len() > INFO_MAX {
                    form.refuse("info", "maxItems", format!("must have at most {INFO_MAX} entries"));
                } else if value.is_array() && list.is_empty() {
                    form.refuse("info", "minItems", "must have an entry");
                } else {
                    let names = RefreshArea::ALL.map(RefreshArea::as_str);
                    for (index, value) in list.iter().enumerate() {
                        let path = format!("info[{index}]");
                        areas.extend(word(&mut form, &path, value, RefreshArea::from_name, &names));
                    }
                }
            }
            None => form.refuse("info", "required", "is required"),
        }
    }
    form.finish(Some(areas), code, strict)
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
    if let Some(value) = fields.get("scripts").filter(|v| !v.is_null()) {
        request.scripts = scripts(&mut form, "scripts", value);
    }
    if let Some(value) = fields.get("smartAttributeAssignments").filter(|v| !v.is_null()) {
        request.smart = smart_attributes::request::given(&mut form, "smartAttributeAssignments", value);
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

fn scripts(form: &mut Form, path: &str, value: &Value) -> Option<Vec<DeviceScript>> {
    let list = entries(form, path, value, DEVICE_SCRIPTS_MAX).iter().enumerate();
    let read = list.filter_map(|(index, entry)| {
        let place = format!("{path}[{index}]");
        let run = policies::request::script(form, &place, entry, SCRIPT_FIELDS)?;
        let contexts = RunAs::ALL.map(RunAs::as_str);
        let scope = entry.get("scope").filter(|v| !v.is_null());
        let scope = scope.and_then(|v| word(form, &join(&place, "scope"), v, RunAs::from_name, &contexts));
        Some(DeviceScript { run, scope })
    });
    Some(read.collect())
}

/// The schemas of the bodies.
pub fn schemas() -> [(&'static str, Value); 3] {
    let scalar = json!({ "type": ["string", "number", "boolean", "null"], "maxLength": CUSTOM_VALUE_CHARS_MAX });
    let assignment = json!({
        "type": "object",
        "required": ["winPolicyId", "priority"],
        "properties": {
            "winPolicyId": id_schema(),
            "priority": { "type": "integer", "minimum": 0, "maximum": PRIORITY_MAX }
        }
    });
    let mut script = policies::request::script_schema();
    script["properties"]["scope"] = json!({ "enum": ["system", "user", null] });
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
            "scripts": { "type": ["array", "null"], "maxItems": DEVICE_SCRIPTS_MAX, "items": script },
            "smartAttributeAssignments": smart_attributes::request::given_schema(),
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
    let info = json!({
        "type": "object",
        "required": ["info"],
        "properties": {
            "info": {
                "type": "array",
                "minItems": 1,
                "maxItems": INFO_MAX,
                "description": "What the next session of the PC reads again.",
                "items": { "enum": RefreshArea::ALL.map(RefreshArea::as_str) }
            }
        }
    });
    [
        ("UpdateDevice", update),
        ("MoveDevice", relocate),
        ("RefreshDevice", info),
    ]
}
