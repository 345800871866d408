//! What only the bytes show: encoding, namespaces, version elements.

use transom_syncml::namespace::{METINF, SYNCML_1_2};

use super::{Findings, Rule};

/// Elements of SyncML Meta Information, each of which has to name its namespace (docs/PROTOCOL.md, 16).
const META_ELEMENTS: [&str; 7] = [
    "Format",
    "Type",
    "Mark",
    "Size",
    "NextNonce",
    "MaxMsgSize",
    "MaxObjSize",
];

pub(super) fn check(body: &[u8]) -> Findings {
    let mut findings = Findings::new();
    let Ok(text) = std::str::from_utf8(body) else {
        return vec![(Rule::Encoding, "the message is not UTF-8".to_owned())];
    };
    if text.starts_with('\u{FEFF}') {
        findings.push((Rule::Encoding, "the message begins with a byte-order mark".to_owned()));
    }
    for (element, value) in [("VerDTD", "1.2"), ("VerProto", "DM/1.2")] {
        if !text.contains(&format!("<{element}>{value}</{element}>")) {
            findings.push((Rule::Version, format!("{element} is not {value}")));
        }
    }
    let mut in_data = 0_usize;
    let mut is_root = true;
    for tag in Tags(text) {
        if tag.name == "Data" {
            match tag.kind {
                TagKind::Open => in_data += 1,
                TagKind::Close => in_data = in_data.saturating_sub(1),
                TagKind::Empty => {}
            }
            continue;
        }
        // Markup in Data is the value's own and has namespaces of its own.
        if in_data > 0 || tag.kind == TagKind::Close {
            continue;
        }
        if std::mem::take(&mut is_root) && !tag.declares(SYNCML_1_2) {
            findings.push((Rule::Namespace, format!("the root is not in {SYNCML_1_2}")));
        }
        if META_ELEMENTS.contains(&tag.name) && !tag.declares(METINF) {
            findings.push((Rule::MetaNamespace, format!("{} is not in {METINF}", tag.name)));
        }
    }
    findings
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TagKind {
    Open,
    Close,
    Empty,
}

/// A tag of a message that is known to be well formed.
struct Tag<'a> {
    /// Without its prefix.
    name: &'a str,
    attributes: &'a str,
    kind: TagKind,
}

impl Tag<'_> {
    fn declares(&self, namespace: &str) -> bool {
        ['"', '\'']
            .iter()
            .any(|quote| self.attributes.contains(&format!("xmlns={quote}{namespace}{quote}")))
    }
}

/// The tags of a text in order; sections of character data, comments and instructions are passed over.
struct Tags<'a>(&'a str);

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let start = self.0.find('<')?;
            let rest = &self.0[start + 1..];
            let skipped = [("![CDATA[", "]]>"), ("!--", "-->"), ("?", "?>")]
                .into_iter()
                .find(|(open, _)| rest.starts_with(open));
            if let Some((_, close)) = skipped {
                self.0 = &rest[rest.find(close)? + close.len()..];
                continue;
            }
            let end = end_of_tag(rest)?;
            self.0 = &rest[end + 1..];
            let inner = &rest[..end];
            let (kind, inner) = match (inner.strip_prefix('/'), inner.strip_suffix('/')) {
                (Some(inner), _) => (TagKind::Close, inner),
                (None, Some(inner)) => (TagKind::Empty, inner),
                (None, None) => (TagKind::Open, inner),
            };
            let split = inner.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inner.len());
            let (name, attributes) = inner.split_at(split);
            let name = name.rsplit(':').next().unwrap_or(name);
            return Some(Tag { name, attributes, kind });
        }
    }
}

/// Where a tag ends: at the first `>` that is in no attribute.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(index),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}
