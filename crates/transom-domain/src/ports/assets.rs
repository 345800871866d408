//! The roles over assets.

use super::StoreError;
use crate::{
    AssetFileId, AssetId, OrganizationId,
    asset::{Asset, AssetQuery},
    page::Page,
};

/// Looks at assets.
pub trait Assets {
    /// The asset of that id in an organization.
    fn asset(&mut self, organization: OrganizationId, id: AssetId) -> Result<Option<Asset>, StoreError>;

    /// The assets of those ids, by id; a missing id is skipped.
    fn assets_by_id(&mut self, organization: OrganizationId, ids: &[AssetId]) -> Result<Vec<Asset>, StoreError>;

    /// One page of the assets that a query means.
    fn asset_page(&mut self, query: &AssetQuery) -> Result<Page<Asset>, StoreError>;

    /// How many assets an organization has, and how many bytes they have together.
    fn asset_totals(&mut self, organization: OrganizationId) -> Result<(u64, u64), StoreError>;

    /// Which of these files some asset names.
    fn named_asset_files(&mut self, files: &[AssetFileId]) -> Result<Vec<AssetFileId>, StoreError>;
}

/// Changes assets.
pub trait AssetsMut: Assets {
    /// Stores a new asset.
    fn insert_asset(&mut self, asset: &Asset) -> Result<(), StoreError>;

    /// Locks assets until the unit ends, in the order of their ids, and reads them; a missing id is skipped.
    fn lock_assets(&mut self, organization: OrganizationId, ids: &[AssetId]) -> Result<Vec<Asset>, StoreError>;

    /// Stores every field of an asset, which must exist.
    fn update_asset(&mut self, asset: &Asset) -> Result<(), StoreError>;

    /// Removes an asset.
    fn remove_asset(&mut self, id: AssetId) -> Result<(), StoreError>;
}
