//! Enrolment templates, enrolment tokens, the organization's default (B.1, B.6).

use super::{
    body,
    shapes::{changes, looks},
};
use crate::admin::{
    error::InvalidCode,
    query::{QueryField, QueryKind},
    routes::{
        AnswerSchema, Operation, Route, SMALL_BODY_BYTES_MAX, Verb,
        parameters::{LIMIT, PAGE, STRICT},
    },
};
use transom_domain::enrollment_template::NAME_CHARS_MAX;

/// Largest body of a template, in bytes: the serial numbers of several deliveries, 1,000 of 128 characters each, fit in
/// its rules.
const TEMPLATE_BODY_BYTES_MAX: usize = 1024 * 1024;

/// Largest body of a token or of a simulation, in bytes: 100 tags of 128 characters and a page of text, each character
/// written as an escaped pair of surrogates (12 bytes), are 200 KB, 100 e-mails as many; so are 50 answers with their keys.
const TOKEN_BODY_BYTES_MAX: usize = 512 * 1024;

const SEGMENT: QueryField = QueryField::new("segmentId", QueryKind::Segment, "Those in this segment.");
const EXPAND: QueryField = QueryField::new(
    "expandTo",
    QueryKind::Choice(&["children", "ancestors"]),
    "With segmentId: also everything below it, or everything above it.",
);

const TEMPLATE_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "sort",
        QueryKind::Sort(&["createdAt", "updatedAt", "name"]),
        "field:asc or field:desc; createdAt:desc if left out.",
    ),
    SEGMENT,
    EXPAND,
    QueryField::new(
        "name",
        QueryKind::Text(NAME_CHARS_MAX),
        "Templates with this text in the name.",
    ),
];

const TOKEN_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "sort",
        QueryKind::Sort(&["createdAt"]),
        "field:asc or field:desc; createdAt:desc if left out.",
    ),
    SEGMENT,
    EXPAND,
    QueryField::new("mdm-user", QueryKind::Id, "Tokens of this user."),
    QueryField::new("policy", QueryKind::Id, "Tokens that give this policy."),
    QueryField::new("show-deleted", QueryKind::Flag, "Also revoked tokens."),
];

const TEMPLATES: &str = windows!("/enrollment-templates");
const TEMPLATE: &str = windows!("/enrollment-templates/{winEnrollmentTemplateId}");
const TOKENS: &str = windows!("/enrollment-tokens");
const TOKEN: &str = windows!("/enrollment-tokens/{enrollmentTokenId}");
const DEFAULTS: &str = windows!("/default-config");
const DEFAULT: &str = windows!("/default-config/{defaultConfigId}");

