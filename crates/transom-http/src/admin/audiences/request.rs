//! The bodies of audience routes.

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form, join},
    view::{id_schema, line_schema, segment_schema, text_schema},
};
use serde_json::{Map, Value, json};
use transom_domain::{
    DeviceId, UserId,
    audience::{
        DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX, Selectors,
        change::WriteAudience,
        selectors::{ELEMENT_CHARS_MAX, FOREIGN, GROUP_ELEMENTS_MAX, GROUPS_MAX, LISTED_MAX, SERIAL_CHARS_MAX},
    },
    segment::SegmentId,
};

/// Fields that can be written.
const WRITABLE: &[&str] = &[
    "name",
    "description",
    "segmentId",
    "exposeToChildren",
    "selectors",
    "exclude",
];

/// Fields that a preview can suppose to be different.
const SUPPOSABLE: &[&str] = &["segmentId", "exposeToChildren", "selectors", "exclude"];

/// The lists of selectors.
const SELECTORS: &[&str] = &[
    "deviceGroups",
    "mdmUserGroups",
    "winDeviceIds",
    "mdmUserIds",
    "serialNumbers",
    "emmDeviceIds",
    "admDeviceIds",
    "aosDeviceIds",
];

/// Reads the body of `POST M/device-audiences`. Without a segment the audience goes to `top`.
pub fn create(
    body: &Value,
    code: InvalidCode,
    strict: bool,
    top: SegmentId,
) -> Result<Checked<WriteAudience>, ApiError> {
    let mut form = Form::default();
    let mut request = read(&mut form, body, WRITABLE);
    request.segment = request.segment.or(Some(top));
    for name in ["name", "selectors"] {
        if body.as_object().is_some_and(|fields| !fields.contains_key(name)) {
            form.refuse(name, "required", "is required");
        }
    }
    finish(form, request, code, strict)
}

/// Reads the body of `PUT M/device-audiences/{deviceAudienceId}`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteAudience>, ApiError> {
    let mut form = Form::default();
    let request = read(&mut form, body, WRITABLE);
    finish(form, request, code, strict)
}

