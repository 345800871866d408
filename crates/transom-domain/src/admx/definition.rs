//! What a template says about one policy.

use serde::{Deserialize, Serialize};

/// Whose settings a policy changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// The PC's.
    Machine,
    /// The user's.
    User,
    /// Either.
    Both,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Machine, Self::User, Self::Both];

    /// The name in the template, in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "Machine",
            Self::User => "User",
            Self::Both => "Both",
        }
    }

    /// The class of that name, in any case: templates are not strict about it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str().eq_ignore_ascii_case(name))
    }
}

/// One policy of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// Its name, unique in the template.
    pub name: String,
    /// Whose settings it changes.
    pub class: Class,
    /// The template's own categories from the outermost to the policy's.
    pub categories: Vec<String>,
    /// Their texts, where there are any.
    pub category_names: Vec<String>,
    /// Its text.
    pub display_name: Option<String>,
    /// What it does, for people.
    pub explain_text: Option<String>,
    /// Where it works: the name of a definition, or its text.
    pub supported_on: Option<String>,
    /// The registry key that it writes to, unless an element has its own.
    pub key: String,
    /// The registry value that it switches.
    pub value_name: Option<String>,
    /// What is written when it is enabled.
    pub enabled_value: Option<Data>,
    /// What is written when it is disabled.
    pub disabled_value: Option<Data>,
    /// What else is written when it is enabled.
    pub enabled_list: Vec<ListItem>,
    /// What else is written when it is disabled.
    pub disabled_list: Vec<ListItem>,
    /// What an administrator fills in.
    pub elements: Vec<Element>,
}

/// What is written into the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type", content = "value")]
pub enum Data {
    /// `REG_DWORD`
    Decimal(u64),
    /// `REG_QWORD`
    LongDecimal(u64),
    /// `REG_SZ`
    String(String),
    /// The value is taken away.
    Delete,
}

/// One entry of a list of values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListItem {
    /// The registry key; none: the policy's.
    pub key: Option<String>,
    /// The registry value.
    pub value_name: Option<String>,
    /// What is written.
    pub value: Option<Data>,
}

/// Something that an administrator fills in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Element {
    /// What `<data id>` names it by.
    pub id: String,
    /// Its text in a form.
    pub label: Option<String>,
    /// Whether it must be filled in.
    pub required: bool,
    /// The registry key; none: the policy's.
    pub key: Option<String>,
    /// The registry value.
    pub value_name: Option<String>,
    /// What it takes.
    #[serde(flatten)]
    pub kind: ElementKind,
}

/// What an element takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ElementKind {
    /// true or false
    Boolean {
        /// What true writes.
        true_value: Option<Data>,
        /// What false writes.
        false_value: Option<Data>,
        /// What else true writes.
        true_list: Vec<ListItem>,
        /// What else false writes.
        false_list: Vec<ListItem>,
    },
    /// A number of 32 bits.
    Decimal {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
        /// Whether it is written as text.
        store_as_text: bool,
    },
    /// A number of 64 bits.
    LongDecimal {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
        /// Whether it is written as text.
        store_as_text: bool,
    },
    /// A text.
    Text {
        /// Most characters.
        max_length: Option<u64>,
        /// Whether variables in it are replaced.
        expandable: bool,
    },
    /// Several texts.
    MultiText {
        /// Most characters of one.
        max_length: Option<u64>,
        /// Most texts.
        max_strings: Option<u64>,
    },
    /// One of some values.
    Enum {
        /// The values.
        items: Vec<EnumItem>,
    },
    /// Names with values.
    List {
        /// Whether it is added to what others set.
        additive: bool,
        /// Whether names are given, not made.
        explicit_value: bool,
        /// What made names begin with.
        value_prefix: Option<String>,
        /// Whether variables in it are replaced.
        expandable: bool,
    },
}

/// One value of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnumItem {
    /// Its text.
    pub display_name: Option<String>,
    /// What it writes, and what stands in `<data value>`.
    pub value: Option<Data>,
    /// What else it writes.
    pub value_list: Vec<ListItem>,
}
