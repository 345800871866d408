//! Bytes to text: encodings, and the characters that XML allows.

use std::borrow::Cow;

use super::DecodeError;
use crate::limits::{Limit, Limits};
use crate::xml::{WHITE_SPACE, is_legal_char};

/// The message as text without byte-order mark, all of it legal in XML 1.0.
pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, str>, DecodeError> {
    let max = limits.max_message_bytes;
    if bytes.len() > max {
        return Err(too_large(max));
    }
    let text = if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        Cow::Owned(utf16(rest, u16::from_be_bytes, max)?)
    } else if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        Cow::Owned(utf16(rest, u16::from_le_bytes, max)?)
    } else {
        // The mark goes before the parser sees the text: quick-xml would drop it too, but its positions would then
        // be three bytes off, and markup in Data is cut out by position.
        let rest = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
        // A WBXML document starts with its version, 1.0 to 1.3 (WAP-192, section 5.4).
        if matches!(rest.first(), Some(0..=3)) {
            return Err(DecodeError::Wbxml);
        }
        let skipped = bytes.len() - rest.len();
        let text = std::str::from_utf8(rest).map_err(|error| DecodeError::Encoding {
            encoding: "UTF-8",
            offset: skipped + error.valid_up_to(),
        })?;
        Cow::Borrowed(text)
    };
    if !text.trim_start_matches(WHITE_SPACE).starts_with('<') {
        return Err(DecodeError::NotXml);
    }
    if is_plainly_legal(&text) {
        return Ok(text);
    }
    match text.char_indices().find(|(_, c)| !is_legal_char(*c)) {
        Some((offset, c)) => Err(DecodeError::IllegalCharacter {
            code: u32::from(c),
            offset,
        }),
        None => Ok(text),
    }
}

/// Whether a text has nothing that even could be illegal, as nearly all messages have. What XML does not allow is below the
/// blank, or it is U+FFFE or U+FFFF, whose first byte is 0xEF, as that of many legal characters is.
fn is_plainly_legal(text: &str) -> bool {
    // Without a way out in the middle of a block, the compiler makes it look at many bytes at once.
    text.as_bytes().chunks(64).all(|block| {
        block.iter().fold(true, |legal, byte| {
            legal & ((*byte >= b' ') & (*byte != 0xEF) | matches!(*byte, b'\t' | b'\n' | b'\r'))
        })
    })
}

/// UTF-16 to UTF-8, which can be half as long again and must keep within the limit too.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, max: usize) -> Result<String, DecodeError> {
    // Two bytes of mark went before.
    let invalid = |units: usize| DecodeError::Encoding {
        encoding: "UTF-16",
        offset: 2 + 2 * units,
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut read = 0;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let c = decoded.map_err(|_| invalid(read))?;
        read += c.len_utf16();
        text.push(c);
        if text.len() > max {
            return Err(too_large(max));
        }
    }
    if rest.is_empty() { Ok(text) } else { Err(invalid(read)) }
}

/// The error for a message above the limit.
const fn too_large(max: usize) -> DecodeError {
    DecodeError::TooLarge {
        limit: Limit::MessageBytes,
        max,
        offset: max,
    }
}
