//! The settings of a simulated Windows: its management tree, and the status codes that operations on it give
//! (docs/PROTOCOL.md, 13 to 18).

mod inventory;
mod node;
mod rules;
mod uri;

use std::collections::BTreeMap;
use std::ops::Bound;

use transom_syncml::code;

pub use node::{Access, Format, Node};
pub use rules::Action;
pub use uri::{InvalidUri, Path, Query, Scope};

use crate::identity::Identity;
use rules::{Kind, action_for, rule_for};

/// Why an operation was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("status {code}")]
pub struct Refusal {
    /// The status code.
    pub code: u32,
    /// The HRESULT of the provider, for clients that tell it.
    pub hresult: &'static str,
}

impl Refusal {
    /// A refusal with the HRESULT that goes with the code: the first two are of Windows' management components,
    /// as fixtures show them, the others are general ones of Windows.
    #[must_use]
    pub const fn of(code: u32) -> Self {
        let hresult = match code {
            code::NOT_FOUND => "0x86000002",
            code::UNSUPPORTED_FORMAT => "0x86000011",
            code::NOT_ALLOWED | code::NOT_SUPPORTED => "0x80070032",
            code::ALREADY_EXISTS => "0x800700B7",
            code::BAD_REQUEST => "0x80070057",
            _ => "0x80004005",
        };
        Self { code, hresult }
    }
}

const NOT_FOUND: Refusal = Refusal::of(code::NOT_FOUND);
const NOT_ALLOWED: Refusal = Refusal::of(code::NOT_ALLOWED);
const NOT_SUPPORTED: Refusal = Refusal::of(code::NOT_SUPPORTED);
const WRONG_FORMAT: Refusal = Refusal::of(code::UNSUPPORTED_FORMAT);
const BAD_URI: Refusal = Refusal::of(code::BAD_REQUEST);

/// One node that a Get found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its LocURI, in the form in which was asked.
    pub uri: String,
    /// Its format.
    pub format: Format,
    /// Its value; `None` where only the structure was asked for.
    pub value: Option<String>,
}

/// The management tree of one PC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    nodes: BTreeMap<Path, Node>,
    /// Whether the enrolled user is signed in, without whom nothing below `./User` can be reached.
    user_signed_in: bool,
}

impl Tree {
    /// The tree of a PC as it comes out of its set-up, with its inventory.
    #[must_use]
    pub fn new(identity: &Identity) -> Self {
        let mut tree = Self {
            nodes: BTreeMap::new(),
            user_signed_in: true,
        };
        inventory::fill(&mut tree, identity);
        tree
    }

    /// Says whether the enrolled user is signed in.
    pub fn set_user_signed_in(&mut self, signed_in: bool) {
        self.user_signed_in = signed_in;
    }

    /// The value of a node, whatever its access; for tests and for the PC itself.
    #[must_use]
    pub fn value(&self, uri: &str) -> Option<&str> {
        let (path, _) = uri::parse(uri).ok()?;
        self.nodes.get(&path)?.value.as_deref()
    }

    /// Puts a node into the tree, with its parents, as Windows itself does.
    ///
    /// # Errors
    /// [`InvalidUri`] if the LocURI is none.
    pub fn set(&mut self, uri: &str, node: Node) -> Result<(), InvalidUri> {
        let (path, _) = uri::parse(uri)?;
        self.insert(path, node);
        Ok(())
    }

    /// Takes a node with all below it out of the tree, whatever its access.
    pub fn remove(&mut self, uri: &str) {
        if let Ok((path, _)) = uri::parse(uri) {
            self.remove_below(&path);
        }
    }

    /// Get.
    ///
    /// # Errors
    /// 400 for a LocURI that is none, 404, 405, 406.
    pub fn get(&self, uri: &str) -> Result<Vec<Found>, Refusal> {
        let (path, query) = self.reach(uri)?;
        let base = uri.split('?').next().unwrap_or(uri);
        let node = self.readable(&path)?;
        match query {
            Query::Value => Ok(vec![self.found(&path, node, base)]),
            Query::Property(name) => property(&path, node, &name, uri).map(|found| vec![found]),
            Query::Struct | Query::StructData => {
                let mut all = vec![self.found(&path, node, base)];
                let below = self.below(&path).filter(|(_, node)| node.access.get);
                all.extend(below.map(|(place, node)| {
                    let rest: Vec<String> = place.segments[path.segments.len()..]
                        .iter()
                        .map(|s| uri::encode(s))
                        .collect();
                    self.found(place, node, &format!("{base}/{}", rest.join("/")))
                }));
                if query == Query::Struct {
                    all.iter_mut().for_each(|found| found.value = None);
                }
                Ok(all)
            }
        }
    }

