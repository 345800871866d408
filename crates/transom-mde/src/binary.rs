//! Base64 as Windows and its relatives write it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};

/// Unused bits at the end are tolerated: a token is opaque, and some encoders leave them set.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

const LENIENT_STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const LENIENT_URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Reads base64 of either alphabet, with or without padding, with white space anywhere
/// (docs/PROTOCOL.md, 3 and 5).
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if compact.contains(['-', '_']) {
        LENIENT_URL_SAFE.decode(compact)
    } else {
        LENIENT_STANDARD.decode(compact)
    }
    .ok()
}

/// Reads base64 as a provisioning document must hold it: standard alphabet, padded, on one line.
pub(crate) fn decode_strict(text: &str) -> Option<Vec<u8>> {
    general_purpose::STANDARD.decode(text).ok()
}

/// Writes standard base64 with padding on one line.
pub(crate) fn encode(bytes: &[u8]) -> String {
    general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_base64_that_clients_send_is_read() {
        let bytes = [0xfb, 0xff, 0xfe, 0x01];
        for text in ["+//+AQ==", "+//+AQ", "-__-AQ==", "-__-AQ", " +//+\r\nAQ\t==\n"] {
            assert_eq!(decode(text).as_deref(), Some(&bytes[..]), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in ["a.b.c", "A", "+_AA", "AA=A", "nonce!"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_strict_form_knows_one_spelling() {
        assert!(decode_strict("+//+AQ==").is_some());
        for text in ["+//+AQ", "-__-AQ==", "+//+\nAQ==", "nonce"] {
            assert_eq!(decode_strict(text), None, "{text:?}");
        }
    }
}
