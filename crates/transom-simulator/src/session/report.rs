//! What happened in a session.

use transom_syncml::Verb;

/// One item of a command that the PC carried out or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// Which command.
    pub verb: Verb,
    /// On which node.
    pub uri: String,
    /// With which status code.
    pub code: u32,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The server had nothing more to say.
    Complete,
    /// The server answered with nothing at all, which ends a session too.
    Empty,
    /// An HTTP status other than 200.
    Http(u16),
    /// The server's Status for the header said that it will not go on.
    Refused(u32),
    /// The server did not accept the digest, however often it was sent.
    AuthenticationFailed,
    /// The server's message cannot be read.
    Unreadable,
    /// The server ended the session (alert 1223).
    AbortedByServer,
    /// The PC ended the session (alert 1223).
    AbortedByPc,
    /// The server ended the enrolment.
    Unenrolled,
    /// The server answered a message that was no XML with this HTTP status.
    AfterGarbage(u16),
    /// The server would not stop.
    TooManyMessages,
}

impl End {
    /// Whether the session ended as both sides wish.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Complete | Self::Empty | Self::Unenrolled)
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Complete => f.write_str("complete"),
            Self::Empty => f.write_str("ended by an empty answer"),
            Self::Http(status) => write!(f, "ended by HTTP status {status}"),
            Self::Refused(code) => write!(f, "refused with status {code}"),
            Self::AuthenticationFailed => f.write_str("the digest was not accepted"),
            Self::Unreadable => f.write_str("the server's message cannot be read"),
            Self::AbortedByServer => f.write_str("aborted by the server"),
            Self::AbortedByPc => f.write_str("aborted by the PC"),
            Self::Unenrolled => f.write_str("unenrolled by the server"),
            Self::AfterGarbage(status) => write!(f, "garbage was answered with HTTP status {status}"),
            Self::TooManyMessages => f.write_str("the server would not stop"),
        }
    }
}
