//! One POST as one unit of work: everything that a message causes, and its reply, or nothing at all.

mod turn;

use crate::{
    authenticate::{self, Proof, authenticate},
    identify::{Refusal, Sender, identify},
    plan::last_answer,
    queue::Queue,
    receive::{About, says_farewell},
    reply,
    session::{Course, State, course},
    settings::{Incoming, Peer, SessionSettings},
};
use transom_domain::{
    Context, EnrollmentId,
    automation_rule::settle::{self, RuleStore},
    command::sensitive::is_unenrolment,
    device::Device,
    enrollment::{Enrollment, EnrollmentState, check_in},
    enrollment_template::placement::PlacementStore,
    ports::{CommandsMut, SessionsMut, SoftwareMut, StoreError},
    session::SessionRecord,
};
use transom_syncml::code;
use turn::Turn;

/// Most messages of one session: a whole queue, one command in each message, fits in two sessions; a PC that never stops
/// would keep the server busy for ever.
pub const SESSION_MESSAGES_MAX: u32 = 500;

/// What the session machine needs of a store. Every [`transom_domain::ports::Tx`] is one.
pub trait SessionStore: PlacementStore + SessionsMut + CommandsMut + SoftwareMut + RuleStore {}

impl<T: PlacementStore + SessionsMut + CommandsMut + SoftwareMut + RuleStore + ?Sized> SessionStore for T {}

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
        // A PC that leaves says so in a session of one message without credentials, and is gone (docs/PROTOCOL.md, 9).
        // Its certificate proves who it is, and its farewell is all that is taken of the message.
        if by_certificate && enrollment.state == EnrollmentState::Active && says_farewell(&incoming.message) {
            return farewell(tx, cx, settings, incoming, &enrollment, device);
        }
        return unproven(settings, incoming, proof);
    };
    let before = device.clone();
    check_in::activate(tx, cx, &mut enrollment, &mut device)?;
    let place = course(stored, incoming, proven);
    let queue = Queue::new(device.id);
    let turn = Turn {
        tx,
        cx,
        settings,
        incoming,
        enrollment,
        before,
        device,
        queue,
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

/// The answer to a PC that leaves without having brought the digest that is wanted besides its certificate.
fn farewell(
    tx: &mut (impl SessionStore + ?Sized),
    cx: &mut Context,
    settings: &SessionSettings,
    incoming: &Incoming,
    enrollment: &Enrollment,
    mut device: Device,
) -> Result<Answer, StoreError> {
    let before = device.clone();
    let mut queue = Queue::new(device.id);
    leave(tx, cx, &mut queue, &mut device)?;
    settle::changed(tx, cx, &before, &device)?;
    let reply = reply::uniform(&incoming.message, settings, code::OK, None)?;
    let header = &incoming.message.header;
    let state = State {
        first: hex::encode(incoming.body_hash),
        ..State::default()
    };
    tx.save_session(&SessionRecord {
        enrollment: enrollment.id,
        session_id: header.session_id.clone(),
        msg_id: header.msg_id,
        body_hash: incoming.body_hash,
        reply: reply.clone(),
        open: false,
        state: state.write()?,
        updated_at: cx.now,
    })?;
    Ok(Answer::Reply(reply))
}

/// The PC leaves, by its user or by our order: Windows sends no Status for that order, it obeys.
fn leave(
    tx: &mut (impl SessionStore + ?Sized),
    cx: &mut Context,
    queue: &mut Queue,
    device: &mut Device,
) -> Result<(), StoreError> {
    let mut by_order = false;
    for command in queue.open(tx)? {
        if is_unenrolment(&command.config) {
            by_order |= command.obeyed(cx.now);
        }
    }
    queue.write(tx)?;
    if by_order {
        check_in::retired(tx, cx, device)?;
    }
    check_in::unenrolled(tx, cx, device)
}

/// The answer to a message that is not processed for want of credentials.
pub(crate) fn unproven(settings: &SessionSettings, incoming: &Incoming, proof: Proof) -> Result<Answer, StoreError> {
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
    if let Some(id) = enrollment
        && let Some(reply) = last_answer(tx, id, incoming)?
    {
        return Ok(Answer::Reply(reply));
    }
    let reply = reply::uniform(&incoming.message, settings, reason.code(), None)?;
    Ok(Answer::Refused { reply, reason })
}
