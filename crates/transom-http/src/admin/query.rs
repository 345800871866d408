//! The query string: which parameters a route knows, and their values. An unknown one is refused rather than ignored: a
//! filter with a slip in its name would answer with everything.

use super::{
    error::{ApiError, InvalidCode},
    routes::Route,
};
use transom_domain::{
    UserId,
    device::update::Violation,
    page::{PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, PageRequest},
    segment::SegmentId,
    text,
};

/// A parameter that a route knows.
#[derive(Debug, Clone, Copy)]
pub struct QueryField {
    /// Its name.
    pub name: &'static str,
    /// What its value may be.
    pub kind: QueryKind,
    /// How often it may be given.
    pub times_max: usize,
    /// What it does, for people.
    pub about: &'static str,
}

/// What a parameter's value may be.
#[derive(Debug, Clone, Copy)]
pub enum QueryKind {
    /// The number of a page.
    Page,
    /// The size of a page.
    Limit,
    /// One of these fields, then `:asc`, `:desc` or nothing.
    Sort(&'static [&'static str]),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// 24 hexadecimal characters.
    Id,
    /// The number of a segment.
    Segment,
    /// A number from 1 on.
    Number,
    /// A text of at most so many characters.
    Text(usize),
}

impl QueryField {
    /// A parameter that is given at most once.
    #[must_use]
    pub const fn new(name: &'static str, kind: QueryKind, about: &'static str) -> Self {
        Self::repeated(name, kind, 1, about)
    }

    /// A parameter that may be given several times.
    #[must_use]
    pub const fn repeated(name: &'static str, kind: QueryKind, times_max: usize, about: &'static str) -> Self {
        Self {
            name,
            kind,
            times_max,
            about,
        }
    }
}

/// A query whose parameters are all known and well-formed.
#[derive(Debug, Clone)]
pub struct Query {
    fields: Vec<&'static QueryField>,
    values: Vec<(&'static str, String)>,
}

impl Query {
    /// Reads the query string of a route.
    ///
    /// # Errors
    /// Every parameter that is unknown, malformed, or given too often.
    pub fn of(route: &Route, raw: &str) -> Result<Self, ApiError> {
        Self::parse(route.fields(), route.invalid, raw)
    }

    fn parse(
        fields: impl IntoIterator<Item = &'static QueryField>,
        code: InvalidCode,
        raw: &str,
    ) -> Result<Self, ApiError> {
        let mut query = Self {
            fields: fields.into_iter().collect(),
            values: Vec::new(),
        };
        let mut violations = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, taken) = match decoded(name) {
                Some(name) => {
                    let taken = query.take(&name, decoded(value));
                    (name, taken)
                }
                None => (name.to_owned(), Err(not_encoded())),
            };
            if let Err((rule, message)) = taken {
                violations.push(Violation::new(name.chars().take(64).collect::<String>(), rule, message));
            }
        }
        if violations.is_empty() {
            Ok(query)
        } else {
            Err(ApiError::Invalid { code, violations })
        }
    }

    fn take(&mut self, name: &str, value: Option<String>) -> Result<(), (&'static str, String)> {
        let Some(field) = self.fields.iter().copied().find(|f| f.name == name) else {
            let known: Vec<_> = self.fields.iter().map(|f| f.name).collect();
            return Err((
                "unknown_parameter",
                match known.is_empty() {
                    true => "this route has no parameters".to_owned(),
                    false => format!("is not known here; known are {}", known.join(", ")),
                },
            ));
        };
        if self.all(field.name).count() >= field.times_max {
            return Err(("max_items", format!("may be given at most {} times", field.times_max)));
        }
        let value = value.ok_or_else(not_encoded)?;
        field.kind.check(&value)?;
        self.values.push((field.name, value));
        Ok(())
    }

    /// The value of a parameter.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a parameter.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values
            .iter()
            .filter(move |(n, _)| *n == name)
            .map(|(_, v)| v.as_str())
    }

    /// Whether a flag is set.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.first(name) == Some("true")
    }

    /// The id in a parameter.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<UserId> {
        self.first(name).and_then(|v| UserId::parse(v).ok())
    }

    /// The segment in a parameter.
    #[must_use]
    pub fn segment(&self, name: &str) -> Option<SegmentId> {
        self.first(name).and_then(segment)
    }

    /// The number in a parameter.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        self.first(name).and_then(|v| v.parse().ok())
    }

    /// The page that is wanted.
    #[must_use]
    pub fn page(&self) -> PageRequest {
        let number = |name| self.first(name).and_then(|v| v.parse().ok());
        PageRequest::new(
            number("page").unwrap_or(1),
            number("limit").unwrap_or(PAGE_LIMIT_DEFAULT),
        )
        .unwrap_or_default()
    }

    /// The field to sort by and whether the largest comes first; none, if the caller does not say. The field may be
    /// empty (B.0): then the list's own is meant.
    #[must_use]
    pub fn sort(&self) -> Option<(&str, bool)> {
        self.first("sort").filter(|sort| !sort.is_empty()).and_then(direction)
    }
}

