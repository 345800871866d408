//! What the session machine is told from outside.

use transom_domain::enrollment::Fingerprint;
use transom_syncml::Message;

/// Longest reply in bytes when nothing is said: larger messages to Windows have not been tried (docs/PROTOCOL.md, 17).
pub const REPLY_BYTES_MAX: usize = 512 * 1024;

/// The settings of every session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSettings {
    /// The management address that PCs were given (`ADDR`): `Source/LocURI` of every reply.
    pub server_uri: String,
    /// Longest reply in bytes. A single command that is longer goes alone.
    pub reply_bytes_max: usize,
    /// When the MD5 digest of SyncML is demanded.
    pub md5: Md5Policy,
    /// Makes the nonces of [`Md5Policy::Alone`] unpredictable.
    pub nonce_key: NonceKey,
}

/// When the MD5 digest of SyncML (docs/PROTOCOL.md, 13) is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Md5Policy {
    /// Never: the client certificate is enough.
    #[default]
    Off,
    /// Always, on top of the client certificate.
    SecondFactor,
    /// Of PCs that come without a certificate; for them it is enough (decision 19).
    Alone,
}

/// 32 random bytes, drawn once when the server starts. They make the challenges for PCs that come without a certificate:
/// who such a PC is, is known only from its answer, so its nonce cannot be kept in its record.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct NonceKey(pub [u8; 32]);

impl std::fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NonceKey(…)")
    }
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            server_uri: String::new(),
            reply_bytes_max: REPLY_BYTES_MAX,
            md5: Md5Policy::default(),
            nonce_key: NonceKey::default(),
        }
    }
}

/// Who sent a message, as far as the transport proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Peer {
    /// The certificate whose key the peer proved to possess; none without one.
    pub fingerprint: Option<Fingerprint>,
}

/// One message as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The decoded message.
    pub message: Message,
    /// SHA-256 of its body: tells a repeated message from another one with its number.
    pub body_hash: [u8; 32],
}
