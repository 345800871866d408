//! Texts with a length and a shape.

/// Why a text is not accepted. Lengths are in characters, as the API counts them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left after trimming.
    #[error("must not be empty")]
    Empty,
    /// Too long.
    #[error("must have at most {max} characters, not {found}")]
    TooLong {
        /// The limit.
        max: usize,
        /// What was given.
        found: usize,
    },
    /// A control character, NUL among them.
    #[error("must not contain the control character U+{0:04X}")]
    Control(u32),
    /// Not of the wanted shape.
    #[error("{0}")]
    Shape(&'static str),
}

/// Trims `text` and checks that it has 1 to `max` characters and no control characters.
///
/// # Errors
/// What is wrong with it.
pub fn line(text: &str, max: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    checked(text, max)
}

/// As [`line()`], but not trimmed and allowed to be empty.
///
/// # Errors
/// What is wrong with it.
pub fn checked(text: &str, max: usize) -> Result<String, TextError> {
    let found = text.chars().count();
    if found > max {
        return Err(TextError::TooLong { max, found });
    }
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        return Err(TextError::Control(control.into()));
    }
    Ok(text.to_owned())
}

/// Cuts `text` to `max` characters: for what a device says, which is kept rather than refused.
#[must_use]
pub fn cut(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}
