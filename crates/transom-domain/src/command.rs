//! Commands: what an administrator orders a PC to do, in batches, and what became of each.

pub mod cancel;
pub mod config;
pub mod deliver;
pub mod enqueue;
mod progress;
pub mod rename;
pub mod sensitive;
pub mod status;

use crate::{BatchId, CommandId, DeviceId, OrganizationId, Timestamp, UserId};
use serde_json::Value;
use std::time::Duration;

pub use config::{Action, CommandConfig, Format};
pub use status::CommandStatus;

/// How long a command waits for its PC (X3).
pub const TIME_TO_LIVE: Duration = Duration::from_secs(7 * 24 * 3600);

/// How often a command is sent without any answer before it is set aside: a laptop that falls asleep in the middle of a
/// session does so a few times, not five times at the very same command that is alone in its message.
pub const UNANSWERED_DELIVERIES_MAX: u32 = 5;

/// Waits before the next tries of a command that the PC could not take just then (X5); their number is the limit.
pub const RETRY_BACKOFF: [Duration; 3] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
];

/// Most entries kept in a command's `data`: a `Get` of a subtree may return a list.
pub const DATA_ENTRIES_MAX: usize = 1_000;

/// A batch of commands for one device, carried out in order.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandBatch {
    /// Its id (`winCommandId`).
    pub id: BatchId,
    /// Whose.
    pub organization: OrganizationId,
    /// For which device.
    pub device: DeviceId,
    /// The device's user when it was made (`mdmUserId`).
    pub user: Option<UserId>,
    /// A name for people.
    pub name: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// The commands, in order.
    pub commands: Vec<Command>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it or one of its commands last changed.
    pub updated_at: Timestamp,
}

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Its id (`cmdId`). The `CmdID` on the wire is another, made anew for each message.
    pub id: CommandId,
    /// Its batch.
    pub batch: BatchId,
    /// Its device.
    pub device: DeviceId,
    /// Its place in the device's queue, given by the store; 0 before it is stored.
    pub sequence: i64,
    /// What is to be done.
    pub config: CommandConfig,
    /// How far it has come.
    pub state: CommandState,
    /// How often it went out without an answer.
    pub unanswered: u32,
    /// How often the PC asked for another try (X5).
    pub retries: u32,
    /// When it last went out.
    pub sent_at: Option<Timestamp>,
    /// When it is given up if it was not delivered.
    pub expires_at: Timestamp,
    /// Results and reasons, as the API shows them.
    pub data: Vec<Value>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// How far a command has come. `Done` and `Canceled` are final: nothing leads out of them, but an answer that arrives
/// after all for an outcome that was declared unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandState {
    /// It waits to be sent.
    Queued {
        /// Not before this moment (a retry, X5).
        not_before: Option<Timestamp>,
        /// What the PC answered last.
        code: Option<u32>,
    },
    /// It is on its way: the PC has not answered yet.
    Sent,
    /// The PC works on it (202 on an app installation, 100–102): an alert or a later look tells the end.
    Accepted {
        /// What it answered.
        code: u32,
        /// When.
        received_at: Timestamp,
    },
    /// It is over.
    Done {
        /// How it ended.
        status: CommandStatus,
        /// What the PC answered, if it did.
        code: Option<u32>,
        /// When.
        received_at: Option<Timestamp>,
    },
    /// It was cancelled before it was delivered.
    Canceled {
        /// When.
        at: Timestamp,
    },
}

/// Why a command is cancelled without having been delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelReason {
    /// An administrator cancelled it.
    Administrator,
    /// It waited too long (X3).
    Expired,
    /// The PC enrolled anew: orders for the old enrolment do not carry over (DS4).
    ReEnrolled,
    /// The device is no longer managed.
    Unenrolled,
}

impl CancelReason {
    /// The reason in the command's `data`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CancelReason::Administrator => "canceled",
            CancelReason::Expired => "expired",
            CancelReason::ReEnrolled => "re-enrollment",
            CancelReason::Unenrolled => "unenrolled",
        }
    }
}

/// What the PC answered to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The SyncML status code.
    pub code: u32,
    /// The HRESULT of the failing component, as the PC wrote it.
    pub original_error: Option<String>,
}

impl Command {
    /// The status that the API shows.
    #[must_use]
    pub const fn status(&self) -> CommandStatus {
        match &self.state {
            CommandState::Queued { .. } => CommandStatus::Pending,
            CommandState::Sent | CommandState::Accepted { .. } => CommandStatus::Awaiting,
            CommandState::Done { status, .. } => *status,
            CommandState::Canceled { .. } => CommandStatus::Cancel,
        }
    }

    /// The raw status code that the API shows.
    #[must_use]
    pub const fn status_code(&self) -> Option<u32> {
        match &self.state {
            CommandState::Queued { code, .. } | CommandState::Done { code, .. } => *code,
            CommandState::Accepted { code, .. } => Some(*code),
            CommandState::Sent | CommandState::Canceled { .. } => None,
        }
    }

    /// Whether its batch still waits for it, so that the next batch must wait too (decision 26).
    #[must_use]
    pub const fn holds_up(&self) -> bool {
        matches!(self.state, CommandState::Queued { .. } | CommandState::Sent)
    }

    /// Whether it may be sent now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        match self.state {
            CommandState::Queued { not_before, .. } => {
                not_before.is_none_or(|moment| moment <= now) && !self.has_expired(now)
            }
            _ => false,
        }
    }

    /// Whether it waited too long and is not to be sent any more (X3). What is on its way does not expire.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        matches!(self.state, CommandState::Queued { .. }) && self.expires_at <= now
    }
}

#[cfg(test)]
mod tests;
