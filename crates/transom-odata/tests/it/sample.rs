//! A schema and rows to ask about.

use transom_odata::{Collection, Element, Kind, Property, Row, Schema, Value, value::Item};

const STATES: &[&str] = &["unknown", "compliant", "noncompliant"];

const RESULT: &[Property] = &[
    Property::new("actionName", Kind::Text),
    Property::new("actionState", Kind::Enum(&["pending", "done", "failed"])),
    Property::new("startDateTime", Kind::Moment),
];

/// A resource with one property of each kind.
pub static SCHEMA: Schema = Schema {
    properties: &[
        Property::new("id", Kind::Text),
        Property::new("deviceName", Kind::Text),
        Property::new("serialNumber", Kind::Text),
        Property::new("complianceState", Kind::Enum(STATES)),
        Property::new("isEncrypted", Kind::Boolean),
        Property::new("storage", Kind::Integer),
        Property::new("load", Kind::Decimal),
        Property::new("lastSync", Kind::Moment),
        Property::new("key", Kind::Guid),
        Property::shown("activationCode", Kind::Text),
        Property::new("hardware", Kind::Complex),
        Property::new("results", Kind::Complex),
        Property::new("tags", Kind::Complex),
    ],
    collections: &[
        Collection {
            name: "results",
            element: Element::Record(RESULT),
        },
        Collection {
            name: "tags",
            element: Element::Scalar(Kind::Text),
        },
    ],
    navigations: &["users"],
    searchable: &["deviceName", "serialNumber"],
};

/// A row.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    pub values: Vec<(&'static str, Value<'static>)>,
    pub results: Vec<Vec<(&'static str, Value<'static>)>>,
    pub tags: Vec<Value<'static>>,
}

impl Sample {
    pub fn with(mut self, name: &'static str, value: Value<'static>) -> Self {
        self.values.push((name, value));
        self
    }

    pub fn get(&self, name: &str) -> Value<'static> {
        let found = self.values.iter().find(|(n, _)| *n == name);
        found.map_or(Value::Null, |(_, v)| v.clone())
    }
}

impl Row for Sample {
    fn value(&self, property: &'static Property) -> Value<'_> {
        self.get(property.name)
    }

    fn items(&self, collection: &'static Collection) -> Vec<Item<'_>> {
        match collection.name {
            "tags" => self.tags.iter().cloned().map(Item::Scalar).collect(),
            _ => self.results.iter().cloned().map(Item::Record).collect(),
        }
    }
}

/// A text.
pub fn text(text: &str) -> Value<'static> {
    Value::Text(text.to_owned().into())
}
