//! The rule object, and the PCs that it matches.

use crate::admin::view::Moment;
use serde::Serialize;
use std::collections::HashMap;
use transom_domain::{
    AudienceId,
    audience::Matched,
    automation_rule::{AutomationRule, RuleMatch},
    policy::effective::MatchedAudience,
};
use utoipa::ToSchema;

/// Whoever is in one of its audiences has its policy.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutomationRule)]
pub struct RuleView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    #[schema(max_length = 256)]
    name: String,
    #[schema(max_length = 500)]
    description: Option<String>,
    /// Whether it is in force.
    enabled: bool,
    /// It reaches the PCs of this segment and of those below.
    segment_id: u32,
    device_audience_ids: Vec<String>,
    device_audiences: Vec<AudienceRefView>,
    action: ActionView,
    evaluation: EvaluationView,
    counts: RuleCountsView,
    updated_at: Moment,
    created_at: Moment,
}

/// An audience by its name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceAudienceRef)]
pub struct AudienceRefView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    name: String,
}

/// What a rule does.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutomationRuleAction)]
pub struct ActionView {
    /// `setPolicy`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `windows`.
    platform: &'static str,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_policy_id: String,
    /// The lower number wins.
    #[schema(maximum = 10000)]
    priority: u32,
}

/// How far a change of rules or audiences has reached the PCs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutomationRuleEvaluation)]
pub struct EvaluationView {
    /// `current`, or `evaluating` while PCs are being looked at.
    state: &'static str,
    /// PCs that are still to be looked at; null in lists and when there are none.
    devices_left: Option<u64>,
}

/// How much belongs to a rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AutomationRuleCounts)]
pub struct RuleCountsView {
    /// PCs that it matches now.
    #[schema(minimum = 0)]
    devices: u64,
}

/// A PC that a rule matches.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutomationRuleMatch)]
pub struct RuleMatchView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_device_id: String,
    display_name: String,
    segment_id: u32,
    device_audiences: Vec<MatchedAudienceView>,
    since: Moment,
}

/// An audience that a PC is in, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MatchedDeviceAudience)]
pub struct MatchedAudienceView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    name: String,
    /// Every fact that makes it so, e.g. `tag:sales`.
    reasons: Vec<String>,
}

/// An audience or a rule that was removed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Removed)]
pub struct RemovedView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    name: String,
    removed: bool,
}

impl RemovedView {
    /// The view of something that was removed.
    pub fn new(id: impl ToString, name: &str) -> Self {
        Self {
            id: id.to_string(),
            name: name.to_owned(),
            removed: true,
        }
    }
}

/// How far a change has reached the PCs.
#[derive(Debug, Clone, Copy)]
pub struct Evaluation {
    /// Whether nothing is left to do.
    pub is_current: bool,
    /// PCs that are still to be looked at, where that was counted.
    pub left: Option<u64>,
}

impl RuleView {
    /// The view of a rule that matches so many devices.
    pub fn new(
        rule: &AutomationRule,
        devices: u64,
        evaluation: Evaluation,
        names: &HashMap<AudienceId, String>,
    ) -> Self {
        let named = |id: &AudienceId| {
            names.get(id).map(|name| AudienceRefView {
                id: id.to_string(),
                name: name.clone(),
            })
        };
        Self {
            id: rule.id.to_string(),
            organization_id: rule.organization.to_string(),
            name: rule.name.clone(),
            description: rule.description.clone(),
            enabled: rule.enabled,
            segment_id: rule.segment.0,
            device_audience_ids: rule.audiences.iter().map(ToString::to_string).collect(),
            device_audiences: rule.audiences.iter().filter_map(named).collect(),
            action: ActionView {
                kind: "setPolicy",
                platform: "windows",
                win_policy_id: rule.policy.to_string(),
                priority: rule.priority,
            },
            evaluation: EvaluationView {
                state: if evaluation.is_current { "current" } else { "evaluating" },
                devices_left: evaluation.left,
            },
            counts: RuleCountsView { devices },
            updated_at: Moment(rule.updated_at),
            created_at: Moment(rule.created_at),
        }
    }
}

impl RuleMatchView {
    /// The view of a PC that a rule matches.
    pub fn new(found: &RuleMatch, names: &HashMap<AudienceId, String>) -> Self {
        let audience = |matched: &Matched| {
            Some(MatchedAudienceView {
                id: matched.audience.to_string(),
                name: names.get(&matched.audience)?.clone(),
                reasons: matched.reasons.clone(),
            })
        };
        Self {
            win_device_id: found.device.to_string(),
            display_name: found.display_name.clone(),
            segment_id: found.segment.0,
            device_audiences: found.audiences.iter().filter_map(audience).collect(),
            since: Moment(found.since),
        }
    }
}

impl MatchedAudienceView {
    /// The view of an audience that a PC is in.
    pub fn new(matched: &MatchedAudience) -> Self {
        Self {
            id: matched.audience.id.clone(),
            name: matched.audience.name.clone(),
            reasons: matched.reasons.clone(),
        }
    }
}
