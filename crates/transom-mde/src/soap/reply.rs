//! What the server answers.

use super::{Envelope, ReplyBody};
use crate::error::{Problem, ReplyError};
use crate::fault::FaultReply;
use crate::limits::{Limits, MAX_MESSAGE_ID_BYTES};
use crate::namespace::{ADDRESSING, DIAGNOSTICS, Ns, SOAP};
use crate::xml::Writer;

/// The header of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplyHeader {
    /// `a:RelatesTo`: the `a:MessageID` of the request.
    pub relates_to: Option<String>,
    /// `ActivityId`: a GUID by which the answer is found in the server's log. Optional in practice.
    pub activity_id: Option<String>,
}

impl ReplyHeader {
    pub(crate) fn read(envelope: &Envelope) -> Result<Self, Problem> {
        let activity = envelope.header()?.optional(Ns::Diagnostics, "ActivityId", "Header")?;
        Ok(Self {
            relates_to: envelope.addressing("RelatesTo", MAX_MESSAGE_ID_BYTES)?,
            activity_id: activity
                .map(|element| element.field("bytes in ActivityId", MAX_MESSAGE_ID_BYTES))
                .transpose()?,
        })
    }
}

/// A message from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<B> {
    /// What it answers.
    pub header: ReplyHeader,
    /// What was asked for.
    pub body: B,
}

impl<B: ReplyBody> Reply<B> {
    /// The reply to the request with this `a:MessageID`.
    #[must_use]
    pub fn new(relates_to: Option<String>, activity_id: Option<String>, body: B) -> Self {
        Self {
            header: ReplyHeader {
                relates_to,
                activity_id,
            },
            body,
        }
    }

    /// Writes the reply. The prefixes `s`, `a`, `u` and `o` are Microsoft's own, because two
    /// projects found Windows sensitive to them (docs/PROTOCOL.md, 1).
    #[must_use]
    pub fn encode(&self) -> String {
        let mut writer = Writer::default();
        open_envelope(&mut writer, B::ENVELOPE);
        write_correlation(&mut writer, B::ACTION, &self.header);
        self.body.write_header(&mut writer);
        writer.close("s:Header").open("s:Body", B::BODY);
        self.body.write(&mut writer);
        writer.close("s:Body").close("s:Envelope");
        writer.finish()
    }

    /// Reads a reply, as a PC does.
    ///
    /// # Errors
    /// [`ReplyError::Fault`] if the server refused, [`ReplyError::Malformed`] if this is not such a reply.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReplyError> {
        let envelope = Envelope::parse(bytes, &Limits::REPLY)?;
        let body = envelope.body()?;
        if body.all(Ns::Soap, "Fault").next().is_some() {
            return Err(ReplyError::Fault(Box::new(FaultReply::read(&envelope)?)));
        }
        if envelope.action()?.as_deref() != Some(B::ACTION) {
            return Err(Problem::Invalid {
                element: "Action",
                reason: "not that of the expected reply",
            }
            .into());
        }
        Ok(Self {
            header: ReplyHeader::read(&envelope)?,
            body: B::read(envelope.header()?, body)?,
        })
    }
}

/// `<s:Envelope …><s:Header>` with the prefixes that Windows expects.
pub(crate) fn open_envelope(writer: &mut Writer, more: &[(&str, &str)]) {
    let mut attributes = vec![("xmlns:s", SOAP), ("xmlns:a", ADDRESSING)];
    attributes.extend_from_slice(more);
    writer.open("s:Envelope", &attributes).open("s:Header", &[]);
}

/// Action, `ActivityId` and `RelatesTo`, in Microsoft's order.
pub(crate) fn write_correlation(writer: &mut Writer, action: &str, header: &ReplyHeader) {
    writer.text("a:Action", &[("s:mustUnderstand", "1")], action);
    if let Some(id) = &header.activity_id {
        writer.text("ActivityId", &[("CorrelationId", id), ("xmlns", DIAGNOSTICS)], id);
    }
    if let Some(relates_to) = &header.relates_to {
        writer.text("a:RelatesTo", &[], relates_to);
    }
}
