//! Why bytes are no message.

use crate::limits::Limit;

/// Why [`decode`](crate::decode) refused a message, and where.
///
/// Offsets are bytes of the message as UTF-8, counted after a byte-order mark. No variant repeats what the message
/// holds, except the name of a root element that is not ours: a broken message may have a secret anywhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More than a limit allows.
    #[error("more than {max} {limit} at byte {offset}")]
    TooLarge {
        /// Which limit.
        limit: Limit,
        /// What it allows.
        max: usize,
        /// Where it was passed.
        offset: usize,
    },
    /// The bytes are WBXML, which this server does not ask for and does not read.
    #[error("the message is WBXML, not XML")]
    Wbxml,
    /// The bytes do not start as XML does.
    #[error("the message is not XML")]
    NotXml,
    /// XML with another root.
    #[error("the root element is {element:?} in namespace {namespace:?}, not SyncML")]
    NotSyncMl {
        /// The root's local name, shortened.
        element: String,
        /// The root's namespace, shortened; empty when it has none.
        namespace: String,
    },
    /// The bytes are not in the encoding that they seem to be in.
    #[error("the message is not valid {encoding} at byte {offset}")]
    Encoding {
        /// Which encoding was tried.
        encoding: &'static str,
        /// Where it fails, in the bytes as received.
        offset: usize,
    },
    /// A character that XML 1.0 does not allow (section 2.2), written out or as a reference.
    #[error("character U+{code:04X}, which XML 1.0 does not allow, at byte {offset}")]
    IllegalCharacter {
        /// The character's number.
        code: u32,
        /// Where.
        offset: usize,
    },
    /// A document type declaration: refused, because it can define entities.
    #[error("document type declaration at byte {offset}")]
    Doctype {
        /// Where.
        offset: usize,
    },
    /// A reference that is neither one of the five predefined ones nor a number.
    #[error("reference to an unknown entity at byte {offset}")]
    Entity {
        /// Where.
        offset: usize,
    },
    /// Not well formed.
    #[error("{what} at byte {offset}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Where.
        offset: usize,
    },
    /// The message ends inside an element.
    #[error("the message ends inside an element at byte {offset}")]
    Truncated {
        /// Where it ends.
        offset: usize,
    },
    /// Something after the root element.
    #[error("something follows the root element at byte {offset}")]
    TrailingContent {
        /// Where.
        offset: usize,
    },
    /// A required element is absent or empty.
    #[error("{element} is missing")]
    Missing {
        /// Which one, with its parent.
        element: &'static str,
    },
    /// An element stands twice.
    #[error("{element} stands twice, again at byte {offset}")]
    Repeated {
        /// Which one.
        element: &'static str,
        /// Where the second one is.
        offset: usize,
    },
    /// The content of an element cannot be what it must be.
    #[error("{element} at byte {offset} is not a number")]
    NotANumber {
        /// Which one, with its parent.
        element: &'static str,
        /// Where.
        offset: usize,
    },
}

/// What to do about a [`DecodeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecodeErrorKind {
    /// A limit was passed: 413 in HTTP.
    TooLarge,
    /// The bytes are something else than SyncML in XML: 400 or 415 in HTTP.
    NotSyncMl,
    /// SyncML that is broken: 400 in HTTP.
    Malformed,
}

impl DecodeError {
    /// What to do about it.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        match self {
            Self::TooLarge { .. } => DecodeErrorKind::TooLarge,
            Self::Wbxml | Self::NotXml | Self::NotSyncMl { .. } => DecodeErrorKind::NotSyncMl,
            _ => DecodeErrorKind::Malformed,
        }
    }

    /// Where it went wrong, if that can be said.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match self {
            Self::TooLarge { offset, .. }
            | Self::Encoding { offset, .. }
            | Self::IllegalCharacter { offset, .. }
            | Self::Doctype { offset }
            | Self::Entity { offset }
            | Self::Malformed { offset, .. }
            | Self::Truncated { offset }
            | Self::TrailingContent { offset }
            | Self::Repeated { offset, .. }
            | Self::NotANumber { offset, .. } => Some(*offset),
            Self::Wbxml | Self::NotXml | Self::NotSyncMl { .. } | Self::Missing { .. } => None,
        }
    }
}

/// Longest piece of a foreign name in an error, in characters: enough to recognise SOAP or HTML, too short to flood a
/// log.
const MAX_NAME_CHARS: usize = 64;

/// The start of a foreign name.
pub(super) fn shortened(name: &str) -> String {
    name.chars().take(MAX_NAME_CHARS).collect()
}
