//! A device's commands within one unit of work: read once, changed in memory, each written at most once.

use crate::exchange::SessionStore;
use std::collections::BTreeMap;
use transom_domain::{CommandId, DeviceId, command::Command, ports::StoreError};

/// The commands of one device that a message is about.
#[derive(Debug)]
pub(crate) struct Queue {
    device: DeviceId,
    /// Those that were not over when the unit began, in the order of the queue, once they are read.
    open: Option<Vec<Command>>,
    /// Those that were over and are spoken of all the same.
    over: Vec<Command>,
    /// What the store has of both.
    stored: BTreeMap<CommandId, Command>,
}

impl Queue {
    /// The queue of a device, not read yet.
    pub(crate) fn new(device: DeviceId) -> Self {
        Self {
            device,
            open: None,
            over: Vec::new(),
            stored: BTreeMap::new(),
        }
    }

    /// The commands that were not over when the unit began, in their order.
    pub(crate) fn open(&mut self, tx: &mut (impl SessionStore + ?Sized)) -> Result<&mut Vec<Command>, StoreError> {
        let open = match self.open.take() {
            Some(open) => open,
            None => {
                let open = tx.open_commands(self.device)?;
                self.stored.extend(open.iter().map(|c| (c.id, c.clone())));
                open
            }
        };
        Ok(self.open.insert(open))
    }

    /// The command of that id, if it is this device's.
    pub(crate) fn command(
        &mut self,
        tx: &mut (impl SessionStore + ?Sized),
        id: CommandId,
    ) -> Result<Option<&mut Command>, StoreError> {
        self.open(tx)?;
        if !self.stored.contains_key(&id) {
            let Some(command) = tx.command(id)?.filter(|c| c.device == self.device) else {
                return Ok(None);
            };
            self.stored.insert(id, command.clone());
            self.over.push(command);
        }
        let all = self.open.iter_mut().flatten().chain(&mut self.over);
        Ok(all.into_iter().find(|c| c.id == id))
    }

    /// Writes what has changed.
    pub(crate) fn write(&mut self, tx: &mut (impl SessionStore + ?Sized)) -> Result<(), StoreError> {
        let all = self.open.iter().flatten().chain(&self.over);
        let changed: Vec<Command> = all.filter(|c| self.stored.get(&c.id) != Some(c)).cloned().collect();
        tx.update_commands(&changed)?;
        self.stored.extend(changed.into_iter().map(|c| (c.id, c)));
        Ok(())
    }
}
