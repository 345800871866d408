//! A template, and its texts in one language, to definitions.

mod element;

use super::{
    ADML_BYTES_MAX, ADMX_BYTES_MAX, AdmxSource, DEFINITIONS_MAX, Template, Warning,
    definition::{Class, Definition, Element},
    encoding::{self, EncodingError},
    language::Language,
    place,
    tree::{self, Node},
};
use element::{data, element, list};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// Longest name of a policy, category or element, in bytes: names become parts of a `LocURI` and of `<data id>`.
const NAME_BYTES_MAX: usize = 256;

/// Most elements of one policy: the fullest one of Windows has 30.
const ELEMENTS_MAX: usize = 200;

/// Why a template is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// More bytes than a template may have.
    #[error("must have at most {0} bytes")]
    TooLarge(usize),
    /// Bytes that are no text.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// Not well-formed.
    #[error("must be well-formed XML 1.0; byte {0} of its text is not")]
    Syntax(u64),
    /// A document type.
    #[error("must have no document type; one is at byte {0} of its text")]
    DocType(u64),
    /// An entity that is not one of XML's own.
    #[error("uses an unknown entity at byte {0} of its text")]
    Entity(u64),
    /// Too much of something.
    #[error("must have at most {1} {0}")]
    Limit(&'static str, usize),
    /// Another kind of document.
    #[error("must have the root element {expected}, not {found}")]
    Root {
        /// The root of such a document.
        expected: &'static str,
        /// Its own.
        found: String,
    },
    /// A policy, category or element that cannot be understood.
    #[error("{what} {name:?}: {problem}")]
    Malformed {
        /// The kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// No policy at all.
    #[error("defines no policy")]
    Empty,
}

/// Which of the two files is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// The ADMX.
    Admx(ParseError),
    /// The ADML.
    Adml(ParseError),
}

/// Reads a template with its texts. It takes time in proportion to its size, so it is done outside of units of work.
///
/// # Errors
/// What is wrong, and with which file.
pub fn parse(admx: &[u8], adml: Option<&[u8]>) -> Result<Template, FileError> {
    let (language_text, language) = match adml {
        Some(bytes) => {
            let (text, root) = document(bytes, ADML_BYTES_MAX, "policyDefinitionResources").map_err(FileError::Adml)?;
            (Some(text), Language::of(&root))
        }
        None => (None, Language::default()),
    };
    let (text, root) = document(admx, ADMX_BYTES_MAX, "policyDefinitions").map_err(FileError::Admx)?;
    let mut reading = Reading::of(&root, &language).map_err(FileError::Admx)?;
    let definitions = reading.definitions(&root).map_err(FileError::Admx)?;
    let mut warnings = reading.warnings;
    warnings.extend(definitions.iter().flat_map(place::warnings));
    Ok(Template {
        source: AdmxSource {
            admx: text,
            adml: language_text,
        },
        sha256: Sha256::digest(admx).into(),
        size: admx.len() as u64,
        definitions,
        warnings,
    })
}

fn document(bytes: &[u8], max: usize, expected: &'static str) -> Result<(String, Node), ParseError> {
    if bytes.len() > max {
        return Err(ParseError::TooLarge(max));
    }
    let text = encoding::decode(bytes)?;
    let root = tree::read(&text)?;
    if root.name != expected {
        let found = root.name.chars().take(64).collect();
        return Err(ParseError::Root { expected, found });
    }
    Ok((text, root))
}

/// A category of the template.
struct Category<'a> {
    parent: Option<&'a str>,
    text: Option<String>,
}

/// What is known while policies are read.
struct Reading<'a> {
    language: &'a Language,
    /// The prefix of the template's own namespace.
    prefix: Option<&'a str>,
    categories: HashMap<&'a str, Category<'a>>,
    supported: HashMap<&'a str, Option<String>>,
    warnings: Vec<Warning>,
}

impl<'a> Reading<'a> {
    fn of(root: &'a Node, language: &'a Language) -> Result<Self, ParseError> {
        let prefix = root.within("policyNamespaces", "target").next();
        let mut categories = HashMap::new();
        for node in root.within("categories", "category") {
            let name = name(node, "category")?;
            let parent = node.child("parentCategory").and_then(|p| p.attribute("ref"));
            let text = node.attribute("displayName").and_then(|t| language.string(t));
            categories.insert(name, Category { parent, text });
        }
        let supported = root.child("supportedOn").into_iter();
        let supported = supported
            .flat_map(|s| s.within("definitions", "definition"))
            .filter_map(|node| {
                let text = node.attribute("displayName").and_then(|t| language.string(t));
                Some((node.attribute("name")?, text))
            })
            .collect();
        Ok(Self {
            language,
            prefix: prefix.and_then(|t| t.attribute("prefix")),
            categories,
            supported,
            warnings: Vec::new(),
        })
    }

    fn definitions(&mut self, root: &'a Node) -> Result<Vec<Definition>, ParseError> {
        let mut seen: HashSet<String> = HashSet::new();
        let mut definitions = Vec::new();
        for node in root.within("policies", "policy") {
            if definitions.len() == DEFINITIONS_MAX {
                return Err(ParseError::Limit("policies", DEFINITIONS_MAX));
            }
            let definition = self.definition(node)?;
            // Windows compares names without case, and the area is part of the name.
            let key = format!("{}/{}", definition.categories.join("~"), definition.name).to_lowercase();
            if !seen.insert(key) {
                return Err(malformed("policy", &definition.name, "is defined twice"));
            }
            definitions.push(definition);
        }
        if definitions.is_empty() {
            return Err(ParseError::Empty);
        }
        Ok(definitions)
    }

