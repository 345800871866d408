//! Rows of `segments`.

use super::Place;
use crate::schema::segments;
use diesel::prelude::*;
use transom_domain::{
    OrganizationId, Timestamp,
    ports::StoreError,
    segment::{Segment, SegmentId},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = segments, primary_key(organization_id, id))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct SegmentRow {
    organization_id: String,
    id: i64,
    name: String,
    parent_id: Option<i64>,
    icon: Option<String>,
    color: Option<String>,
    created_at: i64,
}

impl From<&Segment> for SegmentRow {
    fn from(segment: &Segment) -> Self {
        Self {
            organization_id: segment.organization.to_string(),
            id: segment.id.0.into(),
            name: segment.name.clone(),
            parent_id: segment.parent.map(|p| p.0.into()),
            icon: segment.icon.clone(),
            color: segment.color.clone(),
            created_at: segment.created_at.as_millis(),
        }
    }
}

impl TryFrom<SegmentRow> for Segment {
    type Error = StoreError;

    fn try_from(row: SegmentRow) -> Result<Self, StoreError> {
        let name = format!("{} of {}", row.id, row.organization_id);
        let at = Place::new("segments", &name);
        Ok(Self {
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            id: SegmentId(at.number("id", row.id)?),
            name: row.name,
            parent: row
                .parent_id
                .map(|id| at.number("parent_id", id).map(SegmentId))
                .transpose()?,
            icon: row.icon,
            color: row.color,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
