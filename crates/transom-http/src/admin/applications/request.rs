//! The bodies of `POST W/applications` and `PUT W/applications/{winApplicationId}`.

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form, join},
    library::{flag, nullable, segment, word},
    view::{line_schema, segment_schema},
};
use serde_json::{Map, Value, json};
use transom_domain::{
    application::{ApplicationKind, BUILD_KINDS, FILTER_CHARS_MAX, STORE_ID_CHARS_MAX, change::WriteApplication},
    library::{DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX},
    segment::SegmentId,
};

/// Fields that can be written. Whatever else comes is unknown or read-only, and ignored.
const WRITABLE: &[&str] = &["name", "description", "type", "config", "segmentId", "exposeToChildren"];

/// Reads the body of `POST W/applications`. Without a segment the application goes to `top`.
pub fn create(
    body: &Value,
    code: InvalidCode,
    strict: bool,
    top: SegmentId,
) -> Result<Checked<WriteApplication>, ApiError> {
    let mut form = Form::default();
    let mut request = read(&mut form, body)?;
    if body.as_object().is_some_and(|fields| !fields.contains_key("name")) {
        form.refuse("name", "required", "is required");
    }
    request.segment = request.segment.or(Some(top));
    let is_read = body.is_object() && form.is_faultless();
    if is_read && let Err(violations) = request.check_new() {
        form.refuse_all("", violations);
    }
    finish(form, request, code, strict)
}

/// Reads the body of `PUT W/applications/{winApplicationId}`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteApplication>, ApiError> {
    let mut form = Form::default();
    let request = read(&mut form, body)?;
    finish(form, request, code, strict)
}

fn finish(
    mut form: Form,
    request: WriteApplication,
    code: InvalidCode,
    strict: bool,
) -> Result<Checked<WriteApplication>, ApiError> {
    match request.checked() {
        Ok(request) => form.finish(Some(request), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

fn read(form: &mut Form, body: &Value) -> Result<WriteApplication, ApiError> {
    let mut request = WriteApplication::default();
    let Some(fields) = form.object("", body, WRITABLE) else {
        return Ok(request);
    };
    if let Some(kind) = fields.get("type").and_then(Value::as_str)
        && BUILD_KINDS.contains(&kind)
    {
        let message = format!(
            "applications of the type {kind} need an app-build store, which this server does not have; it offers store and asset"
        );
        return Err(ApiError::FeatureNotAllowed(message));
    }
    request.name = fields.get("name").and_then(|v| form.text("name", v)).map(str::to_owned);
    request.description = nullable(form, fields, "description", "description");
    let kinds = ApplicationKind::ALL.map(ApplicationKind::as_str);
    if let Some(value) = fields.get("type") {
        request.kind = word(form, "type", value, ApplicationKind::from_name, &kinds);
    }
    if let Some(value) = fields.get("config") {
        config(form, value, &mut request);
    }
    request.segment = segment(form, fields);
    request.expose_to_children = flag(form, fields, "exposeToChildren");
    Ok(request)
}

fn config(form: &mut Form, value: &Value, request: &mut WriteApplication) {
    const PATH: &str = "config";
    let known = ["winStoreId", "mdmAssetId", "filter", "buildId", "applicationId"];
    let Some(fields) = form.object(PATH, value, &known) else {
        return;
    };
    let text = |form: &mut Form, name: &str| nullable(form, fields, &join(PATH, name), name);
    request.win_store_id = text(form, "winStoreId");
    request.filter = text(form, "filter");
    request.mdm_asset_id = asset(form, fields);
    for name in ["buildId", "applicationId"] {
        if fields.get(name).is_some_and(|value| !value.is_null()) {
            let message = "needs an app-build store, which this server does not have";
            form.refuse(join(PATH, name), "not_offered", message);
        }
    }
}

fn asset(form: &mut Form, fields: &Map<String, Value>) -> Option<Option<String>> {
    match fields.get("mdmAssetId")? {
        Value::Null => Some(None),
        value => form.id("config.mdmAssetId", value).map(|id| Some(id.to_lowercase())),
    }
}

/// The schemas of both bodies.
pub fn schemas() -> [(&'static str, Value); 2] {
    let nullable = |max: usize| json!({ "type": ["string", "null"], "minLength": 1, "maxLength": max });
    let fields = json!({
        "name": line_schema(NAME_CHARS_MAX),
        "description": { "type": ["string", "null"], "maxLength": DESCRIPTION_CHARS_MAX },
        "type": { "enum": ApplicationKind::ALL.map(ApplicationKind::as_str) },
        "config": {
            "type": "object",
            "description": "winStoreId for the type store, mdmAssetId for the type asset.",
            "properties": {
                "winStoreId": nullable(STORE_ID_CHARS_MAX),
                "mdmAssetId": { "type": ["string", "null"], "pattern": "^[a-fA-F0-9]{24}$" },
                "filter": nullable(FILTER_CHARS_MAX)
            }
        },
        "segmentId": segment_schema(),
        "exposeToChildren": { "type": "boolean" }
    });
    let create = json!({ "type": "object", "required": ["name", "type", "config"], "properties": fields });
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are.",
        "properties": fields
    });
    [("CreateApplication", create), ("UpdateApplication", update)]
}
