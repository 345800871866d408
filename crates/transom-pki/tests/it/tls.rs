//! Handshakes in memory: who gets in with which certificate, and what the handler then sees.

use crate::support::{DAY, NOW, authority, foreign, order};
use rustls::{
    ClientConfig, ClientConnection, Connection, DistinguishedName, Error, HandshakeKind, RootCertStore, ServerConfig,
    ServerConnection, SignatureScheme, SupportedProtocolVersion,
    client::ResolvesClientCert,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
    sign::CertifiedKey,
    time_provider::TimeProvider,
    version::{TLS12, TLS13},
};
use std::{
    fs,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};
use transom_domain::enrollment::certificate::CertificateAuthority;
use transom_pki::{ClientAuth, TlsIdentity, server_config, server_identity};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// A clock that stands still.
#[derive(Debug)]
struct At;

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(NOW.as_seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// A client that presents this, whatever the server asks for; and remembers what it asked for.
#[derive(Debug)]
struct Presents(Option<Arc<CertifiedKey>>, Mutex<Option<Vec<Vec<u8>>>>);

impl ResolvesClientCert for Presents {
    fn resolve(&self, hints: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.1.lock().unwrap() = Some(hints.iter().map(|hint| hint.to_vec()).collect());
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

static IDENTITY: LazyLock<TlsIdentity> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    server_identity(&authority(), directory.path(), &["mdm.example.com"], NOW).unwrap()
});

fn server(client_auth: ClientAuth) -> Arc<ServerConfig> {
    Arc::new(server_config(&IDENTITY, client_auth).unwrap())
}

fn asking() -> Arc<ServerConfig> {
    server(ClientAuth::Ask {
        issuers: vec![authority().root_subject()],
    })
}

fn presenting(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Option<Arc<CertifiedKey>> {
    let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).unwrap();
    Some(Arc::new(CertifiedKey::new(chain, key)))
}

fn client(version: &'static SupportedProtocolVersion, presents: Arc<Presents>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(authority().root_der().into()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(At))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(presents);
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// Carries bytes to and fro until neither side has more to say. Answers the server's side, or the first error.
fn shake(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>, host: &str) -> Result<ServerConnection, Error> {
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let mut client: Connection = ClientConnection::new(client.clone(), name)?.into();
    let mut server = ServerConnection::new(server.clone())?;
    loop {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets()?;
        }
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).unwrap();
        }
        let mut rest = answer.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets()?;
        }
        if bytes.is_empty() && answer.is_empty() {
            assert!(!client.is_handshaking() && !server.is_handshaking());
            return Ok(server);
        }
    }
}

/// What the server sees of a client that presents this.
fn seen(
    version: &'static SupportedProtocolVersion,
    key: Option<Arc<CertifiedKey>>,
) -> Result<Option<Vec<CertificateDer<'static>>>, Error> {
    let client = client(version, Arc::new(Presents(key, Mutex::default())));
    let server = shake(&Arc::new(client), &asking(), "mdm.example.com")?;
    assert_eq!(server.alpn_protocol(), Some(&b"h2"[..]));
    Ok(server
        .peer_certificates()
        .map(|chain| chain.iter().map(|one| one.clone().into_owned()).collect()))
}

/// A certificate of our authority and its key.
async fn ours(
    change: impl FnOnce(&mut transom_domain::enrollment::certificate::CertificateOrder),
) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let request = rcgen::CertificateParams::default().serialize_request(&key).unwrap();
    let mut order = order(request.der().to_vec());
    change(&mut order);
    let (_, der) = authority().issue(order).await.unwrap();
    (der.into(), key.into())
}

#[tokio::test]
async fn a_client_with_our_certificate_is_seen() {
    for version in VERSIONS {
        let (certificate, key) = ours(|_| {}).await;
        let chain = vec![certificate.clone()];
        assert_eq!(
            seen(version, presenting(chain.clone(), key)),
            Ok(Some(chain)),
            "{version:?}"
        );
    }
}

#[test]
fn a_client_without_a_certificate_gets_in_unseen() {
    for version in VERSIONS {
        assert_eq!(seen(version, None), Ok(None), "{version:?}");
    }
}

#[tokio::test]
async fn foreign_expired_and_misused_certificates_reach_the_handler() {
    let half_a_day = DAY / 2;
    let expired = ours(|order| {
        order.not_before = NOW - half_a_day;
        order.not_after = NOW - half_a_day / 2;
    })
    .await;
    let certificates = [
        ("ours, expired", expired),
        ("foreign", foreign(|_| {})),
        (
            "foreign and long past",
            foreign(|params| {
                params.not_before = rcgen::date_time_ymd(2001, 1, 1);
                params.not_after = rcgen::date_time_ymd(2002, 1, 1);
            }),
        ),
        (
            "for servers only",
            foreign(|params| {
                params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
            }),
        ),
        (
            "of an authority",
            foreign(|params| {
                params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            }),
        ),
    ];
    for (kind, (certificate, key)) in certificates {
        for version in VERSIONS {
            let chain = vec![certificate.clone()];
            let presented = presenting(chain.clone(), key.clone_key());
            assert_eq!(seen(version, presented), Ok(Some(chain)), "{kind}, {version:?}");
        }
    }
}

