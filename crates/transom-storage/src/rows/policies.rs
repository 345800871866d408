//! Rows of `policies`, `policy_versions`, `device_policy_assignments` and `device_effective_policies`.

use super::{Place, devices::key};
use crate::schema::{device_effective_policies, device_policy_assignments, policies, policy_versions};
use diesel::prelude::*;
use transom_domain::{
    DeviceId, OrganizationId, PolicyId, Timestamp,
    policy::{Assignee, Assignment, EffectiveState, Policy, PolicyVersion, Slot},
    ports::StoreError,
    secret::SecretHash,
    segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = policies)]
pub(crate) struct PolicyRow {
    pub(crate) id: String,
    organization_id: String,
    segment_id: i64,
    name: String,
    name_key: String,
    expose_to_children: bool,
    version: i64,
    created_at: i64,
    updated_at: i64,
    content: String,
}

impl From<&Policy> for PolicyRow {
    fn from(policy: &Policy) -> Self {
        Self {
            id: policy.id.to_string(),
            organization_id: policy.organization.to_string(),
            segment_id: policy.segment.0.into(),
            name: policy.name.clone(),
            name_key: key(&policy.name),
            expose_to_children: policy.expose_to_children,
            version: policy.version.into(),
            created_at: policy.created_at.as_millis(),
            updated_at: policy.updated_at.as_millis(),
            content: policy.content.to_json().to_string(),
        }
    }
}

impl TryFrom<PolicyRow> for Policy {
    type Error = StoreError;

    fn try_from(row: PolicyRow) -> Result<Self, StoreError> {
        let at = Place::new("policies", &row.id);
        Ok(Self {
            id: at.fit("id", PolicyId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", row.segment_id)?),
            content: at.json("content", &row.content)?,
            version: at.number("version", row.version)?,
            name: row.name,
            expose_to_children: row.expose_to_children,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = policy_versions)]
pub(crate) struct PolicyVersionRow {
    policy_id: String,
    version: i64,
    name: String,
    segment_id: i64,
    expose_to_children: bool,
    created_by: String,
    created_at: i64,
    content: String,
}

impl From<&PolicyVersion> for PolicyVersionRow {
    fn from(version: &PolicyVersion) -> Self {
        Self {
            policy_id: version.policy.to_string(),
            version: version.version.into(),
            name: version.name.clone(),
            segment_id: version.segment.0.into(),
            expose_to_children: version.expose_to_children,
            created_by: version.created_by.clone(),
            created_at: version.created_at.as_millis(),
            content: version.content.to_json().to_string(),
        }
    }
}

impl TryFrom<PolicyVersionRow> for PolicyVersion {
    type Error = StoreError;

    fn try_from(row: PolicyVersionRow) -> Result<Self, StoreError> {
        let at = Place::new("policy_versions", &row.policy_id);
        Ok(Self {
            policy: at.fit("policy_id", PolicyId::parse(&row.policy_id).ok())?,
            version: at.number("version", row.version)?,
            segment: SegmentId(at.number("segment_id", row.segment_id)?),
            content: at.json("content", &row.content)?,
            name: row.name,
            expose_to_children: row.expose_to_children,
            created_by: row.created_by,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = device_policy_assignments)]
pub(crate) struct AssignmentRow {
    device_id: String,
    position: i64,
    slot: String,
    policy_id: String,
    priority: i64,
}

impl AssignmentRow {
    /// What a device is given, as rows.
    pub(crate) fn of(device: DeviceId, assignments: &[Assignment]) -> Vec<Self> {
        let rows = assignments.iter().zip(0..);
        rows.map(|(assignment, position)| Self {
            device_id: device.to_string(),
            position,
            slot: assignment.slot.as_str().to_owned(),
            policy_id: assignment.policy.to_string(),
            priority: assignment.priority.into(),
        })
        .collect()
    }
}

impl TryFrom<AssignmentRow> for (DeviceId, Assignment) {
    type Error = StoreError;

    fn try_from(row: AssignmentRow) -> Result<Self, StoreError> {
        let at = Place::new("device_policy_assignments", &row.device_id);
        let assignment = Assignment {
            slot: at.fit("slot", Slot::from_name(&row.slot))?,
            policy: at.fit("policy_id", PolicyId::parse(&row.policy_id).ok())?,
            priority: at.number("priority", row.priority)?,
        };
        Ok((at.fit("device_id", DeviceId::parse(&row.device_id).ok())?, assignment))
    }
}

/// A device that has a policy, from id, name, segment and slot.
pub(crate) fn assignee((device, name, segment, slot): (String, String, i64, String)) -> Result<Assignee, StoreError> {
    let at = Place::new("devices", &device);
    Ok(Assignee {
        device: at.fit("id", DeviceId::parse(&device).ok())?,
        display_name: name,
        segment: SegmentId(at.number("segment_id", segment)?),
        slot: at.fit("slot", Slot::from_name(&slot))?,
    })
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = device_effective_policies)]
pub(crate) struct EffectiveStateRow {
    device_id: String,
    hash: String,
    version: i64,
    updated_at: i64,
}

impl EffectiveStateRow {
    /// What is to be remembered of a device's effective policy.
    pub(crate) fn new(device: DeviceId, state: &EffectiveState) -> Self {
        Self {
            device_id: device.to_string(),
            hash: SecretHash(state.hash).to_hex(),
            version: state.version.into(),
            updated_at: state.updated_at.as_millis(),
        }
    }
}

impl TryFrom<EffectiveStateRow> for (DeviceId, EffectiveState) {
    type Error = StoreError;

    fn try_from(row: EffectiveStateRow) -> Result<Self, StoreError> {
        let at = Place::new("device_effective_policies", &row.device_id);
        let state = EffectiveState {
            hash: at.fit("hash", SecretHash::from_hex(&row.hash))?.0,
            version: at.number("version", row.version)?,
            updated_at: Timestamp::from_millis(row.updated_at),
        };
        Ok((at.fit("device_id", DeviceId::parse(&row.device_id).ok())?, state))
    }
}
