//! What an administrator changes on a device: name, tags, user, segment, custom facts (A.1, A.2).

use super::{Device, DeviceState};
use crate::{
    Context, DeviceId, UserId,
    audit::{Audit, Target},
    ports::{AuditLogMut, DevicesMut, SegmentsMut, StoreError, UsersMut},
    segment::{SegmentId, SegmentScope},
    text,
};
use serde_json::{Map, Value, json};

/// Longest display name (A.2).
pub const DISPLAY_NAME_CHARS_MAX: usize = 128;

/// Longest tag (A.2).
pub const TAG_CHARS_MAX: usize = 128;

/// Most tags on a device (A.2).
pub const TAGS_MAX: usize = 100;

/// Most keys of `customConfig` (E.6).
pub const CUSTOM_KEYS_MAX: usize = 50;

/// Longest key of `customConfig` (E.6).
pub const CUSTOM_KEY_CHARS_MAX: usize = 64;

/// Longest value of `customConfig` (E.6).
pub const CUSTOM_VALUE_CHARS_MAX: usize = 1_000;

/// What is to change. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateDevice {
    /// A new console name.
    pub display_name: Option<String>,
    /// The tags, all of them.
    pub tags: Option<Vec<String>>,
    /// Whose PC it is; `Some(None)` takes the user away.
    pub user: Option<Option<UserId>>,
    /// Where it goes.
    pub segment: Option<SegmentId>,
    /// Keys to set; null takes a key away.
    pub custom_config: Option<Map<String, Value>>,
    /// Policies, scripts and attributes that the body names. None of them exists yet, so each is an unknown entity.
    pub references: Vec<Reference>,
}

/// Something the body refers to by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where in the body.
    pub path: String,
    /// The id.
    pub id: String,
}

/// A field that does not hold to its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where in the body, e.g. `tags[3]`.
    pub path: String,
    /// A name for the rule.
    pub rule: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl Violation {
    /// A violation of `rule` at `path`.
    pub fn new(path: impl Into<String>, rule: &'static str, message: impl ToString) -> Self {
        Self {
            path: path.into(),
            rule,
            message: message.to_string(),
        }
    }
}

/// Why a device is not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateDeviceError {
    /// Fields do not hold to their rules.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Vec<Violation>),
    /// Something named in the request does not exist or is out of the caller's sight.
    #[error("{path} names something that does not exist: {id}")]
    UnknownReference {
        /// Where in the body.
        path: String,
        /// What it names.
        id: String,
    },
    /// The device does not exist, or is deleted.
    #[error("the device does not exist")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UpdateDevice {
    /// Checks and cleans every field: trims, removes double tags.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        if let Some(name) = &mut self.display_name {
            match text::line(name, DISPLAY_NAME_CHARS_MAX) {
                Ok(clean) => *name = clean,
                Err(error) => wrong.push(Violation::new("displayName", "text", error)),
            }
        }
        if let Some(tags) = &mut self.tags {
            *tags = checked_tags(tags, &mut wrong);
        }
        if let Some(custom) = &self.custom_config {
            check_custom(custom, &mut wrong);
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }
}

