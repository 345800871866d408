//! Texts that mean harm: each is answered, at once, with a filter or a place.

use crate::sample::{SCHEMA, Sample};
use proptest::prelude::*;
use transom_odata::{Accepts, Filter, Options, limits::OPTION_CHARS_MAX};

#[test]
fn nothing_recurses_without_end() {
    for piece in [
        "(",
        "not ",
        "not(",
        "tolower(",
        "contains(tolower(",
        "tags/any(t:",
        "tags/any(t:(",
        "deviceName in (",
        "a/",
        "'",
        "''",
        "-",
        "--1",
        "%",
        "\u{0}",
        "\u{10ffff}",
        "isEncrypted and ",
        "isEncrypted or (",
        "null eq ",
    ] {
        for count in [1, 23, 24, 25, 26, 1_000, 100_000] {
            let text = piece.repeat(count);
            let error = Filter::parse(&text, &SCHEMA).expect_err(piece);
            assert!(
                error.position.is_some_and(|p| p <= OPTION_CHARS_MAX),
                "{piece}: {error}"
            );
            assert!(error.to_string().len() < 400, "{piece}: {error}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}") {
        if let Ok(filter) = Filter::parse(&text, &SCHEMA) {
            let _ = filter.accepts(&Sample::default());
        }
        let _ = Options::parse(&text, &SCHEMA, Accepts::Collection);
    }

    #[test]
    fn any_heap_of_tokens_is_answered(words in prop::collection::vec(prop::sample::select(vec![
        "(", ")", "not", "and", "or", "eq", "in", ",", "deviceName", "isEncrypted", "'x'", "1", "null", "true", "tags", "/", "any", ":", "t",
        "contains", "tolower", "2026-02-10T12:30:00Z", "results", "97842b67-2b67-9784-672b-8497672b8497",
    ]), 0..40)) {
        let text = words.join(" ");
        match Filter::parse(&text, &SCHEMA) {
            Ok(filter) => {
                let printed = filter.to_string();
                prop_assert_eq!(Filter::parse(&printed, &SCHEMA).unwrap(), filter);
            }
            Err(error) => prop_assert!(error.position.is_some_and(|p| p <= text.chars().count())),
        }
    }
}
