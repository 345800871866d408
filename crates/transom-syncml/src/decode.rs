//! Bytes to [`Message`].
//!
//! Elements are matched by local name, wherever the namespace is not what tells messages apart: clients and
//! Microsoft's own samples disagree about the namespace of `Meta`'s children. Only the root's namespace is checked.

mod command;
mod cursor;
mod error;
mod header;
mod item;
mod text;

pub use error::{DecodeError, DecodeErrorKind};

use crate::limits::Limits;
use crate::message::{Command, Header, Message};
use crate::namespace;
use cursor::Cursor;

/// Reads one message.
///
/// UTF-8 with or without byte-order mark, and UTF-16 with one; a declaration is tolerated and its encoding ignored.
/// Unknown elements are skipped, except in the body and in groups, where they become [`Command::Unknown`]. When
/// something that may stand once stands twice, the first one counts.
///
/// # Errors
///
/// [`DecodeError`], whose [`DecodeError::kind`] tells a message that is too large from one that is broken and from
/// something that is not SyncML at all.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Message, DecodeError> {
    let text = text::read(bytes, limits)?;
    let mut cursor = Cursor::new(&text, limits);
    let root = cursor.root()?;
    let space = cursor.namespace(&root);
    let is_syncml = matches!(space, Some(namespace::SYNCML_1_2 | namespace::SYNCML_1_1));
    if root.local() != "SyncML" || !is_syncml {
        return Err(DecodeError::NotSyncMl {
            element: error::shortened(root.local()),
            namespace: error::shortened(space.unwrap_or_default()),
        });
    }
    let mut header: Option<Header> = None;
    let mut body: Option<(Vec<Command>, bool)> = None;
    cursor.children(|cursor, tag| match tag.local() {
        "SyncHdr" if header.is_some() => Err(DecodeError::Repeated {
            element: "SyncHdr",
            offset: tag.offset,
        }),
        "SyncBody" if body.is_some() => Err(DecodeError::Repeated {
            element: "SyncBody",
            offset: tag.offset,
        }),
        "SyncHdr" => {
            header = Some(header::header(cursor)?);
            Ok(())
        }
        "SyncBody" => {
            body = Some(command::body(cursor)?);
            Ok(())
        }
        _ => cursor.skip(),
    })?;
    cursor.finish()?;
    let header = header.ok_or(DecodeError::Missing { element: "SyncHdr" })?;
    let (body, is_final) = body.ok_or(DecodeError::Missing { element: "SyncBody" })?;
    Ok(Message { header, body, is_final })
}

/// Whether a text can be written into `Data` as it is and is read back as the same markup: well formed, with at least
/// one element, and closing nothing that it did not open.
pub(crate) fn check_markup(markup: &str) -> Result<(), DecodeError> {
    let wrapped = format!("<Data>{markup}</Data>");
    let limits = Limits {
        max_message_bytes: usize::MAX,
        max_data_bytes: usize::MAX,
        ..Limits::default()
    };
    let text = text::read(wrapped.as_bytes(), &limits)?;
    let mut cursor = Cursor::new(&text, &limits);
    cursor.root()?;
    let (_, is_markup) = cursor.data()?;
    cursor.finish()?;
    if is_markup {
        Ok(())
    } else {
        Err(DecodeError::Missing {
            element: "an element in Data",
        })
    }
}
