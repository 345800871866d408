//! Limits of what a query may ask for. Each keeps the work for one request bounded before anything is looked up.

/// Longest query string, in bytes: what common proxies let through at most.
pub const QUERY_BYTES_MAX: usize = 8 * 1024;

/// Longest value of one option, in characters: a filter that somebody wrote has some hundred.
pub const OPTION_CHARS_MAX: usize = 4_096;

/// Deepest nesting of parentheses, `not`, functions and lambdas: the parser and the evaluator recurse this far and no
/// further, whatever the text says.
pub const DEPTH_MAX: usize = 24;

/// Most nodes of a filter (operators, operands and values of lists): each costs time for every row.
pub const NODES_MAX: usize = 512;

/// Most values in the list of one `in`: enough for the ids of a page of Graph's own size.
pub const IN_VALUES_MAX: usize = 200;

/// Longest text literal, in characters: longer than any value it could be compared with usefully.
pub const TEXT_CHARS_MAX: usize = 1_024;

/// Most keys in `$orderby`: more than six never decide anything.
pub const ORDER_KEYS_MAX: usize = 6;

/// Most names in `$select` and `$expand`: more than the properties of any resource.
pub const NAMES_MAX: usize = 200;

/// Largest `$top`, in items: the page size of Intune.
pub const TOP_MAX: u32 = 1_000;

/// Items of a page when `$top` is absent.
pub const TOP_DEFAULT: u32 = 100;

/// Largest `$skip`, in items: skipped items are read all the same, and nextLink does not need to.
pub const SKIP_MAX: u32 = 10_000;

/// Longest `$skiptoken`, in characters: ours have some hundred.
pub const SKIP_TOKEN_CHARS_MAX: usize = 2_048;
