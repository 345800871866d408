//! What the device object says of policies (A.6, E.6).

use crate::admin::{
    automation_rules::view::MatchedAudienceView,
    effective_policy::view::{ConflictView, PolicyWarningView, conflicts, name_of, warnings},
    policies::{
        expanded::Expanded,
        view::{ContentView, PolicyView},
    },
    view::Moment,
};
use serde::Serialize;
use serde_json::{Value, json};
use transom_domain::{
    PolicyId,
    automation_rule::enforced::Enforced,
    organization::Organization,
    policy::{
        Assignment, EffectiveState, Policy, PolicyScope, Slot,
        assigned::{Assigned, DevicePolicies},
    },
};
use utoipa::ToSchema;

/// The policies of a device, as its object shows them.
#[derive(Debug, Default)]
pub struct ShownPolicies {
    pub win_policy: Option<Value>,
    pub device_win_policy: Option<Value>,
    pub assignments: Vec<AssignmentView>,
    pub enforced: Vec<EnforcedView>,
    /// The records of the scripts that the effective policy has.
    pub scripts_info: Vec<Value>,
    pub conflicts: Vec<ConflictView>,
    pub warnings: Vec<PolicyWarningView>,
}

/// A direct assignment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PolicyAssignment)]
pub struct AssignmentView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_policy_id: String,
    /// Null where the caller does not see the policy.
    #[schema(value_type = Option<Object>)]
    win_policy: Option<Value>,
    #[schema(maximum = 10000)]
    priority: u32,
    /// The policy is out of reach of the device's segment and supplies nothing.
    suspended: bool,
}

/// A policy that a rule gives; nobody writes it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnforcedPolicyAssignment)]
pub struct EnforcedView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_policy_id: String,
    /// Null where the caller does not see the policy.
    #[schema(value_type = Option<Object>)]
    win_policy: Option<Value>,
    #[schema(maximum = 10000)]
    priority: u32,
    automation_rule: EnforcingRuleView,
    /// The policy is out of reach of the device's segment and supplies nothing.
    suspended: bool,
}

/// The rule that gives a policy, and why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnforcingRule)]
pub struct EnforcingRuleView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    name: String,
    device_audiences: Vec<MatchedAudienceView>,
}

impl EnforcedView {
    fn new(entry: &Enforced, win_policy: Option<Value>, suspended: bool) -> Self {
        Self {
            win_policy_id: entry.policy.to_string(),
            win_policy,
            priority: entry.priority,
            automation_rule: EnforcingRuleView {
                id: entry.rule.id.clone(),
                name: entry.rule.name.clone(),
                device_audiences: entry.audiences.iter().map(MatchedAudienceView::new).collect(),
            },
            suspended,
        }
    }
}

/// The effective policy as a policy object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DevicePolicyView {
    id: String,
    organization_id: String,
    win_enterprise_id: String,
    name: String,
    #[serde(flatten)]
    content: ContentView,
    segment_id: u32,
    version: u32,
    updated_at: Moment,
    created_at: Moment,
}

impl ShownPolicies {
    /// Everything, with the policies expanded as far as the caller sees them.
    pub fn whole(
        policies: &DevicePolicies,
        state: &EffectiveState,
        organization: &Organization,
        scope: &PolicyScope,
        records: &Expanded,
    ) -> Self {
        let object = |policy: &Policy| {
            let policy = scope.sees(policy).then_some(policy)?;
            serde_json::to_value(PolicyView::new(policy, organization, records)).ok()
        };
        let expanded = |assigned: &Assigned| object(&assigned.policy);
        let merged = policies.effective();
        let content = merged.content();
        let scripts_info = content.get("scripts").map(|list| records.scripts(list));
        let device = &policies.device;
        let effective = DevicePolicyView {
            id: device.id.to_string(),
            organization_id: device.organization.to_string(),
            win_enterprise_id: organization.enterprise.to_string(),
            name: name_of(policies),
            content: ContentView::of(content, records),
            segment_id: device.segment.0,
            version: state.version,
            updated_at: Moment(state.updated_at),
            created_at: Moment(device.created_at),
        };
        Self {
            win_policy: policies.primary().and_then(expanded),
            device_win_policy: serde_json::to_value(effective).ok(),
            assignments: policies
                .direct()
                .map(|assigned| AssignmentView {
                    win_policy_id: assigned.policy.id.to_string(),
                    win_policy: expanded(assigned),
                    priority: assigned.assignment.priority,
                    suspended: assigned.suspended,
                })
                .collect(),
            enforced: policies
                .enforced
                .iter()
                .map(|e| EnforcedView::new(&e.entry, object(&e.policy), e.suspended))
                .collect(),
            scripts_info: scripts_info.unwrap_or_default(),
            conflicts: conflicts(&merged),
            warnings: warnings(policies),
        }
    }

    /// For lists: policies by id, name and version only, without their contents; thousands of them would be gigabytes.
    pub fn brief(
        assignments: &[Assignment],
        enforced: &[Enforced],
        policies: &[Policy],
        is_in_reach: impl Fn(&Policy) -> bool,
        scope: &PolicyScope,
    ) -> Self {
        let found = |policy: PolicyId| policies.iter().find(|p| p.id == policy);
        let reference = |policy: PolicyId| {
            let policy = found(policy).filter(|p| scope.sees(p))?;
            Some(json!({ "id": policy.id.to_string(), "name": policy.name, "version": policy.version }))
        };
        let of = |slot| assignments.iter().filter(move |a| a.slot == slot);
        Self {
            win_policy: of(Slot::Primary).next().and_then(|a| reference(a.policy)),
            assignments: of(Slot::Direct)
                .map(|assignment| AssignmentView {
                    win_policy_id: assignment.policy.to_string(),
                    win_policy: reference(assignment.policy),
                    priority: assignment.priority,
                    suspended: !found(assignment.policy).is_some_and(&is_in_reach),
                })
                .collect(),
            enforced: enforced
                .iter()
                .map(|entry| {
                    let is_suspended = !found(entry.policy).is_some_and(&is_in_reach);
                    EnforcedView::new(entry, reference(entry.policy), is_suspended)
                })
                .collect(),
            ..Self::default()
        }
    }
}
