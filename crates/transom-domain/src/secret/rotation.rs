//! The record of a rotation of the keys that secrets are sealed with. Sealing itself is the store's own affair.

use crate::{
    Context, OrganizationId,
    audit::{Audit, Target},
    ports::{AuditLogMut, OrganizationsMut, StoreError},
};
use serde_json::json;

/// Organizations that get their entry in one unit of work: a server has a few of them, a provider's some thousands.
pub const RECORD_STEP: u32 = 100;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The id of the key that everything is sealed with.
    pub key: String,
    /// The ids of those that were taken away.
    pub retired: Vec<String>,
    /// Values whose key was lost, and that are replaced by random ones.
    pub replaced: u64,
}

/// Puts the rotation on record for the next organizations behind `after`, because the secrets of each were sealed anew.
/// Answers the last of them; none once all have their entry.
///
/// # Errors
/// When the store fails.
pub fn record(
    tx: &mut (impl OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    after: Option<OrganizationId>,
    rotated: &Rotated,
) -> Result<Option<OrganizationId>, StoreError> {
    let organizations = tx.organizations_after(after, RECORD_STEP)?;
    for organization in &organizations {
        let entry = Audit::new(cx, *organization, "base.organization.secret.rotate")
            .target(Target::Organization(*organization))
            .before(json!({ "keys": rotated.retired }))
            .after(json!({ "keys": [rotated.key], "replacedOnServer": rotated.replaced }));
        tx.append_audit(&entry.done())?;
    }
    Ok(organizations.last().copied())
}
