//! Any text is a filter or an error with its place; a filter survives printing and reading again, and answers for a row
//! of nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use transom_odata::{Accepts, Collection, Element, Filter, Kind, Options, Property, Row, Schema, Value, value::Item};

static SCHEMA: Schema = Schema {
    properties: &[
        Property::new("id", Kind::Text),
        Property::new("deviceName", Kind::Text),
        Property::new("complianceState", Kind::Enum(&["unknown", "compliant"])),
        Property::new("isEncrypted", Kind::Boolean),
        Property::new("storage", Kind::Integer),
        Property::new("load", Kind::Decimal),
        Property::new("lastSync", Kind::Moment),
        Property::new("key", Kind::Guid),
        Property::new("results", Kind::Complex),
        Property::new("tags", Kind::Complex),
    ],
    collections: &[
        Collection {
            name: "results",
            element: Element::Record(&[Property::new("actionName", Kind::Text)]),
        },
        Collection {
            name: "tags",
            element: Element::Scalar(Kind::Text),
        },
    ],
    navigations: &["users"],
    searchable: &["deviceName"],
};

struct Nothing;

impl Row for Nothing {
    fn value(&self, _: &'static Property) -> Value<'_> {
        Value::Null
    }

    fn items(&self, _: &'static Collection) -> Vec<Item<'_>> {
        Vec::new()
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = Options::parse(text, &SCHEMA, Accepts::Collection);
    let filter = match Filter::parse(text, &SCHEMA) {
        Ok(filter) => filter,
        Err(error) => {
            assert!(error.position.is_some_and(|p| p <= text.chars().count()));
            return;
        }
    };
    let _ = filter.accepts(&Nothing);
    let printed = filter.to_string();
    // What was written tightly may pass a limit of length when it is printed, and nothing else.
    match Filter::parse(&printed, &SCHEMA) {
        Ok(again) => assert_eq!(filter, again, "a filter changed between printing and reading"),
        Err(error) => assert_eq!(error.code.as_str(), "LimitExceeded", "{printed}: {error}"),
    }
});
