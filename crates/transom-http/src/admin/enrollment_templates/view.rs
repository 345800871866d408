//! The enrolment template object (S5).

use super::DISCOVERY_PATH;
use crate::admin::view::Moment;
use serde::Serialize;
use transom_domain::{
    enrollment_template::{
        AuxiliaryField, Condition, EnrollmentTemplate, Rule, RuleAssignment, change::MASK, evaluate::RuleTrace,
        placement::PlacedBy,
    },
    secret::Secret,
};
use utoipa::ToSchema;

/// An enrolment template.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnrollmentTemplate)]
pub struct TemplateView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(max_length = 128)]
    name: String,
    #[schema(max_length = 256)]
    description: Option<String>,
    /// Tried in this order; the first that matches decides.
    #[schema(max_items = 100)]
    rules: Vec<RuleView>,
    #[schema(max_items = 50)]
    auxiliary_fields: Vec<AuxiliaryFieldView>,
    login_provider_types: Vec<&'static str>,
    allow_auto_continue: bool,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_enrollment_token_id: String,
    win_enrollment_token: TemplateTokenView,
    entra_id: Option<EntraIdView>,
    /// Devices of this organization that it enrolled and that are not deleted.
    #[schema(minimum = 0)]
    devices_count: u64,
    segment_id: u32,
    /// What does no harm and is hardly meant; empty in lists.
    pub warnings: Vec<String>,
    updated_at: Moment,
    created_at: Moment,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnrollmentRule)]
pub struct RuleView {
    #[schema(max_length = 256)]
    name: Option<String>,
    #[schema(max_length = 256)]
    display_name_pattern: Option<String>,
    /// Whether Windows itself is called so too.
    rename_computer: bool,
    tags: Vec<String>,
    conditions: Vec<ConditionView>,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_policy_id: Option<String>,
    win_policy_assignments: Vec<GivenPolicyView>,
    /// Null: the template's.
    segment_id: Option<u32>,
}

/// When a rule matches.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnrollmentCondition)]
pub struct ConditionView {
    tags: Vec<Vec<String>>,
    auxiliary_fields: Vec<Vec<String>>,
    patterns: Vec<String>,
    identifiers: Vec<String>,
}

/// A policy that is given with a priority.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GivenPolicy)]
pub struct GivenPolicyView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    win_policy_id: String,
    #[schema(minimum = 0, maximum = 10000)]
    priority: u32,
}

/// A question of the form.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuxiliaryField)]
pub struct AuxiliaryFieldView {
    /// `select` or `text`.
    #[serde(rename = "type")]
    kind: &'static str,
    #[schema(max_length = 128)]
    key: String,
    #[schema(max_length = 128)]
    title: Option<String>,
    #[schema(max_length = 256)]
    description: Option<String>,
    options: Vec<String>,
}

/// The token of a template, in clear where it is made only.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TemplateToken)]
pub struct TemplateTokenView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    /// `********`, but in the answer that makes the template.
    token: String,
    /// What is typed into Windows as the server's address.
    server_url: String,
}

/// What is kept for Microsoft Entra ID.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EntraId)]
pub struct EntraIdView {
    mobility_app: MobilityAppView,
}

/// Credentials of the application at Entra ID.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MobilityApp)]
pub struct MobilityAppView {
    #[schema(max_length = 256)]
    tenant_id: String,
    #[schema(max_length = 256)]
    client_id: String,
    /// Always `********`.
    client_secret: &'static str,
}

/// The token of a template in clear.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RevealedTemplateToken)]
pub struct RevealedTokenView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    /// `********` in the answer of a dry run.
    #[schema(pattern = r"^(enroll_[A-Za-z0-9_-]{43}|\*{8})$")]
    token: String,
    /// What is typed into Windows as the server's address.
    server_url: String,
}

/// A template that was removed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedEnrollmentTemplate)]
pub struct RemovedTemplateView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(max_length = 128)]
    name: String,
    removed: bool,
}

impl RemovedTemplateView {
    /// The view of a template that was removed.
    pub fn new(template: &EnrollmentTemplate) -> Self {
        Self {
            id: template.id.to_string(),
            name: template.name.clone(),
            removed: true,
        }
    }
}

