//! RSA keys of simulated PCs.

use std::sync::Arc;

use rcgen::{KeyPair, PKCS_RSA_SHA256, PublicKeyData as _, RsaKeySize, SigningKey as _};

/// A PC's key: RSA with 2048 bits, as Windows makes it.
pub struct DeviceKey {
    pair: KeyPair,
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceKey(RSA 2048)")
    }
}

/// No key could be made or used.
#[derive(Debug, thiserror::Error)]
#[error("no RSA key can be made or used")]
pub struct KeyError(#[from] rcgen::Error);

impl DeviceKey {
    /// Makes a key. This costs a large part of a second of computing time.
    ///
    /// # Errors
    /// If the random source or the library fails.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        Ok(Self { pair })
    }

    /// `SubjectPublicKeyInfo` in DER.
    #[must_use]
    pub fn public_key_info(&self) -> Vec<u8> {
        self.pair.subject_public_key_info()
    }

    pub(crate) const fn pair(&self) -> &KeyPair {
        &self.pair
    }

    /// A signature with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.pair.sign(message)?)
    }
}

/// Where PCs get their keys from.
#[derive(Debug, Clone, Default)]
pub enum KeySource {
    /// Each PC makes its own, as real ones do.
    #[default]
    Own,
    /// PCs share a few keys. A thousand PCs would spend minutes of computing time on keys that no load test is about;
    /// their certificates still differ, but a server that compares public keys will see the same ones again.
    Pool(Arc<Vec<Arc<DeviceKey>>>),
}

impl KeySource {
    /// A pool with so many keys (at least one).
    ///
    /// # Errors
    /// If a key cannot be made.
    pub fn pool(keys: usize) -> Result<Self, KeyError> {
        let keys = (0..keys.max(1))
            .map(|_| DeviceKey::generate().map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self::Pool(Arc::new(keys)))
    }

    /// The key for the PC with this number.
    ///
    /// # Errors
    /// If a key cannot be made.
    pub(crate) async fn key(&self, index: u64) -> Result<Arc<DeviceKey>, KeyError> {
        match self {
            Self::Pool(keys) if !keys.is_empty() => {
                let count = u64::try_from(keys.len()).unwrap_or(1);
                let place = usize::try_from(index % count).unwrap_or(0);
                Ok(Arc::clone(&keys[place]))
            }
            _ => {
                // Off the runtime's threads: other PCs go on meanwhile.
                let made = tokio::task::spawn_blocking(DeviceKey::generate).await;
                made.unwrap_or(Err(KeyError(rcgen::Error::RemoteKeyError)))
                    .map(Arc::new)
            }
        }
    }
}
