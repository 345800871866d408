//! The bodies of `POST W/enrollment-templates` and `PUT W/enrollment-templates/{winEnrollmentTemplateId}` (A.5).

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form, join},
    view::{id_schema, line_schema, segment_schema, text_schema},
};
use serde_json::{Map, Value, json};
use transom_domain::{
    PolicyId,
    device::update::{TAG_CHARS_MAX, TAGS_MAX},
    enrollment_template::{
        ALTERNATIVES_MAX, AUXILIARY_FIELDS_MAX, AuxiliaryField, CONDITIONS_MAX, Condition, DESCRIPTION_CHARS_MAX,
        FIELD_CHARS_MAX, FieldKind, IDENTIFIER_CHARS_MAX, IDENTIFIERS_MAX, LoginProvider, MOBILITY_APP_CHARS_MAX,
        NAME_CHARS_MAX, OPTIONS_MAX, PATTERN_CHARS_MAX, RULE_TEXT_CHARS_MAX, RULES_MAX, Rule, RuleAssignment,
        change::{MASK, WriteMobilityApp, WriteTemplate},
    },
    policy::{ASSIGNMENTS_MAX, PRIORITY_MAX},
    secret::Secret,
    segment::SegmentId,
};

/// Fields that can be written. Whatever else comes is unknown or read-only, and ignored.
const WRITABLE: &[&str] = &[
    "name",
    "description",
    "rules",
    "auxiliaryFields",
    "loginProviderTypes",
    "allowAutoContinue",
    "entraId",
    "segmentId",
];

/// Reads the body of `POST W/enrollment-templates`. Without a segment the template goes to `top`.
pub fn create(
    body: &Value,
    code: InvalidCode,
    strict: bool,
    top: SegmentId,
) -> Result<Checked<WriteTemplate>, ApiError> {
    let mut form = Form::default();
    let mut request = read(&mut form, body);
    if let Some(request) = &mut request {
        if request.name.is_none() && body.get("name").is_none() {
            form.refuse("name", "required", "is required");
        }
        request.segment = request.segment.or(Some(top));
    }
    form.finish(request, code, strict)
}

/// Reads the body of `PUT W/enrollment-templates/{winEnrollmentTemplateId}`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteTemplate>, ApiError> {
    let mut form = Form::default();
    let request = read(&mut form, body);
    form.finish(request, code, strict)
}

fn read(form: &mut Form, body: &Value) -> Option<WriteTemplate> {
    let fields = form.object("", body, WRITABLE)?;
    let list = |form: &mut Form, name: &str| -> Option<Vec<Value>> {
        let value = fields.get(name)?;
        form.list(name, value).map(<[Value]>::to_vec)
    };
    Some(WriteTemplate {
        name: fields.get("name").and_then(|v| form.text("name", v)).map(str::to_owned),
        description: match fields.get("description") {
            None => None,
            Some(Value::Null) => Some(None),
            Some(value) => form.text("description", value).map(|text| Some(text.to_owned())),
        },
        rules: list(form, "rules").map(|rules| each(form, "rules", &rules, rule)),
        auxiliary_fields: list(form, "auxiliaryFields").map(|list| each(form, "auxiliaryFields", &list, field)),
        login_providers: list(form, "loginProviderTypes").map(|list| each(form, "loginProviderTypes", &list, provider)),
        allow_auto_continue: fields.get("allowAutoContinue").and_then(|value| {
            if value.as_bool().is_none() {
                form.refuse("allowAutoContinue", "type", "must be true or false");
            }
            value.as_bool()
        }),
        mobility_app: fields.get("entraId").and_then(|value| entra_id(form, value)),
        segment: fields
            .get("segmentId")
            .and_then(|value| form.segment("segmentId", value)),
    })
}

