//! The facade's rows of the table of routes, each for both versions of Graph where it exists in both.
//!
//! Graph's permissions are these of ours (C.5): `DeviceManagementManagedDevices.Read.All` is to list and get devices,
//! `….ReadWrite.All` to change them too, `….PrivilegedOperations.All` to send commands and to remove.

use crate::admin::{
    error::InvalidCode,
    routes::{AnswerSchema, BodyRule, Operation, Route, SMALL_BODY_BYTES_MAX, Verb},
};

/// Largest body of a batch, in bytes: twenty bodies of the largest size, and what is written around them.
const BATCH_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Largest body of a script, in bytes: the longest content in base64, with room for the rest.
const SCRIPT_BODY_BYTES_MAX: usize = 512 * 1024;

/// A version of Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `/v1.0`
    V1,
    /// `/beta`
    Beta,
}

impl Version {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V1, Self::Beta];

    /// The first segment of its paths.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }

    /// The version that a route belongs to.
    #[must_use]
    pub fn of(route: &Route) -> Self {
        if route.path.starts_with("/beta/") {
            Self::Beta
        } else {
            Self::V1
        }
    }
}

/// What a route of the facade does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GraphOperation {
    /// One page of devices, all or a user's.
    ListDevices,
    /// How many there are.
    CountDevices,
    /// One device.
    ShowDevice,
    /// Changes a device.
    UpdateDevice,
    /// Removes a device.
    RemoveDevice,
    /// Has a device do something.
    ActOnDevice,
    /// Has several devices do something.
    ActOnDevices,
    /// One page of detected apps.
    ListApps,
    /// How many there are.
    CountApps,
    /// One detected app.
    ShowApp,
    /// One page of what a device has.
    ListAppsOfDevice,
    /// One app that a device has.
    ShowAppOfDevice,
    /// One page of scripts.
    ListScripts,
    /// Makes a script.
    CreateScript,
    /// One script.
    ShowScript,
    /// Changes a script.
    UpdateScript,
    /// Removes a script.
    RemoveScript,
    /// Assigns a script.
    AssignScript,
    /// What a script is assigned to.
    ListAssignments,
    /// One of them.
    ShowAssignment,
    /// Which groups a script is assigned to.
    ListGroupAssignments,
    /// One of them.
    ShowGroupAssignment,
    /// Which scripts are assigned.
    HavePayloadLinks,
    /// How a script's runs went, in numbers.
    ShowRunSummary,
    /// Runs of a script for users.
    ListUserRunStates,
    /// One page of the states of a script's runs.
    ListRunStates,
    /// The state of a script's run on one device.
    ShowRunState,
    /// How many devices of which kind.
    ShowOverview,
    /// Several requests in one.
    Batch,
    /// What is served, as OData describes it.
    Metadata,
}

/// A route that looks.
const fn looks(
    operation: GraphOperation,
    path: &'static str,
    permission: Option<&'static str>,
    summary: &'static str,
) -> Route {
    Route {
        operation: Operation::Graph(operation),
        verb: Verb::Get,
        path,
        permission,
        body: None,
        invalid: InvalidCode::Input,
        writes: false,
        query: &[],
        summary,
        answer: AnswerSchema::Plain,
    }
}

/// A route that changes something.
const fn changes(
    operation: GraphOperation,
    verb: Verb,
    path: &'static str,
    permission: &'static str,
    summary: &'static str,
) -> Route {
    let body = match verb {
        Verb::Delete => None,
        _ => Some(BodyRule {
            bytes_max: SMALL_BODY_BYTES_MAX,
            schema: "GraphObject",
            form: None,
        }),
    };
    Route {
        operation: Operation::Graph(operation),
        verb,
        path,
        permission: Some(permission),
        body,
        invalid: InvalidCode::Input,
        writes: true,
        query: &[],
        summary,
        answer: AnswerSchema::Plain,
    }
}

/// A route that changes a script, whose content makes the body large.
const fn changes_script(
    operation: GraphOperation,
    verb: Verb,
    path: &'static str,
    permission: &'static str,
    summary: &'static str,
) -> Route {
    let mut route = changes(operation, verb, path, permission, summary);
    if let Some(mut body) = route.body {
        body.bytes_max = SCRIPT_BODY_BYTES_MAX;
        route.body = Some(body);
    }
    route
}

/// A route that looks for what a body asks.
const fn asks(
    operation: GraphOperation,
    path: &'static str,
    permission: Option<&'static str>,
    summary: &'static str,
) -> Route {
    let mut route = looks(operation, path, permission, summary);
    route.verb = Verb::Post;
    route.body = Some(BodyRule {
        bytes_max: SMALL_BODY_BYTES_MAX,
        schema: "GraphObject",
        form: None,
    });
    route
}

/// Several requests: each of them is checked and recorded as what it is.
const fn batch(path: &'static str) -> Route {
    let mut route = asks(GraphOperation::Batch, path, None, "Several requests in one");
    if let Some(mut body) = route.body {
        body.bytes_max = BATCH_BODY_BYTES_MAX;
        route.body = Some(body);
    }
    route
}

