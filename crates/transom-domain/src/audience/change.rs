//! Making, changing and removing audiences (B.7).

use super::{AUDIENCES_MAX, Audience, DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX, Selectors};
use crate::{
    AudienceId, Context, OrganizationId,
    audit::{Audit, Target},
    automation_rule::{RuleError, work},
    device::update::Violation,
    policy::PolicyScope,
    ports::{AudiencesMut, AuditLogMut, AutomationRulesMut, OrganizationsMut, ScriptAssignments, Segments, StoreError},
    segment::{SegmentId, SegmentScope},
    text,
};
use serde_json::{Value, json};

/// What is wanted of an audience. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteAudience {
    /// Its name.
    pub name: Option<String>,
    /// What it is for; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// Where it is in the tree.
    pub segment: Option<SegmentId>,
    /// Whether it sees the segments below too.
    pub expose_to_children: Option<bool>,
    /// Who is in it, all of it.
    pub selectors: Option<Selectors>,
    /// Who is not, all of it.
    pub exclude: Option<Selectors>,
}

impl WriteAudience {
    /// Checks and cleans every field.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        check_texts(&mut self.name, &mut self.description, &mut wrong);
        for (name, selectors) in [("selectors", &mut self.selectors), ("exclude", &mut self.exclude)] {
            match selectors.take().map(|selectors| selectors.checked(name)).transpose() {
                Ok(clean) => *selectors = clean,
                Err(violations) => wrong.extend(violations),
            }
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    /// The audience with what is wanted.
    #[must_use]
    pub fn over(self, audience: &Audience) -> Audience {
        Audience {
            name: self.name.unwrap_or_else(|| audience.name.clone()),
            description: self.description.unwrap_or_else(|| audience.description.clone()),
            segment: self.segment.unwrap_or(audience.segment),
            expose_to_children: self.expose_to_children.unwrap_or(audience.expose_to_children),
            selectors: self.selectors.unwrap_or_else(|| audience.selectors.clone()),
            exclude: self.exclude.unwrap_or_else(|| audience.exclude.clone()),
            ..audience.clone()
        }
    }
}

/// Checks the name and the description of an audience or a rule.
pub(crate) fn check_texts(
    name: &mut Option<String>,
    description: &mut Option<Option<String>>,
    wrong: &mut Vec<Violation>,
) {
    if let Some(name) = name {
        match text::line(name, NAME_CHARS_MAX) {
            Ok(clean) => *name = clean,
            Err(error) => wrong.push(Violation::new("name", "text", error)),
        }
    }
    if let Some(Some(text)) = description {
        match text::line(text, DESCRIPTION_CHARS_MAX) {
            Ok(clean) => *text = clean,
            Err(error) => wrong.push(Violation::new("description", "text", error)),
        }
    }
}

/// A segment named in a request must exist and be in the caller's sight.
pub(crate) fn check_segment(
    view: &mut (impl Segments + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    segment: SegmentId,
) -> Result<(), RuleError> {
    if scope.contains(segment) && view.segment(organization, segment)?.is_some() {
        return Ok(());
    }
    Err(RuleError::UnknownReference {
        path: "segmentId".to_owned(),
        id: segment.to_string(),
    })
}

/// Makes an audience in a segment that the caller sees. The organization's row is locked, so that the limit holds.
///
/// # Errors
/// See [`RuleError`].
pub fn create(
    tx: &mut (impl AudiencesMut + OrganizationsMut + Segments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    request: &WriteAudience,
) -> Result<Audience, RuleError> {
    let request = request.clone().checked().map_err(RuleError::Invalid)?;
    tx.lock_organization(organization)?;
    let blank = Audience {
        id: cx.id(),
        organization,
        segment: SegmentId::ROOT,
        expose_to_children: false,
        name: String::new(),
        description: None,
        selectors: Selectors::default(),
        exclude: Selectors::default(),
        created_at: cx.now,
        updated_at: cx.now,
    };
    let audience = request.over(&blank);
    check_segment(tx, organization, scope, audience.segment)?;
    if tx.audience_names(organization)?.len() >= AUDIENCES_MAX {
        let message = format!("an organization has at most {AUDIENCES_MAX} audiences");
        return Err(RuleError::LimitExceeded(message));
    }
    tx.insert_audience(&audience)?;
    let audit = Audit::new(cx, organization, "mdm.global.deviceAudience.create")
        .target(Target::Audience(audience.id))
        .segment(audience.segment)
        .after(told(&audience));
    tx.append_audit(&audit.done())?;
    Ok(audience)
}

/// The audience of that id, if somebody who sees `scope` sees it: in one of their segments, or exposed from above.
///
/// # Errors
/// When there is none.
pub fn find(
    view: &mut (impl crate::ports::Audiences + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    id: AudienceId,
) -> Result<Audience, RuleError> {
    let audience = view.audience(organization, id)?;
    audience
        .filter(|a| scope.shows(a.segment, a.expose_to_children))
        .ok_or(RuleError::Unknown)
}

/// Changes an audience. Where nothing changes, nothing is written and nothing is audited. The devices follow in steps
/// (decision 36).
///
/// # Errors
/// See [`RuleError`].
pub fn update(
    tx: &mut (
             impl AudiencesMut + AutomationRulesMut + ScriptAssignments + OrganizationsMut + Segments + AuditLogMut + ?Sized
         ),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    id: AudienceId,
    request: &WriteAudience,
) -> Result<Audience, RuleError> {
    tx.lock_organization(organization)?;
    let before = find(tx, organization, scope, id)?;
    if !scope.own.contains(before.segment) {
        return Err(RuleError::NotOwn);
    }
    let request = request.clone().checked().map_err(RuleError::Invalid)?;
    if let Some(segment) = request.segment {
        check_segment(tx, organization, &scope.own, segment)?;
    }
    let mut after = request.over(&before);
    if after == before {
        return Ok(before);
    }
    after.updated_at = cx.now;
    tx.update_audience(&after)?;
    let matters = |a: &Audience| (a.segment, a.expose_to_children, a.selectors.clone(), a.exclude.clone());
    if matters(&after) != matters(&before) && !users_of(tx, organization, id)?.is_empty() {
        work::enqueue(tx, cx, organization, work::WorkKind::Rules, None)?;
    }
    let audit = Audit::new(cx, organization, "mdm.global.deviceAudience.update")
        .target(Target::Audience(id))
        .segment(after.segment)
        .before(told(&before))
        .after(told(&after));
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes an audience that no rule uses and no script is assigned to.
///
/// # Errors
/// See [`RuleError`].
pub fn remove(
    tx: &mut (impl AudiencesMut + AutomationRulesMut + ScriptAssignments + OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    id: AudienceId,
) -> Result<Audience, RuleError> {
    tx.lock_organization(organization)?;
    let audience = find(tx, organization, scope, id)?;
    if !scope.own.contains(audience.segment) {
        return Err(RuleError::NotOwn);
    }
    let users = users_of(tx, organization, id)?;
    if !users.is_empty() {
        return Err(RuleError::InUse(users));
    }
    tx.delete_audience(id)?;
    let audit = Audit::new(cx, organization, "mdm.global.deviceAudience.remove")
        .target(Target::Audience(id))
        .segment(audience.segment)
        .before(told(&audience));
    tx.append_audit(&audit.done())?;
    Ok(audience)
}

/// The rules that use an audience and the scripts that are assigned to it, as `rule name (id)`.
fn users_of(
    tx: &mut (impl AutomationRulesMut + ScriptAssignments + ?Sized),
    organization: OrganizationId,
    id: AudienceId,
) -> Result<Vec<String>, StoreError> {
    let rules = tx.automation_rules(organization)?;
    let using = rules.iter().filter(|rule| rule.audiences.contains(&id));
    let mut users: Vec<String> = using
        .map(|rule| format!("automation rule {} ({})", rule.name, rule.id))
        .collect();
    let scripts = tx.assigned_scripts(organization)?;
    let assigned = scripts.iter().filter(|assigned| assigned.names(id));
    users.extend(assigned.map(|assigned| format!("script {} ({})", assigned.name, assigned.script)));
    Ok(users)
}

/// An audience for the audit record.
fn told(audience: &Audience) -> Value {
    json!({
        "name": audience.name,
        "description": audience.description,
        "segmentId": audience.segment.0,
        "exposeToChildren": audience.expose_to_children,
        "selectors": audience.selectors.to_json(),
        "exclude": audience.exclude.to_json(),
    })
}
