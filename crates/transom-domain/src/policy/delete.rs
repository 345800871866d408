//! Removing a policy.

use super::{Policy, PolicyError, PolicyScope, create::recorded, effective::Named, update};
use crate::{
    Context, OrganizationId, PolicyId,
    audit::{Audit, Target},
    automation_rule::change as rules,
    ports::{AuditLogMut, AutomationRulesMut, PoliciesMut},
};
use serde_json::Value;

/// Most users named when a policy cannot be removed: as many as one answer names.
const ASSIGNEES_NAMED_MAX: u32 = 100;

/// Removes a policy with all its versions. While devices have it or rules give it, it is refused; with `detach` it is
/// taken from the devices and the rules are removed in the same unit.
///
/// # Errors
/// See [`PolicyError`].
pub fn delete(
    tx: &mut (impl PoliciesMut + AutomationRulesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    policy: PolicyId,
    detach: bool,
) -> Result<Policy, PolicyError> {
    let policy = update::own(tx, organization, scope, policy)?;
    let mut before = recorded(&policy);
    let rules = rules::of_policy(tx, organization, policy.id)?;
    if detach {
        for rule in &rules {
            rules::take_away(tx, cx, rule)?;
        }
        let devices = tx.detach_policy(policy.id, cx.now)?;
        if let Value::Object(before) = &mut before {
            before.insert("detachedDevices".to_owned(), Value::from(devices));
        }
    } else {
        let (mut assignees, total) = tx.policy_assignees(policy.id, ASSIGNEES_NAMED_MAX)?;
        if total > 0 || !rules.is_empty() {
            // Devices and rules elsewhere are counted and not named.
            assignees.retain(|a| scope.own.contains(a.segment));
            let total_rules = rules.len() as u64;
            let seen = rules.into_iter().filter(|rule| scope.own.contains(rule.segment));
            let rules = seen.map(|rule| Named {
                id: rule.id.to_string(),
                name: rule.name,
            });
            return Err(PolicyError::InUse {
                assignees,
                rules: rules.collect(),
                total: total + total_rules,
            });
        }
    }
    tx.delete_policy(policy.id)?;
    let audit = Audit::new(cx, organization, "mdm.windows.policy.remove")
        .target(Target::Policy(policy.id))
        .segment(policy.segment)
        .before(before);
    tx.append_audit(&audit.done())?;
    Ok(policy)
}
