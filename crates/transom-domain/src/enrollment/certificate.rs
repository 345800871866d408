//! Certificates as the rules see them: a fingerprint, a validity, and the port that issues them.

use crate::Timestamp;
use async_trait::async_trait;
use std::time::Duration;

/// Days a device certificate lives when nothing is said (decision 15).
pub const DEVICE_CERTIFICATE_DAYS: u32 = 365;

/// How far a certificate is dated back, for PCs whose clocks are slow. Never more: Windows counts its renewal window
/// from the certificate's own dates (docs/PROTOCOL.md, 6).
pub const BACKDATED: Duration = Duration::from_secs(5 * 60);

/// SHA-256 of a certificate's DER: by it, and by nothing else in the certificate, an enrolment is found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Reads 64 hexadecimal characters.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// 64 hexadecimal characters, lower case.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    /// The fingerprint of a certificate in DER.
    #[must_use]
    pub fn of_der(der: &[u8]) -> Self {
        use sha2::Digest;
        Self(sha2::Sha256::digest(der).into())
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// A certificate that our authority issued to a PC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// SHA-256 of its DER.
    pub fingerprint: Fingerprint,
    /// SHA-1 of its DER, 40 hexadecimal characters in upper case: how Windows names it (docs/PROTOCOL.md, 6).
    pub thumbprint: String,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// When it begins.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
}

/// What a certificate is to say. The authority takes the public key from the request and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateOrder {
    /// PKCS#10 in DER, as the PC sent it.
    pub request: Vec<u8>,
    /// Common name of the subject: our choice.
    pub common_name: String,
    /// Serial number, 16 random bytes.
    pub serial: [u8; 16],
    /// When it begins.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
}

/// Why no certificate is issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The request is malformed, proves no possession of its key, or its key is too weak. The text says which.
    #[error("the certificate request is refused: {0}")]
    Refused(String),
    /// The authority cannot work.
    #[error("the certificate authority failed: {0}")]
    Failed(String),
}

/// The authority that certifies PCs. An outside system: asked before the unit of work that records the enrolment.
#[async_trait]
pub trait CertificateAuthority: Send + Sync {
    /// Checks a PKCS#10 (its signature as proof of possession, its key's kind and strength) and issues a certificate.
    /// Answers the certificate's record and its DER.
    async fn issue(&self, order: CertificateOrder) -> Result<(IssuedCertificate, Vec<u8>), IssueError>;

    /// The root certificate in DER, which PCs must trust.
    fn root_der(&self) -> Vec<u8>;

    /// The root's thumbprint, as [`IssuedCertificate::thumbprint`].
    fn root_thumbprint(&self) -> String;
}

/// Checks passwords. An outside system in that it is slow on purpose: never called within a unit of work.
#[async_trait]
pub trait PasswordVerifier: Send + Sync {
    /// Whether `password` is the one that `hash` (PHC form) was made of. With no hash it takes as long and answers no,
    /// so that nobody can tell by the time which accounts exist.
    async fn verify(&self, password: &str, hash: Option<&str>) -> bool;
}
