//! Audiences and automation rules (B.7).

use super::{body, shapes::changes};
use crate::admin::{
    error::InvalidCode,
    query::{QueryField, QueryKind},
    routes::{
        AnswerSchema, BodyRule, Operation, Route, SMALL_BODY_BYTES_MAX, Verb,
        parameters::{LIMIT, PAGE, STRICT},
    },
};
use transom_domain::device::find::IDENTIFIER_CHARS_MAX;

/// Largest body of an audience, in bytes: its eight lists full of ids and serial numbers, and as many for exclusion, are
/// 2 MB; groups of long conditions come beside them.
const AUDIENCE_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A route that looks, or that only supposes.
const fn looks(
    operation: Operation,
    (verb, path): (Verb, &'static str),
    permission: &'static str,
    body: Option<BodyRule>,
    query: &'static [QueryField],
    summary: &'static str,
    answer: AnswerSchema,
) -> Route {
    Route {
        operation,
        verb,
        path,
        permission: Some(permission),
        body,
        invalid: InvalidCode::Input,
        writes: false,
        query,
        summary,
        answer,
    }
}

const LIST_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "sort",
        QueryKind::Sort(&["createdAt", "updatedAt", "name"]),
        "field:asc or field:desc; createdAt:desc if left out.",
    ),
    QueryField::new("segmentId", QueryKind::Segment, "Those in this segment."),
    QueryField::new(
        "expandTo",
        QueryKind::Choice(&["children", "ancestors"]),
        "With segmentId: also everything below it, or everything above it.",
    ),
    QueryField::new(
        "search",
        QueryKind::Text(IDENTIFIER_CHARS_MAX),
        "Those with this text in the name.",
    ),
];

const AUDIENCES: &str = mdm!("/device-audiences");
const AUDIENCE: &str = mdm!("/device-audiences/{deviceAudienceId}");
const RULES: &str = mdm!("/automation-rules");
const RULE: &str = mdm!("/automation-rules/{automationRuleId}");

/// The rows of this part.
pub(super) const ROWS: &[Route] = &[
    looks(
        Operation::ListAudiences,
        (Verb::Get, AUDIENCES),
        "mdm.global.deviceAudience.list",
        None,
        LIST_QUERY,
        "List audiences",
        AnswerSchema::Page("DeviceAudience"),
    ),
    changes(
        Operation::CreateAudience,
        (Verb::Post, AUDIENCES),
        "mdm.global.deviceAudience.create",
        body(AUDIENCE_BODY_BYTES_MAX, "CreateDeviceAudience"),
        "Make an audience",
        AnswerSchema::Data("DeviceAudience"),
    ),
    looks(
        Operation::ShowAudience,
        (Verb::Get, AUDIENCE),
        "mdm.global.deviceAudience.get",
        None,
        &[],
        "Show an audience",
        AnswerSchema::Data("DeviceAudience"),
    ),
    changes(
        Operation::UpdateAudience,
        (Verb::Put, AUDIENCE),
        "mdm.global.deviceAudience.update",
        body(AUDIENCE_BODY_BYTES_MAX, "UpdateDeviceAudience"),
        "Change an audience; fields that are left out stay as they are",
        AnswerSchema::Data("DeviceAudience"),
    ),
    changes(
        Operation::RemoveAudience,
        (Verb::Delete, AUDIENCE),
        "mdm.global.deviceAudience.remove",
        None,
        "Remove an audience that no rule uses",
        AnswerSchema::Data("Removed"),
    ),
    looks(
        Operation::PreviewAudience,
        (Verb::Post, mdm!("/device-audiences/{deviceAudienceId}/preview")),
        "mdm.global.deviceAudience.get",
        body(AUDIENCE_BODY_BYTES_MAX, "PreviewDeviceAudience"),
        &[LIMIT, STRICT],
        "Show who is in an audience, or would be; nothing is stored",
        AnswerSchema::Data("DeviceAudiencePreview"),
    ),
    looks(
        Operation::ListAutomationRules,
        (Verb::Get, RULES),
        "mdm.global.automationRule.list",
        None,
        LIST_QUERY,
        "List automation rules",
        AnswerSchema::Page("AutomationRule"),
    ),
    changes(
        Operation::CreateAutomationRule,
        (Verb::Post, RULES),
        "mdm.global.automationRule.create",
        body(SMALL_BODY_BYTES_MAX, "CreateAutomationRule"),
        "Make an automation rule; the PCs follow in steps",
        AnswerSchema::Data("AutomationRule"),
    ),
    looks(
        Operation::ShowAutomationRule,
        (Verb::Get, RULE),
        "mdm.global.automationRule.get",
        None,
        &[],
        "Show an automation rule, and how far it has reached the PCs",
        AnswerSchema::Data("AutomationRule"),
    ),
    changes(
        Operation::UpdateAutomationRule,
        (Verb::Put, RULE),
        "mdm.global.automationRule.update",
        body(SMALL_BODY_BYTES_MAX, "UpdateAutomationRule"),
        "Change an automation rule; fields that are left out stay as they are",
        AnswerSchema::Data("AutomationRule"),
    ),
    changes(
        Operation::RemoveAutomationRule,
        (Verb::Delete, RULE),
        "mdm.global.automationRule.remove",
        None,
        "Remove an automation rule; it gives nothing from this moment on",
        AnswerSchema::Data("Removed"),
    ),
    looks(
        Operation::DryRunAutomationRule,
        (Verb::Post, mdm!("/automation-rules/{automationRuleId}/dry-run")),
        "mdm.global.automationRule.get",
        body(SMALL_BODY_BYTES_MAX, "DryRunAutomationRule"),
        &[STRICT],
        "Show what a rule would do if it were in force; nothing is stored",
        AnswerSchema::Data("AutomationRuleDryRun"),
    ),
    looks(
        Operation::ListRuleMatches,
        (Verb::Get, mdm!("/automation-rules/{automationRuleId}/matches")),
        "mdm.global.automationRule.get",
        None,
        &[PAGE, LIMIT],
        "List the PCs that a rule matches, with the reasons",
        AnswerSchema::Page("AutomationRuleMatch"),
    ),
];
