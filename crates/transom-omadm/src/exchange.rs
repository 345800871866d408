//! One POST as one unit of work: everything that a message causes, and its reply, or nothing at all.

use crate::{
    apply::apply,
    authenticate::{self, Proof, authenticate},
    identify::{Refusal, Sender, identify},
    receive::{About, Event, Received, receive},
    reply::{self, Reply},
    send::{Groundwork, send},
    session::{Course, State, Superseded, course},
    settings::{Incoming, Peer, SessionSettings},
};
use transom_domain::{
    Context, EnrollmentId,
    command::deliver,
    device::Device,
    enrollment::{Enrollment, check_in},
    ports::{AuditLogMut, CommandsMut, DevicesMut, EnrollmentsMut, SessionsMut, StoreError},
    session::SessionRecord,
};
use transom_syncml::{Challenge, alert};

/// Most messages of one session: a whole queue, one command in each message, fits in two sessions; a PC that never stops
/// would keep the server busy for ever.
pub const SESSION_MESSAGES_MAX: u32 = 500;

/// What the session machine needs of a store. Every [`transom_domain::ports::Tx`] is one.
pub trait SessionStore: DevicesMut + EnrollmentsMut + SessionsMut + CommandsMut + AuditLogMut {}

impl<T: DevicesMut + EnrollmentsMut + SessionsMut + CommandsMut + AuditLogMut + ?Sized> SessionStore for T {}

/// What a message is answered with. Either way the unit of work is to be committed: a refusal may have changed the
/// device's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The message was taken, or credentials are wanted first.
    Reply(String),
    /// The message was refused: nothing of it was stored and nothing delivered.
    Refused {
        /// What the PC is told: a 4xx for everything.
        reply: String,
        /// Why.
        reason: Refusal,
    },
}

/// Answers one message. Everything it causes is done in `tx`, which is to be committed before the reply goes out.
///
/// ```
/// # use transom_omadm::{exchange, Answer, Incoming, Peer, SessionSettings};
/// # use transom_domain::{ports::{Store, StoreError}, Context};
/// # async fn work(
/// #     store: &dyn Store, cx: Context, settings: SessionSettings, peer: Peer, incoming: Incoming,
/// # ) -> Result<Answer, StoreError> {
/// store.write(&cx, move |tx, cx| exchange(tx, cx, &settings, &peer, &incoming)).await
/// # }
/// ```
///
/// # Errors
/// When the store fails; then nothing may be kept and the PC gets no reply, so that it sends the message again.
pub fn exchange(
    tx: &mut (impl SessionStore + ?Sized),
    cx: &mut Context,
    settings: &SessionSettings,
    peer: &Peer,
    incoming: &Incoming,
) -> Result<Answer, StoreError> {
    let header = &incoming.message.header;
    let (mut enrollment, mut device, by_certificate) = match identify(tx, cx, settings, peer, header)? {
        Sender::Known {
            enrollment,
            device,
            by_certificate,
        } => (*enrollment, *device, by_certificate),
        Sender::Anonymous => return unproven(settings, incoming, authenticate::anonymous(settings, header, cx.now)),
        Sender::Refused(reason, enrollment) => return refused(tx, settings, incoming, reason, enrollment),
    };
    let record = tx.session(enrollment.id)?;
    let state = record.as_ref().map(State::read).transpose()?;
    let stored = record.as_ref().zip(state.as_ref());
    let place = course(stored, incoming, false);
    if let (Course::Repeated, Some(record)) = (place, &record) {
        return Ok(Answer::Reply(record.reply.clone()));
    }
    let covered = place.is_covered(state.as_ref());
    let proof = authenticate(tx, cx, settings, &mut enrollment, header, by_certificate, covered)?;
    let Proof::Accepted { code, next, proven } = proof else {
        return unproven(settings, incoming, proof);
    };
    check_in::activate(tx, cx, &mut enrollment, &mut device)?;
    let place = course(stored, incoming, proven);
    let turn = Turn {
        tx,
        cx,
        settings,
        incoming,
        enrollment,
        device,
        code,
        next,
    };
    let reply = match (place, record, state) {
        (Course::Late, Some(record), Some(state)) => turn.late(record, state, About::Current)?,
        (Course::LateOfSuperseded, Some(record), Some(state)) => turn.late(record, state, About::Superseded)?,
        (Course::Next, Some(_), Some(state)) => turn.in_order(state)?,
        (_, record, state) => turn.begin(record.zip(state))?,
    };
    Ok(Answer::Reply(reply))
}

