//! Which devices a list shows, and in which order.

use super::super::Database;
use crate::{
    rows::devices::key,
    schema::{device_policy_assignments, device_tags, devices},
};
use diesel::{dsl::exists, prelude::*};
use transom_domain::{
    device::{DeviceQuery, DeviceSort, DeviceState},
    segment::SegmentScope,
};

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
        found = found.filter(devices::segment_id.eq_any(segments));
    }
    if !query.states.is_empty() {
        found = found.filter(devices::state.eq_any(query.states.iter().map(|s| s.as_str())));
    } else if !query.show_deleted {
        found = found.filter(devices::state.ne(DeviceState::Deleted.as_str()));
    }
    for tag in &query.tags {
        found = found.filter(exists(
            device_tags::table
                .filter(device_tags::tag_key.eq(key(tag)))
                .filter(device_tags::device_id.eq(devices::id)),
        ));
    }
    if let Some(user) = query.user {
        found = found.filter(devices::user_id.eq(user.to_string()));
    }
    if let Some(policy) = query.policy {
        found = found.filter(exists(
            device_policy_assignments::table
                .filter(device_policy_assignments::policy_id.eq(policy.to_string()))
                .filter(device_policy_assignments::device_id.eq(devices::id)),
        ));
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

/// The same, sorted; what is not known counts as smallest on both databases, and equal ones are sorted by id.
pub(super) fn sorted(query: &DeviceQuery) -> devices::BoxedQuery<'_, Database> {
    macro_rules! by {
        ($column:ident) => {
            if query.descending {
                filtered(query).order((devices::$column.desc(), devices::id.desc()))
            } else {
                filtered(query).order((devices::$column.asc(), devices::id.asc()))
            }
        };
        (optional $column:ident) => {
            if query.descending {
                filtered(query).order((
                    devices::$column.is_null().asc(),
                    devices::$column.desc(),
                    devices::id.desc(),
                ))
            } else {
                filtered(query).order((
                    devices::$column.is_null().desc(),
                    devices::$column.asc(),
                    devices::id.asc(),
                ))
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