impl TemplateView {
    /// The view of a template with so many devices, of a server at that address. Without a token, the token is masked.
    pub fn new(template: &EnrollmentTemplate, devices: u64, token: Option<&Secret>, server: &str) -> Self {
        Self {
            id: template.id.to_string(),
            name: template.name.clone(),
            description: template.description.clone(),
            rules: template.rules.iter().map(RuleView::new).collect(),
            auxiliary_fields: template.auxiliary_fields.iter().map(AuxiliaryFieldView::new).collect(),
            login_provider_types: template.login_providers.iter().map(|p| p.as_str()).collect(),
            allow_auto_continue: template.allow_auto_continue,
            win_enrollment_token_id: template.token.to_string(),
            win_enrollment_token: TemplateTokenView {
                id: template.token.to_string(),
                token: token.map_or(MASK, Secret::reveal).to_owned(),
                server_url: format!("{server}{DISCOVERY_PATH}"),
            },
            entra_id: template.mobility_app.as_ref().map(|app| EntraIdView {
                mobility_app: MobilityAppView {
                    tenant_id: app.tenant.clone(),
                    client_id: app.client.clone(),
                    client_secret: MASK,
                },
            }),
            devices_count: devices,
            segment_id: template.segment.0,
            warnings: Vec::new(),
            updated_at: Moment(template.updated_at),
            created_at: Moment(template.created_at),
        }
    }
}

impl RuleView {
    fn new(rule: &Rule) -> Self {
        Self {
            name: rule.name.clone(),
            display_name_pattern: rule.display_name_pattern.clone(),
            rename_computer: rule.rename_computer,
            tags: rule.tags.clone(),
            conditions: rule.conditions.iter().map(ConditionView::new).collect(),
            win_policy_id: rule.primary.map(|p| p.to_string()),
            win_policy_assignments: GivenPolicyView::all(&rule.assignments),
            segment_id: rule.segment.map(|s| s.0),
        }
    }
}

impl ConditionView {
    fn new(condition: &Condition) -> Self {
        Self {
            tags: condition.tags.clone(),
            auxiliary_fields: condition.auxiliary_fields.clone(),
            patterns: condition.patterns.clone(),
            identifiers: condition.identifiers.clone(),
        }
    }
}

impl GivenPolicyView {
    /// The view of each.
    pub fn all(assignments: &[RuleAssignment]) -> Vec<Self> {
        let views = assignments.iter().map(|a| Self {
            win_policy_id: a.policy.to_string(),
            priority: a.priority,
        });
        views.collect()
    }

    /// The view of one.
    pub fn new(policy: impl ToString, priority: u32) -> Self {
        Self {
            win_policy_id: policy.to_string(),
            priority,
        }
    }
}

impl AuxiliaryFieldView {
    fn new(field: &AuxiliaryField) -> Self {
        Self {
            kind: field.kind.as_str(),
            key: field.key.clone(),
            title: field.title.clone(),
            description: field.description.clone(),
            options: field.options.clone(),
        }
    }
}

impl RevealedTokenView {
    /// The view of a template's token.
    pub fn new(template: &EnrollmentTemplate, token: &Secret, server: &str) -> Self {
        Self {
            id: template.token.to_string(),
            token: token.reveal().to_owned(),
            server_url: format!("{server}{DISCOVERY_PATH}"),
        }
    }
}

/// How a template decided about a device, as the device's object shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeviceEnrollment)]
pub struct DeviceEnrollmentView {
    /// The template; it may have been removed since.
    #[schema(pattern = "^[a-f0-9]{24}$")]
    template_id: String,
    /// `decided`, `undecided` until the inventory is read, or `unmatched`.
    state: &'static str,
    /// The rule that decided, or waits; null: none matched.
    rule_index: Option<usize>,
    rule_name: Option<String>,
    /// What came of every rule that was tried.
    trace: Vec<TraceView>,
}

/// What came of one rule.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnrollmentTrace)]
pub struct TraceView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    template_id: String,
    rule_index: usize,
    rule_name: Option<String>,
    /// `matched`, `notMatched`, `undecided` or `notTried`.
    result: &'static str,
    /// Why, in words.
    reason: String,
}

impl TraceView {
    /// The view of what came of a rule of a template.
    pub fn new(template: impl ToString, rule: &RuleTrace) -> Self {
        Self {
            template_id: template.to_string(),
            rule_index: rule.index,
            rule_name: rule.name.clone(),
            result: rule.result.as_str(),
            reason: rule.reason.clone(),
        }
    }
}

impl DeviceEnrollmentView {
    /// The view of what a template said.
    pub fn new(by: &PlacedBy) -> Self {
        let trace = by.trace.iter();
        Self {
            template_id: by.template.to_string(),
            state: by.state.as_str(),
            rule_index: by.rule,
            rule_name: by.rule_name.clone(),
            trace: trace.map(|t| TraceView::new(t.template, &t.rule)).collect(),
        }
    }
}
