//! Permission names (B.0): `mdm.windows.device.move`. A grant may end in `*`: `mdm.windows.*`, or be `*` alone.

use crate::text::TextError;
use std::fmt;

/// Longest permission name.
pub const PERMISSION_CHARS_MAX: usize = 128;

/// Most grants of one token: every permission of the API fits several times.
pub const GRANTS_MAX: usize = 256;

/// Something a token may do: a permission name, or a name that ends in `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Grant(String);

impl Grant {
    /// Checks that it is dotted words, the last of which may be `*`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.len() > PERMISSION_CHARS_MAX {
            return Err(TextError::TooLong {
                max: PERMISSION_CHARS_MAX,
                found: text.len(),
            });
        }
        let words: Vec<&str> = text.split('.').collect();
        let (last, first) = words.split_last().ok_or(TextError::Empty)?;
        let word = |w: &&str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric());
        if first.iter().all(word) && (*last == "*" || (word(last) && !first.is_empty())) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError::Shape(
                "a permission is dotted words such as mdm.windows.device.get, the last may be *",
            ))
        }
    }

    /// The grant as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it covers `permission`.
    #[must_use]
    pub fn covers(&self, permission: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => permission.starts_with(prefix),
            None => self.0 == permission,
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a token may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PermissionSet(pub Vec<Grant>);

impl PermissionSet {
    /// Every permission there is and will be.
    #[must_use]
    pub fn everything() -> Self {
        Self(vec![Grant("*".to_owned())])
    }

    /// Whether `permission` is in it.
    #[must_use]
    pub fn allows(&self, permission: &str) -> bool {
        self.0.iter().any(|grant| grant.covers(permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_covers_what_begins_alike_and_nothing_else() {
        let set = PermissionSet(vec![
            Grant::parse("mdm.windows.*").unwrap(),
            Grant::parse("base.organization.segment.list").unwrap(),
        ]);
        assert!(set.allows("mdm.windows.device.move"));
        assert!(set.allows("base.organization.segment.list"));
        assert!(!set.allows("base.organization.segment.create"));
        assert!(!set.allows("mdm.global.user.list"));
        assert!(!set.allows("mdm.windowsphone.device.get"));
    }

    #[test]
    fn a_malformed_grant_is_refused() {
        for text in ["", "mdm", "mdm.", ".get", "mdm.*.get", "mdm.windows.de vice", "**"] {
            assert!(Grant::parse(text).is_err(), "{text}");
        }
        assert!(Grant::parse("*").is_ok());
    }
}
