//! The token of a template, shown again and replaced.

use super::{EnrollmentTemplate, TemplateError, TemplateStore, locked};
use crate::{
    Context, EnrollmentTemplateId, OrganizationId,
    audit::{Audit, Target},
    ports::{AuditLogMut, StoreError},
    secret::Secret,
    segment::SegmentScope,
};
use serde_json::json;

/// Shows a template's token in clear; who asked is on record.
///
/// # Errors
/// See [`TemplateError`].
pub fn reveal_token(
    tx: &mut (impl TemplateStore + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: EnrollmentTemplateId,
) -> Result<(EnrollmentTemplate, Secret), TemplateError> {
    let template = locked(tx, organization, scope, id)?;
    let token = tx.lock_enrollment_token(template.token)?.ok_or_else(|| lost(id))?;
    // A rotation that had to do without a key put something else in its place.
    let value = token.value.filter(|value| value.hash() == token.hash);
    let value = value.ok_or(TemplateError::TokenLost)?;
    record_token(tx, cx, &template, "mdm.windows.enrollmentTemplate.revealToken")?;
    Ok((template, value))
}

/// Gives a template's token another value. The one before opens nothing from now on; PCs that it enrolled stay.
///
/// # Errors
/// See [`TemplateError`].
pub fn rotate_token(
    tx: &mut (impl TemplateStore + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: EnrollmentTemplateId,
) -> Result<(EnrollmentTemplate, Secret), TemplateError> {
    let mut template = locked(tx, organization, scope, id)?;
    let mut token = tx.lock_enrollment_token(template.token)?.ok_or_else(|| lost(id))?;
    let secret = token.renew(cx);
    tx.update_enrollment_token(&token)?;
    template.updated_at = cx.now;
    tx.update_enrollment_template(&template)?;
    record_token(tx, cx, &template, "mdm.windows.enrollmentTemplate.rotateToken")?;
    Ok((template, secret))
}

fn lost(id: EnrollmentTemplateId) -> StoreError {
    StoreError::Inconsistent(format!("enrollment_templates {id}: its token is not there"))
}

fn record_token(
    tx: &mut (impl AuditLogMut + ?Sized),
    cx: &mut Context,
    template: &EnrollmentTemplate,
    action: &str,
) -> Result<(), StoreError> {
    let audit = Audit::new(cx, template.organization, action)
        .target(Target::EnrollmentTemplate(template.id))
        .segment(template.segment)
        .after(json!({ "winEnrollmentTokenId": template.token.to_string() }));
    tx.append_audit(&audit.done())
}
