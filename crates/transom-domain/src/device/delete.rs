//! Ending the management of a PC, and every other change of a device's state.

use super::{Device, DeviceEvent, DeviceState, StateChange, state};
use crate::{
    Context, DeviceId,
    audit::{Audit, Target},
    command::{
        Action, CancelReason, CommandConfig, Format, cancel, enqueue,
        sensitive::{self, UNENROLL_PATH},
    },
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
/// Deleting what is being deleted, or is deleted, changes nothing, unless no order to unenrol is under way any more.
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
    } else {
        enter(tx, cx, &mut device, DeviceEvent::AdminDelete)?;
    }
    let is_ordered = device.state == DeviceState::DeleteRequested && order_to_leave(tx, cx, &device)?;
    if device.state != before || is_ordered {
        let mut after = json!({ "state": device.state.as_str() });
        if device.state == before {
            after["orderedAgain"] = json!(is_ordered);
        }
        let audit = Audit::new(cx, device.organization, "mdm.windows.device.remove")
            .target(Target::Device(device.id))
            .segment(device.segment)
            .before(json!({ "state": before.as_str() }))
            .after(after);
        tx.append_audit(&audit.done())?;
    }
    Ok(device)
}

/// Puts the order to unenrol into a locked device's queue, unless one is under way. An earlier one may have expired (X3),
/// or the PC may have refused it: then the administrator who deletes again means it. Whether it was put there.
fn order_to_leave(tx: &mut (impl CommandsMut + ?Sized), cx: &mut Context, device: &Device) -> Result<bool, StoreError> {
    let open = tx.open_commands(device.id)?;
    if open.iter().any(|command| sensitive::is_unenrolment(&command.config)) {
        return Ok(false);
    }
    let order = CommandConfig {
        path: UNENROLL_PATH.to_owned(),
        action: Action::Exec,
        value: Some("Transom".to_owned()),
        format: Format::Chr,
    };
    enqueue::append(tx, cx, device, Some("Unenrol"), &[order])?;
    Ok(true)
}
