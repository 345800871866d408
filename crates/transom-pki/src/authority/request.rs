//! The certificate request of a PC: PKCS#10 (RFC 2986), read leniently, believed in one thing only.
//!
//! Windows 10 writes a PrintableString with `!` and NUL in it and extensions that are no DER (docs/PROTOCOL.md, 5). Of
//! all that nothing is used: the one thing taken from a request is the public key, after its signature has proved that
//! the sender holds the private one.

use rcgen::SubjectPublicKeyInfo;
use x509_parser::{
    certification_request::X509CertificationRequest,
    oid_registry::{
        OID_PKCS1_RSAENCRYPTION, OID_PKCS1_SHA1WITHRSA, OID_PKCS1_SHA256WITHRSA, OID_PKCS1_SHA384WITHRSA,
        OID_PKCS1_SHA512WITHRSA, OID_SHA1_WITH_RSA, Oid,
    },
    prelude::FromDer,
    public_key::PublicKey,
};

/// Bytes of a request, at most. One with the largest key and the extensions of Windows has about 2.5 KiB.
const REQUEST_BYTES: usize = 16 * 1024;

/// Bits of an RSA modulus, at least: less is within reach of an attacker (NIST SP 800-131A).
const KEY_BITS_MIN: usize = 2048;

/// Bits of an RSA modulus, at most: each handshake pays for more, and the TLS library verifies no more.
const KEY_BITS_MAX: usize = 8192;

/// The smallest public exponent: 1 would make every message its own signature.
const EXPONENT_MIN: u64 = 3;

/// Signatures that prove possession. SHA-1 is fit for that, because nobody but the key's holder profits from a
/// collision in a request of his own; Windows uses it where no policy asked for more, under the OID of the Open Systems
/// Environment Implementors' Workshop (the last one; docs/PROTOCOL.md, 5).
const SIGNATURES: [Oid<'static>; 5] = [
    OID_PKCS1_SHA256WITHRSA,
    OID_PKCS1_SHA384WITHRSA,
    OID_PKCS1_SHA512WITHRSA,
    OID_PKCS1_SHA1WITHRSA,
    OID_SHA1_WITH_RSA,
];

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it has {0} bytes, more than {REQUEST_BYTES}")]
    TooLarge(usize),
    #[error("it is no PKCS#10 request in DER")]
    Malformed,
    #[error("its key is of the kind {0}; only RSA is accepted")]
    KeyKind(String),
    #[error("its RSA key cannot be read")]
    Key,
    #[error("its RSA key has {0} bits; {KEY_BITS_MIN} to {KEY_BITS_MAX} are accepted")]
    KeyBits(usize),
    #[error("the public exponent of its RSA key is not an odd number from {EXPONENT_MIN} to 2^64")]
    Exponent,
    #[error("its signature is of the kind {0}; RSA (PKCS#1 v1.5) with SHA-256, SHA-384, SHA-512 or SHA-1 is accepted")]
    SignatureKind(String),
    #[error("its signature does not prove possession of its key")]
    Signature,
}

/// The public key of a request, once everything about it has been checked. The cheap checks come first.
pub(super) fn proven_key(der: &[u8]) -> Result<SubjectPublicKeyInfo, Refusal> {
    if der.len() > REQUEST_BYTES {
        return Err(Refusal::TooLarge(der.len()));
    }
    let (_, request) = X509CertificationRequest::from_der(der).map_err(|_| Refusal::Malformed)?;
    let info = &request.certification_request_info.subject_pki;
    if info.algorithm.algorithm != OID_PKCS1_RSAENCRYPTION {
        return Err(Refusal::KeyKind(info.algorithm.algorithm.to_id_string()));
    }
    let Ok(PublicKey::RSA(key)) = info.parsed() else {
        return Err(Refusal::Key);
    };
    let bits = bits(key.modulus);
    if !(KEY_BITS_MIN..=KEY_BITS_MAX).contains(&bits) {
        return Err(Refusal::KeyBits(bits));
    }
    if !key.try_exponent().is_ok_and(|e| e >= EXPONENT_MIN && e % 2 == 1) {
        return Err(Refusal::Exponent);
    }
    let signature = &request.signature_algorithm.algorithm;
    if !SIGNATURES.contains(signature) {
        return Err(Refusal::SignatureKind(signature.to_id_string()));
    }
    request.verify_signature().map_err(|_| Refusal::Signature)?;
    SubjectPublicKeyInfo::from_der(info.raw).map_err(|_| Refusal::Key)
}

