//! Text to tokens, each with its place.

use crate::{
    error::{ErrorCode, Fault},
    limits::{OPTION_CHARS_MAX, TEXT_CHARS_MAX},
};

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or an operator.
    Word(String),
    /// A text literal, its `''` resolved.
    Text(String),
    /// Something that begins like a number: a number or a moment.
    Figure(String),
    /// A GUID, in lower case.
    Guid(String),
    /// `( ) , : /` or anything else that is one character.
    Sign(char),
    /// The end.
    End,
}

impl Token {
    /// How the token is called in a sentence.
    pub fn noun(&self) -> String {
        let cut = |text: &str| text.chars().take(40).collect::<String>();
        match self {
            Self::Word(word) | Self::Figure(word) | Self::Guid(word) => format!("'{}'", cut(word)),
            Self::Text(text) => format!("the text '{}'", cut(text)),
            Self::Sign(sign) => format!("'{sign}'"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// A token and where it begins, in characters from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    pub token: Token,
    pub position: usize,
}

/// All tokens of a text, the end included.
pub(crate) fn tokens(text: &str) -> Result<Vec<Placed>, Fault> {
    let chars: Vec<char> = text.chars().take(OPTION_CHARS_MAX + 1).collect();
    if chars.len() > OPTION_CHARS_MAX {
        let message = format!("has more than {OPTION_CHARS_MAX} characters");
        return Err(Fault::at(OPTION_CHARS_MAX, ErrorCode::LimitExceeded, message));
    }
    let mut placed = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, length) = next(&chars[at..], at)?;
        placed.push(Placed { token, position: at });
        at += length;
    }
    placed.push(Placed {
        token: Token::End,
        position: chars.len(),
    });
    Ok(placed)
}

/// The token that a text begins with, and its length.
fn next(chars: &[char], at: usize) -> Result<(Token, usize), Fault> {
    let c = chars[0];
    if c == '\'' {
        return quoted(chars, at);
    }
    if let Some(guid) = guid(chars) {
        return Ok((Token::Guid(guid), 36));
    }
    let run = |fits: fn(char) -> bool| chars.iter().take_while(|c| fits(**c)).collect::<String>();
    if c.is_ascii_digit() || c == '-' {
        let figure = run(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | ':' | '.'));
        let length = figure.len();
        return Ok((Token::Figure(figure), length));
    }
    if c.is_ascii_alphabetic() || c == '_' || c == '@' {
        let word = run(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '.'));
        let length = word.len();
        return Ok((Token::Word(word), length));
    }
    Ok((Token::Sign(c), 1))
}

/// A text literal: a quote inside is doubled.
fn quoted(chars: &[char], at: usize) -> Result<(Token, usize), Fault> {
    let mut text = String::new();
    let mut count = 0;
    let mut i = 1;
    loop {
        match (chars.get(i), chars.get(i + 1)) {
            (Some('\''), Some('\'')) => {
                text.push('\'');
                i += 2;
            }
            (Some('\''), _) => return Ok((Token::Text(text), i + 1)),
            (Some(c), _) => {
                text.push(*c);
                i += 1;
            }
            (None, _) => {
                let message = "the text that begins here has no closing quote; a quote inside is written ''";
                return Err(Fault::at(at, ErrorCode::Syntax, message));
            }
        }
        count += 1;
        if count > TEXT_CHARS_MAX {
            let message = format!("the text has more than {TEXT_CHARS_MAX} characters");
            return Err(Fault::at(at, ErrorCode::LimitExceeded, message));
        }
    }
}

/// A GUID, if the text begins with one.
fn guid(chars: &[char]) -> Option<String> {
    let candidate = chars.get(..36)?;
    let fits = candidate.iter().enumerate().all(|(i, c)| match i {
        8 | 13 | 18 | 23 => *c == '-',
        _ => c.is_ascii_hexdigit(),
    });
    let ends = chars.get(36).is_none_or(|c| !c.is_ascii_alphanumeric() && *c != '-');
    (fits && ends).then(|| candidate.iter().map(char::to_ascii_lowercase).collect())
}
