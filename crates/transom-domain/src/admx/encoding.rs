//! Bytes to text: templates come in UTF-8, in UTF-8 with a byte order mark, and in UTF-16 of either kind.

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// Not UTF-8.
    #[error("must be UTF-8 or UTF-16; byte {0} is neither")]
    Utf8(usize),
    /// Not UTF-16.
    #[error("begins as UTF-16, which it is not to its end")]
    Utf16,
}

/// The text, without a byte order mark and without blanks before the XML declaration: one published profile has some
/// there, and Windows refuses them.
pub(super) fn decode(bytes: &[u8]) -> Result<String, EncodingError> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest, 3)?,
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        // `<` without a mark (XML 1.0, appendix F).
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes)?,
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes)?,
        _ => utf8(bytes, 0)?,
    };
    let trimmed = text.trim();
    Ok(if trimmed.len() == text.len() {
        text
    } else {
        trimmed.to_owned()
    })
}

fn utf8(bytes: &[u8], before: usize) -> Result<String, EncodingError> {
    let text = std::str::from_utf8(bytes).map_err(|error| EncodingError::Utf8(before + error.valid_up_to()))?;
    Ok(text.to_owned())
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, EncodingError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(EncodingError::Utf16);
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .map_err(|_| EncodingError::Utf16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<a>é\u{1f5a5}</a>";

    #[test]
    fn every_encoding_that_templates_come_in_is_read() {
        let little: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let with = |mark: &[u8], text: &[u8]| [mark, text].concat();
        for bytes in [
            TEXT.as_bytes().to_vec(),
            with(&[0xef, 0xbb, 0xbf], TEXT.as_bytes()),
            with(&[0xff, 0xfe], &little),
            with(&[0xfe, 0xff], &big),
            little,
            big,
            with(b"\r\n ", TEXT.as_bytes()),
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(TEXT));
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        assert_eq!(decode(b"<a>\xe9</a>"), Err(EncodingError::Utf8(3)));
        assert_eq!(decode(b"\xef\xbb\xbf<a>\xff"), Err(EncodingError::Utf8(6)));
        assert_eq!(decode(b"\xff\xfe<\0a"), Err(EncodingError::Utf16));
        assert_eq!(decode(b"\xff\xfe\x00\xd8"), Err(EncodingError::Utf16));
    }
}
