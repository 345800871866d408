//! Queries over scripts, and over which devices have them directly.

use super::{Connection, Database, devices::page::containing, unit::UnitOfWork};
use crate::{
    fault::missing,
    rows::{
        Place,
        devices::key,
        scripts::{DeviceScriptRow, ScriptRow},
    },
    schema::{device_scripts, devices, scripts},
};
use diesel::{dsl::count_star, prelude::*};
use transom_domain::{
    DeviceId, OrganizationId, ScriptId,
    device::DeviceState,
    library::{DeviceUse, LibraryQuery, LibrarySort},
    page::Page,
    policy::PolicyScope,
    ports::{Scripts, ScriptsMut, StoreError},
    script::{Script, assigned::DeviceScript},
    segment::{SegmentId, SegmentScope},
};

/// The scripts that somebody sees, in no order.
fn seen<'q>(organization: OrganizationId, scope: &PolicyScope) -> scripts::BoxedQuery<'q, Database> {
    let mut found = scripts::table
        .filter(scripts::organization_id.eq(organization.to_string()))
        .into_boxed();
    if let SegmentScope::Only(own) = &scope.own {
        let own: Vec<i64> = own.iter().map(|s| s.0.into()).collect();
        let exposed: Vec<i64> = scope.exposed.iter().map(|s| s.0.into()).collect();
        let is_exposed = scripts::expose_to_children
            .eq(true)
            .and(scripts::segment_id.eq_any(exposed));
        found = found.filter(scripts::segment_id.eq_any(own).or(is_exposed));
    }
    found
}

/// The scripts that a query means, in no order.
fn filtered(query: &LibraryQuery) -> scripts::BoxedQuery<'_, Database> {
    let mut found = seen(query.organization, &query.scope);
    if let Some(search) = &query.search {
        found = found.filter(scripts::name_key.like(containing(&key(search))).escape('\\'));
    }
    found
}

/// The same, sorted; equal ones by id.
fn sorted(query: &LibraryQuery) -> scripts::BoxedQuery<'_, Database> {
    macro_rules! by {
        ($column:ident) => {
            if query.descending {
                filtered(query).order((scripts::$column.desc(), scripts::id.desc()))
            } else {
                filtered(query).order((scripts::$column.asc(), scripts::id.asc()))
            }
        };
    }
    match query.sort {
        LibrarySort::CreatedAt => by!(created_at),
        LibrarySort::UpdatedAt => by!(updated_at),
        LibrarySort::Name => by!(name_key),
    }
}

