//! Ordering a PC to do something: a batch is put into its queue, wholly or not at all.

use super::{Command, CommandBatch, CommandConfig, CommandState, TIME_TO_LIVE, sensitive::secures};
use crate::{
    Context, DeviceId,
    audit::{Audit, Target},
    device::{Device, DeviceState},
    ports::{AuditLogMut, CommandsMut, DevicesMut, StoreError},
};
use serde_json::json;

/// Most commands of one batch (A.3).
pub const BATCH_COMMANDS_MAX: usize = 100;

/// Most commands that wait for one PC: a PC that is away for a week must not fill the disk.
pub const QUEUE_COMMANDS_MAX: u64 = 1_000;

/// Why a batch is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum EnqueueError {
    /// The device does not exist, or is deleted.
    #[error("the device does not exist")]
    Unknown,
    /// The device is not active.
    #[error("the device is {}, not ACTIVE", .0.as_str())]
    NotActive(DeviceState),
    /// Too many commands wait for the device.
    #[error("{waiting} commands wait for this device; at most {QUEUE_COMMANDS_MAX} may")]
    QueueFull {
        /// How many wait.
        waiting: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts checked commands into a device's queue as one batch.
///
/// # Errors
/// See [`EnqueueError`].
pub fn enqueue(
    tx: &mut (impl DevicesMut + CommandsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: DeviceId,
    name: Option<&str>,
    configs: &[CommandConfig],
) -> Result<CommandBatch, EnqueueError> {
    // The lock makes the order of the queue the order in which batches are accepted.
    let device = tx.lock_device(device)?.ok_or(EnqueueError::Unknown)?;
    match device.state {
        DeviceState::Active => {}
        // A PC in doubt can be locked, wiped and sent away (DS2).
        DeviceState::Unknown if configs.iter().all(secures) => {}
        DeviceState::Deleted => return Err(EnqueueError::Unknown),
        other => return Err(EnqueueError::NotActive(other)),
    }
    let waiting = tx.waiting_commands(device.id)?;
    if waiting + configs.len() as u64 > QUEUE_COMMANDS_MAX {
        return Err(EnqueueError::QueueFull { waiting });
    }
    let batch = append(tx, cx, &device, name, configs)?;
    let audit = Audit::new(cx, device.organization, "mdm.windows.command.create")
        .target(Target::Device(device.id))
        .segment(device.segment)
        .after(json!({ "winCommandId": batch.id.to_string(), "commands": batch.commands.iter().map(summary).collect::<Vec<_>>() }));
    tx.append_audit(&audit.done())?;
    Ok(batch)
}

/// What the audit record keeps of a command: not its value, which may hold a secret.
fn summary(command: &Command) -> serde_json::Value {
    json!({
        "cmdId": command.id.to_string(),
        "action": command.config.action.as_str(),
        "path": command.config.path,
        "format": command.config.format.as_str(),
    })
}

/// Stores a batch for a locked device.
pub(crate) fn append(
    tx: &mut (impl CommandsMut + ?Sized),
    cx: &mut Context,
    device: &Device,
    name: Option<&str>,
    configs: &[CommandConfig],
) -> Result<CommandBatch, StoreError> {
    let id = cx.id();
    let commands = configs
        .iter()
        .map(|config| Command {
            id: cx.id(),
            batch: id,
            device: device.id,
            sequence: 0,
            config: config.clone(),
            state: CommandState::Queued {
                not_before: None,
                code: None,
            },
            unanswered: 0,
            retries: 0,
            sent_at: None,
            expires_at: cx.now + TIME_TO_LIVE,
            data: Vec::new(),
            updated_at: cx.now,
        })
        .collect();
    let batch = CommandBatch {
        id,
        organization: device.organization,
        device: device.id,
        user: device.user,
        name: name.map(str::to_owned),
        created_by: format!("{}:{}", cx.actor.kind(), cx.actor.name()),
        commands,
        created_at: cx.now,
        updated_at: cx.now,
    };
    tx.insert_batch(&batch)?;
    Ok(batch)
}
