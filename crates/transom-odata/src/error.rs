//! What is wrong with a query, and where.

use std::fmt;

/// What kind of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The text does not follow the grammar.
    Syntax,
    /// There is no property with this name.
    InvalidProperty,
    /// The property exists but cannot be used here.
    UnsupportedProperty,
    /// The kinds of two sides do not fit.
    TypeMismatch,
    /// A value is not one that the place takes.
    InvalidValue,
    /// A limit is exceeded.
    LimitExceeded,
    /// The option is not known or not offered here.
    UnsupportedOption,
    /// The option occurs more than once.
    RepeatedOption,
}

impl ErrorCode {
    /// The name that goes into an answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "SyntaxError",
            Self::InvalidProperty => "InvalidProperty",
            Self::UnsupportedProperty => "UnsupportedProperty",
            Self::TypeMismatch => "TypeMismatch",
            Self::InvalidValue => "InvalidValue",
            Self::LimitExceeded => "LimitExceeded",
            Self::UnsupportedOption => "UnsupportedQueryOption",
            Self::RepeatedOption => "RepeatedQueryOption",
        }
    }
}

/// Why a query is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{option}{}: {message}", At(*.position))]
pub struct QueryError {
    /// The option, with its `$`.
    pub option: String,
    /// Where in the option's decoded value, in characters from 0.
    pub position: Option<usize>,
    /// What kind of fault it is.
    pub code: ErrorCode,
    /// The name that the fault is about, as it was written.
    pub target: Option<String>,
    /// What was expected, and what came.
    pub message: String,
}

/// A position as part of a sentence.
struct At(Option<usize>);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(position) => write!(f, ", position {position}"),
            None => Ok(()),
        }
    }
}

/// A fault in the text of an option, before it is known which option that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub position: Option<usize>,
    pub code: ErrorCode,
    pub target: Option<String>,
    pub message: String,
}

impl Fault {
    pub fn at(position: usize, code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            position: Some(position),
            code,
            target: None,
            message: message.into(),
        }
    }

    pub fn about(mut self, target: &str) -> Self {
        // A name out of a hostile query is not repeated at any length.
        self.target = Some(target.chars().take(64).collect());
        self
    }

    pub fn of(self, option: &str) -> QueryError {
        QueryError {
            option: option.to_owned(),
            position: self.position,
            code: self.code,
            target: self.target,
            message: self.message,
        }
    }
}
