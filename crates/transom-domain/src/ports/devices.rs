//! The roles over devices.

use super::StoreError;
use crate::{
    DeviceId, OrganizationId, Timestamp,
    device::{Device, DeviceQuery, DeviceReport, StateChange},
    page::Page,
};
use std::collections::BTreeMap;

/// What a device can be found by besides its id. Compared without case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKey<'a> {
    /// The serial number it reported.
    SerialNumber(&'a str),
    /// The IMEI it reported.
    Imei(&'a str),
    /// The device id of its DM client.
    WinId(&'a str),
}

/// Looks at devices.
pub trait Devices {
    /// The device of that id in an organization.
    fn device(&mut self, organization: OrganizationId, id: DeviceId) -> Result<Option<Device>, StoreError>;

    /// Devices of an organization with that key, in any state and order, at most 100: live ones first.
    fn devices_by_key(&mut self, organization: OrganizationId, key: DeviceKey<'_>) -> Result<Vec<Device>, StoreError>;

    /// One page of the devices that a query means.
    fn device_page(&mut self, query: &DeviceQuery) -> Result<Page<Device>, StoreError>;

    /// What a device last reported; none, if it never did.
    fn device_report(&mut self, id: DeviceId) -> Result<Option<DeviceReport>, StoreError>;

    /// A device's states, oldest first; at most the newest 200 (DS5).
    fn device_history(&mut self, id: DeviceId) -> Result<Vec<StateChange>, StoreError>;

    /// [`Devices::device_report`] of several devices; those that never reported are left out. A store for which each
    /// question costs should ask once.
    fn device_reports(&mut self, ids: &[DeviceId]) -> Result<BTreeMap<DeviceId, DeviceReport>, StoreError> {
        let mut reports = BTreeMap::new();
        for id in ids {
            if let Some(report) = self.device_report(*id)? {
                reports.insert(*id, report);
            }
        }
        Ok(reports)
    }

    /// [`Devices::device_history`] of several devices; those without a state are left out. A store for which each
    /// question costs should ask once.
    fn device_histories(&mut self, ids: &[DeviceId]) -> Result<BTreeMap<DeviceId, Vec<StateChange>>, StoreError> {
        let mut histories = BTreeMap::new();
        for id in ids {
            let history = self.device_history(*id)?;
            if !history.is_empty() {
                histories.insert(*id, history);
            }
        }
        Ok(histories)
    }

    /// Devices that have been in `PROVISIONING` since before `before`, at most `limit`.
    fn provisioning_since(&mut self, before: Timestamp, limit: u32) -> Result<Vec<DeviceId>, StoreError>;
}

/// Changes devices.
pub trait DevicesMut: Devices {
    /// Stores a new device.
    fn insert_device(&mut self, device: &Device) -> Result<(), StoreError>;

    /// Locks a device until the unit ends and reads it.
    fn lock_device(&mut self, id: DeviceId) -> Result<Option<Device>, StoreError>;

    /// Stores every field of a device, which must exist.
    fn update_device(&mut self, device: &Device) -> Result<(), StoreError>;

    /// Stores what a device reported, whole.
    fn save_device_report(&mut self, id: DeviceId, report: &DeviceReport) -> Result<(), StoreError>;

    /// Appends to a device's states.
    fn append_device_history(&mut self, id: DeviceId, change: &StateChange) -> Result<(), StoreError>;

    /// Stores ends of idle sessions. A missing device is skipped, an older moment than the stored one too.
    fn record_last_reports(&mut self, seen: &[(DeviceId, Timestamp)]) -> Result<(), StoreError>;
}
