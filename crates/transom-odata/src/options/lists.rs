//! `$select` and `$expand`: names with commas between.

use crate::{
    error::{ErrorCode, Fault},
    lexer::{Token, tokens},
    limits::NAMES_MAX,
    names,
    schema::{Property, Schema},
};

/// Each name and its place.
fn words(text: &str) -> Result<Vec<(String, usize)>, Fault> {
    let tokens = tokens(text)?;
    let mut found = Vec::new();
    let mut rest = tokens.into_iter();
    loop {
        match rest.next().map(|p| (p.token, p.position)) {
            Some((Token::Word(name), position)) => found.push((name, position)),
            Some((Token::Sign('*'), position)) => found.push(("*".to_owned(), position)),
            Some((token, position)) => {
                let message = format!("expected a name, found {}", token.noun());
                return Err(Fault::at(position, ErrorCode::Syntax, message));
            }
            None => return Ok(found),
        }
        if found.len() > NAMES_MAX {
            let position = found.last().map_or(0, |(_, position)| *position);
            let message = format!("more than {NAMES_MAX} names");
            return Err(Fault::at(position, ErrorCode::LimitExceeded, message));
        }
        match rest.next().map(|p| (p.token, p.position)) {
            None | Some((Token::End, _)) => return Ok(found),
            Some((Token::Sign(','), _)) => {}
            Some((token, position)) => {
                let message = format!("expected ',' or the end, found {}", token.noun());
                return Err(Fault::at(position, ErrorCode::Syntax, message));
            }
        }
    }
}

/// `$select`: `*` is every property.
pub(super) fn select(text: &str, schema: &Schema) -> Result<Vec<&'static Property>, Fault> {
    let mut selected: Vec<&'static Property> = Vec::new();
    for (name, position) in words(text)? {
        if name == "*" {
            selected.extend(schema.properties);
            continue;
        }
        let Some(property) = schema.property(&name) else {
            let known = schema.properties.iter().map(|p| p.name);
            let message = format!("there is no property '{name}'{}", names::hint(&name, known));
            return Err(Fault::at(position, ErrorCode::InvalidProperty, message).about(&name));
        };
        selected.push(property);
    }
    Ok(selected)
}

/// `$expand`: one level, without options of its own.
pub(super) fn expand(text: &str, schema: &Schema) -> Result<Vec<&'static str>, Fault> {
    let mut expanded = Vec::new();
    for (name, position) in words(text)? {
        let known = schema.navigations.iter().find(|n| n.eq_ignore_ascii_case(&name));
        let Some(navigation) = known else {
            let list = schema.navigations.join(", ");
            let expected = if list.is_empty() {
                "nothing".to_owned()
            } else {
                format!("one of {list}")
            };
            let hint = names::hint(&name, schema.navigations.iter().copied());
            let message = format!("'{name}' cannot be expanded: expected {expected}{hint}");
            return Err(Fault::at(position, ErrorCode::InvalidProperty, message).about(&name));
        };
        if !expanded.contains(navigation) {
            expanded.push(*navigation);
        }
    }
    Ok(expanded)
}
