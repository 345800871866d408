//! What audiences look at: a PC, its user, and what is worked out from them; loaded in one place.

use crate::{
    OrganizationId, UserId,
    device::{Device, DeviceState, summary::is_real_serial_number},
    ports::{SmartAttributes, StoreError, Users},
    smart_attribute,
    user::User,
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// What is known of a PC.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The PC.
    pub device: Device,
    /// Its user.
    pub user: Option<User>,
    /// Its smart attributes, by name.
    pub smart: Vec<(String, String)>,
}

/// One elementary fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its value, for comparing.
    pub value: String,
    /// How it is told as a reason: key and value in the spelling of the device or user.
    pub reason: String,
}

/// Everything elementary that is known, by key.
pub type KnownFacts = HashMap<String, Vec<Known>>;

impl Facts {
    /// The facts of devices of one organization, in a handful of questions however many devices there are.
    ///
    /// # Errors
    /// When the store fails.
    pub fn load(
        view: &mut (impl Users + SmartAttributes + ?Sized),
        organization: OrganizationId,
        devices: Vec<Device>,
    ) -> Result<Vec<Self>, StoreError> {
        let mut named: Vec<UserId> = devices.iter().filter_map(|device| device.user).collect();
        named.sort_unstable();
        named.dedup();
        let users = match named.as_slice() {
            [] => Vec::new(),
            [one] => view.user(organization, *one)?.into_iter().collect(),
            several => view.users_by_id(organization, several)?,
        };
        let users: HashMap<UserId, User> = users.into_iter().map(|user| (user.id, user)).collect();
        let mut smart = match devices.is_empty() {
            true => BTreeMap::new(),
            false => smart_attribute::values_of_many(view, organization, &devices.iter().collect::<Vec<_>>())?,
        };
        let facts = devices.into_iter().map(|device| Self {
            user: device.user.and_then(|user| users.get(&user)).cloned(),
            smart: smart
                .remove(&device.id)
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name, scalar(&value)))
                .collect(),
            device,
        });
        Ok(facts.collect())
    }

    /// Whether audiences see the PC at all (AU6): not, when it is to go or gone.
    #[must_use]
    pub fn is_member(&self) -> bool {
        is_member(self.device.state)
    }

    /// Everything elementary that is known (AU3).
    #[must_use]
    pub fn known(&self) -> KnownFacts {
        let mut known = KnownFacts::new();
        let mut know = |key: &str, spelt: &str, value: &str| {
            let value = value.trim();
            if !value.is_empty() {
                known.entry(key.to_lowercase()).or_default().push(Known {
                    value: value.to_lowercase(),
                    reason: format!("{spelt}:{value}"),
                });
            }
        };
        let device = &self.device;
        for tag in &device.tags {
            know("tag", "tag", tag);
        }
        let summary = &device.summary;
        let attributes = [
            ("os", &summary.os_version_name),
            ("os", &summary.os_version),
            ("model", &summary.model),
            ("manufacturer", &summary.manufacturer),
        ];
        for (key, value) in attributes {
            know(key, key, value.as_deref().unwrap_or_default());
        }
        let template = device.enrolled_by.map(|by| by.template.to_string());
        know("template", "template", template.as_deref().unwrap_or_default());
        know("segment", "segment", &device.segment.to_string());
        for (name, value) in &self.smart {
            let key = format!("smart.{name}");
            know(&key, &key, value);
        }
        for (name, value) in &device.custom_config {
            let key = format!("custom.{name}");
            know(&key, &key, &scalar(value));
        }
        know("device", "device", &device.id.to_string());
        let serial = summary.serial_number.as_deref().filter(|s| is_real_serial_number(s));
        know("serial", "serial", serial.unwrap_or_default());
        if let Some(user) = &self.user {
            know("user", "user", &user.id.to_string());
            for tag in &user.tags {
                know("user.tag", "user.tag", tag);
            }
            know("user.email", "user.email", user.email.as_str());
            // Metadata of these names would be taken for what they are not.
            let own = |name: &&String| !matches!(name.to_lowercase().as_str(), "tag" | "group" | "email");
            for (name, value) in user.metadata.iter().filter(|(name, _)| own(name)) {
                let key = format!("user.{name}");
                know(&key, &key, &scalar(value));
            }
        }
        known
    }
}

/// Whether audiences see a PC in this state (AU6).
#[must_use]
pub const fn is_member(state: DeviceState) -> bool {
    match state {
        DeviceState::Provisioning | DeviceState::Active | DeviceState::Unknown => true,
        DeviceState::DeleteRequested | DeviceState::Deleted => false,
    }
}

/// Whether two records of one PC differ in anything that audiences look at.
#[must_use]
pub fn differ(before: &Device, after: &Device) -> bool {
    let looked_at = |d: &Device| {
        let s = &d.summary;
        (
            d.segment,
            d.user,
            d.enrolled_by.map(|by| by.template),
            is_member(d.state),
            [
                &s.os_version,
                &s.os_version_name,
                &s.serial_number,
                &s.manufacturer,
                &s.model,
            ]
            .map(Clone::clone),
        )
    };
    looked_at(before) != looked_at(after) || before.tags != after.tags || before.custom_config != after.custom_config
}

/// Whether two records of one user differ in anything that audiences look at.
#[must_use]
pub fn users_differ(before: &User, after: &User) -> bool {
    before.email != after.email || before.tags != after.tags || before.metadata != after.metadata
}

/// A scalar as text.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
