//! Examples of bodies and answers. They are made of the schemas, so that a new route has one at once; what a schema
//! cannot tell, the word that stands in a text, comes from the lists of the rooms.
//!
//! An example is, the first of these that there is:
//! 1. what the schema says itself: `example`, `examples`, `const`, `default`;
//! 2. the row `Schema.property`, or `Schema` for a whole one, of a room's list;
//! 3. the row `property` of a room's list, which then holds wherever a value of that name and type stands;
//! 4. what follows from the type: the first word of an enum, an id, a moment, the smallest number, null where that may be.
//!
//! A text that none of these gives is missing; the test `every_text_has_an_example` names it.

mod core;
mod enrolment;
mod files;
mod library;
mod people;
mod policies;
mod rules;

use serde_json::{Map, Value, json};
use std::{cell::RefCell, collections::BTreeSet};

/// A name, and the example for it as JSON.
type Row = (&'static str, &'static str);

/// The lists of the rooms.
const ROOMS: &[&[Row]] = &[
    core::ROWS,
    files::ROWS,
    enrolment::ROWS,
    library::ROWS,
    people::ROWS,
    policies::ROWS,
    rules::ROWS,
];

/// An id in examples.
const ID: &str = "507f1f77bcf86cd799439011";

/// A moment in examples.
const MOMENT: &str = "2026-02-10T10:05:00.000Z";

/// Makes examples of schemas.
pub(super) struct Examples<'a> {
    schemas: &'a Value,
    missing: RefCell<BTreeSet<String>>,
}

/// Where a value stands: the schema that it is part of, and the name of the property.
#[derive(Clone, Copy)]
struct Place<'a> {
    schema: &'a str,
    property: &'a str,
}

impl<'a> Examples<'a> {
    /// Of these schemas, by name.
    pub(super) const fn new(schemas: &'a Value) -> Self {
        Self {
            schemas,
            missing: RefCell::new(BTreeSet::new()),
        }
    }

    /// The texts for which there was no example.
    pub(super) fn missing(self) -> Vec<String> {
        self.missing.into_inner().into_iter().collect()
    }

    /// The example of a schema.
    pub(super) fn of(&self, name: &str) -> Value {
        self.named(name, &mut Vec::new())
    }

    fn named<'n>(&self, name: &'n str, above: &mut Vec<&'n str>) -> Value
    where
        'a: 'n,
    {
        if let Some(value) = row(name) {
            return value;
        }
        above.push(name);
        let place = Place {
            schema: name,
            property: "",
        };
        let value = self.value(&self.schemas[name], place, above);
        above.pop();
        value
    }

    fn value<'n>(&self, schema: &'n Value, place: Place<'n>, above: &mut Vec<&'n str>) -> Value
    where
        'a: 'n,
    {
        for key in ["example", "const", "default"] {
            if let Some(value) = schema.get(key) {
                return value.clone();
            }
        }
        if let Some(value) = schema.get("examples").and_then(|e| e.get(0)) {
            return value.clone();
        }
        if let Some(value) = place.row() {
            return value;
        }
        if let Some(name) = referred(schema) {
            return self.named(name, above);
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let mut whole = Map::new();
            for part in parts {
                if let Value::Object(fields) = self.value(part, place, above) {
                    whole.extend(fields);
                }
            }
            return Value::Object(whole);
        }
        if let Some(choices) = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(*key)?.as_array()) {
            let is_null = |choice: &&Value| choice["type"] == "null";
            let choice = choices.iter().find(|choice| !is_null(choice));
            return choice.map_or(Value::Null, |choice| self.value(choice, place, above));
        }
        if let Some(word) = schema.get("enum").and_then(|words| words.get(0)) {
            return word.clone();
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        match row(place.property).filter(|value| types.contains(&type_of(value))) {
            Some(value) => value,
            None => self.of_type(schema, &types, place, above),
        }
    }

    fn of_type<'n>(&self, schema: &'n Value, types: &[&str], place: Place<'n>, above: &mut Vec<&'n str>) -> Value
    where
        'a: 'n,
    {
        match types.first().copied().unwrap_or("object") {
            "boolean" => json!(false),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
            "array" => {
                // A tree has one level in its example.
                let item = &schema["items"];
                match referred(item).is_some_and(|name| above.contains(&name)) {
                    true => json!([]),
                    false => json!([self.value(item, place, above)]),
                }
            }
            "string" => self.text(schema, place, types.contains(&"null")),
            "null" => Value::Null,
            _ => {
                let fields = schema.get("properties").and_then(Value::as_object);
                let fields = fields.into_iter().flatten().map(|(name, field)| {
                    let place = Place {
                        schema: place.schema,
                        property: name,
                    };
                    (name.clone(), self.value(field, place, above))
                });
                fields.collect::<Map<_, _>>().into()
            }
        }
    }

    fn text(&self, schema: &Value, place: Place<'_>, may_be_null: bool) -> Value {
        let pattern = schema["pattern"].as_str().unwrap_or_default();
        if schema["format"] == "date-time" {
            return json!(MOMENT);
        }
        if pattern.contains("a-f") && pattern.contains("{24}") {
            return json!(ID);
        }
        if pattern.contains("a-f") && pattern.contains("{64}") {
            return json!("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
        }
        if may_be_null {
            return Value::Null;
        }
        let name = format!("{}.{}", place.schema, place.property);
        self.missing.borrow_mut().insert(name);
        json!("text")
    }
}

impl Place<'_> {
    fn row(self) -> Option<Value> {
        match self.property {
            "" => None,
            property => row(&format!("{}.{property}", self.schema)),
        }
    }
}

/// The row of that name in the lists of the rooms.
fn row(name: &str) -> Option<Value> {
    let mut rows = ROOMS.iter().copied().flatten();
    let (_, text) = rows.find(|(key, _)| *key == name)?;
    serde_json::from_str(text).ok()
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The name that a schema refers to.
fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_json_and_stands_once() {
        let mut seen = BTreeSet::new();
        for (name, text) in ROOMS.iter().copied().flatten() {
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{name}: {text}");
            assert!(seen.insert(name), "{name} stands twice");
        }
    }

    #[test]
    fn an_example_follows_from_the_schema_and_says_what_it_lacks() {
        let schemas = json!({
            "Thing": {
                "type": "object",
                "properties": {
                    "id": { "type": "string", "pattern": "^[a-f0-9]{24}$" },
                    "kind": { "type": "string", "enum": ["one", "two"] },
                    "count": { "type": "integer", "minimum": 3 },
                    "zzz": { "type": "string" },
                    "maybe": { "type": ["string", "null"] },
                    "said": { "type": "string", "example": "so" },
                    "children": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } }
                }
            }
        });
        let examples = Examples::new(&schemas);
        let expected = json!({
            "id": ID, "kind": "one", "count": 3, "zzz": "text", "maybe": null, "said": "so", "children": []
        });
        assert_eq!(examples.of("Thing"), expected);
        assert_eq!(examples.missing(), ["Thing.zzz"]);
    }
}
