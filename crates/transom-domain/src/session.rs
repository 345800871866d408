//! The record of a management session between two POSTs. What is in it is the session machine's own affair.

use crate::{EnrollmentId, Timestamp};

/// One session of one enrolment. A new session of the enrolment replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Whose session.
    pub enrollment: EnrollmentId,
    /// `SessionID` as the PC wrote it.
    pub session_id: String,
    /// The last `MsgID` that was answered.
    pub msg_id: u32,
    /// SHA-256 of that message's body: tells a repeated message from another one with its number.
    pub body_hash: [u8; 32],
    /// The answer to it, to be given again.
    pub reply: String,
    /// Whether the session goes on: the server waits for the PC's next message.
    pub open: bool,
    /// What the session machine must remember, as JSON.
    pub state: String,
    /// When it was last written.
    pub updated_at: Timestamp,
}
