//! `$orderby`.

use crate::{
    error::{ErrorCode, Fault, QueryError},
    lexer::{Token, tokens},
    limits::ORDER_KEYS_MAX,
    names,
    schema::{Property, Schema},
    value::{Value, compare as compare_values},
};
use std::{cmp::Ordering, fmt};

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderKey {
    /// By what.
    pub property: &'static Property,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.descending { "desc" } else { "asc" };
        write!(f, "{} {direction}", self.property.name)
    }
}

/// Reads the value of `$orderby`.
///
/// # Errors
/// With the place of the fault and what was expected there.
pub fn parse(text: &str, schema: &Schema) -> Result<Vec<OrderKey>, QueryError> {
    keys(text, schema).map_err(|fault| fault.of("$orderby"))
}

fn keys(text: &str, schema: &Schema) -> Result<Vec<OrderKey>, Fault> {
    let tokens = tokens(text)?;
    let mut rest = tokens.iter().peekable();
    let mut keys: Vec<OrderKey> = Vec::new();
    loop {
        let Some(placed) = rest.next() else { return Ok(keys) };
        let Token::Word(name) = &placed.token else {
            let message = format!("expected a property, found {}", placed.token.noun());
            return Err(Fault::at(placed.position, ErrorCode::Syntax, message));
        };
        let orderable = schema.properties.iter().filter(|p| p.filterable).map(|p| p.name);
        let Some(property) = schema.property(name) else {
            let message = format!("there is no property '{name}'{}", names::hint(name, orderable));
            return Err(Fault::at(placed.position, ErrorCode::InvalidProperty, message).about(name));
        };
        if !property.filterable {
            let message = format!("'{}' has no order", property.name);
            return Err(Fault::at(placed.position, ErrorCode::UnsupportedProperty, message).about(property.name));
        }
        if keys.iter().any(|k| k.property.name == property.name) {
            let message = format!("'{}' is named twice", property.name);
            return Err(Fault::at(placed.position, ErrorCode::Syntax, message).about(property.name));
        }
        if keys.len() == ORDER_KEYS_MAX {
            let message = format!("more than {ORDER_KEYS_MAX} keys");
            return Err(Fault::at(placed.position, ErrorCode::LimitExceeded, message));
        }
        let mut descending = false;
        if let Some(Token::Word(word)) = rest.peek().map(|p| &p.token) {
            let (is_asc, is_desc) = (word.eq_ignore_ascii_case("asc"), word.eq_ignore_ascii_case("desc"));
            if is_asc || is_desc {
                descending = is_desc;
                rest.next();
            }
        }
        keys.push(OrderKey { property, descending });
        match rest.next().map(|p| (&p.token, p.position)) {
            None | Some((Token::End, _)) => return Ok(keys),
            Some((Token::Sign(','), _)) => {}
            Some((token, position)) => {
                let message = format!("expected 'asc', 'desc', ',' or the end, found {}", token.noun());
                return Err(Fault::at(position, ErrorCode::Syntax, message));
            }
        }
    }
}

/// Which of two rows comes first, by the values of the keys. Null is smaller than any value ("OData 4.01 Protocol",
/// 11.2.6.2).
#[must_use]
pub fn compare(keys: &[OrderKey], left: &[Value<'_>], right: &[Value<'_>]) -> Ordering {
    for (i, key) in keys.iter().enumerate() {
        let (l, r) = (
            left.get(i).unwrap_or(&Value::Null),
            right.get(i).unwrap_or(&Value::Null),
        );
        let order = match (l.is_null(), r.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => compare_values(l, r).unwrap_or(Ordering::Equal),
        };
        let order = if key.descending { order.reverse() } else { order };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}
