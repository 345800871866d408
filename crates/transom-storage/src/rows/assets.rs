//! Rows of `assets`.

use super::{Place, devices::key};
use crate::schema::assets;
use diesel::prelude::*;
use transom_domain::{
    AssetFileId, AssetId, OrganizationId, Timestamp,
    asset::{Asset, AssetFile, AssetKind, FileName},
    ports::StoreError,
    secret::SecretHash,
    segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = assets, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct AssetRow {
    pub(crate) id: String,
    organization_id: String,
    segment_id: i64,
    kind: String,
    name: String,
    name_key: String,
    description: Option<String>,
    expose_to_children: bool,
    file_id: String,
    file_name: String,
    file_name_key: String,
    size: i64,
    sha256: String,
    created_at: i64,
    updated_at: i64,
}

impl From<&Asset> for AssetRow {
    fn from(asset: &Asset) -> Self {
        Self {
            id: asset.id.to_string(),
            organization_id: asset.organization.to_string(),
            segment_id: asset.segment.0.into(),
            kind: asset.kind.as_str().to_owned(),
            name: asset.name.clone(),
            name_key: key(&asset.name),
            description: asset.description.clone(),
            expose_to_children: asset.expose_to_children,
            file_id: asset.file.id.to_string(),
            file_name: asset.file.name.as_str().to_owned(),
            file_name_key: key(asset.file.name.as_str()),
            size: i64::try_from(asset.file.size).unwrap_or(i64::MAX),
            sha256: SecretHash(asset.file.sha256).to_hex(),
            created_at: asset.created_at.as_millis(),
            updated_at: asset.updated_at.as_millis(),
        }
    }
}

impl TryFrom<AssetRow> for Asset {
    type Error = StoreError;

    fn try_from(row: AssetRow) -> Result<Self, StoreError> {
        let at = Place::new("assets", &row.id);
        Ok(Self {
            id: at.fit("id", AssetId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", row.segment_id)?),
            kind: at.fit("kind", AssetKind::from_name(&row.kind))?,
            file: AssetFile {
                id: at.fit("file_id", AssetFileId::parse(&row.file_id).ok())?,
                name: at.fit("file_name", FileName::parse(&row.file_name).ok())?,
                size: row.size.unsigned_abs(),
                sha256: at.fit("sha256", SecretHash::from_hex(&row.sha256))?.0,
            },
            name: row.name,
            description: row.description,
            expose_to_children: row.expose_to_children,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}
