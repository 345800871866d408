//! The user object (B.7).

use crate::admin::{smart_attributes::view::GivenView, view::Moment};
use serde::Serialize;
use serde_json::{Map, Value};
use transom_domain::user::change::UserDetails;
use utoipa::ToSchema;

/// A person whose PCs are managed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub struct UserView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    /// In lower case; unique on the server.
    #[schema(max_length = 128)]
    email: String,
    #[schema(max_length = 256)]
    name: Option<String>,
    #[schema(max_items = 100)]
    tags: Vec<String>,
    /// A language tag such as `de-CH`.
    #[schema(max_length = 35)]
    language: Option<String>,
    /// Facts in the organization's own words.
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    /// The values of smart attributes they were given by hand.
    #[schema(max_items = 200)]
    smart_attribute_assignments: Vec<GivenView>,
    counts: UserCountsView,
    /// The segments of their devices, as far as the caller sees them.
    inferred_segment_ids: Vec<u32>,
    updated_at: Moment,
    created_at: Moment,
}

/// How much belongs to a user, as far as the caller sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserCounts)]
pub struct UserCountsView {
    /// Devices that are not deleted.
    #[schema(minimum = 0)]
    devices: u64,
}

impl UserView {
    /// The view of a user.
    pub fn new(details: &UserDetails) -> Self {
        let user = &details.user;
        Self {
            id: user.id.to_string(),
            organization_id: user.organization.to_string(),
            email: user.email.as_str().to_owned(),
            name: user.name.clone(),
            tags: user.tags.clone(),
            language: user.language.clone(),
            metadata: user.metadata.clone(),
            smart_attribute_assignments: details.smart.iter().map(GivenView::new).collect(),
            counts: UserCountsView {
                devices: details.devices.iter().map(|(_, count)| count).sum(),
            },
            inferred_segment_ids: details.devices.iter().map(|(segment, _)| segment.0).collect(),
            updated_at: Moment(user.updated_at),
            created_at: Moment(user.created_at),
        }
    }
}
