//! XML in and out: a small tree read within limits, and a writer that escapes everything.

mod read;
mod write;

use crate::error::Problem;
use crate::namespace::Ns;

pub(crate) use read::parse;
pub(crate) use write::Writer;

/// An attribute, without its namespace: no attribute of these protocols has a namesake in another one.
#[derive(Debug)]
pub struct Attribute {
    prefixed: bool,
    name: String,
    value: String,
}

/// An element with all that is in it.
#[derive(Debug)]
pub struct Element {
    pub(crate) ns: Ns,
    pub(crate) name: String,
    attributes: Vec<Attribute>,
    /// All text directly inside, in order, untrimmed.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn is(&self, ns: Ns, name: &str) -> bool {
        self.ns == ns && self.name == name
    }

    pub(crate) fn all(&self, ns: Ns, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.is(ns, name))
    }

    /// The one child of this name, if there is any. Two of them are an error, because nothing says which one counts.
    pub(crate) fn optional(&self, ns: Ns, name: &'static str, parent: &'static str) -> Result<Option<&Self>, Problem> {
        let mut found = self.all(ns, name);
        let first = found.next();
        if found.next().is_some() {
            return Err(Problem::Duplicate { element: name, parent });
        }
        Ok(first)
    }

    /// The one child of this name.
    pub(crate) fn required(&self, ns: Ns, name: &'static str, parent: &'static str) -> Result<&Self, Problem> {
        self.optional(ns, name, parent)?
            .ok_or(Problem::Missing { element: name, parent })
    }

    /// The text inside, trimmed: examples of Microsoft put line breaks round URIs (docs/PROTOCOL.md, 1).
    pub(crate) fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// The trimmed text, if it is not longer than a field may be.
    pub(crate) fn field(&self, what: &'static str, limit: usize) -> Result<String, Problem> {
        let text = self.trimmed();
        if text.len() > limit {
            return Err(Problem::Limit { what, limit });
        }
        Ok(text.to_owned())
    }

    /// An attribute by its local name; one without a prefix wins.
    ///
    /// Real messages write `ValueType` bare and `wsse:Type` with a prefix, some examples the other way round.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let named = || self.attributes.iter().filter(|attribute| attribute.name == name);
        named()
            .find(|attribute| !attribute.prefixed)
            .or_else(|| named().next())
            .map(|attribute| attribute.value.as_str())
    }

    /// Whether the element says `xsi:nil`.
    pub(crate) fn is_nil(&self) -> bool {
        matches!(self.attribute("nil").map(str::trim), Some("true" | "1"))
    }
}
