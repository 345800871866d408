//! Queries over service accounts.

use super::unit::UnitOfWork;
use crate::{
    fault::missing,
    rows::service_accounts::ServiceAccountRow,
    schema::{api_tokens, service_accounts},
};
use diesel::prelude::*;
use transom_domain::{
    OrganizationId, ServiceAccountId,
    ports::{ServiceAccounts, ServiceAccountsMut, StoreError},
    service_account::ServiceAccount,
};

impl ServiceAccounts for UnitOfWork<'_> {
    fn service_account(
        &mut self,
        organization: OrganizationId,
        id: ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, StoreError> {
        self.run("service account", |connection| {
            let row = service_accounts::table
                .find(id.to_string())
                .filter(service_accounts::organization_id.eq(organization.to_string()))
                .select(ServiceAccountRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn service_accounts(&mut self, organization: OrganizationId) -> Result<Vec<ServiceAccount>, StoreError> {
        self.run_long("service accounts", |connection| {
            let rows = service_accounts::table
                .filter(service_accounts::organization_id.eq(organization.to_string()))
                .order((service_accounts::created_at, service_accounts::id))
                .select(ServiceAccountRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }
}

impl ServiceAccountsMut for UnitOfWork<'_> {
    fn insert_service_account(&mut self, account: &ServiceAccount) -> Result<(), StoreError> {
        self.run("insert service account", |connection| {
            diesel::insert_into(service_accounts::table)
                .values(ServiceAccountRow::from(account))
                .execute(connection)?;
            Ok(())
        })
    }

    fn update_service_account(&mut self, account: &ServiceAccount) -> Result<(), StoreError> {
        self.run("update service account", |connection| {
            let row = ServiceAccountRow::from(account);
            let changed = diesel::update(service_accounts::table.find(row.id.clone()))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("service_accounts", &row.id));
            }
            Ok(())
        })
    }

    fn remove_service_account(&mut self, id: ServiceAccountId) -> Result<(), StoreError> {
        self.run("remove service account", |connection| {
            let id = id.to_string();
            diesel::delete(api_tokens::table.filter(api_tokens::service_account_id.eq(&id))).execute(connection)?;
            diesel::delete(service_accounts::table.find(&id)).execute(connection)?;
            Ok(())
        })
    }
}
