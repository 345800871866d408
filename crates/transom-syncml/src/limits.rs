//! What a message may cost before it is refused.

/// Longest message in bytes: Windows sends a result of many megabytes in one message instead of splitting it, so a
/// smaller limit would lose inventories; a larger one would let a few devices fill the memory.
pub const MAX_MESSAGE_BYTES: usize = 8 * 1024 * 1024;
/// Deepest nesting of elements: SyncML itself needs about ten, markup in `Data` some more. The reader's own stack
/// grows with it, so it also has to stay small.
pub const MAX_DEPTH: usize = 64;
/// Most elements in one message: a listing of some sixteen thousand nodes fits; a message of millions of empty
/// elements, which would cost fifty times its size in memory, does not.
pub const MAX_ELEMENTS: usize = 100_000;
/// Longest text in bytes of anything but `Data`: addresses, names, ids, types and credentials are short.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Longest `Data` in bytes: as long as the message, because one value may be nearly all of it.
pub const MAX_DATA_BYTES: usize = MAX_MESSAGE_BYTES;
/// Most attributes on one element: SyncML has a handful of namespace declarations, and looking for doubles among
/// attributes takes time that grows with the square of their number.
pub const MAX_ATTRIBUTES: usize = 64;

/// The limits that [`decode`](crate::decode) holds a message to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the message, as received and as UTF-8.
    pub max_message_bytes: usize,
    /// Nesting of elements. Every level of nested commands costs stack: keep it below a few hundred.
    pub max_depth: usize,
    /// Elements of the message.
    pub max_elements: usize,
    /// Bytes of one text outside `Data`.
    pub max_text_bytes: usize,
    /// Bytes of one `Data`.
    pub max_data_bytes: usize,
    /// Attributes of one element.
    pub max_attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: MAX_MESSAGE_BYTES,
            max_depth: MAX_DEPTH,
            max_elements: MAX_ELEMENTS,
            max_text_bytes: MAX_TEXT_BYTES,
            max_data_bytes: MAX_DATA_BYTES,
            max_attributes: MAX_ATTRIBUTES,
        }
    }
}

/// Which of the [`Limits`] a message is above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// [`Limits::max_message_bytes`].
    MessageBytes,
    /// [`Limits::max_depth`].
    Depth,
    /// [`Limits::max_elements`].
    Elements,
    /// [`Limits::max_text_bytes`].
    TextBytes,
    /// [`Limits::max_data_bytes`].
    DataBytes,
    /// [`Limits::max_attributes`].
    Attributes,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Limit::MessageBytes => "bytes in a message",
            Limit::Depth => "levels of elements",
            Limit::Elements => "elements in a message",
            Limit::TextBytes => "bytes in a text",
            Limit::DataBytes => "bytes in Data",
            Limit::Attributes => "attributes on an element",
        })
    }
}
