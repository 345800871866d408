//! What a server may not do: every message of a session is held to the rules of docs/PROTOCOL.md.

mod raw;
mod statuses;
mod structure;

use transom_syncml::{Command, DecodeError, Message, content_type};

use crate::session::Received;

/// A rule that the server broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// In which of the server's messages of the session, from 1.
    pub message: u32,
    /// Which rule.
    pub rule: Rule,
    /// What was seen.
    pub detail: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "message {}: {:?}: {}", self.message, self.rule, self.detail)
    }
}

/// The rules that a server is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// `Content-Type` is that of the request (docs/PROTOCOL.md, 12).
    ContentType,
    /// `Content-Length` is there and right (docs/PROTOCOL.md, 12).
    ContentLength,
    /// A session ends with a message, not with nothing (docs/PROTOCOL.md, 14).
    EmptyBody,
    /// The body is SyncML.
    Unreadable,
    /// The root is in the namespace of SyncML 1.2 (docs/PROTOCOL.md, 12).
    Namespace,
    /// UTF-8 without a byte-order mark (docs/PROTOCOL.md, 16).
    Encoding,
    /// `Format`, `Type` and the like are in `syncml:metinf` (docs/PROTOCOL.md, 16).
    MetaNamespace,
    /// `VerDTD` is 1.2 and `VerProto` is DM/1.2 (docs/PROTOCOL.md, 12).
    Version,
    /// The PC's `SessionID` comes back (docs/PROTOCOL.md, 12).
    SessionId,
    /// `MsgID` goes up by one, or is the PC's (docs/PROTOCOL.md, 12).
    MsgId,
    /// `Target` is the PC (docs/PROTOCOL.md, 12).
    Target,
    /// `Source` is the address of the account (docs/PROTOCOL.md, 12).
    Source,
    /// No `MaxMsgSize` and no `MaxObjSize` (docs/PROTOCOL.md, 17).
    MaxMsgSize,
    /// The Status for the header stands first (docs/PROTOCOL.md, 14).
    HeaderStatus,
    /// Every command of the PC has its Status (docs/PROTOCOL.md, 14).
    MissingStatus,
    /// No Status for something that the PC did not send, and none twice.
    ExtraStatus,
    /// The statuses stand in the order of the commands (docs/PROTOCOL.md, 14).
    StatusOrder,
    /// `MsgRef` and `Cmd` of a Status are those of the command (docs/PROTOCOL.md, 14).
    StatusReference,
    /// The code of a Status is one that its command may have.
    StatusCode,
    /// A challenged message has the same code everywhere and brings no commands (docs/PROTOCOL.md, 13).
    Challenge,
    /// `CmdID`s are there, not `0`, and each once, members of groups included (docs/PROTOCOL.md, 12).
    CmdId,
    /// LocURIs of commands start with `./` (docs/PROTOCOL.md, 16).
    LocUri,
    /// Commands that a server sends, where it may send them (docs/PROTOCOL.md, 16).
    Command,
    /// `Final` ends the message of a server that does not split (docs/PROTOCOL.md, 14).
    Final,
    /// A package of the PC that is not finished is asked for with alert 1222 (docs/PROTOCOL.md, 14).
    NextMessage,
    /// A message that came twice is answered alike both times (docs/PROTOCOL.md, 14).
    Repetition,
}

/// What the PC sent last, as far as its answer is judged by it.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    msg_id: u32,
    is_final: bool,
    commands: Vec<Expected>,
}

/// A command of the PC.
#[derive(Debug, Clone)]
struct Expected {
    cmd_id: String,
    name: String,
    /// Results need no Status towards Windows (docs/PROTOCOL.md, 14), except where a large object goes on.
    needs_status: bool,
    is_chunk: bool,
}

impl Sent {
    pub(crate) fn of(message: &Message) -> Self {
        let commands = message.body.iter().filter_map(|command| match command {
            Command::Status(_) => None,
            Command::Results(results) => {
                let is_chunk = results.items.iter().any(|item| item.more_data);
                Some(Expected {
                    cmd_id: results.cmd_id.clone(),
                    name: "Results".to_owned(),
                    needs_status: is_chunk,
                    is_chunk,
                })
            }
            other => Some(Expected {
                cmd_id: other.cmd_id().unwrap_or_default().to_owned(),
                name: other.name().to_owned(),
                needs_status: true,
                is_chunk: false,
            }),
        });
        Self {
            msg_id: message.header.msg_id,
            is_final: message.is_final,
            commands: commands.collect(),
        }
    }
}

