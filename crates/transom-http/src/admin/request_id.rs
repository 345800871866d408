//! The id of a request: the caller's own, if it can be written anywhere, else a fresh one. It is echoed, logged, kept in
//! the audit record, and named in every fault.

use actix_web::http::header::HeaderMap;
use transom_domain::Environment;

/// The header.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// Longest id taken from a caller, in bytes: a UUID or a trace id several times over.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// Random bytes in an id of our own: never the same twice.
const REQUEST_ID_BYTES: usize = 12;

/// The caller's id if it has 1 to 128 letters, digits and `-_.:/+=`, else a fresh one.
pub fn of(headers: &HeaderMap, environment: &dyn Environment) -> String {
    let given = headers.get(REQUEST_ID_HEADER).and_then(|v| v.to_str().ok());
    match given {
        Some(id) if is_harmless(id) => id.to_owned(),
        _ => hex::encode(&environment.seed()[..REQUEST_ID_BYTES]),
    }
}

pub(crate) fn is_harmless(id: &str) -> bool {
    (1..=REQUEST_ID_BYTES_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/+=".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_written_anywhere_is_taken() {
        assert!(is_harmless("4bf92f35-77b3.a:1"));
        for id in ["", "a b", "a\"b", "é", "a\nb", &"x".repeat(REQUEST_ID_BYTES_MAX + 1)] {
            assert!(!is_harmless(id), "{id}");
        }
    }
}
