//! Queries over organizations.

use super::unit::UnitOfWork;
use crate::{
    rows::{Place, organizations::OrganizationRow},
    schema::organizations,
};
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

    fn organizations_after(
        &mut self,
        after: Option<OrganizationId>,
        limit: u32,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        self.run("organizations", |connection| {
            let after = after.map_or_else(String::new, |id| id.to_string());
            let ids: Vec<String> = organizations::table
                .filter(organizations::id.gt(after))
                .order(organizations::id)
                .limit(limit.into())
                .select(organizations::id)
                .load(connection)?;
            let id = |id: &String| Place::new("organizations", id).fit("id", OrganizationId::parse(id).ok());
            Ok(ids.iter().map(id).collect::<Result<_, _>>()?)
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

    fn hold_organization(&mut self, id: OrganizationId) -> Result<bool, StoreError> {
        self.run("hold organization", |connection| {
            let found: Option<String> = sharing!(organizations::table.find(id.to_string()).select(organizations::id))
                .first(connection)
                .optional()?;
            Ok(found.is_some())
        })
    }
}
