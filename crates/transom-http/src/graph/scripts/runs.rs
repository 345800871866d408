//! The states of a script's runs (C.4). A run is a script that a device was given; nothing runs scripts on PCs yet, so each
//! is pending (decision 39).

use super::{device_of, find};
use crate::{
    admin::error::ApiError,
    graph::{
        devices::properties,
        endpoint::GraphCall,
        error::GraphError,
        reply::GraphReply,
        skip_token::{PagingKey, Position},
    },
};
use serde_json::{Map, Value, json};
use transom_domain::{
    DeviceId, ScriptId,
    device::{Device, DeviceState},
    managed_device::{DeviceCondition, DeviceScan},
    ports::Scripts,
    segment::SegmentScope,
};
use transom_odata::{Accepts, Options, Schema, limits::TOP_DEFAULT};

/// Who may see on which devices a script runs.
const LIST_DEVICES: &str = "mdm.windows.device.list";

/// Which of these devices were given a script.
pub fn has(
    view: &mut (impl Scripts + ?Sized),
    devices: &[DeviceId],
    script: ScriptId,
) -> Result<Vec<DeviceId>, ApiError> {
    let script = script.to_string();
    let given = view.scripts_of_devices(devices)?.into_iter();
    Ok(given
        .filter(|(_, given)| given.run.id == script)
        .map(|(device, _)| device)
        .collect())
}

/// `GET …/deviceRunStates`: by device, a page at a time.
pub async fn list(call: GraphCall) -> Result<GraphReply, GraphError> {
    let options = Options::parse(call.call.raw_query(), &Schema::default(), Accepts::Pages)?;
    let scope = call.call.caller.scope_of(LIST_DEVICES)?;
    let named = call.call.param("scriptId");
    let script = call.call.read(move |view, caller| find(view, caller, &named)).await?;
    let asked = format!("{}\nruns\n{}", script.organization, script.id);
    let key = PagingKey::of(&call.call.state, &call.call.context).await?;
    let from = options
        .skip_token
        .as_deref()
        .map(|token| key.open(&asked, token))
        .transpose()?;
    let top = options.top.unwrap_or(TOP_DEFAULT);
    let mut scan = DeviceScan {
        organization: script.organization,
        scope,
        user: None,
        app: None,
        condition: Some(DeviceCondition::Script(script.id)),
        after: from.map(|from| from.device()).transpose()?,
        limit: top + 1,
    };
    let mut runs: Vec<DeviceId> = Vec::new();
    loop {
        let (batch, id) = (scan.clone(), script.id);
        let (last, found) = call
            .call
            .read(move |view, _| {
                let devices: Vec<DeviceId> = view.device_scan(&batch)?.iter().map(|d| d.id).collect();
                // The scan has devices of which something is asserted, too.
                let mut given = has(view, &devices, id)?;
                given.sort_unstable();
                Ok((
                    devices
                        .last()
                        .copied()
                        .filter(|_| devices.len() >= batch.limit as usize),
                    given,
                ))
            })
            .await?;
        runs.extend(found);
        match last.filter(|_| runs.len() <= top as usize) {
            Some(last) => scan.after = Some(last),
            None => break,
        }
    }
    let has_more = runs.len() > top as usize;
    runs.truncate(top as usize);
    let mut answer = Map::new();
    let context = format!(
        "{}/$metadata#deviceManagement/deviceManagementScripts('{}')/deviceRunStates",
        call.root(),
        script.id
    );
    answer.insert("@odata.context".to_owned(), json!(context));
    if let Some(id) = runs.last().copied().filter(|_| has_more) {
        let token = key.sign(
            &asked,
            &Position {
                keys: Vec::new(),
                id: id.to_string(),
            },
        )?;
        let link = format!(
            "{}{}?$top={top}&$skiptoken={token}",
            call.call.state.graph.public_url, call.path
        );
        answer.insert("@odata.nextLink".to_owned(), json!(link));
    }
    answer.insert(
        "value".to_owned(),
        runs.iter().map(|device| state(script.id, *device)).collect(),
    );
    Ok(GraphReply::Json(Value::Object(answer)))
}

/// `GET …/deviceRunStates/{runStateId}`
pub async fn show(call: GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    let scope = call.call.caller.scope_of(LIST_DEVICES)?;
    let (named, run) = (call.call.param("scriptId"), call.call.param("runStateId"));
    let (script, device) = call
        .call
        .read(move |view, caller| {
            let script = find(view, caller, &named)?;
            let id = device_of(view, &named, &run)?;
            let device = view.device(caller.organization.id, id)?;
            let device = device
                .filter(|device| is_seen(device, &scope))
                .ok_or(ApiError::NotFound)?;
            Ok((script.id, device.id))
        })
        .await?;
    let mut answer = state(script, device);
    let context = format!(
        "{}/$metadata#deviceManagement/deviceManagementScripts('{script}')/deviceRunStates/$entity",
        call.root()
    );
    answer["@odata.context"] = json!(context);
    Ok(GraphReply::Json(answer))
}

fn is_seen(device: &Device, scope: &SegmentScope) -> bool {
    device.state != DeviceState::Deleted && scope.contains(device.segment)
}

/// The state of a run.
fn state(script: ScriptId, device: DeviceId) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.deviceManagementScriptDeviceState",
        "id": format!("{script}:{device}"),
        "runState": "pending",
        "resultMessage": null,
        "lastStateUpdateDateTime": null,
        "errorCode": 0,
        "errorDescription": null,
    })
}

/// `GET …/userRunStates`: a script runs on devices here, whoever is signed in, so no run is a user's.
pub async fn of_users(call: GraphCall) -> Result<GraphReply, GraphError> {
    Options::parse(call.call.raw_query(), &Schema::default(), Accepts::Pages)?;
    let named = call.call.param("scriptId");
    let script = call.call.read(move |view, caller| find(view, caller, &named)).await?;
    let context = format!(
        "{}/$metadata#deviceManagement/deviceManagementScripts('{}')/userRunStates",
        call.root(),
        script.id
    );
    Ok(GraphReply::Json(json!({ "@odata.context": context, "value": [] })))
}
