//! Whether a row is chosen. Three values, as OData has them: true, false and null; only true chooses.
//!
//! "OData 4.01 URL Conventions", 5.1.1.1: null equals null; an order with null on one side is false; `and`, `or` and
//! `not` are Kleene's. 5.1.1.13: `any` of nothing is false, `all` of nothing is true.

use super::{Comparator, Filter, Operand, Quantifier, TextTest};
use crate::value::{Item, Row, Value, compare, folded};
use std::{borrow::Cow, cmp::Ordering};

impl Filter {
    /// Whether the row is chosen.
    #[must_use]
    pub fn accepts(&self, row: &dyn Row) -> bool {
        truth(self, row, None) == Some(true)
    }
}

/// The truth of a condition. It recurses as deep as the parser did, which is bounded.
fn truth(filter: &Filter, row: &dyn Row, item: Option<&Item<'_>>) -> Option<bool> {
    match filter {
        Filter::And(parts) => {
            let mut all = Some(true);
            for part in parts {
                match truth(part, row, item) {
                    Some(false) => return Some(false),
                    None => all = None,
                    Some(true) => {}
                }
            }
            all
        }
        Filter::Or(parts) => {
            let mut any = Some(false);
            for part in parts {
                match truth(part, row, item) {
                    Some(true) => return Some(true),
                    None => any = None,
                    Some(false) => {}
                }
            }
            any
        }
        Filter::Not(inner) => truth(inner, row, item).map(|t| !t),
        Filter::Compare {
            left,
            comparator,
            right,
        } => Some(compared(&value(left, row, item), *comparator, &value(right, row, item))),
        Filter::In { operand, values } => {
            let own = value(operand, row, item);
            Some(values.iter().any(|v| compared(&own, Comparator::Eq, v)))
        }
        Filter::Text { test, text, part } => {
            let (Value::Text(text), Value::Text(part)) = (value(text, row, item), value(part, row, item)) else {
                return None;
            };
            let (text, part) = (folded(&text), folded(&part));
            Some(match test {
                TextTest::Contains => text.contains(&part),
                TextTest::StartsWith => text.starts_with(&part),
                TextTest::EndsWith => text.ends_with(&part),
            })
        }
        Filter::Outcome { of, equal, to } => {
            let outcome = truth(of, row, item);
            Some((outcome == Some(*to)) == *equal)
        }
        Filter::Truth(operand) => match value(operand, row, item) {
            Value::Boolean(truth) => Some(truth),
            _ => None,
        },
        Filter::Quantified {
            quantifier,
            collection,
            condition,
        } => {
            let items = row.items(collection);
            let fits = |item: &Item<'_>| match condition {
                Some(condition) => truth(condition, row, Some(item)) == Some(true),
                None => true,
            };
            Some(match quantifier {
                Quantifier::Any => items.iter().any(fits),
                Quantifier::All => items.iter().all(fits),
            })
        }
    }
}

/// A comparison, which is never null itself.
fn compared(left: &Value<'_>, comparator: Comparator, right: &Value<'_>) -> bool {
    let order = match (left.is_null(), right.is_null()) {
        (true, true) => Some(Ordering::Equal),
        _ => compare(left, right),
    };
    match comparator {
        Comparator::Eq => order == Some(Ordering::Equal),
        Comparator::Ne => order != Some(Ordering::Equal),
        Comparator::Gt => order == Some(Ordering::Greater),
        Comparator::Ge => order.is_some_and(Ordering::is_ge),
        Comparator::Lt => order == Some(Ordering::Less),
        Comparator::Le => order.is_some_and(Ordering::is_le),
    }
}

fn value<'v>(operand: &'v Operand, row: &'v dyn Row, item: Option<&'v Item<'_>>) -> Value<'v> {
    match operand {
        Operand::Property(property) => row.value(property),
        Operand::Variable => match item {
            Some(Item::Scalar(value)) => value.clone(),
            _ => Value::Null,
        },
        Operand::Element(property) => match item {
            Some(Item::Record(fields)) => {
                let field = fields.iter().find(|(name, _)| *name == property.name);
                field.map_or(Value::Null, |(_, value)| value.clone())
            }
            _ => Value::Null,
        },
        Operand::Literal(value) => value.clone(),
        Operand::Lower(inner) => changed(value(inner, row, item), str::to_lowercase),
        Operand::Upper(inner) => changed(value(inner, row, item), str::to_uppercase),
    }
}

fn changed<'v>(value: Value<'v>, change: fn(&str) -> String) -> Value<'v> {
    match value {
        Value::Text(text) => Value::Text(Cow::Owned(change(&text))),
        other => other,
    }
}
