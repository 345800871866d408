//! `$filter`: the tree, and the limits of its use.

mod evaluate;
mod parse;
mod print;

use crate::{
    error::QueryError,
    schema::{Collection, Property, Schema},
    value::Value,
};

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// `eq`
    Eq,
    /// `ne`
    Ne,
    /// `gt`
    Gt,
    /// `ge`
    Ge,
    /// `lt`
    Lt,
    /// `le`
    Le,
}

impl Comparator {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Eq, Self::Ne, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// Whether values without an order can be compared so.
    #[must_use]
    pub const fn is_equality(self) -> bool {
        matches!(self, Self::Eq | Self::Ne)
    }
}

/// How a text is searched in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTest {
    /// `contains`
    Contains,
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
}

impl TextTest {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Contains, Self::StartsWith, Self::EndsWith];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
        }
    }
}

/// How many elements of a collection must fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// `any`
    Any,
    /// `all`
    All,
}

/// A value in a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A property of the row.
    Property(&'static Property),
    /// The lambda's variable itself, in a collection of plain values.
    Variable,
    /// A property of the lambda's variable.
    Element(&'static Property),
    /// A literal.
    Literal(Value<'static>),
    /// `tolower(…)`
    Lower(Box<Operand>),
    /// `toupper(…)`
    Upper(Box<Operand>),
}

impl Operand {
    fn each_name(&self, tell: &mut dyn FnMut(&'static str)) {
        match self {
            Self::Property(property) => tell(property.name),
            Self::Lower(inner) | Self::Upper(inner) => inner.each_name(tell),
            Self::Variable | Self::Element(_) | Self::Literal(_) => {}
        }
    }
}

/// A condition on a row. `and` and `or` are flat: their parts are never of the same form themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of them, two at least.
    And(Vec<Filter>),
    /// One of them, two at least.
    Or(Vec<Filter>),
    /// Not.
    Not(Box<Filter>),
    /// A comparison.
    Compare {
        /// The left side.
        left: Operand,
        /// How.
        comparator: Comparator,
        /// The right side.
        right: Operand,
    },
    /// One of a list of literals.
    In {
        /// What is looked for.
        operand: Operand,
        /// The list.
        values: Vec<Value<'static>>,
    },
    /// A search in a text.
    Text {
        /// How.
        test: TextTest,
        /// In what.
        text: Operand,
        /// For what.
        part: Operand,
    },
    /// A search whose outcome is compared with a truth: `startswith(…) eq true`.
    Outcome {
        /// The search.
        of: Box<Filter>,
        /// Whether it must be equal (`eq`) or not (`ne`).
        equal: bool,
        /// To what.
        to: bool,
    },
    /// A property that is a truth itself, or a literal truth.
    Truth(Operand),
    /// A condition on the elements of a collection. Without a condition (`any()`): whether there are elements.
    Quantified {
        /// How many must fit.
        quantifier: Quantifier,
        /// Of what.
        collection: &'static Collection,
        /// The condition.
        condition: Option<Box<Filter>>,
    },
}

impl Filter {
    /// Reads the value of `$filter`.
    ///
    /// # Errors
    /// With the place of the fault and what was expected there.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, QueryError> {
        parse::filter(text, schema).map_err(|fault| fault.of("$filter"))
    }

    /// Tells the names of the properties and collections of the row that it looks at, some more than once.
    pub fn each_name(&self, tell: &mut dyn FnMut(&'static str)) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.each_name(tell)),
            Self::Not(inner) | Self::Outcome { of: inner, .. } => inner.each_name(tell),
            Self::Compare { left, right, .. } => {
                left.each_name(tell);
                right.each_name(tell);
            }
            Self::In { operand, .. } | Self::Truth(operand) => operand.each_name(tell),
            Self::Text { text, part, .. } => {
                text.each_name(tell);
                part.each_name(tell);
            }
            Self::Quantified {
                collection, condition, ..
            } => {
                tell(collection.name);
                if let Some(condition) = condition {
                    condition.each_name(tell);
                }
            }
        }
    }

    /// All of these conditions.
    #[must_use]
    pub fn all(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            1 => flat.swap_remove(0),
            _ => Self::And(flat),
        }
    }

    /// One of these conditions.
    #[must_use]
    pub fn any(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            1 => flat.swap_remove(0),
            _ => Self::Or(flat),
        }
    }
}
