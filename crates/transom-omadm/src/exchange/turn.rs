//! One message of a PC that is known and proven.

use super::{SESSION_MESSAGES_MAX, SessionStore, leave};
use crate::{
    apply::{Speaker, apply},
    queue::Queue,
    receive::{About, Event, Received, receive, says_farewell},
    reply::Reply,
    send::{Groundwork, send},
    session::{State, Superseded},
    settings::{Incoming, SessionSettings},
};
use transom_domain::{
    Context,
    automation_rule::settle,
    command::sensitive::is_unenrolment,
    device::Device,
    enrollment::{Enrollment, check_in},
    ports::StoreError,
    session::SessionRecord,
};
use transom_syncml::{Challenge, alert, code};

/// One message of a PC that is known and proven; it can only be used up by answering it.
pub(super) struct Turn<'a, T: ?Sized> {
    pub(super) tx: &'a mut T,
    pub(super) cx: &'a mut Context,
    pub(super) settings: &'a SessionSettings,
    pub(super) incoming: &'a Incoming,
    pub(super) enrollment: Enrollment,
    /// The device as it was before this message.
    pub(super) before: Device,
    pub(super) device: Device,
    pub(super) queue: Queue,
    pub(super) code: u32,
    pub(super) next: Option<Challenge>,
}

/// How the session stands after a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// Commands are on their way.
    Open,
    /// The PC is at work: the reply has no `Final`, the PC goes on by itself.
    Waiting,
    /// The PC has more of its own to say.
    Listening,
    /// Nothing is left to do.
    Complete,
    /// It was broken off.
    BrokenOff,
    /// The PC leaves.
    Left,
}

impl<T: SessionStore + ?Sized> Turn<'_, T> {
    /// A message out of order: what it says counts, and that is all.
    pub(super) fn late(mut self, record: SessionRecord, mut state: State, about: About) -> Result<String, StoreError> {
        let message = &self.incoming.message;
        let received = receive(&mut state, message, about, false);
        let mut reply = Reply::new(
            message,
            self.settings,
            message.header.msg_id,
            self.code,
            self.next.take(),
        );
        add_statuses(&mut reply, &received);
        let unenrolled = received.unenrolled;
        let confirmed = self.apply(&mut state, about, received.events)?;
        if unenrolled || confirmed {
            leave(self.tx, self.cx, &mut self.queue, &mut self.device)?;
        }
        settle::changed(self.tx, self.cx, &self.before, &self.device)?;
        self.queue.write(self.tx)?;
        self.tx.save_session(&SessionRecord {
            state: state.write()?,
            updated_at: self.cx.now,
            ..record
        })?;
        reply.write(true)
    }

    /// The first message of a session. What an earlier one had sent without an answer is settled (X4).
    pub(super) fn begin(mut self, before: Option<(SessionRecord, State)>) -> Result<String, StoreError> {
        for command in self.queue.open(self.tx)? {
            // The order to leave is not lost when the PC comes to say that it leaves.
            if !(is_unenrolment(&command.config) && says_farewell(&self.incoming.message)) {
                command.session_lost(self.cx.now);
            }
        }
        let (groundwork, left_out) = Groundwork::begin(before.as_ref().map(|(_, s)| s), &self.enrollment);
        if left_out {
            self.enrollment.configured = true;
            self.tx.update_enrollment(&self.enrollment)?;
            self.device.refresh_needed.clear();
            self.tx.update_device(&self.device)?;
        }
        let state = State {
            first: hex::encode(self.incoming.body_hash),
            // Where challenges came before, they were our messages up to here: the numbers go on.
            reply_id: self.incoming.message.header.msg_id.saturating_sub(1),
            groundwork,
            superseded: before.map(|(record, state)| Superseded {
                session_id: record.session_id,
                first: state.first,
                authenticated: state.authenticated,
                sent: state.sent,
            }),
            ..State::default()
        };
        self.in_order(state)
    }

    /// The first or next message of a session.
    pub(super) fn in_order(mut self, mut state: State) -> Result<String, StoreError> {
        state.authenticated |= self.code == code::AUTHENTICATED;
        state.messages = state.messages.saturating_add(1);
        state.reply_id = state.reply_id.saturating_add(1);
        let message = &self.incoming.message;
        let mut received = receive(&mut state, message, About::Current, true);
        let is_last = state.messages >= SESSION_MESSAGES_MAX;
        if received.aborted || is_last || (message.is_final && !received.asks_for_more && !received.heartbeat) {
            // The PC has said all it has to say about what it was given: what is unanswered stays so.
            let lost = state.sent.give_up(None);
            if !received.unenrolled {
                received.events.extend(lost.into_iter().map(Event::Lost));
            }
        }
        let events = std::mem::take(&mut received.events);
        let confirmed = self.apply(&mut state, About::Current, events)?;

        let mut reply = Reply::new(message, self.settings, state.reply_id, self.code, self.next.take());
        add_statuses(&mut reply, &received);
        if received.object_lost {
            reply.alert(alert::NO_END_OF_DATA);
        }
        let stand = if received.unenrolled || confirmed {
            Stand::Left
        } else if received.aborted || is_last {
            Stand::BrokenOff
        } else if received.heartbeat && (!message.is_final || state.sent.outstanding().next().is_some()) {
            Stand::Waiting
        } else if !message.is_final {
            reply.alert(alert::NEXT_MESSAGE);
            Stand::Listening
        } else if self.send(&mut state, &mut reply)? || state.sent.outstanding().next().is_some() {
            Stand::Open
        } else {
            Stand::Complete
        };
        match stand {
            Stand::Complete => check_in::completed(self.tx, self.cx, &mut self.device)?,
            Stand::Left => leave(self.tx, self.cx, &mut self.queue, &mut self.device)?,
            Stand::Open | Stand::Waiting | Stand::Listening | Stand::BrokenOff => {}
        }
        // What rules look at may have changed: then what they give the PC follows in this unit (R4).
        settle::changed(self.tx, self.cx, &self.before, &self.device)?;
        self.queue.write(self.tx)?;
        let reply = reply.write(!matches!(stand, Stand::Waiting | Stand::Listening))?;
        self.tx.save_session(&SessionRecord {
            enrollment: self.enrollment.id,
            session_id: message.header.session_id.clone(),
            msg_id: message.header.msg_id,
            body_hash: self.incoming.body_hash,
            reply: reply.clone(),
            open: matches!(stand, Stand::Open | Stand::Waiting | Stand::Listening),
            state: state.write()?,
            updated_at: self.cx.now,
        })?;
        Ok(reply)
    }

    fn send(&mut self, state: &mut State, reply: &mut Reply) -> Result<bool, StoreError> {
        send(
            self.tx,
            self.cx,
            self.settings,
            &self.device,
            &mut self.queue,
            state,
            reply,
        )
    }

    fn apply(&mut self, state: &mut State, about: About, events: Vec<Event>) -> Result<bool, StoreError> {
        let speaker = Speaker {
            enrollment: &mut self.enrollment,
            device: &mut self.device,
            queue: &mut self.queue,
        };
        apply(self.tx, self.cx, speaker, state, about, events)
    }
}

fn add_statuses(reply: &mut Reply, received: &Received<'_>) {
    for (command, code) in &received.statuses {
        reply.status(command, *code);
    }
}
