//! Ending the management of a PC, and every other change of a device's state.

use super::{Device, DeviceEvent, DeviceState, StateChange, state};
use crate::{
    Context, DeviceId,
    audit::{Audit, Target},
    command::{Action, CancelReason, CommandConfig, Format, cancel, enqueue, sensitive::UNENROLL_PATH},
    enrollment,
    ports::{AuditLogMut, CommandsMut, DevicesMut, EnrollmentsMut, StoreError},
};
use serde_json::json;

/// Why a device is not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteDeviceError {
    /// No such device.
    #[error("the device does not exist")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Applies an event to a locked device: state, history. Returns whether the state changed.
///
/// # Errors
/// When the store fails.
pub fn enter(
    tx: &mut (impl DevicesMut + ?Sized),
    cx: &Context,
    device: &mut Device,
    event: DeviceEvent,
) -> Result<bool, StoreError> {
    let Some((next, reason)) = state::next(device.state, event) else {
        return Ok(false);
    };
    device.state = next;
    device.updated_at = cx.now;
    if next == DeviceState::Active && device.enrolled_at.is_none() {
        device.enrolled_at = Some(cx.now);
    }
    tx.update_device(device)?;
    tx.append_device_history(device.id, &StateChange::new(cx, next, reason))?;
    Ok(true)
}

/// Enters `DELETED` on `event`: the certificate ends at once, and what waits in the queue is cancelled (DS3).
///
/// # Errors
/// When the store fails.
pub fn end(
    tx: &mut (impl DevicesMut + CommandsMut + EnrollmentsMut + ?Sized),
    cx: &Context,
    device: &mut Device,
    event: DeviceEvent,
) -> Result<bool, StoreError> {
    if !enter(tx, cx, device, event)? {
        return Ok(false);
    }
    enrollment::end_all(tx, device.id)?;
    cancel::cancel_all(tx, cx, device.id, CancelReason::Unenrolled)?;
    Ok(true)
}

/// Deletes a device as an administrator: orders the PC to unenrol, or, with `force`, ends its enrolment at once.
///
/// Deleting what is being deleted, or is deleted, changes nothing.
///
/// # Errors
/// See [`DeleteDeviceError`].
pub fn delete(
    tx: &mut (impl DevicesMut + CommandsMut + EnrollmentsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: DeviceId,
    force: bool,
) -> Result<Device, DeleteDeviceError> {
    let mut device = tx.lock_device(device)?.ok_or(DeleteDeviceError::Unknown)?;
    let before = device.state;
    if force {
        end(tx, cx, &mut device, DeviceEvent::AdminForceDelete)?;
    } else if before == DeviceState::Provisioning {
        end(tx, cx, &mut device, DeviceEvent::AdminDelete)?;
    } else if enter(tx, cx, &mut device, DeviceEvent::AdminDelete)? {
        let order = CommandConfig {
            path: UNENROLL_PATH.to_owned(),
            action: Action::Exec,
            value: Some("Transom".to_owned()),
            format: Format::Chr,
        };
        enqueue::append(tx, cx, &device, Some("Unenrol"), &[order])?;
    }
    if device.state != before {
        let audit = Audit::new(cx, device.organization, "mdm.windows.device.remove")
            .target(Target::Device(device.id))
            .segment(device.segment)
            .before(json!({ "state": before.as_str() }))
            .after(json!({ "state": device.state.as_str() }));
        tx.append_audit(&audit.done())?;
    }
    Ok(device)
}
