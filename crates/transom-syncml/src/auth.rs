//! Proof of identity inside SyncML: the formulas of OMA-TS-DM-Security 1.2.1, section 5.3.
//!
//! MD5 is what the protocol prescribes. It proves that somebody knows a secret on top of the client certificate;
//! it must not be the only proof.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use crate::message::{Challenge, Credentials};

/// Authentication type of [`md5_digest`].
pub const MD5: &str = "syncml:auth-md5";
/// Authentication type of [`basic`].
pub const BASIC: &str = "syncml:auth-basic";
/// Authentication type of the HMAC in an HTTP header (not offered by this server).
pub const MAC: &str = "syncml:auth-MAC";
/// `Meta/Format` of digests and nonces.
pub const FORMAT_B64: &str = "b64";

/// `A = base64(MD5(name ":" secret))`: what a server may keep instead of the secret.
#[must_use]
pub fn md5_a(name: &str, secret: &str) -> String {
    let mut hash = Md5::new();
    hash.update(name.as_bytes());
    hash.update(b":");
    hash.update(secret.as_bytes());
    STANDARD.encode(hash.finalize())
}

/// `base64(MD5(A ":" nonce))` with the nonce's raw bytes: `Cred/Data` of [`MD5`]. `a` comes from [`md5_a`].
///
/// Compare the result with what was received in constant time.
#[must_use]
pub fn md5_digest(a: &str, nonce: &[u8]) -> String {
    let mut hash = Md5::new();
    hash.update(a.as_bytes());
    hash.update(b":");
    hash.update(nonce);
    STANDARD.encode(hash.finalize())
}

/// `base64(name ":" secret)`: `Cred/Data` of [`BASIC`].
#[must_use]
pub fn basic(name: &str, secret: &str) -> String {
    STANDARD.encode(format!("{name}:{secret}"))
}

/// A nonce as it travels in `NextNonce`.
#[must_use]
pub fn encode_nonce(nonce: &[u8]) -> String {
    STANDARD.encode(nonce)
}

/// The raw bytes of a nonce that came in base64; `None` when it is no base64.
#[must_use]
pub fn decode_nonce(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.trim()).ok()
}

impl Credentials {
    /// Credentials of type [`MD5`] over a nonce's raw bytes.
    #[must_use]
    pub fn md5(name: &str, secret: &str, nonce: &[u8]) -> Self {
        Self {
            auth_type: MD5.to_owned(),
            format: Some(FORMAT_B64.to_owned()),
            data: md5_digest(&md5_a(name, secret), nonce),
        }
    }

    /// Credentials of type [`BASIC`].
    #[must_use]
    pub fn basic(name: &str, secret: &str) -> Self {
        Self {
            auth_type: BASIC.to_owned(),
            format: Some(FORMAT_B64.to_owned()),
            data: basic(name, secret),
        }
    }
}

impl Challenge {
    /// A challenge for [`MD5`] with the nonce's raw bytes.
    #[must_use]
    pub fn md5(nonce: &[u8]) -> Self {
        Self {
            auth_type: MD5.to_owned(),
            format: Some(FORMAT_B64.to_owned()),
            next_nonce: Some(encode_nonce(nonce)),
        }
    }

    /// The raw bytes of the nonce; `None` when there is none or it is no base64.
    #[must_use]
    pub fn nonce(&self) -> Option<Vec<u8>> {
        self.next_nonce.as_deref().and_then(decode_nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::{MD5, basic, decode_nonce, md5_a, md5_digest};
    use crate::message::{Challenge, Credentials};

    /// Name, secret, nonce in base64, digest. The first line is OMA's published example.
    const VECTORS: [(&str, &str, &str, &str); 4] = [
        ("Bruce2", "OhBehave", "Tm9uY2U=", "Zz6EivR3yeaaENcRN6lpAQ=="),
        (
            "device-0001",
            "correct horse",
            "AAECAwQFBgcICQoLDA0ODw==",
            "/KQ4qxlBqGUcjVMAsNz+aQ==",
        ),
        (
            "device-0001",
            "correct horse",
            "AP8QgH86DQo=",
            "UK/6+Hj26kTamPMUZq76MA==",
        ),
        ("device-0001", "correct horse", "", "1vp+VUmaw4Sbl4YYDsnsSw=="),
    ];

    #[test]
    fn digests_match_the_published_vectors() {
        for (name, secret, nonce, digest) in VECTORS {
            let nonce = decode_nonce(nonce).unwrap_or_default();
            assert_eq!(
                md5_digest(&md5_a(name, secret), &nonce),
                digest,
                "{name} with {} bytes",
                nonce.len()
            );
        }
    }

    #[test]
    fn basic_matches_the_published_vector() {
        assert_eq!(basic("Bruce1", "OhBehave"), "QnJ1Y2UxOk9oQmVoYXZl");
    }

    #[test]
    fn a_client_answers_a_challenge_with_its_nonce() {
        let challenge = Challenge::md5(&[0, 0xFF, b':', b'\r', b'\n']);
        let nonce = challenge.nonce().unwrap_or_default();
        let answer = Credentials::md5("device-0001", "correct horse", &nonce);
        assert_eq!(answer.auth_type, MD5);
        assert_eq!(
            answer.data,
            md5_digest(&md5_a("device-0001", "correct horse"), &[0, 0xFF, b':', b'\r', b'\n'])
        );
    }

    #[test]
    fn a_nonce_that_is_no_base64_is_none() {
        assert_eq!(decode_nonce("not base64!"), None);
        assert_eq!(decode_nonce(" AAEC\n"), Some(vec![0, 1, 2]));
    }

    #[test]
    fn credentials_hide_their_proof() {
        let shown = format!("{:?}", Credentials::basic("Bruce1", "OhBehave"));
        assert!(!shown.contains("QnJ1Y2Ux"), "{shown}");
    }
}
