//! Rows of `audit_entries`.

use super::Place;
use crate::schema::audit_entries;
use diesel::prelude::*;
use transom_domain::{
    AuditId, OrganizationId, Timestamp,
    audit::{AuditEntry, Outcome},
    ports::StoreError,
    segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
pub(crate) struct AuditRow {
    id: String,
    organization_id: String,
    happened_at: i64,
    action: String,
    actor_kind: String,
    actor_id: Option<String>,
    actor_name: String,
    target_kind: Option<String>,
    target_id: Option<String>,
    segment_id: Option<i64>,
    permission: Option<String>,
    route: Option<String>,
    address: Option<String>,
    request_id: Option<String>,
    refused_code: Option<i64>,
    refused_reason: Option<String>,
    value_before: Option<String>,
    value_after: Option<String>,
}

impl From<&AuditEntry> for AuditRow {
    fn from(entry: &AuditEntry) -> Self {
        let (refused_code, refused_reason) = match &entry.outcome {
            Outcome::Done => (None, None),
            Outcome::Refused { code, reason } => (Some(i64::from(*code)), Some(reason.clone())),
        };
        Self {
            id: entry.id.to_string(),
            organization_id: entry.organization.to_string(),
            happened_at: entry.at.as_millis(),
            action: entry.action.clone(),
            actor_kind: entry.actor_kind.clone(),
            actor_id: entry.actor_id.clone(),
            actor_name: entry.actor_name.clone(),
            target_kind: entry.target_kind.clone(),
            target_id: entry.target_id.clone(),
            segment_id: entry.segment.map(|s| s.0.into()),
            permission: entry.permission.clone(),
            route: entry.route.clone(),
            address: entry.address.clone(),
            request_id: entry.request_id.clone(),
            refused_code,
            refused_reason,
            value_before: entry.before.as_ref().map(ToString::to_string),
            value_after: entry.after.as_ref().map(ToString::to_string),
        }
    }
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let at = Place::new("audit_entries", &row.id);
        let outcome = match (row.refused_code, row.refused_reason) {
            (None, None) => Outcome::Done,
            (Some(code), Some(reason)) => Outcome::Refused {
                code: at.number("refused_code", code)?,
                reason,
            },
            _ => return at.fit("refused_reason", None),
        };
        let segment = row.segment_id.map(|id| at.number("segment_id", id).map(SegmentId));
        let json = |column, text: &Option<String>| text.as_ref().map(|t| at.json(column, t)).transpose();
        Ok(Self {
            id: at.fit("id", AuditId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            at: Timestamp::from_millis(row.happened_at),
            segment: segment.transpose()?,
            before: json("value_before", &row.value_before)?,
            after: json("value_after", &row.value_after)?,
            outcome,
            action: row.action,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            target_kind: row.target_kind,
            target_id: row.target_id,
            permission: row.permission,
            route: row.route,
            address: row.address,
            request_id: row.request_id,
        })
    }
}