/// Reads the entries of a list; those that cannot be read are noted and left out.
fn each<T>(form: &mut Form, path: &str, list: &[Value], read: fn(&mut Form, &str, &Value) -> Option<T>) -> Vec<T> {
    let entries = list.iter().enumerate();
    entries
        .filter_map(|(index, entry)| read(form, &format!("{path}[{index}]"), entry))
        .collect()
}

/// A text that may be missing or null.
fn optional(form: &mut Form, path: &str, fields: &Map<String, Value>, name: &str) -> Option<String> {
    let value = fields.get(name).filter(|v| !v.is_null())?;
    form.text(&join(path, name), value).map(str::to_owned)
}

/// A list of texts that may be missing or null.
fn texts(form: &mut Form, path: &str, fields: &Map<String, Value>, name: &str) -> Vec<String> {
    let value = fields.get(name).filter(|v| !v.is_null());
    value.and_then(|v| form.texts(&join(path, name), v)).unwrap_or_default()
}

fn rule(form: &mut Form, path: &str, value: &Value) -> Option<Rule> {
    let known = [
        "name",
        "displayNamePattern",
        "renameComputer",
        "tags",
        "conditions",
        "winPolicyId",
        "winPolicyAssignments",
        "segmentId",
    ];
    let fields = form.object(path, value, &known)?;
    let there = |name: &str| fields.get(name).filter(|v| !v.is_null());
    let conditions = there("conditions").and_then(|value| {
        let list = form.list(&join(path, "conditions"), value)?.to_vec();
        Some(each(form, &join(path, "conditions"), &list, condition))
    });
    Some(Rule {
        name: optional(form, path, fields, "name"),
        display_name_pattern: optional(form, path, fields, "displayNamePattern"),
        rename_computer: there("renameComputer")
            .and_then(|value| form.flag(&join(path, "renameComputer"), value))
            .unwrap_or_default(),
        tags: texts(form, path, fields, "tags"),
        conditions: conditions.unwrap_or_default(),
        primary: there("winPolicyId").and_then(|value| policy(form, &join(path, "winPolicyId"), value)),
        assignments: there("winPolicyAssignments")
            .map(|value| assignments(form, &join(path, "winPolicyAssignments"), value))
            .unwrap_or_default(),
        segment: fields
            .get("segmentId")
            .and_then(|value| form.segment(&join(path, "segmentId"), value)),
    })
}

/// The id of a policy.
pub fn policy(form: &mut Form, path: &str, value: &Value) -> Option<PolicyId> {
    form.id(path, value).and_then(|id| PolicyId::parse(id).ok())
}

/// A list of policies with their priorities.
pub fn assignments(form: &mut Form, path: &str, value: &Value) -> Vec<RuleAssignment> {
    let Some(list) = form.list(path, value).map(<[Value]>::to_vec) else {
        return Vec::new();
    };
    each(form, path, &list, assignment)
}

fn assignment(form: &mut Form, path: &str, value: &Value) -> Option<RuleAssignment> {
    let fields = form.object(path, value, &["winPolicyId", "priority"])?;
    for name in ["winPolicyId", "priority"] {
        if !fields.contains_key(name) {
            form.refuse(join(path, name), "required", "is required");
        }
    }
    let id = fields
        .get("winPolicyId")
        .and_then(|value| policy(form, &join(path, "winPolicyId"), value));
    let priority = fields.get("priority").and_then(|value| {
        let number = value.as_u64().and_then(|p| u32::try_from(p).ok());
        let number = number.filter(|p| *p <= PRIORITY_MAX);
        if number.is_none() {
            let message = format!("must be a whole number from 0 to {PRIORITY_MAX}");
            form.refuse(join(path, "priority"), "range", message);
        }
        number
    });
    Some(RuleAssignment {
        policy: id?,
        priority: priority?,
    })
}

