//! Changing, moving and removing segments (B.7).

use super::{DECORATION_CHARS_MAX, NAME_CHARS_MAX, SEGMENT_DEPTH_MAX, Segment, SegmentId, SegmentScope, depth, height};
use crate::{
    Context, OrganizationId,
    audit::{Audit, Target},
    automation_rule::work,
    ports::{
        ApiTokensMut, AuditLogMut, AutomationRulesMut, OrganizationsMut, ScriptAssignments, SegmentUses, SegmentsMut,
        ServiceAccountsMut, StoreError,
    },
    text::{self, TextError},
};
use serde_json::{Value, json};
use std::fmt;

/// What is to change. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateSegment {
    /// A new name.
    pub name: Option<String>,
    /// A new place, below this segment.
    pub parent: Option<SegmentId>,
    /// Name of an icon; `Some(None)` takes it away.
    pub icon: Option<Option<String>>,
    /// A colour; `Some(None)` takes it away.
    pub color: Option<Option<String>>,
}

/// What is still in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SegmentContent {
    /// Devices, enrolment tokens and templates, policies, applications, scripts, audiences, rules, assets and ADMX templates.
    pub uses: SegmentUses,
    /// Segments directly below.
    pub segments: usize,
    /// Service accounts with a role in it, and tokens limited to it.
    pub accounts: usize,
}

impl fmt::Display for SegmentContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} devices, {} segments, {} enrolment tokens, {} enrolment templates, {} policies, {} applications, {} \
             scripts, {} audiences, {} automation rules, {} assets, {} ADMX templates, {} service accounts",
            self.uses.devices,
            self.segments,
            self.uses.enrollment_tokens,
            self.uses.enrollment_templates,
            self.uses.policies,
            self.uses.applications,
            self.uses.scripts,
            self.uses.audiences,
            self.uses.automation_rules,
            self.uses.assets,
            self.uses.admx_configs,
            self.accounts
        )
    }
}

/// Why a segment is not changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeSegmentError {
    /// A field is malformed.
    #[error("{field}: {error}")]
    Field {
        /// Which.
        field: &'static str,
        /// Why.
        error: TextError,
    },
    /// The new place does not exist or is out of the caller's sight.
    #[error("the segment {0} does not exist")]
    UnknownParent(SegmentId),
    /// The new place is the segment itself or lies below it.
    #[error("a segment cannot lie below itself")]
    Cycle,
    /// It would nest too deep.
    #[error("segments nest at most {SEGMENT_DEPTH_MAX} levels deep")]
    TooDeep,
    /// The root stays where it is.
    #[error("the root segment can be neither moved nor removed")]
    Root,
    /// The place that the segment is to leave is out of the caller's reach.
    #[error("the segment lies at the top of what the caller may change")]
    OutOfReach,
    /// Something is still in it.
    #[error("the segment is not empty: {0}")]
    NotEmpty(SegmentContent),
    /// No such segment, or out of the caller's sight.
    #[error("the segment does not exist")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes a segment, and moves it with all that lies below. The organization's row is locked: two moves at once could
