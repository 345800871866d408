//! Making, changing and removing rules (B.7). The PCs follow in steps (decision 36).

use super::{AutomationRule, RULE_AUDIENCES_MAX, RULES_MAX, RuleError, work};
use crate::{
    AudienceId, Context, OrganizationId, PolicyId, RuleId,
    audience::change::{check_segment, check_texts},
    audit::{Audit, Target},
    device::update::Violation,
    policy::{PRIORITY_MAX, PolicyScope},
    ports::{
        Audiences, AuditLogMut, AutomationRules, AutomationRulesMut, OrganizationsMut, Policies, PoliciesMut, Segments,
        StoreError,
    },
    segment::{SegmentId, SegmentScope},
};
use serde_json::{Value, json};

/// What a rule is to do: give this policy this strength (R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetPolicy {
    /// The policy.
    pub policy: PolicyId,
    /// How strong; lower wins.
    pub priority: u32,
}

/// What is wanted of a rule. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteRule {
    /// Its name.
    pub name: Option<String>,
    /// What it is for; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// Whether it is in force.
    pub enabled: Option<bool>,
    /// Where it is in the tree.
    pub segment: Option<SegmentId>,
    /// Its audiences, all of them.
    pub audiences: Option<Vec<AudienceId>>,
    /// What it does.
    pub action: Option<SetPolicy>,
}

