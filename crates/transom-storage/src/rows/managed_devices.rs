//! Rows of `managed_device_facts`.

use super::Place;
use crate::{
    schema::managed_device_facts,
    sealing::{ASSERTED_SECRETS, Keyring, Sealer},
};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use transom_domain::{
    DeviceId, OrganizationId, Timestamp,
    managed_device::{Asserted, DeviceFacts, facts::is_secret},
    ports::StoreError,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = managed_device_facts, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct FactsRow {
    id: String,
    organization_id: String,
    stored: String,
    asserted: String,
    secrets: Option<String>,
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

/// Asserted values as JSON, those that are secrets or those that are not.
fn written(facts: &DeviceFacts, secrets: bool) -> String {
    let asserted: BTreeMap<&String, AssertedJson> = facts
        .asserted
        .iter()
        .filter(|(name, _)| is_secret(name) == secrets)
        .map(|(name, a)| {
            let asserted = AssertedJson {
                value: a.value.clone(),
                observed: a.observed.clone(),
                at: a.at.as_millis(),
            };
            (name, asserted)
        })
        .collect();
    json!(asserted).to_string()
}

/// Whether something of the facts is to be sealed.
pub(crate) fn has_secrets(facts: &DeviceFacts) -> bool {
    facts.asserted.keys().any(|name| is_secret(name))
}

impl FactsRow {
    /// The row of the facts, secrets sealed. Facts without secrets need no sealer.
    pub(crate) fn seal(facts: &DeviceFacts, sealer: Option<&Sealer>) -> Result<Self, StoreError> {
        let id = facts.device.to_string();
        let secrets = match (has_secrets(facts), sealer) {
            (false, _) => None,
            (true, Some(sealer)) => Some(sealer.seal(ASSERTED_SECRETS, &id, &written(facts, true))?),
            (true, None) => {
                let what = "a secret fact came without what seals it";
                return Err(StoreError::Failed(what.to_owned()));
            }
        };
        Ok(Self {
            id,
            organization_id: facts.organization.to_string(),
            stored: Value::Object(facts.stored.clone()).to_string(),
            asserted: written(facts, false),
            secrets,
            is_asserted: !facts.asserted.is_empty(),
            updated_at: facts.updated_at.as_millis(),
        })
    }

    /// The facts of the row, secrets in clear.
    pub(crate) fn open(self, keyring: &Keyring) -> Result<DeviceFacts, StoreError> {
        let at = Place::new("managed_device_facts", &self.id);
        let mut asserted: BTreeMap<String, AssertedJson> = at.json("asserted", &self.asserted)?;
        if let Some(sealed) = &self.secrets {
            let secrets = keyring.open(ASSERTED_SECRETS, &self.id, sealed)?;
            // What was lost in a rotation is no JSON any more: nothing is asserted then.
            asserted.extend(serde_json::from_str::<BTreeMap<String, AssertedJson>>(&secrets).unwrap_or_default());
        }
        let asserted = asserted.into_iter().map(|(name, a)| {
            let asserted = Asserted {
                value: a.value,
                observed: a.observed,
                at: Timestamp::from_millis(a.at),
            };
            (name, asserted)
        });
        Ok(DeviceFacts {
            organization: at.fit("organization_id", OrganizationId::parse(&self.organization_id).ok())?,
            device: at.fit("id", DeviceId::parse(&self.id).ok())?,
            stored: at.json("stored", &self.stored)?,
            asserted: asserted.collect(),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}
