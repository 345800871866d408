//! The bodies of automation rule routes.

use crate::admin::{
    audiences::request::{flag, nullable},
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    view::{id_schema, segment_schema, text_schema},
};
use serde_json::{Value, json};
use transom_domain::{
    AudienceId, PolicyId,
    audience::{DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX},
    automation_rule::{
        RULE_AUDIENCES_MAX,
        change::{SetPolicy, WriteRule},
    },
    policy::PRIORITY_MAX,
    segment::SegmentId,
};

/// Fields that can be written.
const WRITABLE: &[&str] = &[
    "name",
    "description",
    "enabled",
    "segmentId",
    "deviceAudienceIds",
    "action",
];

/// Reads the body of `POST M/automation-rules`. Without a segment the rule goes to `top`.
pub fn create(
    body: &Value,
    code: InvalidCode,
    strict: bool,
    top: SegmentId,
) -> Result<Checked<(WriteRule, SetPolicy)>, ApiError> {
    let mut form = Form::default();
    let mut request = read(&mut form, body);
    request.segment = request.segment.or(Some(top));
    for name in ["name", "deviceAudienceIds", "action"] {
        if body.as_object().is_some_and(|fields| !fields.contains_key(name)) {
            form.refuse(name, "required", "is required");
        }
    }
    match request.checked() {
        Ok(request) => {
            let action = request.action;
            form.finish(action.map(|action| (request, action)), code, strict)
        }
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

/// Reads the body of `PUT M/automation-rules/{automationRuleId}`, or of a dry run. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteRule>, ApiError> {
    let mut form = Form::default();
    match read(&mut form, body).checked() {
        Ok(request) => form.finish(Some(request), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

fn read(form: &mut Form, body: &Value) -> WriteRule {
    let mut request = WriteRule::default();
    let Some(fields) = form.object("", body, WRITABLE) else {
        return request;
    };
    request.name = fields.get("name").and_then(|v| form.text("name", v)).map(str::to_owned);
    request.description = nullable(form, fields, "description");
    request.enabled = fields.get("enabled").and_then(|v| flag(form, "enabled", v));
    request.segment = fields.get("segmentId").and_then(|v| form.segment("segmentId", v));
    if let Some(list) = fields
        .get("deviceAudienceIds")
        .and_then(|v| form.list("deviceAudienceIds", v))
    {
        let ids = list.iter().zip(0_usize..).filter_map(|(id, index)| {
            let id = form.id(&format!("deviceAudienceIds[{index}]"), id)?;
            AudienceId::parse(id).ok()
        });
        request.audiences = Some(ids.collect());
    }
    request.action = fields.get("action").and_then(|v| action(form, v));
    request
}

/// `{type: "setPolicy", platform: "windows", winPolicyId, priority}` (R1).
fn action(form: &mut Form, value: &Value) -> Option<SetPolicy> {
    let fields = form.object("action", value, &["type", "platform", "winPolicyId", "priority"])?;
    for (name, only) in [("type", "setPolicy"), ("platform", "windows")] {
        let path = format!("action.{name}");
        match fields.get(name) {
            None => form.refuse(path, "required", "is required"),
            Some(Value::String(text)) if text == only => {}
            Some(_) => form.refuse(path, "enum", format!("must be one of {only}")),
        }
    }
    let policy = match fields.get("winPolicyId") {
        Some(id) => form
            .id("action.winPolicyId", id)
            .and_then(|id| PolicyId::parse(id).ok()),
        None => {
            form.refuse("action.winPolicyId", "required", "is required");
            None
        }
    };
    let priority = match fields.get("priority") {
        Some(value) => {
            let priority = value.as_u64().and_then(|n| u32::try_from(n).ok());
            if priority.is_none() {
                let message = format!("must be a whole number from 0 to {PRIORITY_MAX}");
                form.refuse("action.priority", "range", message);
            }
            priority
        }
        None => {
            form.refuse("action.priority", "required", "is required");
            None
        }
    };
    Some(SetPolicy {
        policy: policy?,
        priority: priority?,
    })
}

/// The schemas of the bodies.
pub fn schemas() -> [(&'static str, Value); 3] {
    let action = json!({
        "type": "object",
        "required": ["type", "platform", "winPolicyId", "priority"],
        "properties": {
            "type": { "type": "string", "enum": ["setPolicy"] },
            "platform": { "type": "string", "enum": ["windows"] },
            "winPolicyId": id_schema(),
            "priority": { "type": "integer", "minimum": 0, "maximum": PRIORITY_MAX }
        }
    });
    let description = json!({ "type": ["string", "null"], "minLength": 1, "maxLength": DESCRIPTION_CHARS_MAX });
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are.",
        "properties": {
            "name": text_schema(NAME_CHARS_MAX),
            "description": description,
            "enabled": { "type": "boolean", "default": true },
            "segmentId": segment_schema(),
            "deviceAudienceIds": {
                "type": "array",
                "minItems": 1,
                "maxItems": RULE_AUDIENCES_MAX,
                "items": id_schema()
            },
            "action": action
        }
    });
    let mut create = update.clone();
    create["required"] = json!(["name", "deviceAudienceIds", "action"]);
    create["description"] = json!("Whoever is in one of the audiences has the policy for as long as that is so.");
    let mut dry_run = update.clone();
    dry_run["description"] = json!("What is supposed to be different; the rest is as it is, and the rule is in force.");
    [
        ("CreateAutomationRule", create),
        ("UpdateAutomationRule", update),
        ("DryRunAutomationRule", dry_run),
    ]
}
