//! Queries over commands and their batches.

use super::{Connection, unit::UnitOfWork};
use crate::{
    fault::{Fault, missing},
    rows::commands::{BatchRow, CommandRow, NewCommandRow, ProgressRow, state},
    schema::{command_batches, commands},
};
use diesel::prelude::*;
use std::collections::HashMap;
use transom_domain::{
    BatchId, CommandId, DeviceId, Timestamp,
    command::{Command, CommandBatch},
    page::{Page, PageRequest},
    ports::{Commands, CommandsMut, StoreError},
};

/// Batches with their commands, both in the order given by the rows and by the queue.
fn with_commands(connection: &mut Connection, batches: Vec<BatchRow>) -> Result<Vec<CommandBatch>, Fault> {
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = batches.iter().map(|batch| batch.id.as_str()).collect();
    let rows = commands::table
        .filter(commands::batch_id.eq_any(ids))
        .order(commands::sequence)
        .select(CommandRow::as_select())
        .load(connection)?;
    let mut by_batch: HashMap<String, Vec<Command>> = HashMap::new();
    for row in rows {
        let batch = row.order.batch_id.clone();
        by_batch.entry(batch).or_default().push(row.try_into()?);
    }
    let batches = batches.into_iter().map(|batch| {
        let commands = by_batch.remove(&batch.id).unwrap_or_default();
        batch.into_batch(commands)
    });
    Ok(batches.collect::<Result<_, _>>()?)
}

impl Commands for UnitOfWork<'_> {
    fn batch(&mut self, device: DeviceId, id: BatchId) -> Result<Option<CommandBatch>, StoreError> {
        self.run("batch", |connection| {
            let row = command_batches::table
                .filter(command_batches::id.eq(id.to_string()))
                .filter(command_batches::device_id.eq(device.to_string()))
                .select(BatchRow::as_select())
                .first(connection)
                .optional()?;
            Ok(with_commands(connection, row.into_iter().collect())?.pop())
        })
    }

    fn batch_page(
        &mut self,
        device: DeviceId,
        ascending: bool,
        page: PageRequest,
    ) -> Result<Page<CommandBatch>, StoreError> {
        self.run_long("batch page", |connection| {
            let of_device = command_batches::table.filter(command_batches::device_id.eq(device.to_string()));
            let total: i64 = of_device.clone().count().get_result(connection)?;
            let sorted = if ascending {
                of_device.order(command_batches::sequence.asc()).into_boxed()
            } else {
                of_device.order(command_batches::sequence.desc()).into_boxed()
            };
            let rows = sorted
                .offset(page.offset())
                .limit(page.limit().into())
                .select(BatchRow::as_select())
                .load(connection)?;
            Ok(Page {
                items: with_commands(connection, rows)?,
                total: total.unsigned_abs(),
                request: page,
            })
        })
    }

    fn command(&mut self, id: CommandId) -> Result<Option<Command>, StoreError> {
        self.run("command", |connection| {
            let row = commands::table
                .filter(commands::id.eq(id.to_string()))
                .select(CommandRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    // At most `QUEUE_COMMANDS_MAX` rows and a few accepted ones, so it is no long read.
    fn open_commands(&mut self, device: DeviceId) -> Result<Vec<Command>, StoreError> {
        self.run("open commands", |connection| {
            // Not `eq_any`, with which Diesel does not keep the prepared statement on SQLite.
            let waits = commands::state.eq(state::QUEUED).or(commands::state.eq(state::SENT));
            let rows = commands::table
                .filter(commands::device_id.eq(device.to_string()))
                .filter(waits.or(commands::state.eq(state::ACCEPTED)))
                .order(commands::sequence)
                .select(CommandRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }

    fn waiting_commands(&mut self, device: DeviceId) -> Result<u64, StoreError> {
        self.run("waiting commands", |connection| {
            // Not `eq_any`, with which Diesel does not keep the prepared statement on SQLite.
            let waits = commands::state.eq(state::QUEUED).or(commands::state.eq(state::SENT));
            let count: i64 = commands::table
                .filter(commands::device_id.eq(device.to_string()))
                .filter(waits)
                .count()
                .get_result(connection)?;
            Ok(count.unsigned_abs())
        })
    }

    fn expired_commands(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Command>, StoreError> {
        self.run_long("expired commands", |connection| {
            let rows = commands::table
                // That they are not over follows, but this way both databases see that the partial index holds them.
                .filter(commands::status.is_null())
                .filter(commands::canceled_at.is_null())
                .filter(commands::state.eq(state::QUEUED))
                .filter(commands::expires_at.le(now.as_millis()))
                .order((commands::expires_at, commands::sequence))
                .limit(limit.into())
                .select(CommandRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        })
    }
}

impl CommandsMut for UnitOfWork<'_> {
    fn insert_batch(&mut self, batch: &CommandBatch) -> Result<(), StoreError> {
        self.run("insert batch", |connection| {
            diesel::insert_into(command_batches::table)
                .values(BatchRow::from(batch))
                .execute(connection)?;
            let rows: Vec<NewCommandRow> = batch.commands.iter().map(Into::into).collect();
            diesel::insert_into(commands::table).values(rows).execute(connection)?;
            Ok(())
        })
    }

    fn update_command(&mut self, command: &Command) -> Result<(), StoreError> {
        self.run("update command", |connection| {
            let changed = diesel::update(commands::table.filter(commands::id.eq(command.id.to_string())))
                .set(ProgressRow::from(command))
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("commands", &command.id));
            }
            Ok(())
        })
    }

    fn update_commands(&mut self, commands: &[Command]) -> Result<(), StoreError> {
        // Commands that are to hold the same are written in one statement: those that were sent, or done without data.
        let mut groups: Vec<(ProgressRow, Vec<String>)> = Vec::new();
        for command in commands {
            let (row, id) = (ProgressRow::from(command), command.id.to_string());
            match groups.iter_mut().find(|(known, _)| *known == row) {
                Some((_, ids)) => ids.push(id),
                None => groups.push((row, vec![id])),
            }
        }
        self.run("update commands", |connection| {
            for (row, ids) in groups {
                let (count, ids_text) = (ids.len(), ids.join(", "));
                let changed = diesel::update(commands::table.filter(commands::id.eq_any(ids)))
                    .set(row)
                    .execute(connection)?;
                if changed != count {
                    return Err(missing("commands", &ids_text));
                }
            }
            Ok(())
        })
    }
}
