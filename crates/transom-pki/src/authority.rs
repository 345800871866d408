//! The authority: one root that certifies PCs and, where no certificate is configured, the device listener.

mod request;
mod root;

use crate::{PkiError, validity::Validity};
use async_trait::async_trait;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose};
pub use root::ROOT_LIFE_DAYS;
use root::Root;
use sha1::{Digest, Sha1};
use std::{path::Path, sync::Arc};
use transom_domain::{
    Timestamp,
    enrollment::certificate::{CertificateAuthority, CertificateOrder, Fingerprint, IssueError, IssuedCertificate},
};

/// Characters of a common name, at most (X.520, ub-common-name).
const COMMON_NAME_CHARS: usize = 64;

/// Our certificate authority. Clones share the one root.
#[derive(Debug, Clone)]
pub struct Authority {
    root: Arc<Root>,
}

impl Authority {
    /// Opens the authority that is kept in `directory` (`root.key` and `root.pem`), or makes a new one there. A start
    /// that was cut off between the two files is completed.
    ///
    /// Making the key takes a moment: not to be called on a thread that must not wait.
    ///
    /// # Errors
    /// When the files cannot be read or written, or do not hold an RSA key and its self-signed root certificate.
    pub fn open(directory: &Path, now: Timestamp) -> Result<Self, PkiError> {
        Root::open(directory, now).map(|root| Self { root: Arc::new(root) })
    }

    /// The root certificate in PEM.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root.pem
    }

    /// The root's subject: what the device listener names as the issuer of the certificates it would like to see.
    #[must_use]
    pub fn root_subject(&self) -> rustls::DistinguishedName {
        self.root.subject.clone().into()
    }

    /// When the root ends. After that nothing can be issued.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.root.validity.to
    }

    pub(crate) fn validity(&self) -> Validity {
        self.root.validity
    }

    /// Whether this root signed the certificate.
    pub(crate) fn signed(&self, certificate: &x509_parser::certificate::X509Certificate<'_>) -> bool {
        self.root.signed(certificate)
    }

    /// Signs a certificate that says what `params` say. Blocks for as long as an RSA signature takes.
    pub(crate) fn sign(
        &self,
        params: &CertificateParams,
        key: &impl rcgen::PublicKeyData,
    ) -> Result<rcgen::Certificate, PkiError> {
        params
            .signed_by(key, &self.root.issuer)
            .map_err(PkiError::certificate("signing a certificate"))
    }

    /// Checks the request and issues the certificate; everything that takes time.
    fn certify(&self, order: &CertificateOrder) -> Result<(IssuedCertificate, Vec<u8>), IssueError> {
        let key = request::proven_key(&order.request).map_err(|refusal| IssueError::Refused(refusal.to_string()))?;
        let failed = |error: PkiError| IssueError::Failed(with_source(&error));
        let serial = positive(order.serial);
        let validity = Validity::new(order.not_before, order.not_after)
            .within(self.validity())
            .map_err(failed)?;

        let mut params = CertificateParams::default();
        validity.apply(&mut params).map_err(failed)?;
        params.serial_number = Some(rcgen::SerialNumber::from_slice(&serial));
        params.distinguished_name = common_name(&order.common_name)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let der = self.sign(&params, &key).map_err(failed)?.der().to_vec();

        let issued = IssuedCertificate {
            fingerprint: Fingerprint::of_der(&der),
            thumbprint: thumbprint(&der),
            serial: hex::encode(serial),
            not_before: validity.from,
            not_after: validity.to,
        };
        Ok((issued, der))
    }
}

#[async_trait]
impl CertificateAuthority for Authority {
    async fn issue(&self, order: CertificateOrder) -> Result<(IssuedCertificate, Vec<u8>), IssueError> {
        let authority = self.clone();
        tokio::task::spawn_blocking(move || authority.certify(&order))
            .await
            .unwrap_or_else(|_| Err(IssueError::Failed("the work was broken off".to_owned())))
    }

    fn root_der(&self) -> Vec<u8> {
        self.root.der.clone()
    }

    fn root_thumbprint(&self) -> String {
        thumbprint(&self.root.der)
    }
}

/// How Windows names a certificate: SHA-1 of the DER, 40 hexadecimal digits in upper case (docs/PROTOCOL.md, 6).
fn thumbprint(der: &[u8]) -> String {
    hex::encode_upper(Sha1::digest(der))
}

/// A serial number is positive (RFC 5280, section 4.1.2.2), so its top bit is clear. The next bit is set: then it is
/// never zero, and always 16 bytes long, in the certificate as in our records; 126 random bits remain.
pub(crate) fn positive(mut serial: [u8; 16]) -> [u8; 16] {
    serial[0] = (serial[0] & 0x7f) | 0x40;
    serial
}

/// A subject with one RDN. Windows takes its certificates apart at `!` and commas (docs/PROTOCOL.md, 6).
fn common_name(text: &str) -> Result<DistinguishedName, IssueError> {
    if text.is_empty() || text.chars().count() > COMMON_NAME_CHARS || text.contains(['!', ',', '\0']) {
        return Err(IssueError::Failed(format!(
            "{text:?} is no common name: it has 1 to {COMMON_NAME_CHARS} characters and none of '!', ',' and NUL"
        )));
    }
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    Ok(name)
}

/// The port's error is plain text: the cause goes into it, or it would be lost.
fn with_source(error: &PkiError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