/// Reads the body of a preview. What is absent is as it is.
pub fn preview(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteAudience>, ApiError> {
    let mut form = Form::default();
    let request = read(&mut form, body, SUPPOSABLE);
    finish(form, request, code, strict)
}

fn finish(
    mut form: Form,
    request: WriteAudience,
    code: InvalidCode,
    strict: bool,
) -> Result<Checked<WriteAudience>, ApiError> {
    match request.checked() {
        Ok(request) => form.finish(Some(request), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

fn read(form: &mut Form, body: &Value, known: &[&str]) -> WriteAudience {
    let mut request = WriteAudience::default();
    let Some(fields) = form.object("", body, known) else {
        return request;
    };
    let field = |name: &str| fields.get(name).filter(|_| known.contains(&name));
    request.name = field("name").and_then(|v| form.text("name", v)).map(str::to_owned);
    request.description = nullable(form, fields, "description");
    request.segment = field("segmentId").and_then(|v| form.segment("segmentId", v));
    request.expose_to_children = field("exposeToChildren").and_then(|v| flag(form, "exposeToChildren", v));
    request.selectors = field("selectors").and_then(|v| selectors(form, "selectors", v));
    request.exclude = field("exclude").and_then(|v| selectors(form, "exclude", v));
    request
}

/// A text that null takes away.
pub(in super::super) fn nullable(form: &mut Form, fields: &Map<String, Value>, name: &str) -> Option<Option<String>> {
    match fields.get(name)? {
        Value::Null => Some(None),
        value => form.text(name, value).map(|text| Some(text.to_owned())),
    }
}

/// `true` or `false`.
pub(in super::super) fn flag(form: &mut Form, path: &str, value: &Value) -> Option<bool> {
    let flag = value.as_bool();
    if flag.is_none() {
        form.refuse(path, "type", "must be true or false");
    }
    flag
}

fn selectors(form: &mut Form, path: &str, value: &Value) -> Option<Selectors> {
    let fields = form.object(path, value, SELECTORS)?;
    let mut selectors = Selectors::default();
    let groups = |form: &mut Form, name: &str| -> Vec<Vec<String>> {
        let path = join(path, name);
        let list = fields.get(name).and_then(|list| form.list(&path, list));
        let groups = list.unwrap_or_default().iter().zip(0_usize..);
        groups
            .filter_map(|(group, index)| form.texts(&format!("{path}[{index}]"), group))
            .collect()
    };
    selectors.device_groups = groups(form, "deviceGroups");
    selectors.user_groups = groups(form, "mdmUserGroups");
    let ids = |form: &mut Form, name: &str| -> Vec<String> {
        let path = join(path, name);
        let list = fields.get(name).and_then(|list| form.list(&path, list));
        let ids = list.unwrap_or_default().iter().zip(0_usize..);
        ids.filter_map(|(id, index)| form.id(&format!("{path}[{index}]"), id).map(str::to_owned))
            .collect()
    };
    selectors.devices = ids(form, "winDeviceIds")
        .iter()
        .filter_map(|id| DeviceId::parse(id).ok())
        .collect();
    selectors.users = ids(form, "mdmUserIds")
        .iter()
        .filter_map(|id| UserId::parse(id).ok())
        .collect();
    let texts = |form: &mut Form, name: &str| {
        let list = fields.get(name).and_then(|list| form.texts(&join(path, name), list));
        list.unwrap_or_default()
    };
    selectors.serial_numbers = texts(form, "serialNumbers");
    selectors.foreign = FOREIGN.map(|name| texts(form, name));
    Some(selectors)
}

/// The schemas of the bodies.
pub fn schemas() -> [(&'static str, Value); 3] {
    let groups = json!({
        "type": "array",
        "maxItems": GROUPS_MAX,
        "description": "Alternatives, each a list of conditions that must all hold: a tag, or key:value.",
        "items": { "type": "array", "maxItems": GROUP_ELEMENTS_MAX, "items": line_schema(ELEMENT_CHARS_MAX) }
    });
    let list = |items: Value| json!({ "type": "array", "maxItems": LISTED_MAX, "items": items });
    let selectors = json!({
        "type": "object",
        "description": "Replaced whole: a list that is left out is empty. A PC is meant if any of the lists means it.",
        "properties": {
            "deviceGroups": groups,
            "mdmUserGroups": groups,
            "winDeviceIds": list(id_schema()),
            "mdmUserIds": list(id_schema()),
            "serialNumbers": list(line_schema(SERIAL_CHARS_MAX)),
            "emmDeviceIds": list(line_schema(SERIAL_CHARS_MAX)),
            "admDeviceIds": list(line_schema(SERIAL_CHARS_MAX)),
            "aosDeviceIds": list(line_schema(SERIAL_CHARS_MAX))
        }
    });
    let description = json!({ "type": ["string", "null"], "minLength": 1, "maxLength": DESCRIPTION_CHARS_MAX });
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are.",
        "properties": {
            "name": text_schema(NAME_CHARS_MAX),
            "description": description,
            "segmentId": segment_schema(),
            "exposeToChildren": { "type": "boolean" },
            "selectors": selectors,
            "exclude": selectors
        }
    });
    let mut create = update.clone();
    create["required"] = json!(["name", "selectors"]);
    create["description"] = json!("Whoever is in it follows from tags, users and facts at every moment.");
    let mut preview = update.clone();
    preview["description"] = json!("What is supposed to be different; the rest is as it is.");
    if let Some(properties) = preview["properties"].as_object_mut() {
        properties.retain(|name, _| SUPPOSABLE.contains(&name.as_str()));
    }
    [
        ("CreateDeviceAudience", create),
        ("UpdateDeviceAudience", update),
        ("PreviewDeviceAudience", preview),
    ]
}
