//! The bodies of service accounts and tokens.

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form, join},
    permissions::check_grants,
    roles::actions_schema,
    view::{segment_schema, text_schema},
};
use serde_json::{Map, Value, json};
use std::time::Duration;
use transom_domain::{
    SegmentRoleId, Timestamp,
    address_range::AddressRange,
    api_token,
    permission::{GRANTS_MAX, PermissionSet},
    role::BuiltInRole,
    service_account::{
        ASSIGNMENT_SEGMENTS_MAX, ASSIGNMENTS_MAX, Assignment, DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX, RoleName,
        WriteServiceAccount,
        tokens::{ADDRESSES_MAX, IssueToken, LIFE_MAX, LIFE_MIN},
    },
};

/// Longest range of addresses looked at: an IPv6 address with a prefix has 49 characters at most.
const ADDRESS_CHARS_MAX: usize = 64;

/// Reads the body of `POST O/service-accounts`.
pub fn create(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteServiceAccount>, ApiError> {
    read(body, code, strict, true)
}

/// Reads the body of `PUT O/service-accounts/{serviceAccountId}`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteServiceAccount>, ApiError> {
    read(body, code, strict, false)
}

fn read(body: &Value, code: InvalidCode, strict: bool, is_new: bool) -> Result<Checked<WriteServiceAccount>, ApiError> {
    let mut form = Form::default();
    let mut request = WriteServiceAccount::default();
    let Some(fields) = form.object("", body, &["name", "description", "roles"]) else {
        return form.finish(None, code, strict);
    };
    if is_new {
        request.name = form.required_text("", "name", fields).map(str::to_owned);
    } else if let Some(value) = fields.get("name") {
        request.name = form.text("name", value).map(str::to_owned);
    }
    request.description = match fields.get("description") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(value) => form.text("description", value).map(|text| Some(text.to_owned())),
    };
    if let Some(value) = fields.get("roles") {
        request.assignments = assignments(&mut form, value);
    }
    form.finish(Some(request), code, strict)
}

fn assignments(form: &mut Form, value: &Value) -> Option<Vec<Assignment>> {
    let list = form.list("roles", value)?;
    if list.len() > ASSIGNMENTS_MAX {
        let message = format!("must have at most {ASSIGNMENTS_MAX} entries, not {}", list.len());
        form.refuse("roles", "max_items", message);
        return None;
    }
    let read: Vec<_> = list
        .iter()
        .enumerate()
        .map(|(index, entry)| assignment(form, &format!("roles[{index}]"), entry))
        .collect();
    read.into_iter().collect()
}

fn assignment(form: &mut Form, path: &str, entry: &Value) -> Option<Assignment> {
    let fields = form.object(path, entry, &["roleId", "actions", "segmentIds"])?;
    let there = |name| fields.get(name).filter(|v: &&Value| !v.is_null());
    let role = match (there("roleId"), there("actions")) {
        (Some(value), None) => role(form, &join(path, "roleId"), value),
        (None, Some(value)) => actions(form, &join(path, "actions"), value),
        _ => {
            form.refuse(path, "one_of", "must have either roleId or actions");
            None
        }
    };
    let segments = match there("segmentIds") {
        Some(value) => form.segments(&join(path, "segmentIds"), value),
        None => Some(Vec::new()),
    };
    Some(Assignment {
        role: role?,
        segments: segments?,
    })
}

fn role(form: &mut Form, path: &str, value: &Value) -> Option<RoleName> {
    let text = form.text(path, value)?;
    if let Some(role) = BuiltInRole::from_name(text) {
        return Some(RoleName::BuiltIn(role));
    }
    let id = SegmentRoleId::parse(text).ok();
    if id.is_none() {
        let message = "must be viewer, developer, admin, or a string of 24 hexadecimal characters";
        form.refuse(path, "pattern", message);
    }
    id.map(RoleName::Own)
}

fn actions(form: &mut Form, path: &str, value: &Value) -> Option<RoleName> {
    let texts = form.texts(path, value)?;
    if texts.is_empty() || texts.len() > GRANTS_MAX {
        form.refuse(path, "length", format!("must have 1 to {GRANTS_MAX} entries"));
        return None;
    }
    check_grants(form, path, &texts);
    match PermissionSet::parse(&texts) {
        Ok(actions) => Some(RoleName::None(actions)),
        Err((text, error)) => {
            form.refuse(path, "permission", format!("{text:?}: {error}"));
            None
        }
    }
}

