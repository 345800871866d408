//! Which devices a list shows, and in which order.
//!
//! A page is made in steps: how many devices there are, the ids on the page, the rows of these ids. The first two read
//! nothing but an index (`migrations/*/2026-11-22-000080_lists`), which is what keeps them fast far down a long list; whole
//! rows are read of one page only. Before that it is tried whether there are few: then their ids are all there already,
//! found once and by the index of the filter, and only their rows are put in order.

#[path = "page/planned.rs"]
#[allow(clippy::duplicate_mod, reason = "compiled once for each database")]
mod planned;

use super::super::{Connection, Database};
use crate::{
    fault::Fault,
    rows::devices::{DeviceRow, key},
    schema::{automation_rules, device_policy_assignments, device_tags, devices, rule_enforcements},
};
use diesel::prelude::*;
use planned::Planned;
use transom_domain::{
    device::{DeviceQuery, DeviceSort, DeviceState},
    segment::SegmentScope,
};

/// So many devices are few: their ids are one short statement, and to order their rows takes a millisecond or two.
const FEW: usize = 1_000;

/// The rows of the page that a query means, and how many devices the whole list has.
pub(super) fn load(connection: &mut Connection, query: &DeviceQuery) -> Result<(Vec<DeviceRow>, i64), Fault> {
    let (offset, limit) = (query.page.offset(), i64::from(query.page.limit()));
    let one_too_many = FEW as i64 + 1;
    let first: Vec<String> = Planned(filtered(query).select(devices::id).limit(one_too_many)).load(connection)?;
    let are_few = first.len() <= FEW;
    let total: i64 = match are_few {
        true => first.len() as i64,
        false => Planned(filtered(query).count()).get_result(connection)?,
    };
    if offset >= total {
        return Ok((Vec::new(), total));
    }
    let ids: Vec<String> = match are_few {
        true => first,
        false => {
            let page = ordered(filtered(query), query).offset(offset).limit(limit);
            Planned(page.select(devices::id)).load(connection)?
        }
    };
    let rows = ordered(devices::table.filter(devices::id.eq_any(ids)).into_boxed(), query);
    let rows = match are_few {
        true => rows.offset(offset).limit(limit),
        false => rows,
    };
    Ok((rows.select(DeviceRow::as_select()).load(connection)?, total))
}

/// A pattern for LIKE that means text with `found` in it, literally.
pub(in super::super) fn containing(found: &str) -> String {
    let mut pattern = String::from("%");
    for c in found.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The devices that a query means, in no order.
pub(super) fn filtered(query: &DeviceQuery) -> devices::BoxedQuery<'_, Database> {
    let mut found = devices::table
        .filter(devices::organization_id.eq(query.organization.to_string()))
        .into_boxed();
    if let SegmentScope::Only(segments) = &query.scope {
        let segments: Vec<i64> = segments.iter().map(|s| s.0.into()).collect();
        // One of one is written as equal: an index then hands out its rows in order.
        found = match segments.as_slice() {
            [segment] => found.filter(devices::segment_id.eq(*segment)),
            _ => found.filter(devices::segment_id.eq_any(segments)),
        };
    }
    found = match query.states.as_slice() {
        [] if query.show_deleted => found,
        [] => found.filter(devices::state.ne(DeviceState::Deleted.as_str())),
        [state] => found.filter(devices::state.eq(state.as_str())),
        states => found.filter(devices::state.eq_any(states.iter().map(|s| s.as_str()))),
    };
    for tag in &query.tags {
        let tagged = device_tags::table.filter(device_tags::tag_key.eq(key(tag)));
        found = found.filter(devices::id.eq_any(tagged.select(device_tags::device_id)));
    }
    if let Some(user) = query.user {
        found = found.filter(devices::user_id.eq(user.to_string()));
    }
    if let Some(policy) = query.policy {
        let given = device_policy_assignments::table
            .filter(device_policy_assignments::policy_id.eq(policy.to_string()))
            .select(device_policy_assignments::device_id);
        // A rule that is switched off gives nothing, whether or not its entries are worked off; a removed one has no
        // policy any more.
        let enforced = rule_enforcements::table
            .inner_join(automation_rules::table.on(automation_rules::id.eq(rule_enforcements::rule_id)))
            .filter(automation_rules::policy_id.eq(policy.to_string()))
            .filter(automation_rules::enabled.eq(true))
            .select(rule_enforcements::device_id);
        found = found.filter(devices::id.eq_any(given.union(enforced)));
    }
    if let Some(template) = query.template {
        found = found.filter(devices::enrollment_template_id.eq(template.to_string()));
    }
    if let Some(state) = query.placement {
        found = found.filter(devices::enrollment_state.eq(state.as_str()));
    }
    if let Some(serial) = &query.serial_number {
        found = found.filter(devices::serial_number_key.eq(key(serial)));
    }
    if let Some(imei) = &query.imei {
        found = found.filter(devices::imei_key.eq(key(imei)));
    }
    if let Some(name) = &query.name {
        found = found.filter(devices::display_name_key.eq(key(name)));
    }
    if let Some(version) = &query.os_version {
        found = found.filter(devices::os_version.eq(version.clone()));
    }
    if let Some(search) = &query.search {
        let pattern = containing(&key(search));
        found = found.filter(
            devices::display_name_key
                .like(pattern.clone())
                .escape('\\')
                .or(devices::win_id_key.like(pattern.clone()).escape('\\'))
                .or(devices::computer_name_key
                    .assume_not_null()
                    .like(pattern.clone())
                    .escape('\\'))
                .or(devices::serial_number_key.assume_not_null().like(pattern).escape('\\')),
        );
    }
    found
}

/// The same in the order of the query; what is not known counts as smallest on both databases, and equal ones are sorted
/// by id.
fn ordered<'q>(found: devices::BoxedQuery<'q, Database>, query: &DeviceQuery) -> devices::BoxedQuery<'q, Database> {
    macro_rules! by {
        ($column:ident) => {
            if query.descending {
                found.order((devices::$column.desc(), devices::id.desc()))
            } else {
                found.order((devices::$column.asc(), devices::id.asc()))
            }
        };
        (optional $column:ident) => {
            if query.descending {
                found.order((falling!(devices::$column), devices::id.desc()))
            } else {
                found.order((rising!(devices::$column), devices::id.asc()))
            }
        };
    }
    match query.sort {
        DeviceSort::CreatedAt => by!(created_at),
        DeviceSort::UpdatedAt => by!(updated_at),
        DeviceSort::EnrolledAt => by!(optional enrolled_at),
        DeviceSort::LastStatusReport => by!(optional last_status_report),
        DeviceSort::DisplayName => by!(display_name_key),
        DeviceSort::ComputerName => by!(optional computer_name_key),
        DeviceSort::SerialNumber => by!(optional serial_number_key),
        DeviceSort::OsVersion => by!(optional os_version),
        DeviceSort::State => by!(state),
    }
}
