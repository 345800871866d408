//! Patterns (N5): regular expressions that take linear time, so that no pattern of anybody's can stop the server.

use regex_automata::{meta, nfa::thompson::WhichCaptures};
use std::fmt;

/// Most memory of one compiled pattern, in bytes, because compiling takes time in proportion to it: a class of all letters
/// of the world fits three times, a class of ASCII letters some thousand times.
pub const PATTERN_BYTES_MAX: usize = 64 * 1024;

/// Deepest nesting of groups: patterns of people have two or three.
const NESTING_MAX: u32 = 32;

/// What a pattern looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// E-mail, computer name and model: one of them is enough.
    Any,
    /// `email:`
    Email,
    /// `name:`
    Name,
    /// `model:`
    Model,
}

/// A pattern that can be tried.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// What it looks at.
    pub subject: Subject,
    regex: meta::Regex,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PatternError {
    /// The character where it goes wrong, from 1; none: it is wrong as a whole.
    pub position: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "{} (at character {position})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl Pattern {
    /// Reads a pattern with its prefix.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let prefixes = [
            ("email:", Subject::Email),
            ("name:", Subject::Name),
            ("model:", Subject::Model),
        ];
        let named = prefixes
            .iter()
            .find_map(|(prefix, subject)| Some((*subject, text.strip_prefix(prefix)?)));
        let (subject, expression) = named.unwrap_or((Subject::Any, text));
        let skipped = text.len() - expression.len();
        let wrong = |position: Option<usize>, message: String| PatternError {
            position: position.map(|offset| text[..text.floor_char_boundary(skipped + offset)].chars().count() + 1),
            message,
        };
        if expression.is_empty() {
            return Err(wrong(Some(0), "the pattern is empty".to_owned()));
        }
        let mut parser = regex_syntax::ParserBuilder::new()
            .nest_limit(NESTING_MAX)
            .case_insensitive(true)
            .build();
        let parsed = parser.parse(expression).map_err(|error| match &error {
            regex_syntax::Error::Parse(e) => wrong(Some(e.span().start.offset), e.kind().to_string()),
            regex_syntax::Error::Translate(e) => wrong(Some(e.span().start.offset), e.kind().to_string()),
            _ => wrong(None, "is no regular expression".to_owned()),
        })?;
        // Texts are short and looked at once: whatever makes long searches faster only takes memory and time here.
        let config = meta::Config::new()
            .which_captures(WhichCaptures::Implicit)
            .nfa_size_limit(Some(PATTERN_BYTES_MAX))
            .backtrack(false)
            .onepass(false)
            .hybrid(false)
            .dfa(false);
        let regex = meta::Regex::builder().configure(config).build_from_hir(&parsed);
        let too_large =
            format!("takes more than {PATTERN_BYTES_MAX} bytes of memory: repeat less, or name fewer letters");
        regex
            .map(|regex| Self { subject, regex })
            .map_err(|_| wrong(None, too_large))
    }

    /// The memory that it takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.regex.memory_usage()
    }

    /// Whether it finds something in a text.
    #[must_use]
    pub fn finds_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> PatternError {
        Pattern::parse(text).unwrap_err()
    }

    #[test]
    fn a_pattern_knows_no_case_and_is_anchored_only_where_it_says_so() {
        let pattern = Pattern::parse("@CORP\\.example$").unwrap();
        assert_eq!(pattern.subject, Subject::Any);
        assert!(pattern.finds_in("eve@corp.example"));
        assert!(!pattern.finds_in("eve@corp.example.org"));
        assert!(Pattern::parse("name:MÜN").unwrap().finds_in("pc-münchen-1"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert_eq!(error("a(b").position, Some(2));
        assert_eq!(error("email:a(b").position, Some(8));
        assert_eq!(error("ä[z-a]").position, Some(3));
        assert_eq!(error("model:").position, Some(7));
        assert!(error("(?=x)").message.contains("look-around"), "{}", error("(?=x)"));
        assert!(error("(a)\\1").message.contains("backreference"), "{}", error("(a)\\1"));
    }

    #[test]
    fn a_pattern_that_takes_too_much_is_refused() {
        assert_eq!(error("((\\w{100}){100}){100}").position, None);
        assert!(Pattern::parse("\\w{3}").is_ok() && Pattern::parse("\\w{4}").is_err());
        assert!(Pattern::parse("^[a-z0-9._-]{1,64}@(north|south)\\.example\\.com$").is_ok());
        assert!(Pattern::parse(&format!("{}a{}", "(".repeat(100), ")".repeat(100))).is_err());
    }

    #[test]
    fn what_would_take_for_ever_elsewhere_takes_no_time() {
        let pattern = Pattern::parse("^(a+)+$").unwrap();
        assert!(!pattern.finds_in(&format!("{}b", "a".repeat(10_000))));
    }
}
