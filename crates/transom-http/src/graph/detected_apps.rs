//! Detected apps: software that PCs say is installed (C.4).

use super::{
    devices::{self, Named},
    endpoint::GraphCall,
    error::GraphError,
    listing::{self, Batch, Entry, Set},
    reply::GraphReply,
};
use crate::admin::error::ApiError;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use transom_domain::{
    DetectedAppId,
    ports::Software,
    software::{AppScan, DetectedApp},
};
use transom_odata::{Kind, Property, Schema};

/// The platforms that Graph knows.
const PLATFORMS: &[&str] = &[
    "unknown",
    "windows",
    "windowsMobile",
    "windowsHolographic",
    "ios",
    "macOS",
    "chromeOS",
    "androidOSP",
    "androidDeviceAdministrator",
    "androidWorkProfile",
    "androidDedicatedAndFullyManaged",
    "unknownFutureValue",
];

/// The properties of an app.
pub const PROPERTIES: &[Property] = &[
    Property::new("id", Kind::Text),
    Property::new("displayName", Kind::Text),
    Property::new("version", Kind::Text),
    Property::new("sizeInByte", Kind::Integer),
    Property::new("deviceCount", Kind::Integer),
    Property::new("publisher", Kind::Text),
    Property::new("platform", Kind::Enum(PLATFORMS)),
];

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema {
    properties: PROPERTIES,
    collections: &[],
    navigations: &[],
    searchable: &["displayName"],
});

/// An app as it is shown; below a device without the number of devices, which would have to be counted for each.
pub fn object(app: &DetectedApp, devices: Option<u64>) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| {
        object.insert(name.to_owned(), value);
    };
    put("@odata.type", json!("#microsoft.graph.detectedApp"));
    put("id", json!(app.id.to_string()));
    put("displayName", json!(app.name));
    put("version", json!(app.version));
    // Windows does not report sizes.
    put("sizeInByte", json!(0));
    if let Some(devices) = devices {
        put("deviceCount", json!(devices));
    }
    put("publisher", json!(app.publisher));
    put("platform", json!("windows"));
    object
}

fn set() -> Set {
    Set {
        name: "deviceManagement/detectedApps".to_owned(),
        schema: &SCHEMA,
    }
}

/// The id in a path.
pub fn id_of(named: &str) -> Result<DetectedAppId, ApiError> {
    DetectedAppId::parse(named).map_err(|_| ApiError::NotFound)
}

/// The next apps that devices in the caller's reach have.
async fn batch(call: &GraphCall, after: Option<String>, limit: u32) -> Result<Batch, GraphError> {
    let scan = AppScan {
        organization: call.call.caller.organization.id,
        scope: call.call.caller.scope.clone(),
        after: after.map(|id| id_of(&id)).transpose()?,
        limit,
    };
    let found = call
        .call
        .read(move |view, _| Ok(view.detected_app_scan(&scan)?))
        .await?;
    let is_last = found.len() < limit as usize;
    let after = found.last().filter(|_| !is_last).map(|(app, _)| app.id.to_string());
    let seen = found.iter().filter(|(_, devices)| *devices > 0);
    let entries = seen.map(|(app, devices)| Entry(object(app, Some(*devices)))).collect();
    Ok(Batch { entries, after })
}

/// `GET …/detectedApps`
pub async fn list(call: GraphCall) -> Result<GraphReply, GraphError> {
    listing::list(&call, set(), async |after, limit| batch(&call, after, limit).await).await
}

/// `GET …/detectedApps/$count`
pub async fn count(call: GraphCall) -> Result<GraphReply, GraphError> {
    listing::count(&call, set(), async |after, limit| batch(&call, after, limit).await).await
}

/// An app that a device in the caller's reach has, and how many have it.
fn find(
    view: &mut (impl Software + ?Sized),
    caller: &crate::admin::call::Caller,
    named: &str,
) -> Result<(DetectedApp, u64), ApiError> {
    let id = id_of(named)?;
    let app = view
        .detected_app(caller.organization.id, id)?
        .ok_or(ApiError::NotFound)?;
    let counted = view.detected_app_devices(caller.organization.id, &caller.scope, &[id])?;
    let (_, devices) = counted.first().copied().ok_or(ApiError::NotFound)?;
    Ok((app, devices))
}

/// `GET …/detectedApps/{appId}`
pub async fn show(call: GraphCall) -> Result<GraphReply, GraphError> {
    let named = call.call.param("appId");
    let (app, devices) = call.call.read(move |view, caller| find(view, caller, &named)).await?;
    listing::entity(&call, &set(), Entry(object(&app, Some(devices))))
}

/// Refuses the devices of an app that nobody in the caller's reach has.
pub async fn check(call: &GraphCall, named: &str) -> Result<DetectedAppId, GraphError> {
    let named = named.to_owned();
    let (app, _) = call.call.read(move |view, caller| find(view, caller, &named)).await?;
    Ok(app.id)
}

/// What the device in the path has.
async fn of_device(call: &GraphCall) -> Result<Vec<DetectedApp>, GraphError> {
    let named = Named::without_app(&call.call);
    let apps = call
        .call
        .read(move |view, caller| {
            let device = devices::find(view, caller, &named)?;
            let apps = view.apps_of_devices(&[device.id])?.into_iter();
            Ok(apps.map(|(_, app)| app).collect::<Vec<_>>())
        })
        .await?;
    Ok(apps)
}

fn set_of_device(call: &GraphCall) -> Set {
    let path = call.path.trim_start_matches('/');
    let name = path.split_once('/').map_or(path, |(_, below)| below);
    Set {
        name: name.to_owned(),
        schema: &SCHEMA,
    }
}

/// `GET …/managedDevices/{id}/detectedApps`
pub async fn list_of_device(call: GraphCall) -> Result<GraphReply, GraphError> {
    let mut apps = of_device(&call).await?;
    apps.sort_unstable_by_key(|app| app.id);
    let fetch = async |after: Option<String>, _| {
        let after = after.map(|id| id_of(&id)).transpose()?;
        let behind = apps.iter().filter(|app| after.is_none_or(|after| app.id > after));
        // One PC has so few that they are one batch.
        Ok(Batch {
            entries: behind.map(|app| Entry(object(app, None))).collect(),
            after: None,
        })
    };
    listing::list(&call, set_of_device(&call), fetch).await
}

/// `GET …/managedDevices/{id}/detectedApps/{appId}`
pub async fn show_of_device(call: GraphCall) -> Result<GraphReply, GraphError> {
    let id = id_of(&call.call.param("appId"))?;
    let apps = of_device(&call).await?;
    let app = apps.iter().find(|app| app.id == id).ok_or(ApiError::NotFound)?;
    let mut set = set_of_device(&call);
    set.name.truncate(set.name.rfind('/').unwrap_or(set.name.len()));
    listing::entity(&call, &set, Entry(object(app, None)))
}
