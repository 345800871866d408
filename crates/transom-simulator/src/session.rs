//! One management session of a PC, without its network: what the server sent goes in, what the PC sends comes out.

mod execute;
mod outbox;
mod package1;
mod report;

use transom_syncml::{Command, Credentials, Header, Limits, Message, Status, alert, auth, code, decode};

use crate::check::{Checker, Sent, Violation};
use crate::faults::Faults;
use crate::machine::Machine;
use execute::Executor;
use outbox::Outbox;
pub use report::{End, Executed};

/// Messages of one session before the PC takes the server for broken: the longest real sessions, of thousands of
/// commands at a hundred in each message, stay far below.
pub const MAX_MESSAGES: u32 = 1000;

/// Digests that the PC sends before it gives up: servers stop after two or three (docs/PROTOCOL.md, 13).
const MAX_DIGESTS: u32 = 4;

/// Longest message of the server that the PC reads, in bytes: twice what the codec takes by default, so that a
/// server which is only a little too generous is still read and judged.
const MAX_SERVER_MESSAGE_BYTES: usize = 2 * transom_syncml::MAX_MESSAGE_BYTES;

/// A message of the PC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its place in the session, from 1; what [`Faults`] count by.
    pub number: u32,
    /// The HTTP body.
    pub body: Vec<u8>,
}

/// What the server answered, as HTTP.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// The status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Content-Length`.
    pub content_length: Option<usize>,
    /// The body.
    pub body: &'a [u8],
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this and come back with the answer.
    Send(Outgoing),
    /// The session is over.
    Done(End),
}

/// A session from its first to its last message.
#[derive(Debug)]
pub struct PcSession {
    id: String,
    address: String,
    device_id: String,
    faults: Faults,
    sync_version: u32,
    package1: Vec<Command>,
    alerts_told: usize,
    /// Whether this is the session that says good-bye.
    tells_leaving: bool,
    /// The number of the last message sent.
    number: u32,
    msg_id: u32,
    digest: Digest,
    outbox: Outbox,
    garbage_sent: bool,
    abort_sent: bool,
    opened: bool,
    checker: Checker,
    executed: Vec<Executed>,
    end: Option<End>,
}

/// Where the authentication inside SyncML stands.
#[derive(Debug)]
struct Digest {
    /// `None` when the PC has no account name.
    account: Option<(String, transom_mde::Secret)>,
    nonce: Vec<u8>,
    /// Whether messages carry a digest.
    sending: bool,
    sent: u32,
}

impl PcSession {
    /// Opens a session of an enrolled PC; `None` if it is not enrolled. [`PcSession::first`] has the first message.
    #[must_use]
    pub fn open(machine: &mut Machine, faults: &Faults) -> Option<Self> {
        let account = machine.account()?.clone();
        let id = machine.next_session_id();
        let sync_version = machine.sync_version();
        let device_id = faults
            .device_id
            .clone()
            .unwrap_or_else(|| machine.identity().device_id.clone());
        let digest = Digest {
            account: machine
                .digest_account()
                .map(|(name, secret)| (name, transom_mde::Secret::new(secret))),
            nonce: account.client_nonce.clone(),
            sending: false,
            sent: 0,
        };
        Some(Self {
            checker: Checker::new(&id, &account.address, &device_id),
            package1: package1::commands(machine, faults.huge_bytes),
            alerts_told: machine.pending().len(),
            tells_leaving: machine.is_leaving(),
            outbox: Outbox::new(faults.chunk_bytes),
            id,
            address: account.address,
            device_id,
            faults: faults.clone(),
            sync_version,
            number: 0,
            msg_id: 0,
            digest,
            garbage_sent: false,
            abort_sent: false,
            opened: false,
            executed: Vec::new(),
            end: None,
        })
    }

    /// `SessionID`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the PC did so far.
    #[must_use]
    pub fn executed(&self) -> &[Executed] {
        &self.executed
    }

