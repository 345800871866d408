//! Queries over segments.

use super::unit::UnitOfWork;
use crate::{rows::segments::SegmentRow, schema::segments};
use diesel::prelude::*;
use transom_domain::{
    OrganizationId,
    ports::{Segments, SegmentsMut, StoreError},
    segment::{Segment, SegmentId},
};

impl Segments for UnitOfWork<'_> {
    fn segment(&mut self, organization: OrganizationId, id: SegmentId) -> Result<Option<Segment>, StoreError> {
        self.run("segment", |connection| {
            let row = segments::table
                .find((organization.to_string(), i64::from(id.0)))
                .select(SegmentRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    // At most `SEGMENTS_MAX` rows, so it is no long read.
    fn segments(&mut self, organization: OrganizationId) -> Result<Vec<Segment>, StoreError> {
        self.run("segments", |connection| {
            let rows = segments::table
                .filter(segments::organization_id.eq(organization.to_string()))
                .order(segments::id)
                .select(SegmentRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }
}

impl SegmentsMut for UnitOfWork<'_> {
    fn insert_segment(&mut self, segment: &Segment) -> Result<(), StoreError> {
        self.run("insert segment", |connection| {
            diesel::insert_into(segments::table)
                .values(SegmentRow::from(segment))
                .execute(connection)?;
            Ok(())
        })
    }
}
