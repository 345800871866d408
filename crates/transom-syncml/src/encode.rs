//! [`Message`] to text.
//!
//! One canonical form: no declaration, no white space between elements, the DTD's order of elements (RepPro section 5;
//! OMA calls it mandatory and clients follow it), and the namespace on every element of Meta Information, as Windows
//! writes it.

mod error;
mod writer;

pub use error::{EncodeError, Place};

use crate::message::{Command, Header, Message};
use crate::namespace;
use writer::Writer;

/// Room for a message to begin with, in bytes: the answer to a PC that has nothing to do takes about a thousand.
const USUAL_BYTES: usize = 2 * 1024;

/// Writes a message as UTF-8 without byte-order mark.
///
/// What is written reads back as the same message, provided that identifiers and the like have no white space around
/// them and that a `Status` or `Alert` has the fields its type says.
///
/// # Errors
///
/// [`EncodeError`] when something in the message cannot be written as XML, and which command it is in.
pub fn encode(message: &Message) -> Result<String, EncodeError> {
    let mut writer = Writer::with_room(USUAL_BYTES);
    open(
        &mut writer,
        &message.header,
        message.body.iter().any(has_original_error),
    )?;
    for (index, command) in message.body.iter().enumerate() {
        writer.command(Some(index), command)?;
    }
    close(&mut writer, message.is_final);
    Ok(writer.into_text())
}

/// How many bytes a command adds to a message. Message length = [`envelope_size`] + the sizes of its commands.
///
/// # Errors
///
/// [`EncodeError`] when the command cannot be written at all.
pub fn command_size(command: &Command) -> Result<usize, EncodeError> {
    let mut writer = Writer::default();
    writer.command(None, command)?;
    Ok(writer.into_text().len())
}

/// How many bytes a message with this header has at most before it holds a command.
///
/// # Errors
///
/// [`EncodeError`] when the header cannot be written.
pub fn envelope_size(header: &Header) -> Result<usize, EncodeError> {
    let mut writer = Writer::default();
    open(&mut writer, header, true)?;
    close(&mut writer, true);
    Ok(writer.into_text().len())
}

/// Everything before the first command.
fn open(writer: &mut Writer<'_>, header: &Header, with_extension: bool) -> Result<(), EncodeError> {
    writer.raw("<SyncML xmlns=\"");
    writer.raw(namespace::SYNCML_1_2);
    writer.raw("\">");
    writer.header(header)?;
    writer.raw("<SyncBody");
    if with_extension {
        writer.raw(" xmlns:msft=\"");
        writer.raw(namespace::MSFT);
        writer.raw("\"");
    }
    writer.raw(">");
    Ok(())
}

/// Everything after the last command.
fn close(writer: &mut Writer<'_>, is_final: bool) {
    if is_final {
        writer.raw("<Final/>");
    }
    writer.raw("</SyncBody></SyncML>");
}

/// Whether a Status in the command uses Microsoft's namespace, so that it has to be declared.
fn has_original_error(command: &Command) -> bool {
    match command {
        Command::Status(status) => status.original_error.is_some(),
        Command::Group(group) => group.members.iter().any(has_original_error),
        _ => false,
    }
}
