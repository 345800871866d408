//! Whether a message can be answered without writing: most are, because most PCs have nothing to do.

use crate::{
    authenticate,
    receive::{dev_info, dev_info_hash, is_harmless},
    reply,
    settings::{Incoming, Peer, SessionSettings},
};
use transom_domain::{
    DeviceId, Timestamp,
    device::DeviceState,
    enrollment::{EnrollmentState, check_in::CheckIn},
    ports::{Enrollments, StoreError},
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
    /// It needs [`crate::exchange`].
    Work,
}

/// Looks whether a message is an idle check-in (decision 9): at most one look into the store, by the certificate.
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
    view: &mut (impl Enrollments + ?Sized),
    now: Timestamp,
    settings: &SessionSettings,
    peer: &Peer,
    incoming: &Incoming,
) -> Result<Plan, StoreError> {
    let message = &incoming.message;
    let Some(fingerprint) = &peer.fingerprint else {
        return Ok(Plan::Work);
    };
    if authenticate::is_wanted(settings.md5, true) || message.header.msg_id != 1 || !message.is_final {
        return Ok(Plan::Work);
    }
    let Some(said) = said(message) else {
        return Ok(Plan::Work);
    };
    let Some(row) = view.check_in(fingerprint, now)? else {
        return Ok(Plan::Work);
    };
    if !is_settled(&row, now) || !fits(&row, message, said) {
        return Ok(Plan::Work);
    }
    Ok(Plan::Idle {
        device: row.device,
        reply: reply::uniform(message, settings, code::OK, None)?,
    })
}

/// Whether nothing is to be done for the PC.
fn is_settled(row: &CheckIn, now: Timestamp) -> bool {
    row.state == EnrollmentState::Active
        && matches!(row.device_state, DeviceState::Active | DeviceState::DeleteRequested)
        && now < row.not_after
        && row.configured
        && !row.refresh_needed
        && !row.has_commands
}

/// Whether the message is the first of a new session, from the right PC, with nothing new in it.
fn fits(row: &CheckIn, message: &Message, said: Option<String>) -> bool {
    row.win_id == message.header.source
        && row
            .session
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