    fn definition(&mut self, node: &'a Node) -> Result<Definition, ParseError> {
        let name = name(node, "policy")?;
        let wrong = |problem: &str| malformed("policy", name, problem);
        let class = node.attribute("class").and_then(Class::from_name);
        let class = class.ok_or_else(|| wrong("its class must be Machine, User or Both"))?;
        let key = node.attribute("key").ok_or_else(|| wrong("has no key"))?;
        let (categories, category_names) = self.categories_of(node, name)?;
        let string = |attribute: &str| node.attribute(attribute).and_then(|t| self.language.string(t));
        let supported = node.child("supportedOn").and_then(|s| s.attribute("ref"));
        let presentation = node.attribute("presentation");
        let fields = node.child("elements").map_or(&[][..], |e| e.children.as_slice());
        if fields.len() > ELEMENTS_MAX {
            return Err(wrong(&format!("has more than {ELEMENTS_MAX} elements")));
        }
        let mut elements: Vec<Element> = Vec::new();
        for field in fields {
            let element = element(field, self.language, presentation).map_err(|p| wrong(&p))?;
            if elements.iter().any(|e| e.id == element.id) {
                return Err(wrong(&format!("has the element {} twice", element.id)));
            }
            elements.push(element);
        }
        let value = |child: &str| node.child(child).map(data).transpose().map_err(|p| wrong(&p));
        let items = |child: &str| list(node.child(child)).map_err(|p| wrong(&p));
        Ok(Definition {
            name: name.to_owned(),
            class,
            categories,
            category_names,
            display_name: string("displayName"),
            explain_text: string("explainText"),
            supported_on: supported.map(|r| self.supported_on(r)),
            key: key.to_owned(),
            value_name: node.attribute("valueName").map(str::to_owned),
            enabled_value: value("enabledValue")?,
            disabled_value: value("disabledValue")?,
            enabled_list: items("enabledList")?,
            disabled_list: items("disabledList")?,
            elements,
        })
    }

    fn supported_on(&self, reference: &str) -> String {
        let known = self.own(reference).and_then(|name| self.supported.get(name));
        known.cloned().flatten().unwrap_or_else(|| reference.to_owned())
    }

    /// The name that a reference within the template has; none, if it leads to another template.
    fn own<'r>(&self, reference: &'r str) -> Option<&'r str> {
        match reference.split_once(':') {
            None => Some(reference),
            Some((prefix, name)) => (Some(prefix) == self.prefix).then_some(name),
        }
    }

    /// The template's own categories from the outermost to the policy's, and their texts.
    fn categories_of(&mut self, node: &'a Node, policy: &str) -> Result<(Vec<String>, Vec<String>), ParseError> {
        let (mut names, mut texts) = (Vec::new(), Vec::new());
        let mut next = node.child("parentCategory").and_then(|p| p.attribute("ref"));
        if next.is_none_or(|reference| self.own(reference).is_none()) {
            self.warn(
                policy,
                "category",
                "is in no category of its own template: its LocURI is a guess",
            );
        }
        while let Some(name) = next.and_then(|reference| self.own(reference)) {
            let Some(category) = self.categories.get(name) else {
                let message = format!("names the category {name}, which the template does not have");
                self.warn(policy, "category", &message);
                break;
            };
            if names.iter().any(|above| above == name) {
                return Err(malformed(
                    "category",
                    name,
                    "is above itself: its parents lead back to it",
                ));
            }
            if names.len() == place::CATEGORY_DEPTH_MAX {
                let problem = format!("nests deeper than {} levels", place::CATEGORY_DEPTH_MAX);
                return Err(malformed("category", name, &problem));
            }
            names.push(name.to_owned());
            texts.extend(category.text.clone());
            next = category.parent;
        }
        names.reverse();
        texts.reverse();
        Ok((names, texts))
    }

    fn warn(&mut self, policy: &str, rule: &str, message: &str) {
        self.warnings.push(Warning {
            policy: Some(policy.to_owned()),
            rule: rule.to_owned(),
            message: message.to_owned(),
        });
    }
}

fn malformed(what: &'static str, name: &str, problem: &str) -> ParseError {
    ParseError::Malformed {
        what,
        name: name.chars().take(128).collect(),
        problem: problem.to_owned(),
    }
}

/// The name of a policy or category. It becomes a node of a `LocURI`, so a slash or a tilde would be another node.
fn name<'a>(node: &'a Node, what: &'static str) -> Result<&'a str, ParseError> {
    let name = node.attribute("name").unwrap_or_default();
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        let problem = format!("its name must have 1 to {NAME_BYTES_MAX} bytes");
        return Err(malformed(what, name, &problem));
    }
    if name.contains(['/', '~', '?']) || name.chars().any(char::is_control) {
        return Err(malformed(
            what,
            name,
            "its name must have no slash, tilde, question mark or control character",
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests;
