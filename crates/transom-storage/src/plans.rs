//! What the tests of plans share: how a fleet is filled in, and what a plan reads. The lists themselves, and what they may
//! read, are in `plans/lists.rs`.

/// What a database spells in its own way.
pub(crate) struct Fill {
    /// Some bytes.
    pub(crate) bytes: &'static str,
    /// False.
    pub(crate) no: &'static str,
    /// True.
    pub(crate) yes: &'static str,
    /// How the filling begins.
    pub(crate) begin: &'static str,
}

/// One step of a plan that reads something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    /// The table.
    pub(crate) table: String,
    /// The index that leads to its rows, or `everything`.
    pub(crate) index: String,
    /// Whether nothing but the index is read.
    pub(crate) is_index_only: bool,
}

impl Read {
    /// A table from end to end.
    pub(crate) fn whole(table: &str) -> Self {
        Self::by(table, "everything", false)
    }

    /// By way of an index.
    pub(crate) fn by(table: &str, index: &str, is_index_only: bool) -> Self {
        Self {
            table: table.to_owned(),
            index: index.to_owned(),
            is_index_only,
        }
    }
}
