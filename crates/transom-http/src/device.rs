//! The device listener: enrolment (MS-MDE2) and management sessions (OMA-DM) for PCs.
//!
//! [`serve`] runs it, [`DeviceRoutes`] is the same without a socket. Every answer has a `Content-Length`, none is
//! compressed or sent in chunks, and every address in an answer begins with [`DeviceSettings::public_url`]: what a
//! request says about its host is nobody's word but its sender's.

mod address;
mod body;
mod call;
mod credentials;
mod discovery;
mod enrolment;
mod last_reports;
mod management;
mod peer;
mod policy;
mod refusals;
mod routes;
mod serve;
mod settings;
mod soap;
mod streams;
mod throttle;

use std::sync::Arc;
use transom_domain::{
    Environment,
    enrollment::certificate::{CertificateAuthority, PasswordVerifier},
    ports::Store,
};

pub use address::{AddressRange, AddressRangeError};
pub use body::{BODY_TIMEOUT, LARGE_BODIES_AT_ONCE, SMALL_BODY_BYTES};
pub use credentials::SIGN_INS_AT_ONCE;
pub use enrolment::FACT_CHARS_MAX;
pub use last_reports::{BUFFERED_MAX, LastReports};
pub use management::STRANGERS_AT_ONCE;
pub use peer::CERTIFICATE_HEADER_BYTES_MAX;
pub use routes::{DISCOVERY_PATH, ENROLMENT_PATH, MANAGEMENT_PATH, POLICY_PATH};
pub use serve::{
    CONNECTIONS_PER_WORKER, DISCONNECT_TIMEOUT, DeviceRoutes, HANDSHAKES_PER_WORKER, HEAD_TIMEOUT, KEEP_ALIVE,
    SHUTDOWN_SECONDS, serve,
};
pub use settings::{
    ACCOUNT_FAILURES, ADDRESS_FAILURES, CLIENT_CERT, DeviceSettings, FAILURE_WINDOW, ProvisioningSettings,
    ProxySettings, SignInLimits,
};
pub use streams::REQUESTS_OF_A_CONNECTION_MAX;

/// What the device routes work with.
#[derive(Clone)]
pub struct DeviceState {
    /// Where state is kept.
    pub store: Arc<dyn Store>,
    /// The clock and the random source.
    pub environment: Arc<dyn Environment>,
    /// Who certifies PCs.
    pub authority: Arc<dyn CertificateAuthority>,
    /// Who checks passwords.
    pub passwords: Arc<dyn PasswordVerifier>,
    /// What can be set.
    pub settings: DeviceSettings,
    /// Where ends of idle sessions are remembered; a job of the app must flush it.
    pub last_reports: LastReports,
}

impl std::fmt::Debug for DeviceState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceState")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
