//! What an administrator does with templates: makes, changes and removes them, reveals and rotates their tokens.

mod record;
mod token;

pub use token::{reveal_token, rotate_token};

use super::{
    AuxiliaryField, EnrollmentTemplate, LoginProvider, MobilityApp, Rule, TEMPLATES_MAX, check, patterns::Patterns,
};
use crate::{
    Context, EnrollmentTemplateId, OrganizationId, PolicyId,
    audit::{Audit, Target},
    default_config::{DefaultElement, DefaultKind},
    device::update::Violation,
    enrollment_token::EnrollmentToken,
    policy::PolicyScope,
    ports::{
        AuditLogMut, DefaultConfigs, EnrollmentTemplates, EnrollmentTemplatesMut, EnrollmentTokensMut,
        OrganizationsMut, PoliciesMut, Segments, StoreError,
    },
    secret::Secret,
    segment::{SegmentId, SegmentScope},
};
use record::{differences, told};

/// What stands where a secret is not shown.
pub const MASK: &str = "********";

/// What is wanted of a template. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteTemplate {
    /// Its name.
    pub name: Option<String>,
    /// What it is for; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// The rules, all of them.
    pub rules: Option<Vec<Rule>>,
    /// The questions of the form, all of them.
    pub auxiliary_fields: Option<Vec<AuxiliaryField>>,
    /// How people prove who they are.
    pub login_providers: Option<Vec<LoginProvider>>,
    /// Whether pages without a question are skipped.
    pub allow_auto_continue: Option<bool>,
    /// The credentials at Entra ID; `Some(None)` takes them away.
    pub mobility_app: Option<Option<WriteMobilityApp>>,
    /// Where it goes.
    pub segment: Option<SegmentId>,
}

/// Credentials as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteMobilityApp {
    /// The tenant.
    pub tenant: String,
    /// The application.
    pub client: String,
    /// Its secret; none: the one that is there is kept.
    pub secret: Option<Secret>,
}

/// Why something is not done with a template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// Fields do not hold to their rules.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Vec<Violation>),
    /// Something named in the request does not exist or is out of the caller's sight.
    #[error("{path} names something that does not exist: {id}")]
    UnknownReference {
        /// Where in the body.
        path: String,
        /// What it names.
        id: String,
    },
    /// It is the organization's default.
    #[error("the template is the organization's default; set another one or remove the default first")]
    IsDefault,
    /// The key that the token's value was sealed with is lost.
    #[error("the token's value was lost; rotate the token to get another")]
    TokenLost,
    /// There are too many.
    #[error("an organization has at most {TEMPLATES_MAX} enrolment templates")]
    LimitExceeded,
    /// No such template, or out of the caller's sight.
    #[error("the template does not exist")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What changing templates asks of a store.
pub trait TemplateStore:
    EnrollmentTemplatesMut + EnrollmentTokensMut + OrganizationsMut + PoliciesMut + Segments + DefaultConfigs + AuditLogMut
{
}

impl<T> TemplateStore for T where
    T: EnrollmentTemplatesMut
        + EnrollmentTokensMut
        + OrganizationsMut
        + PoliciesMut
        + Segments
        + DefaultConfigs
        + AuditLogMut
        + ?Sized
{
}

impl WriteTemplate {
    /// Writes itself over a template. Keeping a secret where there is none is wrong.
    fn over(&self, template: &mut EnrollmentTemplate) -> Result<(), Violation> {
        macro_rules! replace {
            ($($field:ident)*) => {$(
                if let Some(value) = &self.$field {
                    template.$field = value.clone();
                }
            )*};
        }
        replace!(name description rules auxiliary_fields login_providers allow_auto_continue segment);
        match &self.mobility_app {
            None => {}
            Some(None) => template.mobility_app = None,
            Some(Some(app)) => {
                if app.secret.as_ref().is_some_and(Secret::is_lost) {
                    let message = "must not begin with the character that stands for a secret that was lost";
                    return Err(Violation::new("entraId.mobilityApp.clientSecret", "text", message));
                }
                let kept = template.mobility_app.as_ref().map(|a| &a.secret);
                let secret = app.secret.as_ref().or(kept).ok_or_else(|| {
                    let message = format!("is {MASK}, which keeps the secret that is there, and there is none");
                    Violation::new("entraId.mobilityApp.clientSecret", "required", message)
                })?;
                template.mobility_app = Some(MobilityApp {
                    tenant: app.tenant.clone(),
                    client: app.client.clone(),
                    secret: secret.clone(),
                });
            }
        }
        Ok(())
    }

