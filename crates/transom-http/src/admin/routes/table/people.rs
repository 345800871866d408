//! Users, tags, segments, service accounts, roles (B.7, B.8).

use super::{
    body,
    shapes::{changes, looks},
};
use crate::admin::{
    error::InvalidCode,
    query::{QueryField, QueryKind},
    routes::{
        AnswerSchema, Operation, Route, SMALL_BODY_BYTES_MAX, Verb,
        parameters::{DEVICE_SORTS, ENROLLMENT_STATE, ENROLLMENT_TEMPLATE, LIMIT, PAGE},
    },
};
use transom_domain::device::{DeviceState, find::IDENTIFIER_CHARS_MAX, update::TAGS_MAX};

/// Largest body of a user, in bytes: 50 facts of 64 and 1,000 characters, each written as an escaped pair of surrogates
/// (12 bytes), are 640 kB, 100 tags 150 kB, 200 values of smart attributes of 1,000 characters 2.4 MB.
const USER_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Largest body of a role or an account, in bytes: 50 assignments of 256 actions of 128 characters are 1.7 MB.
const ROLES_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A text of the length that identifiers have, for filters.
const WORD: QueryKind = QueryKind::Text(IDENTIFIER_CHARS_MAX);

const TAGS: QueryField = QueryField::repeated(
    "tags",
    WORD,
    TAGS_MAX,
    "With this tag; given several times: with all of them.",
);

const USER_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new(
        "sort",
        QueryKind::Sort(&["createdAt", "updatedAt", "email", "name"]),
        "field:asc or field:desc; createdAt:desc if left out.",
    ),
    TAGS,
    QueryField::new("search", WORD, "Users with this text in e-mail or name."),
];

const TAG_QUERY: &[QueryField] = &[
    PAGE,
    LIMIT,
    QueryField::new("search", WORD, "Those with this text in them, compared without case."),
];

const ALL_DEVICES_QUERY: &[QueryField] = &[
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
    QueryField::new("type", QueryKind::Choice(&["windows"]), "Devices of this platform."),
    QueryField::new(
        "subType",
        QueryKind::Choice(&["device", "enrollment"]),
        "Records of this kind; all are devices here.",
    ),
    QueryField::repeated(
        "state",
        QueryKind::Choice(&["PROVISIONING", "ACTIVE", "DELETE_REQUESTED", "DELETED", "UNKNOWN"]),
        DeviceState::ALL.len(),
        "Devices in this state; may be given several times.",
    ),
    TAGS,
    QueryField::new("mdmUserId", QueryKind::Id, "Devices of this user."),
    QueryField::new("serialNumber", WORD, "Devices with this serial number."),
    QueryField::new("imei", WORD, "Devices with this IMEI."),
    QueryField::new("name", WORD, "Devices with this display name."),
    QueryField::new("osVersion", WORD, "Devices with this version of the operating system."),
    QueryField::new("policyId", QueryKind::Id, "Devices with this policy."),
    ENROLLMENT_TEMPLATE,
    ENROLLMENT_STATE,
    QueryField::new("show-deleted", QueryKind::Flag, "Also deleted devices."),
    QueryField::new(
        "search",
        WORD,
        "Devices with this text in display name, computer name, serial number or winId.",
    ),
];

const USERS: &str = organization!("/mdm/users");
const USER: &str = organization!("/mdm/users/{mdmUserId}");
const SEGMENT: &str = organization!("/segments/{segmentId}");
const ACCOUNTS: &str = organization!("/service-accounts");
const ACCOUNT: &str = organization!("/service-accounts/{serviceAccountId}");
const TOKENS: &str = organization!("/service-accounts/{serviceAccountId}/tokens");
const TOKEN: &str = organization!("/service-accounts/{serviceAccountId}/tokens/{tokenId}");
const ROLES: &str = organization!("/segment-roles");
const ROLE: &str = organization!("/segment-roles/{roleId}");

