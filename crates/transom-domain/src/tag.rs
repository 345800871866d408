//! Tags: the words by which devices and users are grouped.

/// A tag and how many carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagCount {
    /// The tag, in one of its spellings: case does not tell tags apart.
    pub tag: String,
    /// How many carry it.
    pub count: u64,
}
