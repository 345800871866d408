//! What an administrator does with scripts: makes, changes and removes them (B.5).

use super::{CONTENT_BYTES_MAX, FILE_NAME_CHARS_MAX, RunAs, Runner, Script, TIMEOUT_DEFAULT, TIMEOUT_MAX};
use crate::{
    Context, OrganizationId, ScriptId,
    audit::{Audit, Target},
    automation_rule::work,
    device::update::Violation,
    library::{self, DESCRIPTION_CHARS_MAX, LibraryError, USERS_NAMED_MAX, Users},
    policy::{PolicyScope, references::ReferenceKind},
    ports::{
        AuditLogMut, AutomationRulesMut, PolicyReferences, ScriptAssignments, Scripts, ScriptsMut, Segments, StoreError,
    },
    segment::{SegmentId, SegmentScope},
    text,
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// What is wanted of a script. What is `None` stays as it is, or has its default.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct WriteScript {
    /// Its name.
    pub name: Option<String>,
    /// What it does; `Some(None)` takes the description away.
    pub description: Option<Option<String>>,
    /// The script itself.
    pub content: Option<String>,
    /// What runs it.
    pub runner: Option<Runner>,
    /// As whom it runs.
    pub context: Option<RunAs>,
    /// How long it may run, in seconds.
    pub timeout_seconds: Option<u64>,
    /// What its file is called on the PC; `Some(None)` takes the name away.
    pub file_name: Option<Option<String>>,
    /// Whether it runs only with a signature that the PC trusts.
    pub enforce_signature_check: Option<bool>,
    /// Whether it runs in the 32-bit PowerShell.
    pub run_as_32_bit: Option<bool>,
    /// Where it goes.
    pub segment: Option<SegmentId>,
    /// Whether policies and PCs in the segments below can use it too.
    pub expose_to_children: Option<bool>,
}

