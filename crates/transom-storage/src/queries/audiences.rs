//! Queries over audiences. An organization has at most `AUDIENCES_MAX`.

use super::unit::UnitOfWork;
use crate::{
    fault::{Fault, missing},
    rows::automation_rules::{AudienceRow, audience_name},
    schema::device_audiences,
};
use diesel::prelude::*;
use transom_domain::{
    AudienceId, OrganizationId,
    audience::Audience,
    ports::{Audiences, AudiencesMut, StoreError},
};

impl Audiences for UnitOfWork<'_> {
    fn audience(&mut self, organization: OrganizationId, id: AudienceId) -> Result<Option<Audience>, StoreError> {
        self.run("audience", |connection| {
            let row = device_audiences::table
                .find(id.to_string())
                .filter(device_audiences::organization_id.eq(organization.to_string()))
                .select(AudienceRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn audiences(&mut self, organization: OrganizationId) -> Result<Vec<Audience>, StoreError> {
        self.run_long("audiences", |connection| {
            let rows = device_audiences::table
                .filter(device_audiences::organization_id.eq(organization.to_string()))
                .order((device_audiences::created_at, device_audiences::id))
                .select(AudienceRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn audiences_by_id(
        &mut self,
        organization: OrganizationId,
        ids: &[AudienceId],
    ) -> Result<Vec<Audience>, StoreError> {
        self.run_long("audiences by id", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = device_audiences::table
                .filter(device_audiences::id.eq_any(ids))
                .filter(device_audiences::organization_id.eq(organization.to_string()))
                .order(device_audiences::id)
                .select(AudienceRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn audience_names(&mut self, organization: OrganizationId) -> Result<Vec<(AudienceId, String)>, StoreError> {
        self.run("audience names", |connection| {
            let rows: Vec<(String, String)> = device_audiences::table
                .filter(device_audiences::organization_id.eq(organization.to_string()))
                .order(device_audiences::id)
                .select((device_audiences::id, device_audiences::name))
                .load(connection)?;
            Ok(rows.into_iter().map(audience_name).collect::<Result<_, _>>()?)
        })
    }
}

impl AudiencesMut for UnitOfWork<'_> {
    fn insert_audience(&mut self, audience: &Audience) -> Result<(), StoreError> {
        self.run("insert audience", |connection| {
            diesel::insert_into(device_audiences::table)
                .values(AudienceRow::from(audience))
                .execute(connection)?;
            Ok(())
        })
    }

    fn update_audience(&mut self, audience: &Audience) -> Result<(), StoreError> {
        self.run("update audience", |connection| {
            let row = AudienceRow::from(audience);
            let changed = diesel::update(device_audiences::table.find(row.id.clone()))
                .set(&row)
                .execute(connection)?;
            changed_one(changed, audience.id)
        })
    }

    fn delete_audience(&mut self, id: AudienceId) -> Result<(), StoreError> {
        self.run("delete audience", |connection| {
            let removed = diesel::delete(device_audiences::table.find(id.to_string())).execute(connection)?;
            changed_one(removed, id)
        })
    }
}

fn changed_one(rows: usize, id: AudienceId) -> Result<(), Fault> {
    if rows == 0 {
        return Err(missing("device_audiences", &id));
    }
    Ok(())
}
