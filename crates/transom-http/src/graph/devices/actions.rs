//! Remote actions (C.3): commands through the same use case as those of the management API.

pub mod table;

use super::super::{endpoint::GraphCall, error::GraphError, reply::GraphReply};
use super::{Named, find, properties};
use crate::admin::error::ApiError;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use table::{ActionKind, ActionRow, Arguments};
use transom_domain::{
    command::{CommandConfig, enqueue},
    device::update::Violation,
};

/// Most devices of one `executeAction`: Graph's own limit for its bulk actions.
const BULK_DEVICES_MAX: usize = 100;

/// Arguments of any action in `executeAction`, which has one type for all of them.
const BULK_ARGUMENTS: [&str; 9] = [
    "carrierUrl",
    "deprovisionReason",
    "deviceName",
    "keepEnrollmentData",
    "keepUserData",
    "notificationBody",
    "notificationTitle",
    "organizationalUnitPath",
    "persistEsimDataPlan",
];

/// `POST …/managedDevices/{id}/{action}`
pub async fn act(call: GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    let row = table::find(&call.call.param("action"), call.version).ok_or(ApiError::UnknownRoute)?;
    let named = Named::of(&call.call);
    // Who may not see the device learns nothing of what it could do.
    let seen = named.clone();
    call.call
        .read(move |view, caller| find(view, caller, &seen).map(drop))
        .await?;
    let body = body(&call)?;
    let config = ordered(row, &body)?;
    call.call
        .write(move |tx, cx, caller| {
            let device = find(tx, caller, &named)?;
            enqueue::enqueue(tx, cx, device.id, Some(row.name), std::slice::from_ref(&config))?;
            Ok(())
        })
        .await?;
    Ok(GraphReply::Nothing)
}

/// The command of an action, or why there is none.
fn ordered(row: &ActionRow, body: &Map<String, Value>) -> Result<CommandConfig, GraphError> {
    if let ActionKind::Refused(why) = row.kind {
        return Err(GraphError::NotSupported(format!(
            "{} is not supported: {why}",
            row.name
        )));
    }
    Arguments::of(body).command(row.kind).map_err(GraphError::invalid)
}

/// The body, which may be absent.
fn body(call: &GraphCall) -> Result<Map<String, Value>, GraphError> {
    if !call.has_body {
        return Ok(Map::new());
    }
    match call.call.json()? {
        Value::Object(body) => Ok(body.clone()),
        Value::Null => Ok(Map::new()),
        _ => Err(GraphError::invalid(vec![Violation::new(
            "",
            "type",
            "must be an object",
        )])),
    }
}

/// `POST …/managedDevices/executeAction`: one action on several devices, each on its own.
pub async fn act_on_all(call: GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    let mut body = body(&call)?;
    let name = match body.remove("actionName") {
        Some(Value::String(name)) => name,
        _ => return Err(wrong("actionName", "required", "is required, as a text")),
    };
    let ids: Option<Vec<String>> = match body.remove("deviceIds") {
        Some(Value::Array(ids)) => ids.into_iter().map(|id| id.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let ids = ids.ok_or_else(|| wrong("deviceIds", "required", "is required, as a list of texts"))?;
    if ids.is_empty() || ids.len() > BULK_DEVICES_MAX {
        let message = format!("must have 1 to {BULK_DEVICES_MAX} ids");
        return Err(wrong("deviceIds", "items", message));
    }
    let single = match name.as_str() {
        "retire" | "wipe" | "rebootNow" | "setDeviceName" | "syncDevice" => name.as_str(),
        "quickScan" | "fullScan" => {
            body.insert("quickScan".to_owned(), json!(name == "quickScan"));
            "windowsDefenderScan"
        }
        "signatureUpdate" => "windowsDefenderUpdateSignatures",
        _ => {
            return Err(GraphError::NotSupported(format!(
                "{name} is not supported for several devices"
            )));
        }
    };
    let row = table::find(single, call.version).ok_or(ApiError::UnknownRoute)?;
    // Arguments of actions that this is not are null in what clients send, or false: the SDKs fill their type with it.
    body.retain(|name, value| {
        let asks_nothing = *value == json!(false) || *value == json!("");
        !(value.is_null() || asks_nothing && BULK_ARGUMENTS.contains(&name.as_str()))
    });
    let config = ordered(row, &body)?;
    let (mut done, mut failed, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    // Who is named twice is meant once.
    for id in ids.into_iter().filter(|id| seen.insert(id.clone())) {
        let (config, wanted) = (config.clone(), id.clone());
        let outcome: Result<(), ApiError> = call
            .call
            .once_more()
            .write(move |tx, cx, caller| {
                let device = find(tx, caller, &Named::by_id(&wanted))?;
                enqueue::enqueue(tx, cx, device.id, Some(row.name), std::slice::from_ref(&config))?;
                Ok(())
            })
            .await;
        match outcome {
            Ok(()) => done.push(id),
            Err(ApiError::NotFound) => missing.push(id),
            Err(ApiError::NotActive(_) | ApiError::LimitExceeded(_)) => failed.push(id),
            Err(other) => return Err(other.into()),
        }
    }
    Ok(GraphReply::Json(json!({
        "@odata.context": format!("{}/$metadata#microsoft.graph.bulkManagedDeviceActionResult", call.root()),
        "successfulDeviceIds": done,
        "failedDeviceIds": failed,
        "notFoundDeviceIds": missing,
        "notSupportedDeviceIds": [],
    })))
}

fn wrong(path: &str, rule: &'static str, message: impl ToString) -> GraphError {
    GraphError::invalid(vec![Violation::new(path, rule, message)])
}