impl std::fmt::Debug for WriteScript {
    /// Without the content: scripts have passwords in them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteScript")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl WriteScript {
    /// Checks and cleans every field.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        library::check_words(&mut self.name, &mut self.description, DESCRIPTION_CHARS_MAX, &mut wrong);
        if let Some(content) = &self.content {
            let bytes = content.len();
            if content.trim().is_empty() {
                wrong.push(Violation::new("content", "text", "must not be empty"));
            } else if bytes > CONTENT_BYTES_MAX {
                let message = format!("must have at most {CONTENT_BYTES_MAX} bytes, not {bytes}");
                wrong.push(Violation::new("content", "maxLength", message));
            }
        }
        if let Some(Some(name)) = &mut self.file_name {
            match text::line(name, FILE_NAME_CHARS_MAX) {
                Ok(clean) if !clean.contains(['/', '\\', ':']) => *name = clean,
                Ok(_) => wrong.push(Violation::new("fileName", "text", "must be a name without folders")),
                Err(error) => wrong.push(Violation::new("fileName", "text", error)),
            }
        }
        let most = TIMEOUT_MAX.as_secs();
        if self
            .timeout_seconds
            .is_some_and(|seconds| !(1..=most).contains(&seconds))
        {
            let message = format!("must be a whole number of seconds from 1 to {most}");
            wrong.push(Violation::new("timeout", "range", message));
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    fn over(self, script: &mut Script) {
        macro_rules! replace {
            ($($field:ident)*) => {$(
                if let Some(value) = self.$field {
                    script.$field = value;
                }
            )*};
        }
        replace!(name description content runner context segment expose_to_children);
        replace!(file_name enforce_signature_check run_as_32_bit);
        if let Some(seconds) = self.timeout_seconds {
            script.timeout_seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        }
    }
}

/// Makes a script in a segment that the caller sees. Name, content and runner must be given.
///
/// # Errors
/// See [`LibraryError`].
pub fn create(
    tx: &mut (impl ScriptsMut + Segments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    request: &WriteScript,
) -> Result<Script, LibraryError> {
    let request = request.clone().checked().map_err(LibraryError::Invalid)?;
    let mut script = Script {
        id: cx.id(),
        organization,
        segment: SegmentId::ROOT,
        name: String::new(),
        description: None,
        content: String::new(),
        runner: Runner::PowerShell,
        context: RunAs::System,
        timeout_seconds: u32::try_from(TIMEOUT_DEFAULT.as_secs()).unwrap_or(u32::MAX),
        file_name: None,
        enforce_signature_check: false,
        run_as_32_bit: false,
        expose_to_children: false,
        created_at: cx.now,
        updated_at: cx.now,
    };
    request.over(&mut script);
    library::check_segment(tx, organization, scope, script.segment)?;
    tx.insert_script(&script)?;
    let audit = Audit::new(cx, organization, "mdm.global.script.create")
        .target(Target::Script(script.id))
        .segment(script.segment)
        .after(told(&script));
    tx.append_audit(&audit.done())?;
    Ok(script)
}

/// The script of that id, if somebody with this scope sees it.
///
/// # Errors
/// When there is none.
pub fn find(
    view: &mut (impl Scripts + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    id: ScriptId,
) -> Result<Script, LibraryError> {
    let script = view.script(organization, id)?;
    script.filter(|s| s.shelf().is_seen(scope)).ok_or(LibraryError::Unknown)
}

/// Locks a script that the caller may change.
pub(super) fn own(
    tx: &mut (impl ScriptsMut + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    id: ScriptId,
) -> Result<Script, LibraryError> {
    let script = tx.lock_scripts(organization, &[id])?.into_iter().next();
    let script = script
        .filter(|s| s.shelf().is_seen(scope))
        .ok_or(LibraryError::Unknown)?;
    if scope.own.contains(script.segment) {
        Ok(script)
    } else {
        Err(LibraryError::NotOwn)
    }
}

/// Who uses a script.
///
/// # Errors
/// When the store fails.
pub fn users(
    view: &mut (impl Scripts + ScriptAssignments + PolicyReferences + ?Sized),
    id: ScriptId,
) -> Result<Users, StoreError> {
    let mut users = library::policies_using(view, ReferenceKind::Script, &id.to_string())?;
    (users.devices, users.devices_total) = view.devices_with_script(id, USERS_NAMED_MAX)?;
    users.assignments = view.script_targets(id)?;
    Ok(users)
}

/// Changes a script. Where nothing changes, nothing is written and nothing is audited. It cannot go out of the reach of
/// what uses it, and stays one of PowerShell while it is assigned; which devices its assignments reach follows in steps
/// (decision 36).
///
/// # Errors
/// See [`LibraryError`].
pub fn update(
    tx: &mut (impl ScriptsMut + ScriptAssignments + AutomationRulesMut + PolicyReferences + Segments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    id: ScriptId,
    request: &WriteScript,
) -> Result<Script, LibraryError> {
    let request = request.clone().checked().map_err(LibraryError::Invalid)?;
    let before = own(tx, organization, scope, id)?;
    let mut after = before.clone();
    request.over(&mut after);
    if after == before {
        return Ok(before);
    }
    if after.segment != before.segment {
        library::check_segment(tx, organization, &scope.own, after.segment)?;
    }
    if after.shelf() != before.shelf() {
        let mut used_in = tx.segments_naming(ReferenceKind::Script, &id.to_string())?;
        used_in.extend(tx.segments_with_script(id)?);
        let segments = tx.segments(organization)?;
        if library::loses(before.shelf(), after.shelf(), &used_in, &segments) {
            return Err(LibraryError::InUse(Box::new(users(tx, id)?.seen_in(&scope.own))));
        }
    }
    let is_assigned = !tx.script_targets(id)?.is_empty();
    // Its assignments could not be taken away any more.
    if is_assigned && !after.runner.is_powershell() {
        return Err(LibraryError::InUse(Box::new(users(tx, id)?.seen_in(&scope.own))));
    }
    after.updated_at = cx.now;
    tx.update_script(&after)?;
    if is_assigned && after.shelf() != before.shelf() {
        work::enqueue(tx, cx, organization, work::WorkKind::Rules, None)?;
    }
    let (was, is) = differences(told(&before), told(&after));
    let audit = Audit::new(cx, organization, "mdm.global.script.update")
        .target(Target::Script(id))
        .segment(after.segment)
        .before(was)
        .after(is);
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes a script that no policy and no device uses and that is not assigned.
///
/// # Errors
/// See [`LibraryError`].
pub fn remove(
    tx: &mut (impl ScriptsMut + ScriptAssignments + PolicyReferences + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    id: ScriptId,
) -> Result<Script, LibraryError> {
    let script = own(tx, organization, scope, id)?;
    let users = users(tx, id)?;
    if users.total() > 0 {
        return Err(LibraryError::InUse(Box::new(users.seen_in(&scope.own))));
    }
    tx.remove_script(id)?;
    let audit = Audit::new(cx, organization, "mdm.global.script.remove")
        .target(Target::Script(id))
        .segment(script.segment)
        .before(told(&script));
    tx.append_audit(&audit.done())?;
    Ok(script)
}

/// A script for the audit record: its content by length and hash, because scripts have passwords in them.
fn told(script: &Script) -> Value {
    json!({
        "name": script.name,
        "description": script.description,
        "contentBytes": script.content.len(),
        "contentSha256": hex::encode(Sha256::digest(&script.content)),
        "runner": script.runner.as_str(),
        "context": script.context.as_str(),
        "timeout": script.timeout_seconds,
        "fileName": script.file_name,
        "enforceSignatureCheck": script.enforce_signature_check,
        "runAs32Bit": script.run_as_32_bit,
        "segmentId": script.segment.0,
        "exposeToChildren": script.expose_to_children,
    })
}

/// The fields that differ, before and after.
pub(crate) fn differences(before: Value, after: Value) -> (Value, Value) {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return (Value::Null, Value::Null);
    };
    let (mut was, mut is) = (Map::new(), Map::new());
    for (key, new) in after {
        let old = before.get(&key).cloned().unwrap_or_default();
        if old != new {
            was.insert(key.clone(), old);
            is.insert(key, new);
        }
    }
    (Value::Object(was), Value::Object(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(request: WriteScript) -> Vec<(String, &'static str)> {
        let wrong = request.checked().err().unwrap_or_default();
        wrong.into_iter().map(|v| (v.path, v.rule)).collect()
    }

    #[test]
    fn content_and_timeout_have_limits() {
        let content = |bytes: usize| WriteScript {
            content: Some("x".repeat(bytes)),
            ..WriteScript::default()
        };
        assert_eq!(wrong(content(CONTENT_BYTES_MAX)), []);
        let long = [("content".to_owned(), "maxLength")];
        assert_eq!(wrong(content(CONTENT_BYTES_MAX + 1)), long);
        assert_eq!(wrong(content(0)), [("content".to_owned(), "text")]);
        let timeout = |seconds: u64| WriteScript {
            timeout_seconds: Some(seconds),
            ..WriteScript::default()
        };
        let most = TIMEOUT_MAX.as_secs();
        assert_eq!(wrong(timeout(1)), []);
        assert_eq!(wrong(timeout(most)), []);
        for seconds in [0, most + 1] {
            assert_eq!(wrong(timeout(seconds)), [("timeout".to_owned(), "range")]);
        }
    }

    #[test]
    fn the_content_is_in_no_debug_output() {
        let request = WriteScript {
            content: Some("hunter2".to_owned()),
            ..WriteScript::default()
        };
        assert!(!format!("{request:?}").contains("hunter2"));
    }
}
