//! The effective policy with its reasons (P8, P9).

use crate::admin::policies::{
    expanded::Expanded,
    view::{ChangeView, ContentView},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write;
use transom_domain::automation_rule::flapping::FLIPS_MAX;
use transom_domain::policy::{
    assigned::{Assigned, DefaultPolicy, DevicePolicies, EnforcedPolicy, HeldRule},
    conflicts::{PolicyConflict, Rival},
    diff,
    effective::{Conflict, Effective, Loser, MatchedAudience, Outcome, Place, Source},
};
use utoipa::ToSchema;

/// What a device should have, and why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EffectivePolicy)]
pub struct EffectivePolicyView {
    /// The device's id.
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    name: String,
    /// Counts the different results.
    version: u32,
    /// SHA-256 of the canonical content.
    #[schema(pattern = "^[a-f0-9]{64}$")]
    hash: String,
    /// `ascending`: the lower number wins.
    #[schema(pattern = "^ascending$")]
    priority_order: &'static str,
    content: ContentView,
    /// The policies, strongest first.
    policies: Vec<PlaceView>,
    settings: Vec<SettingView>,
    conflicts: Vec<ConflictView>,
    /// Settings that cannot be applied, because a placeholder stands for nothing.
    failed: Vec<FailedView>,
    warnings: Vec<PolicyWarningView>,
}

/// A policy in the order of strength.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EffectivePlace)]
pub struct PlaceView {
    win_policy_id: String,
    name: String,
    version: u32,
    priority: u32,
    sources: Vec<SourceView>,
}

/// Why a device has a policy.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EffectiveSource)]
pub struct SourceView {
    /// `enforced`, `direct`, `primary` or `default`.
    #[schema(pattern = "^(enforced|direct|primary|default)$")]
    source: &'static str,
    priority: u32,
    /// The rule that enforces it: `id` and `name`.
    #[schema(value_type = Option<Object>)]
    rule: Option<Value>,
    /// The audiences through which the rule matches: `id`, `name`, `reasons`.
    #[schema(value_type = Vec<Object>)]
    audiences: Vec<Value>,
}

/// A setting and why it is as it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EffectiveSetting)]
pub struct SettingView {
    part: &'static str,
    key: String,
    #[schema(value_type = Value)]
    value: Value,
    /// Why it has no value.
    error: Option<String>,
    win_policy_id: String,
    policy_name: String,
    policy_version: u32,
    priority: u32,
    #[schema(pattern = "^(enforced|direct|primary|default)$")]
    source: &'static str,
    /// It won by class or age only.
    tie: bool,
    #[schema(value_type = Option<Object>)]
    rule: Option<Value>,
    #[schema(value_type = Vec<Object>)]
    audiences: Vec<Value>,
    reasons: Vec<String>,
    losers: Vec<LoserView>,
}

/// A setting that another policy overrules.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EffectiveLoser)]
pub struct LoserView {
    win_policy_id: String,
    policy_name: String,
    policy_version: u32,
    priority: u32,
    #[schema(pattern = "^(enforced|direct|primary|default)$")]
    source: &'static str,
    /// As this policy spells it.
    key: String,
    #[schema(value_type = Value)]
    value: Value,
    /// Whether it is the winner's value.
    same: bool,
}

/// A conflict.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PolicyConflict)]
pub struct ConflictView {
    part: &'static str,
    key: String,
    /// `value`, `structural` or `tie`.
    #[schema(pattern = "^(value|structural|tie)$")]
    kind: &'static str,
    winner: WinnerView,
    losers: Vec<LoserView>,
}

/// Who won.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PolicyConflictWinner)]
pub struct WinnerView {
    win_policy_id: String,
    #[schema(value_type = Value)]
    value: Value,
    priority: u32,
    #[schema(pattern = "^(enforced|direct|primary|default)$")]
    source: &'static str,
}

/// A setting that cannot be applied.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FailedSetting)]
pub struct FailedView {
    part: &'static str,
    key: String,
    win_policy_id: String,
    message: String,
}

/// Something about a device's policies that an administrator should know.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PolicyWarning)]
pub struct PolicyWarningView {
    /// `suspended`, `flapping` or `spelling`.
    rule: &'static str,
    win_policy_id: String,
    message: String,
}

/// What would change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EffectivePolicyPreview)]
pub struct PreviewView {
    /// The hash now.
    hash_before: String,
    /// The hash then.
    hash_after: String,
    changes: Vec<ChangeView>,
    /// The conflicts there would be.
    conflicts: Vec<ConflictView>,
    failed: Vec<FailedView>,
    warnings: Vec<PolicyWarningView>,
}

/// 32 bytes in hexadecimal.
fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The name of a device's effective policy (P9).
pub fn name_of(policies: &DevicePolicies) -> String {
    format!("Effective policy of {}", policies.device.display_name)
}

/// What an administrator should know of a device's policies.
pub fn warnings(policies: &DevicePolicies) -> Vec<PolicyWarningView> {
    let enforced = policies.enforced.iter().filter(|enforced| enforced.suspended);
    let enforced = enforced.map(PolicyWarningView::unreachable);
    let default = policies.default.iter().filter(|default| default.suspended);
    policies
        .suspended()
        .map(PolicyWarningView::suspended)
        .chain(enforced)
        .chain(default.map(PolicyWarningView::missed))
        .chain(policies.held.iter().map(PolicyWarningView::held))
        .collect()
}

impl PolicyWarningView {
    /// An assignment that supplies nothing (P14).
    fn suspended(assigned: &Assigned) -> Self {
        Self {
            rule: "suspended",
            win_policy_id: assigned.policy.id.to_string(),
            message: format!(
                "the {} assignment of this policy is suspended: the policy is not available in the device's segment",
                assigned.assignment.slot.as_str()
            ),
        }
    }

    /// What a rule gives and supplies nothing (P14).
    fn unreachable(enforced: &EnforcedPolicy) -> Self {
        let rule = &enforced.entry.rule;
        Self {
            rule: "suspended",
            win_policy_id: enforced.policy.id.to_string(),
            message: format!(
                "the automation rule {} ({}) gives this policy, which is not available in the device's segment",
                rule.name, rule.id
            ),
        }
    }

    /// A rule that turned too often (R7).
    fn held(held: &HeldRule) -> Self {
        let rule = &held.rule;
        Self {
            rule: "flapping",
            win_policy_id: held.policy.to_string(),
            message: format!(
                "the automation rule {} ({}) took and left this PC {FLIPS_MAX} times within an hour: the PC keeps \
                 what it had of it, whatever its facts say, at least until {}",
                rule.name, rule.id, held.until
            ),
        }
    }

    /// A default that supplies nothing (P14).
    fn missed(default: &DefaultPolicy) -> Self {
        Self {
            rule: "suspended",
            win_policy_id: default.policy.id.to_string(),
            message: "the organization's default policy is not available in the device's segment".to_owned(),
        }
    }

    fn all(policies: &DevicePolicies, effective: &Effective<'_>) -> Vec<Self> {
        let spelt = effective.spellings().map(|(outcome, loser)| Self {
            rule: "spelling",
            win_policy_id: place(effective, loser.place).0,
            message: format!("writes {} for {}", loser.key, outcome.key),
        });
        warnings(policies).into_iter().chain(spelt).collect()
    }
}

impl EffectivePolicyView {
    /// The view of a device's effective policy.
    pub fn new(policies: &DevicePolicies, version: u32, expanded: &Expanded) -> Self {
        let effective = policies.effective();
        Self {
            id: policies.device.id.to_string(),
            name: name_of(policies),
            version,
            hash: hex(effective.hash()),
            priority_order: "ascending",
            content: ContentView::of(effective.content(), expanded),
            policies: effective.places.iter().map(PlaceView::new).collect(),
            settings: effective
                .outcomes
                .iter()
                .map(|o| SettingView::new(o, &effective))
                .collect(),
            conflicts: conflicts(&effective),
            failed: failed(&effective),
            warnings: PolicyWarningView::all(policies, &effective),
        }
    }
}

impl PreviewView {
    /// The view of what would change.
    pub fn new(now: &DevicePolicies, then: &DevicePolicies) -> Self {
        let (before, after) = (now.effective(), then.effective());
        let changes = diff::effectives(&before, &after);
        Self {
            hash_before: hex(before.hash()),
            hash_after: hex(after.hash()),
            changes: changes.iter().map(ChangeView::new).collect(),
            conflicts: conflicts(&after),
            failed: failed(&after),
            warnings: PolicyWarningView::all(then, &after),
        }
    }
}

/// The conflicts of an effective policy.
pub fn conflicts(effective: &Effective<'_>) -> Vec<ConflictView> {
    let conflicts = effective.conflicts.iter();
    conflicts.map(|c| ConflictView::new(c, effective)).collect()
}

/// The conflicts that there are after and were not before.
pub fn new_conflicts(before: &Effective<'_>, after: &Effective<'_>) -> Vec<ConflictView> {
    let key = |c: &Conflict<'_>| (c.part, c.key.to_owned(), c.kind as u8);
    let known: Vec<_> = before.conflicts.iter().map(key).collect();
    let new = after.conflicts.iter().filter(|c| !known.contains(&key(c)));
    new.map(|c| ConflictView::new(c, after)).collect()
}

fn failed(effective: &Effective<'_>) -> Vec<FailedView> {
    effective
        .failed()
        .map(|(outcome, message)| FailedView {
            part: outcome.part.as_str(),
            key: outcome.key.to_owned(),
            win_policy_id: place(effective, outcome.winner).0,
            message: message.to_owned(),
        })
        .collect()
}

impl PlaceView {
    fn new(place: &Place<'_>) -> Self {
        Self {
            win_policy_id: place.policy.id.to_string(),
            name: place.policy.name.clone(),
            version: place.policy.version,
            priority: place.priority,
            sources: place
                .sources
                .iter()
                .map(|(priority, source)| SourceView {
                    source: source.as_str(),
                    priority: *priority,
                    rule: rule(source),
                    audiences: audiences(source),
                })
                .collect(),
        }
    }
}

fn rule(source: &Source) -> Option<Value> {
    match source {
        Source::Enforced { rule, .. } => Some(json!({ "id": rule.id, "name": rule.name })),
        Source::Direct | Source::Primary | Source::Default => None,
    }
}

fn matched(source: &Source) -> &[MatchedAudience] {
    match source {
        Source::Enforced { audiences, .. } => audiences,
        Source::Direct | Source::Primary | Source::Default => &[],
    }
}

fn audiences(source: &Source) -> Vec<Value> {
    let view = |m: &MatchedAudience| json!({ "id": m.audience.id, "name": m.audience.name, "reasons": m.reasons });
    matched(source).iter().map(view).collect()
}

/// Id, name, version, priority and source of a place.
fn place(effective: &Effective<'_>, at: usize) -> (String, String, u32, u32, &'static str) {
    match effective.places.get(at) {
        Some(place) => (
            place.policy.id.to_string(),
            place.policy.name.clone(),
            place.policy.version,
            place.priority,
            place.source().as_str(),
        ),
        None => (String::new(), String::new(), 0, 0, ""),
    }
}

impl SettingView {
    fn new(outcome: &Outcome<'_>, effective: &Effective<'_>) -> Self {
        let (win_policy_id, policy_name, policy_version, priority, source) = place(effective, outcome.winner);
        let origin = effective.places.get(outcome.winner).map(Place::source);
        let mut reasons: Vec<String> = origin
            .map(matched)
            .unwrap_or_default()
            .iter()
            .flat_map(|m| m.reasons.clone())
            .collect();
        reasons.sort_unstable();
        reasons.dedup();
        let (value, error) = match &outcome.value {
            Ok(value) => (value.clone().into_owned(), None),
            Err(message) => (Value::Null, Some(message.clone())),
        };
        Self {
            part: outcome.part.as_str(),
            key: outcome.key.to_owned(),
            value,
            error,
            win_policy_id,
            policy_name,
            policy_version,
            priority,
            source,
            tie: outcome.tie,
            rule: origin.and_then(rule),
            audiences: origin.map(audiences).unwrap_or_default(),
            reasons,
            losers: outcome.losers.iter().map(|l| LoserView::new(l, effective)).collect(),
        }
    }
}

impl LoserView {
    fn new(loser: &Loser<'_>, effective: &Effective<'_>) -> Self {
        let (win_policy_id, policy_name, policy_version, priority, source) = place(effective, loser.place);
        Self {
            win_policy_id,
            policy_name,
            policy_version,
            priority,
            source,
            key: loser.key.to_owned(),
            value: loser.value.clone(),
            same: loser.same,
        }
    }
}

impl ConflictView {
    fn new(conflict: &Conflict<'_>, effective: &Effective<'_>) -> Self {
        let (win_policy_id, _, _, priority, source) = place(effective, conflict.winner);
        Self {
            part: conflict.part.as_str(),
            key: conflict.key.to_owned(),
            kind: conflict.kind.as_str(),
            winner: WinnerView {
                win_policy_id,
                value: conflict.value.clone(),
                priority,
                source,
            },
            losers: conflict.losers.iter().map(|l| LoserView::new(l, effective)).collect(),
        }
    }
}

/// The same, found on the PCs that have a policy.
impl From<&PolicyConflict> for ConflictView {
    fn from(conflict: &PolicyConflict) -> Self {
        let winner = &conflict.winner;
        Self {
            part: conflict.part.as_str(),
            key: conflict.key.clone(),
            kind: conflict.kind.as_str(),
            winner: WinnerView {
                win_policy_id: winner.policy.to_string(),
                value: winner.value.clone(),
                priority: winner.priority,
                source: winner.source,
            },
            losers: conflict.losers.iter().map(LoserView::from).collect(),
        }
    }
}

impl From<&Rival> for LoserView {
    fn from(rival: &Rival) -> Self {
        Self {
            win_policy_id: rival.policy.to_string(),
            policy_name: rival.name.clone(),
            policy_version: rival.version,
            priority: rival.priority,
            source: rival.source,
            key: rival.key.clone(),
            value: rival.value.clone(),
            same: false,
        }
    }
}
