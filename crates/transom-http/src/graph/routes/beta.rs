//! The routes that only `/beta` has.

use super::{
    GraphOperation,
    shapes::{asks, changes, changes_script, looks},
};
use crate::admin::routes::{Route, Verb};

const GET: Option<&str> = Some("mdm.windows.device.get");
const SCRIPT: Option<&str> = Some("mdm.global.script.get");
const ORDER: &str = "mdm.windows.command.create";

/// What only `/beta` has.
pub(super) const BETA_ONLY: [Route; 23] = [
    looks(
        GraphOperation::ListScripts,
        "/beta/deviceManagement/deviceManagementScripts",
        Some("mdm.global.script.list"),
        "One page of scripts",
    ),
    looks(
        GraphOperation::CountScripts,
        "/beta/deviceManagement/deviceManagementScripts/$count",
        Some("mdm.global.script.list"),
        "How many scripts",
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
