//! The application object (B.5).

use crate::admin::{library::UsesView, view::Moment};
use serde::Serialize;
use serde_json::Value;
use transom_domain::application::Application;
use utoipa::ToSchema;

/// An application.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Application)]
pub struct ApplicationView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    #[schema(max_length = 256)]
    name: String,
    #[schema(max_length = 500)]
    description: Option<String>,
    /// `store` or `asset`.
    #[serde(rename = "type")]
    kind: &'static str,
    config: ApplicationConfigView,
    segment_id: u32,
    /// Whether policies in the segments below can use it too.
    expose_to_children: bool,
    uses: UsesView,
    updated_at: Moment,
    created_at: Moment,
}

/// Where an application comes from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApplicationConfig)]
pub struct ApplicationConfigView {
    /// Its id in Microsoft's store.
    #[schema(max_length = 256)]
    win_store_id: Option<String>,
    /// Null: there is no store of app builds.
    #[schema(value_type = Option<String>)]
    build_id: Option<Value>,
    /// The file that it is.
    mdm_asset_id: Option<String>,
    /// Null: there is no store of app builds.
    #[schema(value_type = Option<String>)]
    application_id: Option<Value>,
    #[schema(max_length = 256)]
    filter: Option<String>,
}

impl ApplicationConfigView {
    /// The view of where an application comes from.
    pub fn new(application: &Application) -> Self {
        Self {
            win_store_id: application.origin.win_store_id().map(str::to_owned),
            build_id: None,
            mdm_asset_id: application.origin.mdm_asset_id().map(str::to_owned),
            application_id: None,
            filter: application.filter.clone(),
        }
    }
}

impl ApplicationView {
    /// The view of an application that so many policies use.
    pub fn new(application: &Application, policies: u64) -> Self {
        Self {
            id: application.id.to_string(),
            organization_id: application.organization.to_string(),
            name: application.name.clone(),
            description: application.description.clone(),
            kind: application.origin.kind().as_str(),
            config: ApplicationConfigView::new(application),
            segment_id: application.segment.0,
            expose_to_children: application.expose_to_children,
            uses: UsesView { policies, devices: 0 },
            updated_at: Moment(application.updated_at),
            created_at: Moment(application.created_at),
        }
    }
}
