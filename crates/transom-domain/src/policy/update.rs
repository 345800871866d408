//! Changing a policy: every change is a version of its own.

use super::{NAME_CHARS_MAX, Policy, PolicyContent, PolicyError, PolicyScope, PolicyVersion, diff, references};
use crate::{
    Context, OrganizationId, PolicyId,
    audit::{Audit, Target},
    device::update::Violation,
    policy::{
        content::{AdmxConfig, AgentConfiguration, Bookmark, PolicyApplication, PolicyAsset, PolicyScript},
        create::check_segment,
    },
    ports::{AdmxConfigsMut, ApplicationsMut, AssetsMut, AuditLogMut, PoliciesMut, ScriptsMut, SegmentsMut},
    segment::SegmentId,
    text,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most settings named in one entry of the audit record; the versions of the policy have them all.
const RECORDED_SETTINGS_MAX: usize = 100;

/// What is to change. What is `None` stays as it is; maps and lists are replaced whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdatePolicy {
    /// A new name.
    pub name: Option<String>,
    /// Where it goes.
    pub segment: Option<SegmentId>,
    /// Whether PCs in the segments below can have it too.
    pub expose_to_children: Option<bool>,
    /// The settings.
    pub config: Option<BTreeMap<String, Value>>,
    /// The applications.
    pub applications: Option<Vec<PolicyApplication>>,
    /// The links.
    pub bookmarks: Option<Vec<Bookmark>>,
    /// The scripts.
    pub scripts: Option<Vec<PolicyScript>>,
    /// The ADMX files.
    pub admx_configs: Option<Vec<AdmxConfig>>,
    /// What the agent does.
    pub agent_configuration: Option<AgentConfiguration>,
    /// The files.
    pub assets: Option<Vec<PolicyAsset>>,
}

impl UpdatePolicy {
    /// A content with the parts that change.
    #[must_use]
    pub fn over(&self, before: &PolicyContent) -> PolicyContent {
        let mut content = before.clone();
        macro_rules! replace {
            ($($part:ident)*) => {$(
                if let Some(part) = &self.$part {
                    content.$part = part.clone();
                }
            )*};
        }
        replace!(config applications bookmarks scripts admx_configs agent_configuration assets);
        content
    }

    /// Checks and cleans every field.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        if let Some(name) = &mut self.name {
            match text::line(name, NAME_CHARS_MAX) {
                Ok(clean) => *name = clean,
                Err(error) => wrong.push(Violation::new("name", "text", error)),
            }
        }
        if let Err(more) = self.over(&PolicyContent::default()).checked() {
            wrong.extend(more);
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }
}

/// Locks a policy that the caller may change.
///
/// # Errors
/// When there is none in the caller's sight, or it belongs to a segment above the caller's.
pub(super) fn own(
    tx: &mut (impl PoliciesMut + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    policy: PolicyId,
) -> Result<Policy, PolicyError> {
    let policy = tx
        .lock_policy(policy)?
        .filter(|p| p.organization == organization && scope.sees(p));
    let policy = policy.ok_or(PolicyError::Unknown)?;
    if scope.own.contains(policy.segment) {
        Ok(policy)
    } else {
        Err(PolicyError::NotOwn)
    }
}

/// Changes a policy. Where nothing changes, there is no new version and nothing on record.
///
/// # Errors
/// See [`PolicyError`].
pub fn update(
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
    scope: &PolicyScope,
    policy: PolicyId,
    request: &UpdatePolicy,
) -> Result<Policy, PolicyError> {
    let request = request.clone().checked().map_err(PolicyError::Invalid)?;
    let before = own(tx, organization, scope, policy)?;
    let mut after = before.clone();
    if let Some(segment) = request.segment {
        check_segment(tx, organization, &scope.own, segment)?;
        after.segment = segment;
    }
    after.content = request.over(&before.content).checked().map_err(PolicyError::Invalid)?;
    after.name = request.name.unwrap_or(after.name);
    after.expose_to_children = request.expose_to_children.unwrap_or(after.expose_to_children);
    references::check(tx, &after, Some(&before))?;
    save(tx, cx, &before, after, "mdm.windows.policy.update")
}

/// Stores a changed policy as its next version, with an entry on record.
pub(super) fn save(
    tx: &mut (impl PoliciesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    before: &Policy,
    mut after: Policy,
    action: &str,
) -> Result<Policy, PolicyError> {
    if after == *before {
        return Ok(after);
    }
    after.version = before.version + 1;
    after.updated_at = cx.now;
    tx.update_policy(&after)?;
    tx.append_policy_version(&PolicyVersion::of(&after, cx))?;
    let (was, is) = differences(before, &after);
    let audit = Audit::new(cx, after.organization, action)
        .target(Target::Policy(after.id))
        .segment(after.segment)
        .before(was)
        .after(is);
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// The fields that differ, before and after, for the audit record. Of settings it names which changed: their values may
/// be secrets, and are in the versions.
fn differences(before: &Policy, after: &Policy) -> (Value, Value) {
    let fields = |p: &Policy| {
        [
            ("name", json!(p.name)),
            ("segmentId", json!(p.segment.0)),
            ("exposeToChildren", json!(p.expose_to_children)),
            ("version", json!(p.version)),
        ]
    };
    let (mut was, mut is) = (Map::new(), Map::new());
    for ((key, old), (_, new)) in fields(before).into_iter().zip(fields(after)) {
        if old != new {
            was.insert(key.to_owned(), old);
            is.insert(key.to_owned(), new);
        }
    }
    let changes = diff::contents(&before.content, &after.content);
    let named = changes
        .iter()
        .take(RECORDED_SETTINGS_MAX)
        .map(|change| json!({ "part": change.part.as_str(), "key": change.key, "change": change.kind.as_str() }));
    is.insert("settings".to_owned(), named.collect());
    is.insert("settingsChanged".to_owned(), json!(changes.len()));
    (Value::Object(was), Value::Object(is))
}
