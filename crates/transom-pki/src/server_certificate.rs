//! The device listener's certificate where none is configured: issued by the root that PCs trust, and kept in files so
//! that a restart shows the same one.

use crate::{
    Authority, PkiError, TlsIdentity,
    authority::positive,
    files::{self, Access},
    tls,
    validity::Validity,
};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType,
};
use std::{collections::BTreeSet, net::IpAddr, path::Path, time::Duration};
use transom_domain::Timestamp;
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
};
use zeroize::Zeroizing;

/// Days the listener's certificate lives: the longest that any common TLS client accepts of a private root.
pub const SERVER_LIFE_DAYS: u32 = 825;

/// Days before its end from which on a start issues it anew. Long enough for the restart that updates bring.
pub const SERVER_RENEWAL_DAYS: u32 = 30;

/// How far it is dated back, for PCs whose clocks are behind, as the root is.
const SERVER_BACKDATED: Duration = Duration::from_secs(24 * 60 * 60);

/// Hosts that every certificate covers: a first try is made on the machine itself.
const LOCAL_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

const KEY_FILE: &str = "server.key";
const CERTIFICATE_FILE: &str = "server.pem";
const ROOT_FILE: &str = "root.pem";

/// The certificate in `directory` for this machine and for `hosts` (names or IP addresses, an IPv6 one with or without
/// brackets); issued anew when there is none, when it covers not all of them, when another root signed it, or when it
/// ends within [`SERVER_RENEWAL_DAYS`]. Writes `server.pem`, `server.key`, and `root.pem`: the root that PCs must trust.
///
/// # Errors
/// When a host cannot stand in a certificate, or the files cannot be read or written.
pub fn server_identity(
    authority: &Authority,
    directory: &Path,
    hosts: &[&str],
    now: Timestamp,
) -> Result<TlsIdentity, PkiError> {
    let hosts: BTreeSet<Host> = LOCAL_HOSTS
        .iter()
        .chain(hosts)
        .map(|host| Host::read(host))
        .collect::<Result<_, _>>()?;
    files::make_directory(directory, Access::Everybody)?;
    keep_root(authority, &directory.join(ROOT_FILE))?;

    let (certificate_file, key_file) = (directory.join(CERTIFICATE_FILE), directory.join(KEY_FILE));
    if let Some(identity) = kept(&certificate_file, &key_file)?
        && is_good(authority, identity.certificate(), &hosts, now)
    {
        return Ok(identity);
    }
    // The key first: a crash in between leaves a pair that does not match, and the next start makes a new one.
    let (certificate, key) = issue(authority, hosts, now)?;
    files::write(&key_file, key.as_bytes(), Access::Owner)?;
    files::write(&certificate_file, certificate.as_bytes(), Access::Everybody)?;
    TlsIdentity::from_files(&certificate_file, &key_file)
}

/// What a certificate can be for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    fn read(text: &str) -> Result<Self, PkiError> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(text).parse() {
            return Ok(Self::Address(address));
        }
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        // 253 characters is the longest name that DNS can carry (RFC 1035, section 2.3.4).
        if name.is_empty() || name.len() > 253 || !name.chars().all(fits) {
            return Err(PkiError::Host { host: text.to_owned() });
        }
        Ok(Self::Name(name))
    }

    fn alternative_name(self) -> Result<SanType, PkiError> {
        Ok(match self {
            Self::Address(address) => SanType::IpAddress(address),
            Self::Name(name) => {
                SanType::DnsName(name.try_into().map_err(PkiError::certificate("writing a host name"))?)
            }
        })
    }
}

/// What an earlier start left, if it is of any use: these files are ours, so damaged ones are replaced.
fn kept(certificate_file: &Path, key_file: &Path) -> Result<Option<TlsIdentity>, PkiError> {
    let (Some(certificate), Some(key)) = (files::read(certificate_file)?, files::read(key_file)?) else {
        return Ok(None);
    };
    let key = Zeroizing::new(key);
    Ok(TlsIdentity::from_pem((certificate_file, &certificate), (key_file, &key)).ok())
}

fn keep_root(authority: &Authority, file: &Path) -> Result<(), PkiError> {
    let pem = authority.root_pem().as_bytes();
    if files::read(file)?.as_deref() == Some(pem) {
        return Ok(());
    }
    files::write(file, pem, Access::Everybody)
}

fn is_good(authority: &Authority, der: &[u8], hosts: &BTreeSet<Host>, now: Timestamp) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return false;
    };
    let validity = Validity::of(&certificate);
    let soon = now + days(SERVER_RENEWAL_DAYS);
    // Where the root itself ends that soon, a new certificate would end no later.
    let lasts = validity.to > soon || (validity.to > now && validity.to >= authority.validity().to);
    validity.from <= now && lasts && authority.signed(&certificate) && hosts.is_subset(&covered(&certificate))
}

fn covered(certificate: &X509Certificate<'_>) -> BTreeSet<Host> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return BTreeSet::new();
    };
    names
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(Host::Name((*name).to_owned())),
            GeneralName::IPAddress(bytes) => address(bytes).map(Host::Address),
            _ => None,
        })
        .collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// A new key and its certificate, both in PEM. The key is ECDSA P-256, which every TLS client of Windows 10 and 11
/// knows: each handshake costs the server a signature, and RSA's would be some twenty times as dear.
fn issue(
    authority: &Authority,
    hosts: BTreeSet<Host>,
    now: Timestamp,
) -> Result<(String, Zeroizing<String>), PkiError> {
    let key = KeyPair::generate().map_err(PkiError::certificate("making the listener's key"))?;
    let mut params = CertificateParams::default();
    Validity::new(now - SERVER_BACKDATED, now + days(SERVER_LIFE_DAYS))
        .within(authority.validity())?
        .apply(&mut params)?;
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&positive(tls::random()?)));
    // Clients look at the alternative names only (RFC 6125, section 6.4.4); the subject is for people.
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Transom device listener");
    params.distinguished_name = name;
    params.subject_alt_names = hosts
        .into_iter()
        .map(Host::alternative_name)
        .collect::<Result<_, _>>()?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = authority.sign(&params, &key)?;
    Ok((certificate.pem(), Zeroizing::new(key.serialize_pem())))
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}
