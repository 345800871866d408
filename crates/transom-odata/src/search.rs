//! `$search`: `"property:text"`.

use crate::{
    error::{ErrorCode, Fault, QueryError},
    limits::{OPTION_CHARS_MAX, TEXT_CHARS_MAX},
    names,
    schema::{Property, Schema},
    value::{Row, Value, folded},
};

/// A text that a property must contain, without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Where it is looked for.
    pub property: &'static Property,
    /// What is looked for.
    pub text: String,
}

impl Search {
    /// Reads the value of `$search`.
    ///
    /// # Errors
    /// With the place of the fault and what was expected there.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, QueryError> {
        read(text, schema).map_err(|fault| fault.of("$search"))
    }

    /// Whether the row is chosen.
    #[must_use]
    pub fn accepts(&self, row: &dyn Row) -> bool {
        match row.value(self.property) {
            Value::Text(text) => folded(&text).contains(&folded(&self.text)),
            _ => false,
        }
    }
}

fn read(text: &str, schema: &Schema) -> Result<Search, Fault> {
    let chars: Vec<char> = text.chars().take(OPTION_CHARS_MAX + 1).collect();
    let form = "expected \"property:text\" in double quotes";
    let start = chars.iter().take_while(|c| c.is_whitespace()).count();
    let syntax = |position: usize, message: &str| Fault::at(position, ErrorCode::Syntax, message);
    if chars.get(start) != Some(&'"') {
        return Err(syntax(start, form));
    }
    let mut inner = String::new();
    let mut at = start + 1;
    loop {
        match chars.get(at) {
            None => return Err(syntax(start, "the text that begins here has no closing double quote")),
            Some('"') => break,
            Some('\\') => {
                let Some(escaped @ ('"' | '\\')) = chars.get(at + 1).copied() else {
                    return Err(syntax(at, "expected \\\" or \\\\ after a backslash"));
                };
                inner.push(escaped);
                at += 2;
            }
            Some(c) => {
                inner.push(*c);
                at += 1;
            }
        }
    }
    let rest = chars[at + 1..].iter().position(|c| !c.is_whitespace());
    if let Some(offset) = rest {
        return Err(syntax(
            at + 1 + offset,
            "expected the end: one \"property:text\" is searched for",
        ));
    }
    let Some((name, wanted)) = inner.split_once(':') else {
        return Err(syntax(start, form));
    };
    if wanted.trim().is_empty() {
        return Err(syntax(at, "expected a text after ':'"));
    }
    if wanted.chars().count() > TEXT_CHARS_MAX {
        let message = format!("the text has more than {TEXT_CHARS_MAX} characters");
        return Err(Fault::at(start, ErrorCode::LimitExceeded, message));
    }
    let known = schema.searchable;
    let found = known.iter().find(|k| k.eq_ignore_ascii_case(name));
    match found.and_then(|name| schema.property(name)) {
        Some(property) => Ok(Search {
            property,
            text: wanted.to_owned(),
        }),
        None => {
            let shown: String = name.chars().take(64).collect();
            let hint = names::hint(name, known.iter().copied());
            let message = format!("'{shown}' is not searched: expected one of {}{hint}", known.join(", "));
            Err(Fault::at(start + 1, ErrorCode::InvalidProperty, message).about(name))
        }
    }
}
