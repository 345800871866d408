//! What can be set about the device listener.

use super::{address::AddressRange, routes::MANAGEMENT_PATH};
use actix_web::http::header::HeaderName;
use std::{net::IpAddr, time::Duration};
use transom_domain::enrollment::certificate::DEVICE_CERTIFICATE_DAYS;
use transom_mde::{fault::FaultStyle, provisioning::Poll};
use transom_omadm::SessionSettings;

/// The header of RFC 9440, section 2.2.
pub const CLIENT_CERT: &str = "client-cert";

/// Wrong passwords for one account in one window: a person who mistypes gives up earlier, and 2,880 guesses a day find
/// no password that is worth the name.
pub const ACCOUNT_FAILURES: u32 = 10;

/// Failed sign-ins from one address in one window: an office behind one address enrols many PCs, and some of its people
/// mistype; it must stay well above [`ACCOUNT_FAILURES`].
pub const ADDRESS_FAILURES: u32 = 50;

/// How long failures count: short enough that somebody who was locked out by another's guesses can wait for it.
pub const FAILURE_WINDOW: Duration = Duration::from_secs(5 * 60);

/// Settings of the device listener.
#[derive(Debug, Clone)]
pub struct DeviceSettings {
    /// Scheme, host and port that PCs reach this server at; every address in an answer begins with it. No slash at the
    /// end.
    pub public_url: String,
    /// How management sessions are held.
    pub session: SessionSettings,
    /// The proxy that ends TLS, where there is one.
    pub proxy: Option<ProxySettings>,
    /// How many days a certificate lives.
    pub certificate_days: u32,
    /// What the provisioning document says.
    pub provisioning: ProvisioningSettings,
    /// When wrong credentials are too many.
    pub sign_in: SignInLimits,
    /// How faults are written.
    pub fault: FaultStyle,
}

impl DeviceSettings {
    /// Settings with the defaults, for a server at `public_url`. The address that sessions speak
    /// of is made of it too, so that it is the one in the provisioning document.
    #[must_use]
    pub fn new(public_url: &str, session: SessionSettings) -> Self {
        let public_url = public_url.trim_end_matches('/').to_owned();
        Self {
            session: SessionSettings {
                server_uri: format!("{public_url}{MANAGEMENT_PATH}"),
                ..session
            },
            public_url,
            proxy: None,
            certificate_days: DEVICE_CERTIFICATE_DAYS,
            provisioning: ProvisioningSettings::default(),
            sign_in: SignInLimits::default(),
            fault: FaultStyle::default(),
        }
    }
}

/// A proxy that ends TLS and passes the PC's certificate on in a header.
///
/// The proxy must take the header off whatever arrives from outside (RFC 9440, section 4): this server cannot tell a
/// header that the proxy wrote from one that it let pass.
#[derive(Debug, Clone)]
pub struct ProxySettings {
    /// Where it connects from. From anywhere else the header is ignored.
    pub addresses: Vec<AddressRange>,
    /// The header: RFC 9440 `Client-Cert`, or one with the URL-escaped PEM of nginx.
    pub header: HeaderName,
}

impl ProxySettings {
    /// A proxy that follows RFC 9440.
    #[must_use]
    pub fn new(addresses: Vec<AddressRange>) -> Self {
        Self {
            addresses,
            header: HeaderName::from_static(CLIENT_CERT),
        }
    }

    /// Whether the proxy is at that address.
    #[must_use]
    pub fn is_at(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|range| range.contains(address))
    }
}

/// What the provisioning document says beyond what every enrolment needs (decision 17).
#[derive(Debug, Clone, Default)]
pub struct ProvisioningSettings {
    /// When PCs come by themselves.
    pub poll: Poll,
    /// Whether `SSLCLIENTCERTSEARCHCRITERIA` is written.
    pub certificate_search: bool,
    /// `SyncApplicationVersion`, if it is to be in the document and not in the first session.
    pub sync_application_version: Option<String>,
}

/// When failed sign-ins are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInLimits {
    /// Failures of one account in one window.
    pub account_failures: u32,
    /// Failures from one address in one window.
    pub address_failures: u32,
    /// How long a window is.
    pub window: Duration,
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            account_failures: ACCOUNT_FAILURES,
            address_failures: ADDRESS_FAILURES,
            window: FAILURE_WINDOW,
        }
    }
}