/// The rows of this part.
pub(super) const ROWS: &[Route] = &[
    looks(
        Operation::ListUsers,
        USERS,
        "mdm.global.mdmUser.list",
        USER_QUERY,
        "List users",
        AnswerSchema::Page("User"),
    ),
    changes(
        Operation::CreateUser,
        (Verb::Post, USERS),
        "mdm.global.mdmUser.create",
        body(USER_BODY_BYTES_MAX, "CreateUser"),
        "Make a user known",
        AnswerSchema::Data("User"),
    ),
    looks(
        Operation::ListUserTags,
        organization!("/mdm/users/tags"),
        "mdm.global.mdmUser.list",
        TAG_QUERY,
        "List the tags of users with how many carry each",
        AnswerSchema::Page("TagCount"),
    ),
    looks(
        Operation::ShowUser,
        USER,
        "mdm.global.mdmUser.get",
        &[],
        "Show a user",
        AnswerSchema::Data("User"),
    ),
    changes(
        Operation::UpdateUser,
        (Verb::Put, USER),
        "mdm.global.mdmUser.update",
        body(USER_BODY_BYTES_MAX, "UpdateUser"),
        "Change a user; fields that are left out stay as they are",
        AnswerSchema::Data("User"),
    ),
    changes(
        Operation::RemoveUser,
        (Verb::Delete, USER),
        "mdm.global.mdmUser.remove",
        None,
        "Remove a user; their devices stay and belong to nobody",
        AnswerSchema::Data("User"),
    ),
    looks(
        Operation::ListAllDevices,
        organization!("/mdm/devices"),
        "mdm.global.device.list",
        ALL_DEVICES_QUERY,
        "List devices of every platform",
        AnswerSchema::Page("Device"),
    ),
    looks(
        Operation::ListDeviceTags,
        organization!("/mdm/devices/tags"),
        "mdm.global.device.list",
        TAG_QUERY,
        "List the tags of devices with how many carry each",
        AnswerSchema::Page("TagCount"),
    ),
    looks(
        Operation::ListOsVersions,
        organization!("/mdm/devices/os-versions"),
        "mdm.global.device.list",
        TAG_QUERY,
        "List the versions of the operating system with how many devices have each",
        AnswerSchema::Page("OsVersionCount"),
    ),
    looks(
        Operation::ListOwnSegments,
        organization!("/segments/by-user"),
        "base.organization.segment.list",
        &[],
        "Show the tree of the segments in which the caller may do anything",
        AnswerSchema::List("Segment"),
    ),
    changes(
        Operation::UpdateSegment,
        (Verb::Put, SEGMENT),
        "base.organization.segment.update",
        body(SMALL_BODY_BYTES_MAX, "UpdateSegment"),
        "Change a segment, or move it with all that lies below",
        AnswerSchema::Data("Segment"),
    ),
    changes(
        Operation::RemoveSegment,
        (Verb::Delete, SEGMENT),
        "base.organization.segment.remove",
        None,
        "Remove an empty segment",
        AnswerSchema::Data("Segment"),
    ),
    looks(
        Operation::ListServiceAccounts,
        ACCOUNTS,
        "base.organization.serviceAccount.list",
        &[],
        "List service accounts",
        AnswerSchema::List("ServiceAccount"),
    ),
    changes(
        Operation::CreateServiceAccount,
        (Verb::Post, ACCOUNTS),
        "base.organization.serviceAccount.create",
        body(ROLES_BODY_BYTES_MAX, "CreateServiceAccount"),
        "Make a service account",
        AnswerSchema::Data("ServiceAccount"),
    ),
    looks(
        Operation::ShowServiceAccount,
        ACCOUNT,
        "base.organization.serviceAccount.get",
        &[],
        "Show a service account",
        AnswerSchema::Data("ServiceAccount"),
    ),
    changes(
        Operation::UpdateServiceAccount,
        (Verb::Put, ACCOUNT),
        "base.organization.serviceAccount.update",
        body(ROLES_BODY_BYTES_MAX, "UpdateServiceAccount"),
        "Change a service account; fields that are left out stay as they are",
        AnswerSchema::Data("ServiceAccount"),
    ),
    changes(
        Operation::RemoveServiceAccount,
        (Verb::Delete, ACCOUNT),
        "base.organization.serviceAccount.remove",
        None,
        "Remove a service account; its tokens open nothing from then on",
        AnswerSchema::Data("ServiceAccount"),
    ),
    looks(
        Operation::ListTokens,
        TOKENS,
        "base.organization.serviceAccount.get",
        &[],
        "List the tokens of a service account; the tokens themselves are not kept",
        AnswerSchema::List("Token"),
    ),
    changes(
        Operation::CreateToken,
        (Verb::Post, TOKENS),
        "base.organization.serviceAccount.update",
        body(SMALL_BODY_BYTES_MAX, "CreateToken"),
        "Make a token, which is shown this once",
        AnswerSchema::Data("IssuedToken"),
    ),
    changes(
        Operation::RevokeToken,
        (Verb::Delete, TOKEN),
        "base.organization.serviceAccount.update",
        None,
        "Revoke a token at once",
        AnswerSchema::Data("Token"),
    ),
    looks(
        Operation::ListSegmentRoles,
        ROLES,
        "base.organization.segmentRole.list",
        &[],
        "List segment roles, those that every organization has first",
        AnswerSchema::List("SegmentRole"),
    ),
    changes(
        Operation::CreateSegmentRole,
        (Verb::Post, ROLES),
        "base.organization.segmentRole.create",
        body(ROLES_BODY_BYTES_MAX, "CreateSegmentRole"),
        "Make a segment role",
        AnswerSchema::Data("SegmentRole"),
    ),
    looks(
        Operation::ShowSegmentRole,
        ROLE,
        "base.organization.segmentRole.get",
        &[],
        "Show a segment role",
        AnswerSchema::Data("SegmentRole"),
    ),
    changes(
        Operation::UpdateSegmentRole,
        (Verb::Put, ROLE),
        "base.organization.segmentRole.update",
        body(ROLES_BODY_BYTES_MAX, "UpdateSegmentRole"),
        "Change a segment role, for every account that has it",
        AnswerSchema::Data("SegmentRole"),
    ),
    changes(
        Operation::RemoveSegmentRole,
        (Verb::Delete, ROLE),
        "base.organization.segmentRole.remove",
        None,
        "Remove a segment role that no account has",
        AnswerSchema::Data("SegmentRole"),
    ),
    Route {
        operation: Operation::ListPermissions,
        verb: Verb::Get,
        path: organization!("/permissions"),
        permission: None,
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary: "List every permission, the routes that it opens, and where the caller has it",
        answer: AnswerSchema::List("Permission"),
    },
];
