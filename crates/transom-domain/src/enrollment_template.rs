//! Enrolment templates (S5, E.4): rules that say, while a PC enrols, what it is called, where it goes and what it gets.
//!
//! [`evaluate::evaluate`] is the one place where rules are tried; enrolments and simulations both ask it.

pub mod change;
pub mod check;
pub mod evaluate;
pub mod facts;
pub mod name;
pub mod outcome;
pub mod pattern;
pub mod patterns;
pub mod placement;
pub mod ruling;
pub mod simulate;

use crate::{
    EnrollmentTemplateId, EnrollmentTokenId, OrganizationId, PolicyId, Timestamp,
    page::PageRequest,
    secret::Secret,
    segment::{SegmentId, SegmentScope},
};
use serde::{Deserialize, Serialize};

/// Longest name (S5).
pub const NAME_CHARS_MAX: usize = 128;

/// Longest description of a template or a field (S5).
pub const DESCRIPTION_CHARS_MAX: usize = 256;

/// Longest name of a rule, and longest pattern of a display name (S5).
pub const RULE_TEXT_CHARS_MAX: usize = 256;

/// Most rules: a list that somebody reads from top to bottom.
pub const RULES_MAX: usize = 100;

/// Most conditions of a rule.
pub const CONDITIONS_MAX: usize = 50;

/// Most alternatives of one kind in a condition, and most parts of one alternative.
pub const ALTERNATIVES_MAX: usize = 50;

/// Most identifiers in a condition: the serial numbers of one delivery.
pub const IDENTIFIERS_MAX: usize = 1_000;

/// Longest identifier: as long as a serial number that is kept.
pub const IDENTIFIER_CHARS_MAX: usize = 128;

/// Longest pattern (N5).
pub const PATTERN_CHARS_MAX: usize = 256;

/// Most patterns in all rules of a template: each may be tried while a PC waits for its enrolment.
pub const PATTERNS_MAX: usize = 200;

/// Most memory of all patterns of a template once they are compiled, in bytes: compiling all of them takes some ten
/// milliseconds, which a PC waits for that enrols right after a start of the server.
pub const PATTERNS_BYTES_MAX: usize = 1024 * 1024;

/// Most auxiliary fields: a form that somebody fills in while a PC enrols.
pub const AUXILIARY_FIELDS_MAX: usize = 50;

/// Longest key and title of an auxiliary field (S5), and longest option.
pub const FIELD_CHARS_MAX: usize = 128;

/// Most options of an auxiliary field: a list that somebody chooses from.
pub const OPTIONS_MAX: usize = 200;

/// Longest part of the credentials at Entra ID (S5).
pub const MOBILITY_APP_CHARS_MAX: usize = 256;

/// Most templates of an organization: more than anybody keeps an overview of.
pub const TEMPLATES_MAX: u64 = 500;

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentTemplate {
    /// Its id.
    pub id: EnrollmentTemplateId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it is in the tree; PCs go there unless a rule says otherwise (N9).
    pub segment: SegmentId,
    /// Its name, unique in the organization without case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The rules, tried in this order (N1).
    pub rules: Vec<Rule>,
    /// What the form asks.
    pub auxiliary_fields: Vec<AuxiliaryField>,
    /// How people prove who they are; empty: as the organization says.
    pub login_providers: Vec<LoginProvider>,
    /// Whether pages without a question are skipped (N11).
    pub allow_auto_continue: bool,
    /// Credentials of the application at Entra ID.
    pub mobility_app: Option<MobilityApp>,
    /// Its token.
    pub token: EnrollmentTokenId,
    /// How many display names were given a number (N10, `counter`).
    pub counter: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// One rule of a template.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// Its name.
    pub name: Option<String>,
    /// What a PC is called (N10).
    pub display_name_pattern: Option<String>,
    /// Tags for the PC.
    pub tags: Vec<String>,
    /// When it matches: when one of these does; always, if there are none (N2).
    pub conditions: Vec<Condition>,
    /// The primary policy.
    #[serde(rename = "winPolicyId")]
    pub primary: Option<PolicyId>,
    /// Policies with their priorities.
    #[serde(rename = "winPolicyAssignments")]
    pub assignments: Vec<RuleAssignment>,
    /// Where the PC goes.
    #[serde(rename = "segmentId")]
    pub segment: Option<SegmentId>,
}