/// The answer to a message that is not processed for want of credentials.
fn unproven(settings: &SessionSettings, incoming: &Incoming, proof: Proof) -> Result<Answer, StoreError> {
    let reason = match proof {
        Proof::Challenged(code, challenge) => {
            let reply = reply::uniform(&incoming.message, settings, code, Some(challenge))?;
            return Ok(Answer::Reply(reply));
        }
        Proof::Refused(reason) => reason,
        Proof::Accepted { .. } => Refusal::CredentialsRefused,
    };
    let reply = reply::uniform(&incoming.message, settings, reason.code(), None)?;
    Ok(Answer::Refused { reply, reason })
}

/// The answer to a message that is refused. The last message of a session that ended the enrolment may come again: it
/// gets its answer again, which holds no command.
fn refused(
    tx: &mut (impl SessionStore + ?Sized),
    settings: &SessionSettings,
    incoming: &Incoming,
    reason: Refusal,
    enrollment: Option<EnrollmentId>,
) -> Result<Answer, StoreError> {
    if let Some(record) = enrollment.map(|id| tx.session(id)).transpose()?.flatten()
        && !record.open
    {
        let state = State::read(&record)?;
        if course(Some((&record, &state)), incoming, false) == Course::Repeated {
            return Ok(Answer::Reply(record.reply));
        }
    }
    let reply = reply::uniform(&incoming.message, settings, reason.code(), None)?;
    Ok(Answer::Refused { reply, reason })
}

/// One message of a PC that is known and proven; it can only be used up by answering it.
struct Turn<'a, T: ?Sized> {
    tx: &'a mut T,
    cx: &'a mut Context,
    settings: &'a SessionSettings,
    incoming: &'a Incoming,
    enrollment: Enrollment,
    device: Device,
    code: u32,
    next: Option<Challenge>,
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
    fn late(mut self, record: SessionRecord, mut state: State, about: About) -> Result<String, StoreError> {
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
            check_in::unenrolled(self.tx, self.cx, &mut self.device)?;
        }
        self.tx.save_session(&SessionRecord {
            state: state.write()?,
            updated_at: self.cx.now,
            ..record
        })?;
        reply.write(true)
    }

    /// The first message of a session. What an earlier one had sent without an answer is settled (X4).
    fn begin(mut self, before: Option<(SessionRecord, State)>) -> Result<String, StoreError> {
        deliver::session_lost(self.tx, self.cx, self.device.id)?;
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
    fn in_order(mut self, mut state: State) -> Result<String, StoreError> {
        state.authenticated |= self.code == transom_syncml::code::AUTHENTICATED;
        state.messages = state.messages.saturating_add(1);
        state.reply_id = state.reply_id.saturating_add(1);
        let message = &self.incoming.message;
        let mut received = receive(&mut state, message, About::Current, true);
        let is_last = state.messages >= SESSION_MESSAGES_MAX;
        if received.aborted || is_last || (message.is_final && !received.asks_for_more && !received.heartbeat) {
            // The PC has said all it has to say about what it was given: what is unanswered stays so.
            let lost = state.sent.give_up(None);
            received.events.extend(lost.into_iter().map(Event::Lost));
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
        } else if send(self.tx, self.cx, self.settings, &self.device, &mut state, &mut reply)?
            || state.sent.outstanding().next().is_some()
        {
            Stand::Open
        } else {
            Stand::Complete
        };
        match stand {
            Stand::Complete => check_in::completed(self.tx, self.cx, &mut self.device)?,
            Stand::Left => check_in::unenrolled(self.tx, self.cx, &mut self.device)?,
            Stand::Open | Stand::Waiting | Stand::Listening | Stand::BrokenOff => {}
        }
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

    fn apply(&mut self, state: &mut State, about: About, events: Vec<Event>) -> Result<bool, StoreError> {
        apply(
            self.tx,
            self.cx,
            &mut self.enrollment,
            &mut self.device,
            state,
            about,
            events,
        )
    }
}

fn add_statuses(reply: &mut Reply, received: &Received<'_>) {
    for (command, code) in &received.statuses {
        reply.status(command, *code);
    }
}