/// The length of a number without its leading zeros.
fn bits(number: &[u8]) -> usize {
    match number.iter().position(|&byte| byte != 0) {
        Some(first) => (number.len() - first) * 8 - number[first].leading_zeros() as usize,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request whose key has this modulus and exponent, and a signature of zeros.
    fn unsigned(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        let key = sequence(&[tagged(2, modulus), tagged(2, exponent)].concat());
        let rsa = sequence(&[oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]), vec![5, 0]].concat());
        let info = sequence(&[rsa, bit_string(&key)].concat());
        let to_be_signed = sequence(&[vec![2, 1, 0], sequence(&[]), info, vec![0xa0, 0]].concat());
        let sha256 = sequence(&[oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]), vec![5, 0]].concat());
        sequence(&[to_be_signed, sha256, bit_string(&vec![0; modulus.len()])].concat())
    }

    fn sequence(content: &[u8]) -> Vec<u8> {
        tagged(0x30, content)
    }

    fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
        match content.len() {
            short @ 0..=0x7f => [&[tag, u8::try_from(short).unwrap()][..], content].concat(),
            middle @ 0x80..=0xff => [&[tag, 0x81, u8::try_from(middle).unwrap()][..], content].concat(),
            long => [&[tag, 0x82][..], &u16::try_from(long).unwrap().to_be_bytes(), content].concat(),
        }
    }

    fn oid(content: &[u8]) -> Vec<u8> {
        tagged(6, content)
    }

    fn bit_string(content: &[u8]) -> Vec<u8> {
        tagged(3, &[&[0], content].concat())
    }

    fn modulus(bytes: usize) -> Vec<u8> {
        [vec![0], vec![0xc3; bytes]].concat()
    }

    #[test]
    fn size_and_exponent_of_a_key_have_limits() {
        let refusal = |modulus: &[u8], exponent: &[u8]| proven_key(&unsigned(modulus, exponent)).unwrap_err();
        let e = [1, 0, 1];
        assert_eq!(refusal(&modulus(1025), &e), Refusal::KeyBits(8200));
        assert_eq!(refusal(&modulus(128), &e), Refusal::KeyBits(1024));
        assert_eq!(refusal(&[0x7f; 256], &e), Refusal::KeyBits(2047));
        assert_eq!(refusal(&[0], &e), Refusal::KeyBits(0));
        assert_eq!(refusal(&modulus(256), &[1]), Refusal::Exponent);
        assert_eq!(refusal(&modulus(256), &[0]), Refusal::Exponent);
        assert_eq!(refusal(&modulus(256), &[1, 0, 0]), Refusal::Exponent);
        assert_eq!(refusal(&modulus(256), &[1; 9]), Refusal::Exponent);
        assert_eq!(refusal(&modulus(256), &e), Refusal::Signature);
        assert_eq!(refusal(&modulus(1024), &e), Refusal::Signature);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        assert_eq!(proven_key(&[]).unwrap_err(), Refusal::Malformed);
        assert_eq!(proven_key(b"-----BEGIN").unwrap_err(), Refusal::Malformed);
        let whole = unsigned(&modulus(256), &[1, 0, 1]);
        for length in 0..whole.len() {
            assert_eq!(
                proven_key(&whole[..length]).unwrap_err(),
                Refusal::Malformed,
                "{length}"
            );
        }
        let huge = vec![0x30; REQUEST_BYTES + 1];
        assert_eq!(proven_key(&huge).unwrap_err(), Refusal::TooLarge(REQUEST_BYTES + 1));
    }
}
