//! Conditions of scans as SQL. Values are bound, never written into a statement.

use super::super::{Database, devices::page::containing};
use crate::{
    rows::devices::key,
    schema::{devices, users},
};
use diesel::{
    expression::BoxableExpression,
    prelude::*,
    sql_types::{Bool, Nullable, Text},
};
use transom_domain::{
    OrganizationId,
    managed_device::{DeviceCondition, TextField, TextMatch, TimeField},
};

/// A condition on rows of a table.
type SqlOn<T> = Box<dyn BoxableExpression<T, Database, SqlType = Nullable<Bool>>>;

/// A condition on devices.
pub(super) type Sql = SqlOn<devices::table>;

/// A condition on devices of an organization as SQL.
pub(super) fn of(condition: &DeviceCondition, organization: OrganizationId) -> Sql {
    let joined = |parts, of_nothing, join| joined(parts, organization, of_nothing, join);
    match condition {
        DeviceCondition::All(parts) => joined(parts, true, |a, b| Box::new(a.and(b))),
        DeviceCondition::Any(parts) => joined(parts, false, |a, b| Box::new(a.or(b))),
        DeviceCondition::Text { field, matches } => match field {
            TextField::DisplayName => text(devices::display_name_key.nullable(), matches),
            TextField::ComputerName => text(devices::computer_name_key, matches),
            TextField::SerialNumber => text(devices::serial_number_key, matches),
            TextField::Imei => text(devices::imei_key, matches),
            TextField::OsVersion => text(devices::os_version, matches),
            TextField::Manufacturer => text(devices::manufacturer_key, matches),
            TextField::Model => text(devices::model_key, matches),
            TextField::UserEmail => of_users(organization, text(users::email.nullable(), matches)),
            TextField::UserName => of_users(organization, text(users::name_key, matches)),
        },
        DeviceCondition::Time { field, from, to } => {
            let (from, to) = (
                from.map_or(i64::MIN, |t| t.as_millis()),
                to.map_or(i64::MAX, |t| t.as_millis()),
            );
            match field {
                TimeField::EnrolledAt => Box::new(devices::enrolled_at.between(from, to)),
                TimeField::LastStatusReport => Box::new(devices::last_status_report.between(from, to)),
            }
        }
        DeviceCondition::State(states) => {
            let names: Vec<&'static str> = states.iter().map(|s| s.as_str()).collect();
            Box::new(devices::state.nullable().eq_any(names))
        }
        DeviceCondition::Id(ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            Box::new(devices::id.nullable().eq_any(ids))
        }
        DeviceCondition::User(ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            Box::new(devices::user_id.eq_any(ids))
        }
    }
}

/// Devices of the users that a condition chooses.
fn of_users(organization: OrganizationId, chosen: SqlOn<users::table>) -> Sql {
    let users = users::table
        .filter(users::organization_id.eq(organization.to_string()))
        .select(users::id.nullable())
        .into_boxed::<Database>()
        .filter(chosen);
    Box::new(devices::user_id.eq_any(users))
}

/// Parts as a balanced tree, because databases limit how deep an expression may be (SQLite: 1,000).
fn joined(parts: &[DeviceCondition], organization: OrganizationId, of_nothing: bool, join: fn(Sql, Sql) -> Sql) -> Sql {
    match parts {
        [] => Box::new(of_nothing.into_sql::<Bool>().nullable()),
        [one] => of(one, organization),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            join(
                joined(left, organization, of_nothing, join),
                joined(right, organization, of_nothing, join),
            )
        }
    }
}

fn text<T: 'static, C>(column: C, matches: &TextMatch) -> SqlOn<T>
where
    C: BoxableExpression<T, Database, SqlType = Nullable<Text>>
        + diesel::expression::ValidGrouping<(), IsAggregate = diesel::expression::is_aggregate::No>
        + 'static,
{
    let column: Box<dyn BoxableExpression<T, Database, SqlType = Nullable<Text>>> = Box::new(column);
    match matches {
        TextMatch::Is(values) => {
            let keys: Vec<String> = values.iter().map(|v| key(v)).collect();
            Box::new(column.eq_any(keys))
        }
        TextMatch::StartsWith(start) => {
            let pattern = containing(&key(start));
            Box::new(column.like(pattern.trim_start_matches('%').to_owned()).escape('\\'))
        }
        TextMatch::Contains(part) => Box::new(column.like(containing(&key(part))).escape('\\')),
    }
}
