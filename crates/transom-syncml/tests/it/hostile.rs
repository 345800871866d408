//! Messages made to hurt: they are refused, soon, and never panic.

use proptest::prelude::*;
use transom_syncml::{DecodeError, EncodeError, Limit, encode};

use crate::{own, own_folder, read, with_body, with_data};

/// Which limit a message is refused for.
fn limit_of(xml: &str) -> Limit {
    match read(xml.as_bytes()) {
        Err(DecodeError::TooLarge { limit, .. }) => limit,
        other => panic!("too large expected, not {:?}", other.map(|_| "a message")),
    }
}

#[test]
fn a_hundred_thousand_levels() {
    for element in ["a", "Atomic", "Item", "Meta", "MetInf"] {
        let deep = format!("<{element}>").repeat(100_000);
        assert_eq!(limit_of(&with_body(&deep)), Limit::Depth, "{element}");
        assert_eq!(limit_of(&with_data(&deep)), Limit::Depth, "{element} in Data");
        assert!(read(deep.as_bytes()).is_err());
    }
}

#[test]
fn twenty_thousand_attributes() {
    let many: String = (0..20_000).map(|n| format!(" a{n}=\"x\"")).collect();
    assert_eq!(limit_of(&with_data(&format!("<a{many}/>"))), Limit::Attributes);
    let spaces: String = (0..20_000).map(|n| format!(" xmlns:a{n}=\"urn:x\"")).collect();
    assert_eq!(
        limit_of(&with_body("").replace("<SyncML", &format!("<SyncML{spaces}"))),
        Limit::Attributes
    );
}

#[test]
fn a_million_empty_elements() {
    assert_eq!(limit_of(&with_body(&"<a/>".repeat(1_000_000))), Limit::Elements);
    assert_eq!(
        limit_of(&with_body(&format!("<Get>{}</Get>", "<Item/>".repeat(1_000_000)))),
        Limit::Elements
    );
}

#[test]
fn namespaces_declared_level_after_level() {
    let levels: String = (0..60)
        .map(|n| format!("<a xmlns:p{n}=\"urn:{n}\" xmlns:q{n}=\"urn:{n}\" xmlns:r{n}=\"r\">"))
        .collect();
    assert!(read(with_data(&levels).as_bytes()).is_err());
}

#[test]
fn every_sample_with_every_byte_cut_off_or_spoilt_never_panics() {
    for name in ["package1-with-credentials", "written-by-hand"] {
        let bytes = own(name);
        for place in 0..bytes.len() {
            let _ = read(&bytes[..place]);
            let _ = read(&bytes[place..]);
            for spoilt in [0, b'<', b'>', b'&', b'"', b'/', 0xFF] {
                let mut copy = bytes.clone();
                copy[place] = spoilt;
                let _ = read(&copy);
            }
        }
    }
}

/// All messages of our own.
fn samples() -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(own_folder()).unwrap();
    entries
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect()
}

proptest! {
    #[test]
    fn random_changes_never_panic_and_what_is_read_can_be_written(
        sample in proptest::sample::select(samples()),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..3_u8), 1..12),
    ) {
        let mut bytes = sample;
        for (place, byte, kind) in changes {
            let index = place.index(bytes.len());
            match kind {
                0 => bytes[index] = byte,
                1 => bytes.insert(index, byte),
                _ => { bytes.remove(index); }
            }
        }
        if let Ok(message) = read(&bytes) {
            // What was understood must survive being written. The one exception: an unknown element whose name
            // means something where the writer would put it, such as Final in a group.
            match encode(&message) {
                Ok(text) => prop_assert_eq!(read(text.as_bytes()), Ok(message)),
                Err(error) => prop_assert!(matches!(error, EncodeError::UnknownName { .. }), "{error}"),
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn arbitrary_markup_never_panics(body in "[<>/&;!?\\[\\]a-cA-C =\"'#x0-9-]{0,200}") {
        let _ = read(with_body(&body).as_bytes());
        let _ = read(with_data(&body).as_bytes());
    }
}
