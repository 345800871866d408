//! Misbehaviour on request: what a PC, a network or an attacker can do wrong in a session.

use std::time::Duration;

use crate::tls::ClientIdentity;

/// What the PC does after it has lost a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterLoss {
    /// Sends the same message again.
    Resend,
    /// Gives the session up and starts a new one.
    NewSession,
}

/// What goes wrong in one session. [`Default`] is a session in which nothing does.
///
/// Messages are counted as the PC sends them, from 1.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// The connection is cut when this message has been sent, before a byte of its answer is read.
    pub lose_reply: Option<(u32, AfterLoss)>,
    /// This message is sent twice; the second answer has to be the first one again.
    pub repeat_message: Option<u32>,
    /// This message is no XML.
    pub garbage: Option<u32>,
    /// The certificate of another PC, or one that somebody made himself.
    pub certificate: Option<ClientIdentity>,
    /// No certificate at all.
    pub no_certificate: bool,
    /// Another device id in every header.
    pub device_id: Option<String>,
    /// Digests that were made with a wrong secret.
    pub wrong_digest: bool,
    /// Wait so long before each message.
    pub delay: Option<Duration>,
    /// This message's `MsgID` is one too high.
    pub skip_msg_id: Option<u32>,
    /// When this message is due, another session of the same PC runs first.
    pub second_session: Option<u32>,
    /// Values that are longer than so many bytes are sent in chunks.
    pub chunk_bytes: Option<usize>,
    /// This message does not end its package.
    pub no_final: Option<u32>,
    /// Instead of this message the PC aborts (alert 1223).
    pub abort: Option<u32>,
    /// Package 1 grows by so many bytes.
    pub huge_bytes: Option<usize>,
}
