//! Queries over defaults of organizations.

use super::unit::UnitOfWork;
use crate::{fault::missing, rows::default_configs::DefaultConfigRow, schema::default_configs};
use diesel::prelude::*;
use transom_domain::{
    DefaultConfigId, OrganizationId,
    default_config::{DefaultConfig, DefaultKind},
    ports::{DefaultConfigs, DefaultConfigsMut, StoreError},
};

impl DefaultConfigs for UnitOfWork<'_> {
    fn default_config(
        &mut self,
        organization: OrganizationId,
        kind: DefaultKind,
    ) -> Result<Option<DefaultConfig>, StoreError> {
        self.run("default config", |connection| {
            let row = default_configs::table
                .filter(default_configs::organization_id.eq(organization.to_string()))
                .filter(default_configs::kind.eq(kind.as_str()))
                .select(DefaultConfigRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    // One row for each kind there is, so it is no long read.
    fn default_configs(&mut self, organization: OrganizationId) -> Result<Vec<DefaultConfig>, StoreError> {
        self.run("default configs", |connection| {
            let rows = default_configs::table
                .filter(default_configs::organization_id.eq(organization.to_string()))
                .order(default_configs::kind)
                .select(DefaultConfigRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }
}

impl DefaultConfigsMut for UnitOfWork<'_> {
    fn save_default_config(&mut self, config: &DefaultConfig) -> Result<(), StoreError> {
        self.run("save default config", |connection| {
            let row = DefaultConfigRow::from(config);
            diesel::insert_into(default_configs::table)
                .values(&row)
                .on_conflict(default_configs::id)
                .do_update()
                .set(&row)
                .execute(connection)?;
            Ok(())
        })
    }

    fn delete_default_config(&mut self, id: DefaultConfigId) -> Result<(), StoreError> {
        self.run("delete default config", |connection| {
            let removed = diesel::delete(default_configs::table.find(id.to_string())).execute(connection)?;
            if removed == 0 {
                return Err(missing("default_configs", &id));
            }
            Ok(())
        })
    }
}
