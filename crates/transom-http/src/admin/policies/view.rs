//! The policy object (A.6), its versions, and what differs between them.

use super::{
    conflicts::{LookedForView, SharedConflictView},
    expanded::Expanded,
};
use crate::admin::view::Moment;
use serde::Serialize;
use serde_json::{Map, Value};
use transom_domain::{
    organization::Organization,
    policy::{Policy, PolicyContent, PolicyVersion, conflicts::PolicyConflicts, diff::Change},
};
use utoipa::ToSchema;

/// What a policy sets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PolicyContent)]
pub struct ContentView {
    /// `LocURI` to text, number, true or false; null deletes the node.
    #[schema(value_type = Object)]
    config: Value,
    #[schema(value_type = Vec<Object>)]
    applications: Value,
    #[schema(value_type = Vec<Object>)]
    applications_info: Vec<Value>,
    #[schema(value_type = Vec<Object>)]
    bookmarks: Value,
    #[schema(value_type = Vec<Object>)]
    scripts: Value,
    #[schema(value_type = Vec<Object>)]
    scripts_info: Vec<Value>,
    #[schema(value_type = Vec<Object>)]
    admx_configs: Value,
    #[schema(value_type = Vec<Object>)]
    admx_configs_info: Vec<Value>,
    /// A missing key says nothing.
    #[schema(value_type = Object)]
    agent_configuration: Value,
    #[schema(value_type = Vec<Object>)]
    assets: Value,
    #[schema(value_type = Vec<Object>)]
    assets_info: Vec<Value>,
}

impl ContentView {
    /// The view of a content with the records that it refers to.
    pub fn new(content: &PolicyContent, expanded: &Expanded) -> Self {
        match content.to_json() {
            Value::Object(parts) => Self::of(parts, expanded),
            _ => Self::of(Map::new(), expanded),
        }
    }

    /// The view of parts by name.
    pub fn of(mut parts: Map<String, Value>, expanded: &Expanded) -> Self {
        let mut part = |name: &str| parts.remove(name).unwrap_or_default();
        let (applications, mut scripts) = (part("applications"), part("scripts"));
        let (admx_configs, assets) = (part("admxConfigs"), part("assets"));
        let scripts_info = expanded.scripts(&scripts);
        expanded.describe(&mut scripts);
        Self {
            config: part("config"),
            applications_info: expanded.applications(&applications),
            applications,
            bookmarks: part("bookmarks"),
            scripts,
            scripts_info,
            admx_configs_info: expanded.admx_configs(&admx_configs),
            admx_configs,
            agent_configuration: part("agentConfiguration"),
            assets_info: expanded.assets(&assets),
            assets,
        }
    }
}

/// A policy.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Policy)]
pub struct PolicyView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_enterprise_id: String,
    #[schema(max_length = 256)]
    name: String,
    #[serde(flatten)]
    content: ContentView,
    segment_id: u32,
    /// Whether PCs in the segments below can have it too.
    expose_to_children: bool,
    /// Counts the changes, from 1.
    #[schema(minimum = 1)]
    version: u32,
    /// Settings about which it and other policies of the same PCs disagree; empty in lists and in other objects.
    #[schema(max_items = 100)]
    conflicts: Vec<SharedConflictView>,
    /// Where they were looked for; null where they were not.
    conflicts_looked_for: Option<LookedForView>,
    updated_at: Moment,
    created_at: Moment,
}

impl PolicyView {
    /// The view of a policy with the records that it refers to.
    pub fn new(policy: &Policy, organization: &Organization, expanded: &Expanded) -> Self {
        Self {
            id: policy.id.to_string(),
            organization_id: policy.organization.to_string(),
            win_enterprise_id: organization.enterprise.to_string(),
            name: policy.name.clone(),
            content: ContentView::new(&policy.content, expanded),
            segment_id: policy.segment.0,
            expose_to_children: policy.expose_to_children,
            version: policy.version,
            conflicts: Vec::new(),
            conflicts_looked_for: None,
            updated_at: Moment(policy.updated_at),
            created_at: Moment(policy.created_at),
        }
    }

    /// The same with its conflicts.
    pub fn with_conflicts(mut self, found: &PolicyConflicts) -> Self {
        self.conflicts = found.conflicts.iter().map(Into::into).collect();
        self.conflicts_looked_for = Some(found.into());
        self
    }
}

/// A policy as it was.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PolicyVersion)]
pub struct PolicyVersionView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_policy_id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    #[schema(minimum = 1)]
    version: u32,
    #[schema(max_length = 256)]
    name: String,
    #[serde(flatten)]
    content: ContentView,
    segment_id: u32,
    expose_to_children: bool,
    /// Who made it.
    created_by: String,
    created_at: Moment,
}

impl PolicyVersionView {
    /// The view of a version with the records that it refers to, as they are now.
    pub fn new(version: &PolicyVersion, organization: &Organization, expanded: &Expanded) -> Self {
        Self {
            win_policy_id: version.policy.to_string(),
            organization_id: organization.id.to_string(),
            version: version.version,
            name: version.name.clone(),
            content: ContentView::new(&version.content, expanded),
            segment_id: version.segment.0,
            expose_to_children: version.expose_to_children,
            created_by: version.created_by.clone(),
            created_at: Moment(version.created_at),
        }
    }
}

/// A policy that was removed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedPolicy)]
pub struct RemovedPolicyView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    name: String,
    removed: bool,
}

impl RemovedPolicyView {
    /// The view of a policy that was removed.
    pub fn new(policy: &Policy) -> Self {
        Self {
            id: policy.id.to_string(),
            name: policy.name.clone(),
            removed: true,
        }
    }
}

/// What differs between two versions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PolicyDiff)]
pub struct DiffView {
    from: VersionRefView,
    to: VersionRefView,
    changes: Vec<ChangeView>,
}

/// A version by number and name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PolicyVersionRef)]
pub struct VersionRefView {
    version: u32,
    name: String,
    segment_id: u32,
    expose_to_children: bool,
}

/// A setting that differs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SettingChange)]
pub struct ChangeView {
    /// The part of the policy, e.g. `config`.
    part: &'static str,
    /// The setting, e.g. its `LocURI`.
    key: String,
    /// `added`, `removed` or `changed`.
    #[schema(pattern = "^(added|removed|changed)$")]
    kind: &'static str,
    #[schema(value_type = Value)]
    before: Option<Value>,
    #[schema(value_type = Value)]
    after: Option<Value>,
}

impl ChangeView {
    /// The view of a change.
    pub fn new(change: &Change) -> Self {
        Self {
            part: change.part.as_str(),
            key: change.key.clone(),
            kind: change.kind.as_str(),
            before: change.before.clone(),
            after: change.after.clone(),
        }
    }
}

impl DiffView {
    /// The view of what differs.
    pub fn new(before: &PolicyVersion, after: &PolicyVersion, changes: &[Change]) -> Self {
        let version = |v: &PolicyVersion| VersionRefView {
            version: v.version,
            name: v.name.clone(),
            segment_id: v.segment.0,
            expose_to_children: v.expose_to_children,
        };
        Self {
            from: version(before),
            to: version(after),
            changes: changes.iter().map(ChangeView::new).collect(),
        }
    }
}
