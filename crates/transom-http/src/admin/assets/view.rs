//! The asset object (B.5).

use crate::admin::view::Moment;
use serde::Serialize;
use transom_domain::{asset::Asset, secret::SecretHash};
use utoipa::ToSchema;

/// A file on record.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Asset)]
pub struct AssetView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    #[schema(max_length = 256)]
    name: String,
    /// `app`, `book`, `image`, `script`, `other` or `certificate`.
    #[serde(rename = "type")]
    kind: &'static str,
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// The name that it was uploaded with.
    #[schema(max_length = 255)]
    file_name: String,
    /// In lower case; empty where there is none.
    extension: String,
    /// What the extension stands for.
    content_type: &'static str,
    /// Bytes.
    size: u64,
    #[schema(pattern = "^[a-f0-9]{64}$")]
    sha256: String,
    segment_id: u32,
    /// Whether policies in the segments below may use it.
    expose_to_children: bool,
    updated_at: Moment,
    created_at: Moment,
}

impl AssetView {
    /// The view of an asset.
    pub fn new(asset: &Asset) -> Self {
        Self {
            id: asset.id.to_string(),
            organization_id: asset.organization.to_string(),
            name: asset.name.clone(),
            kind: asset.kind.as_str(),
            description: asset.description.clone(),
            file_name: asset.file.name.as_str().to_owned(),
            extension: asset.file.name.extension(),
            content_type: asset.file.name.media_type(),
            size: asset.file.size,
            sha256: SecretHash(asset.file.sha256).to_hex(),
            segment_id: asset.segment.0,
            expose_to_children: asset.expose_to_children,
            updated_at: Moment(asset.updated_at),
            created_at: Moment(asset.created_at),
        }
    }
}

/// An asset that was removed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedAsset)]
pub struct RemovedAssetView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    name: String,
    removed: bool,
}

impl RemovedAssetView {
    /// The view of an asset that was removed.
    pub fn new(asset: &Asset) -> Self {
        Self {
            id: asset.id.to_string(),
            name: asset.name.clone(),
            removed: true,
        }
    }
}
