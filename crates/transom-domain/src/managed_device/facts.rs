//! What Graph knows of a device beside its record: facts that administrators keep there (notes, owner, category), and
//! asserted values, which are shown until the server observes the property itself (E.8, 1; decision 38).

use crate::{
    Context, DeviceId, OrganizationId, Timestamp,
    audit::{Audit, Target},
    device::{
        Device,
        update::{UpdateDeviceError, Violation},
    },
    ports::{AuditLogMut, ManagedDevicesMut},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most bytes of the facts of one device, as JSON: a body of the largest size, and what was there before.
pub const FACTS_BYTES_MAX: usize = 128 * 1024;

/// Facts whose values open something. The audit record says that they changed, not to what; stores keep them as secrets.
const SECRET: [&str; 1] = ["activationLockBypassCode"];

/// Whether a fact of this name is a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    SECRET.contains(&name)
}

/// The facts of one device.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceFacts {
    /// Whose.
    pub organization: OrganizationId,
    /// Of which device.
    pub device: DeviceId,
    /// Facts of administrators, by property.
    pub stored: Map<String, Value>,
    /// Asserted values, by property.
    pub asserted: BTreeMap<String, Asserted>,
    /// When they last changed.
    pub updated_at: Timestamp,
}

/// A value that somebody asserted.
#[derive(Debug, Clone, PartialEq)]
pub struct Asserted {
    /// The value, as it was sent.
    pub value: Value,
    /// What the server held the property to be at that moment.
    pub observed: Value,
    /// When.
    pub at: Timestamp,
}

/// What is to change.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChangeFacts {
    /// Facts to set; null takes one away.
    pub stored: Map<String, Value>,
    /// Values to assert, each with what the server holds the property to be; none takes an assertion back.
    pub asserted: BTreeMap<String, Option<(Value, Value)>>,
}

impl Asserted {
    /// Whether the value is still shown: the server has not observed the property since. An observation is a value other
    /// than then, or the same value seen again.
    #[must_use]
    pub fn holds(&self, observed: &Value, observed_at: Option<Timestamp>) -> bool {
        *observed == self.observed && observed_at.is_none_or(|at| at <= self.at)
    }
}

impl DeviceFacts {
    /// A device without any.
    #[must_use]
    pub fn none(organization: OrganizationId, device: DeviceId, now: Timestamp) -> Self {
        Self {
            organization,
            device,
            stored: Map::new(),
            asserted: BTreeMap::new(),
            updated_at: now,
        }
    }

    fn size(&self) -> usize {
        let asserted = self.asserted.iter();
        let asserted: usize = asserted
            .map(|(name, a)| name.len() + a.value.to_string().len() + a.observed.to_string().len())
            .sum();
        Value::Object(self.stored.clone()).to_string().len() + asserted
    }
}

/// Changes the facts of a device that the caller has locked. Nothing of the device itself changes.
///
/// Where nothing changes, nothing is written and nothing is audited.
///
/// # Errors
/// When there are too many facts, or the store fails.
pub fn change(
    tx: &mut (impl ManagedDevicesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: &Device,
    request: &ChangeFacts,
    action: &str,
) -> Result<DeviceFacts, UpdateDeviceError> {
    let before = tx.device_facts(&[device.id])?.remove(&device.id);
    let before = before.unwrap_or_else(|| DeviceFacts::none(device.organization, device.id, cx.now));
    let mut after = before.clone();
    for (name, value) in &request.stored {
        if value.is_null() {
            after.stored.remove(name);
        } else {
            after.stored.insert(name.clone(), value.clone());
        }
    }
    for (name, asserted) in &request.asserted {
        match asserted {
            Some((value, observed)) => {
                let (value, observed) = (value.clone(), observed.clone());
                after.asserted.insert(
                    name.clone(),
                    Asserted {
                        value,
                        observed,
                        at: cx.now,
                    },
                );
            }
            None => {
                after.asserted.remove(name);
            }
        }
    }
    if after == before {
        return Ok(before);
    }
    if after.size() > FACTS_BYTES_MAX {
        let message = format!("the facts of one device may have at most {FACTS_BYTES_MAX} bytes");
        return Err(UpdateDeviceError::Invalid(vec![Violation::new(
            "", "maxBytes", message,
        )]));
    }
    after.updated_at = cx.now;
    tx.save_device_facts(&after)?;
    let (was, is) = differences(&before, &after);
    let audit = Audit::new(cx, device.organization, action)
        .target(Target::Device(device.id))
        .segment(device.segment)
        .before(was)
        .after(is);
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// What changed, as it was and as it is.
fn differences(before: &DeviceFacts, after: &DeviceFacts) -> (Value, Value) {
    let asserted = |facts: &DeviceFacts| {
        let values = facts.asserted.iter();
        values
            .map(|(name, a)| (name.clone(), a.value.clone()))
            .collect::<Map<String, Value>>()
    };
    let (was, is) = changed(&before.stored, &after.stored);
    let (was_asserted, is_asserted) = changed(&asserted(before), &asserted(after));
    (
        json!({ "facts": was, "asserted": was_asserted }),
        json!({ "facts": is, "asserted": is_asserted }),
    )
}

fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    let shown = |name: &String, value: &Value| match is_secret(name) && !value.is_null() {
        true => (name.clone(), json!("***")),
        false => (name.clone(), value.clone()),
    };
    let only = |one: &Map<String, Value>, other: &Map<String, Value>| {
        let differing = one.iter().filter(|(name, value)| other.get(*name) != Some(*value));
        differing.map(|(name, value)| shown(name, value)).collect()
    };
    (only(before, after), only(after, before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asserted(at: i64) -> Asserted {
        Asserted {
            value: json!("X"),
            observed: json!("A"),
            at: Timestamp::from_millis(at),
        }
    }

    #[test]
    fn an_assertion_gives_way_to_the_next_observation() {
        let at = |millis| Some(Timestamp::from_millis(millis));
        assert!(asserted(10).holds(&json!("A"), None));
        assert!(asserted(10).holds(&json!("A"), at(10)));
        assert!(
            !asserted(10).holds(&json!("A"), at(11)),
            "the same value was seen again"
        );
        assert!(!asserted(10).holds(&json!("B"), at(5)), "another value is there");
    }

    #[test]
    fn the_record_says_what_changed_and_keeps_secrets() {
        let none = DeviceFacts::none(
            OrganizationId::from([1; 12]),
            DeviceId::from([2; 12]),
            Timestamp::from_millis(0),
        );
        let mut after = none.clone();
        after.stored.insert("notes".to_owned(), json!("n"));
        let code = Asserted {
            value: json!("123456"),
            ..asserted(1)
        };
        after.asserted.insert("activationLockBypassCode".to_owned(), code);
        let (was, is) = differences(&none, &after);
        assert_eq!(was, json!({ "facts": {}, "asserted": {} }));
        assert_eq!(
            is,
            json!({ "facts": { "notes": "n" }, "asserted": { "activationLockBypassCode": "***" } })
        );
    }
}
