//! One key, and the form of a sealed value: `v1.<key id>.<base64url of nonce, ciphertext and tag>`.
//!
//! AES-256-GCM with a random nonce of 96 bits. NIST SP 800-38D, 8.3, allows 2³² values for each key with such nonces;
//! a fleet of 100,000 PCs that has work every hour gets there in some two years, with a yearly rotation never.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    digest,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use std::fmt::Write as _;

/// Bytes of a key of AES-256.
pub const KEY_BYTES: usize = 32;

/// The version of the form.
const VERSION: &str = "v1";

/// Bytes of a key's id: a handful of keys are told apart by far fewer.
const ID_BYTES: usize = 4;

/// What the id is derived for, so that it is a hash of nothing else.
const ID_PURPOSE: &[u8] = b"transom sealing key id 1";

/// Why there are no keys. No text holds a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(pub String);

/// A key and its id. `Debug` shows the id.
pub struct Key {
    id: String,
    aead: RandomizedNonceKey,
}

impl Key {
    /// A key of 32 random bytes.
    ///
    /// # Errors
    /// When the cryptographic library does not take it.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Result<Self, KeyError> {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(ID_PURPOSE);
        context.update(&bytes);
        let id = context.finish().as_ref()[..ID_BYTES]
            .iter()
            .fold(String::new(), |mut id, byte| {
                let _ = write!(id, "{byte:02x}");
                id
            });
        let aead = RandomizedNonceKey::new(&AES_256_GCM, &bytes)
            .map_err(|_| KeyError("the cryptographic library takes no key".to_owned()))?;
        Ok(Self { id, aead })
    }

    /// A fresh key, which nobody else has.
    pub(super) fn random() -> Option<Self> {
        let mut bytes = [0; KEY_BYTES];
        aws_lc_rs::rand::fill(&mut bytes).ok()?;
        Self::new(bytes).ok()
    }

    /// Its id, a hash of it: it stands in each value and in messages.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of the key that a value was sealed with; none if it is no sealed value.
    pub(super) fn id_of(sealed: &str) -> Option<&str> {
        let (id, _) = sealed.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
        (id.len() == 2 * ID_BYTES).then_some(id)
    }

    /// What the values of that key are like, in SQL.
    pub(super) fn pattern(id: &str) -> String {
        format!("{VERSION}.{id}.%")
    }

    pub(super) fn seal(&self, binding: &str, plain: &str) -> Option<String> {
        let mut bytes = plain.as_bytes().to_vec();
        let nonce = self
            .aead
            .seal_in_place_append_tag(Aad::from(binding), &mut bytes)
            .ok()?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut bytes);
        Some(format!("{VERSION}.{}.{}", self.id, URL_SAFE_NO_PAD.encode(sealed)))
    }

    pub(super) fn open(&self, binding: &str, sealed: &str) -> Option<String> {
        let (_, text) = sealed.rsplit_once('.')?;
        let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, bytes) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.aead.open_in_place(nonce, Aad::from(binding), bytes).ok()?;
        String::from_utf8(plain.to_vec()).ok()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id)
    }
}
