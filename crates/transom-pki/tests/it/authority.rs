//! The root: made once, kept, and looked at closely on every start.

use crate::support::{DAY, NOW, new_authority, order, request};
use std::{fs, path::Path};
use transom_domain::enrollment::certificate::CertificateAuthority;
use transom_pki::{Authority, PkiError, ROOT_LIFE_DAYS};
use x509_parser::prelude::{FromDer, X509Certificate};

fn refused(directory: &Path) -> String {
    let error = Authority::open(directory, NOW).unwrap_err();
    assert!(!matches!(error, PkiError::File { .. }), "{error}");
    error.to_string()
}

#[test]
fn a_new_root_may_sign_certificates_and_nothing_else() {
    let (authority, directory) = new_authority();
    let der = authority.root_der();
    let (_, root) = X509Certificate::from_der(&der).unwrap();
    assert!(root.verify_signature(None).is_ok());
    let constraints = root.basic_constraints().unwrap().unwrap();
    assert!(constraints.critical && constraints.value.ca);
    assert_eq!(constraints.value.path_len_constraint, Some(0));
    let usage = root.key_usage().unwrap().unwrap();
    assert!(usage.critical);
    assert_eq!(usage.value.flags, 0b110_0000, "keyCertSign and cRLSign");
    assert_eq!(
        root.validity().not_after.timestamp(),
        authority.not_after().as_seconds()
    );
    assert_eq!(authority.not_after(), NOW + ROOT_LIFE_DAYS * DAY);
    assert!(root.validity().not_before.timestamp() < NOW.as_seconds());
    assert_eq!(authority.root_subject().as_ref(), root.subject().as_raw());
    let name = root.subject().to_string();
    assert!(name.starts_with("CN=Transom Root CA "), "{name}");
    assert_eq!(name.len(), "CN=Transom Root CA ".len() + 8);

    let (other, _directory) = new_authority();
    assert_ne!(other.root_subject().as_ref(), authority.root_subject().as_ref());
    assert!(!format!("{authority:?}").contains("PRIVATE"));
    let files: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files.len(), 2, "{files:?}");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let above = tempfile::tempdir().unwrap();
    let directory = above.path().join("pki");
    // What an earlier crash left behind was readable by all.
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join(".root.key.new"), "half a key").unwrap();
    Authority::open(&directory, NOW).unwrap();
    let mode = |name| fs::metadata(directory.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("root.key"), 0o600);
    assert!(!directory.join(".root.key.new").exists());

    let fresh = above.path().join("fresh");
    Authority::open(&fresh, NOW).unwrap();
    assert_eq!(fs::metadata(&fresh).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_restart_keeps_the_root() {
    let (before, directory) = new_authority();
    let after = Authority::open(directory.path(), NOW + 100 * DAY).unwrap();
    assert_eq!(after.root_der(), before.root_der());
    assert_eq!(after.root_thumbprint(), before.root_thumbprint());
    assert_eq!(after.root_pem(), before.root_pem());
}

#[tokio::test]
async fn a_start_cut_off_after_the_key_is_completed_under_the_same_name() {
    let (before, directory) = new_authority();
    let (_, issued) = before.issue(order(request("rsa2048-sha256.pem"))).await.unwrap();
    fs::remove_file(directory.path().join("root.pem")).unwrap();

    let after = Authority::open(directory.path(), NOW + DAY).unwrap();
    assert_ne!(after.root_der(), before.root_der());
    assert_eq!(after.root_subject().as_ref(), before.root_subject().as_ref());
    let root = after.root_der();
    let (_, root) = X509Certificate::from_der(&root).unwrap();
    let (_, issued) = X509Certificate::from_der(&issued).unwrap();
    assert!(issued.verify_signature(Some(root.public_key())).is_ok());
}

#[test]
fn a_certificate_without_its_key_is_told_and_not_replaced() {
    let (before, directory) = new_authority();
    fs::remove_file(directory.path().join("root.key")).unwrap();
    let told = refused(directory.path());
    assert!(told.contains("root.key") && told.contains("backup"), "{told}");
    assert_eq!(
        fs::read_to_string(directory.path().join("root.pem")).unwrap(),
        before.root_pem()
    );
    assert!(!directory.path().join("root.key").exists());
}

#[test]
fn a_certificate_of_another_key_is_told() {
    let (_, one) = new_authority();
    let (_, other) = new_authority();
    fs::copy(one.path().join("root.pem"), other.path().join("root.pem")).unwrap();
    let told = refused(other.path());
    assert!(
        told.contains("root.pem") && told.contains("root.key") && told.contains("does not match"),
        "{told}"
    );
}

#[test]
fn damaged_files_are_told_by_name() {
    let (_, directory) = new_authority();
    let (key, certificate) = (directory.path().join("root.key"), directory.path().join("root.pem"));
    let (good_key, good_certificate) = (fs::read(&key).unwrap(), fs::read(&certificate).unwrap());

    for damaged in [&b""[..], b"nonsense", &good_certificate[..200]] {
        fs::write(&certificate, damaged).unwrap();
        assert!(refused(directory.path()).contains("root.pem"));
    }
    fs::write(&certificate, good_certificate.repeat(2)).unwrap();
    assert!(refused(directory.path()).contains("more than the one"));
    fs::write(&certificate, &good_certificate).unwrap();

    for damaged in [&b""[..], b"nonsense", &good_key[..200], &good_certificate] {
        fs::write(&key, damaged).unwrap();
        assert!(refused(directory.path()).contains("root.key"));
    }
    let elliptic = rcgen::KeyPair::generate().unwrap().serialize_pem();
    fs::write(&key, elliptic).unwrap();
    assert!(refused(directory.path()).contains("no RSA private key"));
}

#[test]
fn a_certificate_that_may_not_sign_is_no_root() {
    let (_, directory) = new_authority();
    let key = fs::read_to_string(directory.path().join("root.key")).unwrap();
    let key = rcgen::KeyPair::from_pem(&key).unwrap();
    let params = rcgen::CertificateParams::new(vec!["server.example.com".to_owned()]).unwrap();
    fs::write(
        directory.path().join("root.pem"),
        params.self_signed(&key).unwrap().pem(),
    )
    .unwrap();
    assert!(refused(directory.path()).contains("may not sign"));
}
