//! Queries over ADMX templates and their definitions.

use super::{Database, devices::page::containing, unit::UnitOfWork};
use crate::{
    fault::missing,
    rows::{
        admx_configs::{AdmxConfigRow, AdmxDefinitionRow},
        devices::key,
    },
    schema::{admx_configs, admx_definitions, admx_sources},
};
use diesel::prelude::*;
use transom_domain::{
    AdmxConfigId, OrganizationId,
    admx::{AdmxConfig, AdmxQuery, AdmxSort, AdmxSource, DefinitionQuery, definition::Definition},
    page::Page,
    ports::{AdmxConfigs, AdmxConfigsMut, StoreError},
    segment::SegmentScope,
};

/// Definitions stored in one statement: five columns each, within the 32,766 variables of SQLite.
const DEFINITIONS_AT_ONCE: usize = 1_000;

/// The templates that a query means, in no order.
fn filtered(query: &AdmxQuery) -> admx_configs::BoxedQuery<'_, Database> {
    let mut found = admx_configs::table
        .filter(admx_configs::organization_id.eq(query.organization.to_string()))
        .into_boxed();
    if let SegmentScope::Only(own) = &query.scope.own {
        let own: Vec<i64> = own.iter().map(|s| s.0.into()).collect();
        let exposed: Vec<i64> = query.scope.exposed.iter().map(|s| s.0.into()).collect();
        let is_exposed = admx_configs::expose_to_children
            .eq(true)
            .and(admx_configs::segment_id.eq_any(exposed));
        found = found.filter(admx_configs::segment_id.eq_any(own).or(is_exposed));
    }
    if let Some(search) = &query.search {
        let pattern = containing(&key(search));
        let in_file = admx_configs::file_name_key.like(pattern.clone()).escape('\\');
        let description = admx_configs::description_key.assume_not_null();
        let in_description = description.like(pattern.clone()).escape('\\');
        let in_name = admx_configs::app_name_key.like(pattern).escape('\\');
        found = found.filter(in_name.or(in_file).or(in_description));
    }
    found
}

/// The same, sorted; equal ones by id.
fn sorted(query: &AdmxQuery) -> admx_configs::BoxedQuery<'_, Database> {
    macro_rules! by {
        ($column:ident) => {
            if query.descending {
                filtered(query).order((admx_configs::$column.desc(), admx_configs::id.desc()))
            } else {
                filtered(query).order((admx_configs::$column.asc(), admx_configs::id.asc()))
            }
        };
    }
    match query.sort {
        AdmxSort::CreatedAt => by!(created_at),
        AdmxSort::UpdatedAt => by!(updated_at),
        AdmxSort::AppName => by!(app_name_key),
        AdmxSort::FileName => by!(file_name_key),
    }
}

/// The definitions that a query means, in no order.
fn meant(query: &DefinitionQuery) -> admx_definitions::BoxedQuery<'_, Database> {
    let mut found = admx_definitions::table
        .filter(admx_definitions::config_id.eq(query.config.to_string()))
        .into_boxed();
    if let Some(class) = query.class {
        found = found.filter(admx_definitions::class.eq(class.as_str()));
    }
    if let Some(search) = &query.search {
        let pattern = containing(&key(search));
        found = found.filter(admx_definitions::search_key.like(pattern).escape('\\'));
    }
    found
}

