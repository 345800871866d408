//! Rows of `device_audiences`, `automation_rules`, `rule_enforcements`, `rule_flips` and `rule_work`.

use super::Place;
use crate::schema::{automation_rules, device_audiences, rule_enforcements, rule_flips, rule_work};
use diesel::prelude::*;
use serde_json::{Value, json};
use transom_domain::{
    AudienceId, DeviceId, OrganizationId, PolicyId, RuleId, ScriptId, Timestamp, UserId,
    audience::{Audience, Matched, Selectors},
    automation_rule::{
        AutomationRule, Enforcement, Grant, RuleMatch,
        flapping::Flips,
        work::{RuleWork, WorkKind},
    },
    ports::StoreError,
    segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = device_audiences, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct AudienceRow {
    pub(crate) id: String,
    organization_id: String,
    segment_id: i64,
    name: String,
    description: Option<String>,
    expose_to_children: bool,
    selectors: String,
    exclude: String,
    created_at: i64,
    updated_at: i64,
}

impl From<&Audience> for AudienceRow {
    fn from(audience: &Audience) -> Self {
        Self {
            id: audience.id.to_string(),
            organization_id: audience.organization.to_string(),
            segment_id: audience.segment.0.into(),
            name: audience.name.clone(),
            description: audience.description.clone(),
            expose_to_children: audience.expose_to_children,
            selectors: audience.selectors.to_json().to_string(),
            exclude: audience.exclude.to_json().to_string(),
            created_at: audience.created_at.as_millis(),
            updated_at: audience.updated_at.as_millis(),
        }
    }
}

impl TryFrom<AudienceRow> for Audience {
    type Error = StoreError;

    fn try_from(row: AudienceRow) -> Result<Self, StoreError> {
        let at = Place::new("device_audiences", &row.id);
        let selectors = |column: &str, text: &str| {
            let value: Value = at.json(column, text)?;
            at.fit(column, Selectors::from_json(&value))
        };
        Ok(Self {
            id: at.fit("id", AudienceId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", row.segment_id)?),
            selectors: selectors("selectors", &row.selectors)?,
            exclude: selectors("exclude", &row.exclude)?,
            name: row.name,
            description: row.description,
            expose_to_children: row.expose_to_children,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

/// An audience's id and name.
pub(crate) fn audience_name((id, name): (String, String)) -> Result<(AudienceId, String), StoreError> {
    let at = Place::new("device_audiences", &id);
    Ok((at.fit("id", AudienceId::parse(&id).ok())?, name))
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = automation_rules, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct RuleRow {
    pub(crate) id: String,
    organization_id: String,
    segment_id: i64,
    name: String,
    description: Option<String>,
    enabled: bool,
    audiences: String,
    policy_id: Option<String>,
    priority: i64,
    created_at: i64,
    updated_at: i64,
}

impl From<&AutomationRule> for RuleRow {
    fn from(rule: &AutomationRule) -> Self {
        let audiences: Vec<String> = rule.audiences.iter().map(ToString::to_string).collect();
        Self {
            id: rule.id.to_string(),
            organization_id: rule.organization.to_string(),
            segment_id: rule.segment.0.into(),
            name: rule.name.clone(),
            description: rule.description.clone(),
            enabled: rule.enabled,
            audiences: json!(audiences).to_string(),
            policy_id: Some(rule.policy.to_string()),
            priority: rule.priority.into(),
            created_at: rule.created_at.as_millis(),
            updated_at: rule.updated_at.as_millis(),
        }
    }
}

impl TryFrom<RuleRow> for AutomationRule {
    type Error = StoreError;

    fn try_from(row: RuleRow) -> Result<Self, StoreError> {
        let at = Place::new("automation_rules", &row.id);
        let audiences: Vec<String> = at.json("audiences", &row.audiences)?;
        let audiences: Option<Vec<AudienceId>> = audiences.iter().map(|id| AudienceId::parse(id).ok()).collect();
        let policy = row.policy_id.as_deref().and_then(|id| PolicyId::parse(id).ok());
        Ok(Self {
            id: at.fit("id", RuleId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", row.segment_id)?),
            audiences: at.fit("audiences", audiences)?,
            policy: at.fit("policy_id", policy)?,
            priority: at.number("priority", row.priority)?,
            name: row.name,
            description: row.description,
            enabled: row.enabled,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rule_enforcements)]
pub(crate) struct EnforcementRow {
    device_id: String,
    rule_id: String,
    audiences: String,
    since: i64,
}

impl From<&Enforcement> for EnforcementRow {
    fn from(entry: &Enforcement) -> Self {
        let audience = |m: &Matched| json!({ "id": m.audience.to_string(), "reasons": m.reasons });
        Self {
            device_id: entry.device.to_string(),
            rule_id: entry.rule.to_string(),
            audiences: Value::Array(entry.audiences.iter().map(audience).collect()).to_string(),
            since: entry.since.as_millis(),
        }
    }
}

fn matched(at: Place<'_>, text: &str) -> Result<Vec<Matched>, StoreError> {
    let list: Vec<Value> = at.json("audiences", text)?;
    let audience = |value: &Value| -> Option<Matched> {
        let reasons = value.get("reasons")?.as_array()?;
        Some(Matched {
            audience: AudienceId::parse(value.get("id")?.as_str()?).ok()?,
            reasons: reasons
                .iter()
                .map(|reason| reason.as_str().map(str::to_owned))
                .collect::<Option<_>>()?,
        })
    };
    at.fit("audiences", list.iter().map(audience).collect())
}

impl TryFrom<EnforcementRow> for Enforcement {
    type Error = StoreError;

    fn try_from(row: EnforcementRow) -> Result<Self, StoreError> {
        let at = Place::new("rule_enforcements", &row.device_id);
        Ok(Self {
            device: at.fit("device_id", DeviceId::parse(&row.device_id).ok())?,
            rule: at.fit("rule_id", RuleId::parse(&row.rule_id).ok())?,
            audiences: matched(at, &row.audiences)?,
            since: Timestamp::from_millis(row.since),
        })
    }
}

/// A device that a rule matches, from id, name, segment, audiences and since when.
pub(crate) fn rule_match(
    (device, name, segment, audiences, since): (String, String, i64, String, i64),
) -> Result<RuleMatch, StoreError> {
    let at = Place::new("rule_enforcements", &device);
    Ok(RuleMatch {
        device: at.fit("device_id", DeviceId::parse(&device).ok())?,
        display_name: name,
        segment: SegmentId(at.number("segment_id", segment)?),
        audiences: matched(at, &audiences)?,
        since: Timestamp::from_millis(since),
    })
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = rule_flips)]
pub(crate) struct FlipsRow {
    device_id: String,
    rule_id: String,
    times: String,
    held: bool,
    last_at: i64,
    /// What `rule_id` is the id of.
    kind: String,
}

impl From<&Flips> for FlipsRow {
    fn from(flips: &Flips) -> Self {
        let times: Vec<i64> = flips.times.iter().map(|at| at.as_millis()).collect();
        let (kind, id) = match flips.grant {
            Grant::Rule(rule) => ("rule", rule.to_string()),
            Grant::Script(script) => ("script", script.to_string()),
        };
        Self {
            device_id: flips.device.to_string(),
            rule_id: id,
            kind: kind.to_owned(),
            last_at: times.last().copied().unwrap_or_default(),
            times: json!(times).to_string(),
            held: flips.held,
        }
    }
}

impl TryFrom<FlipsRow> for Flips {
    type Error = StoreError;

    fn try_from(row: FlipsRow) -> Result<Self, StoreError> {
        let at = Place::new("rule_flips", &row.device_id);
        let times: Vec<i64> = at.json("times", &row.times)?;
        let grant = match row.kind.as_str() {
            "rule" => RuleId::parse(&row.rule_id).ok().map(Grant::Rule),
            "script" => ScriptId::parse(&row.rule_id).ok().map(Grant::Script),
            _ => None,
        };
        Ok(Self {
            device: at.fit("device_id", DeviceId::parse(&row.device_id).ok())?,
            grant: at.fit("rule_id", grant)?,
            times: times.into_iter().map(Timestamp::from_millis).collect(),
            held: row.held,
        })
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = rule_work, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct WorkRow {
    organization_id: String,
    kind: String,
    subject: String,
    after_device: Option<String>,
    until_device: Option<String>,
    wrapped: bool,
    differences: i64,
    created_at: i64,
    updated_at: i64,
}

/// The `subject` of work.
pub(crate) fn subject(user: Option<UserId>) -> String {
    user.map(|user| user.to_string()).unwrap_or_default()
}

impl From<&RuleWork> for WorkRow {
    fn from(work: &RuleWork) -> Self {
        Self {
            organization_id: work.organization.to_string(),
            kind: work.kind.as_str().to_owned(),
            subject: subject(work.user),
            after_device: work.cursor.map(|id| id.to_string()),
            until_device: work.until.map(|id| id.to_string()),
            wrapped: work.wrapped,
            differences: work.differences.into(),
            created_at: work.created_at.as_millis(),
            updated_at: work.updated_at.as_millis(),
        }
    }
}

impl TryFrom<WorkRow> for RuleWork {
    type Error = StoreError;

    fn try_from(row: WorkRow) -> Result<Self, StoreError> {
        let at = Place::new("rule_work", &row.organization_id);
        let device = |column: &str, id: Option<&String>| -> Result<Option<DeviceId>, StoreError> {
            id.map(|id| at.fit(column, DeviceId::parse(id).ok())).transpose()
        };
        let user = match row.subject.as_str() {
            "" => None,
            id => Some(at.fit("subject", UserId::parse(id).ok())?),
        };
        Ok(Self {
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            kind: at.fit("kind", WorkKind::from_name(&row.kind))?,
            user,
            cursor: device("after_device", row.after_device.as_ref())?,
            until: device("until_device", row.until_device.as_ref())?,
            wrapped: row.wrapped,
            differences: at.number("differences", row.differences)?,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}
