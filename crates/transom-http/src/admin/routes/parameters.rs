//! What may stand in the query of each route.

use crate::admin::query::{QueryField, QueryKind};
use transom_domain::device::{DeviceState, find::IDENTIFIER_CHARS_MAX, update::TAGS_MAX};

pub(super) const PAGE: QueryField = QueryField::new("page", QueryKind::Page, "Which page, from 1.");
pub(super) const LIMIT: QueryField = QueryField::new("limit", QueryKind::Limit, "Items on a page.");
pub(super) const STRICT: QueryField = QueryField::new(
    "strict",
    QueryKind::Flag,
    "Answers 400 to unknown and read-only fields of the body instead of ignoring them.",
);

/// Parameters of every route that writes, whether or not its row names them.
pub(super) const WRITE_QUERY: &[QueryField] = &[
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

pub(super) const ENROLLMENT_TEMPLATE: QueryField = QueryField::new(
    "winEnrollmentTemplateId",
    QueryKind::Id,
    "Devices that this enrolment template spoke for.",
);
pub(super) const ENROLLMENT_STATE: QueryField = QueryField::new(
    "enrollmentState",
    QueryKind::Choice(&["decided", "undecided", "unmatched"]),
    "Devices that an enrolment template spoke for, and how far it came.",
);

pub(super) const DEVICE_QUERY: &[QueryField] = &[
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
    QueryField::new(
        "winPolicyId",
        QueryKind::Id,
        "Devices with this policy, assigned directly or in the primary slot.",
    ),
    ENROLLMENT_TEMPLATE,
    ENROLLMENT_STATE,
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

pub(super) const AUDIT_QUERY: &[QueryField] = &[
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

pub(super) const POLICY_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "sort",
        QueryKind::Sort(&["createdAt", "updatedAt", "name", "version"]),
        "field:asc or field:desc; createdAt:desc if left out.",
    ),
    QueryField::new("segmentId", QueryKind::Segment, "Policies in this segment."),
    QueryField::new(
        "expandTo",
        QueryKind::Choice(&["children", "ancestors"]),
        "With segmentId: also everything below it, or everything above it.",
    ),
    QueryField::new(
        "search",
        QueryKind::Text(IDENTIFIER_CHARS_MAX),
        "Policies with this text in the name.",
    ),
];

pub(super) const VERSION_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "sort",
        QueryKind::Sort(&["version"]),
        "version:asc or version:desc; version:desc if left out.",
    ),
];

pub(super) const DIFF_QUERY: &[QueryField] = &[
    QueryField::new(
        "from",
        QueryKind::Number,
        "The older version; the one before `to` if left out.",
    ),
    QueryField::new(
        "to",
        QueryKind::Number,
        "The newer version; the present one if left out.",
    ),
];