impl AdmxConfigs for UnitOfWork<'_> {
    fn admx_config(
        &mut self,
        organization: OrganizationId,
        id: AdmxConfigId,
    ) -> Result<Option<AdmxConfig>, StoreError> {
        self.run("ADMX template", |connection| {
            let row = admx_configs::table
                .find(id.to_string())
                .filter(admx_configs::organization_id.eq(organization.to_string()))
                .select(AdmxConfigRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn admx_configs_by_id(
        &mut self,
        organization: OrganizationId,
        ids: &[AdmxConfigId],
    ) -> Result<Vec<AdmxConfig>, StoreError> {
        self.run_long("ADMX templates by id", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = admx_configs::table
                .filter(admx_configs::id.eq_any(ids))
                .filter(admx_configs::organization_id.eq(organization.to_string()))
                .order(admx_configs::id)
                .select(AdmxConfigRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn admx_config_page(&mut self, query: &AdmxQuery) -> Result<Page<AdmxConfig>, StoreError> {
        self.run_long("ADMX template page", |connection| {
            let total: i64 = filtered(query).count().get_result(connection)?;
            let rows = sorted(query)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select(AdmxConfigRow::as_select())
                .load(connection)?;
            Ok(Page {
                items: rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }

    fn admx_config_count(&mut self, organization: OrganizationId) -> Result<u64, StoreError> {
        self.run_long("ADMX template count", |connection| {
            let count: i64 = admx_configs::table
                .filter(admx_configs::organization_id.eq(organization.to_string()))
                .count()
                .get_result(connection)?;
            Ok(count.unsigned_abs())
        })
    }

    fn admx_source(&mut self, id: AdmxConfigId) -> Result<Option<AdmxSource>, StoreError> {
        self.run_long("ADMX source", |connection| {
            let row: Option<(String, Option<String>)> = admx_sources::table
                .find(id.to_string())
                .select((admx_sources::admx, admx_sources::adml))
                .first(connection)
                .optional()?;
            Ok(row.map(|(admx, adml)| AdmxSource { admx, adml }))
        })
    }

    fn admx_definition_page(&mut self, query: &DefinitionQuery) -> Result<Page<Definition>, StoreError> {
        self.run_long("ADMX definition page", |connection| {
            let total: i64 = meant(query).count().get_result(connection)?;
            let rows = meant(query)
                .order(admx_definitions::position)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select(AdmxDefinitionRow::as_select())
                .load(connection)?;
            Ok(Page {
                items: rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }
}

impl AdmxConfigsMut for UnitOfWork<'_> {
    fn insert_admx_config(&mut self, config: &AdmxConfig) -> Result<(), StoreError> {
        self.run("insert ADMX template", |connection| {
            diesel::insert_into(admx_configs::table)
                .values(AdmxConfigRow::from(config))
                .execute(connection)?;
            Ok(())
        })
    }

    fn lock_admx_configs(
        &mut self,
        organization: OrganizationId,
        ids: &[AdmxConfigId],
    ) -> Result<Vec<AdmxConfig>, StoreError> {
        self.run("lock ADMX templates", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = locking!(
                admx_configs::table
                    .filter(admx_configs::id.eq_any(ids))
                    .filter(admx_configs::organization_id.eq(organization.to_string()))
                    .order(admx_configs::id)
                    .select(AdmxConfigRow::as_select())
            )
            .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn update_admx_config(&mut self, config: &AdmxConfig) -> Result<(), StoreError> {
        self.run("update ADMX template", |connection| {
            let row = AdmxConfigRow::from(config);
            let changed = diesel::update(admx_configs::table.find(row.id.clone()))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("admx_configs", &config.id));
            }
            Ok(())
        })
    }

    fn save_admx_template(
        &mut self,
        id: AdmxConfigId,
        source: &AdmxSource,
        definitions: &[Definition],
    ) -> Result<(), StoreError> {
        self.run("save ADMX template", |connection| {
            let of_config = admx_definitions::config_id.eq(id.to_string());
            diesel::delete(admx_definitions::table.filter(of_config)).execute(connection)?;
            diesel::delete(admx_sources::table.find(id.to_string())).execute(connection)?;
            diesel::insert_into(admx_sources::table)
                .values((
                    admx_sources::config_id.eq(id.to_string()),
                    admx_sources::admx.eq(&source.admx),
                    admx_sources::adml.eq(&source.adml),
                ))
                .execute(connection)?;
            for rows in AdmxDefinitionRow::of(id, definitions)?.chunks(DEFINITIONS_AT_ONCE) {
                diesel::insert_into(admx_definitions::table)
                    .values(rows)
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    fn remove_admx_config(&mut self, id: AdmxConfigId) -> Result<(), StoreError> {
        self.run("remove ADMX template", |connection| {
            let of_config = admx_definitions::config_id.eq(id.to_string());
            diesel::delete(admx_definitions::table.filter(of_config)).execute(connection)?;
            diesel::delete(admx_sources::table.find(id.to_string())).execute(connection)?;
            let removed = diesel::delete(admx_configs::table.find(id.to_string())).execute(connection)?;
            if removed == 0 {
                return Err(missing("admx_configs", &id));
            }
            Ok(())
        })
    }
}
