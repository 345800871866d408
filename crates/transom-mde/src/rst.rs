//! The certificate request and its answer (MS-WSTEP; docs/PROTOCOL.md, 5 and 7).

mod context;
mod response;

pub use context::{Context, ContextItem, EnrollmentType, names};
pub use response::SecurityTokenResponse;

use crate::binary;
use crate::error::Problem;
use crate::limits::{Limits, MAX_FIELD_BYTES};
use crate::namespace::{ADDRESSING, AUTHORIZATION, Ns, SECEXT, SOAP, TRUST, UTILITY};
use crate::soap::{RequestBody, write_binary_token};
use crate::xml::{Element, Writer};

/// `TokenType` of every request and reply.
pub const TOKEN_TYPE: &str =
    "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentToken";

/// `ValueType` of a PKCS#10 certificate request.
pub const PKCS10_VALUE_TYPE: &str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment#PKCS10";

/// `ValueType` of a renewal, as the specification has it; another namespace was seen, so nothing is decided by it.
pub const PKCS7_VALUE_TYPE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd#PKCS7";

/// What the captured clients declare on the envelope of GetPolicies and RequestSecurityToken.
pub(crate) const SERVICE_ENVELOPE: &[(&str, &str)] = &[
    ("xmlns:s", SOAP),
    ("xmlns:a", ADDRESSING),
    ("xmlns:u", UTILITY),
    ("xmlns:wsse", SECEXT),
    ("xmlns:wst", TRUST),
    ("xmlns:ac", AUTHORIZATION),
];

/// What the PC wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestType {
    /// A first certificate.
    Issue,
    /// A new one before the old one ends (docs/PROTOCOL.md, 9).
    Renew,
    /// A new one because the old one is lost (docs/PROTOCOL.md, 9).
    Recovery,
    /// Something that this crate does not know; the whole text.
    Other(String),
}

impl RequestType {
    fn read(text: &str) -> Self {
        match text.strip_prefix(TRUST).and_then(|rest| rest.strip_prefix('/')) {
            Some("Issue") => Self::Issue,
            Some("Renew") => Self::Renew,
            Some("Recovery") => Self::Recovery,
            _ => Self::Other(text.to_owned()),
        }
    }

    /// The URI in the message.
    #[must_use]
    pub fn uri(&self) -> String {
        match self {
            Self::Issue => format!("{TRUST}/Issue"),
            Self::Renew => format!("{TRUST}/Renew"),
            Self::Recovery => format!("{TRUST}/Recovery"),
            Self::Other(text) => text.clone(),
        }
    }
}

/// What the bytes of a certificate request are, by their first elements and not by what the message calls them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsrForm {
    /// A certificate request.
    Pkcs10,
    /// Signed data round a certificate request: a renewal.
    Pkcs7,
    /// Neither.
    Unknown,
}

/// The request for a certificate, with everything the PC tells about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSecurityToken {
    /// [`TOKEN_TYPE`].
    pub token_type: String,
    /// What is wanted.
    pub request_type: RequestType,
    /// What the PC calls its certificate request.
    pub csr_value_type: String,
    /// The certificate request in DER.
    pub csr: Vec<u8>,
    /// What it tells about itself.
    pub context: Context,
}

impl RequestSecurityToken {
    /// A first request, as Windows makes it.
    #[must_use]
    pub fn issue(csr: Vec<u8>, context: Context) -> Self {
        Self {
            token_type: TOKEN_TYPE.to_owned(),
            request_type: RequestType::Issue,
            csr_value_type: PKCS10_VALUE_TYPE.to_owned(),
            csr,
            context,
        }
    }

    /// What the certificate request is, by its bytes.
    #[must_use]
    pub fn csr_form(&self) -> CsrForm {
        csr_form(&self.csr)
    }
}

impl RequestBody for RequestSecurityToken {
    const ACTION: &'static str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment/RST/wstep";
    const LIMITS: Limits = Limits::RST;
    const ENVELOPE: &'static [(&'static str, &'static str)] = SERVICE_ENVELOPE;
    const BODY: &'static [(&'static str, &'static str)] = &[];

