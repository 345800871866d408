//! The states of a script's runs (C.4). A run is a script that a device was given, by an administrator or by an assignment.
//! Nothing runs scripts on PCs yet, so each is pending (decision 39).

use super::{SET, find, id_of};
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
    ports::ScriptAssignments,
    script::assignment::{RunState, ScriptRun},
    segment::SegmentScope,
};
use transom_odata::{Accepts, Options, Schema, limits::TOP_DEFAULT};

/// Who may see on which devices a script runs.
const LIST_DEVICES: &str = "mdm.windows.device.list";

/// The script and the device of a run: `{scriptId}:{deviceId}`, as Graph writes it.
fn named_by(script: &str, run: &str) -> Result<(ScriptId, DeviceId), ApiError> {
    let (of, device) = run.split_once(':').ok_or(ApiError::NotFound)?;
    let script = id_of(script)?;
    let device = DeviceId::parse(device).map_err(|_| ApiError::NotFound)?;
    if ScriptId::parse(of).ok() == Some(script) {
        Ok((script, device))
    } else {
        Err(ApiError::NotFound)
    }
}

/// The device of a run, if the run is of that script.
pub fn device_of(view: &mut (impl ScriptAssignments + ?Sized), script: &str, run: &str) -> Result<DeviceId, ApiError> {
    let (script, device) = named_by(script, run)?;
    view.script_run(script, device)?
        .map(|_| device)
        .ok_or(ApiError::NotFound)
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
    let (id, after) = (script.id, from.map(|from| from.device()).transpose()?);
    let mut runs = call
        .call
        .read(move |view, _| Ok(view.script_run_scan(id, &scope, after, top + 1)?))
        .await?;
    let has_more = runs.len() > top as usize;
    runs.truncate(top as usize);
    let mut answer = Map::new();
    let context = format!(
        "{}/$metadata#deviceManagement/deviceManagementScripts('{}')/deviceRunStates",
        call.root(),
        script.id
    );
    answer.insert("@odata.context".to_owned(), json!(context));
    if let Some((id, _)) = runs.last().filter(|_| has_more) {
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
        runs.iter()
            .map(|(device, run)| state(script.id, *device, run.as_ref()))
            .collect(),
    );
    Ok(GraphReply::Json(Value::Object(answer)))
}

/// `GET …/deviceRunStates/{runStateId}`
pub async fn show(call: GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    let scope = call.call.caller.scope_of(LIST_DEVICES)?;
    let (named, run) = (call.call.param("scriptId"), call.call.param("runStateId"));
    let (script, device, run) = call
        .call
        .read(move |view, caller| {
            let script = find(view, caller, &named)?;
            let (_, id) = named_by(&named, &run)?;
            let run = view.script_run(script.id, id)?.ok_or(ApiError::NotFound)?;
            let device = view.device(caller.organization.id, id)?;
            let device = device
                .filter(|device| is_seen(device, &scope))
                .ok_or(ApiError::NotFound)?;
            Ok((script.id, device.id, run))
        })
        .await?;
    let mut answer = state(script, device, run.as_ref());
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

/// The state of a run; what was given directly has no record, and has not run.
fn state(script: ScriptId, device: DeviceId, run: Option<&ScriptRun>) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.deviceManagementScriptDeviceState",
        "id": format!("{script}:{device}"),
        "runState": run.map_or(RunState::Pending, |run| run.state).as_str(),
        "resultMessage": null,
        "lastStateUpdateDateTime": run.map(|run| run.updated_at.to_string()),
        "errorCode": 0,
        "errorDescription": null,
    })
}

/// `GET …/runSummary`: of the devices that the caller sees. What is pending is neither a success nor an error.
pub async fn summary(call: GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    let named = call.call.param("scriptId");
    let (script, counts) = call
        .call
        .read(move |view, caller| {
            let script = find(view, caller, &named)?.id;
            Ok((script, view.script_run_counts(script, &caller.scope)?))
        })
        .await?;
    let count = |states: &[RunState]| -> u64 {
        let counts = counts.iter().filter(|(state, _)| states.contains(state));
        counts.map(|(_, count)| count).sum()
    };
    Ok(GraphReply::Json(json!({
        "@odata.context": format!("{}/$metadata#{SET}('{script}')/runSummary/$entity", call.root()),
        "@odata.type": "#microsoft.graph.deviceManagementScriptRunSummary",
        "id": script.to_string(),
        "successDeviceCount": count(&[RunState::Success]),
        "errorDeviceCount": count(&[RunState::Fail, RunState::ScriptError]),
        "successUserCount": 0,
        "errorUserCount": 0,
    })))
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
