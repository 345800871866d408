//! Rows of `managed_device_facts`.

use super::Place;
use crate::schema::managed_device_facts;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use transom_domain::{
    DeviceId, OrganizationId, Timestamp,
    managed_device::{Asserted, DeviceFacts},
    ports::StoreError,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = managed_device_facts)]
pub(crate) struct FactsRow {
    device_id: String,
    organization_id: String,
    stored: String,
    asserted: String,
    is_asserted: bool,
    updated_at: i64,
}

/// An asserted value as JSON.
#[derive(Serialize, Deserialize)]
struct AssertedJson {
    value: Value,
    observed: Value,
    at: i64,
}

impl From<&DeviceFacts> for FactsRow {
    fn from(facts: &DeviceFacts) -> Self {
        let asserted: BTreeMap<&String, AssertedJson> = facts
            .asserted
            .iter()
            .map(|(name, a)| {
                let asserted = AssertedJson {
                    value: a.value.clone(),
                    observed: a.observed.clone(),
                    at: a.at.as_millis(),
                };
                (name, asserted)
            })
            .collect();
        Self {
            device_id: facts.device.to_string(),
            organization_id: facts.organization.to_string(),
            stored: Value::Object(facts.stored.clone()).to_string(),
            asserted: json!(asserted).to_string(),
            is_asserted: !facts.asserted.is_empty(),
            updated_at: facts.updated_at.as_millis(),
        }
    }
}

impl TryFrom<FactsRow> for DeviceFacts {
    type Error = StoreError;

    fn try_from(row: FactsRow) -> Result<Self, StoreError> {
        let at = Place::new("managed_device_facts", &row.device_id);
        let asserted: BTreeMap<String, AssertedJson> = at.json("asserted", &row.asserted)?;
        let asserted = asserted.into_iter().map(|(name, a)| {
            let asserted = Asserted {
                value: a.value,
                observed: a.observed,
                at: Timestamp::from_millis(a.at),
            };
            (name, asserted)
        });
        Ok(Self {
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            device: at.fit("device_id", DeviceId::parse(&row.device_id).ok())?,
            stored: at.json("stored", &row.stored)?,
            asserted: asserted.collect(),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}
