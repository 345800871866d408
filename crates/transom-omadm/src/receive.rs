//! Reading one message: what it says becomes events, and every command gets its code, in document order.
//!
//! Pure: [`receive`] changes the session's state and nothing else; [`crate::apply`] carries the events out.

mod alerts;
mod found;
mod results;

use crate::session::{SentMap, State, What};
use sha2::{Digest, Sha256};
use transom_domain::{command::Answer, device::REPORTED_VALUE_BYTES_MAX};
use transom_syncml::{Command, Group, GroupKind, Item, Message, Request, Verb, code};

use crate::large_object::{Key, Taken, take};

pub(crate) use alerts::{is_harmless, says_farewell};
pub(crate) use found::Found;

/// Most items of a package 1 that are kept: Windows sends five to ten.
pub const DEV_INFO_ITEMS_MAX: usize = 100;

/// Longest LocURI that is kept of what a PC reports, in bytes: the longest of Windows' own have a few hundred.
pub const URI_BYTES_MAX: usize = 1_000;

/// Something that a message says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// A command was answered.
    Answered {
        /// Which.
        what: What,
        /// How.
        answer: Answer,
    },
    /// A value was found.
    Found {
        /// By which command.
        what: What,
        /// The value.
        value: Found,
    },
    /// What the PC says of itself.
    DevInfo {
        /// SHA-256 of it in hexadecimal; none when it came in parts.
        hash: Option<String>,
        /// LocURI and value.
        values: Vec<(String, String)>,
    },
    /// Work that was accepted earlier has ended.
    Completed {
        /// The node that was run.
        uri: String,
        /// 0 is success.
        hresult: i64,
    },
    /// A command of ours was lost: the PC could not use the message it was in.
    Lost(What),
}

/// What a message says and what it gets.
#[derive(Debug, Default)]
pub(crate) struct Received<'m> {
    /// Each command that gets a Status, with its code, in document order.
    pub(crate) statuses: Vec<(&'m Command, u32)>,
    /// What happened, in document order.
    pub(crate) events: Vec<Event>,
    /// Alert 1223: the PC ends the session.
    pub(crate) aborted: bool,
    /// Alert 1226: the PC leaves.
    pub(crate) unenrolled: bool,
    /// Alert 1222: the PC wants the next message, so what is unanswered is not lost.
    pub(crate) asks_for_more: bool,
    /// The PC is still at work on what it was given.
    pub(crate) heartbeat: bool,
    /// A large object was left without its end.
    pub(crate) object_lost: bool,
}

/// Which session's commands the answers are about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// The one that goes on.
    Current,
    /// The one before.
    Superseded,
}

/// Reads a message. `in_order` tells that it is the first or next one of its session: only then parts of a large object
/// are put together and the session's own facts change.
pub(crate) fn receive<'m>(state: &mut State, message: &'m Message, about: About, in_order: bool) -> Received<'m> {
    let mut reader = Reader {
        state,
        about,
        in_order,
        received: Received::default(),
    };
    for command in &message.body {
        reader.command(command);
    }
    if message.is_final && in_order && reader.state.partial.take().is_some() {
        reader.received.object_lost = true;
    }
    reader.received
}

/// SHA-256 over the sorted items of a package 1, in hexadecimal.
pub(crate) fn dev_info_hash(values: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = values.iter().collect();
    sorted.sort();
    let mut hash = Sha256::new();
    for (uri, value) in sorted {
        for part in [uri, value] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hex::encode(hash.finalize())
}

/// LocURI and value of the items that are kept.
pub(crate) fn dev_info<'a>(items: impl IntoIterator<Item = &'a Item>) -> Vec<(String, String)> {
    items
        .into_iter()
        .filter_map(|item| {
            let uri = item.uri().filter(|uri| is_kept(uri))?;
            Some((uri.to_owned(), cut(item.data.as_deref().unwrap_or_default()).to_owned()))
        })
        .take(DEV_INFO_ITEMS_MAX)
        .collect()
}

