//! The root's key and certificate: made once, kept in two files.

use super::positive;
use crate::{
    PkiError,
    files::{self, Access},
    tls,
    validity::Validity,
};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256, PublicKeyData, RsaKeySize,
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use std::{path::Path, time::Duration};
use transom_domain::Timestamp;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

/// Days a root lives: 20 years, longer than the PCs that trust it, for a new root means that every PC enrols again.
pub const ROOT_LIFE_DAYS: u32 = 20 * 365 + 5;

/// Size of a new root's key. 2048 bits are meant to last until 2030 (NIST SP 800-57 part 1, table 4), the root shall
/// outlast that; 4096 bits would make each enrolment's signature more than twice as slow for nothing a PC can use.
/// RSA, because no Windows client was ever seen refusing it (docs/PROTOCOL.md, 6).
const ROOT_KEY: RsaKeySize = RsaKeySize::_3072;

/// How far a new root is dated back, for PCs whose clocks are behind: a day also covers a wrong time zone.
const ROOT_BACKDATED: Duration = Duration::from_secs(24 * 60 * 60);

const KEY_FILE: &str = "root.key";
const CERTIFICATE_FILE: &str = "root.pem";

/// A key that signs, and the certificate that says so.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) issuer: Issuer<'static, KeyPair>,
    pub(super) der: Vec<u8>,
    pub(super) pem: String,
    /// DER of its subject.
    pub(super) subject: Vec<u8>,
    pub(super) validity: Validity,
}

impl Root {
    /// The key is written first. So a key alone is a start that was cut off, and its certificate is made again, with
    /// the same name and key identifier: what the key has signed stays valid. A certificate alone is a loss, which
    /// nobody but the administrator can mend.
    pub(super) fn open(directory: &Path, now: Timestamp) -> Result<Self, PkiError> {
        let (key_file, certificate_file) = (directory.join(KEY_FILE), directory.join(CERTIFICATE_FILE));
        let key = files::read(&key_file)?.map(Zeroizing::new);
        let certificate = files::read(&certificate_file)?;

        let key = match (key, &certificate) {
            (Some(pem), _) => read_key(&key_file, &pem)?,
            (None, Some(_)) => {
                return Err(PkiError::unusable(
                    &key_file,
                    format!(
                        "the key of the root certificate {CERTIFICATE_FILE} beside it is missing. Restore it from a \
                         backup; or remove {CERTIFICATE_FILE} too, and every PC has to enrol again"
                    ),
                ));
            }
            (None, None) => {
                files::make_directory(directory, Access::Owner)?;
                let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, ROOT_KEY)
                    .map_err(PkiError::certificate("making the root's key"))?;
                let pem = Zeroizing::new(key.serialize_pem());
                files::write(&key_file, pem.as_bytes(), Access::Owner)?;
                key
            }
        };
        let certificate = match certificate {
            Some(pem) => pem,
            None => {
                let pem = certificate_of(&key, now)?;
                files::write(&certificate_file, pem.as_bytes(), Access::Everybody)?;
                pem.into_bytes()
            }
        };
        Self::load(&certificate_file, &certificate, &key_file, key)
    }

    fn load(file: &Path, pem: &[u8], key_file: &Path, key: KeyPair) -> Result<Self, PkiError> {
        let der = tls::read_certificates(file, pem)?;
        let [der] = der.as_slice() else {
            return Err(PkiError::unusable(file, "holds more than the one root certificate"));
        };
        let pem = String::from_utf8(pem.to_vec()).map_err(|_| PkiError::unusable(file, "is not a text file"))?;
        let (_, certificate) =
            X509Certificate::from_der(der).map_err(|_| PkiError::unusable(file, "its certificate is malformed"))?;
        if certificate.public_key().raw != key.subject_public_key_info() {
            return Err(PkiError::Mismatch {
                certificate: file.to_owned(),
                key: key_file.to_owned(),
            });
        }
        let signs = certificate
            .key_usage()
            .ok()
            .flatten()
            .is_none_or(|usage| usage.value.key_cert_sign());
        if !certificate.is_ca() || !signs {
            return Err(PkiError::unusable(
                file,
                "its certificate may not sign others: it needs CA:TRUE and the key usage keyCertSign",
            ));
        }
        let issuer = Issuer::from_ca_cert_der(der, key).map_err(PkiError::certificate("reading the root"))?;
        let root = Self {
            issuer,
            der: der.to_vec(),
            pem,
            subject: certificate.subject().as_raw().to_vec(),
            validity: Validity::of(&certificate),
        };
        if !root.signed(&certificate) {
            return Err(PkiError::unusable(
                file,
                "its certificate is not self-signed: PCs need the root itself",
            ));
        }
        root.prove(file)?;
        Ok(root)
    }

    /// Signs a certificate for trial. The name of an issuer is compared byte by byte in places, and a root that was
    /// made elsewhere may have a name that is not written the same way again.
    fn prove(&self, file: &Path) -> Result<(), PkiError> {
        let trial = CertificateParams::default()
            .signed_by(self.issuer.key(), &self.issuer)
            .map_err(PkiError::certificate("signing for trial"))?;
        let (_, trial) = X509Certificate::from_der(trial.der()).map_err(|_| PkiError::Malformed)?;
        if self.signed(&trial) {
            Ok(())
        } else {
            Err(PkiError::unusable(
                file,
                "the subject of its certificate is too unusual to issue under",
            ))
        }
    }

    /// Whether this root signed the certificate.
    pub(super) fn signed(&self, certificate: &X509Certificate<'_>) -> bool {
        certificate.issuer().as_raw() == self.subject
            && X509Certificate::from_der(&self.der)
                .is_ok_and(|(_, root)| certificate.verify_signature(Some(root.public_key())).is_ok())
    }
}

fn read_key(file: &Path, pem: &[u8]) -> Result<KeyPair, PkiError> {
    let unusable = || PkiError::unusable(file, "holds no RSA private key in PEM without a passphrase");
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| unusable())?;
    KeyPair::from_der_and_sign_algo(&key, &PKCS_RSA_SHA256).map_err(|_| unusable())
}

/// A root certificate for the key, in PEM. Its name comes from the key, so that two installations differ and a
/// certificate made again is called the same.
fn certificate_of(key: &KeyPair, now: Timestamp) -> Result<String, PkiError> {
    let mut params = CertificateParams::default();
    let life = Duration::from_secs(u64::from(ROOT_LIFE_DAYS) * 24 * 60 * 60);
    Validity::new(now - ROOT_BACKDATED, now + life).apply(&mut params)?;
    let identifier = hex::encode_upper(params.key_identifier(key));
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, format!("Transom Root CA {}", &identifier[..8]));
    params.distinguished_name = name;
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&positive(tls::random()?)));
    // It signs certificates, and no authority below it.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params
        .self_signed(key)
        .map_err(PkiError::certificate("making the root certificate"))?;
    Ok(certificate.pem())
}
