//! Rows of `smart_attributes`, `device_smart_values` and `user_smart_values`.

use super::{Place, devices::key};
use crate::schema::{device_smart_values, smart_attributes, user_smart_values};
use diesel::prelude::*;
use serde_json::Value;
use transom_domain::{
    DeviceId, OrganizationId, SmartAttributeId, Timestamp, UserId,
    ports::StoreError,
    smart_attribute::{GivenValue, Input, InputKind, Output, SmartAttribute, Source},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = smart_attributes, treat_none_as_null = true)]
pub(crate) struct SmartAttributeRow {
    pub(crate) id: String,
    organization_id: String,
    name: String,
    name_key: String,
    description: Option<String>,
    input: String,
    source: String,
    output: String,
    detail: String,
    created_at: i64,
    updated_at: i64,
}

impl From<&SmartAttribute> for SmartAttributeRow {
    fn from(attribute: &SmartAttribute) -> Self {
        let detail = match &attribute.input {
            Input::Constant(value) => value.clone(),
            Input::Enum(options) => Value::Array(options.clone()),
            Input::Manual => Value::Null,
        };
        Self {
            id: attribute.id.to_string(),
            organization_id: attribute.organization.to_string(),
            name: attribute.name.clone(),
            name_key: key(&attribute.name),
            description: attribute.description.clone(),
            input: attribute.input.kind().as_str().to_owned(),
            source: attribute.source.as_str().to_owned(),
            output: attribute.output.as_str().to_owned(),
            detail: detail.to_string(),
            created_at: attribute.created_at.as_millis(),
            updated_at: attribute.updated_at.as_millis(),
        }
    }
}

impl TryFrom<SmartAttributeRow> for SmartAttribute {
    type Error = StoreError;

    fn try_from(row: SmartAttributeRow) -> Result<Self, StoreError> {
        let at = Place::new("smart_attributes", &row.id);
        let input = match at.fit("input", InputKind::from_name(&row.input))? {
            InputKind::Constant => Input::Constant(at.json("detail", &row.detail)?),
            InputKind::Enum => Input::Enum(at.json("detail", &row.detail)?),
            InputKind::Manual => Input::Manual,
        };
        Ok(Self {
            id: at.fit("id", SmartAttributeId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            input,
            source: at.fit("source", Source::from_name(&row.source))?,
            output: at.fit("output", Output::from_name(&row.output))?,
            name: row.name,
            description: row.description,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

macro_rules! given_rows {
    ($row:ident, $table:ident, $owner:ident, $id:ident, $name:literal) => {
        #[derive(Queryable, Selectable, Insertable)]
        #[diesel(table_name = $table)]
        pub(crate) struct $row {
            $owner: String,
            position: i64,
            attribute_id: String,
            value: String,
        }

        impl $row {
            /// What somebody is given, as rows.
            pub(crate) fn of(owner: $id, values: &[GivenValue]) -> Vec<Self> {
                let rows = values.iter().zip(0..);
                rows.map(|(given, position)| Self {
                    $owner: owner.to_string(),
                    position,
                    attribute_id: given.attribute.to_string(),
                    value: given.value.to_string(),
                })
                .collect()
            }
        }

        impl TryFrom<$row> for ($id, GivenValue) {
            type Error = StoreError;

            fn try_from(row: $row) -> Result<Self, StoreError> {
                let at = Place::new(stringify!($table), &row.$owner);
                let given = GivenValue {
                    attribute: at.fit("attribute_id", SmartAttributeId::parse(&row.attribute_id).ok())?,
                    value: at.json("value", &row.value)?,
                };
                Ok((at.fit($name, $id::parse(&row.$owner).ok())?, given))
            }
        }
    };
}

given_rows!(
    DeviceSmartValueRow,
    device_smart_values,
    device_id,
    DeviceId,
    "device_id"
);
given_rows!(UserSmartValueRow, user_smart_values, user_id, UserId, "user_id");
