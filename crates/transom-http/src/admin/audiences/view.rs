//! The audience object, and who would be in it.

use crate::admin::view::Moment;
use serde::Serialize;
use serde_json::Value;
use transom_domain::audience::{
    Audience,
    preview::{Member, Preview},
};
use utoipa::ToSchema;

/// A description of PCs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeviceAudience)]
pub struct AudienceView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    #[schema(max_length = 256)]
    name: String,
    #[schema(max_length = 500)]
    description: Option<String>,
    segment_id: u32,
    /// Whether it sees the PCs of the segments below too.
    expose_to_children: bool,
    /// Who is in it.
    #[schema(value_type = Object)]
    selectors: Value,
    /// Who is not, whatever the selectors say.
    #[schema(value_type = Object)]
    exclude: Value,
    updated_at: Moment,
    created_at: Moment,
}

/// Who is or would be in an audience.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeviceAudiencePreview)]
pub struct AudiencePreviewView {
    /// Members among the PCs that were looked at.
    count: u64,
    /// Those of them that are not in the stored audience.
    gained: u64,
    /// PCs that are in the stored audience and would not be.
    lost: u64,
    /// PCs that were looked at, of those that the caller sees.
    examined: u64,
    /// Whether that were all of them; otherwise the counts are those of a sample.
    complete: bool,
    /// The first members.
    items: Vec<MemberView>,
}

/// A PC that is in the audience.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeviceAudienceMember)]
pub struct MemberView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_device_id: String,
    display_name: String,
    segment_id: u32,
    /// Every fact that makes it so, e.g. `tag:sales`.
    reasons: Vec<String>,
}

impl AudienceView {
    /// The view of an audience.
    pub fn new(audience: &Audience) -> Self {
        Self {
            id: audience.id.to_string(),
            organization_id: audience.organization.to_string(),
            name: audience.name.clone(),
            description: audience.description.clone(),
            segment_id: audience.segment.0,
            expose_to_children: audience.expose_to_children,
            selectors: audience.selectors.to_json(),
            exclude: audience.exclude.to_json(),
            updated_at: Moment(audience.updated_at),
            created_at: Moment(audience.created_at),
        }
    }
}

impl AudiencePreviewView {
    /// The view of who would be in an audience.
    pub fn new(preview: &Preview) -> Self {
        Self {
            count: preview.count,
            gained: preview.count.saturating_sub(preview.stay),
            lost: preview.lost,
            examined: preview.seen,
            complete: preview.is_complete,
            items: preview.members.iter().map(MemberView::new).collect(),
        }
    }
}

impl MemberView {
    fn new(member: &Member) -> Self {
        Self {
            win_device_id: member.device.id.to_string(),
            display_name: member.device.display_name.clone(),
            segment_id: member.device.segment.0,
            reasons: member.reasons.clone(),
        }
    }
}
