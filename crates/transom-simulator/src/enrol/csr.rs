//! The certificate request, byte for byte in Windows' form (docs/PROTOCOL.md, 5).
//!
//! It is written by hand because Windows 10 puts `!` and NUL into a `PrintableString`, which no library does, and
//! servers have to live with it.

use crate::identity::{Identity, Profile};
use crate::key::{DeviceKey, KeyError};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0C;
const PRINTABLE_STRING: u8 = 0x13;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]`, constructed: the attributes of a `CertificationRequestInfo` (RFC 2986, section 4.1).
const ATTRIBUTES: u8 = 0xA0;

/// `commonName`, 2.5.4.3.
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
/// `extensionRequest`, 1.2.840.113549.1.9.14.
const EXTENSION_REQUEST: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x0E];
/// `extKeyUsage`, 2.5.29.37.
const EXTENDED_KEY_USAGE: &[u8] = &[0x06, 0x03, 0x55, 0x1D, 0x25];
/// `clientAuth`, 1.3.6.1.5.5.7.3.2.
const CLIENT_AUTH: &[u8] = &[0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
/// Microsoft's extension with the device id, 1.3.6.1.4.1.311.66.1.0.
const DEVICE_ID: &[u8] = &[0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x42, 0x01, 0x00];
/// `sha256WithRSAEncryption` with its NULL, 1.2.840.113549.1.1.11.
const SHA256_WITH_RSA: &[u8] = &[
    0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B, 0x05, 0x00,
];
/// Characters of the GUID that Windows keeps: the last group is cut to six.
const GUID_CHARACTERS: usize = 30;

/// A PKCS#10 request for this PC's key, signed with SHA-256 as the policy asks for.
///
/// # Errors
/// If the key cannot sign.
pub fn certificate_request(identity: &Identity, key: &DeviceKey) -> Result<Vec<u8>, KeyError> {
    let version = tlv(INTEGER, &[0]);
    let extensions = tlv(SEQUENCE, &extensions(identity));
    let request = [EXTENSION_REQUEST, &tlv(SET, &extensions)].concat();
    let attributes = tlv(ATTRIBUTES, &tlv(SEQUENCE, &request));
    let info = tlv(
        SEQUENCE,
        &[version, subject(identity), key.public_key_info(), attributes].concat(),
    );
    let algorithm = tlv(SEQUENCE, SHA256_WITH_RSA);
    let signature = tlv(BIT_STRING, &[&[0_u8][..], &key.sign(&info)?].concat());
    Ok(tlv(SEQUENCE, &[info, algorithm, signature].concat()))
}

fn subject(identity: &Identity) -> Vec<u8> {
    let guid: String = identity.enrollment_guid.chars().take(GUID_CHARACTERS).collect();
    let mut name = format!("{guid}!{}", identity.device_id).into_bytes();
    let kind = match identity.profile {
        Profile::Windows10 => {
            name.push(0);
            PRINTABLE_STRING
        }
        Profile::Windows11 => UTF8_STRING,
    };
    let attribute = tlv(SEQUENCE, &[COMMON_NAME, &tlv(kind, &name)].concat());
    tlv(SEQUENCE, &tlv(SET, &attribute))
}

fn extensions(identity: &Identity) -> Vec<u8> {
    // The bytes stand in the OCTET STRING as they are, which is no DER.
    let id = [identity.device_id.as_bytes(), &[0]].concat();
    let id = tlv(SEQUENCE, &[DEVICE_ID, &tlv(OCTET_STRING, &id)].concat());
    match identity.profile {
        Profile::Windows10 => id,
        Profile::Windows11 => {
            let usage = tlv(OCTET_STRING, &tlv(SEQUENCE, CLIENT_AUTH));
            [tlv(SEQUENCE, &[EXTENDED_KEY_USAGE, &usage].concat()), id].concat()
        }
    }
}

/// A value with its tag and length (X.690, section 8.1).
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(u8::try_from(length).unwrap_or(0));
    } else {
        let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(0));
        out.extend_from_slice(&bytes);
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use x509_parser::certification_request::X509CertificationRequest;
    use x509_parser::prelude::FromDer as _;

    use super::*;

    #[test]
    fn the_request_of_windows_11_is_in_order_and_signed() {
        let identity = Identity::generate(1, 0, Profile::Windows11);
        let key = DeviceKey::generate().unwrap();
        let der = certificate_request(&identity, &key).unwrap();
        let (rest, request) = X509CertificationRequest::from_der(&der).unwrap();
        assert!(rest.is_empty());
        request.verify_signature().unwrap();
        let subject = &request.certification_request_info.subject;
        let name = subject.iter_common_name().next().unwrap().as_str().unwrap();
        assert_eq!(name.len(), 63);
        assert!(name.ends_with(&format!("!{}", identity.device_id)));
        assert_eq!(
            request.certification_request_info.subject_pki.raw,
            key.public_key_info().as_slice()
        );
        assert_eq!(request.requested_extensions().unwrap().count(), 2);
    }

    #[test]
    fn the_request_of_windows_10_has_its_illegal_name() {
        let identity = Identity::generate(1, 0, Profile::Windows10);
        let key = DeviceKey::generate().unwrap();
        let der = certificate_request(&identity, &key).unwrap();
        let name = format!("!{}\0", identity.device_id);
        assert!(der.windows(name.len()).any(|window| window == name.as_bytes()));
        let (_, request) = X509CertificationRequest::from_der(&der).unwrap();
        request.verify_signature().unwrap();
        assert_eq!(request.requested_extensions().unwrap().count(), 1);
    }
}
