//! What may be asked about: names and kinds, given by the caller as constants.

/// The kind of a property's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `Edm.String`.
    Text,
    /// `Edm.Boolean`.
    Boolean,
    /// `Edm.Int64` and `Edm.Int32`.
    Integer,
    /// `Edm.Decimal`.
    Decimal,
    /// `Edm.DateTimeOffset`.
    Moment,
    /// `Edm.Guid`.
    Guid,
    /// An enumeration, with the values that exist. They are written as texts, as Graph does.
    Enum(&'static [&'static str]),
    /// A structure or a collection: shown and selected, but neither compared nor ordered by.
    Complex,
}

impl Kind {
    /// How the kind is called in a sentence.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Boolean => "true or false",
            Self::Integer => "an integer",
            Self::Decimal => "a number",
            Self::Moment => "a moment such as 2026-02-10T12:30:00Z, without quotes",
            Self::Guid => "a GUID, without quotes",
            Self::Enum(_) => "one of the enumeration's values in quotes",
            Self::Complex => "nothing, because it is a structure",
        }
    }

    /// Whether values have an order (`gt`, `$orderby`).
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        matches!(self, Self::Text | Self::Integer | Self::Decimal | Self::Moment)
    }
}

/// A property.
#[derive(Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name, as it is shown.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether `$filter` and `$orderby` may name it.
    pub filterable: bool,
}

impl Property {
    /// A property that may be filtered and ordered by.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            filterable: !matches!(kind, Kind::Complex),
        }
    }

    /// A property that is only shown.
    #[must_use]
    pub const fn shown(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            filterable: false,
        }
    }
}

/// What a collection holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Element {
    /// Plain values: the variable of a lambda is the value itself.
    Scalar(Kind),
    /// Records: `variable/property`.
    Record(&'static [Property]),
}

/// A collection on which `any` and `all` may be used.
#[derive(Debug, PartialEq, Eq)]
pub struct Collection {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub element: Element,
}

/// Everything that may be asked about one resource.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Its properties, collections included.
    pub properties: &'static [Property],
    /// Which of them `any` and `all` may be used on.
    pub collections: &'static [Collection],
    /// What `$expand` may name.
    pub navigations: &'static [&'static str],
    /// What `$search` may name.
    pub searchable: &'static [&'static str],
}

impl Schema {
    /// The property with this name. Names are case-sensitive in OData, but Graph is not: any case is understood.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&'static Property> {
        find(self.properties, name)
    }

    /// The collection with this name.
    #[must_use]
    pub fn collection(&self, name: &str) -> Option<&'static Collection> {
        self.collections.iter().find(|c| c.name.eq_ignore_ascii_case(name))
    }
}

/// The property of a list with this name.
pub(crate) fn find(properties: &'static [Property], name: &str) -> Option<&'static Property> {
    properties.iter().find(|p| p.name.eq_ignore_ascii_case(name))
}
