//! Making a policy.

use super::{NAME_CHARS_MAX, Policy, PolicyContent, PolicyError, PolicyVersion, references};
use crate::{
    Context, OrganizationId,
    audit::{Audit, Target},
    device::update::Violation,
    ports::{AdmxConfigsMut, ApplicationsMut, AssetsMut, AuditLogMut, PoliciesMut, ScriptsMut, SegmentsMut},
    segment::{SegmentId, SegmentScope},
    text,
};
use serde_json::{Value, json};

/// What is to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePolicy {
    /// Its name.
    pub name: String,
    /// What it sets.
    pub content: PolicyContent,
    /// Where it goes.
    pub segment: SegmentId,
    /// Whether PCs in the segments below can have it too.
    pub expose_to_children: bool,
}

impl CreatePolicy {
    /// Checks and cleans every field.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        let name = text::line(&self.name, NAME_CHARS_MAX).unwrap_or_else(|error| {
            wrong.push(Violation::new("name", "text", error));
            String::new()
        });
        match self.content.checked() {
            Ok(content) if wrong.is_empty() => Ok(Self { name, content, ..self }),
            Ok(_) => Err(wrong),
            Err(more) => {
                wrong.extend(more);
                Err(wrong)
            }
        }
    }
}

/// Makes a policy in a segment that the caller sees.
///
/// # Errors
/// See [`PolicyError`].
pub fn create(
    tx: &mut (
             impl PoliciesMut
             + SegmentsMut
             + ApplicationsMut
             + ScriptsMut
             + AssetsMut
             + AdmxConfigsMut
             + AuditLogMut
             + ?Sized
         ),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    request: &CreatePolicy,
) -> Result<Policy, PolicyError> {
    let request = request.clone().checked().map_err(PolicyError::Invalid)?;
    check_segment(tx, organization, scope, request.segment)?;
    let policy = Policy {
        id: cx.id(),
        organization,
        segment: request.segment,
        name: request.name,
        content: request.content,
        expose_to_children: request.expose_to_children,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    references::check(tx, &policy, None)?;
    insert(tx, cx, &policy)?;
    Ok(policy)
}

/// Stores a new policy, its first version, and the entry on record.
pub(super) fn insert(
    tx: &mut (impl PoliciesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    policy: &Policy,
) -> Result<(), PolicyError> {
    tx.insert_policy(policy)?;
    tx.append_policy_version(&PolicyVersion::of(policy, cx))?;
    let audit = Audit::new(cx, policy.organization, "mdm.windows.policy.create")
        .target(Target::Policy(policy.id))
        .segment(policy.segment)
        .after(recorded(policy));
    tx.append_audit(&audit.done())?;
    Ok(())
}

/// A segment named in a request must exist and be in the caller's sight.
pub(super) fn check_segment(
    tx: &mut (impl SegmentsMut + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    segment: SegmentId,
) -> Result<(), PolicyError> {
    if scope.contains(segment) && tx.segment(organization, segment)?.is_some() {
        return Ok(());
    }
    Err(PolicyError::UnknownReference {
        path: "segmentId".to_owned(),
        id: segment.to_string(),
    })
}

/// What the audit record says of a policy. Values may be secrets, such as a Wi-Fi key: the record says which settings
/// there are, and the versions say what they are.
pub(super) fn recorded(policy: &Policy) -> Value {
    let content = &policy.content;
    json!({
        "name": policy.name,
        "segmentId": policy.segment.0,
        "exposeToChildren": policy.expose_to_children,
        "version": policy.version,
        "config": content.config.keys().collect::<Vec<_>>(),
        "applications": content.applications.len(),
        "bookmarks": content.bookmarks.len(),
        "scripts": content.scripts.len(),
        "admxConfigs": content.admx_configs.len(),
        "assets": content.assets.len(),
    })
}
