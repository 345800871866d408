//! The provisioning document: everything a PC needs to become managed (MS-MDE2; docs/PROTOCOL.md, 7).
//!
//! [`ProvisioningDocument`] is what Transom sends, as values. [`tree`] is the same as characteristics and
//! parameters, for whoever wants to look at any document.

mod poll;
mod read;
pub mod tree;
mod write;

pub use poll::{Poll, PollError, Retries};

use crate::error::Problem;
use crate::rst::EnrollmentType;
use crate::secret::Secret;

/// `PROVIDER-ID` and `NAME`: the account's key on the PC. Changing it would cut off every PC that is enrolled.
pub const PROVIDER_ID: &str = "Transom";

/// The name of a certificate's node: its SHA-1 as 40 upper-case hexadecimal digits (docs/PROTOCOL.md, 6).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Thumbprint(String);

/// A thumbprint that Windows would not find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a thumbprint needs 40 upper-case hexadecimal digits")]
pub struct ThumbprintError;

impl Thumbprint {
    /// Takes a thumbprint in the form that working servers send.
    ///
    /// # Errors
    /// If it does not have exactly 40 digits of `0`–`9` and `A`–`F`.
    pub fn new(text: impl Into<String>) -> Result<Self, ThumbprintError> {
        let text = text.into();
        let digits = text.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
        if text.len() == 40 && digits {
            Ok(Self(text))
        } else {
            Err(ThumbprintError)
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A certificate and the name of its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-1 of `der`. This crate does not compute it.
    pub thumbprint: Thumbprint,
    /// The certificate in DER.
    pub der: Vec<u8>,
}

/// Where the PC keeps its certificate. In the wrong place the management client does not find its key
/// (docs/PROTOCOL.md, 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertificateStore {
    /// `My/User`.
    User,
    /// `My/System`.
    System,
}

impl CertificateStore {
    /// The node below `My`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::System => "System",
        }
    }
}

impl From<EnrollmentType> for CertificateStore {
    fn from(kind: EnrollmentType) -> Self {
        match kind {
            EnrollmentType::Full => Self::User,
            EnrollmentType::Device => Self::System,
        }
    }
}

/// How the server proves itself to the PC: `APPAUTH` with level `CLIENT`, always `DIGEST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerCredential {
    /// Long, random, ASCII, and of this PC alone.
    pub secret: Secret,
    /// The first nonce: 16 random bytes or more.
    pub nonce: Vec<u8>,
}

/// How the PC proves itself to the server: `APPAUTH` with level `APPSRV`, here always `DIGEST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredential {
    /// `Source/LocName` and the user in the digest; without a colon.
    pub name: String,
    /// Long, random, ASCII, and of this PC alone.
    pub secret: Secret,
    /// The first nonce: 16 random bytes or more.
    pub nonce: Vec<u8>,
}

/// The OMA-DM account, `APPLICATION` with `APPID` `w7` (section 10.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The address of the management service.
    pub address: String,
    /// How often a connection is tried again.
    pub connection_retries: u32,
    /// Milliseconds before the first new try; doubles.
    pub initial_backoff_ms: u32,
    /// The most milliseconds between two tries.
    pub maximal_backoff_ms: u32,
    /// `SSLCLIENTCERTSEARCHCRITERIA`; see [`search_criteria`]. Off unless somebody needs it: working
    /// servers send none, and in the wrong form it breaks the enrolment.
    pub certificate_search: Option<String>,
    /// `APPAUTH` `CLIENT`.
    pub server: ServerCredential,
    /// `APPAUTH` `APPSRV`.
    pub client: ClientCredential,
}

impl Account {
    /// An account with the retries of Microsoft's example.
    #[must_use]
    pub fn new(address: impl Into<String>, server: ServerCredential, client: ClientCredential) -> Self {
        Self {
            address: address.into(),
            connection_retries: 6,
            initial_backoff_ms: 30_000,
            maximal_backoff_ms: 120_000,
            certificate_search: None,
            server,
            client,
        }
    }
}

/// `DMClient/Provider/Transom` (docs/PROTOCOL.md, 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DmClient {
    /// The server's id of the device; must be there before a certificate is renewed.
    pub ent_dm_id: String,
    /// The user, shown in Settings.
    pub upn: Option<String>,
    /// The device's name, shown in Settings.
    pub ent_device_name: Option<String>,
    /// Set here, the very first session already counts in hexadecimal (docs/PROTOCOL.md, 7).
    pub sync_application_version: Option<String>,
    /// When the PC comes by itself.
    pub poll: Poll,
}

/// The whole document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisioningDocument {
    /// The root that the PC has to trust, unless it does so already.
    pub root: Option<Certificate>,
    /// What stands between the root and the PC's certificate.
    pub intermediate: Option<Certificate>,
    /// The PC's own certificate.
    pub client: Certificate,
    /// Where the PC keeps it.
    pub store: CertificateStore,
    /// The OMA-DM account.
    pub account: Account,
    /// The management client's settings.
    pub dm_client: DmClient,
}

impl ProvisioningDocument {
    /// The document as text. There is no block `My/WSTEP/Renew` in it: that would promise a renewal
    /// which the server does not do.
    #[must_use]
    pub fn encode(&self) -> String {
        write::tree(self).encode()
    }

    /// Reads a document as strictly as the strictest Windows does.
    ///
    /// # Errors
    /// Says which part is missing, repeated or wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, Problem> {
        read::document(&tree::Document::parse(bytes)?)
    }
}

/// Criteria by which the PC finds its certificate by the common name, for [`Account::certificate_search`].
#[must_use]
pub fn search_criteria(common_name: &str, store: CertificateStore) -> String {
    let mut out = String::from("Subject=CN%3d");
    for byte in common_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out.push_str("&Stores=My%5C");
    out.push_str(store.name());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_upper_case_sha1_is_a_thumbprint() {
        assert!(Thumbprint::new("0123456789ABCDEF0123456789ABCDEF01234567").is_ok());
        for bad in [
            "",
            "0123456789abcdef0123456789ABCDEF01234567",
            "0123456789ABCDEF0123456789ABCDEF0123456",
            "G123456789ABCDEF0123456789ABCDEF01234567",
        ] {
            assert_eq!(Thumbprint::new(bad), Err(ThumbprintError), "{bad}");
        }
    }

    #[test]
    fn search_criteria_escape_the_name() {
        assert_eq!(
            search_criteria("a b,ö", CertificateStore::System),
            "Subject=CN%3da%20b%2C%C3%B6&Stores=My%5CSystem"
        );
    }

    #[test]
    fn the_store_follows_the_enrolment_type() {
        assert_eq!(CertificateStore::from(EnrollmentType::Full), CertificateStore::User);
        assert_eq!(CertificateStore::from(EnrollmentType::Device), CertificateStore::System);
    }
}
