//! Bytes to a tree.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{Attribute, Element};
use crate::error::Problem;
use crate::limits::{Limits, MAX_NAME_BYTES};
use crate::namespace::Ns;

/// Reads one document within the limits.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Element, Problem> {
    if bytes.len() > limits.bytes {
        return Err(Problem::TooLarge {
            limit: limits.bytes,
            actual: bytes.len(),
        });
    }
    let text = decode(bytes)?;
    Tree {
        reader: NsReader::from_str(&text),
        limits,
        elements: 0,
        open: Vec::new(),
        root: None,
    }
    .build()
}

/// The text of the message. The mark at its start must go: positions in the reader count without it.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|_| Problem::Encoding("not valid UTF-8"))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, Problem> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Problem::Encoding("UTF-16 with half a character at its end"));
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .map(Cow::Owned)
        .map_err(|_| Problem::Encoding("not valid UTF-16"))
}

struct Tree<'a> {
    reader: NsReader<&'a [u8]>,
    limits: &'a Limits,
    elements: usize,
    open: Vec<Element>,
    root: Option<Element>,
}

impl Tree<'_> {
    fn build(mut self) -> Result<Element, Problem> {
        loop {
            let offset = self.reader.buffer_position();
            // An error may quote a piece of the message, and a piece of this one may be a password:
            // only the kind of the mistake goes on.
            let (resolved, event) = self.reader.read_resolved_event().map_err(|error| Problem::Syntax {
                offset,
                detail: kind(&error),
            })?;
            match event {
                Event::Start(start) => {
                    let ns = namespace(&resolved, offset)?;
                    self.open(ns, &start, offset)?;
                }
                Event::Empty(start) => {
                    let ns = namespace(&resolved, offset)?;
                    self.open(ns, &start, offset)?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(text) => self.text(&text.xml10_content(), offset)?,
                Event::CData(text) => self.text(&text.xml10_content(), offset)?,
                Event::GeneralRef(reference) => {
                    let character = resolve(&reference, offset)?;
                    self.text(character.encode_utf8(&mut [0; 4]), offset)?;
                }
                Event::Decl(declaration) => check_encoding(declaration.encoding())?,
                Event::DocType(_) => return Err(Problem::DocType { offset }),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        let offset = self.reader.buffer_position();
        match self.root {
            Some(root) if self.open.is_empty() => Ok(root),
            _ => Err(Problem::Syntax {
                offset,
                detail: "the text ends inside the document",
            }),
        }
    }

    fn open(&mut self, ns: Ns, start: &BytesStart<'_>, offset: u64) -> Result<(), Problem> {
        if self.root.is_some() {
            return Err(Problem::Syntax {
                offset,
                detail: "there is more than one root element",
            });
        }
        if self.open.len() >= self.limits.depth {
            return Err(Problem::Limit {
                what: "levels of nested elements",
                limit: self.limits.depth,
            });
        }
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(Problem::Limit {
                what: "elements",
                limit: self.limits.elements,
            });
        }
        let name = start.local_name().into_inner().to_owned();
        if name.len() > MAX_NAME_BYTES {
            return Err(Problem::Limit {
                what: "bytes in an element name",
                limit: MAX_NAME_BYTES,
            });
        }
        let attributes = self.attributes(start, offset)?;
        self.open.push(Element {
            ns,
            name,
            attributes,
            text: String::new(),
            children: Vec::new(),
        });
        Ok(())
    }

    fn attributes(&self, start: &BytesStart<'_>, offset: u64) -> Result<Vec<Attribute>, Problem> {
        let mut found: Vec<Attribute> = Vec::new();
        // The reader's own check compares every attribute with all before it, which costs a square: count first.
        let mut unchecked = start.attributes();
        if unchecked.with_checks(false).take(self.limits.attributes + 1).count() > self.limits.attributes {
            return Err(Problem::Limit {
                what: "attributes of one element",
                limit: self.limits.attributes,
            });
        }
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| Problem::Syntax {
                offset,
                detail: "an attribute is malformed or repeated",
            })?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            if attribute.value.len() > self.limits.text {
                return Err(Problem::Limit {
                    what: "bytes in an attribute",
                    limit: self.limits.text,
                });
            }
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|_| Problem::Syntax {
                    offset,
                    detail: "an attribute has an unknown reference",
                })?;
            check_characters(&value, offset)?;
            let (name, prefix) = attribute.key.decompose();
            found.push(Attribute {
                prefixed: prefix.is_some(),
                name: name.into_inner().to_owned(),
                value: value.into_owned(),
            });
        }
        Ok(found)
    }

    fn close(&mut self) {
        // The reader has checked that end tags match, so nothing can be closed that is not open.
        let Some(done) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
    }

    fn text(&mut self, text: &str, offset: u64) -> Result<(), Problem> {
        check_characters(text, offset)?;
        let Some(element) = self.open.last_mut() else {
            return if text.trim().is_empty() {
                Ok(())
            } else {
                Err(Problem::Syntax {
                    offset,
                    detail: "there is text outside the root element",
                })
            };
        };
        if element.text.len() + text.len() > self.limits.text {
            return Err(Problem::Limit {
                what: "bytes of text in an element",
                limit: self.limits.text,
            });
        }
        element.text.push_str(text);
        Ok(())
    }
}

