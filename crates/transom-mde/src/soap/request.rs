//! What a PC sends.

use super::{Credential, Envelope, RequestBody};
use crate::error::{DecodeError, Problem};
use crate::limits::{MAX_FIELD_BYTES, MAX_MESSAGE_ID_BYTES};
use crate::xml::Writer;

/// `a:Address` in `a:ReplyTo` of every request: answer on the same connection.
const ANONYMOUS: &str = "http://www.w3.org/2005/08/addressing/anonymous";

/// The header of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHeader {
    /// `a:Action`. The body decides what a message is; this is for the log.
    pub action: Option<String>,
    /// `a:MessageID`, which the reply must name in `a:RelatesTo`.
    pub message_id: Option<String>,
    /// `a:To`, the address that the PC was told to use.
    pub to: Option<String>,
    /// `wsse:Security`.
    pub credential: Credential,
}

/// A message from a PC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<B> {
    /// Who sends it, and where to.
    pub header: RequestHeader,
    /// What is asked for.
    pub body: B,
}

impl<B: RequestBody> Request<B> {
    /// A request as Windows makes it.
    #[must_use]
    pub fn new(message_id: impl Into<String>, to: impl Into<String>, credential: Credential, body: B) -> Self {
        let header = RequestHeader {
            action: Some(B::ACTION.to_owned()),
            message_id: Some(message_id.into()),
            to: Some(to.into()),
            credential,
        };
        Self { header, body }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// Says what is wrong with the message; the error knows the `a:MessageID` if the header could be read.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let envelope = Envelope::parse(bytes, &B::LIMITS)?;
        let message_id = envelope.addressing("MessageID", MAX_MESSAGE_ID_BYTES)?;
        Self::read(&envelope, message_id.clone()).map_err(|problem| DecodeError { problem, message_id })
    }

    fn read(envelope: &Envelope, message_id: Option<String>) -> Result<Self, Problem> {
        let header = RequestHeader {
            action: envelope.action()?,
            message_id,
            to: envelope.addressing("To", MAX_FIELD_BYTES)?,
            credential: Credential::read(envelope.header()?)?,
        };
        Ok(Self {
            header,
            body: B::read(envelope.body()?)?,
        })
    }

    /// Writes the request in the form that Windows uses.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut writer = Writer::default();
        writer.open("s:Envelope", B::ENVELOPE).open("s:Header", &[]);
        let must_understand = &[("s:mustUnderstand", "1")];
        if let Some(action) = &self.header.action {
            writer.text("a:Action", must_understand, action);
        }
        if let Some(message_id) = &self.header.message_id {
            writer.text("a:MessageID", &[], message_id);
        }
        writer
            .open("a:ReplyTo", &[])
            .text("a:Address", &[], ANONYMOUS)
            .close("a:ReplyTo");
        if let Some(to) = &self.header.to {
            writer.text("a:To", must_understand, to);
        }
        self.header.credential.write(&mut writer, B::ENVELOPE);
        writer.close("s:Header").open("s:Body", B::BODY);
        self.body.write(&mut writer);
        writer.close("s:Body").close("s:Envelope");
        writer.finish()
    }
}
