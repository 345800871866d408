//! The SOAP 1.2 envelope that every enrolment message travels in (docs/PROTOCOL.md, 1).
//!
//! A [`Request`] is what a PC sends, a [`Reply`] is what the server answers, and the type of the body
//! says which message it is. Both can be read and written: the server does one half, simulated PCs the other.

mod body;
mod credential;
mod reply;
mod request;

pub(crate) use body::sealed::Sealed;
pub use body::{ReplyBody, RequestBody};
pub use credential::{BinaryToken, Credential, JWT_VALUE_TYPE, USER_TOKEN_VALUE_TYPE, X509_VALUE_TYPE};
pub use reply::{Reply, ReplyHeader};
pub use request::{Request, RequestHeader};

pub(crate) use credential::write_binary_token;
pub(crate) use reply::{open_envelope, write_correlation};

use crate::error::Problem;
use crate::limits::{Limits, MAX_FIELD_BYTES};
use crate::namespace::Ns;
use crate::xml::{Element, parse};

/// `Content-Type` of every request and reply.
pub const CONTENT_TYPE: &str = "application/soap+xml; charset=utf-8";

/// Whether a request with this `Content-Type` may be a SOAP 1.2 message.
///
/// Parameters are not looked at: the encoding is found from the message itself.
#[must_use]
pub fn accepts_content_type(value: &str) -> bool {
    let essence = value.split_once(';').map_or(value, |(essence, _)| essence);
    essence.trim().eq_ignore_ascii_case("application/soap+xml")
}

/// An envelope taken apart.
pub(crate) struct Envelope {
    root: Element,
}

impl Envelope {
    pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Problem> {
        let root = parse(bytes, limits)?;
        // SOAP 1.1 is named in one section of MS-MDE2, but no request in that form exists.
        if root.is(Ns::Soap, "Envelope") {
            Ok(Self { root })
        } else {
            Err(Problem::WrongRoot {
                expected: "a SOAP 1.2 Envelope",
            })
        }
    }

    pub(crate) fn header(&self) -> Result<&Element, Problem> {
        self.root.required(Ns::Soap, "Header", "Envelope")
    }

    pub(crate) fn body(&self) -> Result<&Element, Problem> {
        self.root.required(Ns::Soap, "Body", "Envelope")
    }

    /// A text of WS-Addressing in the header; an empty one counts as none.
    pub(crate) fn addressing(&self, name: &'static str, limit: usize) -> Result<Option<String>, Problem> {
        let Some(element) = self.header()?.optional(Ns::Addressing, name, "Header")? else {
            return Ok(None);
        };
        let text = element.field("bytes in a header of WS-Addressing", limit)?;
        Ok((!text.is_empty()).then_some(text))
    }

    pub(crate) fn action(&self) -> Result<Option<String>, Problem> {
        self.addressing("Action", MAX_FIELD_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::accepts_content_type;

    #[test]
    fn soap_is_recognised_with_and_without_parameters() {
        for good in [
            "application/soap+xml; charset=utf-8",
            "application/soap+xml",
            "Application/SOAP+XML ;charset=utf-16",
        ] {
            assert!(accepts_content_type(good), "{good}");
        }
        for bad in [
            "",
            "text/xml",
            "application/soap+xmlx",
            "application/xml; application/soap+xml",
        ] {
            assert!(!accepts_content_type(bad), "{bad}");
        }
    }
}
