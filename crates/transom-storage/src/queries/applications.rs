//! Queries over applications.

use super::{Database, devices::page::containing, unit::UnitOfWork};
use crate::{
    fault::missing,
    rows::{Place, applications::ApplicationRow, devices::key},
    schema::applications,
};
use diesel::prelude::*;
use transom_domain::{
    ApplicationId, AssetId, OrganizationId,
    application::Application,
    library::{ApplicationUse, LibraryQuery, LibrarySort},
    page::Page,
    ports::{Applications, ApplicationsMut, StoreError},
    segment::{SegmentId, SegmentScope},
};

/// The applications that a query means, in no order.
fn filtered(query: &LibraryQuery) -> applications::BoxedQuery<'_, Database> {
    let mut found = applications::table
        .filter(applications::organization_id.eq(query.organization.to_string()))
        .into_boxed();
    if let SegmentScope::Only(own) = &query.scope.own {
        let own: Vec<i64> = own.iter().map(|s| s.0.into()).collect();
        let exposed: Vec<i64> = query.scope.exposed.iter().map(|s| s.0.into()).collect();
        let is_exposed = applications::expose_to_children
            .eq(true)
            .and(applications::segment_id.eq_any(exposed));
        found = found.filter(applications::segment_id.eq_any(own).or(is_exposed));
    }
    if let Some(search) = &query.search {
        let pattern = containing(&key(search));
        let by_store = applications::win_store_id_key
            .assume_not_null()
            .like(pattern.clone())
            .escape('\\');
        found = found.filter(
            applications::name_key
                .like(pattern)
                .escape('\\')
                .or(applications::win_store_id_key.is_not_null().and(by_store)),
        );
    }
    found
}

/// The same, sorted; equal ones by id.
fn sorted(query: &LibraryQuery) -> applications::BoxedQuery<'_, Database> {
    macro_rules! by {
        ($column:ident) => {
            if query.descending {
                filtered(query).order((applications::$column.desc(), applications::id.desc()))
            } else {
                filtered(query).order((applications::$column.asc(), applications::id.asc()))
            }
        };
    }
    match query.sort {
        LibrarySort::CreatedAt => by!(created_at),
        LibrarySort::UpdatedAt => by!(updated_at),
        LibrarySort::Name => by!(name_key),
    }
}

impl Applications for UnitOfWork<'_> {
    fn application(
        &mut self,
        organization: OrganizationId,
        id: ApplicationId,
    ) -> Result<Option<Application>, StoreError> {
        self.run("application", |connection| {
            let row = applications::table
                .find(id.to_string())
                .filter(applications::organization_id.eq(organization.to_string()))
                .select(ApplicationRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn applications_by_id(
        &mut self,
        organization: OrganizationId,
        ids: &[ApplicationId],
    ) -> Result<Vec<Application>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.run_long("applications by id", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = applications::table
                .filter(applications::id.eq_any(ids))
                .filter(applications::organization_id.eq(organization.to_string()))
                .select(ApplicationRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn application_page(&mut self, query: &LibraryQuery) -> Result<Page<Application>, StoreError> {
        self.run_long("application page", |connection| {
            let total: i64 = filtered(query).count().get_result(connection)?;
            let rows = sorted(query)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select(ApplicationRow::as_select())
                .load(connection)?;
            Ok(Page {
                items: rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }

    fn applications_from(&mut self, asset: AssetId, limit: u32) -> Result<(Vec<ApplicationUse>, u64), StoreError> {
        self.run_long("applications from an asset", |connection| {
            let from = || applications::table.filter(applications::mdm_asset_id.eq(asset.to_string()));
            let total: i64 = from().count().get_result(connection)?;
            let rows: Vec<(String, String, i64)> = from()
                .order(applications::id)
                .limit(limit.into())
                .select((applications::id, applications::name, applications::segment_id))
                .load(connection)?;
            let read = |(id, name, segment): (String, String, i64)| {
                let at = Place::new("applications", &id);
                Ok::<_, StoreError>(ApplicationUse {
                    application: at.fit("id", ApplicationId::parse(&id).ok())?,
                    name,
                    segment: SegmentId(at.number("segment_id", segment)?),
                })
            };
            let users = rows.into_iter().map(read).collect::<Result<_, _>>()?;
            Ok((users, total.unsigned_abs()))
        })
    }

    fn segments_with_applications_from(&mut self, asset: AssetId) -> Result<Vec<SegmentId>, StoreError> {
        self.run_long("segments with applications from an asset", |connection| {
            let asset = asset.to_string();
            let rows: Vec<i64> = applications::table
                .filter(applications::mdm_asset_id.eq(&asset))
                .select(applications::segment_id)
                .distinct()
                .order(applications::segment_id)
                .load(connection)?;
            let at = Place::new("applications of asset", &asset);
            let read = |segment: i64| at.number("segment_id", segment).map(SegmentId);
            Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
        })
    }
}

impl ApplicationsMut for UnitOfWork<'_> {
    fn insert_application(&mut self, application: &Application) -> Result<(), StoreError> {
        self.run("insert application", |connection| {
            diesel::insert_into(applications::table)
                .values(ApplicationRow::from(application))
                .execute(connection)?;
            Ok(())
        })
    }

    fn lock_applications(
        &mut self,
        organization: OrganizationId,
        ids: &[ApplicationId],
    ) -> Result<Vec<Application>, StoreError> {
        self.run("lock applications", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = locking!(
                applications::table
                    .filter(applications::id.eq_any(ids))
                    .filter(applications::organization_id.eq(organization.to_string()))
                    .order(applications::id)
                    .select(ApplicationRow::as_select())
            )
            .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn update_application(&mut self, application: &Application) -> Result<(), StoreError> {
        self.run("update application", |connection| {
            let row = ApplicationRow::from(application);
            let changed = diesel::update(applications::table.find(&row.id))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("applications", &application.id));
            }
            Ok(())
        })
    }

    fn remove_application(&mut self, id: ApplicationId) -> Result<(), StoreError> {
        self.run("remove application", |connection| {
            let removed = diesel::delete(applications::table.find(id.to_string())).execute(connection)?;
            if removed == 0 {
                return Err(missing("applications", &id));
            }
            Ok(())
        })
    }
}
