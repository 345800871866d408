//! Why a message cannot be written.

use crate::decode::DecodeError;

/// Where in a message something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In `SyncHdr`.
    Header,
    /// In a command.
    Command {
        /// Its place in the body, counted from 0; for a member of a group, the group's place. `None` when it was
        /// looked at outside a message.
        index: Option<usize>,
        /// Its element name; of a member of a group, the member's.
        name: String,
        /// Its `CmdID`; of a member of a group, the member's.
        cmd_id: String,
    },
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Header => f.write_str("SyncHdr"),
            Self::Command { name, cmd_id, .. } => write!(f, "{name} {cmd_id:?}"),
        }
    }
}

/// Why [`encode`](crate::encode) cannot write a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A character that XML 1.0 cannot carry, not even as a reference.
    #[error("{place}: {element} holds U+{code:04X}, which XML 1.0 does not allow")]
    IllegalCharacter {
        /// Where.
        place: Place,
        /// In which element or attribute.
        element: &'static str,
        /// The character's number.
        code: u32,
    },
    /// Data that is said to be markup and is not, or would close more than it opens.
    #[error("{place}: Data is said to be markup and cannot be written as it is")]
    Markup {
        /// Where.
        place: Place,
        /// What is wrong with it; offsets count from six bytes before the data.
        #[source]
        source: DecodeError,
    },
    /// An unknown element whose name is no name, or means something where it stands.
    #[error("{place}: this cannot be the name of an unknown element")]
    UnknownName {
        /// Where.
        place: Place,
    },
    /// A part of the header that every message must have is empty.
    #[error("{element} is empty")]
    Empty {
        /// Which one.
        element: &'static str,
    },
}

impl EncodeError {
    /// Where the fault is.
    #[must_use]
    pub const fn place(&self) -> &Place {
        match self {
            Self::IllegalCharacter { place, .. } | Self::Markup { place, .. } | Self::UnknownName { place } => place,
            Self::Empty { .. } => &Place::Header,
        }
    }
}
