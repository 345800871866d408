//! Enrolment as Windows does it: discovery, policy, key and request, and a strict look at the reply
//! (docs/PROTOCOL.md, 2 to 7).

mod csr;
mod document;
mod flow;
mod shape;

use transom_mde::fault::Fault;
use transom_mde::soap::{BinaryToken, Credential};
use transom_mde::{Problem, Secret};

pub use csr::certificate_request;
pub use document::{DocumentProblem, check_document};
pub(crate) use flow::enroll;

use crate::http::HttpError;
use crate::key::KeyError;
use crate::tls::TlsError;

/// How the PC's user proves who is enrolling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// An e-mail address and its password, typed into Windows' own dialog.
    Password {
        /// The address.
        email: String,
        /// The password.
        password: Secret,
    },
    /// An e-mail address with an enrolment token in place of the password.
    TokenAsPassword {
        /// The address.
        email: String,
        /// The token.
        token: Secret,
    },
    /// An enrolment token that a program hands over, without any dialog.
    BinaryToken {
        /// The token.
        token: Secret,
    },
}

impl Credentials {
    /// A password.
    #[must_use]
    pub fn password(email: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Password {
            email: email.into(),
            password: Secret::new(password),
        }
    }

    /// A token in place of a password.
    #[must_use]
    pub fn token_as_password(email: impl Into<String>, token: impl Into<String>) -> Self {
        Self::TokenAsPassword {
            email: email.into(),
            token: Secret::new(token),
        }
    }

    /// A token of its own.
    #[must_use]
    pub fn binary_token(token: impl Into<String>) -> Self {
        Self::BinaryToken {
            token: Secret::new(token),
        }
    }

    /// What Discover says; empty when a program started the enrolment.
    fn email(&self) -> &str {
        match self {
            Self::Password { email, .. } | Self::TokenAsPassword { email, .. } => email,
            Self::BinaryToken { .. } => "",
        }
    }

    fn is_typed(&self) -> bool {
        !matches!(self, Self::BinaryToken { .. })
    }

    fn to_soap(&self) -> Credential {
        match self {
            Self::Password { email, password } => Credential::username(email, password.expose()),
            Self::TokenAsPassword { email, token } => Credential::username(email, token.expose()),
            Self::BinaryToken { token } => Credential::BinarySecurityToken(BinaryToken::user_token(token.expose())),
        }
    }
}

/// A step of the enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnrollStep {
    /// GET of the discovery address.
    Probe,
    /// Discover.
    Discover,
    /// GetPolicies.
    GetPolicies,
    /// RequestSecurityToken.
    RequestSecurityToken,
}

impl std::fmt::Display for EnrollStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Probe => "the GET of the discovery address",
            Self::Discover => "Discover",
            Self::GetPolicies => "GetPolicies",
            Self::RequestSecurityToken => "RequestSecurityToken",
        })
    }
}

/// Why a PC is not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// No answer came.
    #[error("no answer to {step}")]
    Http {
        /// To what.
        step: EnrollStep,
        /// Why.
        #[source]
        source: HttpError,
    },
    /// The server refused, and Windows shows this error.
    #[error("{step} was refused: {}, 0x{:08X}", .fault.name(), .fault.hresult())]
    Fault {
        /// At which step.
        step: EnrollStep,
        /// The refusal; [`Fault::hresult`] is what Windows shows.
        fault: Box<Fault>,
        /// The HTTP status that it came with.
        status: u16,
    },
    /// The answer is none that Windows understands.
    #[error("the reply to {step} cannot be read")]
    Reply {
        /// To what.
        step: EnrollStep,
        /// The HTTP status that it came with.
        status: u16,
        /// Why.
        #[source]
        source: Problem,
    },
    /// The answer breaks a rule that Windows, or the specification, insists on.
    #[error("the reply to {step} breaks a rule: {what}")]
    Rule {
        /// To what.
        step: EnrollStep,
        /// Which rule.
        what: String,
    },
    /// The provisioning document is not complete or not right. Windows shows 0x80180023.
    #[error("the provisioning document is refused")]
    Document(#[from] DocumentProblem),
    /// No key.
    #[error("the PC has no key")]
    Key(#[from] KeyError),
    /// No TLS settings.
    #[error("the PC has no TLS settings")]
    Tls(#[from] TlsError),
}

/// What Windows shows when a provisioning document cannot be worked off (docs/PROTOCOL.md, 10).
pub const HRESULT_DOCUMENT: u32 = 0x8018_0023;

impl EnrollError {
    /// The error that Windows would show for it, where there is one.
    #[must_use]
    pub fn hresult(&self) -> Option<u32> {
        match self {
            Self::Fault { fault, .. } => Some(fault.hresult()),
            Self::Document(_) => Some(HRESULT_DOCUMENT),
            Self::Reply { .. } => Some(transom_mde::fault::HRESULT_UNKNOWN),
            _ => None,
        }
    }

    /// A short name of the kind, for counting.
    #[must_use]
    pub fn kind(&self) -> String {
        match self {
            Self::Http { source, .. } => format!("enrolment: {}", source.kind()),
            Self::Fault { fault, .. } => format!("enrolment: fault {}", fault.name()),
            Self::Reply { .. } => "enrolment: unreadable reply".to_owned(),
            Self::Rule { .. } => "enrolment: broken rule".to_owned(),
            Self::Document(_) => "enrolment: refused document".to_owned(),
            Self::Key(_) | Self::Tls(_) => "enrolment: no key".to_owned(),
        }
    }
}
