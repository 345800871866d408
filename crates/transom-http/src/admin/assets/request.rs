//! The bodies of `POST M/assets` and `PUT M/assets/{mdmAssetId}`.

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    view::{segment_schema, text_schema},
};
use serde_json::{Value, json};
use transom_domain::{
    asset::{AssetFile, AssetKind, DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX, change::WriteAsset},
    device::update::Violation,
    segment::SegmentId,
};

/// The file that came, or why it is none.
type Came = Option<Result<AssetFile, Violation>>;

/// Reads the body of `POST M/assets`. Without a segment the asset goes to `top`.
pub fn create(
    body: &Value,
    code: InvalidCode,
    strict: bool,
    top: SegmentId,
    file: Came,
) -> Result<Checked<WriteAsset>, ApiError> {
    let mut form = Form::default();
    if file.is_none() {
        form.refuse("file", "required", "is required");
    }
    let mut request = read(&mut form, body, file);
    if body.as_object().is_some_and(|fields| !fields.contains_key("type")) {
        form.refuse("type", "required", "is required");
    }
    request.segment = request.segment.or(Some(top));
    finish(form, request, code, strict)
}

/// Reads the body of `PUT M/assets/{mdmAssetId}`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool, file: Came) -> Result<Checked<WriteAsset>, ApiError> {
    let mut form = Form::default();
    let request = read(&mut form, body, file);
    finish(form, request, code, strict)
}

fn finish(
    mut form: Form,
    request: WriteAsset,
    code: InvalidCode,
    strict: bool,
) -> Result<Checked<WriteAsset>, ApiError> {
    match request.checked() {
        Ok(request) => form.finish(Some(request), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

fn read(form: &mut Form, body: &Value, file: Came) -> WriteAsset {
    let mut request = WriteAsset::default();
    match file {
        Some(Ok(file)) => request.file = Some(file),
        Some(Err(violation)) => form.refuse_all("", vec![violation]),
        None => {}
    }
    let known = ["name", "type", "description", "segmentId", "exposeToChildren"];
    let Some(fields) = form.object("", body, &known) else {
        return request;
    };
    if let Some(value) = fields.get("type") {
        let kind = value.as_str().and_then(AssetKind::from_name);
        if kind.is_none() {
            form.refuse(
                "type",
                "enum",
                format!("must be one of {}", AssetKind::NAMES.join(", ")),
            );
        }
        request.kind = kind;
    }
    if let Some(value) = fields.get("name") {
        request.name = form.text("name", value).map(str::to_owned);
    }
    request.description = form.nullable_text("description", fields);
    if let Some(value) = fields.get("segmentId") {
        request.segment = form.segment("segmentId", value);
    }
    if let Some(value) = fields.get("exposeToChildren") {
        request.expose_to_children = form.flag("exposeToChildren", value);
    }
    request
}

/// The schemas of the bodies.
pub fn schemas() -> [(&'static str, Value); 3] {
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are.",
        "properties": {
            "name": text_schema(NAME_CHARS_MAX),
            "type": { "type": "string", "enum": AssetKind::NAMES },
            "description": { "type": ["string", "null"], "minLength": 1, "maxLength": DESCRIPTION_CHARS_MAX },
            "segmentId": segment_schema(),
            "exposeToChildren": { "type": "boolean", "description": "Whether policies in the segments below may use it." }
        }
    });
    let about = "At most as many bytes as the setting `assets.max_bytes` says. Its name must end in an extension of its \
                 type.";
    let mut upload = update.clone();
    upload["properties"]["file"] = json!({ "type": "string", "format": "binary", "contentMediaType": "application/octet-stream", "description": about });
    upload["properties"]["description"]["type"] = json!("string");
    upload["description"] = json!("Absent parts stay as they are.");
    let mut create = upload.clone();
    create["required"] = json!(["file", "type"]);
    create["description"] = json!("Without a name the asset has its file's.");
    [
        ("CreateAsset", create),
        ("UpdateAsset", update),
        ("UploadAsset", upload),
    ]
}
