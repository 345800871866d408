//! Taking orders back: what was not delivered yet can be cancelled (X2), expires (X3), or ends with its enrolment.

use super::{CancelReason, CommandBatch, sensitive};
use crate::{
    BatchId, Context, DeviceId,
    audit::{Audit, Target},
    device::{DeviceEvent, delete},
    ports::{AuditLogMut, CommandsMut, DevicesMut, StoreError},
};
use serde_json::json;

/// Most commands that one step of the expiry job takes: a short transaction, so that PCs and callers need not wait.
pub const EXPIRY_STEP: u32 = 500;

/// Why a batch is not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// No such batch.
    #[error("the batch does not exist")]
    Unknown,
    /// Nothing in it is pending.
    #[error("no command of the batch is pending")]
    NothingPending,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Cancels every command of a batch that was not delivered.
///
/// Where the batch was the order to unenrol, the device is active again (E.5, `delete-canceled`).
///
/// # Errors
/// See [`CancelError`].
pub fn cancel(
    tx: &mut (impl DevicesMut + CommandsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: DeviceId,
    batch: BatchId,
) -> Result<CommandBatch, CancelError> {
    let mut device = tx.lock_device(device)?.ok_or(CancelError::Unknown)?;
    let mut batch = tx.batch(device.id, batch)?.ok_or(CancelError::Unknown)?;
    let mut canceled = Vec::new();
    for command in &mut batch.commands {
        if command.cancel(CancelReason::Administrator, cx.now) {
            tx.update_command(command)?;
            canceled.push(command.id.to_string());
        }
    }
    if canceled.is_empty() {
        return Err(CancelError::NothingPending);
    }
    batch.updated_at = cx.now;
    if batch.commands.iter().any(|c| sensitive::is_unenrolment(&c.config)) {
        delete::enter(tx, cx, &mut device, DeviceEvent::DeleteCanceled)?;
    }
    let audit = Audit::new(cx, device.organization, "mdm.windows.command.cancel")
        .target(Target::Device(device.id))
        .segment(device.segment)
        .after(json!({ "winCommandId": batch.id.to_string(), "canceled": canceled }));
    tx.append_audit(&audit.done())?;
    Ok(batch)
}

/// Cancels all that waits for a device whose enrolment ended.
///
/// # Errors
/// When the store fails.
pub fn cancel_all(
    tx: &mut (impl CommandsMut + ?Sized),
    cx: &Context,
    device: DeviceId,
    reason: CancelReason,
) -> Result<(), StoreError> {
    for mut command in tx.open_commands(device)? {
        command.session_lost(cx.now);
        command.cancel(reason, cx.now);
        tx.update_command(&command)?;
    }
    Ok(())
}

/// One step of the expiry job: cancels commands that waited too long. Returns how many; fewer than [`EXPIRY_STEP`]
/// means that none is left.
///
/// # Errors
/// When the store fails.
pub fn expire(tx: &mut (impl CommandsMut + ?Sized), cx: &Context) -> Result<u32, StoreError> {
    let mut count = 0;
    for mut command in tx.expired_commands(cx.now, EXPIRY_STEP)? {
        command.cancel(CancelReason::Expired, cx.now);
        tx.update_command(&command)?;
        count += 1;
    }
    Ok(count)
}
