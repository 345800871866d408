//! Queries over devices as Microsoft Graph has them.

#[path = "managed_devices/condition.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod condition;

use super::{Connection, Database, devices::with_tags, unit::UnitOfWork};
use crate::{
    fault::Fault,
    rows::{
        commands::CommandRow,
        devices::DeviceRow,
        managed_devices::{FactsRow, has_secrets},
    },
    schema::{command_batches, commands, device_apps, devices, managed_device_facts, server_keys},
    sealing::SERVER_KEY,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use diesel::{dsl::max, prelude::*};
use std::collections::{BTreeMap, HashMap};
use transom_domain::{
    DeviceId, Timestamp,
    command::Command,
    device::{Device, DeviceState},
    managed_device::{DeviceFacts, DeviceScan},
    ports::{ManagedDevices, ManagedDevicesMut, StoreError},
    segment::SegmentScope,
};

/// Most ids named in one statement; see the queries over devices.
const IDS_PER_STATEMENT: usize = 10_000;

/// The devices of a scan, but for its condition.
fn reached(scan: &DeviceScan) -> devices::BoxedQuery<'static, Database> {
    let mut found = devices::table
        .filter(devices::organization_id.eq(scan.organization.to_string()))
        .filter(devices::state.ne(DeviceState::Deleted.as_str()))
        .into_boxed();
    if let SegmentScope::Only(segments) = &scan.scope {
        let segments: Vec<i64> = segments.iter().map(|s| s.0.into()).collect();
        found = found.filter(devices::segment_id.eq_any(segments));
    }
    if let Some(user) = scan.user {
        found = found.filter(devices::user_id.eq(user.to_string()));
    }
    if let Some(app) = scan.app {
        let having = device_apps::table
            .filter(device_apps::app_id.eq(app.to_string()))
            .select(device_apps::device_id);
        found = found.filter(devices::id.eq_any(having));
    }
    if let Some(after) = scan.after {
        found = found.filter(devices::id.gt(after.to_string()));
    }
    found
}

/// The first rows of a query, by id. Where there are few, they are sorted: SQLite would rather walk through the ids of the
/// whole organization than look up its users' devices, because that brings them in order.
fn first(
    connection: &mut Connection,
    query: devices::BoxedQuery<'static, Database>,
    are_few: bool,
    limit: u32,
) -> Result<Vec<DeviceRow>, Fault> {
    let ordered = match are_few {
        true => query.order(devices::id.concat("")),
        false => query.order(devices::id),
    };
    Ok(ordered
        .limit(limit.into())
        .select(DeviceRow::as_select())
        .load(connection)?)
}

/// The newest of these commands, by their places in the queue.
fn commands_at(connection: &mut Connection, places: &[i64]) -> Result<Vec<(Command, Timestamp)>, Fault> {
    let mut found = Vec::with_capacity(places.len());
    for places in places.chunks(IDS_PER_STATEMENT) {
        let rows: Vec<CommandRow> = commands::table
            .filter(commands::sequence.eq_any(places))
            .select(CommandRow::as_select())
            .load(connection)?;
        let batches: Vec<&str> = rows.iter().map(|row| row.order.batch_id.as_str()).collect();
        let ordered: Vec<(String, i64)> = command_batches::table
            .filter(command_batches::id.eq_any(batches))
            .select((command_batches::id, command_batches::created_at))
            .load(connection)?;
        let ordered: HashMap<String, i64> = ordered.into_iter().collect();
        for row in rows {
            let at = ordered.get(&row.order.batch_id).copied().unwrap_or_default();
            found.push((row.try_into()?, Timestamp::from_millis(at)));
        }
    }
    Ok(found)
}