impl QueryKind {
    /// The rule that is broken and what is wrong.
    fn check(self, value: &str) -> Result<(), (&'static str, String)> {
        match self {
            Self::Page if value.parse::<u32>().is_ok_and(|n| n > 0) => Ok(()),
            Self::Page => Err(("minimum", "must be a number from 1 on".to_owned())),
            Self::Limit if value.parse::<u32>().is_ok_and(|n| (1..=PAGE_LIMIT_MAX).contains(&n)) => Ok(()),
            Self::Limit => Err(("range", format!("must be a number from 1 to {PAGE_LIMIT_MAX}"))),
            Self::Sort(fields) if direction(value).is_some_and(|(f, _)| f.is_empty() || fields.contains(&f)) => Ok(()),
            Self::Sort(fields) => Err((
                "enum",
                format!(
                    "must be one of {}, followed by :asc, :desc or nothing",
                    fields.join(", ")
                ),
            )),
            Self::Choice(words) if words.contains(&value) => Ok(()),
            Self::Choice(words) => Err(("enum", format!("must be one of {}", words.join(", ")))),
            Self::Flag if matches!(value, "true" | "false") => Ok(()),
            Self::Flag => Err(("enum", "must be true or false".to_owned())),
            Self::Id if UserId::parse(value).is_ok() => Ok(()),
            Self::Id => Err(("pattern", "must have 24 hexadecimal characters".to_owned())),
            Self::Segment if segment(value).is_some() => Ok(()),
            Self::Segment => Err(("minimum", "must be the number of a segment, from 0 on".to_owned())),
            Self::Number if value.parse::<u32>().is_ok_and(|n| n > 0) => Ok(()),
            Self::Number => Err(("minimum", "must be a number from 1 on".to_owned())),
            Self::Text(max) => text::line(value, max).map(drop).map_err(|e| ("text", e.to_string())),
        }
    }
}

/// A name or a value in clear: `+` stands for a blank, `%` and two hexadecimal digits for a byte (URL Standard, section
/// 5.1). None where that gives no UTF-8, which a browser would replace and we do not: nobody looks for U+FFFD.
fn decoded(text: &str) -> Option<String> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).ok()?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

/// What is wrong with what cannot be decoded.
fn not_encoded() -> (&'static str, String) {
    ("encoding", "must be UTF-8, percent-encoded".to_owned())
}

/// Splits `field:desc`; a field alone is ascending. None where something else than a direction follows the colon.
fn direction(value: &str) -> Option<(&str, bool)> {
    match value.split_once(':') {
        Some((field, "asc")) => Some((field, false)),
        Some((field, "desc")) => Some((field, true)),
        Some(_) => None,
        None => Some((value, false)),
    }
}

/// The number of a segment in digits.
#[must_use]
pub fn segment(digits: &str) -> Option<SegmentId> {
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
        .filter(|n| *n <= SegmentId::MAX)
        .map(SegmentId)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[QueryField] = &[
        QueryField::new("page", QueryKind::Page, ""),
        QueryField::new("limit", QueryKind::Limit, ""),
        QueryField::new("sort", QueryKind::Sort(&["name", "createdAt"]), ""),
        QueryField::repeated("tags", QueryKind::Text(5), 2, ""),
        QueryField::new("force", QueryKind::Flag, ""),
        QueryField::new("segmentId", QueryKind::Segment, ""),
    ];

    fn wrong(raw: &str) -> Vec<String> {
        match Query::parse(FIELDS, InvalidCode::Data, raw) {
            Ok(_) => Vec::new(),
            Err(ApiError::Invalid { violations, .. }) => violations.into_iter().map(|v| v.path).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn known_values_are_read() {
        let query = Query::parse(
            FIELDS,
            InvalidCode::Data,
            "page=2&&limit=10000&sort=name%3adesc&t%61gs=a%20b&tags=%c3%A9+c",
        )
        .unwrap();
        assert_eq!((query.page().page(), query.page().limit()), (2, 10_000));
        assert_eq!(query.sort(), Some(("name", true)));
        assert_eq!(query.all("tags").collect::<Vec<_>>(), ["a b", "é c"]);
        assert!(!query.flag("force"));
    }

    #[test]
    fn a_sort_may_leave_out_its_field() {
        for (raw, sort) in [
            ("sort=", None),
            ("sort=:asc", Some(("", false))),
            ("sort=:desc", Some(("", true))),
        ] {
            assert_eq!(
                Query::parse(FIELDS, InvalidCode::Data, raw).unwrap().sort(),
                sort,
                "{raw}"
            );
        }
    }

    #[test]
    fn whatever_is_unknown_or_malformed_is_named() {
        for (raw, name) in [
            ("pgae=1", "pgae"),
            ("pgae=%ff", "pgae"),
            ("p%ffge=1", "p%ffge"),
            ("tags=%ff", "tags"),
            ("tags=%c0%80", "tags"),
            ("tags=%ed%a0%80", "tags"),
            ("tags=a%", "tags"),
            ("tags=%4", "tags"),
            ("tags=%zz", "tags"),
            ("tags=%+1", "tags"),
            ("page=0", "page"),
            ("page=-1", "page"),
            ("limit=0", "limit"),
            ("limit=10001", "limit"),
            ("sort=size", "sort"),
            ("sort=name:up", "sort"),
            ("tags=123456", "tags"),
            ("tags=%00", "tags"),
            ("tags=a&tags=b&tags=c", "tags"),
            ("force=1", "force"),
            ("segmentId=-1", "segmentId"),
            ("segmentId=1.0", "segmentId"),
            ("segmentId=99999999999", "segmentId"),
        ] {
            assert_eq!(wrong(raw), [name], "{raw}");
        }
    }
}
