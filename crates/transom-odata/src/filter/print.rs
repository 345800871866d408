//! Tree to text: what is printed reads as the same tree.

use super::{Filter, Operand, Quantifier};
use crate::{
    schema::Element,
    value::{FRACTION_DIGITS, NUMBER_ONE, Value, moment_text},
};
use std::fmt;

/// The variable of printed lambdas.
const VARIABLE: &str = "x";

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Compare {
                left,
                comparator,
                right,
            } => write!(f, "{left} {} {right}", comparator.as_str()),
            Self::In { operand, values } => {
                write!(f, "{operand} in (")?;
                for (i, value) in values.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "," })?;
                    literal(f, value)?;
                }
                f.write_str(")")
            }
            Self::Text { test, text, part } => write!(f, "{}({text},{part})", test.as_str()),
            Self::Outcome { of, equal, to } => write!(f, "{of} {} {to}", if *equal { "eq" } else { "ne" }),
            Self::Truth(operand) => write!(f, "{operand}"),
            Self::Quantified {
                quantifier,
                collection,
                condition,
            } => {
                let name = match quantifier {
                    Quantifier::Any => "any",
                    Quantifier::All => "all",
                };
                match condition {
                    Some(condition) => write!(f, "{}/{name}({VARIABLE}:{condition})", collection.name),
                    None => write!(f, "{}/{name}()", collection.name),
                }
            }
        }
    }
}

/// Parts in parentheses where they would be read otherwise without.
fn joined(f: &mut fmt::Formatter<'_>, parts: &[Filter], operator: &str) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        f.write_str(if i == 0 { "" } else { operator })?;
        match part {
            Filter::And(_) | Filter::Or(_) => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Property(property) => f.write_str(property.name),
            Self::Variable => f.write_str(VARIABLE),
            Self::Element(property) => write!(f, "{VARIABLE}/{}", property.name),
            Self::Literal(value) => literal(f, value),
            Self::Lower(inner) => write!(f, "tolower({inner})"),
            Self::Upper(inner) => write!(f, "toupper({inner})"),
        }
    }
}

impl Element {
    /// Whether a lambda's variable stands for a plain value.
    #[must_use]
    pub const fn is_scalar(&self) -> bool {
        matches!(self, Self::Scalar(_))
    }
}

fn literal(f: &mut fmt::Formatter<'_>, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Null => f.write_str("null"),
        Value::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
        Value::Boolean(truth) => write!(f, "{truth}"),
        Value::Number(number) => {
            let (whole, fraction) = (number / NUMBER_ONE, (number % NUMBER_ONE).unsigned_abs());
            let sign = if *number < 0 && whole == 0 { "-" } else { "" };
            write!(f, "{sign}{whole}")?;
            if fraction == 0 {
                return Ok(());
            }
            let digits = format!("{fraction:0FRACTION_DIGITS$}");
            write!(f, ".{}", digits.trim_end_matches('0'))
        }
        Value::Moment(ticks) => f.write_str(&moment_text(*ticks)),
        Value::Guid(guid) => f.write_str(guid),
    }
}