#[tokio::test]
async fn a_certificate_without_its_key_does_not_get_in() {
    let (certificate, _) = ours(|_| {}).await;
    let (_, same_kind) = ours(|_| {}).await;
    let (_, other_kind) = foreign(|_| {});
    for version in VERSIONS {
        for key in [&same_kind, &other_kind] {
            let presented = presenting(vec![certificate.clone()], key.clone_key());
            assert!(seen(version, presented).is_err(), "{version:?}");
        }
    }
}

#[test]
fn a_malformed_certificate_ends_the_handshake_and_no_more() {
    let (certificate, key) = foreign(|_| {});
    let cut = certificate[..certificate.len() / 2].to_vec();
    for der in [vec![0x30], vec![0xff; 500], cut] {
        for version in VERSIONS {
            let presented = presenting(vec![der.clone().into()], key.clone_key());
            assert!(
                matches!(seen(version, presented), Err(Error::InvalidCertificate(_))),
                "{version:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_resumed_session_still_shows_the_certificate() {
    for version in VERSIONS {
        let (certificate, key) = ours(|_| {}).await;
        let presents = Presents(presenting(vec![certificate.clone()], key), Mutex::default());
        let (client, server) = (Arc::new(client(version, Arc::new(presents))), asking());
        assert_eq!(
            shake(&client, &server, "mdm.example.com").unwrap().handshake_kind(),
            Some(HandshakeKind::Full)
        );
        let resumed = shake(&client, &server, "mdm.example.com").unwrap();
        assert_eq!(resumed.handshake_kind(), Some(HandshakeKind::Resumed), "{version:?}");
        assert_eq!(resumed.peer_certificates(), Some(&[certificate][..]));
    }
}

#[test]
fn the_client_is_told_whose_certificates_we_like_to_see() {
    let hints = |version, client_auth| {
        let presents = Arc::new(Presents(presenting_foreign(), Mutex::default()));
        let client = client(version, presents.clone());
        shake(&Arc::new(client), &server(client_auth), "mdm.example.com").unwrap();
        presents.1.lock().unwrap().clone()
    };
    let root: DistinguishedName = authority().root_subject();
    for version in VERSIONS {
        let issuers = vec![root.clone()];
        assert_eq!(
            hints(version, ClientAuth::Ask { issuers }),
            Some(vec![root.as_ref().to_vec()])
        );
        assert_eq!(hints(version, ClientAuth::Ask { issuers: vec![] }), Some(vec![]));
        assert_eq!(hints(version, ClientAuth::None), None, "it is not asked");
    }
}

fn presenting_foreign() -> Option<Arc<CertifiedKey>> {
    let (certificate, key) = foreign(|_| {});
    presenting(vec![certificate], key)
}

#[test]
fn the_listeners_certificate_is_good_for_its_hosts_only() {
    let client = Arc::new(client(&TLS13, Arc::new(Presents(None, Mutex::default()))));
    for host in ["mdm.example.com", "localhost", "127.0.0.1", "::1"] {
        assert!(shake(&client, &server(ClientAuth::None), host).is_ok(), "{host}");
    }
    let other = shake(&client, &server(ClientAuth::None), "other.example.com");
    assert!(matches!(other, Err(Error::InvalidCertificate(_))));
}

#[tokio::test]
async fn a_pcs_certificate_cannot_pose_as_the_server() {
    let (certificate, key) = ours(|order| order.common_name = "mdm.example.com".to_owned()).await;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let impostor = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let client = Arc::new(client(&TLS13, Arc::new(Presents(None, Mutex::default()))));
    let answer = shake(&client, &Arc::new(impostor), "mdm.example.com");
    assert!(matches!(answer, Err(Error::InvalidCertificate(_))));
}

#[test]
fn configured_files_are_used_or_told_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = (directory.path().join("site.crt"), directory.path().join("site.key"));
    let told = || TlsIdentity::from_files(&certificate, &key).unwrap_err().to_string();
    let pair = rcgen::generate_simple_self_signed(vec!["mdm.example.com".to_owned()]).unwrap();
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();

    let missing = told();
    assert!(
        missing.contains("site.crt") && missing.contains("no such file"),
        "{missing}"
    );
    fs::write(&certificate, pair.cert.pem()).unwrap();
    let missing = told();
    assert!(
        missing.contains("site.key") && missing.contains("no such file"),
        "{missing}"
    );

    for (content, words) in [
        (pair.cert.pem(), "no well-formed private key"),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n".to_owned(),
            "passphrase",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned(),
            "not one that TLS can use",
        ),
        (other, "does not match"),
    ] {
        fs::write(&key, content).unwrap();
        let told = told();
        assert!(told.contains("site.key") && told.contains(words), "{told}");
    }

    fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let identity = TlsIdentity::from_files(&certificate, &key).unwrap();
    assert_eq!(identity.certificate(), &pair.cert.der()[..]);
    assert!(!format!("{identity:?}").contains("key"));

    for (content, words) in [
        (fs::read(&key).unwrap(), "no certificate in PEM"),
        (pair.cert.der().to_vec(), "no certificate in PEM"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec(),
            "malformed",
        ),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n".to_vec(), "no well-formed PEM"),
    ] {
        fs::write(&certificate, content).unwrap();
        let told = told();
        assert!(told.contains("site.crt") && told.contains(words), "{told}");
    }
}
