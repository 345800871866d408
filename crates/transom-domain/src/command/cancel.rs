//! Taking orders back: what was not delivered yet can be cancelled (X2), expires (X3), or ends with its enrolment.

use super::{CancelReason, CommandBatch, sensitive};
use crate::{
    BatchId, CommandId, Context, DeviceId,
    audit::{Audit, Target},
    automation_rule::settle::{self, RuleStore},
    device::{DeviceEvent, delete},
    ports::{CommandsMut, StoreError},
};
use serde_json::json;

/// Most commands that one step of the expiry job takes: a short transaction, so that PCs and callers need not wait.
pub const EXPIRY_STEP: u32 = 500;

/// Why a batch is not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// No such batch, or no such command in it.
    #[error("the batch or the command does not exist")]
    Unknown,
    /// Nothing of what is meant is pending.
    #[error("nothing of it is pending")]
    NothingPending,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Cancels every command of a batch that was not delivered, or only the one named.
///
/// Where the batch held the order to unenrol, the device is active again (E.5, `delete-canceled`).
///
/// # Errors
/// See [`CancelError`].
pub fn cancel(
    tx: &mut (impl CommandsMut + RuleStore + ?Sized),
    cx: &mut Context,
    device: DeviceId,
    batch: BatchId,
    only: Option<CommandId>,
) -> Result<CommandBatch, CancelError> {
    let mut device = tx.lock_device(device)?.ok_or(CancelError::Unknown)?;
    let mut batch = tx.batch(device.id, batch)?.ok_or(CancelError::Unknown)?;
    let is_meant = |id: CommandId| only.is_none_or(|only| only == id);
    if !batch.commands.iter().any(|command| is_meant(command.id)) {
        return Err(CancelError::Unknown);
    }
    let state = device.state;
    let mut canceled = Vec::new();
    let mut stays = false;
    for command in &mut batch.commands {
        if is_meant(command.id) && command.cancel(CancelReason::Administrator, cx.now) {
            tx.update_command(command)?;
            canceled.push(command.id.to_string());
            stays |= sensitive::is_unenrolment(&command.config);
        }
    }
    if canceled.is_empty() {
        return Err(CancelError::NothingPending);
    }
    batch.updated_at = cx.now;
    // Another order to unenrol may be on its way: then the device is still to leave.
    if stays
        && !tx
            .open_commands(device.id)?
            .iter()
            .any(|c| sensitive::is_unenrolment(&c.config))
        && delete::enter(tx, cx, &mut device, DeviceEvent::DeleteCanceled)?
    {
        settle::device(tx, cx, &device)?;
    }
    let mut before = json!({ "winCommandId": batch.id.to_string(), "pending": canceled });
    let mut after = json!({ "winCommandId": batch.id.to_string(), "canceled": canceled });
    if device.state != state {
        before["state"] = json!(state.as_str());
        after["state"] = json!(device.state.as_str());
    }
    let audit = Audit::new(cx, device.organization, "mdm.windows.command.cancel")
        .target(Target::Device(device.id))
        .segment(device.segment)
        .before(before)
        .after(after);
    tx.append_audit(&audit.done())?;
    Ok(batch)
}

/// Ends all that is open for a device whose enrolment ended: see [`super::Command::enrollment_ended`].
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
        command.enrollment_ended(reason, cx.now);
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
