//! A policy taken apart into settings: what the merge, the differences and the reasons speak of.

use super::{Policy, PolicyContent};
use crate::{PolicyId, Timestamp, command::config::normalized};
use serde_json::Value;

/// A part of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// `config`
    Config,
    /// `applications`
    Applications,
    /// `scripts`
    Scripts,
    /// `admxConfigs`
    AdmxConfigs,
    /// `assets`
    Assets,
    /// `bookmarks`
    Bookmarks,
    /// `agentConfiguration`
    AgentConfiguration,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 7] = [
        Self::Config,
        Self::Applications,
        Self::Scripts,
        Self::AdmxConfigs,
        Self::Assets,
        Self::Bookmarks,
        Self::AgentConfiguration,
    ];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Part::Config => "config",
            Part::Applications => "applications",
            Part::Scripts => "scripts",
            Part::AdmxConfigs => "admxConfigs",
            Part::Assets => "assets",
            Part::Bookmarks => "bookmarks",
            Part::AgentConfiguration => "agentConfiguration",
        }
    }

    /// Whether the part is a map of keys rather than a list of entries.
    #[must_use]
    pub const fn is_map(self) -> bool {
        matches!(self, Part::Config | Part::AgentConfiguration)
    }

    const fn digit(self) -> char {
        match self {
            Part::Config => '0',
            Part::Applications => '1',
            Part::Scripts => '2',
            Part::AdmxConfigs => '3',
            Part::Assets => '4',
            Part::Bookmarks => '5',
            Part::AgentConfiguration => '6',
        }
    }
}

/// What stands between the segments of a LocURI within an identity. It sorts before every character of a segment, so
/// that everything below a node directly follows it.
pub(super) const SEPARATOR: char = '\u{1}';

/// One setting of one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Which part of the policy.
    pub part: Part,
    /// By what it is the same setting in another policy (P4, P5). Sorts by part.
    pub identity: String,
    /// As the policy writes it.
    pub key: String,
    /// Its value: a scalar of a map, or the entry of a list.
    pub value: Value,
    /// Where the policy has it in its list.
    pub position: usize,
    /// Whether something in it stands for a fact about the device.
    pub has_placeholders: bool,
}

/// A policy ready to be merged. Made once for each version of a policy, however many PCs have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// Which policy.
    pub id: PolicyId,
    /// Its name.
    pub name: String,
    /// Which version.
    pub version: u32,
    /// When the policy was made: of two equally strong ones the older wins (P2, decision 8).
    pub created_at: Timestamp,
    /// Its settings.
    pub settings: Vec<Setting>,
}

impl Prepared {
    /// A policy ready to be merged.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        Self {
            id: policy.id,
            name: policy.name.clone(),
            version: policy.version,
            created_at: policy.created_at,
            settings: settings(&policy.content),
        }
    }
}

/// Every setting of a policy, in the order of its parts.
#[must_use]
pub fn settings(content: &PolicyContent) -> Vec<Setting> {
    let mut settings = Vec::with_capacity(content.config.len());
    for (uri, value) in &content.config {
        let node = normalized(uri).replace('/', "\u{1}");
        settings.push(setting(Part::Config, &node, uri, value.clone(), settings.len()));
    }
    let parts = content.to_json();
    for part in Part::ALL.into_iter().filter(|part| *part != Part::Config) {
        match &parts[part.as_str()] {
            Value::Object(map) => {
                for (position, (key, value)) in map.iter().enumerate() {
                    settings.push(setting(part, key, key, value.clone(), position));
                }
            }
            Value::Array(list) => {
                for (position, entry) in list.iter().enumerate() {
                    let (identity, key) = identity(part, entry);
                    settings.push(setting(part, &identity, &key, entry.clone(), position));
                }
            }
            _ => {}
        }
    }
    settings
}

fn setting(part: Part, identity: &str, key: &str, value: Value, position: usize) -> Setting {
    Setting {
        part,
        identity: format!("{}{identity}", part.digit()),
        key: key.to_owned(),
        has_placeholders: has_braces(&value),
        value,
        position,
    }
}

/// By what an entry of a list is the same as another (P4), and how it is called.
fn identity(part: Part, entry: &Value) -> (String, String) {
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let key = match part {
        Part::Applications => text("winApplicationId"),
        Part::Scripts => text("id"),
        Part::AdmxConfigs => text("winAdmxConfigId"),
        Part::Assets => {
            let id = text("mdmAssetId");
            let place = format!("{}:{}", text("scope"), text("location").to_lowercase());
            return (
                format!("{}{SEPARATOR}{place}", id.to_lowercase()),
                format!("{id}:{place}"),
            );
        }
        Part::Bookmarks => return (text("url"), text("url")),
        Part::Config | Part::AgentConfiguration => String::new(),
    };
    (key.to_lowercase(), key)
}

fn has_braces(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{"),
        Value::Array(list) => list.iter().any(has_braces),
        Value::Object(map) => map.values().any(has_braces),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
