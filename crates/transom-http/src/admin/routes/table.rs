//! The rows of the table.

// Above the rooms, which use them.

/// `O` of the contract.
macro_rules! organization {
    ($rest:literal) => {
        concat!("/v1/organizations/{organizationId}", $rest)
    };
}

/// `M` of the contract.
macro_rules! mdm {
    ($rest:literal) => {
        concat!("/v1/organizations/{organizationId}/mdm", $rest)
    };
}

/// `W` of the contract.
macro_rules! windows {
    ($rest:literal) => {
        concat!("/v1/organizations/{organizationId}/mdm/windows/enterprise", $rest)
    };
}

mod absent;
mod enrolment;
mod files;
mod library;
mod people;
mod rules;
mod shapes;

pub use absent::ABSENT;

use super::{
    AnswerSchema, BodyRule, COMMANDS_BODY_BYTES_MAX, DEVICE_BODY_BYTES_MAX, Operation, POLICY_BODY_BYTES_MAX, Route,
    SMALL_BODY_BYTES_MAX, Verb,
    parameters::{AUDIT_QUERY, DEVICE_QUERY, DIFF_QUERY, LIMIT, PAGE, POLICY_QUERY, STRICT, VERSION_QUERY},
};
use crate::admin::{
    error::InvalidCode,
    query::{QueryField, QueryKind},
};

const fn body(bytes_max: usize, schema: &'static str) -> Option<BodyRule> {
    Some(BodyRule {
        bytes_max,
        schema,
        form: None,
    })
}

/// The rows of every part as one table.
const fn joined<const N: usize>(parts: &[&[Route]]) -> [Route; N] {
    let mut table = [parts[0][0]; N];
    let (mut part, mut rows) = (0, 0);
    while part < parts.len() {
        let mut row = 0;
        while row < parts[part].len() {
            table[rows] = parts[part][row];
            rows += 1;
            row += 1;
        }
        part += 1;
    }
    table
}

/// Every route of the management API.
pub static ROUTES: [Route; COUNT] = joined(&[
    CORE,
    people::ROWS,
    enrolment::ROWS,
    library::ROWS,
    rules::ROWS,
    files::ROWS,
]);

const COUNT: usize = CORE.len()
    + people::ROWS.len()
    + enrolment::ROWS.len()
    + library::ROWS.len()
    + rules::ROWS.len()
    + files::ROWS.len();