impl Rule {
    /// Every policy that it names.
    pub fn policies(&self) -> impl Iterator<Item = PolicyId> + '_ {
        self.primary
            .into_iter()
            .chain(self.assignments.iter().map(|a| a.policy))
    }
}

/// A policy that a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleAssignment {
    /// Which.
    #[serde(rename = "winPolicyId")]
    pub policy: PolicyId,
    /// How strong; lower wins (P1).
    pub priority: u32,
}

/// A condition: every kind that is not empty must be fulfilled (N3).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// Tags: one of these groups, whole (N4).
    pub tags: Vec<Vec<String>>,
    /// Answers `key:value`: one of these groups, whole (N4).
    pub auxiliary_fields: Vec<Vec<String>>,
    /// Regular expressions: one of these (N5).
    pub patterns: Vec<String>,
    /// Serial numbers, IMEIs, MEIDs: one of these (N6).
    pub identifiers: Vec<String>,
}

impl Condition {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
            && self.auxiliary_fields.is_empty()
            && self.patterns.is_empty()
            && self.identifiers.is_empty()
    }
}

/// A question of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuxiliaryField {
    /// How it is answered.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// What rules call it.
    pub key: String,
    /// What people read.
    pub title: Option<String>,
    /// More to read.
    pub description: Option<String>,
    /// What can be chosen.
    pub options: Vec<String>,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FieldKind {
    /// By choosing.
    Select,
    /// By writing.
    Text,
}

impl FieldKind {
    /// Every kind.
    pub const ALL: [FieldKind; 2] = [Self::Select, Self::Text];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldKind::Select => "select",
            FieldKind::Text => "text",
        }
    }
}

/// How people prove who they are (A.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LoginProvider {
    /// Nobody is asked.
    Anonymous,
    /// A link by e-mail.
    Email,
    /// A password.
    Password,
    /// LDAP.
    Ldap,
    /// SAML.
    Saml,
    /// OpenID Connect.
    Oidc,
    /// Google.
    Google,
    /// Microsoft Entra ID.
    EntraId,
}

impl LoginProvider {
    /// Every provider.
    pub const ALL: [LoginProvider; 8] = [
        Self::Anonymous,
        Self::Email,
        Self::Password,
        Self::Ldap,
        Self::Saml,
        Self::Oidc,
        Self::Google,
        Self::EntraId,
    ];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LoginProvider::Anonymous => "anonymous",
            LoginProvider::Email => "email",
            LoginProvider::Password => "password",
            LoginProvider::Ldap => "ldap",
            LoginProvider::Saml => "saml",
            LoginProvider::Oidc => "oidc",
            LoginProvider::Google => "google",
            LoginProvider::EntraId => "entraId",
        }
    }
}

/// Credentials of the application at Entra ID. The secret is written, never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MobilityApp {
    /// The tenant there.
    pub tenant: String,
    /// The application there.
    pub client: String,
    /// Its secret.
    pub secret: Secret,
}

/// By what a list of templates is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TemplateSort {
    /// When it was made.
    #[default]
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Its name, without case.
    Name,
}

/// Which templates are wanted. Every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateQuery {
    /// Whose.
    pub organization: OrganizationId,
    /// In which segments.
    pub scope: SegmentScope,
    /// With this text in the name, compared without case.
    pub name: Option<String>,
    /// Sorted by this; equal ones by id, so that pages are stable.
    pub sort: TemplateSort,
    /// Largest first.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
}

impl EnrollmentTemplate {
    /// Every policy that a rule names, once each, by id.
    #[must_use]
    pub fn policies(&self) -> Vec<PolicyId> {
        let mut named: Vec<PolicyId> = self.rules.iter().flat_map(Rule::policies).collect();
        named.sort_unstable();
        named.dedup();
        named
    }

    /// Every segment that it names: its own and those of rules, once each, by number.
    #[must_use]
    pub fn segments(&self) -> Vec<SegmentId> {
        let of_rules = self.rules.iter().filter_map(|rule| rule.segment);
        let mut named: Vec<SegmentId> = std::iter::once(self.segment).chain(of_rules).collect();
        named.sort_unstable();
        named.dedup();
        named
    }

    /// Takes a policy out of every rule.
    pub fn forget_policy(&mut self, policy: PolicyId) {
        for rule in &mut self.rules {
            rule.primary = rule.primary.filter(|p| *p != policy);
            rule.assignments.retain(|a| a.policy != policy);
        }
    }
}
