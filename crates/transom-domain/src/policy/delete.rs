//! Removing a policy.

use super::{Policy, PolicyError, PolicyScope, create::recorded, update};
use crate::{
    Context, OrganizationId, PolicyId,
    audit::{Audit, Target},
    ports::{AuditLogMut, PoliciesMut},
};
use serde_json::Value;

/// Most users named when a policy cannot be removed: as many as one answer names.
const ASSIGNEES_NAMED_MAX: u32 = 100;

/// Removes a policy with all its versions. While devices have it, it is refused; with `detach` it is taken from them in
/// the same unit.
///
/// # Errors
/// See [`PolicyError`].
pub fn delete(
    tx: &mut (impl PoliciesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    policy: PolicyId,
    detach: bool,
) -> Result<Policy, PolicyError> {
    let policy = update::own(tx, organization, scope, policy)?;
    let mut before = recorded(&policy);
    if detach {
        let devices = tx.detach_policy(policy.id, cx.now)?;
        if let Value::Object(before) = &mut before {
            before.insert("detachedDevices".to_owned(), Value::from(devices));
        }
    } else {
        let (mut assignees, total) = tx.policy_assignees(policy.id, ASSIGNEES_NAMED_MAX)?;
        if total > 0 {
            // Devices elsewhere are counted and not named.
            assignees.retain(|a| scope.own.contains(a.segment));
            return Err(PolicyError::InUse { assignees, total });
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
