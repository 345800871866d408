//! What an administrator changes on a device: name, tags, user, segment, custom facts (A.1, A.2).

mod given;

use super::{Device, DeviceState};
use crate::{
    Context, DeviceId, PolicyId, UserId,
    audit::{Audit, Target},
    policy::{Assignment, PolicyScope, Slot, reaches},
    ports::{
        AuditLogMut, DevicesMut, Policies, PoliciesMut, Scripts, ScriptsMut, Segments, SegmentsMut, SmartAttributes,
        SmartAttributesMut, StoreError, Users, UsersMut,
    },
    script::assigned::{self, DeviceScript},
    segment::{SegmentId, SegmentScope},
    smart_attribute::{self, GivenValue},
    text,
    user::change::is_seen,
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
    /// The primary policy; `Some(None)` takes it away.
    pub primary_policy: Option<Option<PolicyId>>,
    /// The direct assignments, all of them, with their priorities.
    pub policies: Option<Vec<(PolicyId, u32)>>,
    /// The scripts, all of them.
    pub scripts: Option<Vec<DeviceScript>>,
    /// The values of smart attributes, all of them.
    pub smart: Option<Vec<GivenValue>>,
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
        if let Some(scripts) = &mut self.scripts {
            assigned::check(scripts, &mut wrong);
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

/// A device as it would be after a change, with everything it would be given.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The record.
    pub device: Device,
    /// What it is given, the primary policy first.
    pub assignments: Vec<Assignment>,
    /// The scripts it is given directly.
    pub scripts: Vec<DeviceScript>,
    /// The values of smart attributes it is given.
    pub smart: Vec<GivenValue>,
}

/// Changes a device. `device` is the record that was found for the caller; it is locked and read again here.
///
/// Where nothing changes, nothing is written and nothing is audited.
///
/// # Errors
/// See [`UpdateDeviceError`].
pub fn update(
    tx: &mut (
             impl DevicesMut + UsersMut + SegmentsMut + PoliciesMut + ScriptsMut + SmartAttributesMut + AuditLogMut + ?Sized
         ),
    cx: &mut Context,
    scope: &SegmentScope,
    device: DeviceId,
    request: &UpdateDevice,
    action: &str,
) -> Result<Device, UpdateDeviceError> {
    let device = tx.lock_device(device)?.ok_or(UpdateDeviceError::Unknown)?;
    if device.state == DeviceState::Deleted {
        return Err(UpdateDeviceError::Unknown);
    }
    // A policy that is being removed waits for this unit, or is gone when it is looked up.
    for policy in named_policies(request) {
        tx.lock_policy(policy)?;
    }
    given::lock(tx, device.organization, request)?;
    let before = present(tx, device)?;
    let mut after = apply(tx, scope, &before, request)?;
    if after == before {
        return Ok(before.device);
    }
    after.device.updated_at = cx.now;
    tx.update_device(&after.device)?;
    if after.assignments != before.assignments {
        tx.save_assignments(after.device.id, &after.assignments)?;
    }
    if after.scripts != before.scripts {
        tx.save_device_scripts(after.device.id, &after.scripts)?;
    }
    if after.smart != before.smart {
        tx.save_device_smart_values(after.device.id, &after.smart)?;
    }
    let (was, is) = differences(&before, &after);
    let audit = Audit::new(cx, after.device.organization, action)
        .target(Target::Device(after.device.id))
        .segment(after.device.segment)
        .before(was)
        .after(is);
    tx.append_audit(&audit.done())?;
    Ok(after.device)
}

/// A device with what it is given now.
fn present(
    view: &mut (impl Policies + Scripts + SmartAttributes + ?Sized),
    device: Device,
) -> Result<Changed, StoreError> {
    let own = [device.id];
    Ok(Changed {
        assignments: view.assignments_of(&own)?.into_iter().map(|(_, a)| a).collect(),
        scripts: view.scripts_of_devices(&own)?.into_iter().map(|(_, s)| s).collect(),
        smart: view.device_smart_values(&own)?.into_iter().map(|(_, v)| v).collect(),
        device,
    })
}

/// What a device would be after a change, which is checked as if it were made.
///
/// # Errors
/// See [`UpdateDeviceError`].
pub fn preview(
    view: &mut (impl Users + Segments + Policies + Scripts + SmartAttributes + ?Sized),
    scope: &SegmentScope,
    device: Device,
    request: &UpdateDevice,
) -> Result<Changed, UpdateDeviceError> {
    let before = present(view, device)?;
    apply(view, scope, &before, request)
}

fn apply(
    view: &mut (impl Users + Segments + Policies + Scripts + SmartAttributes + ?Sized),
    scope: &SegmentScope,
    before: &Changed,
    request: &UpdateDevice,
) -> Result<Changed, UpdateDeviceError> {
    let request = request.clone().checked().map_err(UpdateDeviceError::Invalid)?;
    let organization = before.device.organization;
    let unknown = |path: &str, id: String| UpdateDeviceError::UnknownReference {
        path: path.to_owned(),
        id,
    };
    let mut after = before.device.clone();
    if let Some(name) = &request.display_name {
        after.display_name.clone_from(name);
    }
    if let Some(tags) = &request.tags {
        after.tags.clone_from(tags);
    }
    if let Some(user) = request.user {
        // Whose PC it is may be said again by somebody who does not see the rest of that user's PCs.
        if let Some(user) = user.filter(|user| before.device.user != Some(*user))
            && (view.user(organization, user)?.is_none() || !is_seen(view, scope, user)?)
        {
            return Err(unknown("mdmUserId", user.to_string()));
        }
        after.user = user;
    }
    if let Some(segment) = request.segment {
        let known = scope.contains(segment) && view.segment(organization, segment)?.is_some();
        if !known {
            return Err(unknown("segmentId", segment.to_string()));
        }
        after.segment = segment;
    }
    if let Some(custom) = &request.custom_config {
        merge_custom(&mut after, custom)?;
    }
    Ok(Changed {
        assignments: assign(view, scope, before, &after, &request)?,
        scripts: given::scripts(view, scope, before, &after, &request)?,
        smart: given::smart(view, before, &request)?,
        device: after,
    })
}

/// Sets and takes away keys of `customConfig`.
fn merge_custom(device: &mut Device, custom: &Map<String, Value>) -> Result<(), UpdateDeviceError> {
    for (key, value) in custom {
        if value.is_null() {
            device.custom_config.remove(key);
        } else {
            device.custom_config.insert(key.clone(), value.clone());
        }
    }
    let count = device.custom_config.len();
    if count > CUSTOM_KEYS_MAX {
        let message = format!("must have at most {CUSTOM_KEYS_MAX} keys, not {count}");
        let wrong = Violation::new("customConfig", "maxProperties", message);
        return Err(UpdateDeviceError::Invalid(vec![wrong]));
    }
    Ok(())
}

/// The policies that a request names, in order of their ids, so that two such units cannot wait for each other.
fn named_policies(request: &UpdateDevice) -> Vec<PolicyId> {
    let primary = request.primary_policy.flatten().into_iter();
    let direct = request.policies.iter().flatten().map(|(policy, _)| *policy);
    let mut named: Vec<PolicyId> = primary.chain(direct).collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// What the device is given after the change. A policy that it is newly given must be in the caller's sight and in reach
/// of the device's segment; one that it has may stay, suspended where it is out of reach (P14).
fn assign(
    view: &mut (impl Segments + Policies + ?Sized),
    scope: &SegmentScope,
    before: &Changed,
    device: &Device,
    request: &UpdateDevice,
) -> Result<Vec<Assignment>, UpdateDeviceError> {
    let new: Vec<PolicyId> = named_policies(request)
        .into_iter()
        .filter(|policy| before.assignments.iter().all(|a| a.policy != *policy))
        .collect();
    if !new.is_empty() {
        let segments = view.segments(device.organization)?;
        let visible = PolicyScope::of(scope, &segments);
        let known = view.policies_by_id(device.organization, &new)?;
        let fits = |id: &PolicyId| {
            let policy = known.iter().find(|p| p.id == *id);
            policy.is_some_and(|p| visible.sees(p) && reaches(p, device.segment, &segments))
        };
        if let Some(missing) = new.iter().find(|id| !fits(id)) {
            return Err(UpdateDeviceError::UnknownReference {
                path: place_of(request, *missing),
                id: missing.to_string(),
            });
        }
    }
    let kept = |slot| before.assignments.iter().copied().filter(move |a| a.slot == slot);
    let mut assignments: Vec<Assignment> = match request.primary_policy {
        Some(policy) => policy.map(Assignment::primary).into_iter().collect(),
        None => kept(Slot::Primary).collect(),
    };
    match &request.policies {
        Some(direct) => assignments.extend(direct.iter().map(|(id, priority)| Assignment::direct(*id, *priority))),
        None => assignments.extend(kept(Slot::Direct)),
    }
    Ok(assignments)
}

/// Where in the body a policy is named.
fn place_of(request: &UpdateDevice, policy: PolicyId) -> String {
    let mut direct = request.policies.iter().flatten();
    match direct.position(|(id, _)| *id == policy) {
        _ if request.primary_policy == Some(Some(policy)) => "winPolicyId".to_owned(),
        Some(index) => format!("winPolicyAssignments[{index}].winPolicyId"),
        None => "winPolicyId".to_owned(),
    }
}

/// The fields that differ, before and after, for the audit record.
fn differences(before: &Changed, after: &Changed) -> (Value, Value) {
    let fields = |changed: &Changed| {
        let d = &changed.device;
        let slot = |slot| changed.assignments.iter().filter(move |a| a.slot == slot);
        let direct = slot(Slot::Direct).map(|a| json!({ "winPolicyId": a.policy.to_string(), "priority": a.priority }));
        [
            ("displayName", json!(d.display_name)),
            ("tags", json!(d.tags)),
            ("mdmUserId", json!(d.user.map(|u| u.to_string()))),
            ("segmentId", json!(d.segment.0)),
            ("customConfig", Value::Object(d.custom_config.clone())),
            (
                "winPolicyId",
                json!(slot(Slot::Primary).next().map(|a| a.policy.to_string())),
            ),
            ("winPolicyAssignments", direct.collect()),
            ("scripts", changed.scripts.iter().map(DeviceScript::told).collect()),
            (
                "smartAttributeAssignments",
                smart_attribute::given::told(&changed.smart),
            ),
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
