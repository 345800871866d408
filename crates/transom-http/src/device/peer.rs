//! The certificate that a PC proved possession of: in its own TLS connection, or in the one it has with our proxy.

use super::{address::Caller, settings::ProxySettings};
use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::{HttpRequest, dev::Extensions, rt::net::TcpStream};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::any::Any;
use transom_domain::enrollment::Fingerprint;

/// Longest header with a certificate: one of ours has about 1,300 characters in base64, and three times as many when
/// everything in it is escaped.
pub const CERTIFICATE_HEADER_BYTES_MAX: usize = 16 * 1024;

const PEM_BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const PEM_END: &str = "-----END CERTIFICATE-----";

/// Of a connection: the certificate offered in its handshake. Computed once, because a PC sends all messages of a
/// session over one connection.
#[derive(Debug, Clone, Copy)]
struct ConnectionCertificate(Fingerprint);

/// Remembers the certificate of a new connection. TLS has proven possession of its key; whether it opens anything is
/// looked up with every request, because a resumed session was checked long ago (decision 18).
pub(super) fn remember(connection: &dyn Any, data: &mut Extensions) {
    let Some(tls) = connection.downcast_ref::<TlsStream<TcpStream>>() else {
        return;
    };
    let (_, session) = tls.get_ref();
    if let Some(certificate) = session.peer_certificates().and_then(|chain| chain.first()) {
        data.insert(ConnectionCertificate(Fingerprint::of_der(certificate)));
    }
}

/// The certificate behind a request. A proxy's connection speaks for the PC by its header alone; everybody else by
/// their connection alone.
pub(super) fn certificate(
    request: &HttpRequest,
    caller: &Caller,
    proxy: Option<&ProxySettings>,
) -> Option<Fingerprint> {
    match proxy {
        Some(proxy) if caller.through_proxy => forwarded(request, proxy),
        _ => request
            .conn_data::<ConnectionCertificate>()
            .map(|certificate| certificate.0),
    }
}

fn forwarded(request: &HttpRequest, proxy: &ProxySettings) -> Option<Fingerprint> {
    let mut lines = request.headers().get_all(&proxy.header);
    let line = lines.next()?;
    if line.is_empty() {
        return None;
    }
    // Which of two counts would be a guess; and a second one may be what the proxy failed to take off.
    let der = match lines.next() {
        None => line.to_str().ok().and_then(der),
        Some(_) => None,
    };
    if der.is_none() {
        tracing::warn!(header = %proxy.header, "the proxy's certificate header cannot be used");
    }
    der.map(|der| Fingerprint::of_der(&der))
}

/// Reads a certificate in the form of RFC 9440 (a Byte Sequence of RFC 8941) or as URL-escaped PEM.
fn der(header: &str) -> Option<Vec<u8>> {
    let header = header.trim();
    if header.len() > CERTIFICATE_HEADER_BYTES_MAX {
        return None;
    }
    let base64 = match header.strip_prefix(':') {
        Some(inner) => inner.strip_suffix(':')?.to_owned(),
        None => {
            let pem = unescape(header)?;
            let (_, rest) = pem.split_once(PEM_BEGIN)?;
            let (body, _) = rest.split_once(PEM_END)?;
            body.chars().filter(|c| !c.is_ascii_whitespace()).collect()
        }
    };
    STANDARD.decode(base64).ok().filter(|der| !der.is_empty())
}

/// Takes percent signs back (RFC 3986, section 2.1). A plus stays what it is: base64 has it.
fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let code = part.get(..2)?;
        let mut byte = [0];
        hex::decode_to_slice(code, &mut byte).ok()?;
        bytes.push(byte[0]);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]
    use super::*;
    use actix_web::test::TestRequest;

    const DER: &[u8] = &[0x30, 0x03, 0xfb, 0xff, 0xfe];

    fn proxy() -> ProxySettings {
        ProxySettings::new(vec!["10.0.0.1".parse().unwrap()])
    }

    fn presented(remote: &str, headers: &[&str]) -> Option<Fingerprint> {
        let mut request = TestRequest::default().peer_addr(format!("{remote}:4000").parse().unwrap());
        for header in headers {
            request = request.append_header(("Client-Cert", *header));
        }
        let request = request.to_http_request();
        let caller = Caller::of(&request, Some(&proxy()));
        certificate(&request, &caller, Some(&proxy()))
    }

    #[test]
    fn both_forms_of_the_header_name_the_same_certificate() {
        let expected = Some(Fingerprint::of_der(DER));
        assert_eq!(presented("10.0.0.1", &[":MAP7//4=:"]), expected);
        let nginx = "-----BEGIN%20CERTIFICATE-----%0AMAP7%0A%2F%2F4%3D%0A-----END%20CERTIFICATE-----%0A";
        assert_eq!(presented("10.0.0.1", &[nginx]), expected);
    }

    #[test]
    fn nobody_but_the_proxy_can_name_a_certificate() {
        assert_eq!(presented("10.0.0.2", &[":MAP7//4=:"]), None);
        assert_eq!(presented("203.0.113.1", &[":MAP7//4=:"]), None);
    }

    #[test]
    fn an_unusable_header_is_no_certificate() {
        let long = format!(":{}:", "A".repeat(CERTIFICATE_HEADER_BYTES_MAX));
        for header in ["", ":MAP7//4=", "MAP7//4=", "::", "%", "%zz", "%é", &long] {
            assert_eq!(presented("10.0.0.1", &[header]), None, "{header}");
        }
        assert_eq!(presented("10.0.0.1", &[":MAP7//4=:", ":MAP7//4=:"]), None);
        assert_eq!(presented("10.0.0.1", &[]), None);
    }
}
