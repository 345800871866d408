//! An authority for all tests that need none of their own, orders, and requests from files.

use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer, PrivateKeyDer, pem::PemObject};
use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
    time::Duration,
};
use tempfile::TempDir;
use transom_domain::{Timestamp, enrollment::certificate::CertificateOrder};
use transom_pki::Authority;

/// 2026-11-22T00:00:00Z.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_305_600_000);
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

static SHARED: LazyLock<Authority> = LazyLock::new(|| new_authority().0);

/// One authority for many tests: its key takes a moment to make.
pub fn authority() -> Authority {
    SHARED.clone()
}

pub fn new_authority() -> (Authority, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (Authority::open(directory.path(), NOW).unwrap(), directory)
}

pub fn order(request: Vec<u8>) -> CertificateOrder {
    CertificateOrder {
        request,
        common_name: "0198a5f0-1111-7000-8000-000000000001".to_owned(),
        serial: [0x17; 16],
        not_before: NOW - Duration::from_secs(300),
        not_after: NOW + 365 * DAY,
    }
}

/// A request of our own making, in DER.
pub fn request(name: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/csr")
        .join(name);
    read_request(&file)
}

/// A captured request, in DER; nothing where the captures are not at hand.
pub fn captured(name: &str) -> Option<Vec<u8>> {
    let directory = std::env::var_os("TRANSOM_CAPTURES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/protocol/fixtures"),
        PathBuf::from,
    );
    let file = directory.join(name);
    if !file.exists() {
        println!("skipped: {} is not there (set TRANSOM_CAPTURES)", file.display());
        return None;
    }
    Some(read_request(&file))
}

fn read_request(file: &Path) -> Vec<u8> {
    let pem = std::fs::read(file).unwrap();
    CertificateSigningRequestDer::from_pem_slice(&pem).unwrap().to_vec()
}

/// A key and a self-signed certificate that nobody here knows.
pub fn foreign(
    change: impl FnOnce(&mut rcgen::CertificateParams),
) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["foreign.example.com".to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.self_signed(&key).unwrap();
    (certificate.der().clone(), key.into())
}
