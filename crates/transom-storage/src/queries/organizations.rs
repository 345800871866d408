//! Queries over organizations.

use super::unit::UnitOfWork;
use crate::{rows::organizations::OrganizationRow, schema::organizations};
use diesel::prelude::*;
use transom_domain::{
    OrganizationId,
    organization::Organization,
    ports::{Organizations, OrganizationsMut, StoreError},
};

impl Organizations for UnitOfWork<'_> {
    fn organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.run("organization", |connection| {
            let row = organizations::table
                .find(id.to_string())
                .select(OrganizationRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn organization_by_slug(&mut self, slug: &str) -> Result<Option<Organization>, StoreError> {
        self.run("organization by slug", |connection| {
            let row = organizations::table
                .filter(organizations::slug.eq(slug.to_lowercase()))
                .select(OrganizationRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }
}

impl OrganizationsMut for UnitOfWork<'_> {
    fn insert_organization(&mut self, organization: &Organization) -> Result<(), StoreError> {
        self.run("insert organization", |connection| {
            diesel::insert_into(organizations::table)
                .values(OrganizationRow::from(organization))
                .execute(connection)?;
            Ok(())
        })
    }

    fn lock_organization(&mut self, id: OrganizationId) -> Result<bool, StoreError> {
        self.run("lock organization", |connection| {
            let found: Option<String> = locking!(organizations::table.find(id.to_string()).select(organizations::id))
                .first(connection)
                .optional()?;
            Ok(found.is_some())
        })
    }
}
