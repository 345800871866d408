//! The headers of careful writes.

use actix_web::http::header::HeaderMap;
use transom_domain::{device::update::Violation, idempotency};

/// The header of the key under which a request is carried out once.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The header of the state that a change is meant for.
pub const IF_MATCH: &str = "If-Match";

/// Most tags that one condition names: a caller has seen one state, or a few.
const TAGS_MAX: usize = 20;

/// The states that a change is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Whatever is there.
    Any,
    /// One of these, each with its quotes.
    Tags(Vec<String>),
}

/// The key, if one came.
///
/// # Errors
/// When it is none that may be used.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Violation> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY);
    let Some(key) = given.next() else {
        return Ok(None);
    };
    let wrong = |message: String| Violation::new(IDEMPOTENCY_KEY, "header", message);
    if given.next().is_some() {
        return Err(wrong("may be given once".to_owned()));
    }
    match key.to_str() {
        Ok(key) if idempotency::is_key(key) => Ok(Some(key.to_owned())),
        _ => Err(wrong(format!(
            "must have 1 to {} printable ASCII characters",
            idempotency::KEY_CHARS_MAX
        ))),
    }
}

/// The condition, if one came (RFC 9110, section 13.1.1).
///
/// # Errors
/// When it is malformed, names a weak tag, or the route changes nothing that has tags.
pub fn condition(headers: &HeaderMap, is_known: bool) -> Result<Option<Condition>, Violation> {
    let wrong = |message: &str| Violation::new(IF_MATCH, "header", message);
    let mut values = Vec::new();
    for value in headers.get_all(IF_MATCH) {
        values.push(value.to_str().map_err(|_| wrong("must be ASCII"))?);
    }
    if values.is_empty() {
        return Ok(None);
    }
    if !is_known {
        return Err(wrong("is not known here: this route changes nothing that has an ETag"));
    }
    parse(&values.join(",")).map(Some).map_err(wrong)
}

fn parse(text: &str) -> Result<Condition, &'static str> {
    const MALFORMED: &str = "must be * or a list of ETags, each in double quotes";
    if text.trim() == "*" {
        return Ok(Condition::Any);
    }
    let mut tags = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if rest.starts_with("W/") {
            return Err("must not name a weak ETag: they never match");
        }
        let end = match rest.strip_prefix('"').map(|r| r.find('"')) {
            Some(Some(length)) => length + 2,
            _ => return Err(MALFORMED),
        };
        let tag = &rest[..end];
        if tag.bytes().any(|b| !b.is_ascii_graphic()) {
            return Err(MALFORMED);
        }
        tags.push(tag.to_owned());
        rest = rest[end..].trim_start_matches([' ', '\t']);
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None if rest.is_empty() => break,
            None => return Err(MALFORMED),
        }
        if tags.len() == TAGS_MAX {
            return Err("names too many ETags");
        }
    }
    Ok(Condition::Tags(tags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_with_their_quotes() {
        let tags = |tags: &[&str]| Ok(Condition::Tags(tags.iter().map(|t| (*t).to_owned()).collect()));
        assert_eq!(parse(" * "), Ok(Condition::Any));
        assert_eq!(parse(r#""a""#), tags(&[r#""a""#]));
        assert_eq!(parse(r#""a,b" ,	"c""#), tags(&[r#""a,b""#, r#""c""#]));
    }

    #[test]
    fn what_is_weak_or_malformed_is_refused() {
        for text in [
            "",
            "a",
            "\"a",
            "W/\"a\"",
            "\"a\" \"b\"",
            "\"a\",",
            "\"a\",*",
            "\"a b\"",
            "\"a\", W/\"b\"",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let many = vec!["\"a\""; TAGS_MAX];
        assert!(parse(&many.join(",")).is_ok());
        assert!(parse(&format!("{},\"a\"", many.join(","))).is_err());
    }
}
