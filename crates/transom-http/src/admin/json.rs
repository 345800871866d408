//! Reading a JSON body: strictly, within limits, and with the place of what is wrong.

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::{cell::RefCell, fmt};
use transom_domain::device::update::Violation;

/// Deepest nesting of a body: what the API takes nests four levels, an object that a client sends back seven.
pub const JSON_DEPTH_MAX: usize = 32;

/// Most values in a body: an object with 10,000 reported nodes that a client sends back fits several times; a body of
/// nothing but commas and zeros would otherwise take sixteen times its size in memory.
pub const JSON_VALUES_MAX: usize = 100_000;

/// The byte order mark in UTF-8: some clients on Windows put it in front, and RFC 8259 (section 8.1) lets a reader skip it.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Reads a body.
///
/// # Errors
/// What is wrong and where: not UTF-8, not JSON, nested too deep, too many values, a field given twice, a NUL in a text.
pub fn parse(bytes: &[u8]) -> Result<Value, Violation> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Violation::new("", "utf8", format!("must be UTF-8; byte {} is not", e.valid_up_to())))?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Violation::new("", "required", "must not be empty"));
    }
    let reading = Reading::default();
    let root = Node {
        place: Place::Root,
        depth: 0,
        reading: &reading,
    };
    let mut source = serde_json::Deserializer::from_str(text);
    let result = root
        .deserialize(&mut source)
        .and_then(|value| source.end().map(|()| value));
    result.map_err(|error| {
        reading.wrong.into_inner().unwrap_or_else(|| {
            let message = format!("must be JSON; line {}, column {} is not", error.line(), error.column());
            Violation::new("", "json", message)
        })
    })
}

/// What all nodes of one body share.
#[derive(Default)]
struct Reading {
    values: RefCell<usize>,
    wrong: RefCell<Option<Violation>>,
}

/// Where a node stands. Written out only when something is wrong with it.
#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

/// Longest name of a field repeated in an answer, in characters.
const NAME_CHARS_MAX: usize = 64;

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Field(above, name) => {
                let dot = if matches!(above, Place::Root) { "" } else { "." };
                write!(
                    f,
                    "{above}{dot}{}",
                    name.chars().take(NAME_CHARS_MAX).collect::<String>()
                )
            }
            Place::Index(above, index) => write!(f, "{above}[{index}]"),
        }
    }
}

struct Node<'a> {
    place: Place<'a>,
    depth: usize,
    reading: &'a Reading,
}

impl Node<'_> {
    fn refuse<E: Error>(&self, rule: &'static str, message: String) -> E {
        *self.reading.wrong.borrow_mut() = Some(Violation::new(self.place.to_string(), rule, message));
        E::custom(rule)
    }

    fn enter<E: Error>(&self) -> Result<(), E> {
        if self.depth >= JSON_DEPTH_MAX {
            return Err(self.refuse("max_depth", format!("nests deeper than {JSON_DEPTH_MAX} levels")));
        }
        Ok(())
    }

    fn text<E: Error>(&self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            return Err(self.refuse("text", "must not contain the control character U+0000".to_owned()));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        *self.reading.values.borrow_mut() += 1;
        if *self.reading.values.borrow() > JSON_VALUES_MAX {
            return Err(self.refuse("max_values", format!("has more than {JSON_VALUES_MAX} values")));
        }
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.text(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut list = Vec::new();
        loop {
            let item = Node {
                place: Place::Index(&self.place, list.len()),
                depth: self.depth + 1,
                reading: self.reading,
            };
            match items.next_element_seed(item)? {
                Some(value) => list.push(value),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut map = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let field = Node {
                place: Place::Field(&self.place, &name),
                depth: self.depth + 1,
                reading: self.reading,
            };
            field.text(&name)?;
            if map.contains_key(&name) {
                return Err(field.refuse("unique", "is given twice".to_owned()));
            }
            let value = fields.next_value_seed(field)?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn place(body: &str) -> (String, &'static str) {
        let wrong = parse(body.as_bytes()).unwrap_err();
        (wrong.path, wrong.rule)
    }

    #[test]
    fn what_is_written_is_read() {
        let body = "\u{feff}{\"a\":[1,-2,1.5,\"x\\u00e9\",null,true],\"b\":{}}";
        assert_eq!(
            parse(body.as_bytes()).unwrap(),
            json!({ "a": [1, -2, 1.5, "xé", null, true], "b": {} })
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        assert_eq!(place("{\"a\":{\"b\":1,\"b\":2}}"), ("a.b".to_owned(), "unique"));
        assert_eq!(place("{\"a\":[{},{\"c\":\"\\u0000\"}]}"), ("a[1].c".to_owned(), "text"));
        assert_eq!(place("{\"a\""), (String::new(), "json"));
        assert_eq!(place("{} {}"), (String::new(), "json"));
        assert_eq!(place(" "), (String::new(), "required"));
        assert_eq!(place("\"\\ud800\""), (String::new(), "json"));
        assert_eq!(parse(b"{\"a\":\"\xff\"}").unwrap_err().rule, "utf8");
    }

    #[test]
    fn depth_and_number_of_values_have_limits() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(nested(JSON_DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(place(&nested(JSON_DEPTH_MAX + 1)).1, "max_depth");
        assert_eq!(place(&nested(100_000)).1, "max_depth");
        let list = |n: usize| format!("[{}0]", "0,".repeat(n - 1));
        assert!(parse(list(JSON_VALUES_MAX - 1).as_bytes()).is_ok());
        assert_eq!(place(&list(JSON_VALUES_MAX)).1, "max_values");
    }
}
