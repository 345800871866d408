//! Why a message could not be read.

use crate::fault::{FaultReply, Subcode};

/// What is wrong with a message, and where.
///
/// No variant carries a value of the message: passwords and tokens travel in the same elements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The message is longer than its kind may be.
    #[error("the message has {actual} bytes, more than the {limit} allowed")]
    TooLarge {
        /// The most that is allowed.
        limit: usize,
        /// What came.
        actual: usize,
    },
    /// One part is larger, or there are more of them, than any real message needs.
    #[error("more than {limit} {what}")]
    Limit {
        /// What there is too much of, with its unit.
        what: &'static str,
        /// The most that is allowed.
        limit: usize,
    },
    /// The bytes are not text in an encoding that the message names.
    #[error("the text is {0}")]
    Encoding(&'static str),
    /// The text is not XML.
    #[error("not well-formed XML at byte {offset}: {detail}")]
    Syntax {
        /// Where reading stopped.
        offset: u64,
        /// The kind of mistake.
        detail: &'static str,
    },
    /// A document type declaration or an entity of one's own: never needed, and a way to attack parsers.
    #[error("document types and entities are refused (at byte {offset})")]
    DocType {
        /// Where it stands.
        offset: u64,
    },
    /// The root element is another than the message needs.
    #[error("the root element is not {expected}")]
    WrongRoot {
        /// The element that was expected.
        expected: &'static str,
    },
    /// A part that must be there is not.
    #[error("{parent} has no {element}")]
    Missing {
        /// The part.
        element: &'static str,
        /// Where it belongs.
        parent: &'static str,
    },
    /// A part that may occur once occurs again: which one counts would be a guess.
    #[error("{parent} has more than one {element}")]
    Duplicate {
        /// The part.
        element: &'static str,
        /// Where it belongs.
        parent: &'static str,
    },
    /// A part has a value that it cannot have.
    #[error("{element} is {reason}")]
    Invalid {
        /// The part.
        element: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The `wsse:Security` header cannot be used.
    #[error("the Security header is unusable: {0}")]
    Security(&'static str),
    /// The certificate request cannot be taken out of the message.
    #[error("the certificate request is unusable: {0}")]
    CertificateRequest(&'static str),
}

/// A request that could not be read, with what is needed to answer it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct DecodeError {
    /// What is wrong.
    pub problem: Problem,
    /// `a:MessageID`, where the header could still be read: the fault must name it in `a:RelatesTo`.
    pub message_id: Option<String>,
}

impl DecodeError {
    /// The fault to answer with (docs/PROTOCOL.md, 10).
    #[must_use]
    pub fn subcode(&self) -> Subcode {
        match self.problem {
            Problem::Security(_) => Subcode::InvalidSecurity,
            Problem::CertificateRequest(_) => Subcode::CertificateRequest,
            _ => Subcode::MessageFormat,
        }
    }
}

impl From<Problem> for DecodeError {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            message_id: None,
        }
    }
}

/// Why there is no result in a reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// The server refused.
    #[error("the server answered with the fault {}", .0.fault.name())]
    Fault(Box<FaultReply>),
    /// The reply is not one.
    #[error("the reply cannot be read: {0}")]
    Malformed(Problem),
}

impl From<Problem> for ReplyError {
    fn from(problem: Problem) -> Self {
        Self::Malformed(problem)
    }
}
