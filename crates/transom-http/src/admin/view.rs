//! What several views share.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::borrow::Cow;
use transom_domain::Timestamp;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
    },
};

/// A moment: `YYYY-MM-DDTHH:MM:SS.sssZ`.
#[derive(Debug, Clone, Copy)]
pub struct Moment(pub Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("YYYY-MM-DDTHH:MM:SS.sssZ, UTC"))
            .examples([json!("2026-02-10T10:05:00.000Z")])
            .into()
    }
}

impl ToSchema for Moment {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Moment")
    }
}

/// A text with a longest length, for the OpenAPI document of requests.
#[must_use]
pub fn text_schema(max: usize) -> Value {
    json!({ "type": "string", "maxLength": max })
}

/// A line that says something, with a longest length, for the OpenAPI document of requests.
#[must_use]
pub fn line_schema(max: usize) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": max, "pattern": "\\S" })
}

/// 24 hexadecimal characters, for the OpenAPI document of requests.
#[must_use]
pub fn id_schema() -> Value {
    json!({ "type": "string", "pattern": "^[a-fA-F0-9]{24}$" })
}

/// A segment in a request: a number or digits.
#[must_use]
pub fn segment_schema() -> Value {
    json!({ "oneOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]+$" }] })
}
