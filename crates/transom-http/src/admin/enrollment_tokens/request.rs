//! The bodies of enrolment tokens (B.6).

use crate::admin::{
    enrollment_templates::request::{assignments, assignments_schema, policy},
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    view::{id_schema, line_schema, segment_schema, text_schema},
};
use serde_json::{Map, Value, json};
use std::time::Duration;
use transom_domain::{
    UserId,
    device::update::{DISPLAY_NAME_CHARS_MAX, TAG_CHARS_MAX, TAGS_MAX},
    enrollment_token::{
        LIFE_DEFAULT, LIFE_MAX, LIFE_MIN,
        change::{BULK_MAX, CreateTokens, EMAIL_TEXT_CHARS_MAX, Holders, WriteToken},
    },
    segment::SegmentId,
    user::{EMAIL_CHARS_MAX, change::LANGUAGE_CHARS_MAX},
};

/// Fields of every body that makes tokens, besides for whom.
const SHARED: [&str; 9] = [
    "sendEmail",
    "displayName",
    "tags",
    "duration",
    "language",
    "emailText",
    "winPolicyId",
    "winPolicyAssignments",
    "segmentId",
];

/// Tokens to be made, and whether an e-mail is to be sent.
#[derive(Debug, Clone)]
pub struct Create {
    tokens: CreateTokens,
    send_email: bool,
}

impl Create {
    /// The tokens, if this server can do all that is asked.
    ///
    /// # Errors
    /// Sending e-mail is asked for.
    pub fn allowed(&self) -> Result<CreateTokens, ApiError> {
        match self.send_email {
            true => Err(ApiError::FeatureNotAllowed(
                "this server sends no e-mail: send the token to its user yourself, with sendEmail false".to_owned(),
            )),
            false => Ok(self.tokens.clone()),
        }
    }
}

/// Reads the body of `POST W/enrollment-tokens`. Without a segment the token is in `top`.
pub fn create(body: &Value, code: InvalidCode, strict: bool, top: SegmentId) -> Result<Checked<Create>, ApiError> {
    let mut form = Form::default();
    let holder = |form: &mut Form, fields: &Map<String, Value>| {
        let value = fields.get("mdmUserId").filter(|v| !v.is_null());
        let id = value.and_then(|v| form.id("mdmUserId", v));
        Holders::One(id.and_then(|id| UserId::parse(id).ok()))
    };
    let request = read(&mut form, body, "mdmUserId", holder, top);
    form.finish(request, code, strict)
}

/// Reads the body of `POST W/enrollment-tokens/bulk`.
pub fn create_many(body: &Value, code: InvalidCode, strict: bool, top: SegmentId) -> Result<Checked<Create>, ApiError> {
    let mut form = Form::default();
    let holders = |form: &mut Form, fields: &Map<String, Value>| {
        let Some(value) = fields.get("userEmails") else {
            form.refuse("userEmails", "required", "is required");
            return Holders::Emails(Vec::new());
        };
        Holders::Emails(form.texts("userEmails", value).unwrap_or_default())
    };
    let request = read(&mut form, body, "userEmails", holders, top);
    form.finish(request, code, strict)
}

fn read(
    form: &mut Form,
    body: &Value,
    whom: &str,
    holders: impl FnOnce(&mut Form, &Map<String, Value>) -> Holders,
    top: SegmentId,
) -> Option<Create> {
    let known: Vec<&str> = SHARED.into_iter().chain([whom]).collect();
    let fields = form.object("", body, &known)?;
    let there = |name: &str| fields.get(name).filter(|v| !v.is_null());
    let send_email = match fields.get("sendEmail") {
        Some(Value::Bool(send)) => *send,
        Some(_) => {
            form.refuse("sendEmail", "type", "must be true or false");
            false
        }
        None => {
            form.refuse("sendEmail", "required", "is required");
            false
        }
    };
    let life = there("duration").and_then(|value| {
        let (min, max) = (LIFE_MIN.as_secs(), LIFE_MAX.as_secs());
        let seconds = value.as_u64().filter(|s| (min..=max).contains(s));
        if seconds.is_none() {
            form.refuse(
                "duration",
                "range",
                format!("must be a number of seconds from {min} to {max}"),
            );
        }
        seconds.map(Duration::from_secs)
    });
    let mut text = |name: &str| there(name).and_then(|v| form.text(name, v)).map(str::to_owned);
    let (language, email_text) = (text("language"), text("emailText"));
    let segment = fields.get("segmentId").map(|v| form.segment("segmentId", v));
    Some(Create {
        tokens: CreateTokens {
            holders: holders(form, fields),
            write: write(form, fields),
            life,
            language,
            email_text,
            segment: segment.flatten().unwrap_or(top),
            places: segment.is_some(),
        },
        send_email,
    })
}

