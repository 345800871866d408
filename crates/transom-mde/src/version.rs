//! Version numbers of the enrolment protocol.

use std::fmt;

/// A version of the enrolment protocol, such as 4.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Before the point.
    pub major: u8,
    /// Behind the point.
    pub minor: u8,
}

impl Version {
    /// What a client speaks that does not say so intelligibly (docs/PROTOCOL.md, 2).
    pub const ASSUMED: Self = Self { major: 3, minor: 0 };

    /// The highest version that the server announces: from 5.0 on clients attest their keys
    /// (docs/PROTOCOL.md, 2), which nobody here evaluates.
    pub const HIGHEST_ANNOUNCED: Self = Self { major: 4, minor: 0 };

    /// Reads decimal text such as `4.0`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if plain { digits.parse::<u8>().ok() } else { None }
        };
        Some(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }

    /// The version to announce to a client that speaks this one.
    #[must_use]
    pub fn announced(self) -> Self {
        self.min(Self::HIGHEST_ANNOUNCED)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_is_read_and_nonsense_is_not() {
        assert_eq!(Version::parse(" 9.0\n"), Some(Version { major: 9, minor: 0 }));
        assert_eq!(Version::parse("5"), Some(Version { major: 5, minor: 0 }));
        for nonsense in ["", ".", "4.", "four", "-1.0", "+4.0", "4.0.0", "4,0", "300.0", "٤.0"] {
            assert_eq!(Version::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn no_more_than_four_is_announced() {
        assert_eq!(Version { major: 9, minor: 0 }.announced().to_string(), "4.0");
        assert_eq!(Version { major: 3, minor: 0 }.announced().to_string(), "3.0");
    }
}
