//! The roles over devices as Microsoft Graph has them, and over the keys of this server.

use super::StoreError;
use crate::{
    DeviceId, Timestamp,
    command::Command,
    device::Device,
    managed_device::{DeviceFacts, DeviceScan},
};
use std::collections::BTreeMap;

/// Looks at devices as Graph has them.
pub trait ManagedDevices {
    /// The next devices of a scan, by id. Those that hold to its condition, and, whatever they hold to, those of which
    /// something is asserted: what is shown of them is not what the condition sees.
    fn device_scan(&mut self, scan: &DeviceScan) -> Result<Vec<Device>, StoreError>;

    /// How many devices a scan without a condition comes to in the end, however many it answers at once.
    fn scanned_devices(&mut self, scan: &DeviceScan) -> Result<u64, StoreError>;

    /// The facts of several devices; those without any are left out.
    fn device_facts(&mut self, ids: &[DeviceId]) -> Result<BTreeMap<DeviceId, DeviceFacts>, StoreError>;

    /// The newest command of each device at each of these paths, written exactly so, with the moment it was ordered at; in
    /// any order.
    fn newest_commands(&mut self, ids: &[DeviceId], paths: &[&str]) -> Result<Vec<(Command, Timestamp)>, StoreError>;

    /// The key of this server for a purpose, once it was made.
    fn server_key(&mut self, purpose: &str) -> Result<Option<Vec<u8>>, StoreError>;
}

/// Changes what Graph knows of devices.
pub trait ManagedDevicesMut: ManagedDevices {
    /// Stores the facts of a device, whole.
    fn save_device_facts(&mut self, facts: &DeviceFacts) -> Result<(), StoreError>;

    /// Stores a key, unless there is one for the purpose: that one stays.
    fn insert_server_key(&mut self, purpose: &str, key: &[u8], now: Timestamp) -> Result<(), StoreError>;
}
