//! Batches of what rules give to devices, and the keys of the work that is left to do.

use super::{Connection, ROWS_PER_STATEMENT};
use crate::{
    fault::Fault,
    rows::{
        automation_rules::{EnforcementRow, subject},
        devices::DeviceRow,
    },
    schema::{devices, rule_enforcements, rule_flips},
};
use diesel::prelude::*;
use std::collections::BTreeMap;
use transom_domain::{
    DeviceId, OrganizationId, RuleId, Timestamp, UserId,
    automation_rule::{Enforcement, work::WorkKind},
};

/// What every id behind that one is greater than.
pub(super) fn after_key(after: Option<DeviceId>) -> String {
    after.map(|id| id.to_string()).unwrap_or_default()
}

/// The key of work that is left to do.
pub(super) fn key(organization: OrganizationId, kind: WorkKind, user: Option<UserId>) -> (String, String, String) {
    (organization.to_string(), kind.as_str().to_owned(), subject(user))
}

/// Takes entries away and puts others there: a statement for each rule and batch, whatever there was before. Diesel has
/// no upsert of several rows on SQLite.
pub(super) fn replace_enforcements(
    connection: &mut Connection,
    saved: &[Enforcement],
    removed: &[(DeviceId, RuleId)],
) -> Result<(), Fault> {
    let mut gone: BTreeMap<RuleId, Vec<String>> = BTreeMap::new();
    let replaced = saved.iter().map(|entry| (entry.device, entry.rule));
    for (device, rule) in removed.iter().copied().chain(replaced) {
        gone.entry(rule).or_default().push(device.to_string());
    }
    for (rule, devices) in gone {
        for devices in devices.chunks(ROWS_PER_STATEMENT) {
            let entries = rule_enforcements::table
                .filter(rule_enforcements::rule_id.eq(rule.to_string()))
                .filter(rule_enforcements::device_id.eq_any(devices));
            diesel::delete(entries).execute(connection)?;
        }
    }
    for saved in saved.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<EnforcementRow> = saved.iter().map(EnforcementRow::from).collect();
        diesel::insert_into(rule_enforcements::table)
            .values(rows)
            .execute(connection)?;
    }
    Ok(())
}

/// Forgets turns, oldest first.
pub(super) fn forget_flips(connection: &mut Connection, before: Timestamp, limit: u32) -> Result<u32, Fault> {
    let old: Vec<(String, String)> = rule_flips::table
        .filter(rule_flips::last_at.lt(before.as_millis()))
        .order(rule_flips::last_at)
        .limit(limit.into())
        .select((rule_flips::device_id, rule_flips::rule_id))
        .load(connection)?;
    for key in &old {
        diesel::delete(rule_flips::table.find(key.clone())).execute(connection)?;
    }
    Ok(u32::try_from(old.len()).unwrap_or(u32::MAX))
}

/// Devices of an organization, or of one user of it, by id, locked until the unit ends.
pub(super) fn lock_devices(
    connection: &mut Connection,
    organization: OrganizationId,
    user: Option<UserId>,
    after: Option<DeviceId>,
    limit: u32,
) -> Result<Vec<DeviceRow>, Fault> {
    let organization = organization.to_string();
    let after = after_key(after);
    Ok(match user {
        None => locking!(
            devices::table
                .filter(devices::organization_id.eq(organization))
                .filter(devices::id.gt(after))
                .order(devices::id)
                .limit(limit.into())
                .select(DeviceRow::as_select())
        )
        .load(connection)?,
        Some(user) => locking!(
            devices::table
                .filter(devices::user_id.eq(user.to_string()))
                .filter(devices::organization_id.eq(organization))
                .filter(devices::id.gt(after))
                .order(devices::id)
                .limit(limit.into())
                .select(DeviceRow::as_select())
        )
        .load(connection)?,
    })
}
