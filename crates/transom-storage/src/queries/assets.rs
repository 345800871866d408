//! Queries over assets.

use super::{Database, devices::page::containing, unit::UnitOfWork};
use crate::{
    fault::missing,
    rows::{Place, assets::AssetRow, devices::key},
    schema::assets,
};
use diesel::prelude::*;
use transom_domain::{
    AssetFileId, AssetId, OrganizationId,
    asset::{Asset, AssetQuery, AssetSort},
    page::Page,
    ports::{Assets, AssetsMut, StoreError},
    segment::SegmentScope,
};

/// The assets that a query means, in no order.
fn filtered(query: &AssetQuery) -> assets::BoxedQuery<'_, Database> {
    let mut found = assets::table
        .filter(assets::organization_id.eq(query.organization.to_string()))
        .into_boxed();
    if let SegmentScope::Only(own) = &query.scope.own {
        let own: Vec<i64> = own.iter().map(|s| s.0.into()).collect();
        let exposed: Vec<i64> = query.scope.exposed.iter().map(|s| s.0.into()).collect();
        let is_exposed = assets::expose_to_children
            .eq(true)
            .and(assets::segment_id.eq_any(exposed));
        found = found.filter(assets::segment_id.eq_any(own).or(is_exposed));
    }
    if !query.kinds.is_empty() {
        let kinds: Vec<&str> = query.kinds.iter().map(|kind| kind.as_str()).collect();
        found = found.filter(assets::kind.eq_any(kinds));
    }
    if let Some(search) = &query.search {
        let pattern = containing(&key(search));
        let in_file = assets::file_name_key.like(pattern.clone()).escape('\\');
        found = found.filter(assets::name_key.like(pattern).escape('\\').or(in_file));
    }
    found
}

/// The same, sorted; equal ones by id.
fn sorted(query: &AssetQuery) -> assets::BoxedQuery<'_, Database> {
    macro_rules! by {
        ($column:ident) => {
            if query.descending {
                filtered(query).order((assets::$column.desc(), assets::id.desc()))
            } else {
                filtered(query).order((assets::$column.asc(), assets::id.asc()))
            }
        };
    }
    match query.sort {
        AssetSort::CreatedAt => by!(created_at),
        AssetSort::UpdatedAt => by!(updated_at),
        AssetSort::Name => by!(name_key),
        AssetSort::Size => by!(size),
    }
}

impl Assets for UnitOfWork<'_> {
    fn asset(&mut self, organization: OrganizationId, id: AssetId) -> Result<Option<Asset>, StoreError> {
        self.run("asset", |connection| {
            let row = assets::table
                .find(id.to_string())
                .filter(assets::organization_id.eq(organization.to_string()))
                .select(AssetRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn assets_by_id(&mut self, organization: OrganizationId, ids: &[AssetId]) -> Result<Vec<Asset>, StoreError> {
        self.run_long("assets by id", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = assets::table
                .filter(assets::id.eq_any(ids))
                .filter(assets::organization_id.eq(organization.to_string()))
                .order(assets::id)
                .select(AssetRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn asset_page(&mut self, query: &AssetQuery) -> Result<Page<Asset>, StoreError> {
        self.run_long("asset page", |connection| {
            let total: i64 = filtered(query).count().get_result(connection)?;
            let rows = sorted(query)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select(AssetRow::as_select())
                .load(connection)?;
            Ok(Page {
                items: rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }

    fn asset_totals(&mut self, organization: OrganizationId) -> Result<(u64, u64), StoreError> {
        self.run_long("asset totals", |connection| {
            // Sums of 64 bits are numbers of another type in PostgreSQL, so sizes are added here; they are at most ten
            // thousand.
            let sizes: Vec<i64> = assets::table
                .filter(assets::organization_id.eq(organization.to_string()))
                .select(assets::size)
                .load(connection)?;
            let bytes = sizes.iter().map(|size| size.unsigned_abs()).sum();
            Ok((sizes.len() as u64, bytes))
        })
    }

    fn named_asset_files(&mut self, files: &[AssetFileId]) -> Result<Vec<AssetFileId>, StoreError> {
        self.run_long("named asset files", |connection| {
            let ids: Vec<String> = files.iter().map(ToString::to_string).collect();
            let named: Vec<String> = assets::table
                .filter(assets::file_id.eq_any(ids))
                .select(assets::file_id)
                .load(connection)?;
            let read = |id: &String| Place::new("assets", id).fit("file_id", AssetFileId::parse(id).ok());
            Ok(named.iter().map(read).collect::<Result<_, _>>()?)
        })
    }
}

impl AssetsMut for UnitOfWork<'_> {
    fn insert_asset(&mut self, asset: &Asset) -> Result<(), StoreError> {
        self.run("insert asset", |connection| {
            diesel::insert_into(assets::table)
                .values(AssetRow::from(asset))
                .execute(connection)?;
            Ok(())
        })
    }

    fn lock_assets(&mut self, organization: OrganizationId, ids: &[AssetId]) -> Result<Vec<Asset>, StoreError> {
        self.run("lock assets", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = locking!(
                assets::table
                    .filter(assets::id.eq_any(ids))
                    .filter(assets::organization_id.eq(organization.to_string()))
                    .order(assets::id)
                    .select(AssetRow::as_select())
            )
            .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn update_asset(&mut self, asset: &Asset) -> Result<(), StoreError> {
        self.run("update asset", |connection| {
            let row = AssetRow::from(asset);
            let changed = diesel::update(assets::table.find(row.id.clone()))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("assets", &asset.id));
            }
            Ok(())
        })
    }

    fn remove_asset(&mut self, id: AssetId) -> Result<(), StoreError> {
        self.run("remove asset", |connection| {
            let removed = diesel::delete(assets::table.find(id.to_string())).execute(connection)?;
            if removed == 0 {
                return Err(missing("assets", &id));
            }
            Ok(())
        })
    }
}
