//! Queries over installed software.

use super::{Connection, unit::UnitOfWork};
use crate::{
    fault::Fault,
    rows::software::{AppRow, DeviceAppRow, FindingRow},
    schema::{detected_apps, device_apps, devices, software_findings},
};
use diesel::{
    dsl::{count_star, exists, not},
    prelude::*,
};
use std::collections::{BTreeMap, BTreeSet};
use transom_domain::{
    DetectedAppId, DeviceId, OrganizationId,
    device::DeviceState,
    ports::{Software, SoftwareMut, StoreError},
    segment::SegmentScope,
    software::{AppScan, DetectedApp, FINDINGS_MAX},
};

/// Most rows written by one statement; see the queries over devices.
const ROWS_PER_STATEMENT: usize = 5_000;

/// How often apps that others are just forgetting are put back before the unit gives up.
const ATTEMPTS_MAX: u32 = 5;

/// How many devices of a scope have each of these apps.
fn counts(
    connection: &mut Connection,
    organization: OrganizationId,
    scope: &SegmentScope,
    ids: &[String],
) -> Result<BTreeMap<String, i64>, Fault> {
    let of_apps = || {
        device_apps::table
            .filter(device_apps::app_id.eq_any(ids))
            .group_by(device_apps::app_id)
    };
    let of_devices = || {
        device_apps::table
            .inner_join(devices::table)
            .filter(device_apps::app_id.eq_any(ids))
            .filter(devices::organization_id.eq(organization.to_string()))
            .group_by(device_apps::app_id)
    };
    match scope {
        SegmentScope::All => {
            // All of them, by the index alone, and then without the few that are deleted: nothing is read of the others.
            let all: Vec<(String, i64)> = of_apps().select((device_apps::app_id, count_star())).load(connection)?;
            let deleted = devices::table
                .filter(devices::organization_id.eq(organization.to_string()))
                .filter(devices::state.eq(DeviceState::Deleted.as_str()))
                .select(devices::id);
            let gone: Vec<(String, i64)> = of_apps()
                .filter(device_apps::device_id.eq_any(deleted))
                .select((device_apps::app_id, count_star()))
                .load(connection)?;
            let mut counts: BTreeMap<String, i64> = all.into_iter().collect();
            for (app, count) in gone {
                counts.entry(app).and_modify(|all| *all -= count);
            }
            counts.retain(|_, count| *count > 0);
            Ok(counts)
        }
        SegmentScope::Only(segments) => {
            let segments: Vec<i64> = segments.iter().map(|s| s.0.into()).collect();
            let rows: Vec<(String, i64)> = of_devices()
                .filter(devices::segment_id.eq_any(segments))
                .filter(devices::state.ne(DeviceState::Deleted.as_str()))
                .select((device_apps::app_id, count_star()))
                .load(connection)?;
            Ok(rows.into_iter().collect())
        }
    }
}

/// Sees to it that these apps are there until the unit ends.
fn hold(connection: &mut Connection, apps: &[&DetectedApp]) -> Result<(), Fault> {
    let mut missing: BTreeMap<String, &DetectedApp> = apps.iter().map(|app| (app.id.to_string(), *app)).collect();
    for _ in 0..ATTEMPTS_MAX {
        let ids: Vec<String> = missing.keys().cloned().collect();
        for ids in ids.chunks(ROWS_PER_STATEMENT) {
            // Most are there, and reading costs less than writing.
            let held: Vec<String> = holding!(
                detected_apps::table
                    .filter(detected_apps::id.eq_any(ids))
                    .order(detected_apps::id)
                    .select(detected_apps::id)
            )
            .load(connection)?;
            missing.retain(|id, _| !held.contains(id));
        }
        if missing.is_empty() {
            return Ok(());
        }
        let rows: Vec<AppRow> = missing.values().map(|app| AppRow::from(*app)).collect();
        for rows in rows.chunks(ROWS_PER_STATEMENT) {
            diesel::insert_into(detected_apps::table)
                .values(rows)
                .on_conflict_do_nothing()
                .execute(connection)?;
        }
    }
    Err(Fault::Store(StoreError::Conflict(
        "apps come and go while they are stored".to_owned(),
    )))
}

/// Forgets those of these apps that no device has.
fn forget(connection: &mut Connection, ids: &[String]) -> Result<(), Fault> {
    for ids in ids.chunks(ROWS_PER_STATEMENT) {
        // Whoever is giving one of them to a device holds it: the next statement sees what came of it.
        let seized: Vec<String> = seizing!(
            detected_apps::table
                .filter(detected_apps::id.eq_any(ids))
                .order(detected_apps::id)
                .select(detected_apps::id)
        )
        .load(connection)?;
        let used = device_apps::table.filter(device_apps::app_id.eq(detected_apps::id));
        diesel::delete(
            detected_apps::table
                .filter(detected_apps::id.eq_any(seized))
                .filter(not(exists(used))),
        )
        .execute(connection)?;
    }
    Ok(())
}

