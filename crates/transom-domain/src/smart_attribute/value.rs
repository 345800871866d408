//! Values of smart attributes: what fits a type, and in what form it is kept.

use super::{Input, OPTION_CHARS_MAX, Output, SmartAttribute};
use crate::{Timestamp, text};
use serde_json::{Number, Value};

/// Longest value (B.7).
pub const VALUE_CHARS_MAX: usize = 1_000;

impl Output {
    /// A value in the form in which it is kept. Numbers, truth values and moments may come as texts too: forms and
    /// spreadsheets have nothing else.
    ///
    /// # Errors
    /// Why it is no value of this type.
    pub fn fit(self, value: &Value) -> Result<Value, String> {
        match (self, value) {
            (Self::String, Value::String(text)) => match text::line(text, VALUE_CHARS_MAX) {
                Ok(clean) => Ok(Value::String(clean)),
                Err(error) => Err(error.to_string()),
            },
            (Self::Number, Value::Number(_)) | (Self::Boolean, Value::Bool(_)) => Ok(value.clone()),
            (Self::Number, Value::String(text)) => number(text.trim())
                .map(Value::Number)
                .ok_or_else(|| "must be a number".to_owned()),
            (Self::Boolean, Value::String(text)) => match text.trim() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err("must be true or false".to_owned()),
            },
            (Self::Date, Value::String(text)) => match Timestamp::parse(text.trim()) {
                Ok(at) => Ok(Value::String(at.to_string())),
                Err(error) => Err(error.to_string()),
            },
            (Self::String, _) => Err("must be a string".to_owned()),
            (Self::Number, _) => Err("must be a number".to_owned()),
            (Self::Boolean, _) => Err("must be true or false".to_owned()),
            (Self::Date, _) => Err("must be a date such as 2026-02-10T10:05:00.000Z".to_owned()),
        }
    }

    /// As [`Output::fit`], for an option of an enumeration.
    ///
    /// # Errors
    /// Why it is no option of this type.
    pub fn fit_option(self, value: &Value) -> Result<Value, String> {
        let value = self.fit(value)?;
        match as_text(&value).chars().count() {
            0..=OPTION_CHARS_MAX => Ok(value),
            found => Err(format!("must have at most {OPTION_CHARS_MAX} characters, not {found}")),
        }
    }
}

impl SmartAttribute {
    /// A value that is given by hand, in the form in which it is kept.
    ///
    /// # Errors
    /// Rule and reason why it is no value of this attribute.
    pub fn fit(&self, value: &Value) -> Result<Value, (&'static str, String)> {
        let value = self.output.fit(value).map_err(|message| ("type", message))?;
        match &self.input {
            Input::Manual => Ok(value),
            Input::Enum(options) if options.contains(&value) => Ok(value),
            Input::Enum(options) => {
                let options: Vec<String> = options.iter().map(as_text).collect();
                Err(("enum", format!("must be one of {}", options.join(", "))))
            }
            Input::Constant(_) => Err((
                "constant",
                "is the same for every device and cannot be given".to_owned(),
            )),
        }
    }
}

/// A number as JSON writes it (RFC 8259, section 6).
fn number(text: &str) -> Option<Number> {
    match serde_json::from_str(text) {
        Ok(Value::Number(number)) => Some(number),
        _ => None,
    }
}

/// A value as text: what placeholders stand for and what audiences compare.
#[must_use]
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_fits_its_type_or_is_refused() {
        let fits = [
            (Output::String, json!(" a "), json!("a")),
            (Output::Number, json!(1.5), json!(1.5)),
            (Output::Number, json!(" -2e3 "), json!(-2e3)),
            (Output::Boolean, json!(true), json!(true)),
            (Output::Boolean, json!("false"), json!(false)),
            (
                Output::Date,
                json!("2026-02-10T11:05:00+01:00"),
                json!("2026-02-10T10:05:00.000Z"),
            ),
        ];
        for (output, value, kept) in fits {
            assert_eq!(output.fit(&value), Ok(kept), "{output:?} {value}");
        }
        for (output, value) in [
            (Output::String, json!(1)),
            (Output::String, json!("  ")),
            (Output::Number, json!("1,5")),
            (Output::Number, json!("[1]")),
            (Output::Number, json!(true)),
            (Output::Boolean, json!(1)),
            (Output::Boolean, json!("yes")),
            (Output::Date, json!("10.02.2026")),
            (Output::Date, json!(0)),
            (Output::String, json!(null)),
            (Output::String, json!(["a"])),
        ] {
            assert!(output.fit(&value).is_err(), "{output:?} {value}");
        }
    }

    #[test]
    fn values_and_options_have_limits_to_the_character() {
        let text = |length: usize| json!("é".repeat(length));
        assert!(Output::String.fit(&text(VALUE_CHARS_MAX)).is_ok());
        assert!(Output::String.fit(&text(VALUE_CHARS_MAX + 1)).is_err());
        assert!(Output::String.fit_option(&text(OPTION_CHARS_MAX)).is_ok());
        assert!(Output::String.fit_option(&text(OPTION_CHARS_MAX + 1)).is_err());
    }
}
