//! Rows of `command_batches` and `commands`.

use super::{Place, millis, moment};
use crate::schema::{command_batches, commands};
use diesel::prelude::*;
use serde_json::json;
use transom_domain::{
    BatchId, CommandId, DeviceId, OrganizationId, Timestamp, UserId,
    command::{Action, Command, CommandBatch, CommandConfig, CommandState, CommandStatus, Format},
    ports::StoreError,
};

/// The names of [`CommandState`]s in `commands.state`.
pub(crate) mod state {
    pub(crate) const QUEUED: &str = "queued";
    pub(crate) const SENT: &str = "sent";
    pub(crate) const ACCEPTED: &str = "accepted";
    pub(crate) const DONE: &str = "done";
    pub(crate) const CANCELED: &str = "canceled";
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = command_batches, treat_none_as_default_value = false)]
pub(crate) struct BatchRow {
    pub(crate) id: String,
    organization_id: String,
    device_id: String,
    user_id: Option<String>,
    name: Option<String>,
    created_by: String,
    created_at: i64,
    updated_at: i64,
}

impl From<&CommandBatch> for BatchRow {
    fn from(batch: &CommandBatch) -> Self {
        Self {
            id: batch.id.to_string(),
            organization_id: batch.organization.to_string(),
            device_id: batch.device.to_string(),
            user_id: batch.user.map(|u| u.to_string()),
            name: batch.name.clone(),
            created_by: batch.created_by.clone(),
            created_at: batch.created_at.as_millis(),
            updated_at: batch.updated_at.as_millis(),
        }
    }
}

impl BatchRow {
    /// The batch, with its commands in order.
    pub(crate) fn into_batch(self, commands: Vec<Command>) -> Result<CommandBatch, StoreError> {
        let at = Place::new("command_batches", &self.id);
        let user = |id: &String| at.fit("user_id", UserId::parse(id).ok());
        let own = Timestamp::from_millis(self.updated_at);
        Ok(CommandBatch {
            id: at.fit("id", BatchId::parse(&self.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&self.organization_id).ok())?,
            device: at.fit("device_id", DeviceId::parse(&self.device_id).ok())?,
            user: self.user_id.as_ref().map(user).transpose()?,
            name: self.name,
            created_by: self.created_by,
            updated_at: commands.iter().map(|c| c.updated_at).fold(own, Ord::max),
            commands,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

/// What was ordered: written once.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = commands, treat_none_as_default_value = false)]
pub(crate) struct OrderRow {
    id: String,
    pub(crate) batch_id: String,
    device_id: String,
    path: String,
    action: String,
    value: Option<String>,
    format: String,
}

/// What became of it.
#[derive(PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = commands, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct ProgressRow {
    state: String,
    not_before: Option<i64>,
    code: Option<i64>,
    status: Option<String>,
    received_at: Option<i64>,
    canceled_at: Option<i64>,
    unanswered: i64,
    retries: i64,
    sent_at: Option<i64>,
    expires_at: i64,
    updated_at: i64,
    data: String,
}

/// A new command; its place in the queue comes from the database.
#[derive(Insertable)]
#[diesel(table_name = commands)]
pub(crate) struct NewCommandRow {
    #[diesel(embed)]
    order: OrderRow,
    #[diesel(embed)]
    progress: ProgressRow,
}

/// A stored command.
#[derive(Queryable, Selectable)]
#[diesel(table_name = commands)]
pub(crate) struct CommandRow {
    sequence: i64,
    #[diesel(embed)]
    pub(crate) order: OrderRow,
    #[diesel(embed)]
    progress: ProgressRow,
}

impl From<&Command> for NewCommandRow {
    fn from(command: &Command) -> Self {
        let config = &command.config;
        Self {
            order: OrderRow {
                id: command.id.to_string(),
                batch_id: command.batch.to_string(),
                device_id: command.device.to_string(),
                path: config.path.clone(),
                action: config.action.as_str().to_owned(),
                value: config.value.clone(),
                format: config.format.as_str().to_owned(),
            },
            progress: command.into(),
        }
    }
}

impl From<&Command> for ProgressRow {
    fn from(command: &Command) -> Self {
        let mut row = Self {
            state: String::new(),
            not_before: None,
            code: None,
            status: None,
            received_at: None,
            canceled_at: None,
            unanswered: command.unanswered.into(),
            retries: command.retries.into(),
            sent_at: millis(command.sent_at),
            expires_at: command.expires_at.as_millis(),
            updated_at: command.updated_at.as_millis(),
            data: json!(command.data).to_string(),
        };
        let name = match &command.state {
            CommandState::Queued { not_before, code } => {
                row.not_before = millis(*not_before);
                row.code = code.map(i64::from);
                state::QUEUED
            }
            CommandState::Sent => state::SENT,
            CommandState::Accepted { code, received_at } => {
                row.code = Some(i64::from(*code));
                row.received_at = Some(received_at.as_millis());
                state::ACCEPTED
            }
            CommandState::Done {
                status,
                code,
                received_at,
            } => {
                row.status = Some(status.as_str().to_owned());
                row.code = code.map(i64::from);
                row.received_at = millis(*received_at);
                state::DONE
            }
            CommandState::Canceled { at } => {
                row.canceled_at = Some(at.as_millis());
                state::CANCELED
            }
        };
        name.clone_into(&mut row.state);
        row
    }
}

impl ProgressRow {
    fn state(&self, at: Place<'_>) -> Result<CommandState, StoreError> {
        let code = self.code.map(|code| at.number("code", code)).transpose()?;
        let received_at = moment(self.received_at);
        Ok(match self.state.as_str() {
            state::QUEUED => CommandState::Queued {
                not_before: moment(self.not_before),
                code,
            },
            state::SENT => CommandState::Sent,
            state::ACCEPTED => CommandState::Accepted {
                code: at.fit("code", code)?,
                received_at: at.fit("received_at", received_at)?,
            },
            state::DONE => CommandState::Done {
                status: at.fit("status", self.status.as_deref().and_then(CommandStatus::from_name))?,
                code,
                received_at,
            },
            state::CANCELED => CommandState::Canceled {
                at: at.fit("canceled_at", moment(self.canceled_at))?,
            },
            _ => return at.fit("state", None),
        })
    }
}

impl TryFrom<CommandRow> for Command {
    type Error = StoreError;

    fn try_from(row: CommandRow) -> Result<Self, StoreError> {
        let (order, progress) = (row.order, row.progress);
        let at = Place::new("commands", &order.id);
        Ok(Self {
            id: at.fit("id", CommandId::parse(&order.id).ok())?,
            batch: at.fit("batch_id", BatchId::parse(&order.batch_id).ok())?,
            device: at.fit("device_id", DeviceId::parse(&order.device_id).ok())?,
            sequence: row.sequence,
            config: CommandConfig {
                action: at.fit("action", Action::from_name(&order.action))?,
                format: at.fit("format", Format::from_name(&order.format))?,
                path: order.path,
                value: order.value,
            },
            state: progress.state(at)?,
            unanswered: at.number("unanswered", progress.unanswered)?,
            retries: at.number("retries", progress.retries)?,
            sent_at: moment(progress.sent_at),
            expires_at: Timestamp::from_millis(progress.expires_at),
            data: at.json("data", &progress.data)?,
            updated_at: Timestamp::from_millis(progress.updated_at),
        })
    }
}
