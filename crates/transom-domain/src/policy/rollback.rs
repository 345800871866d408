//! Going back to an earlier version.

use super::{Policy, PolicyError, PolicyScope, references, update};
use crate::{
    Context, OrganizationId, PolicyId,
    ports::{AdmxConfigsMut, ApplicationsMut, AssetsMut, AuditLogMut, PoliciesMut, ScriptsMut, Segments},
};

/// Makes a new version of a policy with name and content of an earlier one. Its segment and whether it is exposed stay:
/// they say who has it, not what it sets.
///
/// # Errors
/// See [`PolicyError`].
pub fn rollback(
    tx: &mut (
             impl PoliciesMut + Segments + ApplicationsMut + ScriptsMut + AssetsMut + AdmxConfigsMut + AuditLogMut + ?Sized
         ),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    policy: PolicyId,
    version: u32,
) -> Result<Policy, PolicyError> {
    let before = update::own(tx, organization, scope, policy)?;
    let earlier = tx.policy_version(policy, version)?;
    let earlier = earlier.ok_or_else(|| PolicyError::UnknownReference {
        path: "version".to_owned(),
        id: version.to_string(),
    })?;
    let mut after = before.clone();
    (after.name, after.content) = (earlier.name, earlier.content);
    // What the earlier version refers to may be gone by now.
    references::check(tx, &after, Some(&before))?;
    update::save(tx, cx, &before, after, "mdm.windows.policy.update")
}
