//! The pull reader under the decoder: well-formedness and limits, so that the rest only has to look at names.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::reader::Reader;

use super::DecodeError;
use crate::limits::{Limit, Limits};
use crate::namespace;
use crate::xml::{WHITE_SPACE, is_legal_char, is_qualified_name};

/// Where in a message the decoder is.
pub(super) struct Cursor<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    spaces: NamespaceResolver,
    limits: &'a Limits,
    depth: usize,
    elements: usize,
    /// Where the current token starts.
    before: usize,
}

/// A start tag.
pub(super) struct Tag<'a> {
    start: BytesStart<'a>,
    /// Where it starts.
    pub(super) offset: usize,
}

/// A piece of the message. An empty element is a start and an end; a comment or instruction is nothing.
enum Token<'a> {
    Start(Tag<'a>),
    End,
    Text(Cow<'a, str>),
    Eof,
}

impl Tag<'_> {
    /// The name without prefix.
    pub(super) fn local(&self) -> &str {
        self.start.name().local_name().into_inner()
    }
}

impl<'a> Cursor<'a> {
    /// At the start of a text that has no byte-order mark and only legal characters.
    pub(super) fn new(text: &'a str, limits: &'a Limits) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let spaces = NamespaceResolver::default();
        Self {
            text,
            reader,
            spaces,
            limits,
            depth: 0,
            elements: 0,
            before: 0,
        }
    }

    /// The root's start tag.
    pub(super) fn root(&mut self) -> Result<Tag<'a>, DecodeError> {
        loop {
            match self.next()? {
                Token::Start(tag) => return Ok(tag),
                Token::Text(text) if text.trim_matches(WHITE_SPACE).is_empty() => {}
                Token::Text(_) | Token::End | Token::Eof => return Err(DecodeError::NotXml),
            }
        }
    }

    /// Sees to it that nothing but white space, comments and instructions follows the root.
    pub(super) fn finish(&mut self) -> Result<(), DecodeError> {
        loop {
            match self.next() {
                Ok(Token::Eof) => return Ok(()),
                Ok(Token::Text(text)) if text.trim_matches(WHITE_SPACE).is_empty() => {}
                Ok(_) | Err(_) => return Err(DecodeError::TrailingContent { offset: self.before }),
            }
        }
    }

    /// Calls `each` for every child of the element whose start was read last, up to its end. `each` must read its
    /// element up to its end. Text between the children means nothing and is passed over.
    pub(super) fn children(
        &mut self,
        mut each: impl FnMut(&mut Self, &Tag<'a>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        loop {
            match self.next()? {
                Token::Start(tag) => each(self, &tag)?,
                Token::Text(_) => {}
                Token::End => return Ok(()),
                Token::Eof => return Err(DecodeError::Truncated { offset: self.before }),
            }
        }
    }

    /// Passes over the rest of the element whose start was read last.
    pub(super) fn skip(&mut self) -> Result<(), DecodeError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }

    /// The element's own text without white space around it. Child elements are passed over.
    pub(super) fn token(&mut self) -> Result<String, DecodeError> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Token::Start(_) => self.skip()?,
                Token::Text(piece) => {
                    text.push_str(&piece);
                    self.hold(Limit::TextBytes, self.limits.max_text_bytes, text.len())?;
                }
                Token::End => break,
                Token::Eof => return Err(DecodeError::Truncated { offset: self.before }),
            }
        }
        let trimmed = text.trim_matches(WHITE_SPACE);
        if trimmed.len() == text.len() {
            Ok(text)
        } else {
            Ok(trimmed.to_owned())
        }
    }

    /// The element's text to the character; or, when it has child elements, its source and true.
    pub(super) fn data(&mut self) -> Result<(String, bool), DecodeError> {
        let start = self.position();
        let outside = self.depth.saturating_sub(1);
        let max = self.limits.max_data_bytes;
        let mut text = String::new();
        let mut is_markup = false;
        while self.depth > outside {
            match self.next()? {
                Token::Start(_) => is_markup = true,
                Token::Text(piece) if !is_markup => {
                    text.push_str(&piece);
                    self.hold(Limit::DataBytes, max, text.len())?;
                }
                Token::Text(_) | Token::End | Token::Eof => {}
            }
            if is_markup {
                self.hold(Limit::DataBytes, max, self.before.saturating_sub(start))?;
            }
        }
        if !is_markup {
            return Ok((text, false));
        }
        match self.text.get(start..self.before) {
            Some(source) => Ok((source.to_owned(), true)),
            None => Err(DecodeError::Malformed {
                what: "markup that cannot be cut out",
                offset: start,
            }),
        }
    }

    /// The namespace of a tag; `None` when it has none. Ask before anything more is read.
    pub(super) fn namespace(&self, tag: &Tag<'_>) -> Option<&str> {
        match self.spaces.resolve_element(tag.start.name()).0 {
            ResolveResult::Bound(space) => Some(space.into_inner()),
            ResolveResult::Unbound | ResolveResult::Unknown(_) => None,
        }
    }

    /// Whether a tag can be one of Meta Information: in its namespace, in a misspelling of it, in SyncML's own
    /// because the sender forgot to say it, or in none.
    pub(super) fn is_meta(&self, tag: &Tag<'_>) -> bool {
        match self.spaces.resolve_element(tag.start.name()).0 {
            ResolveResult::Bound(space) => matches!(
                space.into_inner(),
                namespace::METINF | namespace::METINF_MISSPELT | namespace::SYNCML_1_2 | namespace::SYNCML_1_1
            ),
            ResolveResult::Unbound => true,
            ResolveResult::Unknown(_) => false,
        }
    }

    /// The value of a tag's first attribute with this local name, under the limit of a text.
    pub(super) fn attribute(&self, tag: &Tag<'_>, local: &str) -> Result<Option<String>, DecodeError> {
        let mut attributes = tag.start.attributes().flatten();
        let Some(found) = attributes.find(|attribute| attribute.key.local_name().into_inner() == local) else {
            return Ok(None);
        };
        self.hold(Limit::TextBytes, self.limits.max_text_bytes, found.value.len())?;
        let value = found.normalized_value(XmlVersion::Implicit1_0);
        value
            .map(|value| Some(value.into_owned()))
            .map_err(|_| DecodeError::Entity { offset: tag.offset })
    }

    /// The next piece that means something.
    fn next(&mut self) -> Result<Token<'a>, DecodeError> {
        loop {
            self.before = self.position();
            let offset = self.before;
            let event = self.reader.read_event();
            match event.map_err(|error| self.syntax(&error))? {
                Event::Start(start) => return self.open(start).map(Token::Start),
                Event::Empty(_) => {
                    return Err(DecodeError::Malformed {
                        what: "an empty element unexpanded",
                        offset,
                    });
                }
                Event::End(_) => {
                    self.spaces.pop();
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Token::End);
                }
                Event::Text(text) => return Ok(Token::Text(text.xml10_content())),
                Event::CData(text) => return Ok(Token::Text(text.xml10_content())),
                Event::GeneralRef(reference) => return self.resolve(&reference).map(Token::Text),
                Event::Decl(_) if offset == 0 => {}
                Event::Decl(_) => {
                    return Err(DecodeError::Malformed {
                        what: "a late XML declaration",
                        offset,
                    });
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::DocType(_) => return Err(DecodeError::Doctype { offset }),
                Event::Eof if self.depth > 0 => return Err(DecodeError::Truncated { offset }),
                Event::Eof => return Ok(Token::Eof),
            }
        }
    }

    /// Counts and checks a start tag.
    fn open(&mut self, start: BytesStart<'a>) -> Result<Tag<'a>, DecodeError> {
        let offset = self.before;
        self.elements += 1;
        self.hold(Limit::Elements, self.limits.max_elements, self.elements)?;
        self.depth += 1;
        self.hold(Limit::Depth, self.limits.max_depth, self.depth)?;
        let malformed = |what| DecodeError::Malformed { what, offset };
        if !is_qualified_name(start.name().into_inner()) {
            return Err(malformed("an element name that XML does not allow"));
        }
        for (index, attribute) in start.attributes().enumerate() {
            self.hold(Limit::Attributes, self.limits.max_attributes, index + 1)?;
            let attribute = attribute.map_err(|_| malformed("a malformed attribute"))?;
            let name = attribute.key.into_inner();
            if !is_qualified_name(name) {
                return Err(malformed("an attribute name that XML does not allow"));
            }
            self.check_value(&attribute.value)?;
        }
        self.spaces
            .push(&start)
            .map_err(|_| malformed("a namespace declaration that XML does not allow"))?;
        Ok(Tag { start, offset })
    }

    /// An attribute's value: no markup, no unknown reference, no illegal character behind a number.
    fn check_value(&self, value: &str) -> Result<(), DecodeError> {
        let offset = self.before;
        if value.contains('<') {
            return Err(DecodeError::Malformed {
                what: "a < in an attribute",
                offset,
            });
        }
        if !value.contains('&') {
            return Ok(());
        }
        let resolved = unescape(value).map_err(|_| DecodeError::Entity { offset })?;
        match resolved.chars().find(|c| !is_legal_char(*c)) {
            Some(c) => Err(DecodeError::IllegalCharacter {
                code: u32::from(c),
                offset,
            }),
            None => Ok(()),
        }
    }

    /// What a reference stands for. quick-xml resolves numbers that are no XML characters too, so that is checked.
    fn resolve(&self, reference: &BytesRef<'_>) -> Result<Cow<'a, str>, DecodeError> {
        let offset = self.before;
        match reference.resolve_char_ref() {
            Ok(Some(c)) if is_legal_char(c) => Ok(Cow::Owned(c.to_string())),
            Ok(Some(c)) => Err(DecodeError::IllegalCharacter {
                code: u32::from(c),
                offset,
            }),
            Ok(None) => resolve_xml_entity(reference)
                .map(Cow::Borrowed)
                .ok_or(DecodeError::Entity { offset }),
            Err(_) => Err(DecodeError::Malformed {
                what: "a reference to no character",
                offset,
            }),
        }
    }

    /// Refuses `value` above `max`.
    fn hold(&self, limit: Limit, max: usize, value: usize) -> Result<(), DecodeError> {
        if value > max {
            Err(DecodeError::TooLarge {
                limit,
                max,
                offset: self.before,
            })
        } else {
            Ok(())
        }
    }

    /// How far the reader is.
    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// quick-xml's error in words that repeat nothing of the message.
    fn syntax(&self, error: &quick_xml::Error) -> DecodeError {
        use quick_xml::errors::IllFormedError as Ill;
        let what = match error {
            quick_xml::Error::Syntax(_) => "markup that does not end",
            quick_xml::Error::IllFormed(Ill::MismatchedEndTag { .. }) => "an end tag that fits no start tag",
            quick_xml::Error::IllFormed(Ill::UnmatchedEndTag(_)) => "an end tag without start tag",
            quick_xml::Error::IllFormed(Ill::UnclosedReference) => "an & that begins no reference",
            quick_xml::Error::IllFormed(Ill::MissingDoctypeName) => {
                return DecodeError::Doctype { offset: self.before };
            }
            _ => "something that is not well-formed XML",
        };
        DecodeError::Malformed {
            what,
            offset: self.before,
        }
    }
}
