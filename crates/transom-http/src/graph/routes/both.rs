//! The routes that both versions of Graph have.

use super::{
    GraphOperation,
    shapes::{batch, changes, looks},
};
use crate::admin::routes::{Route, Verb};

const LIST: Option<&str> = Some("mdm.windows.device.list");
const GET: Option<&str> = Some("mdm.windows.device.get");
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

pub(super) const V1: [Route; 27] = rows!("/v1.0");
pub(super) const BETA: [Route; 27] = rows!("/beta");
