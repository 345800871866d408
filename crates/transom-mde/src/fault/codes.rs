//! The classes and details of refusals, with the errors that Windows makes of them (MS-MDE2; docs/PROTOCOL.md, 10).

use crate::discovery::DiscoverResponse;
use crate::policy::GetPoliciesResponse;
use crate::soap::ReplyBody as _;

/// What Windows shows for a refusal that it does not understand (`MENROLL_E_DEVICE_UNKNOWN_ERROR`).
pub const HRESULT_UNKNOWN: u32 = 0x8018_0008;

/// The class of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subcode {
    /// The message cannot be understood.
    MessageFormat,
    /// The password or token is wrong.
    Authentication,
    /// Known, but not allowed.
    Authorization,
    /// The certificate request is refused, or no certificate could be made.
    CertificateRequest,
    /// The server cannot work at the moment.
    EnrollmentServer,
    /// Anything unexpected.
    InternalServiceFault,
    /// The security header is missing or cannot be understood.
    InvalidSecurity,
}

impl Subcode {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::MessageFormat,
        Self::Authentication,
        Self::Authorization,
        Self::CertificateRequest,
        Self::EnrollmentServer,
        Self::InternalServiceFault,
        Self::InvalidSecurity,
    ];

    /// The name in the message, without prefix.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MessageFormat => "MessageFormat",
            Self::Authentication => "Authentication",
            Self::Authorization => "Authorization",
            Self::CertificateRequest => "CertificateRequest",
            Self::EnrollmentServer => "EnrollmentServer",
            Self::InternalServiceFault => "InternalServiceFault",
            Self::InvalidSecurity => "InvalidSecurity",
        }
    }

    /// The error that Windows makes of it.
    #[must_use]
    pub fn hresult(self) -> u32 {
        match self {
            Self::MessageFormat => 0x8018_0001,
            Self::Authentication => 0x8018_0002,
            Self::Authorization => 0x8018_0003,
            Self::CertificateRequest => 0x8018_0004,
            Self::EnrollmentServer => 0x8018_0005,
            Self::InternalServiceFault => 0x8018_0006,
            Self::InvalidSecurity => 0x8018_0007,
        }
    }

    pub(super) fn is_dispatcher(self) -> bool {
        matches!(self, Self::InternalServiceFault | Self::InvalidSecurity)
    }

    /// One server writes the names in lower case, so case does not count (docs/PROTOCOL.md, 10).
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|subcode| subcode.name().eq_ignore_ascii_case(name))
    }
}

/// What exactly a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorType {
    /// The user has too many devices.
    DeviceCapReached,
    /// The platform or version is not allowed.
    DeviceNotSupported,
    /// Enrolment is switched off.
    NotSupported,
    /// The certificate is not renewed.
    NotEligibleToRenew,
    /// Try later.
    InMaintenance,
    /// The user has no licence.
    UserLicense,
    /// The data from the terms-of-use page is wrong.
    InvalidEnrollmentData,
    /// Windows 10 20H2 and later show the reason text itself.
    CustomServerError,
}

impl ErrorType {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::DeviceCapReached,
        Self::DeviceNotSupported,
        Self::NotSupported,
        Self::NotEligibleToRenew,
        Self::InMaintenance,
        Self::UserLicense,
        Self::InvalidEnrollmentData,
        Self::CustomServerError,
    ];

    /// The name in the message.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DeviceCapReached => "DeviceCapReached",
            Self::DeviceNotSupported => "DeviceNotSupported",
            Self::NotSupported => "NotSupported",
            Self::NotEligibleToRenew => "NotEligibleToRenew",
            Self::InMaintenance => "InMaintenance",
            Self::UserLicense => "UserLicense",
            Self::InvalidEnrollmentData => "InvalidEnrollmentData",
            Self::CustomServerError => "CustomServerError",
        }
    }

    /// The error that Windows makes of it.
    #[must_use]
    pub fn hresult(self) -> u32 {
        match self {
            Self::DeviceCapReached => 0x8018_0013,
            Self::DeviceNotSupported => 0x8018_0014,
            Self::NotSupported => 0x8018_0015,
            Self::NotEligibleToRenew => 0x8018_0016,
            Self::InMaintenance => 0x8018_0017,
            Self::UserLicense => 0x8018_0018,
            Self::InvalidEnrollmentData => 0x8018_0019,
            Self::CustomServerError => 0x8018_0032,
        }
    }

    /// The class that the refusal is sent in; Windows looks at the detail first.
    #[must_use]
    pub fn subcode(self) -> Subcode {
        match self {
            Self::DeviceCapReached
            | Self::DeviceNotSupported
            | Self::NotSupported
            | Self::NotEligibleToRenew
            | Self::UserLicense => Subcode::Authorization,
            Self::InMaintenance | Self::CustomServerError => Subcode::EnrollmentServer,
            Self::InvalidEnrollmentData => Subcode::MessageFormat,
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

/// The service that refuses; decides `a:Action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Discover.
    Discovery,
    /// GetPolicies.
    Policy,
    /// RequestSecurityToken.
    Enrolment,
}

impl Service {
    /// `a:Action` of the service's faults (docs/PROTOCOL.md, 10). For enrolment it is Microsoft's own spelling
    /// in the fault examples, in lower case where the reply has capitals.
    #[must_use]
    pub fn fault_action(self) -> &'static str {
        match self {
            Self::Discovery => DiscoverResponse::ACTION,
            Self::Policy => GetPoliciesResponse::ACTION,
            Self::Enrolment => "http://schemas.microsoft.com/windows/pki/2009/01/enrollment/rstrc/wstep",
        }
    }

    pub(super) fn from_action(action: &str) -> Option<Self> {
        [Self::Discovery, Self::Policy, Self::Enrolment]
            .into_iter()
            .find(|service| service.fault_action().eq_ignore_ascii_case(action))
    }
}
