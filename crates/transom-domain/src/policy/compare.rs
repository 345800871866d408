//! When two values are the same (P7): equal values are no conflict.

pub(super) mod xml;

use serde_json::Value;
use std::borrow::Cow;

/// Whether two values mean the same on a PC. `1`, `"1"` and `"01"` do, `true` and `"True"` do, and so do two spellings
/// of the same XML.
#[must_use]
pub fn same(a: &Value, b: &Value) -> bool {
    if a == b {
        return true;
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => match (normalized(a), normalized(b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
    }
}

/// The form that two spellings of one value share; none for what is no scalar.
fn normalized(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::String(text) => Some(normalized_text(text)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn normalized_text(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    for word in ["true", "false"] {
        if trimmed.eq_ignore_ascii_case(word) {
            return Cow::Borrowed(word);
        }
    }
    if let Some(number) = whole_number(trimmed) {
        return Cow::Owned(number);
    }
    if trimmed.starts_with('<')
        && let Some(canonical) = xml::canonical(trimmed)
    {
        return Cow::Owned(canonical);
    }
    Cow::Borrowed(text)
}

/// `+01` as `1`, `-0` as `0`.
fn whole_number(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match digits.trim_start_matches('0') {
        "" => Some("0".to_owned()),
        digits => Some(format!("{sign}{digits}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn spellings_of_one_value_are_the_same() {
        for (a, b) in [
            (json!(1), json!("1")),
            (json!("01"), json!("1")),
            (json!("+7"), json!(" 7 ")),
            (json!("-0"), json!(0)),
            (json!(true), json!("True")),
            (json!("<a x='1' y=\"2\"/>"), json!("<a y=\"2\"  x=\"1\"></a>")),
            (json!("<a>\n  <b>x</b>\n</a>"), json!("<a><!-- why --><b>x</b></a>")),
            (
                json!("<enabled/><data id=\"a\" value=\"1\"/><data id=\"b\" value=\"2\"/>"),
                json!("<Enabled/>\n<data id=\"b\" value=\"2\"/><data value=\"1\" id=\"a\"/>"),
            ),
            (json!({ "a": "1" }), json!({ "a": 1 })),
        ] {
            assert!(same(&a, &b) && same(&b, &a), "{a} {b}");
        }
    }

    #[test]
    fn different_values_are_not() {
        for (a, b) in [
            (json!(1), json!(2)),
            (json!(1), json!(-1)),
            (json!(0), json!(null)),
            (json!(""), json!(null)),
            (json!("a"), json!("A")),
            (json!(1), json!(true)),
            (json!("<a>x</a>"), json!("<a>y</a>")),
            (json!("<a><b/><c/></a>"), json!("<a><c/><b/></a>")),
            (json!("<enabled/>"), json!("<disabled/>")),
            (json!("<a"), json!("<a ")),
            (json!({ "a": 1 }), json!({ "a": 1, "b": 2 })),
        ] {
            assert!(!same(&a, &b) && !same(&b, &a), "{a} {b}");
        }
    }
}
