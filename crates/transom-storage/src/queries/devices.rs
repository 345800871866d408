//! Queries over devices.

#[path = "devices/page.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
pub(super) mod page;

use super::{Connection, Database, unit::UnitOfWork};
use crate::{
    fault::{Fault, missing},
    rows::devices::{DeviceRow, ReportRow, StateChangeRow, TagRow, key},
    schema::{device_reports, device_state_changes, device_tags, devices},
};
use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use std::collections::{BTreeMap, HashMap};
use transom_domain::{
    DeviceId, OrganizationId, Timestamp,
    device::{Device, DeviceQuery, DeviceReport, DeviceState, StateChange},
    page::Page,
    ports::{DeviceKey, Devices, DevicesMut, StoreError},
};

/// Most devices answered for one key: enough to say how ambiguous it is.
const KEY_ROWS_MAX: i64 = 100;

/// Most states answered of one device (DS5).
const HISTORY_ROWS_MAX: i64 = 200;

/// Most ids named in one statement: SQLite takes 32,766 parameters (`SQLITE_MAX_VARIABLE_NUMBER`), PostgreSQL one array.
/// The largest page has as many devices, so a page takes one statement of each kind.
const IDS_PER_STATEMENT: usize = 10_000;

/// Devices with their tags, in the order of the rows.
pub(super) fn with_tags(connection: &mut Connection, rows: Vec<DeviceRow>) -> Result<Vec<Device>, Fault> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let tags: Vec<(String, String)> = device_tags::table
        .filter(device_tags::device_id.eq_any(ids))
        .order((device_tags::device_id, device_tags::position))
        .select((device_tags::device_id, device_tags::tag))
        .load(connection)?;
    let mut by_device: HashMap<String, Vec<String>> = HashMap::new();
    for (device, tag) in tags {
        by_device.entry(device).or_default().push(tag);
    }
    let devices = rows.into_iter().map(|row| {
        let tags = by_device.remove(&row.id).unwrap_or_default();
        row.into_device(tags)
    });
    Ok(devices.collect::<Result<_, _>>()?)
}

/// One device with its tags.
fn with_own_tags(connection: &mut Connection, row: Option<DeviceRow>) -> Result<Option<Device>, Fault> {
    let Some(row) = row else { return Ok(None) };
    let tags = tags_of(connection, &row.id)?;
    Ok(Some(row.into_device(tags)?))
}

fn tags_of(connection: &mut Connection, device: &str) -> Result<Vec<String>, Fault> {
    Ok(device_tags::table
        .filter(device_tags::device_id.eq(device))
        .order(device_tags::position)
        .select(device_tags::tag)
        .load(connection)?)
}

