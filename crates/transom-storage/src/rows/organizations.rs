//! Rows of `organizations`.

use super::Place;
use crate::schema::organizations;
use diesel::prelude::*;
use transom_domain::{
    EnterpriseId, OrganizationId, Timestamp,
    organization::{Organization, Slug},
    ports::StoreError,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = organizations)]
pub(crate) struct OrganizationRow {
    id: String,
    slug: String,
    name: String,
    enterprise_id: String,
    created_at: i64,
}

impl From<&Organization> for OrganizationRow {
    fn from(organization: &Organization) -> Self {
        Self {
            id: organization.id.to_string(),
            slug: organization.slug.as_str().to_owned(),
            name: organization.name.clone(),
            enterprise_id: organization.enterprise.to_string(),
            created_at: organization.created_at.as_millis(),
        }
    }
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = StoreError;

    fn try_from(row: OrganizationRow) -> Result<Self, StoreError> {
        let at = Place::new("organizations", &row.id);
        Ok(Self {
            id: at.fit("id", OrganizationId::parse(&row.id).ok())?,
            slug: at.fit("slug", Slug::parse(&row.slug).ok())?,
            enterprise: at.fit("enterprise_id", EnterpriseId::parse(&row.enterprise_id).ok())?,
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
