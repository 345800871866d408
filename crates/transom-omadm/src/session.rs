//! What a session remembers between two POSTs, and where a message stands in it.

mod sent;

use crate::{
    large_object::Partial,
    send::{Groundwork, Scope},
    settings::Incoming,
};
use serde::{Deserialize, Serialize};
use transom_domain::{ports::StoreError, session::SessionRecord};

pub use sent::SENT_MESSAGES_KEPT;
pub(crate) use sent::{SentMap, Step, What};

/// What a session remembers, beside its record's own columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Whether the PC proved itself by digest for the whole session (212).
    pub(crate) authenticated: bool,
    /// Whether the enrolled user is signed in (LoginStatus).
    pub(crate) user_signed_in: bool,
    /// Which part of the tree the session is for.
    pub(crate) scope: Scope,
    /// How many messages were answered.
    pub(crate) messages: u32,
    /// `MsgID` of our last reply: each side counts its own.
    pub(crate) reply_id: u32,
    /// Hash of the message that began the session, in hexadecimal.
    pub(crate) first: String,
    /// What was sent, to know the answers by.
    pub(crate) sent: SentMap,
    /// A large object that has arrived in part.
    pub(crate) partial: Option<Partial>,
    /// What the server itself wants of the PC.
    pub(crate) groundwork: Groundwork,
    /// The unfinished session before: its answers may still come.
    pub(crate) superseded: Option<Superseded>,
}

/// What is kept of a session that another took the place of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Superseded {
    /// Its `SessionID`.
    pub(crate) session_id: String,
    /// [`State::first`].
    pub(crate) first: String,
    /// [`State::authenticated`].
    pub(crate) authenticated: bool,
    /// What it had sent.
    pub(crate) sent: SentMap,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// The last message again.
    Repeated,
    /// The first message of a session.
    Beginning,
    /// The next message of the session.
    Next,
    /// A message out of order.
    Late,
    /// A message of the session before.
    LateOfSuperseded,
}

impl State {
    /// Reads the state of a stored session.
    pub(crate) fn read(record: &SessionRecord) -> Result<Self, StoreError> {
        serde_json::from_str(&record.state)
            .map_err(|error| StoreError::Inconsistent(format!("sessions {}: state: {error}", record.enrollment)))
    }

    /// Writes it.
    pub(crate) fn write(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError::Failed(format!("the session's state: {error}")))
    }
}

impl Course {
    /// Whether a message that stands here is covered by a digest that was accepted for its whole session.
    pub(crate) fn is_covered(self, state: Option<&State>) -> bool {
        let Some(state) = state else { return false };
        match self {
            Course::Repeated | Course::Next | Course::Late => state.authenticated,
            Course::LateOfSuperseded => state.superseded.as_ref().is_some_and(|s| s.authenticated),
            Course::Beginning => false,
        }
    }
}

/// Where `incoming` stands, seen from the stored session. `proven` tells that it carries a digest of its own, as only the
/// first message that is taken of a session does once digests hold for whole sessions.
pub(crate) fn course(stored: Option<(&SessionRecord, &State)>, incoming: &Incoming, proven: bool) -> Course {
    let Some((record, state)) = stored else {
        return Course::Beginning;
    };
    let header = &incoming.message.header;
    let hash = hex::encode(incoming.body_hash);
    if record.session_id != header.session_id {
        return match &state.superseded {
            Some(earlier)
                if earlier.session_id == header.session_id && (header.msg_id > 1 || earlier.first == hash) =>
            {
                Course::LateOfSuperseded
            }
            _ => Course::Beginning,
        };
    }
    if record.msg_id == header.msg_id && record.body_hash == incoming.body_hash {
        Course::Repeated
    } else if state.first == hash {
        Course::Late
    } else if header.msg_id == 1 || (proven && header.msg_id <= record.msg_id) {
        // A PC that counts its sessions from 1 again: after a challenge its first message that counts is number 2. A digest
        // is right once, so this is no old message.
        Course::Beginning
    } else if record.msg_id.checked_add(1) == Some(header.msg_id) {
        Course::Next
    } else {
        Course::Late
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use transom_domain::Timestamp;
    use transom_syncml::{Header, Message};

    fn record(msg_id: u32, open: bool) -> SessionRecord {
        SessionRecord {
            enrollment: [1; 12].into(),
            session_id: "5".to_owned(),
            msg_id,
            body_hash: [9; 32],
            reply: String::new(),
            open,
            state: String::new(),
            updated_at: Timestamp::from_millis(0),
        }
    }

    fn incoming(session: &str, msg_id: u32, hash: u8) -> Incoming {
        Incoming {
            message: Message::new(Header::new(session, msg_id, "s", "d"), Vec::new()),
            body_hash: [hash; 32],
        }
    }

    fn state() -> State {
        State {
            first: hex::encode([1; 32]),
            superseded: Some(Superseded {
                session_id: "4".to_owned(),
                first: hex::encode([2; 32]),
                authenticated: false,
                sent: SentMap::default(),
            }),
            ..State::default()
        }
    }

    #[test]
    fn a_message_is_told_by_session_number_and_hash() {
        let (record, state) = (record(3, true), state());
        let at = |session, msg_id, hash| course(Some((&record, &state)), &incoming(session, msg_id, hash), false);
        assert_eq!(at("5", 3, 9), Course::Repeated);
        assert_eq!(at("5", 3, 8), Course::Late, "the same number, another body");
        assert_eq!(at("5", 4, 8), Course::Next);
        assert_eq!(at("5", 6, 8), Course::Late, "a gap");
        assert_eq!(at("5", 2, 8), Course::Late);
        assert_eq!(
            at("5", 1, 1),
            Course::Late,
            "the beginning of this very session, delayed"
        );
        assert_eq!(at("5", 1, 8), Course::Beginning, "the PC counts from 1 again");
        assert_eq!(at("6", 1, 8), Course::Beginning);
        assert_eq!(at("6", 7, 8), Course::Beginning, "a session the server does not know");
        assert_eq!(at("4", 2, 8), Course::LateOfSuperseded);
        assert_eq!(at("4", 1, 2), Course::LateOfSuperseded);
        assert_eq!(at("4", 1, 8), Course::Beginning);
        assert_eq!(course(None, &incoming("5", 2, 9), false), Course::Beginning);
    }

    #[test]
    fn a_repeat_is_one_after_the_end_too_and_a_digest_begins_a_session_anew() {
        for open in [false, true] {
            let (record, state) = (record(3, open), state());
            let at = |msg_id, hash, proven| course(Some((&record, &state)), &incoming("5", msg_id, hash), proven);
            assert_eq!(at(3, 9, true), Course::Repeated);
            assert_eq!(at(2, 8, true), Course::Beginning);
            assert_eq!(at(2, 8, false), Course::Late);
            assert_eq!(at(4, 8, true), Course::Next);
        }
    }
}
