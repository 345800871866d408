//! Whether a message can be answered without writing: most are, because most PCs have nothing to do, and nobody who is
//! not enrolled may make the store write.

use crate::{
    authenticate,
    exchange::{Answer, unproven},
    identify::{Refusal, has_left, named, objection},
    receive::{dev_info, dev_info_hash, is_harmless},
    reply,
    session::{Course, State, course},
    settings::{Incoming, Md5Policy, Peer, SessionSettings},
};
use transom_domain::{
    DeviceId, EnrollmentId, Timestamp,
    device::{DeviceState, state},
    enrollment::{EnrollmentState, check_in::CheckIn},
    ports::{Enrollments, Sessions, StoreError},
};
use transom_syncml::{Command, Message, Verb, code};

/// What is to be done about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Nothing: the PC has nothing to say, and there is nothing for it.
    Idle {
        /// The device, whose contact is to be noted some time soon.
        device: DeviceId,
        /// What it is answered.
        reply: String,
    },
    /// It has its answer: a stranger is asked for credentials, or a PC that has left gets its last answer again.
    Answered {
        /// What it is answered.
        reply: String,
    },
    /// It is refused, and nothing about that is to be recorded.
    Refused {
        /// What the PC is told: a 4xx for everything.
        reply: String,
        /// Why.
        reason: Refusal,
    },
    /// It needs [`crate::exchange`].
    Work,
}

impl From<Answer> for Plan {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Reply(reply) => Plan::Answered { reply },
            Answer::Refused { reply, reason } => Plan::Refused { reply, reason },
        }
    }
}

/// Looks whether a message can be answered without writing: an idle check-in (decision 9), a stranger, a refusal that
/// changes nothing. One look into the store, by the certificate; a PC that has left may cost a second one.
///
/// ```
/// # use transom_omadm::{plan, Incoming, Peer, Plan, SessionSettings};
/// # use transom_domain::{ports::{Store, StoreError}, Timestamp};
/// # async fn check_in(
/// #     store: &dyn Store, now: Timestamp, settings: SessionSettings, peer: Peer, incoming: Incoming,
/// # ) -> Result<Plan, StoreError> {
/// store.read(move |view| plan(view, now, &settings, &peer, &incoming)).await
/// # }
/// ```
///
/// # Errors
/// When the store fails.
pub fn plan(
    view: &mut (impl Enrollments + Sessions + ?Sized),
    now: Timestamp,
    settings: &SessionSettings,
    peer: &Peer,
    incoming: &Incoming,
) -> Result<Plan, StoreError> {
    let message = &incoming.message;
    let Some(fingerprint) = &peer.fingerprint else {
        return stranger(view, now, settings, incoming, Refusal::NoCertificate);
    };
    let Some(row) = view.check_in(fingerprint, now)? else {
        return stranger(view, now, settings, incoming, Refusal::UnknownCertificate);
    };
    let objection = objection(
        row.state,
        row.not_after,
        &row.win_id,
        row.device_state,
        now,
        &message.header,
    );
    if let Some(reason) = objection {
        return refused(view, settings, incoming, &row, reason);
    }
    if authenticate::is_wanted(settings.md5, true) || message.header.msg_id != 1 || !message.is_final {
        return Ok(Plan::Work);
    }
    let Some(said) = said(message) else {
        return Ok(Plan::Work);
    };
    if !is_settled(&row) || !fits(&row, message, said) {
        return Ok(Plan::Work);
    }
    Ok(Plan::Idle {
        device: row.device,
        reply: reply::uniform(message, settings, code::OK, None)?,
    })
}

/// Somebody without a certificate of ours. Only who names the credentials of a PC, where these may stand alone, is
/// listened to further.
fn stranger(
    view: &mut (impl Enrollments + ?Sized),
    now: Timestamp,
    settings: &SessionSettings,
    incoming: &Incoming,
    reason: Refusal,
) -> Result<Plan, StoreError> {
    if settings.md5 != Md5Policy::Alone {
        let reply = reply::uniform(&incoming.message, settings, reason.code(), None)?;
        return Ok(Plan::Refused { reply, reason });
    }
    let header = &incoming.message.header;
    if named(view, header)?.is_some() {
        return Ok(Plan::Work);
    }
    Ok(unproven(settings, incoming, authenticate::anonymous(settings, header, now))?.into())
}

/// A refusal, unless it is the first of its kind and changes the state of the device.
fn refused(
    view: &mut (impl Sessions + ?Sized),
    settings: &SessionSettings,
    incoming: &Incoming,
    row: &CheckIn,
    reason: Refusal,
) -> Result<Plan, StoreError> {
    let event = reason.event().filter(|_| row.state == EnrollmentState::Active);
    if event.is_some_and(|event| state::next(row.device_state, event).is_some()) {
        return Ok(Plan::Work);
    }
    let header = &incoming.message.header;
    let is_last_session = row.session.as_ref() == Some(&(header.session_id.clone(), false));
    if is_last_session
        && has_left(reason, &row.win_id, header)
        && let Some(reply) = last_answer(view, row.enrollment, incoming)?
    {
        return Ok(Plan::Answered { reply });
    }
    let reply = reply::uniform(&incoming.message, settings, reason.code(), None)?;
    Ok(Plan::Refused { reply, reason })
}

/// The stored answer to the last message of a session that is over, if that is what has come again. It holds no command.
pub(crate) fn last_answer(
    view: &mut (impl Sessions + ?Sized),
    enrollment: EnrollmentId,
    incoming: &Incoming,
) -> Result<Option<String>, StoreError> {
    let Some(record) = view.session(enrollment)?.filter(|record| !record.open) else {
        return Ok(None);
    };
    let state = State::read(&record)?;
    let place = course(Some((&record, &state)), incoming, false);
    Ok((place == Course::Repeated).then_some(record.reply))
}

/// Whether nothing is to be done for the PC.
fn is_settled(row: &CheckIn) -> bool {
    row.state == EnrollmentState::Active
        && matches!(row.device_state, DeviceState::Active | DeviceState::DeleteRequested)
        && row.configured
        && !row.refresh_needed
        && !row.has_commands
}

/// Whether the message is the first of a new session, with nothing new in it.
fn fits(row: &CheckIn, message: &Message, said: Option<String>) -> bool {
    row.session
        .as_ref()
        .is_none_or(|(id, open)| !open && *id != message.header.session_id)
        && said.is_none_or(|hash| row.dev_info_hash.as_ref() == Some(&hash))
}

/// The hash of what the PC says of itself, if it does and says nothing else; nothing if it says more.
fn said(message: &Message) -> Option<Option<String>> {
    let mut hash = None;
    for command in &message.body {
        if command.cmd_id().is_none_or(str::is_empty) {
            return None;
        }
        match command {
            Command::Alert(alert) if is_harmless(alert) => {}
            Command::Request(request)
                if request.verb == Verb::Replace
                    && hash.is_none()
                    && !request.items.is_empty()
                    && request.items.iter().all(|item| !item.more_data) =>
            {
                let values = dev_info(&request.items);
                hash = Some(dev_info_hash(&values));
            }
            _ => return None,
        }
    }
    Some(hash)
}
