//! ETags: a hash of what is shown, and behind it a short one of each field, by which a refusal can say what has changed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Bytes of the hash that decides: nobody finds two states of one hash.
const WHOLE_BYTES: usize = 16;

/// Bytes of the hash of one field. It only serves the hint, which may be wrong once in 16 million times.
const FIELD_BYTES: usize = 3;

/// The tag of what is shown, in its quotes. Fields named in `volatile` do not count.
pub fn of(shown: &[u8], volatile: &[&str]) -> String {
    let fields = fields(shown, volatile);
    let mut whole = Sha256::new();
    let mut short = Vec::with_capacity(fields.len() * FIELD_BYTES);
    for (_, hash) in &fields {
        whole.update(hash);
        short.extend_from_slice(&hash[..FIELD_BYTES]);
    }
    let whole = hex::encode(&whole.finalize()[..WHOLE_BYTES]);
    format!("\"{whole}.{}\"", URL_SAFE_NO_PAD.encode(short))
}

/// The fields in which what is shown differs from the state of a tag of ours; none if the tag does not tell.
pub fn difference(tag: &str, shown: &[u8], volatile: &[&str]) -> Option<Vec<String>> {
    let (_, short) = tag.trim_matches('"').split_once('.')?;
    let short = URL_SAFE_NO_PAD.decode(short).ok()?;
    let fields = fields(shown, volatile);
    if short.len() != fields.len() * FIELD_BYTES {
        return None;
    }
    let changed = fields.iter().zip(short.chunks(FIELD_BYTES));
    let changed = changed.filter(|((_, now), then)| now[..FIELD_BYTES] != **then);
    Some(changed.map(|((name, _), _)| name.clone()).collect())
}

/// Each field with its hash, by name.
fn fields(shown: &[u8], volatile: &[&str]) -> Vec<(String, [u8; 32])> {
    let fields = match serde_json::from_slice(shown) {
        Ok(Value::Object(fields)) => fields,
        Ok(other) => Map::from_iter([(String::new(), other)]),
        Err(_) => Map::new(),
    };
    let mut hashed: Vec<_> = fields
        .into_iter()
        .filter(|(name, _)| !volatile.contains(&name.as_str()))
        .map(|(name, value)| {
            let hash = Sha256::new()
                .chain_update(name.as_bytes())
                .chain_update([0])
                .chain_update(value.to_string().as_bytes())
                .finalize()
                .into();
            (name, hash)
        })
        .collect();
    hashed.sort();
    hashed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_follows_what_counts_and_nothing_else() {
        let tag = of(br#"{"a":1,"b":[2],"seen":3}"#, &["seen"]);
        assert_eq!(tag, of(br#"{ "b": [2], "a": 1, "seen": 4 }"#, &["seen"]));
        assert_ne!(tag, of(br#"{"a":1,"b":[3],"seen":3}"#, &["seen"]));
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 34);
    }

    #[test]
    fn a_tag_tells_which_fields_have_changed() {
        let tag = of(br#"{"a":1,"b":2,"c":3}"#, &[]);
        let changed = |shown: &[u8]| difference(&tag, shown, &[]);
        assert_eq!(
            changed(br#"{"a":1,"b":5,"c":4}"#),
            Some(vec!["b".to_owned(), "c".to_owned()])
        );
        assert_eq!(changed(br#"{"a":1}"#), None);
        assert_eq!(difference("\"of somebody else\"", b"{}", &[]), None);
    }
}
