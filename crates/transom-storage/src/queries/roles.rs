//! Queries over segment roles.

use super::unit::UnitOfWork;
use crate::{fault::missing, rows::roles::SegmentRoleRow, schema::segment_roles};
use diesel::prelude::*;
use transom_domain::{
    OrganizationId, SegmentRoleId,
    ports::{SegmentRoles, SegmentRolesMut, StoreError},
    role::SegmentRole,
};

impl SegmentRoles for UnitOfWork<'_> {
    fn segment_role(
        &mut self,
        organization: OrganizationId,
        id: SegmentRoleId,
    ) -> Result<Option<SegmentRole>, StoreError> {
        self.run("segment role", |connection| {
            let row = segment_roles::table
                .find(id.to_string())
                .filter(segment_roles::organization_id.eq(organization.to_string()))
                .select(SegmentRoleRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    // At most `ROLES_MAX` rows, so it is no long read.
    fn segment_roles(&mut self, organization: OrganizationId) -> Result<Vec<SegmentRole>, StoreError> {
        self.run("segment roles", |connection| {
            let rows = segment_roles::table
                .filter(segment_roles::organization_id.eq(organization.to_string()))
                .order(segment_roles::slug)
                .select(SegmentRoleRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }
}

impl SegmentRolesMut for UnitOfWork<'_> {
    fn insert_segment_role(&mut self, role: &SegmentRole) -> Result<(), StoreError> {
        self.run("insert segment role", |connection| {
            diesel::insert_into(segment_roles::table)
                .values(SegmentRoleRow::from(role))
                .execute(connection)?;
            Ok(())
        })
    }

    fn update_segment_role(&mut self, role: &SegmentRole) -> Result<(), StoreError> {
        self.run("update segment role", |connection| {
            let row = SegmentRoleRow::from(role);
            let changed = diesel::update(segment_roles::table.find(row.id.clone()))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("segment_roles", &row.id));
            }
            Ok(())
        })
    }

    fn remove_segment_role(&mut self, id: SegmentRoleId) -> Result<(), StoreError> {
        self.run("remove segment role", |connection| {
            diesel::delete(segment_roles::table.find(id.to_string())).execute(connection)?;
            Ok(())
        })
    }
}
