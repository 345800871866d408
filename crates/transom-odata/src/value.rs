//! Values of rows and of literals, and how they compare.

use crate::schema::{Collection, Property};
use std::{borrow::Cow, cmp::Ordering};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// One in the fixed-point form of numbers, which has 18 digits after the point: an `Edm.Int64` and a fraction both fit
/// into 128 bits, so numbers compare exactly.
pub const NUMBER_ONE: i128 = 1_000_000_000_000_000_000;

/// Most digits after the point.
pub(crate) const FRACTION_DIGITS: usize = 18;

/// Ticks of a second: Graph's moments have up to seven digits after the second.
const TICKS: i128 = 10_000_000;

/// The value of a property of one row, or of a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// A text, or a value of an enumeration.
    Text(Cow<'a, str>),
    /// A truth.
    Boolean(bool),
    /// A number in fixed point: times [`NUMBER_ONE`].
    Number(i128),
    /// A moment, in units of 100 ns since 1970 UTC.
    Moment(i64),
    /// A GUID, in lower case.
    Guid(Cow<'a, str>),
}

impl Value<'_> {
    /// An integer.
    #[must_use]
    pub fn integer(value: i64) -> Self {
        Self::Number(i128::from(value) * NUMBER_ONE)
    }

    /// A moment given in milliseconds since 1970 UTC.
    #[must_use]
    pub fn moment_of_millis(millis: i64) -> Self {
        Self::Moment(millis.saturating_mul(10_000))
    }

    /// Reads a moment as RFC 3339 writes it. Digits beyond the seventh after the second are cut off.
    #[must_use]
    pub fn moment_of_text(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let ticks = moment.unix_timestamp_nanos().div_euclid(1_000_000_000 / TICKS);
        i64::try_from(ticks).ok().map(Self::Moment)
    }

    /// Whether there is no value.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// A moment as a literal of a filter.
pub(crate) fn moment_text(ticks: i64) -> String {
    let nanos = i128::from(ticks) * (1_000_000_000 / TICKS);
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    moment
        .and_then(|m| m.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

/// A character as it counts in comparisons, which do not see case (as in Graph). What is not ASCII never becomes ASCII,
/// so that a database that folds ASCII only finds the same rows for a text of ASCII.
fn fold(c: char) -> impl Iterator<Item = char> {
    let folded = c.to_lowercase();
    let keeps = !c.is_ascii() && folded.clone().any(|f| f.is_ascii());
    let (own, lower) = if keeps { (Some(c), None) } else { (None, Some(folded)) };
    own.into_iter().chain(lower.into_iter().flatten())
}

/// A text as it counts in comparisons.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars().flat_map(fold).collect()
}

/// Two texts without regard to case, character by character.
#[must_use]
pub fn compare_texts(left: &str, right: &str) -> Ordering {
    left.chars().flat_map(fold).cmp(right.chars().flat_map(fold))
}

/// Two values of one kind; `None` when one is null or the kinds differ.
#[must_use]
pub fn compare(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Text(l), Value::Text(r)) | (Value::Guid(l), Value::Guid(r)) => Some(compare_texts(l, r)),
        (Value::Boolean(l), Value::Boolean(r)) => Some(l.cmp(r)),
        (Value::Number(l), Value::Number(r)) => Some(l.cmp(r)),
        (Value::Moment(l), Value::Moment(r)) => Some(l.cmp(r)),
        _ => None,
    }
}

/// One element of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// A plain value.
    Scalar(Value<'a>),
    /// A record; a property that is not in it is null.
    Record(Vec<(&'static str, Value<'a>)>),
}

/// What a filter and an order look at.
pub trait Row {
    /// The value of a property of the schema; null when there is none.
    fn value(&self, property: &'static Property) -> Value<'_>;

    /// The elements of a collection of the schema.
    fn items(&self, collection: &'static Collection) -> Vec<Item<'_>>;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn texts_compare_without_case_and_ascii_stays_apart_from_the_rest() {
        assert_eq!(compare_texts("PC-ä", "pc-Ä"), Ordering::Equal);
        assert_eq!(compare_texts("a", "B"), Ordering::Less);
        // KELVIN SIGN becomes the letter k in Unicode's own lower case.
        assert_ne!(compare_texts("\u{212a}", "k"), Ordering::Equal);
    }

    #[test]
    fn moments_are_instants_whatever_their_offset_says() {
        let one = Value::moment_of_text("2016-12-31T23:59:43.797191-08:00").unwrap();
        let same = Value::moment_of_text("2017-01-01T07:59:43.7971910Z").unwrap();
        assert_eq!(one, same);
        assert_eq!(
            Value::moment_of_text("1970-01-01T00:00:01Z"),
            Some(Value::moment_of_millis(1_000))
        );
        assert_eq!(Value::moment_of_text("yesterday"), None);
    }
}
