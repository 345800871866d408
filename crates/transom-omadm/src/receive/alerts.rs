//! Alerts (docs/PROTOCOL.md, 15).

use super::{Event, Reader};
use crate::send::Scope;
use transom_syncml::{
    Alert, Command, Item, Message,
    alert::{self, kind},
    code,
};

/// Types of an event that say nothing which must be kept.
const HARMLESS: [&str; 6] = [
    kind::LOGIN_STATUS,
    kind::ENTRA_USER_TOKEN,
    kind::SYNC_TYPE,
    kind::DEVICE_PREPARATION,
    kind::BOOTSTRAP,
    kind::OFFLINE_DOMAIN_JOIN,
];

/// Types that tell how work ended which the PC had accepted.
const COMPLETIONS: [&str; 4] = [
    kind::MSI_INSTALL,
    kind::HOSTED_APP_INSTALL,
    kind::STORE_APP_INSTALL,
    kind::APP_UNINSTALL,
];

/// Whether an alert changes nothing that is stored: it may be answered without a write.
pub(crate) fn is_harmless(alert: &Alert) -> bool {
    match alert.code {
        alert::SERVER_INITIATED | alert::CLIENT_INITIATED => true,
        alert::CLIENT_EVENT => {
            !alert.items.is_empty()
                && alert
                    .items
                    .iter()
                    .all(|item| HARMLESS.iter().any(|known| is_kind(item, known)))
        }
        _ => false,
    }
}

/// Whether a message says that the PC leaves.
pub(crate) fn says_farewell(message: &Message) -> bool {
    message.body.iter().any(|command| match command {
        Command::Alert(alert) => {
            !alert.cmd_id.is_empty()
                && matches!(alert.code, alert::CLIENT_EVENT | alert::GENERIC)
                && alert.items.iter().any(|item| is_kind(item, kind::UNENROLMENT))
        }
        _ => false,
    })
}

/// Whether an item is of a type; PCs write blanks around it.
fn is_kind(item: &Item, known: &str) -> bool {
    item.meta
        .type_
        .as_deref()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(known))
}

impl Reader<'_, '_> {
    /// Takes an alert in and answers its code. Unknown types are fine; an unknown alert is not supported.
    pub(super) fn alert(&mut self, alert: &Alert) -> u32 {
        match alert.code {
            alert::SERVER_INITIATED | alert::CLIENT_INITIATED | alert::NO_END_OF_DATA => code::OK,
            alert::NEXT_MESSAGE => {
                self.received.asks_for_more = true;
                code::OK
            }
            alert::SESSION_ABORT => {
                self.received.aborted = true;
                code::OK
            }
            alert::CLIENT_EVENT | alert::GENERIC => {
                for item in &alert.items {
                    self.event(item);
                }
                code::OK
            }
            0 => code::BAD_REQUEST,
            _ => code::NOT_SUPPORTED,
        }
    }

    /// One typed event.
    fn event(&mut self, item: &Item) {
        let data = item.data.as_deref().unwrap_or_default().trim();
        if is_kind(item, kind::UNENROLMENT) {
            self.received.unenrolled = true;
        } else if is_kind(item, kind::REQUEST_PENDING) {
            self.received.heartbeat = true;
        } else if COMPLETIONS.iter().any(|known| is_kind(item, known)) {
            if let (Some(uri), Ok(hresult)) = (item.uri(), data.parse()) {
                let uri = uri.to_owned();
                self.received.events.push(Event::Completed { uri, hresult });
            }
        } else if !self.in_order {
            // The session's own facts are not changed by what comes late.
        } else if is_kind(item, kind::LOGIN_STATUS) {
            self.state.user_signed_in = data.eq_ignore_ascii_case(alert::LOGIN_USER);
        } else if is_kind(item, kind::SYNC_TYPE) {
            self.state.scope = match data {
                "user" => Scope::User,
                "device" => Scope::Device,
                _ => Scope::Mixed,
            };
        }
    }
}