impl Devices for UnitOfWork<'_> {
    fn device(&mut self, organization: OrganizationId, id: DeviceId) -> Result<Option<Device>, StoreError> {
        self.run("device", |connection| {
            let row = devices::table
                .find(id.to_string())
                .filter(devices::organization_id.eq(organization.to_string()))
                .select(DeviceRow::as_select())
                .first(connection)
                .optional()?;
            with_own_tags(connection, row)
        })
    }

    fn devices_by_key(
        &mut self,
        organization: OrganizationId,
        device_key: DeviceKey<'_>,
    ) -> Result<Vec<Device>, StoreError> {
        self.run("devices by key", |connection| {
            let of_organization = devices::table
                .filter(devices::organization_id.eq(organization.to_string()))
                .into_boxed::<Database>();
            let found = match device_key {
                DeviceKey::SerialNumber(serial) => of_organization.filter(devices::serial_number_key.eq(key(serial))),
                DeviceKey::Imei(imei) => of_organization.filter(devices::imei_key.eq(key(imei))),
                DeviceKey::WinId(win_id) => of_organization.filter(devices::win_id_key.eq(key(win_id))),
            };
            let rows = found
                .order((
                    devices::state.eq(DeviceState::Deleted.as_str()).asc(),
                    devices::created_at.desc(),
                    devices::id.desc(),
                ))
                .limit(KEY_ROWS_MAX)
                .select(DeviceRow::as_select())
                .load(connection)?;
            with_tags(connection, rows)
        })
    }

    fn device_page(&mut self, query: &DeviceQuery) -> Result<Page<Device>, StoreError> {
        self.run_long("device page", |connection| {
            let (rows, total) = page::load(connection, query)?;
            Ok(Page {
                items: with_tags(connection, rows)?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }

    fn device_report(&mut self, id: DeviceId) -> Result<Option<DeviceReport>, StoreError> {
        self.run_long("device report", |connection| {
            let row = device_reports::table
                .find(id.to_string())
                .select(ReportRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn device_history(&mut self, id: DeviceId) -> Result<Vec<StateChange>, StoreError> {
        self.run("device history", |connection| {
            let rows = device_state_changes::table
                .filter(device_state_changes::device_id.eq(id.to_string()))
                .order(device_state_changes::sequence.desc())
                .limit(HISTORY_ROWS_MAX)
                .select(StateChangeRow::as_select())
                .load(connection)?;
            Ok(rows
                .into_iter()
                .rev()
                .map(TryInto::try_into)
                .collect::<Result<_, _>>()?)
        })
    }

    fn device_reports(&mut self, ids: &[DeviceId]) -> Result<BTreeMap<DeviceId, DeviceReport>, StoreError> {
        self.run_long("device reports", |connection| {
            let mut reports = BTreeMap::new();
            for ids in ids.chunks(IDS_PER_STATEMENT) {
                let rows = device_reports::table
                    .filter(device_reports::device_id.eq_any(ids.iter().map(ToString::to_string)))
                    .select(ReportRow::as_select())
                    .load(connection)?;
                for row in rows {
                    reports.insert(row.device()?, row.try_into()?);
                }
            }
            Ok(reports)
        })
    }

    fn device_histories(&mut self, ids: &[DeviceId]) -> Result<BTreeMap<DeviceId, Vec<StateChange>>, StoreError> {
        self.run_long("device histories", |connection| {
            let mut histories: BTreeMap<DeviceId, Vec<StateChange>> = BTreeMap::new();
            for ids in ids.chunks(IDS_PER_STATEMENT) {
                let rows = device_state_changes::table
                    .filter(device_state_changes::device_id.eq_any(ids.iter().map(ToString::to_string)))
                    .order(device_state_changes::sequence)
                    .select(StateChangeRow::as_select())
                    .load(connection)?;
                for row in rows {
                    histories.entry(row.device()?).or_default().push(row.try_into()?);
                }
            }
            // A device has a handful of states; to cut the rare long history here costs less than a window over all.
            for history in histories.values_mut() {
                let surplus = history.len().saturating_sub(HISTORY_ROWS_MAX.unsigned_abs() as usize);
                history.drain(..surplus);
            }
            Ok(histories)
        })
    }

    fn provisioning_since(&mut self, before: Timestamp, limit: u32) -> Result<Vec<DeviceId>, StoreError> {
        self.run_long("devices provisioning", |connection| {
            let before = before.as_millis();
            // A record that is enrolled anew is old, but its state is not: its newest change says since when.
            let changed_since = exists(
                device_state_changes::table
                    .filter(device_state_changes::device_id.eq(devices::id))
                    .filter(device_state_changes::entered_at.ge(before)),
            );
            let ids: Vec<String> = devices::table
                .filter(devices::state.eq(DeviceState::Provisioning.as_str()))
                .filter(devices::created_at.lt(before))
                .filter(not(changed_since))
                .order((devices::created_at, devices::id))
                .limit(limit.into())
                .select(devices::id)
                .load(connection)?;
            let place = |id: &String| crate::rows::Place::new("devices", id).fit("id", DeviceId::parse(id).ok());
            Ok(ids.iter().map(place).collect::<Result<_, _>>()?)
        })
    }
}

impl DevicesMut for UnitOfWork<'_> {
    fn insert_device(&mut self, device: &Device) -> Result<(), StoreError> {
        self.run("insert device", |connection| {
            diesel::insert_into(devices::table)
                .values(DeviceRow::from(device))
                .execute(connection)?;
            insert_tags(connection, device)
        })
    }

    fn lock_device(&mut self, id: DeviceId) -> Result<Option<Device>, StoreError> {
        self.run("lock device", |connection| {
            let row = locking!(devices::table.find(id.to_string()).select(DeviceRow::as_select()))
                .first(connection)
                .optional()?;
            with_own_tags(connection, row)
        })
    }

    fn update_device(&mut self, device: &Device) -> Result<(), StoreError> {
        self.run("update device", |connection| {
            let row = DeviceRow::from(device);
            let changed = diesel::update(devices::table.find(row.id.clone()))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("devices", &row.id));
            }
            if tags_of(connection, &row.id)? != device.tags {
                diesel::delete(device_tags::table.filter(device_tags::device_id.eq(&row.id))).execute(connection)?;
                insert_tags(connection, device)?;
            }
            Ok(())
        })
    }

    fn save_device_report(&mut self, id: DeviceId, report: &DeviceReport) -> Result<(), StoreError> {
        self.run("save device report", |connection| {
            let row = ReportRow::new(id, report);
            diesel::insert_into(device_reports::table)
                .values(&row)
                .on_conflict(device_reports::device_id)
                .do_update()
                .set(&row)
                .execute(connection)?;
            Ok(())
        })
    }

    fn append_device_history(&mut self, id: DeviceId, change: &StateChange) -> Result<(), StoreError> {
        self.run("append device history", |connection| {
            diesel::insert_into(device_state_changes::table)
                .values(StateChangeRow::new(id, change))
                .execute(connection)?;
            Ok(())
        })
    }

    fn record_last_reports(&mut self, seen: &[(DeviceId, Timestamp)]) -> Result<(), StoreError> {
        self.run("record last reports", |connection| {
            // In the order of ids, so that two such units on PostgreSQL cannot wait for each other.
            let mut seen = seen.to_vec();
            seen.sort_unstable();
            for (device, at) in seen {
                let at = at.as_millis();
                let is_newer = devices::last_status_report
                    .is_null()
                    .or(devices::last_status_report.assume_not_null().lt(at));
                diesel::update(devices::table.find(device.to_string()).filter(is_newer))
                    .set(devices::last_status_report.eq(at))
                    .execute(connection)?;
            }
            Ok(())
        })
    }
}

fn insert_tags(connection: &mut Connection, device: &Device) -> Result<(), Fault> {
    let rows = TagRow::of(device);
    if !rows.is_empty() {
        diesel::insert_into(device_tags::table)
            .values(rows)
            .execute(connection)?;
    }
    Ok(())
}
