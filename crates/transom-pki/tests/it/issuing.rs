//! Which requests get a certificate, and what the certificate says.

use crate::support::{DAY, NOW, authority, captured, foreign, order, request};
use rustls::{
    CertificateError, Error, RootCertStore,
    pki_types::{CertificateDer, UnixTime},
    server::WebPkiClientVerifier,
};
use std::{sync::Arc, time::Duration};
use transom_domain::{
    Timestamp,
    enrollment::certificate::{CertificateAuthority, Fingerprint, IssueError},
};
use x509_parser::{
    certification_request::X509CertificationRequest,
    oid_registry::OID_PKCS1_SHA256WITHRSA,
    prelude::{FromDer, ParsedExtension, X509Certificate},
};

/// What a standard verifier of client certificates says at `at`.
fn verdict(der: &[u8], at: Timestamp) -> Result<(), Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority().root_der().into()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider)
        .build()
        .unwrap();
    let at = UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(at.as_millis()).unwrap()));
    verifier
        .verify_client_cert(&CertificateDer::from(der), &[], at)
        .map(drop)
}

async fn refusal(request: Vec<u8>) -> String {
    match authority().issue(order(request)).await {
        Err(IssueError::Refused(reason)) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn captured_requests_of_windows_get_a_certificate() {
    for name in ["win10-19043-csr.pem", "win11-22598-csr.pem"] {
        if let Some(request) = captured(name) {
            let (_, der) = authority().issue(order(request)).await.unwrap();
            assert_eq!(verdict(&der, NOW), Ok(()), "{name}");
        }
    }
}

#[tokio::test]
async fn every_kind_of_proven_rsa_request_gets_a_certificate_for_its_key() {
    for name in [
        "rsa2048-sha1.pem",
        "rsa2048-sha256.pem",
        "rsa2048-sha384.pem",
        "rsa2048-sha512.pem",
        "rsa4096-sha256.pem",
        "like-windows10.pem",
        "like-windows11.pem",
        "bmp-subject.pem",
        "asks-too-much.pem",
    ] {
        let request = request(name);
        let (_, der) = authority().issue(order(request.clone())).await.unwrap();
        assert_eq!(verdict(&der, NOW), Ok(()), "{name}");
        let (_, request) = X509CertificationRequest::from_der(&request).unwrap();
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        assert_eq!(
            certificate.public_key().raw,
            request.certification_request_info.subject_pki.raw,
            "{name}"
        );
    }
}

#[tokio::test]
async fn other_keys_and_signatures_are_refused_with_the_reason() {
    assert_eq!(
        refusal(request("ec-p256.pem")).await,
        "its key is of the kind 1.2.840.10045.2.1; only RSA is accepted"
    );
    assert!(refusal(request("ed25519.pem")).await.contains("only RSA is accepted"));
    assert_eq!(
        refusal(request("rsa1024-sha256.pem")).await,
        "its RSA key has 1024 bits; 2048 to 8192 are accepted"
    );
    assert!(
        refusal(request("rsa2048-pss.pem"))
            .await
            .contains("the kind 1.2.840.113549.1.1.10")
    );
    assert!(
        refusal(request("rsa2048-md5.pem"))
            .await
            .contains("the kind 1.2.840.113549.1.1.4")
    );
}

#[tokio::test]
async fn a_request_that_was_tampered_with_is_refused() {
    for name in ["like-windows10.pem", "rsa2048-sha256.pem"] {
        let whole = request(name);
        let (_, parsed) = X509CertificationRequest::from_der(&whole).unwrap();
        let signature = whole.len() - 1;
        let key = parsed.certification_request_info.subject_pki.raw;
        let in_key = whole.windows(key.len()).position(|part| part == key).unwrap() + 100;
        let in_subject = whole.windows(8).position(|part| part == b"00112233").unwrap_or(60);
        for place in [signature, in_key, in_subject] {
            let mut tampered = whole.clone();
            tampered[place] ^= 1;
            assert_eq!(
                refusal(tampered).await,
                "its signature does not prove possession of its key",
                "{name}, byte {place}"
            );
        }
    }
}

#[tokio::test]
async fn no_flipped_bit_makes_the_authority_panic_or_certify_another_key() {
    let whole = request("like-windows11.pem");
    let (_, parsed) = X509CertificationRequest::from_der(&whole).unwrap();
    let key = parsed.certification_request_info.subject_pki.raw.to_vec();
    for place in 0..whole.len() {
        let mut tampered = whole.clone();
        tampered[place] ^= 1 << (place % 8);
        match authority().issue(order(tampered)).await {
            Err(IssueError::Refused(_)) => {}
            Err(other) => panic!("byte {place}: {other}"),
            // What is outside of the signed part, such as the parameters of the algorithm, may change nothing.
            Ok((_, der)) => {
                let (_, certificate) = X509Certificate::from_der(&der).unwrap();
                assert_eq!(certificate.public_key().raw, key, "byte {place}");
            }
        }
    }
}

#[tokio::test]
async fn a_certificate_says_what_the_order_says_and_nothing_of_the_request() {
    let (issued, der) = authority().issue(order(request("asks-too-much.pem"))).await.unwrap();
    let (rest, certificate) = X509Certificate::from_der(&der).unwrap();
    assert!(rest.is_empty());
    assert_eq!(
        certificate.subject().to_string(),
        "CN=0198a5f0-1111-7000-8000-000000000001"
    );
    assert_eq!(certificate.signature_algorithm.algorithm, OID_PKCS1_SHA256WITHRSA);
    assert!(!certificate.is_ca());
    assert!(certificate.subject_alternative_name().unwrap().is_none());

    let usage = certificate.key_usage().unwrap().unwrap();
    assert!(usage.critical);
    assert_eq!(usage.value.flags, 0b101, "digitalSignature and keyEncipherment");
    let purposes = certificate.extended_key_usage().unwrap().unwrap().value;
    assert!(purposes.client_auth && !purposes.server_auth && !purposes.any && purposes.other.is_empty());
    assert!(
        certificate
            .basic_constraints()
            .unwrap()
            .is_some_and(|basic| basic.critical)
    );

    let root = authority().root_der();
    let (_, root) = X509Certificate::from_der(&root).unwrap();
    let (subject_id, issuer_id) = key_ids(&certificate);
    assert_eq!(issuer_id, key_ids(&root).0);
    assert!(subject_id.is_some_and(|id| Some(id) != issuer_id));
    assert_eq!(certificate.extensions().len(), 5);

    assert_eq!(issued.serial, hex::encode(certificate.raw_serial()));
    assert_eq!(issued.serial, format!("57{}", "17".repeat(15)));
    assert_eq!(issued.not_before, NOW - Duration::from_secs(300));
    assert_eq!(issued.not_after, NOW + 365 * DAY);
    assert_eq!(
        certificate.validity().not_after.timestamp(),
        issued.not_after.as_seconds()
    );
    assert_eq!(issued.fingerprint, Fingerprint::of_der(&der));
    assert_eq!(issued.thumbprint.len(), 40);
    assert_eq!(issued.thumbprint, issued.thumbprint.to_ascii_uppercase());
}

fn key_ids<'a>(certificate: &'a X509Certificate<'_>) -> (Option<&'a [u8]>, Option<&'a [u8]>) {
    let (mut subject, mut issuer) = (None, None);
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => subject = Some(id.0),
            ParsedExtension::AuthorityKeyIdentifier(id) => issuer = id.key_identifier.as_ref().map(|id| id.0),
            _ => {}
        }
    }
    (subject, issuer)
}