fn condition(form: &mut Form, path: &str, value: &Value) -> Option<Condition> {
    let known = ["tags", "auxiliaryFields", "patterns", "identifiers"];
    let fields = form.object(path, value, &known)?;
    Some(Condition {
        tags: groups(form, path, fields, "tags"),
        auxiliary_fields: groups(form, path, fields, "auxiliaryFields"),
        patterns: texts(form, path, fields, "patterns"),
        identifiers: texts(form, path, fields, "identifiers"),
    })
}

/// A list of lists of texts: one of the groups, whole (N4).
fn groups(form: &mut Form, path: &str, fields: &Map<String, Value>, name: &str) -> Vec<Vec<String>> {
    let path = join(path, name);
    let value = fields.get(name).filter(|v| !v.is_null());
    let Some(list) = value.and_then(|v| form.list(&path, v)).map(<[Value]>::to_vec) else {
        return Vec::new();
    };
    each(form, &path, &list, |form, path, value| form.texts(path, value))
}

fn field(form: &mut Form, path: &str, value: &Value) -> Option<AuxiliaryField> {
    let fields = form.object(path, value, &["type", "key", "title", "description", "options"])?;
    let kind = match fields.get("type").filter(|v| !v.is_null()) {
        // The schema leaves it optional; what is answered freely needs nothing more (A.5).
        None => Some(FieldKind::Text),
        Some(value) => one_of(form, &join(path, "type"), value, &FieldKind::ALL, FieldKind::as_str),
    };
    let key = form.required_text(path, "key", fields).map(str::to_owned);
    Some(AuxiliaryField {
        title: optional(form, path, fields, "title"),
        description: optional(form, path, fields, "description"),
        options: texts(form, path, fields, "options"),
        kind: kind?,
        key: key?,
    })
}

fn provider(form: &mut Form, path: &str, value: &Value) -> Option<LoginProvider> {
    one_of(form, path, value, &LoginProvider::ALL, LoginProvider::as_str)
}

/// One of some words; any other names them.
fn one_of<T: Copy>(form: &mut Form, path: &str, value: &Value, all: &[T], name: fn(T) -> &'static str) -> Option<T> {
    let text = form.text(path, value)?;
    let found = all.iter().copied().find(|v| name(*v) == text);
    if found.is_none() {
        let names: Vec<&str> = all.iter().map(|v| name(*v)).collect();
        form.refuse(path, "enum", format!("must be one of {}", names.join(", ")));
    }
    found
}

/// `Some(None)` takes the credentials away.
fn entra_id(form: &mut Form, value: &Value) -> Option<Option<WriteMobilityApp>> {
    if value.is_null() {
        return Some(None);
    }
    let fields = form.object("entraId", value, &["mobilityApp"])?;
    let value = match fields.get("mobilityApp") {
        None | Some(Value::Null) => return Some(None),
        Some(value) => value,
    };
    let path = "entraId.mobilityApp";
    let fields = form.object(path, value, &["tenantId", "clientId", "clientSecret"])?;
    let mut text = |name| form.required_text(path, name, fields).map(str::to_owned);
    let (tenant, client, secret) = (text("tenantId"), text("clientId"), text("clientSecret"));
    let secret = secret?;
    Some(Some(WriteMobilityApp {
        tenant: tenant?,
        client: client?,
        // The mask comes back from whoever sends what was shown: it keeps what is there.
        secret: (secret != MASK).then(|| Secret::presented(&secret)),
    }))
}

/// The schema of a list of policies with their priorities.
#[must_use]
pub fn assignments_schema() -> Value {
    let assignment = json!({
        "type": "object",
        "required": ["winPolicyId", "priority"],
        "properties": {
            "winPolicyId": id_schema(),
            "priority": { "type": "integer", "minimum": 0, "maximum": PRIORITY_MAX }
        }
    });
    json!({ "type": ["array", "null"], "maxItems": ASSIGNMENTS_MAX, "items": assignment })
}

