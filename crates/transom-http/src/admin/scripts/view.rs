//! The script object (B.5).

use crate::admin::view::Moment;
use serde::Serialize;
use transom_domain::script::Script;
use utoipa::ToSchema;

/// How many use a script, in sight or not.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[schema(as = ScriptUses)]
pub struct ScriptUsesView {
    /// Policies that name it in their present version.
    #[schema(minimum = 0)]
    pub policies: u64,
    /// Devices that have it directly and are not deleted.
    #[schema(minimum = 0)]
    pub devices: u64,
    /// Audiences that it is assigned to or kept from in Microsoft Graph; all devices count as one.
    #[schema(minimum = 0)]
    pub assignments: u64,
}

/// A script without its content, for lists.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScriptSummary)]
pub struct ScriptSummaryView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    #[schema(max_length = 256)]
    name: String,
    #[schema(max_length = 500)]
    description: Option<String>,
    /// What runs it.
    runner: &'static str,
    /// As whom it runs: `system` or `user`.
    context: &'static str,
    /// How long it may run, in seconds.
    #[schema(minimum = 1)]
    timeout: u32,
    segment_id: u32,
    /// Whether policies and PCs in the segments below can use it too.
    expose_to_children: bool,
    uses: ScriptUsesView,
    updated_at: Moment,
    created_at: Moment,
}

/// A script.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Script)]
pub struct ScriptView {
    #[serde(flatten)]
    summary: ScriptSummaryView,
    /// The script itself.
    content: String,
}

impl ScriptSummaryView {
    /// The view of a script that so many use.
    pub fn new(script: &Script, uses: ScriptUsesView) -> Self {
        Self {
            id: script.id.to_string(),
            organization_id: script.organization.to_string(),
            name: script.name.clone(),
            description: script.description.clone(),
            runner: script.runner.as_str(),
            context: script.context.as_str(),
            timeout: script.timeout_seconds,
            segment_id: script.segment.0,
            expose_to_children: script.expose_to_children,
            uses,
            updated_at: Moment(script.updated_at),
            created_at: Moment(script.created_at),
        }
    }
}

impl ScriptView {
    /// The view of a script that so many use.
    pub fn new(script: &Script, uses: ScriptUsesView) -> Self {
        Self {
            summary: ScriptSummaryView::new(script, uses),
            content: script.content.clone(),
        }
    }
}
