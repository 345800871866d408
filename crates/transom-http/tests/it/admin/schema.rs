//! A check of values against the schemas of the OpenAPI document: as much of JSON Schema as they use, patterns of ids
//! and times left out.

use serde_json::Value;

/// What is wrong with a value, and where.
pub fn violations(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "$", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(&reference[1..]).unwrap();
        return check(document, schema, value, at, found);
    }
    for part in list(schema, "allOf") {
        check(document, part, value, at, found);
    }
    for (key, is_one) in [("oneOf", true), ("anyOf", false)] {
        let choices = list(schema, key);
        let fitting = choices
            .iter()
            .filter(|choice| violations(document, choice, value).is_empty())
            .count();
        if !choices.is_empty() && (fitting == 0 || is_one && fitting > 1) {
            found.push(format!("{at} fits {fitting} of {key}: {value}"));
        }
    }
    let mut wrong = |what: &str| found.push(format!("{at} {what}: {value}"));
    if !has_type(&schema["type"], value) {
        return wrong(&format!("is not of type {}", schema["type"]));
    }
    if schema.get("const").is_some_and(|constant| constant != value)
        || schema
            .get("enum")
            .is_some_and(|words| !words.as_array().unwrap().contains(value))
    {
        wrong("is none of the values");
    }
    let size = match value {
        Value::String(text) => Some(("Length", text.chars().count())),
        Value::Array(items) => Some(("Items", items.len())),
        Value::Object(fields) => Some(("Properties", fields.len())),
        _ => None,
    };
    let beyond = |key: String, size: f64, is_max: bool| {
        schema[key]
            .as_f64()
            .is_some_and(|limit| if is_max { size > limit } else { size < limit })
    };
    if let Some((kind, size)) = size
        && (beyond(format!("max{kind}"), size as f64, true) || beyond(format!("min{kind}"), size as f64, false))
    {
        wrong("is beyond its limits");
    }
    if let Some(number) = value.as_f64()
        && (beyond("maximum".to_owned(), number, true) || beyond("minimum".to_owned(), number, false))
    {
        wrong("is beyond its limits");
    }
    if schema["format"] == "date-time"
        && value
            .as_str()
            .is_some_and(|text| text.len() != 24 || !text.ends_with('Z'))
    {
        wrong("is no moment");
    }
    if let Value::Object(fields) = value {
        for name in list(schema, "required") {
            if !fields.contains_key(name.as_str().unwrap()) {
                found.push(format!("{at} lacks {name}"));
            }
        }
        for (name, field) in fields {
            let own = schema["properties"].get(name);
            let schema = own.or_else(|| schema.get("additionalProperties").filter(|s| s.is_object()));
            if let Some(schema) = schema {
                check(document, schema, field, &format!("{at}.{name}"), found);
            }
        }
    }
    if let (Value::Array(items), Some(schema)) = (value, schema.get("items")) {
        for (index, item) in items.iter().enumerate() {
            check(document, schema, item, &format!("{at}[{index}]"), found);
        }
    }
}

fn list<'s>(schema: &'s Value, key: &str) -> &'s [Value] {
    schema[key].as_array().map_or(&[], Vec::as_slice)
}

fn has_type(types: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no such type: {other}"),
    };
    match types {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        _ => true,
    }
}
