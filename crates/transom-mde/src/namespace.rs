//! The XML namespaces of enrolment (docs/PROTOCOL.md, 1).

pub(crate) const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
pub(crate) const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
pub(crate) const UTILITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
pub(crate) const SECEXT: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
pub(crate) const TRUST: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";
pub(crate) const AUTHORIZATION: &str = "http://schemas.xmlsoap.org/ws/2006/12/authorization";
pub(crate) const DISCOVERY: &str = "http://schemas.microsoft.com/windows/management/2012/01/enrollment";
pub(crate) const XCEP: &str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy";
pub(crate) const WSTEP: &str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment";
pub(crate) const DIAGNOSTICS: &str = "http://schemas.microsoft.com/2004/09/ServiceModel/Diagnostics";
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
pub(crate) const XSD: &str = "http://www.w3.org/2001/XMLSchema";
pub(crate) const DISPATCHER: &str =
    "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher";

/// `EncodingType` of every binary token.
pub(crate) const BASE64_BINARY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd#base64binary";

/// A namespace that means something here. Prefixes are free, so elements are told apart by this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ns {
    Soap,
    Addressing,
    Utility,
    Secext,
    Trust,
    Authorization,
    Discovery,
    Xcep,
    Wstep,
    Diagnostics,
    /// No namespace at all, as in provisioning documents.
    None,
    /// One that no message of these protocols needs.
    Other,
}

impl Ns {
    pub(crate) fn from_uri(uri: &str) -> Self {
        // Some examples of Microsoft end the discovery namespace with a slash, and no other one:
        // real clients send it without. Both are read.
        let uri = uri.trim();
        match uri {
            SOAP => Self::Soap,
            ADDRESSING => Self::Addressing,
            UTILITY => Self::Utility,
            SECEXT => Self::Secext,
            TRUST => Self::Trust,
            AUTHORIZATION => Self::Authorization,
            XCEP => Self::Xcep,
            WSTEP => Self::Wstep,
            DIAGNOSTICS => Self::Diagnostics,
            "" => Self::None,
            _ if uri.strip_suffix('/').unwrap_or(uri) == DISCOVERY => Self::Discovery,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_discovery_namespace_may_end_with_a_slash() {
        assert_eq!(Ns::from_uri(&format!("{DISCOVERY}/")), Ns::Discovery);
        assert_eq!(Ns::from_uri(DISCOVERY), Ns::Discovery);
        assert_eq!(Ns::from_uri(&format!("{SOAP}/")), Ns::Other);
    }
}