/// The rows of this part.
pub(super) const ROWS: &[Route] = &[
    looks(
        Operation::ListEnrollmentTemplates,
        TEMPLATES,
        "mdm.windows.enrollmentTemplate.list",
        TEMPLATE_QUERY,
        "List enrolment templates",
        AnswerSchema::Page("EnrollmentTemplate"),
    ),
    changes(
        Operation::CreateEnrollmentTemplate,
        (Verb::Post, TEMPLATES),
        "mdm.windows.enrollmentTemplate.create",
        body(TEMPLATE_BODY_BYTES_MAX, "CreateEnrollmentTemplate"),
        "Make an enrolment template with its token",
        AnswerSchema::Data("EnrollmentTemplate"),
    ),
    looks(
        Operation::ShowEnrollmentTemplate,
        TEMPLATE,
        "mdm.windows.enrollmentTemplate.get",
        &[],
        "Show an enrolment template",
        AnswerSchema::Data("EnrollmentTemplate"),
    ),
    changes(
        Operation::UpdateEnrollmentTemplate,
        (Verb::Put, TEMPLATE),
        "mdm.windows.enrollmentTemplate.update",
        body(TEMPLATE_BODY_BYTES_MAX, "UpdateEnrollmentTemplate"),
        "Change an enrolment template for enrolments to come; fields that are left out stay as they are",
        AnswerSchema::Data("EnrollmentTemplate"),
    ),
    changes(
        Operation::RemoveEnrollmentTemplate,
        (Verb::Delete, TEMPLATE),
        "mdm.windows.enrollmentTemplate.remove",
        None,
        "Remove an enrolment template; its token opens nothing any more",
        AnswerSchema::Data("RemovedEnrollmentTemplate"),
    ),
    changes(
        Operation::RevealTemplateToken,
        (
            Verb::Post,
            windows!("/enrollment-templates/{winEnrollmentTemplateId}/token/reveal"),
        ),
        "mdm.windows.enrollmentTemplate.update",
        None,
        "Show the token of an enrolment template in clear",
        AnswerSchema::Data("RevealedTemplateToken"),
    ),
    changes(
        Operation::RotateTemplateToken,
        (
            Verb::Post,
            windows!("/enrollment-templates/{winEnrollmentTemplateId}/token/rotate"),
        ),
        "mdm.windows.enrollmentTemplate.update",
        None,
        "Give an enrolment template another token; the one before opens nothing any more",
        AnswerSchema::Data("RevealedTemplateToken"),
    ),
    Route {
        operation: Operation::SimulateEnrollment,
        verb: Verb::Post,
        path: windows!("/enrollment-templates/{winEnrollmentTemplateId}/simulate"),
        permission: Some("mdm.windows.enrollmentTemplate.get"),
        body: body(TOKEN_BODY_BYTES_MAX, "SimulateEnrollment"),
        invalid: InvalidCode::Input,
        writes: false,
        query: &[STRICT],
        summary: "Which rule would win for a PC, what it would get, and why each other rule would not",
        answer: AnswerSchema::Data("EnrollmentSimulation"),
    },
    looks(
        Operation::ListEnrollmentTokens,
        TOKENS,
        "mdm.windows.enrollmentToken.list",
        TOKEN_QUERY,
        "List enrolment tokens; those of templates are with their templates",
        AnswerSchema::Page("EnrollmentToken"),
    ),
    changes(
        Operation::CreateEnrollmentToken,
        (Verb::Post, TOKENS),
        "mdm.windows.enrollmentToken.create",
        body(TOKEN_BODY_BYTES_MAX, "CreateEnrollmentToken"),
        "Make an enrolment token for one PC",
        AnswerSchema::Data("EnrollmentToken"),
    ),
    changes(
        Operation::CreateEnrollmentTokens,
        (Verb::Post, windows!("/enrollment-tokens/bulk")),
        "mdm.windows.enrollmentToken.create",
        body(TOKEN_BODY_BYTES_MAX, "CreateEnrollmentTokens"),
        "Make an enrolment token for each of several users",
        AnswerSchema::List("EnrollmentToken"),
    ),
    looks(
        Operation::ShowEnrollmentToken,
        TOKEN,
        "mdm.windows.enrollmentToken.get",
        &[],
        "Show an enrolment token",
        AnswerSchema::Data("EnrollmentToken"),
    ),
    changes(
        Operation::UpdateEnrollmentToken,
        (Verb::Put, TOKEN),
        "mdm.windows.enrollmentToken.update",
        body(TOKEN_BODY_BYTES_MAX, "UpdateEnrollmentToken"),
        "Change what the PC of an enrolment token gets; fields that are left out stay as they are",
        AnswerSchema::Data("EnrollmentToken"),
    ),
    changes(
        Operation::RemoveEnrollmentToken,
        (Verb::Delete, TOKEN),
        "mdm.windows.enrollmentToken.remove",
        None,
        "Revoke an enrolment token",
        AnswerSchema::Data("EnrollmentToken"),
    ),
    looks(
        Operation::ListDefaultConfigs,
        DEFAULTS,
        "mdm.windows.defaultDeviceConfig.get",
        &[],
        "List the organization's defaults",
        AnswerSchema::List("DefaultConfig"),
    ),
    changes(
        Operation::CreateDefaultConfig,
        (Verb::Post, DEFAULTS),
        "mdm.windows.defaultDeviceConfig.create",
        body(SMALL_BODY_BYTES_MAX, "CreateDefaultConfig"),
        "Set the enrolment template for enrolments that no other speaks for, or the policy of PCs that have no other",
        AnswerSchema::Data("DefaultConfig"),
    ),
    looks(
        Operation::ShowDefaultConfig,
        DEFAULT,
        "mdm.windows.defaultDeviceConfig.get",
        &[],
        "Show a default of the organization",
        AnswerSchema::Data("DefaultConfig"),
    ),
    changes(
        Operation::RemoveDefaultConfig,
        (Verb::Delete, DEFAULT),
        "mdm.windows.defaultDeviceConfig.remove",
        None,
        "Remove a default of the organization",
        AnswerSchema::Data("RemovedDefaultConfig"),
    ),
];