    fn read(body: &Element) -> Result<Self, Problem> {
        let request = body.required(Ns::Trust, "RequestSecurityToken", "Body")?;
        let text = |name: &'static str| {
            let element = request.required(Ns::Trust, name, "RequestSecurityToken")?;
            element.field("bytes in a field of RequestSecurityToken", MAX_FIELD_BYTES)
        };
        let token = request.required(Ns::Secext, "BinarySecurityToken", "RequestSecurityToken")?;
        let csr_value_type = token.attribute("ValueType").unwrap_or_default().trim();
        if csr_value_type.len() > MAX_FIELD_BYTES {
            return Err(Problem::Limit {
                what: "bytes in ValueType",
                limit: MAX_FIELD_BYTES,
            });
        }
        Ok(Self {
            token_type: text("TokenType")?,
            request_type: RequestType::read(&text("RequestType")?),
            csr_value_type: csr_value_type.to_owned(),
            csr: read_csr(token.trimmed())?,
            context: match request.optional(Ns::Authorization, "AdditionalContext", "RequestSecurityToken")? {
                Some(context) => Context::read(context)?,
                None => Context::default(),
            },
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer
            .open("wst:RequestSecurityToken", &[])
            .text("wst:TokenType", &[], &self.token_type)
            .text("wst:RequestType", &[], &self.request_type.uri());
        write_binary_token(writer, &self.csr_value_type, &binary::encode(&self.csr));
        self.context.write(writer);
        writer.close("wst:RequestSecurityToken");
    }
}

impl crate::soap::Sealed for RequestSecurityToken {}

fn read_csr(text: &str) -> Result<Vec<u8>, Problem> {
    let bytes = binary::decode(text).ok_or(Problem::CertificateRequest("it is not base64"))?;
    if bytes.is_empty() {
        return Err(Problem::CertificateRequest("it is empty"));
    }
    if csr_form(&bytes) != CsrForm::Unknown {
        return Ok(bytes);
    }
    // A manual renewal encodes its PKCS#7 twice (docs/PROTOCOL.md, 9).
    let inner = std::str::from_utf8(&bytes).ok().and_then(binary::decode);
    Ok(inner
        .filter(|inner| csr_form(inner) != CsrForm::Unknown)
        .unwrap_or(bytes))
}

/// Both are a SEQUENCE; `CertificationRequest` goes on with a SEQUENCE (RFC 2986, section 4.2),
/// `ContentInfo` with an object identifier (RFC 5652, section 3).
fn csr_form(der: &[u8]) -> CsrForm {
    const SEQUENCE: u8 = 0x30;
    const OBJECT_IDENTIFIER: u8 = 0x06;
    let [SEQUENCE, length, rest @ ..] = der else {
        return CsrForm::Unknown;
    };
    // A length below 128 is the byte itself; above, its low bits say how many bytes of length follow.
    let skip = if length & 0x80 == 0 {
        0
    } else {
        usize::from(length & 0x7f)
    };
    match rest.get(skip) {
        Some(&SEQUENCE) => CsrForm::Pkcs10,
        Some(&OBJECT_IDENTIFIER) => CsrForm::Pkcs7,
        _ => CsrForm::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_seen_in_the_bytes() {
        assert_eq!(csr_form(&[0x30, 0x82, 2, 0, 0x30, 0]), CsrForm::Pkcs10);
        assert_eq!(csr_form(&[0x30, 0x05, 0x30]), CsrForm::Pkcs10);
        assert_eq!(csr_form(&[0x30, 0x80, 0x06, 9]), CsrForm::Pkcs7);
        for other in [&[][..], &[0x30], &[0x30, 0xff], &[0x31, 2, 0x30], &[0x30, 2, 2, 0]] {
            assert_eq!(csr_form(other), CsrForm::Unknown);
        }
    }

    #[test]
    fn a_second_layer_of_base64_is_taken_off_only_if_something_is_under_it() {
        let der = vec![0x30, 0x03, 0x06, 0x01, 0x2a];
        let once = binary::encode(&der);
        assert_eq!(read_csr(&once), Ok(der.clone()));
        assert_eq!(read_csr(&binary::encode(once.as_bytes())), Ok(der));
        assert_eq!(read_csr("AAAA"), Ok(vec![0, 0, 0]));
        assert_eq!(read_csr(&binary::encode(b"AAAA")), Ok(b"AAAA".to_vec()));
        assert!(matches!(read_csr("?"), Err(Problem::CertificateRequest(_))));
        assert!(matches!(read_csr(" "), Err(Problem::CertificateRequest(_))));
    }

    #[test]
    fn a_request_type_that_nobody_knows_is_kept() {
        assert_eq!(RequestType::read("urn:x"), RequestType::Other("urn:x".to_owned()));
        assert_eq!(RequestType::read(&format!("{TRUST}/Recovery")), RequestType::Recovery);
        assert_eq!(RequestType::Other("urn:x".to_owned()).uri(), "urn:x");
    }
}
