//! The reply to a certificate request: a provisioning document in an envelope (docs/PROTOCOL.md, 7).

use std::fmt;

use super::TOKEN_TYPE;
use crate::binary;
use crate::error::Problem;
use crate::namespace::{BASE64_BINARY, Ns, SECEXT, TRUST, UTILITY, WSTEP};
use crate::soap::ReplyBody;
use crate::timestamp;
use crate::xml::{Element, Writer};

/// `ValueType` of the document.
const DOCUMENT_VALUE_TYPE: &str =
    "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentProvisionDoc";

/// How long the reply says it is fresh, in milliseconds: five minutes, as in Microsoft's examples.
const LIFETIME_MS: i64 = 5 * 60 * 1000;

/// The answer to a certificate request. Its `Debug` form leaves the document out, because secrets are in it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecurityTokenResponse {
    /// The provisioning document, in UTF-8.
    pub document: Vec<u8>,
    /// When the reply was made, in milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// Until when it is fresh, in milliseconds since 1970 UTC.
    pub expires_ms: i64,
}

impl fmt::Debug for SecurityTokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityTokenResponse")
            .field("document_bytes", &self.document.len())
            .field("created_ms", &self.created_ms)
            .field("expires_ms", &self.expires_ms)
            .finish()
    }
}

impl SecurityTokenResponse {
    /// A reply made now, fresh for five minutes.
    #[must_use]
    pub fn new(document: impl Into<Vec<u8>>, now_ms: i64) -> Self {
        Self {
            document: document.into(),
            created_ms: now_ms,
            expires_ms: now_ms.saturating_add(LIFETIME_MS),
        }
    }
}

impl ReplyBody for SecurityTokenResponse {
    const ACTION: &'static str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment/RSTRC/wstep";
    const ENVELOPE: &'static [(&'static str, &'static str)] = &[("xmlns:u", UTILITY)];
    const BODY: &'static [(&'static str, &'static str)] = &[];

    fn read(header: &Element, body: &Element) -> Result<Self, Problem> {
        let stamp =
            header
                .required(Ns::Secext, "Security", "Header")?
                .required(Ns::Utility, "Timestamp", "Security")?;
        let time = |name: &'static str| {
            let text = stamp.required(Ns::Utility, name, "Timestamp")?.trimmed();
            timestamp::parse(text).ok_or(Problem::Invalid {
                element: name,
                reason: "not a time in UTC",
            })
        };
        let response = body
            .required(Ns::Trust, "RequestSecurityTokenResponseCollection", "Body")?
            .required(
                Ns::Trust,
                "RequestSecurityTokenResponse",
                "RequestSecurityTokenResponseCollection",
            )?;
        if response
            .required(Ns::Trust, "TokenType", "RequestSecurityTokenResponse")?
            .trimmed()
            != TOKEN_TYPE
        {
            return Err(Problem::Invalid {
                element: "TokenType",
                reason: "not that of an enrolment",
            });
        }
        let token = response
            .required(Ns::Trust, "RequestedSecurityToken", "RequestSecurityTokenResponse")?
            .required(Ns::Secext, "BinarySecurityToken", "RequestedSecurityToken")?;
        if token.attribute("ValueType").map(str::trim) != Some(DOCUMENT_VALUE_TYPE) {
            return Err(Problem::Invalid {
                element: "ValueType",
                reason: "not that of a provisioning document",
            });
        }
        let document = binary::decode(token.trimmed())
            .filter(|document| !document.is_empty())
            .ok_or(Problem::Invalid {
                element: "BinarySecurityToken",
                reason: "not base64, or empty",
            })?;
        Ok(Self {
            document,
            created_ms: time("Created")?,
            expires_ms: time("Expires")?,
        })
    }

    fn write_header(&self, writer: &mut Writer) {
        writer
            .open("o:Security", &[("s:mustUnderstand", "1"), ("xmlns:o", SECEXT)])
            .open("u:Timestamp", &[("u:Id", "_0")])
            .text("u:Created", &[], &timestamp::format(self.created_ms))
            .text("u:Expires", &[], &timestamp::format(self.expires_ms))
            .close("u:Timestamp")
            .close("o:Security");
    }

    fn write(&self, writer: &mut Writer) {
        writer
            .open("RequestSecurityTokenResponseCollection", &[("xmlns", TRUST)])
            .open("RequestSecurityTokenResponse", &[])
            .text("TokenType", &[], TOKEN_TYPE)
            .empty("DispositionMessage", &[("xmlns", WSTEP)])
            .open("RequestedSecurityToken", &[])
            .text(
                "BinarySecurityToken",
                &[
                    ("xmlns", SECEXT),
                    ("ValueType", DOCUMENT_VALUE_TYPE),
                    ("EncodingType", BASE64_BINARY),
                ],
                &binary::encode(&self.document),
            )
            .close("RequestedSecurityToken")
            .text("RequestID", &[("xmlns", WSTEP)], "0")
            .close("RequestSecurityTokenResponse")
            .close("RequestSecurityTokenResponseCollection");
    }
}

impl crate::soap::Sealed for SecurityTokenResponse {}
