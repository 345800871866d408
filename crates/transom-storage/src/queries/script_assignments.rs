//! Queries over what scripts are assigned to, and over the runs that this gives devices.

use super::{Connection, Database, unit::UnitOfWork};
use crate::{
    fault::Fault,
    rows::{
        Place,
        script_assignments::{RunRow, TargetsRow, assigned, targets},
    },
    schema::{device_scripts, devices, script_assignments, script_runs, scripts},
};
use diesel::{
    dsl::{count_star, exists, select, sql},
    prelude::*,
    sql_types::Bool,
};
use std::collections::BTreeMap;
use transom_domain::{
    DeviceId, OrganizationId, ScriptId, Timestamp,
    device::DeviceState,
    ports::{ScriptAssignments, ScriptAssignmentsMut, StoreError},
    script::{
        Script,
        assignment::{AssignedScript, RunState, ScriptRun, Target},
    },
    segment::SegmentScope,
};

/// Most rows of one statement: each takes a handful of parameters, and SQLite takes 32,766 of them.
const ROWS_PER_STATEMENT: usize = 1_000;

/// The condition of the index `script_runs_that_ran`. SQLite sees that the index will do only where it is said literally.
const THAT_RAN: &str = "script_runs.state <> 'pending'";

/// Rows of a table beside their devices, as far as these are in the scope and not deleted.
macro_rules! beside_devices {
    ($table:ident, $script:expr, $scope:expr) => {{
        let mut found = $table::table
            .inner_join(devices::table)
            .filter($table::script_id.eq($script.to_string()))
            .filter(devices::state.ne(DeviceState::Deleted.as_str()))
            .into_boxed::<Database>();
        if let SegmentScope::Only(segments) = $scope {
            let segments: Vec<i64> = segments.iter().map(|s| s.0.into()).collect();
            found = found.filter(devices::segment_id.eq_any(segments));
        }
        found
    }};
}

/// Whether a script is assigned. Records of one that is not are being worked off, and count for nothing.
fn is_assigned(connection: &mut Connection, script: ScriptId) -> Result<bool, Fault> {
    Ok(select(exists(script_assignments::table.find(script.to_string()))).get_result(connection)?)
}

