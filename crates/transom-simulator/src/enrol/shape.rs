//! The exact form of the enrolment's replies (docs/PROTOCOL.md, 1 and 7), beyond what the codec reads.

use crate::http::Response;

/// What has to stand in the reply to RequestSecurityToken, as working servers write it, and why it is asked for.
const PARTS: [(&str, &str); 7] = [
    ("<s:Envelope ", "the envelope has the prefix s"),
    ("<a:Action s:mustUnderstand=\"1\">", "a:Action says s:mustUnderstand"),
    ("<a:RelatesTo>", "the reply names the request"),
    ("<u:Timestamp ", "the Security header has a Timestamp"),
    ("<DispositionMessage ", "there is a DispositionMessage"),
    (
        "EncodingType=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd#base64binary\"",
        "the document names its encoding",
    ),
    ("<RequestID ", "there is a RequestID"),
];

/// Says which rule of transport an answer breaks, if any.
pub(super) fn transport(response: &Response) -> Option<String> {
    if response.content_length() != Some(response.body.len()) {
        return Some("Content-Length is not the length of the body".to_owned());
    }
    let kind = response.header("content-type").unwrap_or_default();
    if !transom_mde::soap::accepts_content_type(kind) {
        return Some(format!("Content-Type is {kind:?}"));
    }
    let charset = kind
        .split_once(';')
        .map(|(_, parameters)| parameters.trim().to_ascii_lowercase());
    if charset.is_some_and(|charset| charset.replace('"', "") != "charset=utf-8") {
        return Some(format!("Content-Type is {kind:?}"));
    }
    None
}

/// Says which part of the certificate's reply is missing, if any.
pub(super) fn token_reply(body: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(body) else {
        return Some("it is not UTF-8".to_owned());
    };
    PARTS
        .iter()
        .find(|(part, _)| !text.contains(part))
        .map(|(_, rule)| format!("it is not so that {rule}"))
}
