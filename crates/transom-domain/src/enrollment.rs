//! Enrolments: the bond between one PC, one certificate and one device record. A record may have several over time.

pub mod certificate;
pub mod check_in;
pub mod enroll;
pub mod sign_in;

use crate::{
    DeviceId, EnrollmentId, EnrollmentTokenId, OrganizationId, Timestamp, UserId,
    enrollment_template::placement::Placement,
    ports::{EnrollmentsMut, StoreError},
};

pub use certificate::{Fingerprint, IssuedCertificate};

/// The name of Transom's account on a PC. It is part of LocURIs there and never changes (decision 15).
pub const PROVIDER_ID: &str = "Transom";

/// One enrolment.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrollment {
    /// Its id; the PC knows it as `EntDMID`.
    pub id: EnrollmentId,
    /// Whose.
    pub organization: OrganizationId,
    /// The device record.
    pub device: DeviceId,
    /// Whether it holds.
    pub state: EnrollmentState,
    /// The DM client's device id: `DeviceID` of the request, `Source/LocURI` of every session. The client's own word.
    pub win_id: String,
    /// The hardware's hash, the client's own word; clones share it.
    pub hw_dev_id: Option<String>,
    /// Whose PC it becomes.
    pub user: Option<UserId>,
    /// The token it was enrolled with.
    pub token: Option<EnrollmentTokenId>,
    /// Of the whole PC or of one user.
    pub kind: EnrollmentKind,
    /// The certificate that proves it.
    pub certificate: IssuedCertificate,
    /// What proves it inside SyncML, beside or instead of the certificate.
    pub credentials: SessionCredentials,
    /// What the enrolment request said about the PC, name and value, in its order.
    pub facts: Vec<(String, String)>,
    /// What the rules of enrolment templates, or the token, made of it.
    pub placement: Option<Placement>,
    /// SHA-256 of what the PC said of itself in the last package 1, in hexadecimal: the same again needs no writing.
    pub dev_info_hash: Option<String>,
    /// How often in a row credentials were refused over its own certificate.
    pub refused: u32,
    /// Whether `SyncApplicationVersion` is set, so that failures come with their HRESULT.
    pub configured: bool,
    /// When the certificate was issued.
    pub created_at: Timestamp,
}

/// What lists of devices show of an enrolment: none of its secrets, so that nothing has to be opened for them.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrollmentDigest {
    /// Its id.
    pub id: EnrollmentId,
    /// The device record.
    pub device: DeviceId,
    /// Of the whole PC or of one user.
    pub kind: EnrollmentKind,
    /// Whether it holds.
    pub state: EnrollmentState,
    /// Who enrolled the PC.
    pub user: Option<UserId>,
    /// When its certificate ends.
    pub not_after: Timestamp,
    /// When the certificate was issued.
    pub created_at: Timestamp,
    /// What the rules of enrolment templates, or the token, made of it.
    pub placement: Option<Placement>,
}

/// Whether an enrolment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnrollmentState {
    /// The certificate is issued, no authenticated session has come.
    Pending,
    /// It holds.
    Active,
    /// It is over: replaced by a newer one, or the device is no longer managed. Its certificate opens nothing.
    Ended,
}

impl EnrollmentState {
    /// Every state.
    pub const ALL: [EnrollmentState; 3] = [Self::Pending, Self::Active, Self::Ended];

    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            EnrollmentState::Pending => "pending",
            EnrollmentState::Active => "active",
            EnrollmentState::Ended => "ended",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What is enrolled (`EnrollmentType` of the request).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnrollmentKind {
    /// `Full`: by a user, who can leave again; the certificate is in the user's store.
    Full,
    /// `Device`: the whole PC; the certificate is in the machine's store.
    Device,
}

impl EnrollmentKind {
    /// The name in the request and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            EnrollmentKind::Full => "Full",
            EnrollmentKind::Device => "Device",
        }
    }

    /// The kind of that name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Full, Self::Device]
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }
}

/// Name and digests for `syncml:auth-md5` (docs/PROTOCOL.md, 13). `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionCredentials {
    /// `AAUTHNAME` of the `APPSRV` entry: `LocName` of a message with credentials.
    pub name: String,
    /// `base64(MD5(name ":" secret))`: all that checking a digest needs. It is as good as the secret, within this scheme.
    pub digest: String,
    /// The nonce the next digest must use.
    pub nonce: Vec<u8>,
    /// The one before, valid once more in case the reply with the new one was lost.
    pub previous_nonce: Option<Vec<u8>>,
    /// The secret the server would prove itself with (`CLIENT` entry); kept for the day a PC asks for it.
    pub server_secret: String,
    /// The nonce for that.
    pub server_nonce: Vec<u8>,
}

impl std::fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionCredentials")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Ends every enrolment of a device: their certificates open nothing from the next request on.
///
/// # Errors
/// When the store fails.
pub fn end_all(tx: &mut (impl EnrollmentsMut + ?Sized), device: DeviceId) -> Result<(), StoreError> {
    for mut enrollment in tx.enrollments_of(device)? {
        if enrollment.state != EnrollmentState::Ended {
            enrollment.state = EnrollmentState::Ended;
            tx.update_enrollment(&enrollment)?;
        }
    }
    Ok(())
}