fn namespace(resolved: &ResolveResult<'_>, offset: u64) -> Result<Ns, Problem> {
    match resolved {
        ResolveResult::Unbound => Ok(Ns::None),
        ResolveResult::Bound(namespace) => Ok(Ns::from_uri(namespace.0)),
        ResolveResult::Unknown(_) => Err(Problem::Syntax {
            offset,
            detail: "a namespace prefix is not declared",
        }),
    }
}

fn resolve(reference: &BytesRef<'_>, offset: u64) -> Result<char, Problem> {
    let resolved = reference.resolve_char_ref().map_err(|_| Problem::Syntax {
        offset,
        detail: "a character reference names no character",
    })?;
    match (resolved, &**reference) {
        (Some(character), _) => Ok(character),
        (None, "lt") => Ok('<'),
        (None, "gt") => Ok('>'),
        (None, "amp") => Ok('&'),
        (None, "apos") => Ok('\''),
        (None, "quot") => Ok('"'),
        (None, _) => Err(Problem::DocType { offset }),
    }
}

/// The text has been decoded already; a declaration that contradicts it means that it was decoded wrongly.
fn check_encoding<E>(declared: Option<Result<Cow<'_, str>, E>>) -> Result<(), Problem> {
    match declared {
        None => Ok(()),
        Some(Ok(name))
            if ["utf-8", "utf8", "utf-16", "us-ascii"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known)) =>
        {
            Ok(())
        }
        Some(_) => Err(Problem::Encoding("declared to be neither UTF-8 nor UTF-16")),
    }
}

fn check_characters(text: &str, offset: u64) -> Result<(), Problem> {
    if text.chars().all(is_xml_character) {
        Ok(())
    } else {
        Err(Problem::Syntax {
            offset,
            detail: "there is a character that XML does not allow",
        })
    }
}

/// XML 1.0, section 2.2, production `Char`; surrogates cannot occur in Rust's `char`.
pub(super) fn is_xml_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn kind(error: &quick_xml::Error) -> &'static str {
    match error {
        quick_xml::Error::Syntax(_) => "a tag, comment or section is not finished",
        quick_xml::Error::IllFormed(_) => "tags do not match, or a reference is not finished",
        quick_xml::Error::InvalidAttr(_) => "an attribute is malformed",
        quick_xml::Error::Escape(_) => "a reference is malformed",
        quick_xml::Error::Namespace(_) => "a namespace declaration is malformed, or there are too many",
        _ => "the text cannot be read",
    }
}

#[cfg(test)]
mod tests;