    /// Add.
    ///
    /// # Errors
    /// 400, 404, 405, 406, 415 for a value that is not of its format, 418 if the node exists.
    pub fn add(&mut self, uri: &str, format: Option<&str>, value: Option<&str>) -> Result<(), Refusal> {
        let (path, query) = self.reach(uri)?;
        if query != Query::Value {
            return Err(NOT_SUPPORTED);
        }
        let format = stated(format)?;
        if self.nodes.contains_key(&path) {
            return Err(Refusal::of(code::ALREADY_EXISTS));
        }
        match rule_for(&path).map(|rule| rule.kind) {
            Some(Kind::Creating | Kind::AddFirst) => self.create(path, format, value),
            Some(Kind::ReadOnly) => Err(NOT_ALLOWED),
            Some(Kind::NotOffered) => Err(NOT_SUPPORTED),
            None => Err(NOT_FOUND),
        }
    }

    /// Replace: changes a node, and makes it where its provider does so.
    ///
    /// # Errors
    /// 400, 404, 405, 406, 415.
    pub fn replace(&mut self, uri: &str, format: Option<&str>, value: Option<&str>) -> Result<(), Refusal> {
        let (path, query) = self.reach(uri)?;
        if query != Query::Value {
            return Err(NOT_SUPPORTED);
        }
        let format = stated(format)?;
        if let Some(node) = self.nodes.get_mut(&path) {
            if !node.access.replace || node.format == Format::Node {
                return Err(NOT_ALLOWED);
            }
            let value = value.unwrap_or_default();
            if !compatible(node.format, format) || !node.format.accepts(value) {
                return Err(WRONG_FORMAT);
            }
            node.value = Some(value.to_owned());
            return Ok(());
        }
        match rule_for(&path).map(|rule| rule.kind) {
            Some(Kind::Creating) => self.create(path, format, value),
            Some(Kind::AddFirst | Kind::ReadOnly) | None => Err(NOT_FOUND),
            Some(Kind::NotOffered) => Err(NOT_SUPPORTED),
        }
    }

    /// Delete, with all that is below.
    ///
    /// # Errors
    /// 400, 404, 405, 406.
    pub fn delete(&mut self, uri: &str) -> Result<(), Refusal> {
        let (path, query) = self.reach(uri)?;
        if query != Query::Value {
            return Err(NOT_SUPPORTED);
        }
        match self.nodes.get(&path) {
            Some(node) if node.access.delete => {
                self.remove_below(&path);
                Ok(())
            }
            Some(_) => Err(NOT_ALLOWED),
            None if rule_for(&path).is_some_and(|rule| rule.kind == Kind::NotOffered) => Err(NOT_SUPPORTED),
            None => Err(NOT_FOUND),
        }
    }

    /// Exec: says what the node does. The tree itself does not change.
    ///
    /// # Errors
    /// 400, 404, 405 for a node that cannot be run, 406.
    pub fn exec(&self, uri: &str) -> Result<Action, Refusal> {
        let (path, query) = self.reach(uri)?;
        if query != Query::Value {
            return Err(NOT_SUPPORTED);
        }
        if let Some(action) = action_for(&path) {
            // An account can only be ended by the server that it belongs to.
            let parent = path.segments[..path.segments.len() - 1].to_vec();
            let parent = Path {
                scope: path.scope,
                segments: parent,
            };
            return if action == Action::Unenroll && !self.nodes.contains_key(&parent) {
                Err(NOT_FOUND)
            } else {
                Ok(action)
            };
        }
        match rule_for(&path) {
            Some(rule) if rule.kind == Kind::NotOffered => Err(NOT_SUPPORTED),
            Some(_) if self.nodes.contains_key(&path) => Err(NOT_ALLOWED),
            _ => Err(NOT_FOUND),
        }
    }

    /// Whether a Replace of this node only starts something, as that of a picture to be downloaded does.
    #[must_use]
    pub fn replaces_in_background(&self, uri: &str) -> bool {
        uri::parse(uri).is_ok_and(|(path, _)| rules::replaces_in_background(&path))
    }

    /// Whether the provider of this node can take a change back.
    #[must_use]
    pub fn rolls_back(&self, uri: &str) -> bool {
        uri::parse(uri).map_or(true, |(path, _)| rolls_back(&path))
    }

    /// Goes back to an earlier state, except where a provider cannot.
    pub(crate) fn roll_back_to(&mut self, earlier: Self) {
        let now = std::mem::replace(&mut self.nodes, earlier.nodes);
        self.nodes.retain(|path, _| rolls_back(path));
        self.nodes.extend(now.into_iter().filter(|(path, _)| !rolls_back(path)));
    }

