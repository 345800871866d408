//! Commands: what an administrator orders a PC to do, in batches, and what became of each.

pub mod cancel;
pub mod config;
pub mod deliver;
pub mod enqueue;
pub mod sensitive;
pub mod status;

use crate::{BatchId, CommandId, DeviceId, OrganizationId, Timestamp, UserId};
use serde_json::{Value, json};
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
                not_before.is_none_or(|moment| moment <= now) && now < self.expires_at
            }
            _ => false,
        }
    }

    /// It goes out in the answer that is being written.
    pub fn sent(&mut self, now: Timestamp) {
        if matches!(self.state, CommandState::Queued { .. }) {
            self.state = CommandState::Sent;
            self.sent_at = Some(now);
            self.updated_at = now;
        }
    }

    /// The PC answered. Returns whether anything changed: an answer to a command that is over is a repetition.
    pub fn answered(&mut self, answer: &Answer, now: Timestamp) -> bool {
        let was_sent = self.sent_at.is_some();
        let open = match &self.state {
            CommandState::Sent => true,
            // A late answer to a command that went back to the queue when its session was lost.
            CommandState::Queued { .. } => was_sent,
            CommandState::Done { status, code, .. } => *status == CommandStatus::Unknown && code.is_none() && was_sent,
            CommandState::Accepted { .. } | CommandState::Canceled { .. } => false,
        };
        if !open {
            return false;
        }
        self.data.retain(|entry| entry.get("reason").is_none());
        self.unanswered = 0;
        self.updated_at = now;
        if let Some(entry) = failure_entry(answer) {
            self.put_data(entry);
        }
        let status = CommandStatus::of_code(answer.code, false, self.config.is_tracked());
        let backoff = RETRY_BACKOFF.get(self.retries as usize);
        self.state = match (status, backoff) {
            (CommandStatus::Awaiting | CommandStatus::ChunkedItemAcceptedAndBuffered, _) => CommandState::Accepted {
                code: answer.code,
                received_at: now,
            },
            (status, Some(wait)) if status.is_retried() => {
                self.retries += 1;
                CommandState::Queued {
                    not_before: Some(now + *wait),
                    code: Some(answer.code),
                }
            }
            (status, _) => CommandState::Done {
                status,
                code: Some(answer.code),
                received_at: Some(now),
            },
        };
        true
    }

    /// The work that the PC had accepted ended; `hresult` 0 is success (docs/PROTOCOL.md, 15).
    pub fn completed(&mut self, hresult: i64, now: Timestamp) -> bool {
        let CommandState::Accepted { code, .. } = self.state else {
            return false;
        };
        let status = if hresult == 0 {
            CommandStatus::Acknowledged
        } else {
            CommandStatus::UnexpectedError
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an HRESULT has 32 bits"
        )]
        let text = format!("0x{:08X}", hresult as u32);
        self.put_data(json!({ "completion": { "hresult": text } }));
        self.state = CommandState::Done {
            status,
            code: Some(code),
            received_at: Some(now),
        };
        self.updated_at = now;
        true
    }

    /// Its session broke off before the PC answered (X4, decisions 25 and 26).
    pub fn session_lost(&mut self, now: Timestamp) {
        if self.state != CommandState::Sent {
            return;
        }
        self.updated_at = now;
        self.unanswered += 1;
        if sensitive::is_never_resent(&self.config) {
            self.put_data(json!({
                "reason": "outcome-unknown",
                "message": "the session ended before the PC answered; this command is never sent twice without a new order",
            }));
            self.state = CommandState::Done {
                status: CommandStatus::Unknown,
                code: None,
                received_at: None,
            };
        } else if self.unanswered >= UNANSWERED_DELIVERIES_MAX {
            self.put_data(json!({
                "reason": "set-aside",
                "message": format!(
                    "the session broke off {UNANSWERED_DELIVERIES_MAX} times when this command was sent, the last times \
                     alone in its message; the PC cannot parse it or fails at it"
                ),
            }));
            self.state = CommandState::Done {
                status: CommandStatus::MalformedSyntax,
                code: None,
                received_at: None,
            };
        } else {
            self.state = CommandState::Queued {
                not_before: None,
                code: None,
            };
        }
    }

    /// It cannot be written as SyncML at all, so it never leaves.
    pub fn unsendable(&mut self, why: &str, now: Timestamp) {
        self.put_data(json!({ "reason": "set-aside", "message": why }));
        self.state = CommandState::Done {
            status: CommandStatus::MalformedSyntax,
            code: None,
            received_at: None,
        };
        self.updated_at = now;
    }

    /// It is cancelled, if it has not been delivered. Returns whether it was.
    pub fn cancel(&mut self, reason: CancelReason, now: Timestamp) -> bool {
        if !matches!(self.state, CommandState::Queued { .. }) {
            return false;
        }
        self.put_data(json!({ "reason": reason.as_str() }));
        self.state = CommandState::Canceled { at: now };
        self.updated_at = now;
        true
    }

    /// Adds an entry to `data`, within the limit. The same entry again changes nothing: PCs repeat results.
    pub fn put_data(&mut self, entry: Value) {
        if self.data.len() < DATA_ENTRIES_MAX && !self.data.contains(&entry) {
            self.data.push(entry);
        }
    }
}

/// What an administrator can act on when a command failed: the HRESULT, and the code Intune shows for the same failure.
fn failure_entry(answer: &Answer) -> Option<Value> {
    let mut entry = serde_json::Map::new();
    if let Some(error) = &answer.original_error {
        entry.insert("originalError".to_owned(), json!(crate::text::cut(error, 64)));
    }
    if (300..1000).contains(&answer.code) {
        entry.insert(
            "intuneErrorCode".to_owned(),
            json!(format!("0x{:08X}", 0x87D1_0000_u32 + answer.code)),
        );
        entry.insert("message".to_owned(), json!(status::meaning(answer.code)));
    }
    (!entry.is_empty()).then_some(Value::Object(entry))
}

#[cfg(test)]
mod tests;
