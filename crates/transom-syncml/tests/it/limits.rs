//! Every limit, at its value and one above.

use transom_syncml::{DecodeError, DecodeErrorKind, Limit, Limits, MAX_DEPTH, MAX_MESSAGE_BYTES, decode};

use crate::{with_body, with_data};

/// The message passes under limits made with `at` and fails, for that limit, under those made with `below`.
fn assert_edge(xml: &[u8], limit: Limit, at: usize, set: fn(&mut Limits, usize)) {
    let mut limits = Limits::default();
    set(&mut limits, at);
    let fine = decode(xml, &limits);
    assert!(fine.is_ok(), "{limit} at {at}: {fine:?}");
    set(&mut limits, at - 1);
    match decode(xml, &limits) {
        Err(error @ DecodeError::TooLarge { limit: passed, max, .. }) => {
            assert_eq!((passed, max), (limit, at - 1));
            assert_eq!(error.kind(), DecodeErrorKind::TooLarge);
        }
        other => panic!("{limit} below {at}: {other:?}"),
    }
}

#[test]
fn message_bytes() {
    let xml = with_body("");
    assert_edge(xml.as_bytes(), Limit::MessageBytes, xml.len(), |limits, n| {
        limits.max_message_bytes = n
    });
}

#[test]
fn message_bytes_count_after_transcoding_too() {
    // Three bytes in UTF-8 for every two in UTF-16, so that the received length alone would let it through.
    let xml = with_data(&"\u{20AC}".repeat(1000));
    let utf16: Vec<u8> = format!("\u{FEFF}{xml}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(utf16.len() < xml.len());
    assert_edge(&utf16, Limit::MessageBytes, xml.len(), |limits, n| {
        limits.max_message_bytes = n
    });
}

#[test]
fn depth() {
    // SyncML, SyncBody, Replace, Item and Data are five levels.
    let xml = with_data(&format!("{}{}", "<a>".repeat(10), "</a>".repeat(10)));
    assert_edge(xml.as_bytes(), Limit::Depth, 15, |limits, n| limits.max_depth = n);
}

#[test]
fn elements() {
    // Eleven are around a body.
    let xml = with_body("<Final/>");
    let count = xml.matches('<').count() - xml.matches("</").count();
    assert_edge(xml.as_bytes(), Limit::Elements, count, |limits, n| {
        limits.max_elements = n
    });
}

#[test]
fn text_bytes() {
    let long = "./".to_owned() + &"a".repeat(998);
    let xml = with_body(&format!(
        "<Get><Item><Target><LocURI>{long}</LocURI></Target></Item></Get>"
    ));
    assert_edge(xml.as_bytes(), Limit::TextBytes, 1000, |limits, n| {
        limits.max_text_bytes = n
    });
    let xml = with_body(&format!("<Status><Data originalerror=\"{long}\">500</Data></Status>"));
    assert_edge(xml.as_bytes(), Limit::TextBytes, 1000, |limits, n| {
        limits.max_text_bytes = n
    });
}

#[test]
fn data_bytes() {
    let xml = with_data(&"a&lt;".repeat(500));
    assert_edge(xml.as_bytes(), Limit::DataBytes, 1000, |limits, n| {
        limits.max_data_bytes = n
    });
    let xml = with_data(&"<a/>".repeat(250));
    assert_edge(xml.as_bytes(), Limit::DataBytes, 1000, |limits, n| {
        limits.max_data_bytes = n
    });
}

#[test]
fn attributes() {
    let many: String = (0..20).map(|n| format!(" a{n}=\"x\"")).collect();
    let xml = with_data(&format!("<a{many}/>"));
    assert_edge(xml.as_bytes(), Limit::Attributes, 20, |limits, n| {
        limits.max_attributes = n
    });
}

#[test]
fn a_message_of_the_largest_size_is_read() {
    let around = with_data("").len();
    let fits = with_data(&"x".repeat(MAX_MESSAGE_BYTES - around));
    assert_eq!(fits.len(), MAX_MESSAGE_BYTES);
    assert!(decode(fits.as_bytes(), &Limits::default()).is_ok());
    let above = with_data(&"x".repeat(MAX_MESSAGE_BYTES - around + 1));
    let error = decode(above.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::TooLarge);
}

#[test]
fn groups_as_deep_as_allowed_are_read() {
    let depth = MAX_DEPTH - 2;
    let xml = with_body(&format!("{}{}", "<Atomic>".repeat(depth), "</Atomic>".repeat(depth)));
    assert!(decode(xml.as_bytes(), &Limits::default()).is_ok());
}
