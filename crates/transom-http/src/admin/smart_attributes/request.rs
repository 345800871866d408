//! The bodies of `POST O/smart-attributes` and `PUT O/smart-attributes/{smartAttributeId}`, and the values that other
//! bodies give.

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form, join},
    library::{nullable, word},
    view::{id_schema, line_schema},
};
use serde_json::{Value, json};
use transom_domain::{
    SmartAttributeId,
    smart_attribute::{
        ATTRIBUTES_MAX, DESCRIPTION_CHARS_MAX, GivenValue, INPUTS_NOT_OFFERED, InputKind, NAME_CHARS_MAX,
        OPTION_CHARS_MAX, OPTIONS_MAX, Output, Source, VALUE_CHARS_MAX, change::WriteSmartAttribute,
    },
};

/// Fields that can be written. Whatever else comes is unknown or read-only, and ignored.
const WRITABLE: &[&str] = &["name", "desc", "input", "source", "output", "value"];

/// Reads the body of `POST O/smart-attributes`.
pub fn create(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteSmartAttribute>, ApiError> {
    let mut form = Form::default();
    let request = read(&mut form, body)?;
    if let Some(fields) = body.as_object() {
        for name in ["name", "input", "output"] {
            if !fields.contains_key(name) {
                form.refuse(name, "required", "is required");
            }
        }
        for name in ["input", "output"] {
            let part = fields.get(name).and_then(Value::as_object);
            if part.is_some_and(|part| !part.contains_key("type")) {
                form.refuse(join(name, "type"), "required", "is required");
            }
        }
    }
    finish(form, request, code, strict)
}

/// Reads the body of `PUT O/smart-attributes/{smartAttributeId}`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteSmartAttribute>, ApiError> {
    let mut form = Form::default();
    let request = read(&mut form, body)?;
    finish(form, request, code, strict)
}

