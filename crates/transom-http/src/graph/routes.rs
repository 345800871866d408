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
    /// One script.
    ShowScript,
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

/// Several requests: each of them is checked and recorded as what it is.
const fn batch(path: &'static str) -> Route {
    let mut route = looks(GraphOperation::Batch, path, None, "Several requests in one");
    route.verb = Verb::Post;
    route.body = Some(BodyRule {
        bytes_max: BATCH_BODY_BYTES_MAX,
        schema: "GraphObject",
        form: None,
    });
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
            ActOnDevice, CountDevices, ListDevices, Metadata, RemoveDevice, ShowDevice, ShowOverview, UpdateDevice,
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
            batch(concat!($version, "/$batch")),
        ]
    }};
}

const V1: [Route; 19] = rows!("/v1.0");
const BETA: [Route; 19] = rows!("/beta");

/// What only `/beta` has.
const BETA_ONLY: [Route; 4] = [
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