    /// What the server did wrong so far.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        self.checker.violations()
    }

    /// How the session ended, once it has.
    #[must_use]
    pub const fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// How many messages were made.
    #[must_use]
    pub const fn messages(&self) -> u32 {
        self.number
    }

    /// The first message: package 1 without credentials, as Windows always starts.
    pub fn first(&mut self) -> Outgoing {
        let body = self.package1.clone();
        self.send(body, true)
    }

    /// Takes the server's answer to the last message.
    pub fn receive(&mut self, machine: &mut Machine, received: &Received<'_>) -> Step {
        let step = self.answer(machine, received);
        if let Step::Done(end) = &step {
            self.end = Some(end.clone());
            machine.after_session(self.tells_leaving);
        }
        step
    }

    /// Compares the answers to a message that was sent twice: a server has to repeat itself, because it may not carry
    /// anything out twice (docs/PROTOCOL.md, 14).
    pub fn compare_repeated(&mut self, first: &[u8], second: &[u8]) {
        self.checker.repeated(first, second);
    }

    fn answer(&mut self, machine: &mut Machine, received: &Received<'_>) -> Step {
        if self.garbage_sent {
            return Step::Done(End::AfterGarbage(received.status));
        }
        if received.status != 200 {
            return Step::Done(End::Http(received.status));
        }
        if received.body.is_empty() {
            if self.abort_sent {
                return Step::Done(End::AbortedByPc);
            }
            self.checker.empty();
            return Step::Done(End::Empty);
        }
        let limits = Limits {
            max_message_bytes: MAX_SERVER_MESSAGE_BYTES,
            max_data_bytes: MAX_SERVER_MESSAGE_BYTES,
            ..Limits::default()
        };
        let message = match decode(received.body, &limits) {
            Ok(message) => message,
            Err(error) => {
                self.checker.unreadable(&error);
                return Step::Done(End::Unreadable);
            }
        };
        self.checker.message(received, &message);
        if self.abort_sent {
            return Step::Done(End::AbortedByPc);
        }
        match header_status(&message) {
            Some((code::INVALID_CREDENTIALS | code::MISSING_CREDENTIALS, status)) => self.challenged(&message, status),
            Some((code, status)) if code::is_success(code) => {
                let status = status.clone();
                self.accepted(machine, code, &status);
                self.go_on(machine, &message)
            }
            Some((code, _)) => Step::Done(End::Refused(code)),
            // The violation is noted; a real client goes on with what it understands.
            None => self.go_on(machine, &message),
        }
    }

    /// 401 or 407: package 1 once more with a digest (docs/PROTOCOL.md, 13).
    fn challenged(&mut self, message: &Message, status: &Status) -> Step {
        let nonce = match &status.challenge {
            Some(challenge) if challenge.auth_type == auth::MD5 => challenge.nonce(),
            _ => None,
        };
        let (Some(nonce), true, true) = (nonce, self.digest.account.is_some(), self.digest.sent < MAX_DIGESTS) else {
            return Step::Done(End::AuthenticationFailed);
        };
        self.digest.nonce = nonce;
        self.digest.sending = true;
        let mut body: Vec<Command> = vec![Status::of_header(1, message.header.msg_id, code::OK).into()];
        body.extend(self.package1.iter().cloned());
        Step::Send(self.send(body, true))
    }

    /// The header was accepted: 212 for the session, 200 for this message.
    fn accepted(&mut self, machine: &mut Machine, code: u32, status: &Status) {
        if let Some(nonce) = status.challenge.as_ref().and_then(transom_syncml::Challenge::nonce) {
            self.digest.nonce.clone_from(&nonce);
            machine.set_nonce(nonce);
        }
        if code == code::AUTHENTICATED {
            self.digest.sending = false;
        }
        if !self.opened {
            self.opened = true;
            machine.forget_alerts(self.alerts_told);
        }
    }

    fn go_on(&mut self, machine: &mut Machine, message: &Message) -> Step {
        let mut executor = Executor::new(
            machine,
            message.header.msg_id,
            self.sync_version >= 3,
            &mut self.executed,
        );
        let answers = executor.run(&message.body);
        if executor.unenrolled {
            return Step::Done(End::Unenrolled);
        }
        if executor.aborted {
            return Step::Done(End::AbortedByServer);
        }
        self.outbox.push(answers);
        // A message whose only content would be a 200 for the header is not sent (docs/PROTOCOL.md, 14).
        if self.outbox.is_empty() && message.is_final {
            return Step::Done(End::Complete);
        }
        if self.number >= MAX_MESSAGES {
            return Step::Done(End::TooManyMessages);
        }
        let header = Status::of_header(1, message.header.msg_id, code::OK);
        if self.faults.abort == Some(self.number + 1) {
            return Step::Send(self.abort(header));
        }
        let (mut body, mut is_final) = self.outbox.next_message(header);
        if !message.is_final {
            // The server has not finished its package: ask for the rest.
            let next = u32::try_from(body.len()).unwrap_or(u32::MAX).saturating_add(1);
            body.push(transom_syncml::Alert::new(next, alert::NEXT_MESSAGE).into());
        }
        if self.faults.no_final == Some(self.number + 1) {
            is_final = false;
        }
        // 25H2 gives up, rather than splitting anything, when the server announced less than it needs
        // (docs/PROTOCOL.md, 17).
        if let (Some(max), None) = (message.header.meta.max_msg_size, self.faults.chunk_bytes) {
            let size: usize = body
                .iter()
                .filter_map(|command| transom_syncml::command_size(command).ok())
                .sum();
            if u64::try_from(size).is_ok_and(|size| size > max) {
                let header = Status::of_header(1, message.header.msg_id, code::OK);
                return Step::Send(self.abort(header));
            }
        }
        Step::Send(self.send(body, is_final))
    }

    fn abort(&mut self, header: Status) -> Outgoing {
        self.abort_sent = true;
        let body = vec![
            header.into(),
            transom_syncml::Alert::new(2, alert::SESSION_ABORT).into(),
        ];
        self.send(body, true)
    }

    fn send(&mut self, body: Vec<Command>, is_final: bool) -> Outgoing {
        self.number += 1;
        self.msg_id += 1;
        if self.faults.skip_msg_id == Some(self.number) {
            self.msg_id += 1;
        }
        if self.faults.garbage == Some(self.number) {
            self.garbage_sent = true;
            return Outgoing {
                number: self.number,
                body: b"<SyncML><SyncHdr><VerDTD>1.2</oops>\xFF\xFE".to_vec(),
            };
        }
        let mut header = Header::new(&self.id, self.msg_id, &self.address, &self.device_id);
        if self.digest.sending
            && let Some((name, secret)) = &self.digest.account
        {
            self.digest.sent += u32::from(!self.opened);
            let secret = if self.faults.wrong_digest {
                "wrong"
            } else {
                secret.expose()
            };
            header = header.with_credentials(name, Credentials::md5(name, secret, &self.digest.nonce));
        }
        let mut message = Message::new(header, body);
        message.is_final = is_final;
        let text = self.encode(&message);
        self.checker.sent(Sent::of(&message));
        Outgoing {
            number: self.number,
            body: text.into_bytes(),
        }
    }

    fn encode(&self, message: &Message) -> String {
        // Everything in the message was read from XML or made here, so it can be written; a value that a test put
        // into the tree and that XML cannot hold gives an empty message, which the server refuses.
        let mut text = transom_syncml::encode(message).unwrap_or_default();
        if message.body.iter().any(|command| matches!(command, Command::Alert(_))) {
            text = type_before_format(message, text);
        }
        if self.sync_version >= 3 {
            let extended = format!("<SyncBody xmlns:msft=\"{}\">", transom_syncml::namespace::MSFT);
            return text.replacen("<SyncBody>", &extended, 1);
        }
        text
    }
}

/// In the Meta of an alert Windows writes Type before Format, the other way round than in credentials.
fn type_before_format(message: &Message, mut text: String) -> String {
    let space = transom_syncml::namespace::METINF;
    let alerts = message.body.iter().filter_map(|command| match command {
        Command::Alert(alert) => Some(alert),
        _ => None,
    });
    for meta in alerts.flat_map(|alert| &alert.items).map(|item| &item.meta) {
        if let (Some(format), Some(kind)) = (&meta.format, &meta.type_) {
            let format = format!("<Format xmlns=\"{space}\">{format}</Format>");
            let kind = format!("<Type xmlns=\"{space}\">{kind}</Type>");
            text = text.replacen(&format!("{format}{kind}"), &format!("{kind}{format}"), 1);
        }
    }
    text
}

/// The Status for our header and its code.
fn header_status(message: &Message) -> Option<(u32, &Status)> {
    message.body.iter().find_map(|command| match command {
        Command::Status(status) if status.is_of_header() => Some((status.code, status)),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
