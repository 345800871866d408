//! The facade's rows of the table of routes, each for both versions of Graph where it exists in both.
//!
//! Graph's permissions are these of ours (C.5): `DeviceManagementManagedDevices.Read.All` is to list and get devices,
//! `….ReadWrite.All` to change them too, `….PrivilegedOperations.All` to send commands and to remove.

mod beta;
mod both;
mod shapes;

use crate::admin::routes::Route;
use beta::BETA_ONLY;
use both::{BETA, V1};

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
    /// How many scripts.
    CountScripts,
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
