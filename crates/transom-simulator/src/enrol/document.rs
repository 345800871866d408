//! A strict look at the provisioning document before anything of it is believed (docs/PROTOCOL.md, 6 and 7).

use sha1::{Digest as _, Sha1};
use transom_mde::Problem;
use transom_mde::provisioning::{Certificate, CertificateStore, ProvisioningDocument};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use crate::http::Url;
use crate::key::DeviceKey;

/// Bytes that a nonce has at least (docs/PROTOCOL.md, 7).
const MIN_NONCE_BYTES: usize = 16;
/// Characters that a secret has at least: 128 bits in hexadecimal digits or base64 are longer.
const MIN_SECRET_CHARS: usize = 16;
/// `sha256WithRSAEncryption` and `ecdsa-with-SHA256`.
const SIGNATURES_WITH_SHA256: [&str; 2] = ["1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"];

/// Why a document is refused.
#[derive(Debug, thiserror::Error)]
pub enum DocumentProblem {
    /// It is none, or a part is missing, doubled or out of form.
    #[error("it cannot be read")]
    Unreadable(#[source] Problem),
    /// A certificate is not one.
    #[error("the {which} certificate cannot be parsed")]
    Certificate {
        /// Whose.
        which: &'static str,
    },
    /// A rule is broken.
    #[error("{0}")]
    Rule(&'static str),
}

use DocumentProblem::Rule;

/// Reads a document and checks it against the key that the certificate was asked for with.
///
/// # Errors
/// [`DocumentProblem`] for anything that some Windows refuses or that would break a later session.
pub fn check_document(bytes: &[u8], key: &DeviceKey) -> Result<ProvisioningDocument, DocumentProblem> {
    let document = ProvisioningDocument::read(bytes).map_err(DocumentProblem::Unreadable)?;
    if document.store != CertificateStore::User {
        return Err(Rule("the certificate of a Full enrolment belongs into My/User"));
    }
    let root = document.root.as_ref().ok_or(Rule("there is no root certificate"))?;
    let root_certificate = parse(root, "root")?;
    root_rules(&root_certificate)?;
    let intermediate = document.intermediate.as_ref();
    let intermediate_certificate = intermediate.map(|one| parse(one, "intermediate")).transpose()?;
    let issuer = match &intermediate_certificate {
        Some(intermediate) => {
            issued_by(intermediate, &root_certificate)?;
            intermediate
        }
        None => &root_certificate,
    };
    let client = parse(&document.client, "client")?;
    issued_by(&client, issuer)?;
    client_rules(&client, key)?;
    account_rules(&document)?;
    Ok(document)
}

/// A certificate whose node has its SHA-1 as name.
fn parse<'a>(certificate: &'a Certificate, which: &'static str) -> Result<X509Certificate<'a>, DocumentProblem> {
    let thumbprint = hex::encode_upper(Sha1::digest(&certificate.der));
    if certificate.thumbprint.as_str() != thumbprint {
        return Err(Rule("a certificate's node is not called by its SHA-1"));
    }
    match X509Certificate::from_der(&certificate.der) {
        Ok(([], parsed)) => Ok(parsed),
        _ => Err(DocumentProblem::Certificate { which }),
    }
}

fn root_rules(root: &X509Certificate<'_>) -> Result<(), DocumentProblem> {
    if !root.is_ca() {
        return Err(Rule("the root is no certificate authority"));
    }
    issued_by(root, root)
}

fn issued_by(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> Result<(), DocumentProblem> {
    if certificate.issuer().as_raw() != issuer.subject().as_raw() {
        return Err(Rule("a certificate's issuer is not in the document"));
    }
    certificate
        .verify_signature(Some(issuer.public_key()))
        .map_err(|_| Rule("a certificate's signature is not its issuer's"))
}

fn client_rules(client: &X509Certificate<'_>, key: &DeviceKey) -> Result<(), DocumentProblem> {
    if client.public_key().raw != key.public_key_info().as_slice() {
        return Err(Rule("the certificate is not for the PC's key"));
    }
    let usage = client.extended_key_usage().ok().flatten();
    if !usage.is_some_and(|usage| usage.value.client_auth) {
        return Err(Rule("the certificate is not for client authentication"));
    }
    let usage = client.key_usage().map_err(|_| Rule("the key usage cannot be read"))?;
    if !usage.is_some_and(|usage| usage.value.digital_signature()) {
        return Err(Rule("the certificate is not for digital signatures"));
    }
    if client.is_ca() {
        return Err(Rule("the certificate is one of an authority"));
    }
    let algorithm = client.signature_algorithm.algorithm.to_id_string();
    if !SIGNATURES_WITH_SHA256.contains(&algorithm.as_str()) {
        return Err(Rule("the certificate is not signed with SHA-256"));
    }
    if !client.validity().is_valid() {
        return Err(Rule("the certificate is not valid now"));
    }
    let mut names = client.subject().iter_common_name();
    let name = names.next().and_then(|name| name.as_str().ok()).unwrap_or_default();
    // The odd name of the request must not be copied (docs/PROTOCOL.md, 6).
    if name.is_empty() || name.contains(['!', ',', '\0']) {
        return Err(Rule(
            "the certificate's name is empty or holds characters that Windows trips over",
        ));
    }
    // DER leaves leading zeros out: eight random bytes are shorter than seven once in 65,536 times only.
    if client.raw_serial().len() < 7 {
        return Err(Rule("the certificate's serial number is shorter than 64 bits"));
    }
    Ok(())
}

fn account_rules(document: &ProvisioningDocument) -> Result<(), DocumentProblem> {
    let account = &document.account;
    Url::parse(&account.address).map_err(|_| Rule("ADDR is no address"))?;
    for nonce in [&account.server.nonce, &account.client.nonce] {
        if nonce.len() < MIN_NONCE_BYTES {
            return Err(Rule("a nonce has fewer than 16 bytes"));
        }
    }
    for secret in [&account.server.secret, &account.client.secret] {
        let secret = secret.expose();
        if !secret.is_ascii() || secret.len() < MIN_SECRET_CHARS {
            return Err(Rule("a secret is short or not ASCII"));
        }
    }
    if account.server.secret == account.client.secret {
        return Err(Rule("both sides have the same secret"));
    }
    if account.client.name.contains(':') {
        return Err(Rule("AAUTHNAME holds a colon"));
    }
    if document.dm_client.ent_dm_id.is_empty() {
        return Err(Rule("EntDMID is empty"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