/// Devices, commands, the tree of segments, the audit record, the server itself.
const CORE: &[Route] = &[
    Route {
        operation: Operation::Healthz,
        verb: Verb::Get,
        path: "/healthz",
        permission: None,
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary: "Whether the process lives",
        answer: AnswerSchema::Data("Health"),
    },
    Route {
        operation: Operation::Readyz,
        verb: Verb::Get,
        path: "/readyz",
        permission: None,
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary: "Whether requests can be served: the store answers",
        answer: AnswerSchema::Data("Health"),
    },
    Route {
        operation: Operation::OpenApi,
        verb: Verb::Get,
        path: "/openapi.json",
        permission: None,
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary: "This document",
        answer: AnswerSchema::Plain,
    },
    Route {
        operation: Operation::Docs,
        verb: Verb::Get,
        path: "/docs",
        permission: None,
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary: "A page that shows this document",
        answer: AnswerSchema::Html,
    },
    Route {
        operation: Operation::ListDevices,
        verb: Verb::Get,
        path: windows!("/devices"),
        permission: Some("mdm.windows.device.list"),
        body: None,
        invalid: InvalidCode::Data,
        writes: false,
        query: DEVICE_QUERY,
        summary: "List devices",
        answer: AnswerSchema::Page("Device"),
    },
    Route {
        operation: Operation::ShowDevice,
        verb: Verb::Get,
        path: windows!("/devices/{winDeviceId}"),
        permission: Some("mdm.windows.device.get"),
        body: None,
        invalid: InvalidCode::Data,
        writes: false,
        query: &[],
        summary: "Show a device",
        answer: AnswerSchema::Data("Device"),
    },
    Route {
        operation: Operation::UpdateDevice,
        verb: Verb::Put,
        path: windows!("/devices/{winDeviceId}"),
        permission: Some("mdm.windows.device.update"),
        body: body(DEVICE_BODY_BYTES_MAX, "UpdateDevice"),
        invalid: InvalidCode::Data,
        writes: true,
        query: &[STRICT],
        summary: "Change a device; fields that are left out stay as they are",
        answer: AnswerSchema::Data("Device"),
    },
    Route {
        operation: Operation::DeleteDevice,
        verb: Verb::Delete,
        path: windows!("/devices/{winDeviceId}"),
        permission: Some("mdm.windows.device.remove"),
        body: None,
        invalid: InvalidCode::Data,
        writes: true,
        query: &[QueryField::new(
            "force",
            QueryKind::Flag,
            "Ends the enrolment at once, without waiting for the PC.",
        )],
        summary: "Unenrol a device",
        answer: AnswerSchema::Data("Device"),
    },
    Route {
        operation: Operation::MoveDevice,
        verb: Verb::Put,
        path: windows!("/devices/{winDeviceId}/move"),
        permission: Some("mdm.windows.device.move"),
        body: body(SMALL_BODY_BYTES_MAX, "MoveDevice"),
        invalid: InvalidCode::Data,
        writes: true,
        query: &[STRICT],
        summary: "Move a device to a segment",
        answer: AnswerSchema::Data("Device"),
    },
    Route {
        operation: Operation::RefreshDevice,
        verb: Verb::Post,
        path: windows!("/devices/{winDeviceId}/info"),
        permission: Some("mdm.windows.device.info"),
        body: body(SMALL_BODY_BYTES_MAX, "RefreshDevice"),
        invalid: InvalidCode::Data,
        writes: true,
        query: &[STRICT],
        summary: "Have a device's inventory read again in its next session",
        answer: AnswerSchema::Data("Device"),
    },
    Route {
        operation: Operation::CreateCommands,
        verb: Verb::Post,
        path: windows!("/devices/{winDeviceId}/commands"),
        permission: Some("mdm.windows.command.create"),
        body: body(COMMANDS_BODY_BYTES_MAX, "SendCommands"),
        invalid: InvalidCode::Data,
        writes: true,
        query: &[STRICT],
        summary: "Send configuration commands to a device",
        answer: AnswerSchema::Data("CommandBatch"),
    },
    Route {
        operation: Operation::ListCommands,
        verb: Verb::Get,
        path: windows!("/devices/{winDeviceId}/commands"),
        permission: Some("mdm.windows.command.list"),
        body: None,
        invalid: InvalidCode::Data,
        writes: false,
        query: &[
            PAGE,
            LIMIT,
            QueryField::new(
                "sort",
                QueryKind::Sort(&["createdAt"]),
                "createdAt:asc or createdAt:desc; createdAt:desc if left out.",
            ),
        ],
        summary: "List the batches of commands of a device",
        answer: AnswerSchema::Page("CommandBatch"),
    },
    Route {
        operation: Operation::ShowCommands,
        verb: Verb::Get,
        path: windows!("/devices/{winDeviceId}/commands/{winCommandId}"),
        permission: Some("mdm.windows.command.get"),
        body: None,
        invalid: InvalidCode::Data,
        writes: false,
        query: &[],
        summary: "Show a batch of commands",
        answer: AnswerSchema::Data("CommandBatchDetails"),
    },
    Route {
        operation: Operation::ListActions,
        verb: Verb::Get,
        path: windows!("/devices/{winDeviceId}/commands/{winCommandId}/actions"),
        permission: Some("mdm.windows.command.get"),
        body: None,
        invalid: InvalidCode::Data,
        writes: false,
        query: &[PAGE, LIMIT],
        summary: "List the commands of a batch with their results",
        answer: AnswerSchema::Page("Command"),
    },
    Route {
        operation: Operation::CancelCommands,
        verb: Verb::Post,
        path: windows!("/devices/{winDeviceId}/commands/{winCommandId}/cancel"),
        permission: Some("mdm.windows.command.cancel"),
        body: None,
        invalid: InvalidCode::Data,
        writes: true,
        query: &[],
        summary: "Cancel the commands of a batch that are still pending",
        answer: AnswerSchema::Data("CanceledBatch"),
    },
    Route {
        operation: Operation::CancelAction,
        verb: Verb::Post,
        path: windows!("/devices/{winDeviceId}/commands/{winCommandId}/actions/{cmdId}/cancel"),
        permission: Some("mdm.windows.command.cancel"),
        body: None,
        invalid: InvalidCode::Data,
        writes: true,
        query: &[],
        summary: "Cancel one command of a batch, if it is still pending",
        answer: AnswerSchema::Data("CanceledBatch"),
    },
    Route {
        operation: Operation::ListSegments,
        verb: Verb::Get,
        path: organization!("/segments"),
        permission: Some("base.organization.segment.list"),
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary: "Show the tree of segments",
        answer: AnswerSchema::List("Segment"),
    },
    Route {
        operation: Operation::CreateSegment,
        verb: Verb::Post,
        path: organization!("/segments"),
        permission: Some("base.organization.segment.create"),
        body: body(SMALL_BODY_BYTES_MAX, "CreateSegment"),
        invalid: InvalidCode::Input,
        writes: true,
        query: &[STRICT],
        summary: "Make a segment",
        answer: AnswerSchema::Data("Segment"),
    },
    Route {
        operation: Operation::ListAuditLogs,
        verb: Verb::Get,
        path: organization!("/audit-logs"),
        permission: Some("base.organization.auditLog.list"),
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: AUDIT_QUERY,
        summary: "List the audit record",
        answer: AnswerSchema::Page("AuditLog"),
    },
    Route {
        operation: Operation::ShowAuditLog,
        verb: Verb::Get,
        path: organization!("/audit-logs/{auditLogId}"),
        permission: Some("base.organization.auditLog.list"),
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary: "Show an entry of the audit record",
        answer: AnswerSchema::Data("AuditLog"),
    },
    Route {
        operation: Operation::ListPolicies,
        verb: Verb::Get,
        path: windows!("/policies"),
        permission: Some("mdm.windows.policy.list"),
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: POLICY_QUERY,
        summary: "List policies",
        answer: AnswerSchema::Page("Policy"),
    },
    Route {
        operation: Operation::CreatePolicy,
        verb: Verb::Post,
        path: windows!("/policies"),
        permission: Some("mdm.windows.policy.create"),
        body: body(POLICY_BODY_BYTES_MAX, "CreatePolicy"),
        invalid: InvalidCode::Input,
        writes: true,
        query: &[STRICT],
        summary: "Make a policy",
        answer: AnswerSchema::Data("Policy"),
    },
    Route {
        operation: Operation::ShowPolicy,
        verb: Verb::Get,
        path: windows!("/policies/{winPolicyId}"),
        permission: Some("mdm.windows.policy.get"),
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary: "Show a policy",
        answer: AnswerSchema::Data("Policy"),
    },
    Route {
        operation: Operation::UpdatePolicy,
        verb: Verb::Put,
        path: windows!("/policies/{winPolicyId}"),
        permission: Some("mdm.windows.policy.update"),
        body: body(POLICY_BODY_BYTES_MAX, "UpdatePolicy"),
        invalid: InvalidCode::Input,
        writes: true,
        query: &[STRICT],
        summary: "Change a policy; fields that are left out stay as they are",
        answer: AnswerSchema::Data("Policy"),
    },
    Route {
        operation: Operation::DeletePolicy,
        verb: Verb::Delete,
        path: windows!("/policies/{winPolicyId}"),
        permission: Some("mdm.windows.policy.remove"),
        body: None,
        invalid: InvalidCode::Input,
        writes: true,
        query: &[QueryField::new(
            "detach",
            QueryKind::Flag,
            "Takes the policy from devices, enrolment templates and tokens, and removes the rules that give it.",
        )],
        summary: "Remove a policy that nobody has or gives",
        answer: AnswerSchema::Data("RemovedPolicy"),
    },
    Route {
        operation: Operation::ClonePolicy,
        verb: Verb::Post,
        path: windows!("/policies/{winPolicyId}/clone"),
        permission: Some("mdm.windows.policy.create"),
        body: body(SMALL_BODY_BYTES_MAX, "ClonePolicy"),
        invalid: InvalidCode::Input,
        writes: true,
        query: &[STRICT],
        summary: "Make a policy with the content of another",
        answer: AnswerSchema::Data("Policy"),
    },
    Route {
        operation: Operation::ListPolicyVersions,
        verb: Verb::Get,
        path: windows!("/policies/{winPolicyId}/versions"),
        permission: Some("mdm.windows.policy.get"),
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: VERSION_QUERY,
        summary: "List the versions of a policy",
        answer: AnswerSchema::Page("PolicyVersion"),
    },
    Route {
        operation: Operation::ShowPolicyVersion,
        verb: Verb::Get,
        path: windows!("/policies/{winPolicyId}/versions/{version}"),
        permission: Some("mdm.windows.policy.get"),
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary: "Show a version of a policy",
        answer: AnswerSchema::Data("PolicyVersion"),
    },
    Route {
        operation: Operation::DiffPolicy,
        verb: Verb::Get,
        path: windows!("/policies/{winPolicyId}/diff"),
        permission: Some("mdm.windows.policy.get"),
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: DIFF_QUERY,
        summary: "Show what differs between two versions of a policy",
        answer: AnswerSchema::Data("PolicyDiff"),
    },
    Route {
        operation: Operation::RollBackPolicy,
        verb: Verb::Post,
        path: windows!("/policies/{winPolicyId}/rollback"),
        permission: Some("mdm.windows.policy.update"),
        body: body(SMALL_BODY_BYTES_MAX, "RollBackPolicy"),
        invalid: InvalidCode::Input,
        writes: true,
        query: &[STRICT],
        summary: "Go back to an earlier version of a policy, as a new version",
        answer: AnswerSchema::Data("Policy"),
    },
    Route {
        operation: Operation::ShowEffectivePolicy,
        verb: Verb::Get,
        path: windows!("/devices/{winDeviceId}/effective-policy"),
        permission: Some("mdm.windows.device.get"),
        body: None,
        invalid: InvalidCode::Data,
        writes: false,
        query: &[],
        summary: "Show what a device should have, and why",
        answer: AnswerSchema::Data("EffectivePolicy"),
    },
    Route {
        operation: Operation::PreviewEffectivePolicy,
        verb: Verb::Post,
        path: windows!("/devices/{winDeviceId}/effective-policy/preview"),
        permission: Some("mdm.windows.device.get"),
        body: body(DEVICE_BODY_BYTES_MAX, "PreviewEffectivePolicy"),
        invalid: InvalidCode::Data,
        writes: false,
        query: &[STRICT],
        summary: "Show what would change for a device; nothing is stored",
        answer: AnswerSchema::Data("EffectivePolicyPreview"),
    },
];
