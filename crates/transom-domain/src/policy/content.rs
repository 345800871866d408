//! What a policy sets (A.6), and the rules for each part.

mod check;

pub(crate) use check::check_script;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Longest LocURI of a setting, as of a command (A.3).
pub const URI_CHARS_MAX: usize = crate::command::config::PATH_CHARS_MAX;

/// Longest value of a setting: ADMX and Wi-Fi profiles, which do not fit a command, have some ten thousand characters.
pub const VALUE_CHARS_MAX: usize = 64 * 1024;

/// Most settings of one policy: the largest published baselines have about 400.
pub const CONFIG_KEYS_MAX: usize = 2_000;

/// Most entries of each list of a policy.
pub const ENTRIES_MAX: usize = 200;

/// Longest id of a script (A.6).
pub const SCRIPT_ID_CHARS_MAX: usize = 128;

/// Longest arguments of a script: a command line of Windows has at most 8,191 characters.
pub const ARGUMENTS_CHARS_MAX: usize = 8_191;

/// Longest interval of a script that is repeated, in minutes: a year.
pub const LOOP_MINUTES_MAX: u64 = 366 * 24 * 60;

/// Most bytes of an application's configuration or update policy, as JSON.
pub const OPTIONS_BYTES_MAX: usize = 16 * 1024;

/// Longest title of a bookmark.
pub const TITLE_CHARS_MAX: usize = 256;

/// Longest description of a bookmark.
pub const DESCRIPTION_CHARS_MAX: usize = 500;

/// Longest address: what browsers agree on.
pub const URL_CHARS_MAX: usize = 2_048;

/// Longest icon of a bookmark in base64: a picture of 48 KB.
pub const ICON_CHARS_MAX: usize = 64 * 1024;

/// Longest tag of an agent's build (B.4).
pub const BUILD_TAG_CHARS_MAX: usize = 128;

/// Longest location and name of an asset (B.4).
pub const ASSET_CHARS_MAX: usize = 256;

/// What a policy sets.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyContent {
    /// LocURI → text, number, true or false; null: the node is to be deleted.
    pub config: BTreeMap<String, Value>,
    /// Applications.
    pub applications: Vec<PolicyApplication>,
    /// Links on desktop or Start menu.
    pub bookmarks: Vec<Bookmark>,
    /// Scripts.
    pub scripts: Vec<PolicyScript>,
    /// ADMX files that are to be taken in first.
    pub admx_configs: Vec<AdmxConfig>,
    /// What the agent on the PC does.
    pub agent_configuration: AgentConfiguration,
    /// Files.
    pub assets: Vec<PolicyAsset>,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyApplication {
    /// Which.
    pub win_application_id: String,
    /// Its configuration.
    pub configuration: Map<String, Value>,
    /// Whether it is installed or offered.
    pub action: ApplicationAction,
    /// How it is updated.
    pub update_policy: Map<String, Value>,
}

/// Whether an application is installed or offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApplicationAction {
    /// It is installed without asking.
    ForceInstall,
    /// It is offered.
    #[default]
    Available,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Bookmark {
    /// Its title.
    pub title: String,
    /// More about it.
    pub description: Option<String>,
    /// Where it leads.
    pub url: String,
    /// A picture, in base64.
    pub icon_base64: Option<String>,
    /// Where a picture is.
    pub icon_url: Option<String>,
}

/// A script.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyScript {
    /// When it runs.
    #[serde(rename = "type")]
    pub kind: ScriptKind,
    /// Which.
    pub id: String,
    /// Minutes between two runs of a script that is repeated.
    pub loop_time: Option<u64>,
    /// A script that runs once runs again after this moment.
    pub reset_date: Option<String>,
    /// Its arguments, with placeholders.
    pub arguments: Option<String>,
}

/// When a script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScriptKind {
    /// Once.
    #[default]
    Once,
    /// Again and again.
    Loop,
    /// When somebody asks for it.
    OnDemand,
}

impl ScriptKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Once, Self::Loop, Self::OnDemand];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Loop => "loop",
            Self::OnDemand => "onDemand",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// An ADMX file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmxConfig {
    /// Which.
    pub win_admx_config_id: String,
}

/// What the agent does. A missing key says nothing; it is not `false` (P4).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentConfiguration {
    /// Whether it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Which build of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_tag: Option<String>,
    /// Whether it reports where the PC is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_location: Option<bool>,
    /// Whether it reports the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_network_status: Option<bool>,
    /// Whether it reports how long packages are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_package_time: Option<bool>,
    /// Whether it reports what packages transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_package_transfer: Option<bool>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyAsset {
    /// Which.
    pub mdm_asset_id: String,
    /// Where it goes.
    pub location: Option<String>,
    /// Its name there.
    pub asset_name: Option<String>,
    /// Whose it becomes.
    pub scope: AssetScope,
}

/// Whose a file becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssetScope {
    /// The user's.
    User,
    /// The PC's.
    #[default]
    System,
    /// Every user's.
    AllUsers,
}

impl PolicyContent {
    /// The JSON that the API shows and the store keeps.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
