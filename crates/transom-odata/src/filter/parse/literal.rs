//! Literals: `null`, truths, texts, numbers, moments and GUIDs.

use super::{Parser, Typed};
use crate::{
    error::{ErrorCode, Fault},
    filter::Operand,
    lexer::Token,
    schema::Kind,
    value::{FRACTION_DIGITS, NUMBER_ONE, Value},
};
use std::borrow::Cow;

impl Parser<'_> {
    /// The literal that begins here, if one does.
    pub(super) fn literal(&mut self) -> Result<Option<Typed>, Fault> {
        let position = self.position();
        let (kind, value) = match self.peek().clone() {
            Token::Text(text) => (Some(Kind::Text), Value::Text(Cow::Owned(text))),
            Token::Guid(guid) => (Some(Kind::Guid), Value::Guid(Cow::Owned(guid))),
            Token::Figure(figure) => figure_of(&figure, position)?,
            Token::Word(word) if word.eq_ignore_ascii_case("null") => (None, Value::Null),
            Token::Word(word) if word.eq_ignore_ascii_case("true") => (Some(Kind::Boolean), Value::Boolean(true)),
            Token::Word(word) if word.eq_ignore_ascii_case("false") => (Some(Kind::Boolean), Value::Boolean(false)),
            _ => return Ok(None),
        };
        self.advance();
        Ok(Some(Typed {
            operand: Operand::Literal(value),
            kind,
            position,
        }))
    }
}

/// A number or a moment.
fn figure_of(figure: &str, position: usize) -> Result<(Option<Kind>, Value<'static>), Fault> {
    if let Some(number) = number(figure) {
        let kind = if figure.contains('.') {
            Kind::Decimal
        } else {
            Kind::Integer
        };
        return Ok((Some(kind), Value::Number(number)));
    }
    // `Edm.Date`: the day's beginning in UTC.
    let whole = if figure.len() == 10 {
        format!("{figure}T00:00:00Z")
    } else {
        figure.to_owned()
    };
    if let Some(moment) = Value::moment_of_text(&whole) {
        return Ok((Some(Kind::Moment), moment));
    }
    let shown: String = figure.chars().take(40).collect();
    let message = format!(
        "expected an integer, a number of up to {FRACTION_DIGITS} digits after the point, or a moment such as \
         2026-02-10T12:30:00Z, found '{shown}'"
    );
    Err(Fault::at(position, ErrorCode::InvalidValue, message))
}

/// A number in fixed point.
fn number(figure: &str) -> Option<i128> {
    let (sign, digits) = match figure.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, figure),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (digits, ""),
    };
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || fraction.len() > FRACTION_DIGITS {
        return None;
    }
    // Within Edm.Int64, so that the product fits.
    let whole: i64 = format!("{}{whole}", if sign < 0 { "-" } else { "" }).parse().ok()?;
    let padded = format!("{fraction:0<FRACTION_DIGITS$}");
    let fraction: i128 = padded.parse().ok()?;
    Some(i128::from(whole) * NUMBER_ONE + sign * fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_at_both_ends() {
        assert_eq!(number("1.5"), Some(NUMBER_ONE + NUMBER_ONE / 2));
        assert_eq!(number("-0.5"), Some(-NUMBER_ONE / 2));
        assert_eq!(number("9223372036854775807"), Some(i128::from(i64::MAX) * NUMBER_ONE));
        assert_eq!(number("-9223372036854775808"), Some(i128::from(i64::MIN) * NUMBER_ONE));
        for refused in [
            "9223372036854775808",
            "1e5",
            "1.",
            ".5",
            "-",
            "--1",
            "0.1234567890123456789",
        ] {
            assert_eq!(number(refused), None, "{refused}");
        }
    }
}
