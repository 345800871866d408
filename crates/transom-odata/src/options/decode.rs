//! A query string to names and values (`application/x-www-form-urlencoded`, which every client of Graph sends).

use super::fault;
use crate::error::{ErrorCode, QueryError};

/// Names and values, decoded.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>, QueryError> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

fn decoded(text: &str) -> Result<String, QueryError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = (rest.next().and_then(hex), rest.next().and_then(hex));
                let (Some(high), Some(low)) = pair else {
                    let message = "'%' must be followed by two hexadecimal digits";
                    return Err(fault("query", ErrorCode::Syntax, message));
                };
                high * 16 + low
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| fault("query", ErrorCode::Syntax, "is not UTF-8"))
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}
