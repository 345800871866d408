//! Rows of `segment_roles`.

use super::Place;
use crate::schema::segment_roles;
use diesel::prelude::*;
use transom_domain::{
    OrganizationId, SegmentRoleId, Timestamp, permission::PermissionSet, ports::StoreError, role::SegmentRole,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = segment_roles)]
pub(crate) struct SegmentRoleRow {
    pub(crate) id: String,
    organization_id: String,
    name: String,
    slug: String,
    actions: String,
    created_at: i64,
    updated_at: i64,
}

impl From<&SegmentRole> for SegmentRoleRow {
    fn from(role: &SegmentRole) -> Self {
        Self {
            id: role.id.to_string(),
            organization_id: role.organization.to_string(),
            name: role.name.clone(),
            slug: role.slug.clone(),
            actions: serde_json::json!(role.actions.texts()).to_string(),
            created_at: role.created_at.as_millis(),
            updated_at: role.updated_at.as_millis(),
        }
    }
}

impl TryFrom<SegmentRoleRow> for SegmentRole {
    type Error = StoreError;

    fn try_from(row: SegmentRoleRow) -> Result<Self, StoreError> {
        let at = Place::new("segment_roles", &row.id);
        let actions: Vec<String> = at.json("actions", &row.actions)?;
        Ok(Self {
            id: at.fit("id", SegmentRoleId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            name: row.name,
            slug: row.slug,
            actions: at.fit("actions", PermissionSet::parse(&actions).ok())?,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}
