//! The bodies of `POST W/admx-configs` and `PUT W/admx-configs/{winAdmxConfigId}`: a form with two files, or JSON with
//! their texts.

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    upload::Document,
    view::{segment_schema, text_schema},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use transom_domain::{
    admx::{
        ADML_BYTES_MAX, ADMX_BYTES_MAX, APP_NAME_CHARS_MAX, DESCRIPTION_CHARS_MAX, FILE_NAME_CHARS_MAX, SettingType,
        change::WriteAdmxConfig,
    },
    segment::SegmentId,
};

/// The files of a template, as they came.
pub struct Texts {
    /// The ADMX.
    pub admx: Vec<u8>,
    /// The ADML.
    pub adml: Option<Vec<u8>>,
}

/// What is wanted, and the files that come with it.
type Request = (WriteAdmxConfig, Option<Texts>);

type Documents = BTreeMap<&'static str, Document>;

/// Reads the body of `POST W/admx-configs`. Without a segment the template goes to `top`.
pub fn create(
    body: &Value,
    code: InvalidCode,
    strict: bool,
    top: SegmentId,
    documents: Documents,
) -> Result<Checked<Request>, ApiError> {
    let mut form = Form::default();
    let name = documents.get("admx").and_then(|document| document.name.clone());
    let (mut request, texts) = read(&mut form, body, documents);
    request.segment = request.segment.or(Some(top));
    if let Value::Object(fields) = body {
        if !fields.contains_key("fileName") {
            // As it was uploaded, without a folder.
            request.file_name = name.and_then(|n| n.rsplit(['/', '\\']).next().map(str::to_owned));
        }
        let missing = [
            ("appName", !fields.contains_key("appName")),
            (
                "fileName",
                !fields.contains_key("fileName") && request.file_name.is_none(),
            ),
            (
                "admx",
                texts.is_none() && !fields.contains_key("adml") && !fields.contains_key("admx"),
            ),
        ];
        for (path, _) in missing.into_iter().filter(|(_, is_missing)| *is_missing) {
            form.refuse(path, "required", "is required");
        }
    }
    finish(form, request, texts, code, strict)
}

/// Reads the body of `PUT W/admx-configs/{winAdmxConfigId}`. What is absent stays as it is.
pub fn update(
    body: &Value,
    code: InvalidCode,
    strict: bool,
    documents: Documents,
) -> Result<Checked<Request>, ApiError> {
    let mut form = Form::default();
    let (request, texts) = read(&mut form, body, documents);
    finish(form, request, texts, code, strict)
}

fn finish(
    mut form: Form,
    request: WriteAdmxConfig,
    texts: Option<Texts>,
    code: InvalidCode,
    strict: bool,
) -> Result<Checked<Request>, ApiError> {
    match request.checked() {
        Ok(request) => form.finish(Some((request, texts)), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

fn read(form: &mut Form, body: &Value, mut documents: Documents) -> Request {
    let mut request = WriteAdmxConfig::default();
    let known = [
        "admx",
        "adml",
        "appName",
        "settingType",
        "fileName",
        "description",
        "segmentId",
        "exposeToChildren",
    ];
    let Some(fields) = form.object("", body, &known) else {
        return (request, None);
    };
    let admx = file(form, fields, ("admx", ADMX_BYTES_MAX), documents.remove("admx"));
    let adml = file(form, fields, ("adml", ADML_BYTES_MAX), documents.remove("adml"));
    if admx.is_none() && adml.is_some() && !fields.contains_key("admx") {
        form.refuse(
            "admx",
            "required",
            "is missing: an ADML comes with its ADMX, because the two are replaced together",
        );
    }
    if let Some(value) = fields.get("appName") {
        request.app_name = form.text("appName", value).map(str::to_owned);
    }
    if let Some(value) = fields.get("settingType") {
        request.setting_type = value.as_str().and_then(SettingType::from_name);
        if request.setting_type.is_none() {
            form.refuse("settingType", "enum", "must be one of Policy, Preference");
        }
    }
    if let Some(value) = fields.get("fileName") {
        request.file_name = form.text("fileName", value).map(str::to_owned);
    }
    request.description = form.nullable_text("description", fields);
    if let Some(value) = fields.get("segmentId") {
        request.segment = form.segment("segmentId", value);
    }
    if let Some(value) = fields.get("exposeToChildren") {
        request.expose_to_children = form.flag("exposeToChildren", value);
    }
    (request, admx.map(|admx| Texts { admx, adml }))
}

/// A file as a part of a form, or its text in JSON.
fn file(
    form: &mut Form,
    fields: &Map<String, Value>,
    (name, max): (&'static str, usize),
    document: Option<Document>,
) -> Option<Vec<u8>> {
    match document {
        Some(document) => Some(document.bytes),
        None => {
            let text = form.text(name, fields.get(name)?)?;
            if text.len() > max {
                form.refuse(name, "size", format!("must have at most {max} bytes"));
            }
            Some(text.as_bytes().to_vec())
        }
    }
}

/// The schemas of the bodies.
pub fn schemas() -> [(&'static str, Value); 4] {
    let node =
        |max: usize| json!({ "type": "string", "minLength": 1, "maxLength": max, "pattern": "^[A-Za-z0-9._-]+$" });
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are. ADMX and ADML are replaced together.",
        "properties": {
            "appName": node(APP_NAME_CHARS_MAX),
            "settingType": { "type": "string", "enum": SettingType::ALL.map(SettingType::as_str) },
            "fileName": node(FILE_NAME_CHARS_MAX),
            "description": { "type": ["string", "null"], "minLength": 1, "maxLength": DESCRIPTION_CHARS_MAX },
            "segmentId": segment_schema(),
            "exposeToChildren": { "type": "boolean", "description": "Whether policies in the segments below may use it." },
            "admx": text_schema(ADMX_BYTES_MAX),
            "adml": text_schema(ADML_BYTES_MAX)
        }
    });
    let mut create = update.clone();
    create["required"] = json!(["appName", "fileName", "admx"]);
    create["description"] = json!("The texts of the files. UTF-16 can be sent as a form only.");
    let binary = |max: usize| {
        let about = format!("At most {max} bytes of UTF-8 or UTF-16.");
        json!({ "type": "string", "format": "binary", "contentMediaType": "application/octet-stream", "description": about })
    };
    let mut replace = update.clone();
    replace["properties"]["admx"] = binary(ADMX_BYTES_MAX);
    replace["properties"]["adml"] = binary(ADML_BYTES_MAX);
    replace["properties"]["description"]["type"] = json!("string");
    let mut upload = replace.clone();
    upload["required"] = json!(["appName", "admx"]);
    upload["description"] = json!("Without a fileName the template has its file's.");
    [
        ("CreateAdmxConfig", create),
        ("UpdateAdmxConfig", update),
        ("UploadAdmxConfig", upload),
        ("ReplaceAdmxConfig", replace),
    ]
}
