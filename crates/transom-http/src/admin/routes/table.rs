//! The rows of the table.

use super::{
    AnswerSchema, BodyRule, COMMANDS_BODY_BYTES_MAX, DEVICE_BODY_BYTES_MAX, Operation, Route, SMALL_BODY_BYTES_MAX,
    Verb,
};
use crate::admin::{
    error::InvalidCode,
    query::{QueryField, QueryKind},
};
use transom_domain::device::{DeviceState, find::IDENTIFIER_CHARS_MAX, update::TAGS_MAX};

/// `O` of the contract.
macro_rules! organization {
    ($rest:literal) => {
        concat!("/v1/organizations/{organizationId}", $rest)
    };
}

/// `W` of the contract.
macro_rules! windows {
    ($rest:literal) => {
        concat!("/v1/organizations/{organizationId}/mdm/windows/enterprise", $rest)
    };
}

const PAGE: QueryField = QueryField::new("page", QueryKind::Page, "Which page, from 1.");
const LIMIT: QueryField = QueryField::new("limit", QueryKind::Limit, "Items on a page.");
const STRICT: QueryField = QueryField::new(
    "strict",
    QueryKind::Flag,
    "Answers 400 to unknown and read-only fields of the body instead of ignoring them.",
);

/// Parameters of every route that writes, whether or not its row names them.
pub const WRITE_QUERY: &[QueryField] = &[
    STRICT,
    QueryField::new(
        "dryRun",
        QueryKind::Flag,
        "Checks and computes everything, answers what would change, and stores nothing.",
    ),
];

/// Fields by which devices are sorted.
pub const DEVICE_SORTS: &[&str] = &[
    "createdAt",
    "updatedAt",
    "enrolledDate",
    "lastStatusReportTime",
    "displayName",
    "summary.name",
    "summary.serialNumber",
    "summary.osVersion",
    "state",
];

const DEVICE_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "sort",
        QueryKind::Sort(DEVICE_SORTS),
        "field:asc or field:desc; createdAt:desc if left out.",
    ),
    QueryField::new("segmentId", QueryKind::Segment, "Devices in this segment."),
    QueryField::new(
        "expandTo",
        QueryKind::Choice(&["children", "ancestors"]),
        "With segmentId: also everything below it, or everything above it.",
    ),
    QueryField::repeated(
        "state",
        QueryKind::Choice(&["PROVISIONING", "ACTIVE", "DELETE_REQUESTED", "DELETED", "UNKNOWN"]),
        DeviceState::ALL.len(),
        "Devices in this state; may be given several times.",
    ),
    QueryField::repeated(
        "tags",
        QueryKind::Text(IDENTIFIER_CHARS_MAX),
        TAGS_MAX,
        "Devices with this tag; given several times: with all of them.",
    ),
    QueryField::new("mdm-user", QueryKind::Id, "Devices of this user."),
    QueryField::new("show-deleted", QueryKind::Flag, "Also deleted devices."),
    QueryField::new(
        "search",
        QueryKind::Text(IDENTIFIER_CHARS_MAX),
        "Devices with this text in display name, computer name, serial number or winId.",
    ),
    QueryField::new(
        "serialNumber",
        QueryKind::Text(IDENTIFIER_CHARS_MAX),
        "Devices with this serial number.",
    ),
];

const AUDIT_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "sort",
        QueryKind::Sort(&["date"]),
        "date:asc or date:desc; date:desc if left out.",
    ),
    QueryField::new(
        "action",
        QueryKind::Text(IDENTIFIER_CHARS_MAX),
        "Entries of this action.",
    ),
    QueryField::new(
        "targetId",
        QueryKind::Text(IDENTIFIER_CHARS_MAX),
        "Entries about the thing with this id.",
    ),
];

const fn body(bytes_max: usize, schema: &'static str) -> Option<BodyRule> {
    Some(BodyRule { bytes_max, schema })
}

/// Every route of the management API.
pub static ROUTES: [Route; 17] = [
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
];
