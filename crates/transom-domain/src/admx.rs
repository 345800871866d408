//! ADMX templates: how Windows is taught the settings of an application, and what an administrator may set with them.
//!
//! A template is taken apart once, when it is uploaded: [`parse`] gives its definitions, [`place`] the `LocURI` under
//! which Windows takes each of them after it has taken in the template, and what Windows is known to refuse.

pub mod change;
pub mod definition;
mod encoding;
mod language;
pub mod parse;
pub mod place;
mod tree;

use crate::{
    AdmxConfigId, OrganizationId, Timestamp, library::Shelf, page::PageRequest, policy::PolicyScope, segment::SegmentId,
};
use definition::{Class, Definition};
use serde::{Deserialize, Serialize};

/// Most bytes of an ADMX file: the largest that vendors publish (browsers, Office) have less than 2 MB, in UTF-16 twice
/// as many.
pub const ADMX_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Most bytes of an ADML file: texts are longer than what they explain, but not by much.
pub const ADML_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Most policies of one template: the whole of Windows has 4,700 in 228 templates.
pub const DEFINITIONS_MAX: usize = 5_000;

/// Most templates of one organization: a collection of everything there is has 300.
pub const CONFIGS_MAX: u64 = 1_000;

/// Longest `appName`: it is part of every `LocURI`.
pub const APP_NAME_CHARS_MAX: usize = 64;

/// Longest `fileName`: it is the last node of a `LocURI`.
pub const FILE_NAME_CHARS_MAX: usize = 128;

/// Longest description.
pub const DESCRIPTION_CHARS_MAX: usize = 1_000;

/// Most warnings kept with a template; their number is always there.
pub const WARNINGS_MAX: usize = 100;

/// What Windows makes of a template: the second part of every area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettingType {
    /// `Policy`
    Policy,
    /// `Preference`
    Preference,
}

impl SettingType {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Policy, Self::Preference];

    /// The name in the API, in the store, and in a `LocURI`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "Policy",
            Self::Preference => "Preference",
        }
    }

    /// The type of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A template on record (`winAdmxConfigId`), without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmxConfig {
    /// Its id.
    pub id: AdmxConfigId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it is in the tree.
    pub segment: SegmentId,
    /// The application, the first part of every area.
    pub app_name: String,
    /// What Windows makes of it.
    pub setting_type: SettingType,
    /// What Windows knows the template by. With the two above unique in the organization, without case.
    pub file_name: String,
    /// More about it.
    pub description: Option<String>,
    /// Whether policies in the segments below may use it.
    pub expose_to_children: bool,
    /// SHA-256 of the ADMX file as it was uploaded.
    pub sha256: [u8; 32],
    /// Bytes of the ADMX file as it was uploaded.
    pub size: u64,
    /// Whether texts came with it.
    pub has_language: bool,
    /// How many policies it defines.
    pub definitions: u32,
    /// What Windows is known to refuse of it, at most [`WARNINGS_MAX`].
    pub warnings: Vec<Warning>,
    /// How many warnings there are.
    pub warning_count: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl AdmxConfig {
    /// Where it is, and for whom.
    #[must_use]
    pub const fn shelf(&self) -> Shelf {
        Shelf {
            segment: self.segment,
            expose_to_children: self.expose_to_children,
        }
    }
}

/// Something in a template that Windows is known to refuse, or that cannot be told for sure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// The policy; none: the template as a whole.
    pub policy: Option<String>,
    /// The rule, in `snake_case`.
    pub rule: String,
    /// What about it.
    pub message: String,
}

/// The texts of a template, decoded: what a PC is sent, and what people read.
#[derive(Clone, PartialEq, Eq)]
pub struct AdmxSource {
    /// The ADMX.
    pub admx: String,
    /// The ADML.
    pub adml: Option<String>,
}

impl std::fmt::Debug for AdmxSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdmxSource")
            .field("admx_bytes", &self.admx.len())
            .field("adml_bytes", &self.adml.as_ref().map(String::len))
            .finish()
    }
}

/// A template that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its texts.
    pub source: AdmxSource,
    /// SHA-256 of the ADMX as it came.
    pub sha256: [u8; 32],
    /// Bytes of the ADMX as it came.
    pub size: u64,
    /// What it defines, in its order.
    pub definitions: Vec<Definition>,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
}

/// By what a list of templates is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AdmxSort {
    /// When it was made.
    #[default]
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Its application, without case.
    AppName,
    /// Its file, without case.
    FileName,
}

/// Which templates are wanted. Every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmxQuery {
    /// Whose.
    pub organization: OrganizationId,
    /// Which of them the caller sees.
    pub scope: PolicyScope,
    /// With this text in application, file or description, compared without case.
    pub search: Option<String>,
    /// Sorted by this; equal ones by id, so that pages are stable.
    pub sort: AdmxSort,
    /// Largest first.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
}

/// Which definitions of one template are wanted. Every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionQuery {
    /// Of which template.
    pub config: AdmxConfigId,
    /// With this text in name, display name, category or registry key, compared without case.
    pub search: Option<String>,
    /// Of this class exactly.
    pub class: Option<Class>,
    /// Which page; in the order of the template.
    pub page: PageRequest,
}