#[tokio::test]
async fn serial_numbers_are_positive_and_16_bytes_long_whatever_the_random_bytes() {
    for byte in [0x00, 0x80, 0xff] {
        let mut order = order(request("rsa2048-sha256.pem"));
        order.serial = [byte; 16];
        let (issued, der) = authority().issue(order).await.unwrap();
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        assert_eq!(certificate.raw_serial().len(), 16);
        assert!(certificate.raw_serial()[0] < 0x80);
        assert_eq!(issued.serial, hex::encode(certificate.raw_serial()));
    }
}

#[tokio::test]
async fn a_certificate_is_good_between_its_dates_for_clients_only() {
    let (_, der) = authority().issue(order(request("rsa2048-sha256.pem"))).await.unwrap();
    let expired = |result| {
        matches!(
            result,
            Err(Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. }
            ))
        )
    };
    assert_eq!(verdict(&der, NOW + 364 * DAY), Ok(()));
    assert!(expired(verdict(&der, NOW + 366 * DAY)));
    assert!(verdict(&der, NOW - DAY).is_err());
    let (stranger, _) = foreign(|_| {});
    assert!(
        verdict(&stranger, NOW).is_err(),
        "the verifier of this test tells certificates apart"
    );
}

#[tokio::test]
async fn no_certificate_outlives_the_root() {
    let root_end = authority().not_after();
    let mut long = order(request("rsa2048-sha256.pem"));
    long.not_after = root_end + 10 * DAY;
    let (issued, der) = authority().issue(long.clone()).await.unwrap();
    assert_eq!(issued.not_after, root_end);
    assert_eq!(verdict(&der, root_end - DAY), Ok(()));

    let mut late = long.clone();
    late.not_before = root_end;
    assert!(matches!(authority().issue(late).await, Err(IssueError::Failed(_))));
    let mut turned = long;
    turned.not_after = turned.not_before;
    assert!(matches!(authority().issue(turned).await, Err(IssueError::Failed(_))));
}

#[tokio::test]
async fn a_common_name_that_windows_would_misread_is_never_certified() {
    for name in ["", "a!b", "a,b", "a\0", &"x".repeat(65)] {
        let mut order = order(request("rsa2048-sha256.pem"));
        order.common_name = name.to_owned();
        assert!(
            matches!(authority().issue(order).await, Err(IssueError::Failed(_))),
            "{name:?}"
        );
    }
}
