//! The listener's own certificate: for which hosts, how long, and when anew.

use crate::support::{DAY, NOW, authority, new_authority};
use std::fs;
use transom_domain::enrollment::certificate::CertificateAuthority;
use transom_pki::{PkiError, SERVER_LIFE_DAYS, SERVER_RENEWAL_DAYS, TlsIdentity, server_identity};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
};

fn names(identity: &TlsIdentity) -> Vec<String> {
    let (_, certificate) = X509Certificate::from_der(identity.certificate()).unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap().value;
    let mut names: Vec<_> = names
        .general_names
        .iter()
        .map(|name| match name {
            GeneralName::DNSName(name) => (*name).to_owned(),
            GeneralName::IPAddress(bytes) => hex::encode(bytes),
            other => panic!("{other:?}"),
        })
        .collect();
    names.sort();
    names
}

#[test]
fn it_covers_this_machine_and_the_public_host_and_serves_only() {
    let directory = tempfile::tempdir().unwrap();
    let hosts = ["MDM.example.com", "localhost", "192.0.2.7", "[2001:db8::1]"];
    let identity = server_identity(&authority(), directory.path(), &hosts, NOW).unwrap();
    assert_eq!(
        names(&identity),
        [
            "00000000000000000000000000000001",
            "20010db8000000000000000000000001",
            "7f000001",
            "c0000207",
            "localhost",
            "mdm.example.com",
        ]
    );
    let (_, certificate) = X509Certificate::from_der(identity.certificate()).unwrap();
    let purposes = certificate.extended_key_usage().unwrap().unwrap().value;
    assert!(purposes.server_auth && !purposes.client_auth && !purposes.any);
    assert!(!certificate.is_ca());
    assert_eq!(identity.not_after(), NOW + SERVER_LIFE_DAYS * DAY);
    assert!(identity.not_before() < NOW);
    assert_eq!(
        fs::read_to_string(directory.path().join("root.pem")).unwrap(),
        authority().root_pem()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = fs::metadata(directory.path().join("server.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_restart_keeps_it_until_it_is_about_to_end() {
    let directory = tempfile::tempdir().unwrap();
    let at = |now| server_identity(&authority(), directory.path(), &["mdm.example.com"], now).unwrap();
    let first = at(NOW);
    let last_day = NOW + (SERVER_LIFE_DAYS - SERVER_RENEWAL_DAYS) * DAY;
    assert_eq!(at(last_day - DAY).certificate(), first.certificate());
    let second = at(last_day);
    assert_ne!(second.certificate(), first.certificate());
    assert_eq!(second.not_after(), last_day + SERVER_LIFE_DAYS * DAY);
    // With the clock set back, the new one is not valid yet.
    assert_ne!(at(NOW).certificate(), second.certificate());
}

#[test]
fn another_host_makes_a_new_one_and_a_host_fewer_does_not() {
    let directory = tempfile::tempdir().unwrap();
    let of = |hosts: &[&str]| server_identity(&authority(), directory.path(), hosts, NOW).unwrap();
    let one = of(&["one.example.com"]);
    assert_eq!(of(&[]).certificate(), one.certificate());
    let two = of(&["two.example.com"]);
    assert_ne!(two.certificate(), one.certificate());
    assert_eq!(names(&two).len(), 4);
}

#[test]
fn another_root_makes_a_new_one_and_replaces_the_root_to_trust() {
    let directory = tempfile::tempdir().unwrap();
    let first = server_identity(&authority(), directory.path(), &[], NOW).unwrap();
    let (other, _other_directory) = new_authority();
    let second = server_identity(&other, directory.path(), &[], NOW).unwrap();
    assert_ne!(second.certificate(), first.certificate());
    assert_eq!(
        fs::read_to_string(directory.path().join("root.pem")).unwrap(),
        other.root_pem()
    );
    let root = other.root_der();
    let (_, root) = X509Certificate::from_der(&root).unwrap();
    let (_, certificate) = X509Certificate::from_der(second.certificate()).unwrap();
    assert!(certificate.verify_signature(Some(root.public_key())).is_ok());
}

#[test]
fn what_a_crash_left_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name| directory.path().join(name);
    let open = || server_identity(&authority(), directory.path(), &[], NOW).unwrap();
    let first = open();
    fs::remove_file(file("server.pem")).unwrap();
    let second = open();
    assert_ne!(second.certificate(), first.certificate());
    fs::write(file("server.key"), rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let third = open();
    assert_ne!(third.certificate(), second.certificate());
    fs::write(file("server.pem"), "half").unwrap();
    let fourth = open();
    assert_ne!(fourth.certificate(), third.certificate());
    assert_eq!(open().certificate(), fourth.certificate());
}

#[test]
fn it_ends_no_later_than_the_root() {
    let directory = tempfile::tempdir().unwrap();
    let end = authority().not_after();
    let late = server_identity(&authority(), directory.path(), &[], end - 10 * DAY).unwrap();
    assert_eq!(late.not_after(), end);
    // A new one would end no later, so each start keeps it.
    let again = server_identity(&authority(), directory.path(), &[], end - 9 * DAY).unwrap();
    assert_eq!(again.certificate(), late.certificate());
    let error = server_identity(&authority(), directory.path(), &[], end + DAY).unwrap_err();
    assert!(matches!(error, PkiError::Validity { .. }), "{error}");
}

#[test]
fn a_host_that_is_none_is_told() {
    let directory = tempfile::tempdir().unwrap();
    for host in ["", "a b", "bücher.example", "https://mdm.example.com", "*.example.com"] {
        let error = server_identity(&authority(), directory.path(), &[host], NOW).unwrap_err();
        assert!(
            matches!(&error, PkiError::Host { host: told } if told == host),
            "{error}"
        );
    }
}
