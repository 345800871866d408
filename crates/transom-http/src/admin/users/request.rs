//! The bodies of `POST M/users` and `PUT M/users/{mdmUserId}`.

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    smart_attributes,
    view::text_schema,
};
use serde_json::{Map, Value, json};
use transom_domain::{
    device::update::{TAG_CHARS_MAX, TAGS_MAX},
    user::{
        EMAIL_CHARS_MAX, NAME_CHARS_MAX,
        change::{LANGUAGE_CHARS_MAX, METADATA_KEYS_MAX, METADATA_VALUE_CHARS_MAX, WriteUser},
    },
};

/// Reads the body of `POST M/users`.
pub fn create(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteUser>, ApiError> {
    read(body, code, strict, true)
}

/// Reads the body of `PUT M/users/{mdmUserId}`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteUser>, ApiError> {
    read(body, code, strict, false)
}

fn read(body: &Value, code: InvalidCode, strict: bool, is_new: bool) -> Result<Checked<WriteUser>, ApiError> {
    let mut form = Form::default();
    let mut request = WriteUser::default();
    let known = [
        "email",
        "name",
        "tags",
        "language",
        "metadata",
        "smartAttributeAssignments",
    ];
    let Some(fields) = form.object("", body, &known) else {
        return form.finish(None, code, strict);
    };
    if is_new {
        request.email = form.required_text("", "email", fields).map(str::to_owned);
    } else if let Some(value) = fields.get("email") {
        request.email = form.text("email", value).map(str::to_owned);
    }
    request.name = nullable(&mut form, fields, "name");
    request.language = nullable(&mut form, fields, "language");
    if let Some(value) = fields.get("tags") {
        request.tags = form.texts("tags", value);
    }
    match fields.get("metadata") {
        Some(Value::Object(metadata)) => request.metadata = Some(metadata.clone()),
        Some(_) => form.refuse("metadata", "type", "must be an object"),
        None => {}
    }
    if let Some(value) = fields.get("smartAttributeAssignments").filter(|v| !v.is_null()) {
        request.smart = smart_attributes::request::given(&mut form, "smartAttributeAssignments", value);
    }
    match request.checked() {
        Ok(request) => form.finish(Some(request), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

/// A text that null takes away.
fn nullable(form: &mut Form, fields: &Map<String, Value>, name: &str) -> Option<Option<String>> {
    match fields.get(name)? {
        Value::Null => Some(None),
        value => form.text(name, value).map(|text| Some(text.to_owned())),
    }
}

/// The schemas of both bodies.
pub fn schemas() -> [(&'static str, Value); 2] {
    let nullable = |max: usize| json!({ "type": ["string", "null"], "minLength": 1, "maxLength": max });
    let scalar = json!({ "type": ["string", "number", "boolean", "null"], "maxLength": METADATA_VALUE_CHARS_MAX });
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are; lists are replaced whole.",
        "properties": {
            "email": text_schema(EMAIL_CHARS_MAX),
            "name": nullable(NAME_CHARS_MAX),
            "tags": { "type": "array", "maxItems": TAGS_MAX, "items": text_schema(TAG_CHARS_MAX) },
            "language": nullable(LANGUAGE_CHARS_MAX),
            "smartAttributeAssignments": smart_attributes::request::given_schema(),
            "metadata": {
                "type": "object",
                "maxProperties": METADATA_KEYS_MAX,
                "description": "Keys to set; null takes a key away.",
                "additionalProperties": scalar
            }
        }
    });
    let mut create = update.clone();
    create["required"] = json!(["email"]);
    create["description"] = json!("A password is set at the command line of the server's machine only.");
    [("CreateUser", create), ("UpdateUser", update)]
}
