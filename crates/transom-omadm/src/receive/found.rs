//! A value that a PC reported: as much of it as a record keeps.

use super::{URI_BYTES_MAX, cut};
use serde_json::{Map, Value, json};
use transom_syncml::{Item, Meta};

/// Longest format and type that are kept of a value, in bytes: the names of formats are short, media types have at most
/// 127 characters on each side of the slash (RFC 6838, section 4.2).
const META_BYTES_MAX: usize = 255;

/// A value that a PC reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) uri: String,
    pub(crate) format: Option<String>,
    pub(crate) type_: Option<String>,
    pub(crate) value: String,
    /// Whether the PC said more than is kept.
    pub(crate) is_cut: bool,
}

impl Found {
    /// What an item holds.
    pub(super) fn of(item: &Item, command: &Meta) -> Option<Self> {
        let short = |text: &Option<String>| text.clone().filter(|text| text.len() <= META_BYTES_MAX);
        let whole = item.data.as_deref().unwrap_or_default();
        let value = cut(whole).to_owned();
        Some(Self {
            uri: item.uri().filter(|uri| uri.len() <= URI_BYTES_MAX)?.to_owned(),
            format: short(&item.meta.format).or_else(|| short(&command.format)),
            type_: short(&item.meta.type_).or_else(|| short(&command.type_)),
            is_cut: value.len() < whole.len(),
            value,
        })
    }

    /// The entry in a command's `data`.
    pub(crate) fn entry(&self) -> Value {
        let mut entry = Map::new();
        entry.insert("locUri".to_owned(), json!(self.uri));
        // Without a format it is text (docs/PROTOCOL.md, 16).
        entry.insert("format".to_owned(), json!(self.format.as_deref().unwrap_or("chr")));
        if let Some(type_) = &self.type_ {
            entry.insert("type".to_owned(), json!(type_));
        }
        entry.insert("value".to_owned(), json!(self.value));
        if self.is_cut {
            entry.insert("truncated".to_owned(), json!(true));
        }
        Value::Object(entry)
    }
}
