//! A node and the values it takes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What may be done to a node, as the DDF's `AccessType` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Get.
    pub get: bool,
    /// Replace.
    pub replace: bool,
    /// Delete.
    pub delete: bool,
}

impl Access {
    /// Get alone.
    pub const READ: Self = Self {
        get: true,
        replace: false,
        delete: false,
    };
    /// Get and Replace.
    pub const WRITE: Self = Self {
        get: true,
        replace: true,
        delete: false,
    };
    /// Get, Replace and Delete.
    pub const FULL: Self = Self {
        get: true,
        replace: true,
        delete: true,
    };
    /// Replace alone: secrets that nobody may read back.
    pub const SECRET: Self = Self {
        get: false,
        replace: true,
        delete: false,
    };
}

/// The formats of OMA's device description framework that Windows uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text.
    Chr,
    /// A decimal number.
    Int,
    /// `true` or `false`.
    Bool,
    /// Bytes, in base64 on the wire.
    B64,
    /// Markup.
    Xml,
    /// An interior node.
    Node,
    /// No value.
    Null,
    /// A floating-point number.
    Float,
    /// A date.
    Date,
    /// A time.
    Time,
}

impl Format {
    const NAMES: [(Self, &'static str); 10] = [
        (Self::Chr, "chr"),
        (Self::Int, "int"),
        (Self::Bool, "bool"),
        (Self::B64, "b64"),
        (Self::Xml, "xml"),
        (Self::Node, "node"),
        (Self::Null, "null"),
        (Self::Float, "float"),
        (Self::Date, "date"),
        (Self::Time, "time"),
    ];

    /// The name in `Meta/Format`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(format, _)| *format == self)
            .map_or("chr", |(_, name)| name)
    }

    /// The format of this name; `bin` is what the DDF calls `b64`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == "bin" {
            return Some(Self::B64);
        }
        Self::NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(format, _)| *format)
    }

    /// Whether a value can be of this format.
    #[must_use]
    pub fn accepts(self, value: &str) -> bool {
        match self {
            Self::Int => value.trim().parse::<i64>().is_ok(),
            Self::Bool => matches!(
                value.trim(),
                "true" | "false" | "True" | "False" | "TRUE" | "FALSE" | "0" | "1"
            ),
            Self::B64 => {
                let compact: String = value.split_ascii_whitespace().collect();
                STANDARD.decode(compact).is_ok()
            }
            Self::Float => value.trim().parse::<f64>().is_ok(),
            Self::Node | Self::Null => value.is_empty(),
            Self::Chr | Self::Xml | Self::Date | Self::Time => true,
        }
    }
}

/// A node of the tree.
#[derive(Clone, PartialEq, Eq)]
pub struct Node {
    /// The value; `None` for an interior node and for one without a value.
    pub value: Option<String>,
    /// What the value is.
    pub format: Format,
    /// What may be done to it.
    pub access: Access,
}

impl std::fmt::Debug for Node {
    // Values may be passwords and keys, so their length is all that is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node")
            .field("format", &self.format)
            .field("value_bytes", &self.value.as_ref().map(String::len))
            .field("access", &self.access)
            .finish()
    }
}

impl Node {
    /// A node with a value.
    pub fn leaf(format: Format, value: impl Into<String>, access: Access) -> Self {
        Self {
            value: Some(value.into()),
            format,
            access,
        }
    }

    /// A node whose children are its content.
    #[must_use]
    pub const fn interior(access: Access) -> Self {
        Self {
            value: None,
            format: Format::Node,
            access,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn values_are_held_to_their_format() {
        assert!(Format::Int.accepts("-3") && !Format::Int.accepts("three"));
        assert!(Format::Bool.accepts("true") && !Format::Bool.accepts("yes"));
        assert!(Format::B64.accepts("AAEC\nAw==") && !Format::B64.accepts("?"));
        assert!(Format::Chr.accepts("anything"));
        assert!(!Format::Null.accepts("something"));
        assert_eq!(Format::parse("bin"), Some(Format::B64));
        assert_eq!(Format::parse("text"), None);
        assert_eq!(Format::Xml.name(), "xml");
    }
}