/// The schemas of both bodies.
pub fn schemas() -> [(&'static str, Value); 2] {
    let nullable = |max: usize| json!({ "type": ["string", "null"], "maxLength": max });
    let list = |max: usize, item: Value| json!({ "type": ["array", "null"], "maxItems": max, "items": item });
    let groups = |max: usize| {
        let group = json!({ "type": "array", "minItems": 1, "maxItems": ALTERNATIVES_MAX, "items": line_schema(max) });
        list(ALTERNATIVES_MAX, group)
    };
    let condition = json!({
        "type": "object",
        "description": "Every kind that is not empty must be fulfilled; at least one is not.",
        "properties": {
            "tags": groups(TAG_CHARS_MAX),
            "auxiliaryFields": groups(2 * FIELD_CHARS_MAX + 1),
            "patterns": list(ALTERNATIVES_MAX, line_schema(PATTERN_CHARS_MAX)),
            "identifiers": list(IDENTIFIERS_MAX, line_schema(IDENTIFIER_CHARS_MAX))
        }
    });
    let mut policy = id_schema();
    policy["type"] = json!(["string", "null"]);
    let rule = json!({
        "type": "object",
        "properties": {
            "name": nullable(RULE_TEXT_CHARS_MAX),
            "displayNamePattern": nullable(RULE_TEXT_CHARS_MAX),
            "renameComputer": { "type": ["boolean", "null"], "description": "Whether Windows itself is called so too; needs a displayNamePattern." },
            "tags": list(TAGS_MAX, line_schema(TAG_CHARS_MAX)),
            "conditions": list(CONDITIONS_MAX, condition),
            "winPolicyId": policy,
            "winPolicyAssignments": assignments_schema(),
            "segmentId": segment_schema()
        }
    });
    let field = json!({
        "type": "object",
        "required": ["key"],
        "properties": {
            "type": { "enum": ["select", "text", null] },
            "key": line_schema(FIELD_CHARS_MAX),
            "title": nullable(FIELD_CHARS_MAX),
            "description": nullable(DESCRIPTION_CHARS_MAX),
            "options": list(OPTIONS_MAX, line_schema(FIELD_CHARS_MAX))
        }
    });
    let secret = json!({
        "type": "string", "minLength": 1, "maxLength": MOBILITY_APP_CHARS_MAX, "writeOnly": true,
        "description": "Shown as ********, which keeps the secret that is there."
    });
    let app = json!({
        "type": ["object", "null"],
        "required": ["tenantId", "clientId", "clientSecret"],
        "properties": {
            "tenantId": line_schema(MOBILITY_APP_CHARS_MAX),
            "clientId": line_schema(MOBILITY_APP_CHARS_MAX),
            "clientSecret": secret
        }
    });
    let providers = LoginProvider::ALL.map(LoginProvider::as_str);
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are; lists are replaced whole.",
        "properties": {
            "name": line_schema(NAME_CHARS_MAX),
            "description": nullable(DESCRIPTION_CHARS_MAX),
            "rules": { "type": "array", "minItems": 1, "maxItems": RULES_MAX, "items": rule },
            "auxiliaryFields": { "type": "array", "maxItems": AUXILIARY_FIELDS_MAX, "items": field },
            "loginProviderTypes": { "type": "array", "items": { "enum": providers } },
            "allowAutoContinue": { "type": "boolean" },
            "entraId": { "type": ["object", "null"], "properties": { "mobilityApp": app } },
            "segmentId": segment_schema()
        }
    });
    let mut create = update.clone();
    create["required"] = json!(["name", "rules"]);
    create["description"] = json!("At least one rule has winPolicyId or winPolicyAssignments.");
    [
        ("CreateEnrollmentTemplate", create),
        ("UpdateEnrollmentTemplate", update),
    ]
}

/// The schema of a text that a simulation supposes.
#[must_use]
pub fn supposed_schema(max: usize) -> Value {
    let mut schema = text_schema(max);
    schema["type"] = json!(["string", "null"]);
    schema
}