/// otherwise make a circle.
///
/// # Errors
/// See [`ChangeSegmentError`].
pub fn update(
    tx: &mut (impl OrganizationsMut + SegmentsMut + AutomationRulesMut + ScriptAssignments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: SegmentId,
    request: &UpdateSegment,
) -> Result<Segment, ChangeSegmentError> {
    tx.lock_organization(organization)?;
    let segments = tx.segments(organization)?;
    let before = seen(&segments, scope, id)?;
    let mut after = before.clone();
    apply(&mut after, request)?;
    if let Some(parent) = request.parent.filter(|p| before.parent != Some(*p)) {
        check_move(&segments, scope, before, parent)?;
        after.parent = Some(parent);
    }
    if after == *before {
        return Ok(after);
    }
    tx.update_segment(&after)?;
    // What audiences and rules see of the tree has changed for every PC in it (AU6).
    if after.parent != before.parent {
        work::everything_changed(tx, cx, organization)?;
    }
    let audit = Audit::new(cx, organization, "base.organization.segment.update")
        .target(Target::Segment(id))
        .segment(id)
        .before(told(before))
        .after(told(&after));
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes a segment that is empty. Deleted devices and tokens that ended do not count; they go to the segment above,
/// whose administrators saw them all along.
///
/// # Errors
/// See [`ChangeSegmentError`].
pub fn remove(
    tx: &mut (impl OrganizationsMut + SegmentsMut + ServiceAccountsMut + ApiTokensMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: SegmentId,
) -> Result<Segment, ChangeSegmentError> {
    tx.lock_organization(organization)?;
    let segments = tx.segments(organization)?;
    let segment = seen(&segments, scope, id)?;
    let Some(above) = segment.parent else {
        return Err(ChangeSegmentError::Root);
    };
    let accounts = tx.service_accounts(organization)?;
    let named = accounts
        .iter()
        .filter(|account| account.assignments.iter().any(|a| a.segments.contains(&id)));
    let limited = tx.api_tokens(organization)?;
    let limited = limited
        .iter()
        .filter(|t| t.is_valid(cx.now) && t.segments.contains(&id));
    let content = SegmentContent {
        uses: tx.segment_uses(organization, id, cx.now)?,
        segments: segments.iter().filter(|s| s.parent == Some(id)).count(),
        accounts: named.count().max(limited.count()),
    };
    if content != SegmentContent::default() {
        return Err(ChangeSegmentError::NotEmpty(content));
    }
    tx.remove_segment(organization, id, above)?;
    let audit = Audit::new(cx, organization, "base.organization.segment.remove")
        .target(Target::Segment(id))
        .segment(above)
        .before(told(segment));
    tx.append_audit(&audit.done())?;
    Ok(segment.clone())
}

fn seen<'a>(segments: &'a [Segment], scope: &SegmentScope, id: SegmentId) -> Result<&'a Segment, ChangeSegmentError> {
    let found = segments.iter().find(|s| s.id == id && scope.contains(id));
    found.ok_or(ChangeSegmentError::Unknown)
}

fn apply(segment: &mut Segment, request: &UpdateSegment) -> Result<(), ChangeSegmentError> {
    let field = |field| move |error| ChangeSegmentError::Field { field, error };
    if let Some(name) = &request.name {
        segment.name = text::line(name, NAME_CHARS_MAX).map_err(field("name"))?;
    }
    let decoration = |value: &Option<String>, name| {
        let line = |text: &String| text::line(text, DECORATION_CHARS_MAX).map_err(field(name));
        value.as_ref().map(line).transpose()
    };
    if let Some(icon) = &request.icon {
        segment.icon = decoration(icon, "icon")?;
    }
    if let Some(color) = &request.color {
        segment.color = decoration(color, "color")?;
    }
    Ok(())
}

/// The caller needs the permission in the place that the segment leaves and in the one where it goes, as for devices.
fn check_move(
    segments: &[Segment],
    scope: &SegmentScope,
    segment: &Segment,
    parent: SegmentId,
) -> Result<(), ChangeSegmentError> {
    let Some(left) = segment.parent else {
        return Err(ChangeSegmentError::Root);
    };
    if !scope.contains(parent) || !segments.iter().any(|s| s.id == parent) {
        return Err(ChangeSegmentError::UnknownParent(parent));
    }
    if !scope.contains(left) {
        return Err(ChangeSegmentError::OutOfReach);
    }
    if SegmentScope::below(&[segment.id], segments).contains(parent) {
        return Err(ChangeSegmentError::Cycle);
    }
    if depth(segments, parent) + 1 + height(segments, segment.id) > SEGMENT_DEPTH_MAX {
        return Err(ChangeSegmentError::TooDeep);
    }
    Ok(())
}

/// A segment for the audit record.
fn told(segment: &Segment) -> Value {
    json!({
        "name": segment.name,
        "parentId": segment.parent.map(|p| p.0),
        "icon": segment.icon,
        "color": segment.color,
    })
}