/// Trims tags and removes those that differ in case only; keeps the order.
pub(crate) fn checked_tags(tags: &[String], wrong: &mut Vec<Violation>) -> Vec<String> {
    if tags.len() > TAGS_MAX {
        wrong.push(Violation::new(
            "tags",
            "maxItems",
            format!("must have at most {TAGS_MAX} tags, not {}", tags.len()),
        ));
        return Vec::new();
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut clean = Vec::new();
    for (index, tag) in tags.iter().enumerate() {
        match text::line(tag, TAG_CHARS_MAX) {
            Ok(tag) => {
                if seen.insert(tag.to_lowercase()) {
                    clean.push(tag);
                }
            }
            Err(error) => wrong.push(Violation::new(format!("tags[{index}]"), "text", error)),
        }
    }
    clean
}

/// Checks keys and values of `customConfig`.
fn check_custom(custom: &Map<String, Value>, wrong: &mut Vec<Violation>) {
    for (key, value) in custom {
        let path = format!(
            "customConfig.{}",
            key.chars().take(CUSTOM_KEY_CHARS_MAX).collect::<String>()
        );
        if let Err(error) = text::line(key, CUSTOM_KEY_CHARS_MAX) {
            wrong.push(Violation::new(path.clone(), "key", error));
        }
        match value {
            Value::Object(_) | Value::Array(_) => {
                wrong.push(Violation::new(
                    path,
                    "scalar",
                    "must be a text, a number, true, false or null",
                ));
            }
            Value::String(value) => {
                if let Err(error) = text::checked(value, CUSTOM_VALUE_CHARS_MAX) {
                    wrong.push(Violation::new(path, "text", error));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Changes a device. `device` is the record that was found for the caller; it is locked and read again here.
///
/// Where nothing changes, nothing is written and nothing is audited.
///
/// # Errors
/// See [`UpdateDeviceError`].
pub fn update(
    tx: &mut (impl DevicesMut + UsersMut + SegmentsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    scope: &SegmentScope,
    device: DeviceId,
    request: &UpdateDevice,
    action: &str,
) -> Result<Device, UpdateDeviceError> {
    let request = request.clone().checked().map_err(UpdateDeviceError::Invalid)?;
    let before = tx.lock_device(device)?.ok_or(UpdateDeviceError::Unknown)?;
    if before.state == DeviceState::Deleted {
        return Err(UpdateDeviceError::Unknown);
    }
    if let Some(reference) = request.references.first() {
        return Err(UpdateDeviceError::UnknownReference {
            path: reference.path.clone(),
            id: reference.id.clone(),
        });
    }
    let mut after = before.clone();
    if let Some(name) = request.display_name {
        after.display_name = name;
    }
    if let Some(tags) = request.tags {
        after.tags = tags;
    }
    if let Some(user) = request.user {
        if let Some(user) = user {
            tx.user(before.organization, user)?
                .ok_or_else(|| UpdateDeviceError::UnknownReference {
                    path: "mdmUserId".to_owned(),
                    id: user.to_string(),
                })?;
        }
        after.user = user;
    }
    if let Some(segment) = request.segment {
        let known = scope.contains(segment) && tx.segment(before.organization, segment)?.is_some();
        if !known {
            return Err(UpdateDeviceError::UnknownReference {
                path: "segmentId".to_owned(),
                id: segment.to_string(),
            });
        }
        after.segment = segment;
    }
    if let Some(custom) = request.custom_config {
        for (key, value) in custom {
            if value.is_null() {
                after.custom_config.remove(&key);
            } else {
                after.custom_config.insert(key, value);
            }
        }
        if after.custom_config.len() > CUSTOM_KEYS_MAX {
            let message = format!(
                "must have at most {CUSTOM_KEYS_MAX} keys, not {}",
                after.custom_config.len()
            );
            return Err(UpdateDeviceError::Invalid(vec![Violation::new(
                "customConfig",
                "maxProperties",
                message,
            )]));
        }
    }
    if after == before {
        return Ok(before);
    }
    after.updated_at = cx.now;
    tx.update_device(&after)?;
    let (was, is) = differences(&before, &after);
    let audit = Audit::new(cx, after.organization, action)
        .target(Target::Device(device))
        .segment(after.segment)
        .before(was)
        .after(is);
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// The fields that differ, before and after, for the audit record.
fn differences(before: &Device, after: &Device) -> (Value, Value) {
    let fields = |d: &Device| {
        [
            ("displayName", json!(d.display_name)),
            ("tags", json!(d.tags)),
            ("mdmUserId", json!(d.user.map(|u| u.to_string()))),
            ("segmentId", json!(d.segment.0)),
            ("customConfig", Value::Object(d.custom_config.clone())),
        ]
    };
    let (mut was, mut is) = (Map::new(), Map::new());
    for ((key, old), (_, new)) in fields(before).into_iter().zip(fields(after)) {
        if old != new {
            was.insert(key.to_owned(), old);
            is.insert(key.to_owned(), new);
        }
    }
    (Value::Object(was), Value::Object(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_trimmed_and_double_ones_go() {
        let request = UpdateDevice {
            tags: Some(vec![" Sales ".to_owned(), "sales".to_owned(), "HQ".to_owned()]),
            ..UpdateDevice::default()
        };
        assert_eq!(request.checked().unwrap().tags.unwrap(), ["Sales", "HQ"]);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let request = UpdateDevice {
            display_name: Some("  ".to_owned()),
            tags: Some(vec!["ok".to_owned(), "x".repeat(TAG_CHARS_MAX + 1)]),
            custom_config: Some(Map::from_iter([("asset".to_owned(), json!({}))])),
            ..UpdateDevice::default()
        };
        let wrong = request.checked().unwrap_err();
        assert_eq!(
            wrong.iter().map(|v| v.path.as_str()).collect::<Vec<_>>(),
            ["displayName", "tags[1]", "customConfig.asset"]
        );
    }
}