    /// The template as it would be.
    fn checked(&self, mut template: EnrollmentTemplate) -> Result<EnrollmentTemplate, TemplateError> {
        let mut wrong = Vec::new();
        wrong.extend(self.over(&mut template).err());
        if let Some(rules) = &self.rules {
            wrong.extend(check::gives_a_policy(rules).err());
        }
        match check::clean(template) {
            Ok(template) if wrong.is_empty() => Ok(template),
            Ok(_) => Err(TemplateError::Invalid(wrong)),
            Err(more) => {
                wrong.extend(more);
                Err(TemplateError::Invalid(wrong))
            }
        }
    }
}

/// Does the long part of checking a request, before its unit of work begins: patterns are compiled here and only looked up
/// there.
pub fn prepare(request: &WriteTemplate) {
    check::prepare(Patterns::shared(), request.rules.as_deref().unwrap_or_default());
}

/// The template of that id, if somebody who sees `scope` sees it.
///
/// # Errors
/// When there is none.
pub fn find(
    view: &mut (impl EnrollmentTemplates + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    id: EnrollmentTemplateId,
) -> Result<EnrollmentTemplate, TemplateError> {
    let template = view.enrollment_template(organization, id)?;
    template
        .filter(|t| scope.contains(t.segment))
        .ok_or(TemplateError::Unknown)
}

/// Makes a template with its token, which is seen in clear here and where it is revealed.
///
/// # Errors
/// See [`TemplateError`].
pub fn create(
    tx: &mut (impl TemplateStore + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    request: &WriteTemplate,
) -> Result<(EnrollmentTemplate, Secret), TemplateError> {
    let id = cx.id();
    let segment = request.segment.unwrap_or(SegmentId::ROOT);
    let (token, secret) = EnrollmentToken::of_template(cx, organization, segment, id);
    let blank = EnrollmentTemplate {
        id,
        organization,
        segment,
        name: String::new(),
        description: None,
        rules: Vec::new(),
        auxiliary_fields: Vec::new(),
        login_providers: Vec::new(),
        allow_auto_continue: false,
        mobility_app: None,
        token: token.id,
        counter: 0,
        created_at: cx.now,
        updated_at: cx.now,
    };
    let request = WriteTemplate {
        rules: Some(request.rules.clone().unwrap_or_default()),
        ..request.clone()
    };
    let template = request.checked(blank)?;
    tx.lock_organization(organization)?;
    check_name(tx, &template)?;
    check_references(tx, scope, None, &template)?;
    if tx.enrollment_template_count(organization)? >= TEMPLATES_MAX {
        return Err(TemplateError::LimitExceeded);
    }
    tx.insert_enrollment_token(&token)?;
    tx.insert_enrollment_template(&template)?;
    let audit = Audit::new(cx, organization, "mdm.windows.enrollmentTemplate.create")
        .target(Target::EnrollmentTemplate(id))
        .segment(template.segment)
        .after(told(&template));
    tx.append_audit(&audit.done())?;
    Ok((template, secret))
}

/// Changes a template. PCs that are enrolled keep what they got (N9).
///
/// # Errors
/// See [`TemplateError`].
pub fn update(
    tx: &mut (impl TemplateStore + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: EnrollmentTemplateId,
    request: &WriteTemplate,
) -> Result<EnrollmentTemplate, TemplateError> {
    tx.lock_organization(organization)?;
    let before = locked(tx, organization, scope, id)?;
    let mut after = request.checked(before.clone())?;
    check_name(tx, &after)?;
    check_references(tx, scope, Some(&before), &after)?;
    if after == before {
        return Ok(after);
    }
    after.updated_at = cx.now;
    tx.update_enrollment_template(&after)?;
    if after.segment != before.segment
        && let Some(mut token) = tx.lock_enrollment_token(after.token)?
    {
        token.segment = after.segment;
        token.updated_at = cx.now;
        tx.update_enrollment_token(&token)?;
    }
    let (was, is) = differences(&before, &after);
    let audit = Audit::new(cx, organization, "mdm.windows.enrollmentTemplate.update")
        .target(Target::EnrollmentTemplate(id))
        .segment(after.segment)
        .before(was)
        .after(is);
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes a template; its token opens nothing any more. PCs that it enrolled stay as they are.
///
/// # Errors
/// See [`TemplateError`].
pub fn remove(
    tx: &mut (impl TemplateStore + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: EnrollmentTemplateId,
) -> Result<EnrollmentTemplate, TemplateError> {
    tx.lock_organization(organization)?;
    let template = locked(tx, organization, scope, id)?;
    let default = tx.default_config(organization, DefaultKind::WinEnrollmentTemplate)?;
    if default.is_some_and(|d| d.element == DefaultElement::EnrollmentTemplate(id)) {
        return Err(TemplateError::IsDefault);
    }
    tx.delete_enrollment_template(id)?;
    if let Some(mut token) = tx.lock_enrollment_token(template.token)? {
        token.revoked_at = token.revoked_at.or(Some(cx.now));
        token.updated_at = cx.now;
        token.value = None;
        tx.update_enrollment_token(&token)?;
    }
    let audit = Audit::new(cx, organization, "mdm.windows.enrollmentTemplate.remove")
        .target(Target::EnrollmentTemplate(id))
        .segment(template.segment)
        .before(told(&template));
    tx.append_audit(&audit.done())?;
    Ok(template)
}

fn locked(
    tx: &mut (impl EnrollmentTemplatesMut + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    id: EnrollmentTemplateId,
) -> Result<EnrollmentTemplate, TemplateError> {
    let template = tx.lock_enrollment_template(organization, id)?;
    template
        .filter(|t| scope.contains(t.segment))
        .ok_or(TemplateError::Unknown)
}

/// The name is unique in the organization, without case (A.5). The organization's row is locked.
fn check_name(
    tx: &mut (impl EnrollmentTemplates + ?Sized),
    template: &EnrollmentTemplate,
) -> Result<(), TemplateError> {
    let other = tx.enrollment_template_by_name(template.organization, &template.name)?;
    if other.is_some_and(|other| other.id != template.id) {
        let wrong = Violation::new("name", "unique", "another enrolment template has this name");
        return Err(TemplateError::Invalid(vec![wrong]));
    }
    Ok(())
}

/// What is newly named must exist and be in the caller's sight (A.0, step 9); what was named before may stay.
fn check_references(
    tx: &mut (impl PoliciesMut + Segments + ?Sized),
    scope: &SegmentScope,
    before: Option<&EnrollmentTemplate>,
    after: &EnrollmentTemplate,
) -> Result<(), TemplateError> {
    let segments = tx.segments(after.organization)?;
    let named = before.map(EnrollmentTemplate::segments).unwrap_or_default();
    let seen = |id: SegmentId| named.contains(&id) || (scope.contains(id) && segments.iter().any(|s| s.id == id));
    let unknown = |path: String, id: String| TemplateError::UnknownReference { path, id };
    if !seen(after.segment) {
        return Err(unknown("segmentId".to_owned(), after.segment.to_string()));
    }
    for (index, rule) in after.rules.iter().enumerate() {
        if let Some(segment) = rule.segment.filter(|s| !seen(*s)) {
            return Err(unknown(format!("rules[{index}].segmentId"), segment.to_string()));
        }
    }
    let named = before.map(EnrollmentTemplate::policies).unwrap_or_default();
    let new: Vec<PolicyId> = after.policies().into_iter().filter(|p| !named.contains(p)).collect();
    let visible = PolicyScope::of(scope, &segments);
    for id in new {
        // Locked, so that it is not removed before this unit has named it.
        let policy = tx.lock_policy(id)?;
        if !policy.is_some_and(|p| p.organization == after.organization && visible.sees(&p)) {
            return Err(unknown(place_of(&after.rules, id), id.to_string()));
        }
    }
    Ok(())
}

/// Where in the body a policy is named first.
fn place_of(rules: &[Rule], policy: PolicyId) -> String {
    let place = rules.iter().enumerate().find_map(|(index, rule)| {
        if rule.primary == Some(policy) {
            return Some(format!("rules[{index}].winPolicyId"));
        }
        let assignment = rule.assignments.iter().position(|a| a.policy == policy)?;
        Some(format!("rules[{index}].winPolicyAssignments[{assignment}].winPolicyId"))
    });
    place.unwrap_or_else(|| "rules".to_owned())
}
