//! The roles over commands.

use super::StoreError;
use crate::{
    BatchId, CommandId, DeviceId, Timestamp,
    command::{Command, CommandBatch},
    page::{Page, PageRequest},
};

/// Looks at commands. A batch's `updated_at` is the latest of its own and its commands'.
pub trait Commands {
    /// A batch of a device with its commands in order.
    fn batch(&mut self, device: DeviceId, id: BatchId) -> Result<Option<CommandBatch>, StoreError>;

    /// One page of a device's batches, newest first (or oldest, with `ascending`).
    fn batch_page(
        &mut self,
        device: DeviceId,
        ascending: bool,
        page: PageRequest,
    ) -> Result<Page<CommandBatch>, StoreError>;

    /// One command.
    fn command(&mut self, id: CommandId) -> Result<Option<Command>, StoreError>;

    /// A device's commands that are queued, sent or accepted, in the order of its queue.
    fn open_commands(&mut self, device: DeviceId) -> Result<Vec<Command>, StoreError>;

    /// How many of a device's commands are queued or sent.
    fn waiting_commands(&mut self, device: DeviceId) -> Result<u64, StoreError>;

    /// Queued commands that have expired at `now`, at most `limit`.
    fn expired_commands(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Command>, StoreError>;
}

/// Changes commands.
pub trait CommandsMut: Commands {
    /// Stores a new batch. Its commands get their place in the queue, in order, behind all others.
    fn insert_batch(&mut self, batch: &CommandBatch) -> Result<(), StoreError>;

    /// Stores state, counters, moments and data of a command, which must exist. What was ordered never changes.
    fn update_command(&mut self, command: &Command) -> Result<(), StoreError>;

    /// [`CommandsMut::update_command`] of several, each of them once. Most commands of a message come to the same end, so
    /// a store may write them together.
    fn update_commands(&mut self, commands: &[Command]) -> Result<(), StoreError> {
        commands.iter().try_for_each(|command| self.update_command(command))
    }
}