impl Software for UnitOfWork<'_> {
    fn software_findings(&mut self, device: DeviceId) -> Result<Vec<(String, String)>, StoreError> {
        self.run("software findings", |connection| {
            Ok(software_findings::table
                .filter(software_findings::device_id.eq(device.to_string()))
                .order(software_findings::uri)
                .select((software_findings::uri, software_findings::value))
                .load(connection)?)
        })
    }

    fn detected_app(
        &mut self,
        organization: OrganizationId,
        id: DetectedAppId,
    ) -> Result<Option<DetectedApp>, StoreError> {
        self.run("detected app", |connection| {
            let row = detected_apps::table
                .find(id.to_string())
                .filter(detected_apps::organization_id.eq(organization.to_string()))
                .select(AppRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn detected_app_scan(&mut self, scan: &AppScan) -> Result<Vec<(DetectedApp, u64)>, StoreError> {
        self.run_long("detected app scan", |connection| {
            let after = scan.after.map(|id| id.to_string()).unwrap_or_default();
            let rows = detected_apps::table
                .filter(detected_apps::organization_id.eq(scan.organization.to_string()))
                .filter(detected_apps::id.gt(after))
                .order(detected_apps::id)
                .limit(scan.limit.into())
                .select(AppRow::as_select())
                .load(connection)?;
            let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
            let counts = counts(connection, scan.organization, &scan.scope, &ids)?;
            let app = |row: AppRow| {
                let count = counts.get(&row.id).copied().unwrap_or_default();
                Ok::<_, StoreError>((row.try_into()?, count.unsigned_abs()))
            };
            Ok(rows.into_iter().map(app).collect::<Result<_, _>>()?)
        })
    }

    fn detected_app_devices(
        &mut self,
        organization: OrganizationId,
        scope: &SegmentScope,
        ids: &[DetectedAppId],
    ) -> Result<Vec<(DetectedAppId, u64)>, StoreError> {
        self.run_long("devices of detected apps", |connection| {
            let named: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let counts = counts(connection, organization, scope, &named)?;
            let counted = |id: &DetectedAppId| Some((*id, counts.get(&id.to_string())?.unsigned_abs()));
            Ok(ids.iter().filter_map(counted).collect())
        })
    }

    fn apps_of_devices(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, DetectedApp)>, StoreError> {
        self.run_long("apps of devices", |connection| {
            let ids: Vec<String> = devices.iter().map(ToString::to_string).collect();
            let mut found: Vec<(DeviceId, DetectedApp)> = Vec::new();
            for ids in ids.chunks(ROWS_PER_STATEMENT) {
                let rows: Vec<(DeviceAppRow, AppRow)> = device_apps::table
                    .inner_join(detected_apps::table)
                    .filter(device_apps::device_id.eq_any(ids))
                    .select((DeviceAppRow::as_select(), AppRow::as_select()))
                    .load(connection)?;
                for (device, app) in rows {
                    found.push((device.device()?, app.try_into()?));
                }
            }
            found.sort_unstable_by(|one, other| {
                let key = |(device, app): &(DeviceId, DetectedApp)| (*device, app.name.clone(), app.id);
                key(one).cmp(&key(other))
            });
            Ok(found)
        })
    }

    fn device_has_app(&mut self, device: DeviceId, app: DetectedAppId) -> Result<bool, StoreError> {
        self.run("device has app", |connection| {
            let found = device_apps::table.find((device.to_string(), app.to_string()));
            Ok(diesel::select(exists(found)).get_result(connection)?)
        })
    }
}

impl SoftwareMut for UnitOfWork<'_> {
    fn add_software_findings(&mut self, device: DeviceId, findings: &[(String, String)]) -> Result<(), StoreError> {
        self.run("add software findings", |connection| {
            let held: i64 = software_findings::table
                .filter(software_findings::device_id.eq(device.to_string()))
                .count()
                .get_result(connection)?;
            // One statement cannot change a row twice: the last word counts.
            let distinct: BTreeMap<&String, &String> = findings.iter().map(|(uri, value)| (uri, value)).collect();
            let room = FINDINGS_MAX.saturating_sub(usize::try_from(held).unwrap_or(usize::MAX));
            let rows: Vec<FindingRow> = distinct
                .into_iter()
                .take(room)
                .map(|(uri, value)| FindingRow::new(device, uri, value))
                .collect();
            for rows in rows.chunks(ROWS_PER_STATEMENT) {
                let again = software_findings::table
                    .filter(software_findings::device_id.eq(device.to_string()))
                    .filter(software_findings::uri.eq_any(rows.iter().map(|row| &row.uri)));
                diesel::delete(again).execute(connection)?;
                diesel::insert_into(software_findings::table)
                    .values(rows)
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    fn clear_software_findings(&mut self, device: DeviceId) -> Result<(), StoreError> {
        self.run("clear software findings", |connection| {
            let of_device = software_findings::table.filter(software_findings::device_id.eq(device.to_string()));
            diesel::delete(of_device).execute(connection)?;
            Ok(())
        })
    }

    fn replace_device_apps(&mut self, device: DeviceId, apps: &[DetectedApp]) -> Result<(), StoreError> {
        self.run("replace device apps", |connection| {
            let device = device.to_string();
            let before: Vec<String> = device_apps::table
                .filter(device_apps::device_id.eq(&device))
                .select(device_apps::app_id)
                .load(connection)?;
            let before: BTreeSet<String> = before.into_iter().collect();
            let after: BTreeSet<String> = apps.iter().map(|app| app.id.to_string()).collect();
            let new: Vec<&DetectedApp> = apps
                .iter()
                .filter(|app| !before.contains(&app.id.to_string()))
                .collect();
            if !new.is_empty() {
                hold(connection, &new)?;
                let rows: BTreeSet<DeviceAppRow> = new.iter().map(|app| DeviceAppRow::new(&device, app)).collect();
                let rows: Vec<DeviceAppRow> = rows.into_iter().collect();
                for rows in rows.chunks(ROWS_PER_STATEMENT) {
                    diesel::insert_into(device_apps::table)
                        .values(rows)
                        .execute(connection)?;
                }
            }
            let gone: Vec<String> = before.difference(&after).cloned().collect();
            for gone in gone.chunks(ROWS_PER_STATEMENT) {
                let rows = device_apps::table
                    .filter(device_apps::device_id.eq(&device))
                    .filter(device_apps::app_id.eq_any(gone));
                diesel::delete(rows).execute(connection)?;
            }
            forget(connection, &gone)
        })
    }
}
