//! Trust, certificates and TLS settings of simulated PCs.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::key::DeviceKey;

/// Roots that a PC trusts for TLS.
#[derive(Debug, Clone)]
pub struct Trust {
    roots: Arc<RootCertStore>,
    ders: Arc<Vec<CertificateDer<'static>>>,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The text holds no certificate.
    #[error("there is no certificate in the PEM text")]
    NoCertificate,
    /// The text is not PEM.
    #[error("the certificates are not PEM")]
    Pem(#[source] rustls::pki_types::pem::Error),
    /// A certificate, a key or the settings are refused.
    #[error("TLS refuses the certificates or the key")]
    Refused(#[source] rustls::Error),
    /// A certificate of a PC's own cannot be made.
    #[error("no certificate can be made")]
    Make(#[source] rcgen::Error),
}

impl Trust {
    /// Trust in the certificates of a PEM text, such as the server's `root.pem`.
    ///
    /// # Errors
    /// If there is no usable certificate in it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TlsError> {
        let ders = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(TlsError::Pem)?;
        if ders.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        Self::from_ders(ders)
    }

    /// The same with one more root: what an enrolment puts into Windows' store is trusted from then on.
    ///
    /// # Errors
    /// If the certificate cannot be a root.
    pub fn with_root(&self, der: &[u8]) -> Result<Self, TlsError> {
        if self.ders.iter().any(|known| known.as_ref() == der) {
            return Ok(self.clone());
        }
        let mut ders = self.ders.as_ref().clone();
        ders.push(CertificateDer::from(der.to_vec()));
        Self::from_ders(ders)
    }

    fn from_ders(ders: Vec<CertificateDer<'static>>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for der in &ders {
            roots.add(der.clone()).map_err(TlsError::Refused)?;
        }
        Ok(Self {
            roots: Arc::new(roots),
            ders: Arc::new(ders),
        })
    }
}

/// A certificate and its key: what a PC shows to the server in TLS.
#[derive(Clone)]
pub struct ClientIdentity {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<DeviceKey>,
}

impl std::fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientIdentity")
            .field("certificates", &self.chain.len())
            .finish_non_exhaustive()
    }
}

impl ClientIdentity {
    /// A certificate with what stands between it and its root.
    #[must_use]
    pub fn new(certificate: Vec<u8>, intermediate: Option<Vec<u8>>, key: Arc<DeviceKey>) -> Self {
        let chain = std::iter::once(certificate)
            .chain(intermediate)
            .map(CertificateDer::from);
        Self {
            chain: chain.collect(),
            key,
        }
    }

    /// A certificate that nobody issued but the PC itself.
    ///
    /// # Errors
    /// If the key cannot sign.
    pub fn self_made(name: &str, key: Arc<DeviceKey>) -> Result<Self, TlsError> {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters
            .distinguished_name
            .push(rcgen::DnType::CommonName, rcgen::DnValue::Utf8String(name.to_owned()));
        parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = parameters.self_signed(key.pair()).map_err(TlsError::Make)?;
        Ok(Self::new(certificate.der().to_vec(), None, key))
    }

    /// The certificate in DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.chain.first().map(AsRef::as_ref).unwrap_or_default()
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &Arc<DeviceKey> {
        &self.key
    }
}

/// Settings for connections: what is trusted, what is shown, and whether sessions of TLS are resumed.
///
/// # Errors
/// If rustls refuses the certificate or the key.
pub fn client_config(
    trust: &Trust,
    identity: Option<&ClientIdentity>,
    resume: bool,
) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Refused)?
        .with_root_certificates(Arc::clone(&trust.roots));
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let key = PrivatePkcs8KeyDer::from(identity.key.pair().serialized_der().to_vec());
            builder
                .with_client_auth_cert(identity.chain.clone(), PrivateKeyDer::Pkcs8(key))
                .map_err(TlsError::Refused)?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if !resume {
        config.resumption = Resumption::disabled();
    }
    Ok(Arc::new(config))
}
