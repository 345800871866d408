//! The bodies of `POST M/scripts` and `PUT M/scripts/{scriptId}`.

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    library::{flag, nullable, segment, word},
    view::{line_schema, segment_schema},
};
use serde_json::{Value, json};
use transom_domain::{
    library::{DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX},
    script::{CONTENT_BYTES_MAX, RunAs, Runner, TIMEOUT_DEFAULT, TIMEOUT_MAX, change::WriteScript},
    segment::SegmentId,
};

/// Fields that can be written. Whatever else comes is unknown or read-only, and ignored.
const WRITABLE: &[&str] = &[
    "name",
    "description",
    "content",
    "runner",
    "context",
    "timeout",
    "segmentId",
    "exposeToChildren",
];

/// Reads the body of `POST M/scripts`. Without a segment the script goes to `top`.
pub fn create(body: &Value, code: InvalidCode, strict: bool, top: SegmentId) -> Result<Checked<WriteScript>, ApiError> {
    let mut form = Form::default();
    let mut request = read(&mut form, body);
    if let Some(fields) = body.as_object() {
        for name in ["name", "content", "runner"] {
            if !fields.contains_key(name) {
                form.refuse(name, "required", "is required");
            }
        }
    }
    request.segment = request.segment.or(Some(top));
    finish(form, request, code, strict)
}

/// Reads the body of `PUT M/scripts/{scriptId}`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteScript>, ApiError> {
    let mut form = Form::default();
    let request = read(&mut form, body);
    finish(form, request, code, strict)
}

fn finish(
    mut form: Form,
    request: WriteScript,
    code: InvalidCode,
    strict: bool,
) -> Result<Checked<WriteScript>, ApiError> {
    match request.checked() {
        Ok(request) => form.finish(Some(request), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

fn read(form: &mut Form, body: &Value) -> WriteScript {
    let mut request = WriteScript::default();
    let Some(fields) = form.object("", body, WRITABLE) else {
        return request;
    };
    request.name = fields.get("name").and_then(|v| form.text("name", v)).map(str::to_owned);
    request.description = nullable(form, fields, "description", "description");
    request.content = fields
        .get("content")
        .and_then(|v| form.text("content", v))
        .map(str::to_owned);
    if let Some(value) = fields.get("runner") {
        let runners = Runner::ALL.map(Runner::as_str);
        request.runner = word(form, "runner", value, Runner::from_name, &runners);
    }
    if let Some(value) = fields.get("context") {
        let contexts = RunAs::ALL.map(RunAs::as_str);
        request.context = word(form, "context", value, RunAs::from_name, &contexts);
    }
    if let Some(value) = fields.get("timeout") {
        request.timeout_seconds = value.as_u64();
        if request.timeout_seconds.is_none() {
            form.refuse("timeout", "type", "must be a whole number of seconds");
        }
    }
    request.segment = segment(form, fields);
    request.expose_to_children = flag(form, fields, "exposeToChildren");
    request
}

/// The schemas of both bodies.
pub fn schemas() -> [(&'static str, Value); 2] {
    let fields = json!({
        "name": line_schema(NAME_CHARS_MAX),
        "description": { "type": ["string", "null"], "maxLength": DESCRIPTION_CHARS_MAX },
        "content": {
            "type": "string",
            "description": format!("At most {CONTENT_BYTES_MAX} bytes of UTF-8."),
            "pattern": "\\S",
            "maxLength": CONTENT_BYTES_MAX
        },
        "runner": { "enum": Runner::ALL.map(Runner::as_str) },
        "context": { "enum": RunAs::ALL.map(RunAs::as_str), "default": RunAs::System.as_str() },
        "timeout": {
            "type": "integer",
            "description": "Seconds.",
            "minimum": 1,
            "maximum": TIMEOUT_MAX.as_secs(),
            "default": TIMEOUT_DEFAULT.as_secs()
        },
        "segmentId": segment_schema(),
        "exposeToChildren": { "type": "boolean" }
    });
    let create = json!({ "type": "object", "required": ["name", "content", "runner"], "properties": fields });
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are.",
        "properties": fields
    });
    [("CreateScript", create), ("UpdateScript", update)]
}
