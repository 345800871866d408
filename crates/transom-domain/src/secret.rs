//! Secrets that are handed out once and kept only as a hash.

pub mod rotation;

use crate::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Random bytes in a token: 256 bits cannot be guessed, so a plain hash is enough to keep.
pub const SECRET_BYTES: usize = 32;

/// What a secret begins with that takes the place of one whose key was lost: the character SUBSTITUTE, which no secret has
/// that anybody enters.
const LOST: char = '\u{1a}';

/// A secret in clear: shown once, never stored, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// The SHA-256 of a secret: what is stored and looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretHash(pub [u8; 32]);

impl Secret {
    /// A fresh secret: `prefix`, then 32 random bytes in URL-safe base64 without padding.
    ///
    /// The prefix tells a person (and a secret scanner) what kind of token they found.
    #[must_use]
    pub fn generate(cx: &mut Context, prefix: &str) -> Self {
        Self(format!(
            "{prefix}{}",
            URL_SAFE_NO_PAD.encode(cx.bytes::<SECRET_BYTES>())
        ))
    }

    /// A secret that somebody presents.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What takes the place of a secret whose key was lost, of bytes that nobody knows.
    #[must_use]
    pub fn in_place_of_a_lost_one(random: &str) -> Self {
        Self(format!("{LOST}{random}"))
    }

    /// Whether it takes the place of one that was lost.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.0.starts_with(LOST)
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl SecretHash {
    /// Reads 64 hexadecimal characters.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// 64 hexadecimal characters.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(…)")
    }
}