const LIST: Option<&str> = Some("mdm.windows.device.list");
const GET: Option<&str> = Some("mdm.windows.device.get");
const SCRIPT: Option<&str> = Some("mdm.global.script.get");
const UPDATE: &str = "mdm.windows.device.update";
const REMOVE: &str = "mdm.windows.device.remove";
const ORDER: &str = "mdm.windows.command.create";

/// The rows of one version.
macro_rules! rows {
    ($version:literal) => {{
        use GraphOperation::{
            ActOnDevice, CountApps, CountDevices, ListApps, ListDevices, Metadata, RemoveDevice, ShowApp, ShowDevice,
            ShowOverview, UpdateDevice,
        };
        [
            looks(
                ListDevices,
                concat!($version, "/deviceManagement/managedDevices"),
                LIST,
                "One page of devices",
            ),
            looks(
                CountDevices,
                concat!($version, "/deviceManagement/managedDevices/$count"),
                LIST,
                "How many devices",
            ),
            looks(
                ShowDevice,
                concat!($version, "/deviceManagement/managedDevices/{id}"),
                GET,
                "One device",
            ),
            changes(
                UpdateDevice,
                Verb::Patch,
                concat!($version, "/deviceManagement/managedDevices/{id}"),
                UPDATE,
                "Changes a device",
            ),
            changes(
                RemoveDevice,
                Verb::Delete,
                concat!($version, "/deviceManagement/managedDevices/{id}"),
                REMOVE,
                "Removes a device",
            ),
            changes(
                ActOnDevice,
                Verb::Post,
                concat!($version, "/deviceManagement/managedDevices/{id}/{action}"),
                ORDER,
                "Has a device do something",
            ),
            looks(ShowDevice, concat!($version, "/managedDevices/{id}"), GET, "One device"),
            changes(
                UpdateDevice,
                Verb::Patch,
                concat!($version, "/managedDevices/{id}"),
                UPDATE,
                "Changes a device",
            ),
            looks(
                ListDevices,
                concat!($version, "/users/{userId}/managedDevices"),
                LIST,
                "One page of a user's devices",
            ),
            looks(
                CountDevices,
                concat!($version, "/users/{userId}/managedDevices/$count"),
                LIST,
                "How many devices a user has",
            ),
            looks(
                ShowDevice,
                concat!($version, "/users/{userId}/managedDevices/{id}"),
                GET,
                "One device of a user",
            ),
            changes(
                UpdateDevice,
                Verb::Patch,
                concat!($version, "/users/{userId}/managedDevices/{id}"),
                UPDATE,
                "Changes a device of a user",
            ),
            changes(
                RemoveDevice,
                Verb::Delete,
                concat!($version, "/users/{userId}/managedDevices/{id}"),
                REMOVE,
                "Removes a device of a user",
            ),
            changes(
                ActOnDevice,
                Verb::Post,
                concat!($version, "/users/{userId}/managedDevices/{id}/{action}"),
                ORDER,
                "Has a device of a user do something",
            ),
            looks(
                ShowOverview,
                concat!($version, "/deviceManagement/managedDeviceOverview"),
                LIST,
                "How many devices of which kind",
            ),
            looks(Metadata, concat!($version, "/$metadata"), None, "What is served"),
            looks(
                ShowDevice,
                concat!(
                    $version,
                    "/deviceManagement/deviceManagementScripts/{scriptId}/deviceRunStates/{runStateId}/managedDevice"
                ),
                GET,
                "The device that a script runs on",
            ),
            changes(
                UpdateDevice,
                Verb::Patch,
                concat!(
                    $version,
                    "/deviceManagement/deviceManagementScripts/{scriptId}/deviceRunStates/{runStateId}/managedDevice"
                ),
                UPDATE,
                "Changes the device that a script runs on",
            ),
            looks(
                ListApps,
                concat!($version, "/deviceManagement/detectedApps"),
                LIST,
                "One page of detected apps",
            ),
            looks(
                CountApps,
                concat!($version, "/deviceManagement/detectedApps/$count"),
                LIST,
                "How many detected apps",
            ),
            looks(
                ShowApp,
                concat!($version, "/deviceManagement/detectedApps/{appId}"),
                LIST,
                "One detected app",
            ),
            looks(
                ListDevices,
                concat!($version, "/deviceManagement/detectedApps/{appId}/managedDevices"),
                LIST,
                "One page of the devices that have an app",
            ),
            looks(
                CountDevices,
                concat!($version, "/deviceManagement/detectedApps/{appId}/managedDevices/$count"),
                LIST,
                "How many devices have an app",
            ),
            looks(
                ShowDevice,
                concat!($version, "/deviceManagement/detectedApps/{appId}/managedDevices/{id}"),
                GET,
                "One device that has an app",
            ),
            looks(
                ShowDevice,
                concat!(
                    $version,
                    "/deviceManagement/deviceManagementScripts/{scriptId}/deviceRunStates/{runStateId}/managedDevice",
                    "/detectedApps/{appId}/managedDevices/{id}"
                ),
                GET,
                "A device that has an app of the device that a script runs on",
            ),
            changes(
                UpdateDevice,
                Verb::Patch,
                concat!(
                    $version,
                    "/deviceManagement/deviceManagementScripts/{scriptId}/deviceRunStates/{runStateId}/managedDevice",
                    "/detectedApps/{appId}/managedDevices/{id}"
                ),
                UPDATE,
                "Changes a device that has an app of the device that a script runs on",
            ),
            batch(concat!($version, "/$batch")),
        ]
    }};
}

