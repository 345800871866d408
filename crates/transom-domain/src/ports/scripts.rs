//! The roles over scripts, and over which devices have them directly.

use super::StoreError;
use crate::{
    DeviceId, OrganizationId, ScriptId,
    library::{DeviceUse, LibraryQuery},
    page::Page,
    policy::PolicyScope,
    script::{Script, assigned::DeviceScript},
    segment::SegmentId,
};

/// Looks at scripts.
pub trait Scripts {
    /// The script of that id in an organization.
    fn script(&mut self, organization: OrganizationId, id: ScriptId) -> Result<Option<Script>, StoreError>;

    /// The scripts of those ids, in any order; a missing id is skipped.
    fn scripts_by_id(&mut self, organization: OrganizationId, ids: &[ScriptId]) -> Result<Vec<Script>, StoreError>;

    /// One page of the scripts that a query means.
    fn script_page(&mut self, query: &LibraryQuery) -> Result<Page<Script>, StoreError>;

    /// The next scripts that somebody sees, by id, behind `after`.
    fn script_scan(
        &mut self,
        organization: OrganizationId,
        scope: &PolicyScope,
        after: Option<ScriptId>,
        limit: u32,
    ) -> Result<Vec<Script>, StoreError>;

    /// The scripts that devices were given directly: each device's in the order they were given.
    fn scripts_of_devices(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, DeviceScript)>, StoreError>;

    /// How many devices have each of those scripts directly; one that none has is left out. Deleted devices do not count.
    fn script_device_counts(&mut self, ids: &[ScriptId]) -> Result<Vec<(ScriptId, u64)>, StoreError>;

    /// Devices that have a script directly, at most `limit`, and how many there are. Deleted ones do not count.
    fn devices_with_script(&mut self, id: ScriptId, limit: u32) -> Result<(Vec<DeviceUse>, u64), StoreError>;

    /// The segments of those devices, each once.
    fn segments_with_script(&mut self, id: ScriptId) -> Result<Vec<SegmentId>, StoreError>;
}

/// Changes scripts.
pub trait ScriptsMut: Scripts {
    /// Stores a new script.
    fn insert_script(&mut self, script: &Script) -> Result<(), StoreError>;

    /// Locks scripts until the unit ends, by id, and reads them; a missing one is skipped.
    fn lock_scripts(&mut self, organization: OrganizationId, ids: &[ScriptId]) -> Result<Vec<Script>, StoreError>;

    /// Stores every field of a script, which must exist.
    fn update_script(&mut self, script: &Script) -> Result<(), StoreError>;

    /// Removes a script, from deleted devices too. No other device may have it.
    fn remove_script(&mut self, id: ScriptId) -> Result<(), StoreError>;

    /// Stores the scripts that a device is given, in place of those before.
    fn save_device_scripts(&mut self, device: DeviceId, scripts: &[DeviceScript]) -> Result<(), StoreError>;
}