/// Holds one session's server to the rules.
#[derive(Debug)]
pub(crate) struct Checker {
    session_id: String,
    address: String,
    device_id: String,
    /// The server's messages so far.
    messages: u32,
    last_msg_id: u32,
    sent: Option<Sent>,
    violations: Vec<Violation>,
}

impl Checker {
    pub(crate) fn new(session_id: &str, address: &str, device_id: &str) -> Self {
        Self {
            session_id: session_id.to_owned(),
            address: address.to_owned(),
            device_id: device_id.to_owned(),
            messages: 0,
            last_msg_id: 0,
            sent: None,
            violations: Vec::new(),
        }
    }

    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Notes what the PC sends.
    pub(crate) fn sent(&mut self, sent: Sent) {
        self.sent = Some(sent);
    }

    pub(crate) fn empty(&mut self) {
        self.messages += 1;
        self.report(Rule::EmptyBody, "a 200 without a body");
    }

    pub(crate) fn unreadable(&mut self, error: &DecodeError) {
        self.messages += 1;
        self.report(Rule::Unreadable, error.to_string());
    }

    pub(crate) fn repeated(&mut self, first: &[u8], second: &[u8]) {
        if first != second {
            let detail = format!("{} bytes at first, {} other bytes then", first.len(), second.len());
            self.report(Rule::Repetition, detail);
        }
    }

    /// Judges one message.
    pub(crate) fn message(&mut self, received: &Received<'_>, message: &Message) {
        self.messages += 1;
        self.transport(received);
        for (rule, detail) in raw::check(received.body) {
            self.report(rule, detail);
        }
        self.header(message);
        for (rule, detail) in structure::check(message) {
            self.report(rule, detail);
        }
        let sent = self.sent.take();
        if let Some(sent) = &sent {
            for (rule, detail) in statuses::check(sent, message) {
                self.report(rule, detail);
            }
        }
        let sent_final = sent.as_ref().is_none_or(|sent| sent.is_final);
        if sent_final && !message.is_final {
            self.report(Rule::Final, "the message does not end its package");
        }
    }

    fn transport(&mut self, received: &Received<'_>) {
        match received.content_type {
            Some(value) if content_type::is_xml(value) => {}
            Some(value) => self.report(Rule::ContentType, format!("it is {value:?}")),
            None => self.report(Rule::ContentType, "there is none"),
        }
        match received.content_length {
            Some(length) if length == received.body.len() => {}
            Some(length) => self.report(
                Rule::ContentLength,
                format!("it says {length}, the body has {}", received.body.len()),
            ),
            None => self.report(Rule::ContentLength, "there is none"),
        }
    }

    fn header(&mut self, message: &Message) {
        let header = &message.header;
        if header.session_id != self.session_id {
            self.report(
                Rule::SessionId,
                format!("{:?} instead of {:?}", header.session_id, self.session_id),
            );
        }
        // Each side counts its own, and servers that echo the client's work too (docs/PROTOCOL.md, 12).
        let echoed = self.sent.as_ref().map(|sent| sent.msg_id);
        if header.msg_id != self.last_msg_id + 1 && Some(header.msg_id) != echoed {
            self.report(Rule::MsgId, format!("{} after {}", header.msg_id, self.last_msg_id));
        }
        self.last_msg_id = header.msg_id;
        if header.target != self.device_id {
            self.report(Rule::Target, format!("it is {:?}", header.target));
        }
        if header.source != self.address {
            self.report(Rule::Source, format!("it is {:?}", header.source));
        }
        if header.meta.max_msg_size.is_some() || header.meta.max_obj_size.is_some() {
            self.report(Rule::MaxMsgSize, "the header announces a size");
        }
    }

    fn report(&mut self, rule: Rule, detail: impl Into<String>) {
        self.violations.push(Violation {
            message: self.messages,
            rule,
            detail: detail.into(),
        });
    }
}

/// What a check found.
type Findings = Vec<(Rule, String)>;

#[cfg(test)]
mod tests;