/// Reads the body of `POST …/tokens` at `now`.
pub fn token(body: &Value, code: InvalidCode, strict: bool, now: Timestamp) -> Result<Checked<IssueToken>, ApiError> {
    let mut form = Form::default();
    let known = ["name", "expiresAt", "expiresIn", "allowedAddresses"];
    let Some(fields) = form.object("", body, &known) else {
        return form.finish(None, code, strict);
    };
    let name = form.required_text("", "name", fields).map(str::to_owned);
    let expires_at = end(&mut form, fields, now);
    let addresses = match fields.get("allowedAddresses").filter(|v| !v.is_null()) {
        Some(value) => addresses(&mut form, value),
        None => Some(Vec::new()),
    };
    let request = name.zip(addresses).map(|(name, addresses)| IssueToken {
        name,
        expires_at,
        addresses,
    });
    form.finish(request, code, strict)
}

/// When the token ends, however it is said.
fn end(form: &mut Form, fields: &Map<String, Value>, now: Timestamp) -> Option<Timestamp> {
    let there = |name| fields.get(name).filter(|v: &&Value| !v.is_null());
    let (path, end) = match (there("expiresAt"), there("expiresIn")) {
        (None, None) => return None,
        (Some(_), Some(_)) => {
            form.refuse("expiresIn", "one_of", "must not stand beside expiresAt");
            return None;
        }
        (Some(value), None) => ("expiresAt", value.as_str().and_then(|text| Timestamp::parse(text).ok())),
        (None, Some(value)) => {
            let seconds = value.as_u64().filter(|s| *s <= LIFE_MAX.as_secs());
            ("expiresIn", seconds.map(|s| now + Duration::from_secs(s)))
        }
    };
    let Some(end) = end.filter(|end| *end >= now + LIFE_MIN && *end <= now + LIFE_MAX) else {
        let (min, max) = (LIFE_MIN.as_secs(), LIFE_MAX.as_secs());
        let message = if path == "expiresAt" {
            format!("must be a moment such as 2027-01-31T12:00:00.000Z, {min} to {max} seconds from now")
        } else {
            format!("must be a number of seconds from {min} to {max}")
        };
        form.refuse(path, "range", message);
        return None;
    };
    Some(end)
}

fn addresses(form: &mut Form, value: &Value) -> Option<Vec<AddressRange>> {
    let path = "allowedAddresses";
    let texts = form.texts(path, value)?;
    if texts.len() > ADDRESSES_MAX {
        let message = format!("must have at most {ADDRESSES_MAX} entries, not {}", texts.len());
        form.refuse(path, "max_items", message);
        return None;
    }
    let mut ranges = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(range) => ranges.push(range),
            Err(error) => {
                let error: transom_domain::address_range::AddressRangeError = error;
                form.refuse(format!("{path}[{index}]"), "address", error);
            }
        }
    }
    (ranges.len() == texts.len()).then_some(ranges)
}

/// The schemas of the bodies.
pub fn schemas() -> [(&'static str, Value); 3] {
    let segments = json!({ "type": "array", "maxItems": ASSIGNMENT_SEGMENTS_MAX, "items": segment_schema() });
    let assignment = json!({
        "type": "object",
        "description": "Either roleId or actions.",
        "properties": {
            "roleId": { "type": ["string", "null"], "pattern": "^([a-fA-F0-9]{24}|viewer|developer|admin)$" },
            "actions": { "oneOf": [actions_schema(), { "type": "null" }] },
            "segmentIds": segments
        }
    });
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are; roles are replaced whole.",
        "properties": {
            "name": text_schema(NAME_CHARS_MAX),
            "description": { "type": ["string", "null"], "minLength": 1, "maxLength": DESCRIPTION_CHARS_MAX },
            "roles": { "type": "array", "maxItems": ASSIGNMENTS_MAX, "items": assignment }
        }
    });
    let mut create = update.clone();
    create["required"] = json!(["name"]);
    let token = json!({
        "type": "object",
        "required": ["name"],
        "description": "Without an end, the token holds until it is revoked.",
        "properties": {
            "name": text_schema(api_token::NAME_CHARS_MAX),
            "expiresAt": { "type": ["string", "null"], "format": "date-time" },
            "expiresIn": { "type": ["integer", "null"], "minimum": LIFE_MIN.as_secs(), "maximum": LIFE_MAX.as_secs() },
            "allowedAddresses": {
                "type": ["array", "null"],
                "maxItems": ADDRESSES_MAX,
                "items": text_schema(ADDRESS_CHARS_MAX)
            }
        }
    });
    [
        ("CreateServiceAccount", create),
        ("UpdateServiceAccount", update),
        ("CreateToken", token),
    ]
}