    /// A place that may be asked about at all.
    fn reach(&self, uri: &str) -> Result<(Path, Query), Refusal> {
        let (path, query) = uri::parse(uri).map_err(|_| BAD_URI)?;
        if path.scope == Scope::User && !self.user_signed_in {
            return Err(NOT_ALLOWED);
        }
        Ok((path, query))
    }

    fn readable(&self, path: &Path) -> Result<&Node, Refusal> {
        if let Some(node) = self.nodes.get(path).or_else(|| self.policy_result(path)) {
            return if node.access.get { Ok(node) } else { Err(NOT_ALLOWED) };
        }
        Err(match rule_for(path) {
            Some(rule) if rule.kind == Kind::NotOffered => NOT_SUPPORTED,
            Some(_) if action_for(path).is_some() => NOT_ALLOWED,
            _ => NOT_FOUND,
        })
    }

    /// `Policy/Result` shows what `Policy/Config` has set: this is the only management authority of the PC.
    fn policy_result(&self, path: &Path) -> Option<&Node> {
        let mut path = path.clone();
        match path.segments.as_mut_slice() {
            [vendor, msft, policy, result, ..]
                if vendor == "Vendor" && msft == "MSFT" && policy == "Policy" && result == "Result" =>
            {
                *result = "Config".to_owned();
            }
            _ => return None,
        }
        self.nodes.get(&path)
    }

    fn found(&self, path: &Path, node: &Node, uri: &str) -> Found {
        let value = if node.format == Format::Node {
            let names: Vec<String> = self.children(path).map(uri::encode).collect();
            names.join("/")
        } else {
            node.value.clone().unwrap_or_default()
        };
        Found {
            uri: uri.to_owned(),
            format: node.format,
            value: Some(value),
        }
    }

    fn below<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = (&'a Path, &'a Node)> {
        self.nodes
            .range((Bound::Excluded(path.clone()), Bound::Unbounded))
            .take_while(|(place, _)| place.scope == path.scope && place.segments.starts_with(&path.segments))
    }

    fn children<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a str> {
        let depth = path.segments.len();
        self.below(path)
            .filter(move |(place, _)| place.segments.len() == depth + 1)
            .filter_map(|(place, _)| place.segments.last().map(String::as_str))
    }

    fn create(&mut self, path: Path, format: Format, value: Option<&str>) -> Result<(), Refusal> {
        let value = value.unwrap_or_default();
        if !format.accepts(value) {
            return Err(WRONG_FORMAT);
        }
        let node = match format {
            Format::Node => Node::interior(Access::FULL),
            _ => Node::leaf(format, value, Access::FULL),
        };
        self.insert(path, node);
        Ok(())
    }

    fn insert(&mut self, path: Path, node: Node) {
        for depth in 1..path.segments.len() {
            let parent = Path {
                scope: path.scope,
                segments: path.segments[..depth].to_vec(),
            };
            // What a server made it may delete; what stands in the set-up it may not.
            let access = node.access;
            self.nodes
                .entry(parent)
                .or_insert_with(|| Node::interior(if access.delete { Access::FULL } else { Access::READ }));
        }
        self.nodes.insert(path, node);
    }

    fn remove_below(&mut self, path: &Path) {
        self.nodes
            .retain(|place, _| place.scope != path.scope || !place.segments.starts_with(&path.segments));
    }
}

fn rolls_back(path: &Path) -> bool {
    rule_for(path).is_none_or(|rule| rule.rolls_back)
}

/// The format that a command names; text if it names none (docs/PROTOCOL.md, 16).
fn stated(name: Option<&str>) -> Result<Format, Refusal> {
    match name {
        None | Some("") => Ok(Format::Chr),
        Some(name) => Format::parse(name).ok_or(WRONG_FORMAT),
    }
}

/// Markup may be sent as text; everything else has to be what the node is.
fn compatible(node: Format, sent: Format) -> bool {
    let text = |format| matches!(format, Format::Chr | Format::Xml);
    node == sent || (text(node) && text(sent))
}

fn property(path: &Path, node: &Node, name: &str, uri: &str) -> Result<Found, Refusal> {
    let value = match name {
        "Format" => node.format.name().to_owned(),
        "Type" if node.format == Format::Node => String::new(),
        "Type" => "text/plain".to_owned(),
        "Name" => path.segments.last().cloned().unwrap_or_default(),
        // Access control lists are not supported (MS-MDM 3.2.5).
        _ => return Err(NOT_SUPPORTED),
    };
    Ok(Found {
        uri: uri.to_owned(),
        format: Format::Chr,
        value: Some(value),
    })
}

#[cfg(test)]
mod tests;
