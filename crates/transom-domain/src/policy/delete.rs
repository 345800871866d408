//! Removing a policy.

use super::{Policy, PolicyError, PolicyScope, PolicyUses, create::recorded, effective::Named, update};
use crate::{
    Context, OrganizationId, PolicyId,
    audit::{Audit, Target},
    automation_rule::{AutomationRule, change as rules},
    default_config::{self, DefaultConfig, DefaultConfigError, DefaultKind},
    ports::{
        AuditLogMut, AutomationRulesMut, DefaultConfigs, DefaultConfigsMut, EnrollmentTemplatesMut,
        EnrollmentTokensMut, OrganizationsMut, PoliciesMut, StoreError,
    },
};
use serde_json::Value;

/// Most users named when a policy cannot be removed: as many as one answer names.
const ASSIGNEES_NAMED_MAX: u32 = 100;

/// Most devices named in the record of a policy that was taken from them: such a list has some 25 KB.
const DEVICES_NAMED_MAX: usize = 1_000;

/// The organization's default, if it is this policy.
///
/// # Errors
/// When the store fails.
pub fn default_of(
    view: &mut (impl DefaultConfigs + ?Sized),
    organization: OrganizationId,
    policy: PolicyId,
) -> Result<Option<DefaultConfig>, StoreError> {
    let default = view.default_config(organization, DefaultKind::WinPolicy)?;
    Ok(default.filter(|d| d.element.policy() == Some(policy)))
}

/// Removes a policy with all its versions. While devices have it, rules give it, enrolment templates and tokens would
/// give it, or it is the organization's default, it is refused; with `detach` the rules and the default are removed and
/// it is taken from the others, in the same unit.
///
/// # Errors
/// See [`PolicyError`].
pub fn delete(
    tx: &mut (
             impl PoliciesMut
             + AutomationRulesMut
             + EnrollmentTemplatesMut
             + EnrollmentTokensMut
             + DefaultConfigsMut
             + OrganizationsMut
             + AuditLogMut
             + ?Sized
         ),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    policy: PolicyId,
    detach: bool,
) -> Result<Policy, PolicyError> {
    // Whoever sets a default locks the organization first, too.
    if default_of(tx, organization, policy)?.is_some() {
        tx.lock_organization(organization)?;
    }
    let policy = update::own(tx, organization, scope, policy)?;
    let default = default_of(tx, organization, policy.id)?;
    let mut before = recorded(&policy);
    let rules = rules::of_policy(tx, organization, policy.id)?;
    let uses = PolicyUses {
        is_default: default.is_some(),
        ..uses(tx, cx, scope, &policy, &rules)?
    };
    if detach {
        for rule in &rules {
            rules::take_away(tx, cx, rule)?;
        }
        if let Some(default) = default {
            let removed = default_config::remove(tx, cx, organization, default.id);
            removed.map_err(|error| match error {
                DefaultConfigError::Store(error) => error,
                other => StoreError::Inconsistent(other.to_string()),
            })?;
        }
        let devices = tx.detach_policy(policy.id, cx.now)?;
        for mut template in tx.enrollment_templates_of_policy(policy.id)? {
            template.forget_policy(policy.id);
            template.updated_at = cx.now;
            tx.update_enrollment_template(&template)?;
        }
        if let Value::Object(before) = &mut before {
            let named = devices.iter().take(DEVICES_NAMED_MAX).map(ToString::to_string);
            before.insert("detachedDevices".to_owned(), Value::from(devices.len()));
            before.insert("detachedDeviceIds".to_owned(), named.collect());
            before.insert(
                "detachedEnrollmentTemplates".to_owned(),
                Value::from(uses.template_count),
            );
            before.insert("detachedEnrollmentTokens".to_owned(), Value::from(uses.tokens));
        }
    } else if uses.total() > 0 {
        return Err(PolicyError::InUse(Box::new(uses)));
    }
    // Tokens that are over may go on naming it, which nobody needs.
    tx.detach_policy_from_enrollment_tokens(policy.id)?;
    tx.delete_policy(policy.id)?;
    let audit = Audit::new(cx, organization, "mdm.windows.policy.remove")
        .target(Target::Policy(policy.id))
        .segment(policy.segment)
        .before(before);
    tx.append_audit(&audit.done())?;
    Ok(policy)
}

/// Who names a policy. What lies elsewhere is counted and not named.
fn uses(
    tx: &mut (impl PoliciesMut + EnrollmentTemplatesMut + EnrollmentTokensMut + ?Sized),
    cx: &Context,
    scope: &PolicyScope,
    policy: &Policy,
    rules: &[AutomationRule],
) -> Result<PolicyUses, StoreError> {
    let (mut assignees, assignments) = tx.policy_assignees(policy.id, ASSIGNEES_NAMED_MAX)?;
    assignees.retain(|a| scope.own.contains(a.segment));
    let templates = tx.enrollment_templates_of_policy(policy.id)?;
    let tokens = tx.enrollment_tokens_of_policy(policy.id, cx.now)?;
    let seen = templates.iter().filter(|t| scope.own.contains(t.segment));
    let seen_rules = rules.iter().filter(|rule| scope.own.contains(rule.segment));
    Ok(PolicyUses {
        assignees,
        assignments,
        rules: seen_rules
            .map(|rule| Named {
                id: rule.id.to_string(),
                name: rule.name.clone(),
            })
            .collect(),
        rule_count: rules.len() as u64,
        template_count: templates.len() as u64,
        templates: seen.map(|t| (t.id, t.name.clone())).collect(),
        tokens: tokens.len() as u64,
        is_default: false,
    })
}
