//! Batches and commands as the API shows them (A.3, B.3).

use crate::admin::view::Moment;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use transom_domain::{
    command::{Action, Command, CommandBatch, CommandState, CommandStatus, Format},
    organization::Organization,
};
use utoipa::{
    ToSchema,
    openapi::schema::{Object, ObjectBuilder, Type},
};

/// A batch of commands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CommandBatch)]
pub struct BatchView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_enterprise_id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_device_id: String,
    /// The device's user when the batch was made.
    #[schema(pattern = "^[a-f0-9]{24}$")]
    mdm_user_id: Option<String>,
    /// Who sent it.
    created_by: String,
    commands: Vec<CommandView>,
    updated_at: Moment,
    created_at: Moment,
}

/// A batch with its name and how its commands stand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommandBatchDetails)]
pub struct BatchDetailsView {
    #[serde(flatten)]
    batch: BatchView,
    #[schema(max_length = 500)]
    name: String,
    summary: Vec<StatusCountView>,
}

/// A batch of which commands were cancelled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CanceledBatch)]
pub struct CanceledView {
    /// `OK`
    canceled: &'static str,
    #[serde(flatten)]
    details: BatchDetailsView,
}

/// How many commands have a status.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatusCount)]
pub struct StatusCountView {
    #[schema(schema_with = status_schema)]
    status: &'static str,
    count: u64,
}

/// One command.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Command)]
pub struct CommandView {
    #[schema(max_length = 128)]
    cmd_id: String,
    #[schema(schema_with = status_schema)]
    status: &'static str,
    config: CommandConfigView,
    /// Results and reasons.
    #[schema(value_type = Vec<Object>)]
    data: Vec<Value>,
    /// The raw SyncML status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_code: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    canceled_at: Option<Moment>,
    /// When it is given up if it has not been delivered.
    expires_at: Moment,
}

/// What a command orders.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommandConfig)]
pub struct CommandConfigView {
    #[schema(max_length = 500)]
    path: String,
    #[schema(schema_with = action_schema)]
    action: &'static str,
    #[schema(max_length = 500)]
    value: Option<String>,
    #[schema(schema_with = format_schema)]
    format: &'static str,
}

fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .build()
}

fn status_schema() -> Object {
    let all: Vec<_> = CommandStatus::all().map(CommandStatus::as_str).collect();
    names(all)
}

fn action_schema() -> Object {
    names(Action::ALL.iter().map(|a| a.as_str()))
}

fn format_schema() -> Object {
    names(Format::ALL.iter().map(|f| f.as_str()))
}

impl BatchView {
    /// The view of a batch.
    pub fn new(batch: &CommandBatch, organization: &Organization) -> Self {
        Self {
            id: batch.id.to_string(),
            organization_id: batch.organization.to_string(),
            win_enterprise_id: organization.enterprise.to_string(),
            win_device_id: batch.device.to_string(),
            mdm_user_id: batch.user.map(|user| user.to_string()),
            created_by: batch.created_by.clone(),
            commands: batch.commands.iter().map(CommandView::new).collect(),
            updated_at: Moment(batch.updated_at),
            created_at: Moment(batch.created_at),
        }
    }
}

impl BatchDetailsView {
    /// The view of a batch with its name and summary.
    pub fn new(batch: &CommandBatch, organization: &Organization) -> Self {
        let mut counts: BTreeMap<CommandStatus, u64> = BTreeMap::new();
        for command in &batch.commands {
            *counts.entry(command.status()).or_default() += 1;
        }
        let summary = counts.into_iter().map(|(status, count)| StatusCountView {
            status: status.as_str(),
            count,
        });
        Self {
            batch: BatchView::new(batch, organization),
            name: batch.name.clone().unwrap_or_else(|| described(batch)),
            summary: summary.collect(),
        }
    }
}

impl CanceledView {
    /// The view of a batch after it was cancelled.
    pub fn new(batch: &CommandBatch, organization: &Organization) -> Self {
        Self {
            canceled: "OK",
            details: BatchDetailsView::new(batch, organization),
        }
    }
}

impl CommandView {
    /// The view of a command.
    pub fn new(command: &Command) -> Self {
        let (received, canceled) = match &command.state {
            CommandState::Accepted { received_at, .. } => (Some(*received_at), None),
            CommandState::Done { received_at, .. } => (*received_at, None),
            CommandState::Canceled { at } => (None, Some(*at)),
            CommandState::Queued { .. } | CommandState::Sent => (None, None),
        };
        Self {
            cmd_id: command.id.to_string(),
            status: command.status().as_str(),
            config: CommandConfigView {
                path: command.config.path.clone(),
                action: command.config.action.as_str(),
                value: command.config.value.clone(),
                format: command.config.format.as_str(),
            },
            data: command.data.clone(),
            status_code: command.status_code(),
            sent_at: command.sent_at.map(Moment),
            received_at: received.map(Moment),
            canceled_at: canceled.map(Moment),
            expires_at: Moment(command.expires_at),
        }
    }
}

/// Longest name (B.3), in characters.
const NAME_CHARS_MAX: usize = 500;

/// A name for a batch that nobody named: its first command, and how many follow.
fn described(batch: &CommandBatch) -> String {
    let Some(first) = batch.commands.first() else {
        return "empty".to_owned();
    };
    let rest = batch.commands.len() - 1;
    let more = if rest == 0 {
        String::new()
    } else {
        format!(" and {rest} more")
    };
    let name = format!("{} {}", first.config.action.as_str(), first.config.path);
    let room = NAME_CHARS_MAX.saturating_sub(more.chars().count());
    format!("{}{more}", name.chars().take(room).collect::<String>())
}
