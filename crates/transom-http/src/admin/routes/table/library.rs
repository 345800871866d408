//! Applications, scripts, smart attributes (B.5, B.7).

use super::{
    body,
    shapes::{changes, looks},
};
use crate::admin::{
    query::{QueryField, QueryKind},
    routes::{
        AnswerSchema, Operation, Route, SMALL_BODY_BYTES_MAX, Verb,
        parameters::{LIMIT, PAGE},
    },
};
use transom_domain::device::find::IDENTIFIER_CHARS_MAX;

/// Largest body of a script, in bytes: 256 KB of content, each character of it that takes one byte written as an escape
/// of six.
const SCRIPT_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Largest body of a smart attribute, in bytes: 100 options of 128 characters, each written as an escaped pair of
/// surrogates (12 bytes), are 154 kB.
const SMART_ATTRIBUTE_BODY_BYTES_MAX: usize = 256 * 1024;

const SORT: QueryField = QueryField::new(
    "sort",
    QueryKind::Sort(&["createdAt", "updatedAt", "name"]),
    "field:asc or field:desc; createdAt:desc if left out.",
);

const SEGMENT: QueryField = QueryField::new("segmentId", QueryKind::Segment, "Records in this segment.");

const EXPAND: QueryField = QueryField::new(
    "expandTo",
    QueryKind::Choice(&["children", "ancestors"]),
    "With segmentId: also everything below it, or everything above it.",
);

const APPLICATION_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    SORT,
    SEGMENT,
    EXPAND,
    QueryField::new(
        "search",
        QueryKind::Text(IDENTIFIER_CHARS_MAX),
        "Applications with this text in the name or the id in Microsoft's store.",
    ),
];

const SCRIPT_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    SORT,
    SEGMENT,
    EXPAND,
    QueryField::new(
        "search",
        QueryKind::Text(IDENTIFIER_CHARS_MAX),
        "Scripts with this text in the name.",
    ),
];

const SMART_ATTRIBUTE_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    SORT,
    QueryField::new(
        "search",
        QueryKind::Text(IDENTIFIER_CHARS_MAX),
        "Smart attributes with this text in the name.",
    ),
];

const APPLICATIONS: &str = organization!("/mdm/windows/enterprise/applications");
const APPLICATION: &str = organization!("/mdm/windows/enterprise/applications/{winApplicationId}");
const SCRIPTS: &str = organization!("/mdm/scripts");
const SCRIPT: &str = organization!("/mdm/scripts/{scriptId}");
const SMART_ATTRIBUTES: &str = organization!("/smart-attributes");
const SMART_ATTRIBUTE: &str = organization!("/smart-attributes/{smartAttributeId}");

/// The rows of this part.
pub(super) const ROWS: &[Route] = &[
    looks(
        Operation::ListApplications,
        APPLICATIONS,
        "mdm.windows.application.list",
        APPLICATION_QUERY,
        "List applications",
        AnswerSchema::Page("Application"),
    ),
    changes(
        Operation::CreateApplication,
        (Verb::Post, APPLICATIONS),
        "mdm.windows.application.create",
        body(SMALL_BODY_BYTES_MAX, "CreateApplication"),
        "Make an application",
        AnswerSchema::Data("Application"),
    ),
    looks(
        Operation::SearchApplications,
        organization!("/mdm/windows/enterprise/applications/search"),
        "mdm.windows.application.list",
        APPLICATION_QUERY,
        "Search applications by name or by id in Microsoft's store",
        AnswerSchema::Page("Application"),
    ),
    looks(
        Operation::ShowApplication,
        APPLICATION,
        "mdm.windows.application.get",
        &[],
        "Show an application",
        AnswerSchema::Data("Application"),
    ),
    changes(
        Operation::UpdateApplication,
        (Verb::Put, APPLICATION),
        "mdm.windows.application.update",
        body(SMALL_BODY_BYTES_MAX, "UpdateApplication"),
        "Change an application; fields that are left out stay as they are",
        AnswerSchema::Data("Application"),
    ),
    changes(
        Operation::RemoveApplication,
        (Verb::Delete, APPLICATION),
        "mdm.windows.application.remove",
        None,
        "Remove an application that no policy uses",
        AnswerSchema::Data("RemovedRecord"),
    ),
    looks(
        Operation::ListScripts,
        SCRIPTS,
        "mdm.global.script.list",
        SCRIPT_QUERY,
        "List scripts, without their contents",
        AnswerSchema::Page("ScriptSummary"),
    ),
    changes(
        Operation::CreateScript,
        (Verb::Post, SCRIPTS),
        "mdm.global.script.create",
        body(SCRIPT_BODY_BYTES_MAX, "CreateScript"),
        "Make a script",
        AnswerSchema::Data("Script"),
    ),
    looks(
        Operation::ShowScript,
        SCRIPT,
        "mdm.global.script.get",
        &[],
        "Show a script",
        AnswerSchema::Data("Script"),
    ),
    changes(
        Operation::UpdateScript,
        (Verb::Put, SCRIPT),
        "mdm.global.script.update",
        body(SCRIPT_BODY_BYTES_MAX, "UpdateScript"),
        "Change a script; fields that are left out stay as they are",
        AnswerSchema::Data("Script"),
    ),
    changes(
        Operation::RemoveScript,
        (Verb::Delete, SCRIPT),
        "mdm.global.script.remove",
        None,
        "Remove a script that no policy and no device uses",
        AnswerSchema::Data("RemovedRecord"),
    ),
    looks(
        Operation::ListSmartAttributes,
        SMART_ATTRIBUTES,
        "mdm.global.smartAttribute.list",
        SMART_ATTRIBUTE_QUERY,
        "List smart attributes",
        AnswerSchema::Page("SmartAttribute"),
    ),
    changes(
        Operation::CreateSmartAttribute,
        (Verb::Post, SMART_ATTRIBUTES),
        "mdm.global.smartAttribute.create",
        body(SMART_ATTRIBUTE_BODY_BYTES_MAX, "CreateSmartAttribute"),
        "Make a smart attribute",
        AnswerSchema::Data("SmartAttribute"),
    ),
    looks(
        Operation::ShowSmartAttribute,
        SMART_ATTRIBUTE,
        "mdm.global.smartAttribute.get",
        &[],
        "Show a smart attribute",
        AnswerSchema::Data("SmartAttribute"),
    ),
    changes(
        Operation::UpdateSmartAttribute,
        (Verb::Put, SMART_ATTRIBUTE),
        "mdm.global.smartAttribute.update",
        body(SMART_ATTRIBUTE_BODY_BYTES_MAX, "UpdateSmartAttribute"),
        "Change a smart attribute; fields that are left out stay as they are",
        AnswerSchema::Data("SmartAttribute"),
    ),
    changes(
        Operation::RemoveSmartAttribute,
        (Verb::Delete, SMART_ATTRIBUTE),
        "mdm.global.smartAttribute.remove",
        None,
        "Remove a smart attribute of which nobody has a value",
        AnswerSchema::Data("RemovedRecord"),
    ),
];