impl WriteRule {
    /// Checks and cleans every field.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        check_texts(&mut self.name, &mut self.description, &mut wrong);
        if let Some(audiences) = &mut self.audiences {
            if audiences.is_empty() || audiences.len() > RULE_AUDIENCES_MAX {
                let message = format!("must have 1 to {RULE_AUDIENCES_MAX} audiences, not {}", audiences.len());
                wrong.push(Violation::new("deviceAudienceIds", "items", message));
            }
            let mut seen = std::collections::HashSet::new();
            audiences.retain(|id| seen.insert(*id));
        }
        if self.action.is_some_and(|action| action.priority > PRIORITY_MAX) {
            let message = format!("must be a whole number from 0 to {PRIORITY_MAX}");
            wrong.push(Violation::new("action.priority", "range", message));
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    /// The rule with what is wanted.
    #[must_use]
    pub fn over(self, rule: &AutomationRule) -> AutomationRule {
        AutomationRule {
            name: self.name.unwrap_or_else(|| rule.name.clone()),
            description: self.description.unwrap_or_else(|| rule.description.clone()),
            enabled: self.enabled.unwrap_or(rule.enabled),
            segment: self.segment.unwrap_or(rule.segment),
            audiences: self.audiences.unwrap_or_else(|| rule.audiences.clone()),
            policy: self.action.map_or(rule.policy, |action| action.policy),
            priority: self.action.map_or(rule.priority, |action| action.priority),
            ..rule.clone()
        }
    }
}

/// Checks what a rule newly refers to: it must be in the caller's sight.
///
/// # Errors
/// What it names that does not exist.
pub fn check_references(
    view: &mut (impl Audiences + Policies + Segments + ?Sized),
    scope: &PolicyScope,
    before: Option<&AutomationRule>,
    after: &AutomationRule,
) -> Result<(), RuleError> {
    let unknown = |path: String, id: String| RuleError::UnknownReference { path, id };
    let organization = after.organization;
    if before.is_none_or(|before| before.segment != after.segment) {
        check_segment(view, organization, &scope.own, after.segment)?;
    }
    let known = view.audiences_by_id(organization, &after.audiences)?;
    for (index, id) in after.audiences.iter().enumerate() {
        let had = before.is_some_and(|before| before.audiences.contains(id));
        let seen = |a: &crate::audience::Audience| had || scope.shows(a.segment, a.expose_to_children);
        if !known.iter().any(|a| a.id == *id && seen(a)) {
            return Err(unknown(format!("deviceAudienceIds[{index}]"), id.to_string()));
        }
    }
    if before.is_none_or(|before| before.policy != after.policy) {
        let policy = view.policy(organization, after.policy)?;
        if !policy.is_some_and(|policy| scope.sees(&policy)) {
            return Err(unknown("action.winPolicyId".to_owned(), after.policy.to_string()));
        }
    }
    Ok(())
}

/// The rule of that id, if somebody who sees `scope` sees it.
///
/// # Errors
/// When there is none.
pub fn find(
    view: &mut (impl AutomationRules + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    id: RuleId,
) -> Result<AutomationRule, RuleError> {
    let rule = view.automation_rule(organization, id)?;
    rule.filter(|rule| scope.contains(rule.segment))
        .ok_or(RuleError::Unknown)
}

/// A rule that refers to nothing, for the fields of one that is to be made.
#[must_use]
pub fn blank(cx: &mut Context, organization: OrganizationId, action: SetPolicy) -> AutomationRule {
    AutomationRule {
        id: cx.id(),
        organization,
        segment: SegmentId::ROOT,
        name: String::new(),
        description: None,
        enabled: true,
        audiences: Vec::new(),
        policy: action.policy,
        priority: action.priority,
        created_at: cx.now,
        updated_at: cx.now,
    }
}

/// Makes a rule in a segment that the caller sees. The organization's row is locked, so that the limit holds.
///
/// # Errors
/// See [`RuleError`].
pub fn create(
    tx: &mut (impl AutomationRulesMut + Audiences + PoliciesMut + OrganizationsMut + Segments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    request: &WriteRule,
    action: SetPolicy,
) -> Result<AutomationRule, RuleError> {
    let request = request.clone().checked().map_err(RuleError::Invalid)?;
    tx.lock_organization(organization)?;
    // A policy that is being removed waits for this unit, or is gone when it is looked up.
    tx.lock_policy(action.policy)?;
    let rule = request.over(&blank(cx, organization, action));
    check_references(tx, scope, None, &rule)?;
    if tx.automation_rules(organization)?.len() >= RULES_MAX {
        let message = format!("an organization has at most {RULES_MAX} automation rules");
        return Err(RuleError::LimitExceeded(message));
    }
    tx.insert_automation_rule(&rule)?;
    if rule.enabled {
        work::enqueue(tx, cx, organization, work::WorkKind::Rules, None)?;
    }
    let audit = Audit::new(cx, organization, "mdm.global.automationRule.create")
        .target(Target::AutomationRule(rule.id))
        .segment(rule.segment)
        .after(told(&rule));
    tx.append_audit(&audit.done())?;
    Ok(rule)
}

/// Changes a rule. Where nothing changes, nothing is written and nothing is audited.
///
/// # Errors
/// See [`RuleError`].
pub fn update(
    tx: &mut (impl AutomationRulesMut + Audiences + PoliciesMut + OrganizationsMut + Segments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    id: RuleId,
    request: &WriteRule,
) -> Result<AutomationRule, RuleError> {
    tx.lock_organization(organization)?;
    let before = find(tx, organization, &scope.own, id)?;
    let request = request.clone().checked().map_err(RuleError::Invalid)?;
    if let Some(action) = request.action {
        tx.lock_policy(action.policy)?;
    }
    let mut after = request.over(&before);
    if after == before {
        return Ok(before);
    }
    check_references(tx, scope, Some(&before), &after)?;
    after.updated_at = cx.now;
    tx.update_automation_rule(&after)?;
    let matters = |rule: &AutomationRule| (rule.enabled, rule.segment, rule.audiences.clone());
    if matters(&after) != matters(&before) && (after.enabled || before.enabled) {
        work::enqueue(tx, cx, organization, work::WorkKind::Rules, None)?;
    }
    let audit = Audit::new(cx, organization, "mdm.global.automationRule.update")
        .target(Target::AutomationRule(id))
        .segment(after.segment)
        .before(told(&before))
        .after(told(&after));
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes a rule. It gives nothing from this moment on; its entries are worked off in steps, and then it is gone.
///
/// # Errors
/// See [`RuleError`].
pub fn remove(
    tx: &mut (impl AutomationRulesMut + OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: RuleId,
) -> Result<AutomationRule, RuleError> {
    tx.lock_organization(organization)?;
    let rule = find(tx, organization, scope, id)?;
    take_away(tx, cx, &rule)?;
    Ok(rule)
}

/// The rules that give a policy.
///
/// # Errors
/// When the store fails.
pub fn of_policy(
    view: &mut (impl AutomationRules + ?Sized),
    organization: OrganizationId,
    policy: PolicyId,
) -> Result<Vec<AutomationRule>, StoreError> {
    let mut rules = view.automation_rules(organization)?;
    rules.retain(|rule| rule.policy == policy);
    Ok(rules)
}

/// Removes a rule that was found.
///
/// # Errors
/// When the store fails.
pub fn take_away(
    tx: &mut (impl AutomationRulesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    rule: &AutomationRule,
) -> Result<(), StoreError> {
    tx.remove_automation_rule(rule.id, cx.now)?;
    work::enqueue(tx, cx, rule.organization, work::WorkKind::Rules, None)?;
    let audit = Audit::new(cx, rule.organization, "mdm.global.automationRule.remove")
        .target(Target::AutomationRule(rule.id))
        .segment(rule.segment)
        .before(told(rule));
    tx.append_audit(&audit.done())
}

/// A rule for the audit record.
fn told(rule: &AutomationRule) -> Value {
    json!({
        "name": rule.name,
        "description": rule.description,
        "enabled": rule.enabled,
        "segmentId": rule.segment.0,
        "deviceAudienceIds": rule.audiences.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "action": {
            "type": "setPolicy",
            "platform": "windows",
            "winPolicyId": rule.policy.to_string(),
            "priority": rule.priority,
        },
    })
}
