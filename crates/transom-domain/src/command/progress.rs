//! How a command moves on: sent, answered, lost, cancelled. Whatever order these come in, a final status stays.

use super::{
    Answer, CancelReason, Command, CommandState, CommandStatus, DATA_ENTRIES_MAX, RETRY_BACKOFF,
    UNANSWERED_DELIVERIES_MAX, sensitive, status,
};
use crate::Timestamp;
use serde_json::{Value, json};

impl Command {
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
        let status = CommandStatus::of_code(answer.code, false, self.config.is_tracked());
        let open = match &self.state {
            CommandState::Sent => true,
            // A late answer to a command that went back to the queue when its session was lost.
            CommandState::Queued { .. } => was_sent,
            // An outcome that was unknown becomes known. That the work goes on is none.
            CommandState::Done {
                status: before, code, ..
            } => *before == CommandStatus::Unknown && code.is_none() && was_sent && status != CommandStatus::Awaiting,
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
        // What must not happen twice is not asked for twice either: a PC that says "later" may still have begun.
        let may_retry = !sensitive::is_never_resent(&self.config);
        let backoff = RETRY_BACKOFF.get(self.retries as usize);
        self.state = match (status, backoff) {
            (CommandStatus::Awaiting | CommandStatus::ChunkedItemAcceptedAndBuffered, _) => CommandState::Accepted {
                code: answer.code,
                received_at: now,
            },
            (status, Some(wait)) if status.is_retried() && may_retry => {
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
            self.outcome_unknown(
                "the session ended before the PC answered; this command is never sent twice without a new order",
            );
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

    /// Nobody will learn how it ended. What the PC said of it so far stays.
    fn outcome_unknown(&mut self, why: &str) {
        let (code, received_at) = match self.state {
            CommandState::Accepted { code, received_at } => (Some(code), Some(received_at)),
            _ => (None, None),
        };
        self.put_data(json!({ "reason": "outcome-unknown", "message": why }));
        self.state = CommandState::Done {
            status: CommandStatus::Unknown,
            code,
            received_at,
        };
    }

    /// The PC left, which is how it obeys the order to leave: it sends no Status for that (docs/PROTOCOL.md, 9). Whether
    /// it had been sent the order.
    pub fn obeyed(&mut self, now: Timestamp) -> bool {
        let was_sent = self.state == CommandState::Sent;
        if was_sent {
            self.state = CommandState::Done {
                status: CommandStatus::Acknowledged,
                code: None,
                received_at: Some(now),
            };
            self.updated_at = now;
        }
        was_sent
    }

    /// Its enrolment is over. What was never delivered is cancelled; what went out and was not answered, or was accepted
    /// and not finished, is not called cancelled: the PC may have done it, and nobody will hear of it.
    pub fn enrollment_ended(&mut self, reason: CancelReason, now: Timestamp) {
        self.session_lost(now);
        match self.state {
            CommandState::Queued { .. } if self.unanswered == 0 => {
                self.cancel(reason, now);
            }
            CommandState::Queued { .. } | CommandState::Sent | CommandState::Accepted { .. } => {
                self.outcome_unknown("the enrolment ended before the PC told how this command ended");
                self.updated_at = now;
            }
            CommandState::Done { .. } | CommandState::Canceled { .. } => {}
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
