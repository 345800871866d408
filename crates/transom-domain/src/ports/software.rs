//! The roles over software that PCs say is installed.

use super::StoreError;
use crate::{
    DetectedAppId, DeviceId, OrganizationId,
    segment::SegmentScope,
    software::{AppScan, DetectedApp},
};

/// Looks at installed software.
pub trait Software {
    /// What a PC has said in an inventory that is not over: LocURIs and values.
    fn software_findings(&mut self, device: DeviceId) -> Result<Vec<(String, String)>, StoreError>;

    /// One app.
    fn detected_app(
        &mut self,
        organization: OrganizationId,
        id: DetectedAppId,
    ) -> Result<Option<DetectedApp>, StoreError>;

    /// The next apps of a scan, by id, each with the number of devices in the scope that have it. Deleted devices do not
    /// count. An app that none has there is answered with 0.
    fn detected_app_scan(&mut self, scan: &AppScan) -> Result<Vec<(DetectedApp, u64)>, StoreError>;

    /// How many devices in a scope have each of these apps; those that none has are left out.
    fn detected_app_devices(
        &mut self,
        organization: OrganizationId,
        scope: &SegmentScope,
        ids: &[DetectedAppId],
    ) -> Result<Vec<(DetectedAppId, u64)>, StoreError>;

    /// What several devices have, by name.
    fn apps_of_devices(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, DetectedApp)>, StoreError>;

    /// Whether a device has an app.
    fn device_has_app(&mut self, device: DeviceId, app: DetectedAppId) -> Result<bool, StoreError>;
}

/// Changes installed software.
pub trait SoftwareMut: Software {
    /// Adds to what a PC said; what it says again replaces what it said. Beyond
    /// [`FINDINGS_MAX`](crate::software::FINDINGS_MAX) nothing is added.
    fn add_software_findings(&mut self, device: DeviceId, findings: &[(String, String)]) -> Result<(), StoreError>;

    /// Forgets what a PC said in an inventory.
    fn clear_software_findings(&mut self, device: DeviceId) -> Result<(), StoreError>;

    /// Says which apps a device has. Apps that nobody has any more are forgotten.
    fn replace_device_apps(&mut self, device: DeviceId, apps: &[DetectedApp]) -> Result<(), StoreError>;
}
