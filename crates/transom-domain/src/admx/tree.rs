//! XML of a template as a tree of elements, within limits: what is uploaded is not to be trusted. Names are local names,
//! because the namespaces of templates vary or are absent.

use super::parse::ParseError;
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};

/// Deepest nesting: a template nests eight levels.
const DEPTH_MAX: usize = 32;

/// Most elements of one file: the largest published one has some 30,000.
const ELEMENTS_MAX: usize = 200_000;

/// Most attributes of one element: a policy has nine, and some declarations of namespaces may come on top.
const ATTRIBUTES_MAX: usize = 64;

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// Its local name.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// The elements in it.
    pub(super) children: Vec<Node>,
    /// The text in it, without that of its elements.
    pub(super) text: String,
}

impl Node {
    /// An attribute, by local name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    /// An attribute that is true when it says so.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.attribute(name)
            .is_some_and(|v| v == "1" || v.eq_ignore_ascii_case("true"))
    }

    /// The first element of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|c| c.name == name)
    }

    /// Every element of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// Every element of that name in the first element of the other.
    pub(super) fn within<'a>(&'a self, outer: &str, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.child(outer).into_iter().flat_map(move |outer| outer.all(name))
    }
}

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Node, ParseError> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    loop {
        let offset = reader.buffer_position();
        let event = reader.read_event().map_err(|_| ParseError::Syntax(offset))?;
        match event {
            Event::Start(_) | Event::Empty(_) if root.is_some() => return Err(ParseError::Syntax(offset)),
            Event::Start(tag) => {
                count(&mut elements, open.len())?;
                open.push(node(&tag, offset)?);
            }
            Event::Empty(tag) => {
                count(&mut elements, open.len())?;
                let node = node(&tag, offset)?;
                close(node, &mut open, &mut root);
            }
            Event::End(_) => {
                let node = open.pop().ok_or(ParseError::Syntax(offset))?;
                close(node, &mut open, &mut root);
            }
            Event::Text(text) => append(&mut open, &text.xml10_content(), offset)?,
            Event::CData(text) => append(&mut open, &text.xml10_content(), offset)?,
            Event::GeneralRef(reference) => {
                let character = resolve(&reference).ok_or(ParseError::Entity(offset))?;
                append(&mut open, character.encode_utf8(&mut [0; 4]), offset)?;
            }
            Event::DocType(_) => return Err(ParseError::DocType(offset)),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match root {
        Some(root) if open.is_empty() => Ok(root),
        _ => Err(ParseError::Syntax(reader.buffer_position())),
    }
}

fn count(elements: &mut usize, depth: usize) -> Result<(), ParseError> {
    *elements += 1;
    if *elements > ELEMENTS_MAX {
        return Err(ParseError::Limit("elements", ELEMENTS_MAX));
    }
    if depth >= DEPTH_MAX {
        return Err(ParseError::Limit("levels of nested elements", DEPTH_MAX));
    }
    Ok(())
}

fn node(tag: &BytesStart<'_>, offset: u64) -> Result<Node, ParseError> {
    // The reader's own check for doubles compares each with all before it, which costs a square: count first.
    if tag.attributes().with_checks(false).take(ATTRIBUTES_MAX + 1).count() > ATTRIBUTES_MAX {
        return Err(ParseError::Limit("attributes of one element", ATTRIBUTES_MAX));
    }
    let mut node = Node {
        name: tag.local_name().into_inner().to_owned(),
        ..Node::default()
    };
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| ParseError::Syntax(offset))?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let value = attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|_| ParseError::Entity(offset))?;
        check(&value, offset)?;
        let (name, _) = attribute.key.decompose();
        node.attributes.push((name.into_inner().to_owned(), value.into_owned()));
    }
    Ok(node)
}

fn close(node: Node, open: &mut [Node], root: &mut Option<Node>) {
    match open.last_mut() {
        Some(above) => above.children.push(node),
        None => *root = Some(node),
    }
}

fn append(open: &mut [Node], text: &str, offset: u64) -> Result<(), ParseError> {
    check(text, offset)?;
    match open.last_mut() {
        Some(node) => node.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(ParseError::Syntax(offset)),
    }
    Ok(())
}

/// What XML 1.0 cannot carry cannot be sent to a PC either.
fn check(text: &str, offset: u64) -> Result<(), ParseError> {
    if text.chars().all(crate::command::config::is_xml_char) {
        return Ok(());
    }
    Err(ParseError::Syntax(offset))
}

/// The five entities of XML itself, and characters by number. Others would have to be declared, which nobody may.
fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    match reference.as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_text_are_read_by_local_name() {
        let root = read(
            "<?xml version='1.0'?><!-- c --><p:a xmlns:p='x' p:k='1 &lt; 2'>t&amp;<![CDATA[<u>]]><b/>&#x41;</p:a>",
        );
        let root = root.unwrap();
        assert_eq!((root.name.as_str(), root.attribute("k")), ("a", Some("1 < 2")));
        assert_eq!(root.text, "t&<u>A");
        assert!(root.child("b").is_some() && root.attribute("p").is_none());
    }

    #[test]
    fn hostile_documents_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"cc\">]><a>&b;</a>";
        assert!(matches!(read(bomb), Err(ParseError::DocType(_))));
        assert!(matches!(read("<a>&b;</a>"), Err(ParseError::Entity(_))));
        assert!(matches!(read("<a k='&b;'/>"), Err(ParseError::Entity(_))));
        for broken in [
            "",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "x<a/>",
            "<a/>x",
            "<a k=1/>",
            "<a k='1' k='2'/>",
            "<a>&#1;</a>",
        ] {
            assert!(
                matches!(read(broken), Err(ParseError::Syntax(_) | ParseError::Entity(_))),
                "{broken}"
            );
        }
    }

    #[test]
    fn limits_hold_at_the_limit_and_break_one_above() {
        let nested = |n: usize| "<a>".repeat(n) + &"</a>".repeat(n);
        assert!(read(&nested(DEPTH_MAX)).is_ok());
        assert!(matches!(
            read(&nested(DEPTH_MAX + 1)),
            Err(ParseError::Limit(_, DEPTH_MAX))
        ));
        let flat = |n: usize| format!("<r>{}</r>", "<a/>".repeat(n - 1));
        assert!(read(&flat(ELEMENTS_MAX)).is_ok());
        assert!(matches!(
            read(&flat(ELEMENTS_MAX + 1)),
            Err(ParseError::Limit(_, ELEMENTS_MAX))
        ));
        let wide = |n: usize| {
            let attributes: String = (0..n).map(|i| format!(" k{i}=''")).collect();
            format!("<a{attributes}/>")
        };
        assert!(read(&wide(ATTRIBUTES_MAX)).is_ok());
        assert!(matches!(
            read(&wide(ATTRIBUTES_MAX + 1)),
            Err(ParseError::Limit(_, ATTRIBUTES_MAX))
        ));
    }
}
