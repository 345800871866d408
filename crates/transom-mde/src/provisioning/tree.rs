//! A provisioning document as a tree of characteristics and parameters (OMA Client Provisioning).

use std::fmt;

use crate::error::Problem;
use crate::limits::Limits;
use crate::namespace::Ns;
use crate::xml::{Element, Writer, parse};

/// `parm`. Its `Debug` form leaves the value of a secret out.
#[derive(Clone, PartialEq, Eq)]
pub struct Parm {
    /// Case-sensitive.
    pub name: String,
    /// Some parameters count by being there.
    pub value: Option<String>,
    /// `string`, `integer` or `boolean`.
    pub datatype: Option<String>,
}

impl fmt::Debug for Parm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Parm");
        out.field("name", &self.name);
        if self.name.eq_ignore_ascii_case("AAUTHSECRET") {
            out.field("value", &"redacted");
        } else {
            out.field("value", &self.value);
        }
        out.field("datatype", &self.datatype).finish()
    }
}

/// `characteristic`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Characteristic {
    /// `type`, case-sensitive.
    pub kind: String,
    /// The parameters, in order.
    pub parms: Vec<Parm>,
    /// The characteristics inside, in order. They are written behind the parameters.
    pub children: Vec<Characteristic>,
}

/// `wap-provisioningdoc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// `1.1`.
    pub version: String,
    /// What is in it.
    pub children: Vec<Characteristic>,
}

impl Characteristic {
    /// An empty characteristic.
    #[must_use]
    pub fn new(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            ..Self::default()
        }
    }

    /// Adds a parameter without a type.
    #[must_use]
    pub fn parm(self, name: &str, value: impl Into<String>) -> Self {
        self.add(name, Some(value.into()), None)
    }

    /// Adds a parameter that counts by being there.
    #[must_use]
    pub fn flag(self, name: &str) -> Self {
        self.add(name, None, None)
    }

    /// Adds a parameter with a type.
    #[must_use]
    pub fn typed(self, name: &str, value: impl Into<String>, datatype: &str) -> Self {
        self.add(name, Some(value.into()), Some(datatype.to_owned()))
    }

    fn add(mut self, name: &str, value: Option<String>, datatype: Option<String>) -> Self {
        self.parms.push(Parm {
            name: name.to_owned(),
            value,
            datatype,
        });
        self
    }

    /// Adds a characteristic inside.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// The value of the first parameter of this name; an absent value counts as an empty one.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let parm = self.parms.iter().find(|parm| parm.name == name)?;
        Some(parm.value.as_deref().unwrap_or_default())
    }

    fn read(element: &Element) -> Result<Self, Problem> {
        let kind = element
            .attribute("type")
            .ok_or(Problem::Missing {
                element: "type",
                parent: "characteristic",
            })?
            .to_owned();
        let mut found = Self::new(kind);
        for child in &element.children {
            if child.is(Ns::None, "parm") {
                let name = child.attribute("name").ok_or(Problem::Missing {
                    element: "name",
                    parent: "parm",
                })?;
                found.parms.push(Parm {
                    name: name.to_owned(),
                    value: child.attribute("value").map(str::to_owned),
                    datatype: child.attribute("datatype").map(str::to_owned),
                });
            } else if child.is(Ns::None, "characteristic") {
                found.children.push(Self::read(child)?);
            } else {
                return Err(Problem::Invalid {
                    element: "characteristic",
                    reason: "the parent of an unknown element",
                });
            }
        }
        Ok(found)
    }

    fn write(&self, writer: &mut Writer) {
        let kind = [("type", self.kind.as_str())];
        if self.parms.is_empty() && self.children.is_empty() {
            writer.empty("characteristic", &kind);
            return;
        }
        writer.open("characteristic", &kind);
        for parm in &self.parms {
            let mut attributes = vec![("name", parm.name.as_str())];
            attributes.extend(parm.value.as_deref().map(|value| ("value", value)));
            attributes.extend(parm.datatype.as_deref().map(|datatype| ("datatype", datatype)));
            writer.empty("parm", &attributes);
        }
        for child in &self.children {
            child.write(writer);
        }
        writer.close("characteristic");
    }
}

impl Document {
    /// Reads any provisioning document.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let root = parse(bytes, &Limits::REPLY)?;
        if !root.is(Ns::None, "wap-provisioningdoc") {
            return Err(Problem::WrongRoot {
                expected: "wap-provisioningdoc",
            });
        }
        let mut children = Vec::new();
        for child in &root.children {
            if !child.is(Ns::None, "characteristic") {
                return Err(Problem::Invalid {
                    element: "wap-provisioningdoc",
                    reason: "the parent of something that is no characteristic",
                });
            }
            children.push(Characteristic::read(child)?);
        }
        Ok(Self {
            version: root.attribute("version").unwrap_or_default().to_owned(),
            children,
        })
    }

    /// Writes the document on one line and without an XML declaration.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut writer = Writer::default();
        writer.open("wap-provisioningdoc", &[("version", &self.version)]);
        for child in &self.children {
            child.write(&mut writer);
        }
        writer.close("wap-provisioningdoc");
        writer.finish()
    }

    /// Every characteristic at this path. There may be several, also on the way:
    /// a document can spread one node over many (docs/PROTOCOL.md, 7).
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Vec<&Characteristic> {
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        let mut found: Vec<&Characteristic> = self.children.iter().filter(|child| child.kind == *first).collect();
        for kind in rest {
            found = found
                .into_iter()
                .flat_map(|node| &node.children)
                .filter(|child| child.kind == *kind)
                .collect();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_reads_back_as_it_was_written() {
        let node = Characteristic::new("A \"<&")
            .flag("F")
            .parm("p", "a&b\n")
            .typed("q", "", "string");
        let document = Document {
            version: "1.1".to_owned(),
            children: vec![node.child(Characteristic::new("E")), Characteristic::new("A")],
        };
        assert_eq!(Document::parse(document.encode().as_bytes()), Ok(document));
    }

    #[test]
    fn paths_are_case_sensitive_and_join_nodes_of_one_name() {
        let text = "<wap-provisioningdoc version='1.1'><characteristic type='S'><characteristic type='x'/></characteristic>\
                    <characteristic type='S'><characteristic type='x'/><characteristic type='X'/></characteristic></wap-provisioningdoc>";
        let document = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(document.at(&["S", "x"]).len(), 2);
        assert_eq!(document.at(&["S", "X"]).len(), 1);
        assert_eq!(document.at(&["s"]).len() + document.at(&[]).len(), 0);
    }

    #[test]
    fn what_is_no_provisioning_document_is_refused() {
        for text in [
            "<wap/>",
            "<wap-provisioningdoc xmlns='urn:x'/>",
            "<wap-provisioningdoc><parm name='a'/></wap-provisioningdoc>",
            "<wap-provisioningdoc><characteristic/></wap-provisioningdoc>",
            "<wap-provisioningdoc><characteristic type='a'><parm/></characteristic></wap-provisioningdoc>",
            "<wap-provisioningdoc><characteristic type='a'><Parm name='b'/></characteristic></wap-provisioningdoc>",
        ] {
            assert!(Document::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
