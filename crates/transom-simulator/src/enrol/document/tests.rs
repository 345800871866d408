//! Tampered documents, each refused for its own reason.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SerialNumber,
};
use transom_mde::Secret;
use transom_mde::provisioning::{
    Account, CertificateStore, ClientCredential, DmClient, Poll, ServerCredential, Thumbprint,
};

use super::*;

/// A change, and a part of the sentence that refuses it.
type Case<'a, T> = (&'a str, &'a dyn Fn(&mut T));
type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Issuer {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

fn client_parameters() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "device-7");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    parameters.serial_number = Some(SerialNumber::from_slice(&[7; 16]));
    parameters
}

fn certificate(der: &[u8]) -> Certificate {
    Certificate {
        thumbprint: Thumbprint::new(hex::encode_upper(Sha1::digest(der))).unwrap(),
        der: der.to_vec(),
    }
}

struct Fixture {
    root: Issuer,
    key: DeviceKey,
}

impl Fixture {
    fn new() -> Self {
        Self {
            root: authority("Root"),
            key: DeviceKey::generate().unwrap(),
        }
    }

    fn document(&self, parameters: CertificateParams) -> ProvisioningDocument {
        let client = parameters.signed_by(self.key.pair(), &self.root).unwrap();
        let server = ServerCredential {
            secret: Secret::new("s".repeat(32)),
            nonce: vec![1; 16],
        };
        let credential = ClientCredential {
            name: "device-7".to_owned(),
            secret: Secret::new("c".repeat(32)),
            nonce: vec![2; 16],
        };
        ProvisioningDocument {
            root: Some(certificate(self.root.der())),
            intermediate: None,
            client: certificate(client.der()),
            store: CertificateStore::User,
            account: Account::new("https://mdm.example.com/m", server, credential),
            dm_client: DmClient {
                ent_dm_id: "7".to_owned(),
                upn: None,
                ent_device_name: None,
                sync_application_version: None,
                poll: Poll::default(),
            },
        }
    }

    fn good(&self) -> ProvisioningDocument {
        self.document(client_parameters())
    }

    fn check(&self, document: &ProvisioningDocument) -> String {
        match check_document(document.encode().as_bytes(), &self.key) {
            Ok(read) => {
                assert_eq!(&read, document);
                "good".to_owned()
            }
            Err(problem) => problem.to_string(),
        }
    }
}

#[test]
fn a_complete_document_is_taken() {
    let fixture = Fixture::new();
    assert_eq!(fixture.check(&fixture.good()), "good");
}

#[test]
fn tampered_documents_are_refused() {
    let fixture = Fixture::new();
    let other = Fixture::new();
    let changed = |change: &dyn Fn(&mut ProvisioningDocument)| {
        let mut document = fixture.good();
        change(&mut document);
        fixture.check(&document)
    };
    let thumbprint = certificate(b"something else").thumbprint;
    let cases: [Case<'_, ProvisioningDocument>; 11] = [
        ("no root", &|d| d.root = None),
        ("not called by its SHA-1", &|d| d.client.thumbprint = thumbprint.clone()),
        ("cannot be parsed", &|d| d.client = certificate(b"no certificate")),
        ("issuer's", &|d| d.root = Some(certificate(other.root.der()))),
        ("not for the PC's key", &|d| {
            let foreign = client_parameters().signed_by(other.key.pair(), &fixture.root).unwrap();
            d.client = certificate(foreign.der());
        }),
        ("My/User", &|d| d.store = CertificateStore::System),
        ("fewer than 16 bytes", &|d| d.account.client.nonce = vec![1; 8]),
        ("short or not ASCII", &|d| {
            d.account.server.secret = Secret::new("short")
        }),
        ("the same secret", &|d| {
            d.account.server.secret = d.account.client.secret.clone()
        }),
        ("colon", &|d| d.account.client.name = "a:b".to_owned()),
        ("cannot be read", &|d| d.dm_client.ent_dm_id = String::new()),
    ];
    for (reason, change) in cases {
        let problem = changed(change);
        assert!(problem.contains(reason), "{reason}: {problem}");
    }
}

#[test]
fn certificates_that_windows_could_not_use_are_refused() {
    let fixture = Fixture::new();
    let made = |change: &dyn Fn(&mut CertificateParams)| {
        let mut parameters = client_parameters();
        change(&mut parameters);
        fixture.check(&fixture.document(parameters))
    };
    let cases: [Case<'_, CertificateParams>; 6] = [
        ("client authentication", &|p| {
            p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]
        }),
        ("digital signatures", &|p| {
            p.key_usages = vec![KeyUsagePurpose::KeyEncipherment]
        }),
        ("an authority", &|p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        ("not valid now", &|p| p.not_after = rcgen::date_time_ymd(2001, 1, 1)),
        ("trips over", &|p| {
            p.distinguished_name.push(DnType::CommonName, "GUID!DEVICE")
        }),
        ("64 bits", &|p| {
            p.serial_number = Some(SerialNumber::from_slice(&[1, 2]))
        }),
    ];
    for (reason, change) in cases {
        let problem = made(change);
        assert!(problem.contains(reason), "{reason}: {problem}");
    }
}

#[test]
fn texts_that_are_no_document_are_refused() {
    let fixture = Fixture::new();
    for text in ["", "<a/>", "<wap-provisioningdoc version=\"1.1\"/>"] {
        let result = check_document(text.as_bytes(), &fixture.key);
        assert!(matches!(result, Err(DocumentProblem::Unreadable(_))), "{text}");
    }
}
