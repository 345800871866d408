//! Values that fit a schema, and values that do not.

use serde_json::{Map, Value, json};

/// The types that a schema allows.
pub fn types(schema: &Value) -> Vec<String> {
    let one = |value: &Value| value.as_str().map(str::to_owned);
    let mut types: Vec<String> = match &schema["type"] {
        Value::String(name) => vec![name.clone()],
        Value::Array(names) => names.iter().filter_map(one).collect(),
        _ => Vec::new(),
    };
    for alternative in schema["oneOf"].as_array().into_iter().flatten() {
        types.extend(self::types(alternative));
    }
    for value in schema["enum"].as_array().into_iter().flatten() {
        types.push(if value.is_null() { "null" } else { "string" }.to_owned());
    }
    types
}

/// The schema itself, or the alternative of it that says most.
pub fn main(schema: &Value) -> &Value {
    let alternatives = schema["oneOf"].as_array().into_iter().flatten();
    alternatives
        .into_iter()
        .map(main)
        .find(|s| s["type"] != "null")
        .unwrap_or(schema)
}

/// A value of a type that the schema does not allow; none, if it allows every one.
pub fn misfit(schema: &Value) -> Option<Value> {
    let allowed = types(schema);
    let values = [
        ("boolean", json!(true)),
        ("object", json!({ "a": 1 })),
        ("array", json!([1])),
        ("integer", json!(7)),
        ("string", json!("x")),
    ];
    let is_allowed = |name: &str| {
        allowed
            .iter()
            .any(|a| a == name || (name == "integer" && a == "number"))
    };
    values
        .into_iter()
        .find(|(name, _)| !allowed.is_empty() && !is_allowed(name))
        .map(|(_, value)| value)
}

/// The `n`-th of many different values that fit.
pub fn fitting(schema: &Value, name: &str, n: usize) -> Value {
    let schema = main(schema);
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let types = types(schema);
    match types.first().map(String::as_str) {
        Some("integer" | "number") => json!(schema["minimum"].as_i64().unwrap_or(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten();
            let field = |name: &Value| {
                let name = name.as_str()?;
                Some((name.to_owned(), fitting(&schema["properties"][name], name, n)))
            };
            Value::Object(required.filter_map(field).collect::<Map<_, _>>())
        }
        _ => json!(text(schema, name, n)),
    }
}

fn text(schema: &Value, name: &str, n: usize) -> String {
    match (name, schema["pattern"].as_str()) {
        ("path", _) => format!("./A{n}"),
        ("email" | "userEmails", _) => format!("a{n}@example.com"),
        ("url" | "iconUrl", _) => format!("https://example.com/{n}"),
        // Of conditions of enrolment rules: a field that there is, and a part of its answer.
        ("patterns", _) => format!("name:x{n}"),
        ("actions", _) => format!("a{n}.b.get"),
        ("allowedAddresses", _) => format!("192.0.2.{}/32", n % 256),
        (_, Some(pattern)) if pattern.contains("{24}") => format!("{n:024x}"),
        (_, Some(pattern)) if pattern.starts_with("^[0-9]") => n.to_string(),
        _ if schema["format"] == "date-time" => "2026-01-01T00:00:00Z".to_owned(),
        _ => format!("x{n}"),
    }
}

/// A text of so many characters that fits in every other way; none where no such text is known.
pub fn text_of(schema: &Value, name: &str, length: usize) -> Option<String> {
    let padded = |begin: &str, end: &str| {
        let room = length.checked_sub(begin.len() + end.len())?;
        Some(format!("{begin}{}{end}", "x".repeat(room)))
    };
    match (name, schema["pattern"].as_str()) {
        ("path", _) => padded("./", ""),
        // The part before the @ has at most 64 characters (RFC 5321, 4.5.3.1.1), and a label at most 63.
        ("email" | "userEmails", _) => padded("a@", ".example.com").map(|long| spread(&long)),
        ("url" | "iconUrl", _) => padded("https://example.com/", ""),
        ("patterns", _) => padded("name:", ""),
        ("iconBase64", _) => length.is_multiple_of(4).then(|| "A".repeat(length)),
        // Of these, what fits is shorter than what is allowed for: names of permissions, addresses, languages, answers to a
        // field of a form.
        ("actions" | "allowedAddresses" | "language" | "auxiliaryFields", _) => None,
        // Files of a language of their own; their lengths are tried where they are read.
        ("admx" | "adml", _) => None,
        (_, Some(pattern)) if pattern != "\\S" => None,
        _ => padded("", ""),
    }
}

/// A dot in every long run, so that it can be the name of a host.
fn spread(text: &str) -> String {
    let (local, host) = text.split_once('@').unwrap_or(("", text));
    let dotted = |(place, c): (usize, char)| if place % 40 == 39 && c == 'x' { '.' } else { c };
    format!("{local}@{}", host.chars().enumerate().map(dotted).collect::<String>())
}

/// Bytes of a character that is written in the longest way, as a pair of escaped surrogates.
const CHARACTER_BYTES: usize = 12;

/// Bytes of one that a pattern asks for, which is ASCII, written as an escape.
const ASCII_BYTES: usize = 6;

/// Longest name in an object whose names are free, in characters.
const NAME_CHARS: usize = 128;

/// How many bytes of JSON a value that fits has at most; none where nothing bounds it.
pub fn largest(schema: &Value) -> Option<usize> {
    if let Some(alternatives) = schema["oneOf"].as_array() {
        return alternatives
            .iter()
            .map(largest)
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .max();
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(|value| value.to_string().len()).max();
    }
    // What all of several schemas allow is no more than what the strictest does.
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().filter_map(largest).min();
    }
    let size = |keyword: &str| schema[keyword].as_u64().map(|n| n as usize);
    let of = |name: &String| match name.as_str() {
        "null" => Some(4),
        "boolean" => Some(5),
        // Digits and sign of the largest numbers that are read.
        "integer" | "number" => Some(24),
        "string" if schema["format"] == "date-time" => Some(40),
        "string" => match (size("maxLength"), schema["pattern"].as_str()) {
            (_, Some(pattern)) if pattern.contains("{24}") => Some(2 + 24 * ASCII_BYTES),
            (_, Some(pattern)) if pattern.starts_with("^[0-9]") => Some(2 + 10 * ASCII_BYTES),
            (length, _) => Some(2 + length? * CHARACTER_BYTES),
        },
        "array" => {
            // Of words each at most once, where nothing else is said.
            let words = schema["items"]["enum"].as_array().map(Vec::len);
            Some(2 + size("maxItems").or(words)? * (1 + largest(&schema["items"])?))
        }
        _ => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields = fields.map(|(name, schema)| Some(name.len() + 4 + largest(schema)?));
            let fields: usize = fields.collect::<Option<Vec<_>>>()?.into_iter().sum();
            let free = match &schema["additionalProperties"] {
                Value::Null | Value::Bool(false) => 0,
                inner => size("maxProperties")? * (4 + NAME_CHARS * CHARACTER_BYTES + largest(inner)?),
            };
            Some(2 + fields + free)
        }
    };
    types(schema)
        .iter()
        .map(of)
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .max()
}
