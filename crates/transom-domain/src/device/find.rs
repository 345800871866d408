//! Which device a path means: an id, a serial number, an IMEI or a `winId` (A.0).

use super::{Device, DeviceState};
use crate::{
    DeviceId, OrganizationId,
    ports::{DeviceKey, Devices, StoreError},
    segment::SegmentScope,
};

/// Longest identifier in a path.
pub const IDENTIFIER_CHARS_MAX: usize = 128;

/// Why no device is meant.
#[derive(Debug, thiserror::Error)]
pub enum FindDeviceError {
    /// None has this identifier, or none that the caller may see.
    #[error("no device has this identifier")]
    Unknown,
    /// Several live ones have it; none is picked.
    #[error("ambiguous identifier: {} devices have it", .0.len())]
    Ambiguous(Vec<DeviceId>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finds the device that `identifier` means, within one organization and the caller's segments.
///
/// Tried in this order: id, serial number, IMEI, `winId`. Among several, live ones come before deleted ones; two live
/// ones are an error, two deleted ones give the newer.
///
/// # Errors
/// See [`FindDeviceError`].
pub fn find(
    view: &mut (impl Devices + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    identifier: &str,
) -> Result<Device, FindDeviceError> {
    if identifier.is_empty() || identifier.chars().count() > IDENTIFIER_CHARS_MAX || identifier.contains('\0') {
        return Err(FindDeviceError::Unknown);
    }
    if let Ok(id) = DeviceId::parse(identifier)
        && let Some(device) = view.device(organization, id)?
        && scope.contains(device.segment)
    {
        return Ok(device);
    }
    for key in [
        DeviceKey::SerialNumber(identifier),
        DeviceKey::Imei(identifier),
        DeviceKey::WinId(identifier),
    ] {
        let mut found = view.devices_by_key(organization, key)?;
        found.retain(|device| scope.contains(device.segment));
        let live: Vec<_> = found
            .iter()
            .filter(|d| d.state != DeviceState::Deleted)
            .map(|d| d.id)
            .collect();
        match live.len() {
            0 => {
                if let Some(device) = found.into_iter().max_by_key(|d| (d.created_at, d.id)) {
                    return Ok(device);
                }
            }
            1 => {
                if let Some(device) = found.into_iter().find(|d| live.contains(&d.id)) {
                    return Ok(device);
                }
            }
            _ => return Err(FindDeviceError::Ambiguous(live)),
        }
    }
    Err(FindDeviceError::Unknown)
}