const V1: [Route; 27] = rows!("/v1.0");
const BETA: [Route; 27] = rows!("/beta");

/// What only `/beta` has.
const BETA_ONLY: [Route; 22] = [
    looks(
        GraphOperation::ListScripts,
        "/beta/deviceManagement/deviceManagementScripts",
        Some("mdm.global.script.list"),
        "One page of scripts",
    ),
    changes_script(
        GraphOperation::CreateScript,
        Verb::Post,
        "/beta/deviceManagement/deviceManagementScripts",
        "mdm.global.script.create",
        "Makes a script",
    ),
    changes_script(
        GraphOperation::UpdateScript,
        Verb::Patch,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}",
        "mdm.global.script.update",
        "Changes a script",
    ),
    changes(
        GraphOperation::RemoveScript,
        Verb::Delete,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}",
        "mdm.global.script.remove",
        "Removes a script",
    ),
    changes(
        GraphOperation::AssignScript,
        Verb::Post,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/assign",
        "mdm.global.script.update",
        "Assigns a script",
    ),
    looks(
        GraphOperation::ListAssignments,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/assignments",
        SCRIPT,
        "What a script is assigned to",
    ),
    looks(
        GraphOperation::ShowAssignment,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/assignments/{assignmentId}",
        SCRIPT,
        "One thing that a script is assigned to",
    ),
    looks(
        GraphOperation::ListGroupAssignments,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/groupAssignments",
        SCRIPT,
        "Which groups a script is assigned to",
    ),
    looks(
        GraphOperation::ShowGroupAssignment,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/groupAssignments/{assignmentId}",
        SCRIPT,
        "One group that a script is assigned to",
    ),
    asks(
        GraphOperation::HavePayloadLinks,
        "/beta/deviceManagement/deviceManagementScripts/hasPayloadLinks",
        SCRIPT,
        "Which scripts are assigned",
    ),
    looks(
        GraphOperation::ShowRunSummary,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/runSummary",
        SCRIPT,
        "How a script's runs went, in numbers",
    ),
    looks(
        GraphOperation::ListUserRunStates,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/userRunStates",
        SCRIPT,
        "One page of the states of a script's runs for users",
    ),
    looks(
        GraphOperation::ListAppsOfDevice,
        "/beta/deviceManagement/managedDevices/{id}/detectedApps",
        GET,
        "One page of what a device has",
    ),
    looks(
        GraphOperation::ShowAppOfDevice,
        "/beta/deviceManagement/managedDevices/{id}/detectedApps/{appId}",
        GET,
        "One app that a device has",
    ),
    looks(
        GraphOperation::ListAppsOfDevice,
        "/beta/users/{userId}/managedDevices/{id}/detectedApps",
        GET,
        "One page of what a user's device has",
    ),
    looks(
        GraphOperation::ShowAppOfDevice,
        "/beta/users/{userId}/managedDevices/{id}/detectedApps/{appId}",
        GET,
        "One app that a user's device has",
    ),
    looks(
        GraphOperation::ListAppsOfDevice,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/deviceRunStates/{runStateId}/managedDevice/detectedApps",
        GET,
        "One page of what the device has that a script runs on",
    ),
    looks(
        GraphOperation::ShowAppOfDevice,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/deviceRunStates/{runStateId}/managedDevice/detectedApps/{appId}",
        GET,
        "One app of the device that a script runs on",
    ),
    changes(
        GraphOperation::ActOnDevices,
        Verb::Post,
        "/beta/deviceManagement/managedDevices/executeAction",
        ORDER,
        "Has several devices do something",
    ),
    looks(
        GraphOperation::ShowScript,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}",
        SCRIPT,
        "One script",
    ),
    looks(
        GraphOperation::ListRunStates,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/deviceRunStates",
        SCRIPT,
        "One page of the states of a script's runs",
    ),
    looks(
        GraphOperation::ShowRunState,
        "/beta/deviceManagement/deviceManagementScripts/{scriptId}/deviceRunStates/{runStateId}",
        SCRIPT,
        "The state of a script's run on one device",
    ),
];

/// Every route of the facade.
pub static GRAPH_ROUTES: [Route; V1.len() + BETA.len() + BETA_ONLY.len()] = joined();

const fn joined() -> [Route; V1.len() + BETA.len() + BETA_ONLY.len()] {
    let mut table = [V1[0]; V1.len() + BETA.len() + BETA_ONLY.len()];
    let mut row = 0;
    while row < V1.len() {
        table[row] = V1[row];
        table[V1.len() + row] = BETA[row];
        row += 1;
    }
    let mut row = 0;
    while row < BETA_ONLY.len() {
        table[V1.len() + BETA.len() + row] = BETA_ONLY[row];
        row += 1;
    }
    table
}
