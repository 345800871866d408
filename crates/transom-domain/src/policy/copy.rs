//! A policy as the beginning of another.

use super::{NAME_CHARS_MAX, Policy, PolicyError, create, references};
use crate::{
    Context,
    device::update::Violation,
    ports::{AdmxConfigsMut, ApplicationsMut, AssetsMut, AuditLogMut, PoliciesMut, ScriptsMut, SegmentsMut},
    segment::{SegmentId, SegmentScope},
    text,
};

/// What the name of a copy ends in when the caller gives none.
const SUFFIX: &str = " (copy)";

/// What is to be different in the copy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CopyPolicy {
    /// Its name; none: the other's, marked as a copy.
    pub name: Option<String>,
    /// Where it goes; none: where the other is.
    pub segment: Option<SegmentId>,
}

/// Makes a policy with the content of another that the caller sees. It begins with version 1, and nothing has it.
///
/// # Errors
/// See [`PolicyError`].
pub fn copy(
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
    scope: &SegmentScope,
    source: &Policy,
    request: &CopyPolicy,
) -> Result<Policy, PolicyError> {
    let name = match &request.name {
        Some(name) => text::line(name, NAME_CHARS_MAX)
            .map_err(|error| PolicyError::Invalid(vec![Violation::new("name", "text", error)]))?,
        None => text::cut(&source.name, NAME_CHARS_MAX - SUFFIX.chars().count()) + SUFFIX,
    };
    let segment = request.segment.unwrap_or(source.segment);
    create::check_segment(tx, source.organization, scope, segment)?;
    let policy = Policy {
        id: cx.id(),
        segment,
        name,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
        ..source.clone()
    };
    // What the other refers to may be out of reach where the copy goes.
    references::check(tx, &policy, Some(source))?;
    create::insert(tx, cx, &policy)?;
    Ok(policy)
}
