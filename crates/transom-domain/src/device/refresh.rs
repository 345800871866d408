//! Asking for what a PC is and has to be read again (B.2, `POST D/info`).

use super::{Device, DeviceState, RefreshArea};
use crate::{
    Context, DeviceId,
    audit::{Audit, Target},
    ports::{AuditLogMut, DevicesMut, StoreError},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Why nothing is to be read again.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// No such device, or it is deleted.
    #[error("the device does not exist")]
    Unknown,
    /// A PC that is to leave is asked nothing more.
    #[error("the device is {}", .0.as_str())]
    NotActive(DeviceState),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Has the next session of a PC read these areas again. What is to be read anyway changes nothing.
///
/// # Errors
/// See [`RefreshError`].
pub fn refresh(
    tx: &mut (impl DevicesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: DeviceId,
    areas: &BTreeSet<RefreshArea>,
) -> Result<Device, RefreshError> {
    let mut device = tx.lock_device(device)?.ok_or(RefreshError::Unknown)?;
    match device.state {
        DeviceState::Deleted => return Err(RefreshError::Unknown),
        DeviceState::DeleteRequested => return Err(RefreshError::NotActive(device.state)),
        DeviceState::Provisioning | DeviceState::Active | DeviceState::Unknown => {}
    }
    let before = device.refresh_needed.clone();
    device.refresh_needed.extend(areas);
    if device.refresh_needed != before {
        tx.update_device(&device)?;
        let audit = Audit::new(cx, device.organization, "mdm.windows.device.info")
            .target(Target::Device(device.id))
            .segment(device.segment)
            .before(told(&before))
            .after(told(&device.refresh_needed));
        tx.append_audit(&audit.done())?;
    }
    Ok(device)
}

fn told(areas: &BTreeSet<RefreshArea>) -> Value {
    let names: Vec<&str> = areas.iter().map(|area| area.as_str()).collect();
    json!({ "refreshInfoNeeded": names })
}