impl Scripts for UnitOfWork<'_> {
    fn script(&mut self, organization: OrganizationId, id: ScriptId) -> Result<Option<Script>, StoreError> {
        self.run("script", |connection| {
            let row = scripts::table
                .find(id.to_string())
                .filter(scripts::organization_id.eq(organization.to_string()))
                .select(ScriptRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn scripts_by_id(&mut self, organization: OrganizationId, ids: &[ScriptId]) -> Result<Vec<Script>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.run_long("scripts by id", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = scripts::table
                .filter(scripts::id.eq_any(ids))
                .filter(scripts::organization_id.eq(organization.to_string()))
                .select(ScriptRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn script_page(&mut self, query: &LibraryQuery) -> Result<Page<Script>, StoreError> {
        self.run_long("script page", |connection| {
            let total: i64 = filtered(query).count().get_result(connection)?;
            let rows = sorted(query)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select(ScriptRow::as_select())
                .load(connection)?;
            Ok(Page {
                items: rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }

    fn script_scan(
        &mut self,
        organization: OrganizationId,
        scope: &PolicyScope,
        after: Option<ScriptId>,
        limit: u32,
    ) -> Result<Vec<Script>, StoreError> {
        self.run_long("script scan", |connection| {
            let after = after.map(|id| id.to_string()).unwrap_or_default();
            let rows = seen(organization, scope)
                .filter(scripts::id.gt(after))
                .order(scripts::id)
                .limit(limit.into())
                .select(ScriptRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn scripts_of_devices(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, DeviceScript)>, StoreError> {
        // One device has few; a page of devices is read where long reads are made.
        let queries = |connection: &mut Connection| {
            let ids: Vec<String> = devices.iter().map(ToString::to_string).collect();
            let rows = device_scripts::table
                .filter(device_scripts::device_id.eq_any(ids))
                .order((device_scripts::device_id, device_scripts::position))
                .select(DeviceScriptRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        };
        match devices {
            [] => Ok(Vec::new()),
            [_] => self.run("scripts of a device", queries),
            _ => self.run_long("scripts of devices", queries),
        }
    }

    fn script_device_counts(&mut self, ids: &[ScriptId]) -> Result<Vec<(ScriptId, u64)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.run_long("counts of devices with scripts", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows: Vec<(String, i64)> = device_scripts::table
                .inner_join(devices::table)
                .filter(device_scripts::script_id.eq_any(ids))
                .filter(devices::state.ne(DeviceState::Deleted.as_str()))
                .group_by(device_scripts::script_id)
                .select((device_scripts::script_id, count_star()))
                .load(connection)?;
            let read = |(id, count): (String, i64)| {
                let at = Place::new("device_scripts", &id);
                Ok::<_, StoreError>((at.fit("script_id", ScriptId::parse(&id).ok())?, count.unsigned_abs()))
            };
            Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
        })
    }

    fn devices_with_script(&mut self, id: ScriptId, limit: u32) -> Result<(Vec<DeviceUse>, u64), StoreError> {
        self.run_long("devices with a script", |connection| {
            let having = || {
                device_scripts::table
                    .inner_join(devices::table)
                    .filter(device_scripts::script_id.eq(id.to_string()))
                    .filter(devices::state.ne(DeviceState::Deleted.as_str()))
            };
            let total: i64 = having().count().get_result(connection)?;
            let rows: Vec<(String, String, i64)> = having()
                .order(devices::id)
                .limit(limit.into())
                .select((devices::id, devices::display_name, devices::segment_id))
                .load(connection)?;
            let read = |(device, display_name, segment): (String, String, i64)| {
                let at = Place::new("devices", &device);
                Ok::<_, StoreError>(DeviceUse {
                    device: at.fit("id", DeviceId::parse(&device).ok())?,
                    display_name,
                    segment: SegmentId(at.number("segment_id", segment)?),
                })
            };
            let users = rows.into_iter().map(read).collect::<Result<_, _>>()?;
            Ok((users, total.unsigned_abs()))
        })
    }

    fn segments_with_script(&mut self, id: ScriptId) -> Result<Vec<SegmentId>, StoreError> {
        self.run_long("segments of devices with a script", |connection| {
            let id = id.to_string();
            let rows: Vec<i64> = device_scripts::table
                .inner_join(devices::table)
                .filter(device_scripts::script_id.eq(&id))
                .filter(devices::state.ne(DeviceState::Deleted.as_str()))
                .select(devices::segment_id)
                .distinct()
                .order(devices::segment_id)
                .load(connection)?;
            let read = |segment: i64| Place::new("devices", &id).number("segment_id", segment).map(SegmentId);
            Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
        })
    }
}

impl ScriptsMut for UnitOfWork<'_> {
    fn insert_script(&mut self, script: &Script) -> Result<(), StoreError> {
        self.run("insert script", |connection| {
            diesel::insert_into(scripts::table)
                .values(ScriptRow::from(script))
                .execute(connection)?;
            Ok(())
        })
    }

    fn lock_scripts(&mut self, organization: OrganizationId, ids: &[ScriptId]) -> Result<Vec<Script>, StoreError> {
        self.run("lock scripts", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = locking!(
                scripts::table
                    .filter(scripts::id.eq_any(ids))
                    .filter(scripts::organization_id.eq(organization.to_string()))
                    .order(scripts::id)
                    .select(ScriptRow::as_select())
            )
            .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn update_script(&mut self, script: &Script) -> Result<(), StoreError> {
        self.run("update script", |connection| {
            let row = ScriptRow::from(script);
            let changed = diesel::update(scripts::table.find(&row.id))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("scripts", &script.id));
            }
            Ok(())
        })
    }

    fn remove_script(&mut self, id: ScriptId) -> Result<(), StoreError> {
        self.run("remove script", |connection| {
            let deleted = devices::table
                .filter(devices::state.eq(DeviceState::Deleted.as_str()))
                .select(devices::id);
            let of_deleted = device_scripts::table
                .filter(device_scripts::script_id.eq(id.to_string()))
                .filter(device_scripts::device_id.eq_any(deleted));
            diesel::delete(of_deleted).execute(connection)?;
            let removed = diesel::delete(scripts::table.find(id.to_string())).execute(connection)?;
            if removed == 0 {
                return Err(missing("scripts", &id));
            }
            Ok(())
        })
    }

    fn save_device_scripts(&mut self, device: DeviceId, scripts: &[DeviceScript]) -> Result<(), StoreError> {
        self.run("save device scripts", |connection| {
            let of_device = device_scripts::device_id.eq(device.to_string());
            diesel::delete(device_scripts::table.filter(of_device)).execute(connection)?;
            let rows = DeviceScriptRow::of(device, scripts);
            if !rows.is_empty() {
                diesel::insert_into(device_scripts::table)
                    .values(rows)
                    .execute(connection)?;
            }
            Ok(())
        })
    }
}
