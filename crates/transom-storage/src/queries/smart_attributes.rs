//! Queries over smart attributes and the values that were given by hand.

use super::{Connection, unit::UnitOfWork};
use crate::{
    fault::missing,
    rows::{
        Place,
        smart_attributes::{DeviceSmartValueRow, SmartAttributeRow, UserSmartValueRow},
    },
    schema::{device_smart_values, devices, smart_attributes, user_smart_values},
};
use diesel::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use transom_domain::{
    DeviceId, OrganizationId, SmartAttributeId, UserId,
    device::DeviceState,
    ports::{SmartAttributes, SmartAttributesMut, StoreError},
    smart_attribute::{GivenCounts, GivenValue, SmartAttribute},
};

impl SmartAttributes for UnitOfWork<'_> {
    fn smart_attribute(
        &mut self,
        organization: OrganizationId,
        id: SmartAttributeId,
    ) -> Result<Option<SmartAttribute>, StoreError> {
        self.run("smart attribute", |connection| {
            let row = smart_attributes::table
                .find(id.to_string())
                .filter(smart_attributes::organization_id.eq(organization.to_string()))
                .select(SmartAttributeRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    // At most `ATTRIBUTES_MAX` rows, so it is no long read.
    fn smart_attributes(&mut self, organization: OrganizationId) -> Result<Vec<SmartAttribute>, StoreError> {
        self.run("smart attributes", |connection| {
            let rows = smart_attributes::table
                .filter(smart_attributes::organization_id.eq(organization.to_string()))
                .order(smart_attributes::name_key)
                .select(SmartAttributeRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn device_smart_values(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, GivenValue)>, StoreError> {
        let queries = |connection: &mut Connection| {
            let ids: Vec<String> = devices.iter().map(ToString::to_string).collect();
            let rows = device_smart_values::table
                .filter(device_smart_values::device_id.eq_any(ids))
                .order((device_smart_values::device_id, device_smart_values::position))
                .select(DeviceSmartValueRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        };
        match devices {
            [] => Ok(Vec::new()),
            [_] => self.run("smart values of a device", queries),
            _ => self.run_long("smart values of devices", queries),
        }
    }

    fn user_smart_values(&mut self, users: &[UserId]) -> Result<Vec<(UserId, GivenValue)>, StoreError> {
        let queries = |connection: &mut Connection| {
            let ids: Vec<String> = users.iter().map(ToString::to_string).collect();
            let rows = user_smart_values::table
                .filter(user_smart_values::user_id.eq_any(ids))
                .order((user_smart_values::user_id, user_smart_values::position))
                .select(UserSmartValueRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        };
        match users {
            [] => Ok(Vec::new()),
            [_] => self.run("smart values of a user", queries),
            _ => self.run_long("smart values of users", queries),
        }
    }

    fn given_counts(&mut self, attribute: SmartAttributeId) -> Result<GivenCounts, StoreError> {
        self.run_long("counts of smart values", |connection| {
            let attribute = attribute.to_string();
            let devices: i64 = device_smart_values::table
                .inner_join(devices::table)
                .filter(device_smart_values::attribute_id.eq(&attribute))
                .filter(devices::state.ne(DeviceState::Deleted.as_str()))
                .count()
                .get_result(connection)?;
            let users: i64 = user_smart_values::table
                .filter(user_smart_values::attribute_id.eq(&attribute))
                .count()
                .get_result(connection)?;
            Ok(GivenCounts {
                devices: devices.unsigned_abs(),
                users: users.unsigned_abs(),
            })
        })
    }

    fn given_values(&mut self, attribute: SmartAttributeId) -> Result<Vec<Value>, StoreError> {
        self.run_long("smart values in use", |connection| {
            let attribute = attribute.to_string();
            let of_devices: Vec<String> = device_smart_values::table
                .inner_join(devices::table)
                .filter(device_smart_values::attribute_id.eq(&attribute))
                .filter(devices::state.ne(DeviceState::Deleted.as_str()))
                .select(device_smart_values::value)
                .distinct()
                .load(connection)?;
            let of_users: Vec<String> = user_smart_values::table
                .filter(user_smart_values::attribute_id.eq(&attribute))
                .select(user_smart_values::value)
                .distinct()
                .load(connection)?;
            let different: BTreeSet<String> = of_devices.into_iter().chain(of_users).collect();
            let at = Place::new("device_smart_values", &attribute);
            let values = different.iter().map(|text| at.json("value", text));
            Ok(values.collect::<Result<_, _>>()?)
        })
    }
}

impl SmartAttributesMut for UnitOfWork<'_> {
    fn insert_smart_attribute(&mut self, attribute: &SmartAttribute) -> Result<(), StoreError> {
        self.run("insert smart attribute", |connection| {
            diesel::insert_into(smart_attributes::table)
                .values(SmartAttributeRow::from(attribute))
                .execute(connection)?;
            Ok(())
        })
    }

    fn lock_smart_attributes(
        &mut self,
        organization: OrganizationId,
        ids: &[SmartAttributeId],
    ) -> Result<Vec<SmartAttribute>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.run("lock smart attributes", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = locking!(
                smart_attributes::table
                    .filter(smart_attributes::id.eq_any(ids))
                    .filter(smart_attributes::organization_id.eq(organization.to_string()))
                    .order(smart_attributes::id)
                    .select(SmartAttributeRow::as_select())
            )
            .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn update_smart_attribute(&mut self, attribute: &SmartAttribute) -> Result<(), StoreError> {
        self.run("update smart attribute", |connection| {
            let row = SmartAttributeRow::from(attribute);
            let changed = diesel::update(smart_attributes::table.find(&row.id))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("smart_attributes", &attribute.id));
            }
            Ok(())
        })
    }

    fn remove_smart_attribute(&mut self, id: SmartAttributeId) -> Result<(), StoreError> {
        self.run("remove smart attribute", |connection| {
            let deleted = devices::table
                .filter(devices::state.eq(DeviceState::Deleted.as_str()))
                .select(devices::id);
            let of_deleted = device_smart_values::table
                .filter(device_smart_values::attribute_id.eq(id.to_string()))
                .filter(device_smart_values::device_id.eq_any(deleted));
            diesel::delete(of_deleted).execute(connection)?;
            let removed = diesel::delete(smart_attributes::table.find(id.to_string())).execute(connection)?;
            if removed == 0 {
                return Err(missing("smart_attributes", &id));
            }
            Ok(())
        })
    }

    fn save_device_smart_values(&mut self, device: DeviceId, values: &[GivenValue]) -> Result<(), StoreError> {
        self.run("save smart values of a device", |connection| {
            let of_device = device_smart_values::device_id.eq(device.to_string());
            diesel::delete(device_smart_values::table.filter(of_device)).execute(connection)?;
            let rows = DeviceSmartValueRow::of(device, values);
            if !rows.is_empty() {
                diesel::insert_into(device_smart_values::table)
                    .values(rows)
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    fn save_user_smart_values(&mut self, user: UserId, values: &[GivenValue]) -> Result<(), StoreError> {
        self.run("save smart values of a user", |connection| {
            let of_user = user_smart_values::user_id.eq(user.to_string());
            diesel::delete(user_smart_values::table.filter(of_user)).execute(connection)?;
            let rows = UserSmartValueRow::of(user, values);
            if !rows.is_empty() {
                diesel::insert_into(user_smart_values::table)
                    .values(rows)
                    .execute(connection)?;
            }
            Ok(())
        })
    }
}