/// Whether a LocURI goes into a PC's record. What is read with a query (`?prop=`, `?list=`) is not the node's value.
pub(crate) fn is_kept(uri: &str) -> bool {
    uri.starts_with("./") && uri.len() <= URI_BYTES_MAX && !uri.contains('?')
}

/// As much of a value as a record keeps.
fn cut(value: &str) -> &str {
    &value[..value.floor_char_boundary(REPORTED_VALUE_BYTES_MAX)]
}

struct Reader<'s, 'm> {
    state: &'s mut State,
    about: About,
    in_order: bool,
    received: Received<'m>,
}

impl<'m> Reader<'_, 'm> {
    fn command(&mut self, command: &'m Command) {
        let code = match command {
            Command::Status(status) => return self.answer(status),
            Command::Results(results) => match self.results(results) {
                Some(code) => code,
                None => return,
            },
            _ if command.cmd_id().is_none_or(str::is_empty) => {
                self.received.statuses.push((command, code::BAD_REQUEST));
                return self.members_not_executed(command);
            }
            Command::Alert(alert) => self.alert(alert),
            Command::Request(request) => self.request(request),
            Command::Group(group) => return self.group(command, group),
            Command::Unknown(_) => code::BAD_REQUEST,
        };
        self.received.statuses.push((command, code));
    }

    /// `Sequence` is carried out; `Atomic` is not, because nothing here could be rolled back.
    fn group(&mut self, command: &'m Command, group: &'m Group) {
        match group.kind {
            GroupKind::Sequence => {
                self.received.statuses.push((command, code::OK));
                for member in &group.members {
                    self.command(member);
                }
            }
            GroupKind::Atomic => {
                self.received.statuses.push((command, code::NOT_SUPPORTED));
                self.members_not_executed(command);
            }
        }
    }

    fn not_executed(&mut self, command: &'m Command) {
        if !matches!(command, Command::Status(_) | Command::Results(_)) {
            self.received.statuses.push((command, code::NOT_EXECUTED));
        }
        self.members_not_executed(command);
    }

    fn members_not_executed(&mut self, command: &'m Command) {
        if let Command::Group(group) = command {
            for member in &group.members {
                self.not_executed(member);
            }
        }
    }

    /// A PC only ever says what it is (Replace); the server has no tree of its own.
    fn request(&mut self, request: &'m Request) -> u32 {
        if request.verb != Verb::Replace {
            return code::NOT_ALLOWED;
        }
        let mut whole: Vec<Item> = Vec::new();
        let mut in_parts = false;
        let mut code = code::OK;
        for item in &request.items {
            let key = Key {
                msg_ref: 0,
                cmd_ref: String::new(),
                uri: item.uri().unwrap_or_default().to_owned(),
            };
            match self.take(key, &request.meta, item) {
                Taken::Whole => whole.push(item.clone()),
                Taken::Complete(item, _) => {
                    in_parts = true;
                    whole.push(item);
                }
                Taken::Part => {
                    in_parts = true;
                    code = code::CHUNK_ACCEPTED;
                }
                Taken::Refused(refused) => {
                    in_parts = true;
                    code = refused;
                }
            }
        }
        let values = dev_info(&whole);
        if !values.is_empty() {
            let hash = (!in_parts).then(|| dev_info_hash(&values));
            self.received.events.push(Event::DevInfo { hash, values });
        }
        code
    }

    /// Takes an item in that may be a part. Out of order, parts cannot be put together: they are passed over.
    fn take(&mut self, key: Key, meta: &transom_syncml::Meta, item: &Item) -> Taken {
        if !self.in_order {
            return if item.more_data { Taken::Part } else { Taken::Whole };
        }
        let (taken, lost) = take(&mut self.state.partial, key, meta, item);
        self.received.object_lost |= lost;
        taken
    }

    /// The map that the answers are about.
    fn sent(&mut self) -> Option<&mut SentMap> {
        match self.about {
            About::Current => Some(&mut self.state.sent),
            About::Superseded => self.state.superseded.as_mut().map(|s| &mut s.sent),
        }
    }
}

#[cfg(test)]
mod tests;