impl ManagedDevices for UnitOfWork<'_> {
    fn device_scan(&mut self, scan: &DeviceScan) -> Result<Vec<Device>, StoreError> {
        self.run_long("device scan", |connection| {
            let rows = match &scan.condition {
                None => first(connection, reached(scan), scan.user.is_some(), scan.limit)?,
                Some(wanted) => {
                    let holding = reached(scan).filter(condition::of(wanted, scan.organization));
                    // Two statements, so that each can go by an index of its own.
                    let are_few = scan.user.is_some() || wanted.is_of_users();
                    let mut rows = first(connection, holding, are_few, scan.limit)?;
                    let asserting = managed_device_facts::table
                        .filter(managed_device_facts::organization_id.eq(scan.organization.to_string()))
                        .filter(managed_device_facts::is_asserted.eq(true))
                        .select(managed_device_facts::id);
                    let asserted = reached(scan).filter(devices::id.eq_any(asserting));
                    rows.extend(first(connection, asserted, false, scan.limit)?);
                    rows.sort_unstable_by(|a, b| a.id.cmp(&b.id));
                    rows.dedup_by(|a, b| a.id == b.id);
                    rows.truncate(scan.limit as usize);
                    rows
                }
            };
            with_tags(connection, rows)
        })
    }

    fn scanned_devices(&mut self, scan: &DeviceScan) -> Result<u64, StoreError> {
        self.run_long("scanned devices", |connection| {
            let count: i64 = reached(scan).count().get_result(connection)?;
            Ok(count.unsigned_abs())
        })
    }

    fn device_facts(&mut self, ids: &[DeviceId]) -> Result<BTreeMap<DeviceId, DeviceFacts>, StoreError> {
        let keyring = self.keyring;
        self.run_long("device facts", |connection| {
            let mut facts = BTreeMap::new();
            for ids in ids.chunks(IDS_PER_STATEMENT) {
                let rows = managed_device_facts::table
                    .filter(managed_device_facts::id.eq_any(ids.iter().map(ToString::to_string)))
                    .select(FactsRow::as_select())
                    .load(connection)?;
                for row in rows {
                    let of_one = row.open(keyring)?;
                    facts.insert(of_one.device, of_one);
                }
            }
            Ok(facts)
        })
    }

    fn newest_commands(&mut self, ids: &[DeviceId], paths: &[&str]) -> Result<Vec<(Command, Timestamp)>, StoreError> {
        self.run_long("newest commands", |connection| {
            let mut newest: Vec<i64> = Vec::new();
            for ids in ids.chunks(IDS_PER_STATEMENT) {
                let places: Vec<Option<i64>> = commands::table
                    .filter(commands::device_id.eq_any(ids.iter().map(ToString::to_string)))
                    .filter(commands::path.eq_any(paths))
                    // What reads the node of an action is no such action.
                    .group_by((commands::device_id, commands::path, commands::action))
                    .select(max(commands::sequence))
                    .load(connection)?;
                newest.extend(places.into_iter().flatten());
            }
            commands_at(connection, &newest)
        })
    }

    fn server_key(&mut self, purpose: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let keyring = self.keyring;
        self.run("server key", |connection| {
            let sealed: Option<String> = server_keys::table
                .find(purpose)
                .select(server_keys::key)
                .first(connection)
                .optional()?;
            let Some(sealed) = sealed else { return Ok(None) };
            let key = keyring.open(SERVER_KEY, purpose, &sealed)?;
            // One that was lost in a rotation is another text, which serves as well.
            Ok(Some(BASE64.decode(&key).unwrap_or_else(|_| key.into_bytes())))
        })
    }
}

impl ManagedDevicesMut for UnitOfWork<'_> {
    fn save_device_facts(&mut self, facts: &DeviceFacts) -> Result<(), StoreError> {
        let sealer = has_secrets(facts).then(|| self.sealer()).transpose()?;
        self.run("save device facts", |connection| {
            let row = FactsRow::seal(facts, sealer.as_ref())?;
            diesel::insert_into(managed_device_facts::table)
                .values(&row)
                .on_conflict(managed_device_facts::id)
                .do_update()
                .set(&row)
                .execute(connection)?;
            Ok(())
        })
    }

    fn insert_server_key(&mut self, purpose: &str, key: &[u8], now: Timestamp) -> Result<(), StoreError> {
        let sealed = self.sealer()?.seal(SERVER_KEY, purpose, &BASE64.encode(key))?;
        self.run("insert server key", |connection| {
            let values = (
                server_keys::id.eq(purpose),
                server_keys::key.eq(sealed),
                server_keys::created_at.eq(now.as_millis()),
            );
            diesel::insert_into(server_keys::table)
                .values(values)
                .on_conflict_do_nothing()
                .execute(connection)?;
            Ok(())
        })
    }
}