fn finish(
    mut form: Form,
    request: WriteSmartAttribute,
    code: InvalidCode,
    strict: bool,
) -> Result<Checked<WriteSmartAttribute>, ApiError> {
    match request.checked() {
        Ok(request) => form.finish(Some(request), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

fn read(form: &mut Form, body: &Value) -> Result<WriteSmartAttribute, ApiError> {
    let mut request = WriteSmartAttribute::default();
    let Some(fields) = form.object("", body, WRITABLE) else {
        return Ok(request);
    };
    request.name = fields.get("name").and_then(|v| form.text("name", v)).map(str::to_owned);
    request.description = nullable(form, fields, "desc", "desc");
    if let Some(value) = fields.get("input") {
        input(form, value, &mut request)?;
    }
    if let Some(value) = fields.get("source") {
        let sources = Source::ALL.map(Source::as_str);
        request.source = word(form, "source", value, Source::from_name, &sources);
    }
    if let Some(output) = fields.get("output").and_then(|v| form.object("output", v, &["type"])) {
        let outputs = Output::ALL.map(Output::as_str);
        request.output = output
            .get("type")
            .and_then(|value| word(form, "output.type", value, Output::from_name, &outputs));
    }
    request.value = fields.get("value").and_then(|value| constant(form, value));
    Ok(request)
}

fn input(form: &mut Form, value: &Value, request: &mut WriteSmartAttribute) -> Result<(), ApiError> {
    let Some(fields) = form.object("input", value, &["type", "options"]) else {
        return Ok(());
    };
    if let Some(kind) = fields.get("type") {
        if let Some(kind) = kind.as_str().filter(|kind| INPUTS_NOT_OFFERED.contains(kind)) {
            let offered = InputKind::ALL.map(InputKind::as_str).join(", ");
            return Err(ApiError::FeatureNotAllowed(format!(
                "smart attributes with the input {kind} are not offered by this server; it offers {offered}"
            )));
        }
        let kinds = InputKind::ALL.map(InputKind::as_str);
        request.input = word(form, "input.type", kind, InputKind::from_name, &kinds);
    }
    if let Some(options) = fields.get("options").filter(|v| !v.is_null()) {
        let options = form.list("input.options", options).map(<[Value]>::to_vec);
        // What comes back from a read of another kind: there are none.
        let is_empty = options.as_ref().is_some_and(Vec::is_empty);
        request.options = options.filter(|_| !is_empty || request.input == Some(InputKind::Enum));
    }
    Ok(())
}

/// The value of a constant; `Some(None)` where there is none.
fn constant(form: &mut Form, value: &Value) -> Option<Option<Value>> {
    if value.is_null() {
        return Some(None);
    }
    let fields = form.object("value", value, &["winDevice"])?;
    let Some(own) = fields.get("winDevice").filter(|v| !v.is_null()) else {
        return Some(None);
    };
    let fields = form.object("value.winDevice", own, &["value"])?;
    Some(fields.get("value").filter(|v| !v.is_null()).cloned())
}

/// Reads `smartAttributeAssignments` of a device or user.
pub fn given(form: &mut Form, path: &str, value: &Value) -> Option<Vec<GivenValue>> {
    let list = form.list(path, value)?;
    if list.len() > ATTRIBUTES_MAX {
        let message = format!("must have at most {ATTRIBUTES_MAX} entries, not {}", list.len());
        form.refuse(path, "maxItems", message);
        return None;
    }
    let mut values = Vec::with_capacity(list.len());
    for (index, entry) in list.iter().enumerate() {
        let place = format!("{path}[{index}]");
        let Some(fields) = form.object(&place, entry, &["smartAttributeId", "value"]) else {
            continue;
        };
        for name in ["smartAttributeId", "value"] {
            if !fields.contains_key(name) {
                form.refuse(join(&place, name), "required", "is required");
            }
        }
        let (Some(id), Some(value)) = (fields.get("smartAttributeId"), fields.get("value")) else {
            continue;
        };
        let id = form.id(&join(&place, "smartAttributeId"), id);
        if let Some(attribute) = id.and_then(|id| SmartAttributeId::parse(id).ok()) {
            values.push(GivenValue {
                attribute,
                value: value.clone(),
            });
        }
    }
    Some(values)
}

/// A value in a request.
fn value_schema(max: usize) -> Value {
    json!({ "type": ["string", "number", "boolean"], "maxLength": max })
}

/// The schema of `smartAttributeAssignments`.
pub fn given_schema() -> Value {
    json!({
        "type": ["array", "null"],
        "maxItems": ATTRIBUTES_MAX,
        "items": {
            "type": "object",
            "required": ["smartAttributeId", "value"],
            "properties": { "smartAttributeId": id_schema(), "value": value_schema(VALUE_CHARS_MAX) }
        }
    })
}

/// The schemas of both bodies.
pub fn schemas() -> [(&'static str, Value); 2] {
    let fields = json!({
        "name": { "allOf": [line_schema(NAME_CHARS_MAX), { "pattern": "^[^{}:]*$" }] },
        "desc": { "type": ["string", "null"], "maxLength": DESCRIPTION_CHARS_MAX },
        "input": {
            "type": "object",
            "required": ["type"],
            "properties": {
                "type": { "enum": InputKind::ALL.map(InputKind::as_str) },
                "options": {
                    "type": ["array", "null"],
                    "description": "What an enumeration offers.",
                    "maxItems": OPTIONS_MAX,
                    "items": value_schema(OPTION_CHARS_MAX)
                }
            }
        },
        "source": {
            "enum": Source::ALL.map(Source::as_str),
            "description": "constant for the input constant, and only for it; user: the values are given to users."
        },
        "output": {
            "type": "object",
            "required": ["type"],
            "properties": { "type": { "enum": Output::ALL.map(Output::as_str) } }
        },
        "value": {
            "type": ["object", "null"],
            "description": "The value of a constant.",
            "properties": {
                "winDevice": {
                    "type": ["object", "null"],
                    "properties": { "value": { "type": ["string", "number", "boolean", "null"], "maxLength": VALUE_CHARS_MAX } }
                }
            }
        }
    });
    let create = json!({ "type": "object", "required": ["name", "input", "output"], "properties": fields });
    let mut update = json!({
        "type": "object",
        "description": "Absent fields stay as they are.",
        "properties": fields
    });
    for name in ["input", "output"] {
        if let Some(part) = update["properties"][name].as_object_mut() {
            part.remove("required");
        }
    }
    [("CreateSmartAttribute", create), ("UpdateSmartAttribute", update)]
}
