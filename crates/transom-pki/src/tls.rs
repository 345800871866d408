//! Settings of rustls for the listeners. The crypto provider is always passed explicitly: there is no hidden global.

mod identity;
mod verifier;

use crate::PkiError;
pub use identity::TlsIdentity;
pub(crate) use identity::read_certificates;
use rustls::{
    DistinguishedName, ServerConfig,
    crypto::{
        CryptoProvider,
        aws_lc_rs::{self, Ticketer},
    },
    sign::SingleCertAndKey,
    version::{TLS12, TLS13},
};
use std::sync::Arc;
use verifier::AnyClientCertificate;

/// What a listener does about client certificates.
#[derive(Debug, Clone)]
pub enum ClientAuth {
    /// It does not ask for one.
    None,
    /// It asks, and takes none for an answer. Whoever presents one has proved that he holds its key, and nothing else:
    /// foreign, expired and revoked certificates reach the handler, which gives the verdict (docs/decisions/0003).
    Ask {
        /// Subjects of the issuers we would like to see. Windows picks the certificate from its stores by them; what it
        /// picks from an empty list is up to the rest of the machine, so the root's subject belongs in here.
        issuers: Vec<DistinguishedName>,
    },
}

/// Settings for a listener with this certificate: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
///
/// A resumed session shows the client certificate of the handshake that it resumes, so whoever decides by it has to
/// look it up on every request.
///
/// # Errors
/// When rustls refuses the combination.
pub fn server_config(identity: &TlsIdentity, client_auth: ClientAuth) -> Result<ServerConfig, PkiError> {
    let provider = Arc::new(provider());
    let versions = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(PkiError::Tls)?;
    let verified = match client_auth {
        ClientAuth::None => versions.with_no_client_auth(),
        ClientAuth::Ask { issuers } => versions.with_client_cert_verifier(Arc::new(AnyClientCertificate::new(
            issuers,
            provider.signature_verification_algorithms,
        ))),
    };
    let mut config = verified.with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified_key())));
    // The PC keeps its session itself, in a ticket that only this process can open. Rustls' other way is a table of 256
    // sessions here, out of which a fleet that comes once an hour would push each other.
    config.ticketer = Ticketer::new().map_err(PkiError::Tls)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

pub(crate) fn provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}

/// Random bytes for a serial number.
pub(crate) fn random() -> Result<[u8; 16], PkiError> {
    let mut bytes = [0; 16];
    provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| PkiError::Random)?;
    Ok(bytes)
}
