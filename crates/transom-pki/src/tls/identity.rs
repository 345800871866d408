//! A listener's certificate chain with its key, read from PEM files with errors that name the file.

use super::provider;
use crate::{PkiError, files, validity::Validity};
use rustls::{
    Error, InconsistentKeys,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use std::{fmt, path::Path, sync::Arc};
use transom_domain::Timestamp;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

/// A certificate chain and the private key of its first certificate, checked to belong together.
#[derive(Clone)]
pub struct TlsIdentity {
    certified: Arc<CertifiedKey>,
    certificate: Vec<u8>,
    validity: Validity,
}

impl TlsIdentity {
    /// Reads the chain (the server's own certificate first, then the intermediate ones) and the key, both in PEM.
    ///
    /// # Errors
    /// When a file cannot be read, holds something else, or certificate and key do not belong together.
    pub fn from_files(certificate_file: &Path, key_file: &Path) -> Result<Self, PkiError> {
        let missing = |file: &Path| PkiError::unusable(file, "there is no such file");
        let certificate = files::read(certificate_file)?.ok_or_else(|| missing(certificate_file))?;
        let key = Zeroizing::new(files::read(key_file)?.ok_or_else(|| missing(key_file))?);
        Self::from_pem((certificate_file, &certificate), (key_file, &key))
    }

    /// The same of bytes already read, each with the name of its file for error messages.
    ///
    /// # Errors
    /// As [`TlsIdentity::from_files`].
    pub fn from_pem(
        (certificate_file, certificate): (&Path, &[u8]),
        (key_file, key): (&Path, &[u8]),
    ) -> Result<Self, PkiError> {
        let chain = read_certificates(certificate_file, certificate)?;
        let malformed = || PkiError::unusable(certificate_file, "its first certificate is malformed");
        let first = chain.first().ok_or_else(malformed)?.to_vec();
        let validity = {
            let (_, first) = X509Certificate::from_der(&first).map_err(|_| malformed())?;
            Validity::of(&first)
        };
        let key = read_key(key_file, key)?;
        // The cause is not passed on: nothing of a key may reach a log.
        let key = provider().key_provider.load_private_key(key).map_err(|_| {
            PkiError::unusable(
                key_file,
                "its private key is not one that TLS can use: RSA from 2048 bits, ECDSA P-256, P-384, P-521, or Ed25519",
            )
        })?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) => {}
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                return Err(PkiError::Mismatch {
                    certificate: certificate_file.to_owned(),
                    key: key_file.to_owned(),
                });
            }
            Err(error) => {
                return Err(PkiError::unusable(
                    certificate_file,
                    format!("its first certificate cannot be used in TLS ({error})"),
                ));
            }
        }
        Ok(Self {
            certified: Arc::new(certified),
            certificate: first,
            validity,
        })
    }

    /// The server's own certificate in DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// When that certificate begins.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.validity.from
    }

    /// When that certificate ends.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.validity.to
    }

    pub(super) fn certified_key(&self) -> Arc<CertifiedKey> {
        self.certified.clone()
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity")
            .field("certificates", &self.certified.cert.len())
            .field("validity", &self.validity)
            .finish_non_exhaustive()
    }
}

/// All certificates of a PEM file, at least one.
pub(crate) fn read_certificates(file: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    let chain = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| PkiError::unusable(file, format!("is no well-formed PEM file ({error})")))?;
    if chain.is_empty() {
        return Err(PkiError::unusable(
            file,
            "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)",
        ));
    }
    Ok(chain)
}

/// The first private key of a PEM file.
fn read_key(file: &Path, pem: &[u8]) -> Result<PrivateKeyDer<'static>, PkiError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        let encrypted = pem.windows(b"ENCRYPTED".len()).any(|part| part == b"ENCRYPTED");
        PkiError::unusable(
            file,
            if encrypted {
                "its private key is protected by a passphrase; it has to be without one"
            } else {
                "holds no well-formed private key in PEM (-----BEGIN PRIVATE KEY-----)"
            },
        )
    })
}
