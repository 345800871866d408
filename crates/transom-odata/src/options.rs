//! All options of one query.

mod decode;
mod lists;

use crate::{
    error::{ErrorCode, QueryError},
    filter::Filter,
    limits::{QUERY_BYTES_MAX, SKIP_MAX, SKIP_TOKEN_CHARS_MAX, TOP_MAX},
    names,
    order::{self, OrderKey},
    schema::{Property, Schema},
    search::Search,
};
use decode::pairs;

/// The options that exist, without their `$`.
const KNOWN: [&str; 9] = [
    "filter",
    "orderby",
    "select",
    "expand",
    "search",
    "top",
    "skip",
    "count",
    "skiptoken",
];

/// Which options a resource takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// Those of a collection: all.
    Collection,
    /// Those of a count of a collection: `$filter` and `$search`.
    Count,
    /// Those of a list that is only gone through: `$top` and `$skiptoken`.
    Pages,
    /// Those of a single thing: `$select` and `$expand`.
    Single,
    /// None.
    Nothing,
}

impl Accepts {
    fn takes(self, name: &str) -> bool {
        match self {
            Self::Collection => true,
            Self::Count => matches!(name, "filter" | "search"),
            Self::Pages => matches!(name, "top" | "skiptoken"),
            Self::Single => matches!(name, "select" | "expand"),
            Self::Nothing => false,
        }
    }
}

/// What a query asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// `$filter`
    pub filter: Option<Filter>,
    /// `$orderby`
    pub order: Vec<OrderKey>,
    /// `$select`: nothing is everything.
    pub select: Option<Vec<&'static Property>>,
    /// `$expand`
    pub expand: Vec<&'static str>,
    /// `$search`
    pub search: Option<Search>,
    /// `$top`
    pub top: Option<u32>,
    /// `$skip`
    pub skip: u32,
    /// `$count`
    pub count: bool,
    /// `$skiptoken`, as it came.
    pub skip_token: Option<String>,
}

impl Options {
    /// Reads a query string.
    ///
    /// # Errors
    /// At the first fault, with the option and the place in it.
    pub fn parse(query: &str, schema: &Schema, accepts: Accepts) -> Result<Self, QueryError> {
        if query.len() > QUERY_BYTES_MAX {
            let message = format!("has more than {QUERY_BYTES_MAX} bytes");
            return Err(fault("query", ErrorCode::LimitExceeded, message));
        }
        let mut options = Self::default();
        let mut seen: Vec<&'static str> = Vec::new();
        for (name, value) in pairs(query)? {
            let Some(known) = recognised(&name)? else { continue };
            let option = format!("${known}");
            if !accepts.takes(known) {
                let message = "this option is not offered here";
                return Err(fault(&option, ErrorCode::UnsupportedOption, message));
            }
            if seen.contains(&known) {
                return Err(fault(&option, ErrorCode::RepeatedOption, "occurs more than once"));
            }
            seen.push(known);
            options.take(known, &option, &value, schema)?;
        }
        Ok(options)
    }

    fn take(&mut self, known: &str, option: &str, value: &str, schema: &Schema) -> Result<(), QueryError> {
        match known {
            "filter" => self.filter = Some(Filter::parse(value, schema)?),
            "orderby" => self.order = order::parse(value, schema)?,
            "select" => self.select = Some(lists::select(value, schema).map_err(|f| f.of(option))?),
            "expand" => self.expand = lists::expand(value, schema).map_err(|f| f.of(option))?,
            "search" => self.search = Some(Search::parse(value, schema)?),
            "top" => self.top = Some(whole(option, value, 1, TOP_MAX, "")?),
            "skip" => self.skip = whole(option, value, 0, SKIP_MAX, "; for more, follow @odata.nextLink")?,
            "count" => {
                self.count = match value.trim() {
                    v if v.eq_ignore_ascii_case("true") => true,
                    v if v.eq_ignore_ascii_case("false") => false,
                    _ => return Err(fault(option, ErrorCode::InvalidValue, "expected true or false")),
                };
            }
            _ => {
                if value.is_empty() || value.len() > SKIP_TOKEN_CHARS_MAX {
                    let message = "expected a token as @odata.nextLink has it";
                    return Err(fault(option, ErrorCode::InvalidValue, message));
                }
                self.skip_token = Some(value.to_owned());
            }
        }
        Ok(())
    }
}

/// The option that a name stands for. Without its `$` it counts all the same, as in Graph; a name that is no option is
/// none of ours, but with a `$` it is refused.
fn recognised(name: &str) -> Result<Option<&'static str>, QueryError> {
    let (bare, has_sign) = match name.strip_prefix('$') {
        Some(bare) => (bare, true),
        None => (name, false),
    };
    let known = KNOWN.into_iter().find(|k| k.eq_ignore_ascii_case(bare));
    if known.is_none() && has_sign {
        let shown: String = name.chars().take(40).collect();
        let hint =
            names::nearest(bare, KNOWN.into_iter()).map_or_else(String::new, |k| format!("; did you mean '${k}'?"));
        let message = format!("there is no such option{hint}");
        return Err(fault(&shown, ErrorCode::UnsupportedOption, message));
    }
    Ok(known)
}

fn whole(option: &str, value: &str, min: u32, max: u32, advice: &str) -> Result<u32, QueryError> {
    let number = value.trim().parse::<u32>().ok().filter(|n| (min..=max).contains(n));
    number.ok_or_else(|| {
        let message = format!("expected an integer from {min} to {max}{advice}");
        fault(option, ErrorCode::InvalidValue, message)
    })
}

fn fault(option: &str, code: ErrorCode, message: impl Into<String>) -> QueryError {
    QueryError {
        option: option.to_owned(),
        position: None,
        code,
        target: None,
        message: message.into(),
    }
}
