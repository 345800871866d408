//! The smart attribute object (B.7), and values of them on devices and users.

use crate::admin::view::Moment;
use serde::Serialize;
use serde_json::{Value, json};
use transom_domain::smart_attribute::{GivenCounts, GivenValue, SmartAttribute, SmartFact};
use utoipa::ToSchema;

/// A smart attribute.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SmartAttribute)]
pub struct SmartAttributeView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    /// Unique in the organization, without case.
    #[schema(max_length = 256)]
    name: String,
    #[schema(max_length = 500)]
    desc: Option<String>,
    input: SmartInputView,
    /// `it`, `user`, `device` or `constant`.
    source: &'static str,
    output: SmartOutputView,
    /// The value of a constant: `winDevice.value`; null for the others.
    #[schema(value_type = Option<Object>)]
    value: Option<Value>,
    /// How many have a value that was given by hand; null in lists.
    counts: Option<SmartCountsView>,
    updated_at: Moment,
    created_at: Moment,
}

/// Where values come from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SmartAttributeInput)]
pub struct SmartInputView {
    /// `constant`, `enum` or `manual`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What an enumeration offers.
    #[schema(max_items = 100)]
    options: Vec<Value>,
}

/// Of which type the values are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SmartAttributeOutput)]
pub struct SmartOutputView {
    /// `string`, `number`, `boolean` or `date`.
    #[serde(rename = "type")]
    kind: &'static str,
}

/// How many have a value that was given by hand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SmartAttributeCounts)]
pub struct SmartCountsView {
    #[schema(minimum = 0)]
    devices: u64,
    #[schema(minimum = 0)]
    users: u64,
}

impl SmartAttributeView {
    /// The view of a smart attribute.
    pub fn new(attribute: &SmartAttribute, counts: Option<GivenCounts>) -> Self {
        Self {
            id: attribute.id.to_string(),
            organization_id: attribute.organization.to_string(),
            name: attribute.name.clone(),
            desc: attribute.description.clone(),
            input: SmartInputView {
                kind: attribute.input.kind().as_str(),
                options: attribute.input.options().to_vec(),
            },
            source: attribute.source.as_str(),
            output: SmartOutputView {
                kind: attribute.output.as_str(),
            },
            value: attribute
                .input
                .constant()
                .map(|value| json!({ "winDevice": { "value": value } })),
            counts: counts.map(|counts| SmartCountsView {
                devices: counts.devices,
                users: counts.users,
            }),
            updated_at: Moment(attribute.updated_at),
            created_at: Moment(attribute.created_at),
        }
    }
}

/// A value that was given by hand.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SmartAttributeAssignment)]
pub struct GivenView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    smart_attribute_id: String,
    #[schema(value_type = Value)]
    value: Value,
}

impl GivenView {
    /// The view of a value.
    pub fn new(given: &GivenValue) -> Self {
        Self {
            smart_attribute_id: given.attribute.to_string(),
            value: given.value.clone(),
        }
    }
}

/// Facts as a map from name to value.
pub fn resolved(facts: &[SmartFact]) -> serde_json::Map<String, Value> {
    let entries = facts
        .iter()
        .filter_map(|fact| Some((fact.name.clone(), fact.value.clone()?)));
    entries.collect()
}