/// Reads the body of `PUT W/enrollment-tokens/{enrollmentTokenId}`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<WriteToken>, ApiError> {
    let mut form = Form::default();
    let known = ["displayName", "tags", "winPolicyId", "winPolicyAssignments"];
    let request = form.object("", body, &known).map(|fields| write(&mut form, fields));
    form.finish(request, code, strict)
}

fn write(form: &mut Form, fields: &Map<String, Value>) -> WriteToken {
    WriteToken {
        display_name: match fields.get("displayName") {
            None => None,
            Some(Value::Null) => Some(None),
            Some(value) => form.text("displayName", value).map(|text| Some(text.to_owned())),
        },
        tags: fields
            .get("tags")
            .filter(|v| !v.is_null())
            .and_then(|v| form.texts("tags", v)),
        primary: match fields.get("winPolicyId") {
            None => None,
            Some(Value::Null) => Some(None),
            Some(value) => policy(form, "winPolicyId", value).map(Some),
        },
        assignments: fields
            .get("winPolicyAssignments")
            .filter(|v| !v.is_null())
            .map(|v| assignments(form, "winPolicyAssignments", v)),
    }
}

/// The schemas of the bodies.
pub fn schemas() -> [(&'static str, Value); 3] {
    let nullable = |mut schema: Value| {
        let kind = schema["type"].clone();
        schema["type"] = json!([kind, "null"]);
        schema
    };
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are; lists are replaced whole.",
        "properties": {
            "displayName": nullable(line_schema(DISPLAY_NAME_CHARS_MAX)),
            "tags": { "type": ["array", "null"], "maxItems": TAGS_MAX, "items": line_schema(TAG_CHARS_MAX) },
            "winPolicyId": nullable(id_schema()),
            "winPolicyAssignments": assignments_schema()
        }
    });
    let mut shared = update.clone();
    let more = json!({
        "sendEmail": { "type": "boolean", "description": "Must be false: this server sends no e-mail." },
        "duration": {
            "type": ["integer", "null"], "minimum": LIFE_MIN.as_secs(), "maximum": LIFE_MAX.as_secs(),
            "default": LIFE_DEFAULT.as_secs(), "description": "Seconds"
        },
        "language": nullable(text_schema(LANGUAGE_CHARS_MAX)),
        "emailText": nullable(text_schema(EMAIL_TEXT_CHARS_MAX)),
        "segmentId": segment_schema()
    });
    if let (Value::Object(properties), Value::Object(more)) = (&mut shared["properties"], more) {
        properties.extend(more);
    }
    let mut create = shared.clone();
    create["required"] = json!(["sendEmail"]);
    create["description"] = json!("A token for one PC, of one user or of anybody.");
    create["properties"]["mdmUserId"] = nullable(id_schema());
    let mut many = shared;
    many["required"] = json!(["sendEmail", "userEmails"]);
    many["description"] = json!("One token for each user. Every user must exist; all tokens are made, or none.");
    many["properties"]["userEmails"] = json!({
        "type": "array", "minItems": 1, "maxItems": BULK_MAX, "items": line_schema(EMAIL_CHARS_MAX)
    });
    [
        ("CreateEnrollmentToken", create),
        ("CreateEnrollmentTokens", many),
        ("UpdateEnrollmentToken", update),
    ]
}
