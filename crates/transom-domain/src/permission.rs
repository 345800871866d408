//! Permission names (B.0): `mdm.windows.device.move`. A grant may end in `*`: `mdm.windows.*`, or be `*` alone; or name one
//! verb of everything: `*.list`, as the role of a viewer does (B.8).

use crate::text::TextError;
use std::fmt;

/// Permissions that mean something in the whole organization only, because what they change belongs to no segment. Held
/// in some segments they open nothing.
pub const ORGANIZATION_WIDE: &[&str] = &[
    "base.organization.segmentRole.create",
    "base.organization.segmentRole.update",
    "base.organization.segmentRole.remove",
    "mdm.windows.defaultDeviceConfig.create",
    "mdm.windows.defaultDeviceConfig.remove",
    "mdm.global.smartAttribute.create",
    "mdm.global.smartAttribute.update",
    "mdm.global.smartAttribute.remove",
];

/// Longest permission name.
pub const PERMISSION_CHARS_MAX: usize = 128;

/// Most grants of one token: every permission of the API fits several times.
pub const GRANTS_MAX: usize = 256;

/// Something a token may do: a permission name, or a name that ends in `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Grant(String);

impl Grant {
    /// Checks that it is dotted words, the last of which may be `*`; or `*` and a verb.
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
        if let ["*", verb] = words[..]
            && !verb.is_empty()
            && verb.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            return Ok(Self(text.to_owned()));
        }
        let word = |w: &&str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric());
        if first.iter().all(word) && (*last == "*" || (word(last) && !first.is_empty())) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError::Shape(
                "a permission is dotted words such as mdm.windows.device.get, the last may be *; or one verb of all, such as *.get",
            ))
        }
    }

    /// The grant as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it covers `permission`, which may be another grant: then every permission that the other covers.
    #[must_use]
    pub fn covers(&self, permission: &str) -> bool {
        match (self.0.strip_suffix('*'), self.0.strip_prefix('*')) {
            (Some(prefix), _) => permission.starts_with(prefix),
            (None, Some(suffix)) => permission.ends_with(suffix),
            (None, None) => self.0 == permission,
        }
    }

    /// What both cover, as a grant that covers it all; none, if they have nothing in common. Where no grant says exactly
    /// that (`mdm.*` and `*.get`), it is this one: more than both, never less.
    #[must_use]
    pub fn common<'a>(&'a self, other: &'a Self) -> Option<&'a Self> {
        if self.covers(&other.0) {
            Some(other)
        } else if other.covers(&self.0)
            || (self.0.contains('*') && other.0.contains('*') && self.is_verb() != other.is_verb())
        {
            Some(self)
        } else {
            None
        }
    }

    /// Whether it is one verb of everything.
    fn is_verb(&self) -> bool {
        self.0.starts_with("*.")
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

    /// Checks the grants of a request.
    ///
    /// # Errors
    /// The first that is malformed, cut to what can be shown, and what is wrong with it.
    pub fn parse(texts: &[String]) -> Result<Self, (String, TextError)> {
        let grants = texts
            .iter()
            .map(|text| Grant::parse(text).map_err(|error| (text.chars().take(64).collect(), error)));
        Ok(Self(grants.collect::<Result<_, _>>()?))
    }

    /// The grants as texts.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.0.iter().map(Grant::as_str).collect()
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
    fn one_verb_of_everything_can_be_granted() {
        let lists = Grant::parse("*.list").unwrap();
        assert!(lists.covers("mdm.windows.device.list"));
        assert!(!lists.covers("mdm.windows.device.get"));
        assert!(!lists.covers("mdm.windows.*"));
        assert!(Grant::parse("*").unwrap().covers("*.list"));
        assert!(!Grant::parse("mdm.*").unwrap().covers("*.list"));
    }

    #[test]
    fn what_two_grants_have_in_common_is_never_less_than_it_is() {
        let grant = |text: &str| Grant::parse(text).unwrap();
        let common = |a: &str, b: &str| grant(a).common(&grant(b)).map(|g| g.as_str().to_owned());
        assert_eq!(common("mdm.*", "mdm.windows.*").as_deref(), Some("mdm.windows.*"));
        assert_eq!(common("mdm.windows.*", "*").as_deref(), Some("mdm.windows.*"));
        assert_eq!(common("mdm.*", "*.get").as_deref(), Some("mdm.*"));
        assert_eq!(common("*.get", "mdm.*").as_deref(), Some("*.get"));
        assert_eq!(common("*.get", "*.list"), None);
        assert_eq!(common("a.b.get", "a.b.list"), None);
    }

    #[test]
    fn a_malformed_grant_is_refused() {
        for text in [
            "",
            "mdm",
            "mdm.",
            ".get",
            "mdm.*.get",
            "mdm.windows.de vice",
            "**",
            "*.",
            "*.*",
            "*.device.get",
        ] {
            assert!(Grant::parse(text).is_err(), "{text}");
        }
        assert!(Grant::parse("*").is_ok());
    }
}