impl ScriptAssignments for UnitOfWork<'_> {
    // At most `ASSIGNED_SCRIPTS_MAX` rows, so it is no long read.
    fn assigned_scripts(&mut self, organization: OrganizationId) -> Result<Vec<AssignedScript>, StoreError> {
        self.run("assigned scripts", |connection| {
            let rows: Vec<(String, String, i64, bool, String)> = script_assignments::table
                .inner_join(scripts::table)
                .filter(script_assignments::organization_id.eq(organization.to_string()))
                .order(script_assignments::script_id)
                .select((
                    scripts::id,
                    scripts::name,
                    scripts::segment_id,
                    scripts::expose_to_children,
                    script_assignments::targets,
                ))
                .load(connection)?;
            Ok(rows.into_iter().map(assigned).collect::<Result<_, _>>()?)
        })
    }

    fn script_targets(&mut self, script: ScriptId) -> Result<Vec<Target>, StoreError> {
        self.run("targets of a script", |connection| {
            let text: Option<String> = script_assignments::table
                .find(script.to_string())
                .select(script_assignments::targets)
                .first(connection)
                .optional()?;
            match text {
                Some(text) => Ok(targets(&script.to_string(), &text)?),
                None => Ok(Vec::new()),
            }
        })
    }

    fn organizations_with_assigned_scripts(&mut self) -> Result<Vec<OrganizationId>, StoreError> {
        self.run("organizations with assigned scripts", |connection| {
            let ids: Vec<String> = script_assignments::table
                .select(script_assignments::organization_id)
                .distinct()
                .order(script_assignments::organization_id)
                .load(connection)?;
            let read = |id: &String| {
                let at = Place::new("script_assignments", id);
                at.fit("organization_id", OrganizationId::parse(id).ok())
            };
            Ok(ids.iter().map(read).collect::<Result<_, _>>()?)
        })
    }

    fn script_runs_of(&mut self, devices: &[DeviceId]) -> Result<Vec<ScriptRun>, StoreError> {
        // One device has few; a batch of devices is read where long reads are made.
        let queries = |connection: &mut Connection| {
            let ids: Vec<String> = devices.iter().map(ToString::to_string).collect();
            let rows = script_runs::table
                .filter(script_runs::device_id.eq_any(ids))
                .order((script_runs::device_id, script_runs::script_id))
                .select(RunRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        };
        match devices {
            [] => Ok(Vec::new()),
            [_] => self.run("script runs", queries),
            _ => self.run_long("script runs", queries),
        }
    }

    fn script_run_scan(
        &mut self,
        script: ScriptId,
        scope: &SegmentScope,
        after: Option<DeviceId>,
        limit: u32,
    ) -> Result<Vec<(DeviceId, Option<ScriptRun>)>, StoreError> {
        self.run_long("script run scan", |connection| {
            let after = after.map(|id| id.to_string()).unwrap_or_default();
            // Two statements, so that each goes by an index of its own.
            let given: Vec<String> = beside_devices!(device_scripts, script, scope)
                .filter(device_scripts::device_id.gt(&after))
                .order(device_scripts::device_id)
                .limit(limit.into())
                .select(device_scripts::device_id)
                .load(connection)?;
            let recorded = if is_assigned(connection, script)? {
                beside_devices!(script_runs, script, scope)
                    .filter(script_runs::device_id.gt(&after))
                    .order(script_runs::device_id)
                    .limit(limit.into())
                    .select(RunRow::as_select())
                    .load(connection)?
            } else {
                Vec::new()
            };
            let mut found: BTreeMap<String, Option<RunRow>> = given.into_iter().map(|id| (id, None)).collect();
            found.extend(recorded.into_iter().map(|row| (row.device_id.clone(), Some(row))));
            let read = |(id, row): (String, Option<RunRow>)| {
                let device = Place::new("devices", &id).fit("id", DeviceId::parse(&id).ok())?;
                Ok::<_, StoreError>((device, row.map(TryInto::try_into).transpose()?))
            };
            let found = found.into_iter().take(limit as usize).map(read);
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    fn script_run(&mut self, script: ScriptId, device: DeviceId) -> Result<Option<Option<ScriptRun>>, StoreError> {
        self.run("script run", |connection| {
            let (device, of) = (device.to_string(), script.to_string());
            if is_assigned(connection, script)? {
                let row = script_runs::table
                    .find((&device, &of))
                    .select(RunRow::as_select())
                    .first(connection)
                    .optional()?;
                if let Some(row) = row {
                    return Ok(Some(Some(row.try_into()?)));
                }
            }
            let given = device_scripts::table
                .filter(device_scripts::device_id.eq(&device))
                .filter(device_scripts::script_id.eq(&of));
            let is_given: bool = select(exists(given)).get_result(connection)?;
            Ok(is_given.then_some(None))
        })
    }

    fn script_run_counts(
        &mut self,
        script: ScriptId,
        scope: &SegmentScope,
    ) -> Result<Vec<(RunState, u64)>, StoreError> {
        self.run_long("counts of script runs", |connection| {
            if !is_assigned(connection, script)? {
                return Ok(Vec::new());
            }
            let mut counts = Vec::new();
            for state in RunState::ALL.into_iter().filter(|state| *state != RunState::Pending) {
                let count: i64 = beside_devices!(script_runs, script, scope)
                    .filter(script_runs::state.eq(state.as_str()))
                    .filter(sql::<Bool>(THAT_RAN))
                    .select(count_star())
                    .get_result(connection)?;
                counts.extend((count > 0).then_some((state, count.unsigned_abs())));
            }
            Ok(counts)
        })
    }
}

impl ScriptAssignmentsMut for UnitOfWork<'_> {
    fn save_script_targets(&mut self, script: &Script, targets: &[Target], now: Timestamp) -> Result<(), StoreError> {
        self.run("save targets of a script", |connection| {
            if targets.is_empty() {
                diesel::delete(script_assignments::table.find(script.id.to_string())).execute(connection)?;
                return Ok(());
            }
            let row = TargetsRow::new(script, targets, now);
            diesel::insert_into(script_assignments::table)
                .values(&row)
                .on_conflict(script_assignments::script_id)
                .do_update()
                .set(&row)
                .execute(connection)?;
            Ok(())
        })
    }

    fn save_script_runs(&mut self, saved: &[ScriptRun], removed: &[(DeviceId, ScriptId)]) -> Result<(), StoreError> {
        self.run("save script runs", |connection| {
            // A statement for each script and batch, whatever there was before: Diesel has no upsert of several rows on
            // SQLite.
            let mut gone: BTreeMap<ScriptId, Vec<String>> = BTreeMap::new();
            let replaced = saved.iter().map(|run| (run.device, run.script));
            for (device, script) in removed.iter().copied().chain(replaced) {
                gone.entry(script).or_default().push(device.to_string());
            }
            for (script, devices) in gone {
                for devices in devices.chunks(ROWS_PER_STATEMENT) {
                    let runs = script_runs::table
                        .filter(script_runs::script_id.eq(script.to_string()))
                        .filter(script_runs::device_id.eq_any(devices));
                    diesel::delete(runs).execute(connection)?;
                }
            }
            for saved in saved.chunks(ROWS_PER_STATEMENT) {
                let rows: Vec<RunRow> = saved.iter().map(RunRow::from).collect();
                diesel::insert_into(script_runs::table)
                    .values(rows)
                    .execute(connection)?;
            }
            Ok(())
        })
    }
}
