//! A form that two spellings of the same XML share: attributes in order, one kind of quotes, no comments, no blanks
//! between elements. The value of an ADMX policy, `<enabled/>` and its data side by side, is a set (P7).

use quick_xml::{Reader, XmlVersion, events::Event};

/// Deepest nesting looked at: XML that nests deeper is compared as text.
const DEPTH_MAX: usize = 64;

/// The canonical form; none, if the text is not well-formed.
pub(super) fn canonical(text: &str) -> Option<String> {
    let mut elements = Vec::new();
    let mut reader = Reader::from_str(text);
    let mut element = String::new();
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                let name = begin(&tag, &mut element)?;
                open.push(name);
                if open.len() > DEPTH_MAX {
                    return None;
                }
            }
            Event::Empty(tag) => {
                let name = begin(&tag, &mut element)?;
                end(&name, &mut element);
            }
            Event::End(_) => end(&open.pop()?, &mut element),
            Event::Text(text) => {
                let text = text.as_ref().trim();
                if open.is_empty() && !text.is_empty() {
                    return None;
                }
                element.push_str(text);
            }
            Event::CData(data) => element.push_str(&escaped(data.as_ref())),
            Event::GeneralRef(reference) => {
                element.push('&');
                element.push_str(reference.as_ref());
                element.push(';');
            }
            Event::DocType(_) => return None,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if open.is_empty() => break,
            Event::Eof => return None,
        }
        if open.is_empty() && !element.is_empty() {
            elements.push(std::mem::take(&mut element));
        }
    }
    let is_switch = |element: &String| {
        ["<enabled", "<disabled"].iter().any(|switch| {
            let head = element.get(..switch.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(switch))
        })
    };
    if elements.iter().any(is_switch) {
        for element in elements.iter_mut().filter(|element| is_switch(element)) {
            *element = element.to_lowercase();
        }
        elements.sort_unstable();
    }
    Some(elements.concat())
}

/// Writes a start tag and gives its name.
fn begin(tag: &quick_xml::events::BytesStart<'_>, element: &mut String) -> Option<String> {
    let name = tag.name().as_ref().to_owned();
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.ok()?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
        attributes.push((attribute.key.as_ref().to_owned(), escaped(&value)));
    }
    attributes.sort_unstable();
    element.push('<');
    element.push_str(&name);
    for (key, value) in attributes {
        element.push_str(&format!(" {key}=\"{value}\""));
    }
    element.push('>');
    Some(name)
}

fn end(name: &str, element: &mut String) {
    element.push_str(&format!("</{name}>"));
}

/// A text as it stands in XML.
pub(in crate::policy) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c => escaped.push(c),
        }
    }
    escaped
}
