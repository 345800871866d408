//! Scripts as Graph has them (C.4): those of PowerShell, the same records as in the management API.

use super::{
    endpoint::GraphCall,
    error::GraphError,
    listing::{self, Batch, Entry, Set},
    reply::GraphReply,
};
use crate::admin::{
    call::Caller,
    error::{ApiError, InvalidCode},
    library::refused,
    policies::visible,
    segments::only_segment,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use body::{Wanted, read};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use transom_domain::{
    ScriptId,
    library::LibraryError,
    ports::{Scripts, Segments},
    script::{RunAs, Runner, Script, change},
};
use transom_odata::{Accepts, Kind, Options, Property, Schema};

pub mod assignments;
mod body;
pub mod runs;

/// Where scripts are, below a version's root.
const SET: &str = "deviceManagement/deviceManagementScripts";

/// What a script can be expanded by.
const EXPANDED: &str = "assignments";

/// Scripts that are read at once: each may have 256 KiB, and only their heads are shown in a list.
const BATCH: u32 = 50;

/// The properties of a script.
pub const PROPERTIES: &[Property] = &[
    Property::new("id", Kind::Text),
    Property::new("displayName", Kind::Text),
    Property::new("description", Kind::Text),
    Property::shown("scriptContent", Kind::Text),
    Property::new("createdDateTime", Kind::Moment),
    Property::new("lastModifiedDateTime", Kind::Moment),
    Property::new("runAsAccount", Kind::Enum(&["system", "user"])),
    Property::new("enforceSignatureCheck", Kind::Boolean),
    Property::new("fileName", Kind::Text),
    Property::shown("roleScopeTagIds", Kind::Complex),
    Property::new("runAs32Bit", Kind::Boolean),
];

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema {
    properties: PROPERTIES,
    collections: &[],
    navigations: &[EXPANDED],
    searchable: &["displayName"],
});

fn set() -> Set {
    Set {
        name: SET.to_owned(),
        schema: &SCHEMA,
    }
}

/// Whether Graph has scripts of that kind.
const fn is_of_graph(script: &Script) -> bool {
    script.runner.is_powershell()
}

/// A script as it is shown; a list leaves the content out, as Graph does.
fn object(script: &Script, with_content: bool) -> Map<String, Value> {
    let content = with_content.then(|| STANDARD.encode(&script.content));
    let mut object = Map::new();
    for (name, value) in [
        ("@odata.type", json!("#microsoft.graph.deviceManagementScript")),
        ("id", json!(script.id.to_string())),
        ("displayName", json!(script.name)),
        ("description", json!(script.description)),
        ("scriptContent", json!(content)),
        ("createdDateTime", json!(script.created_at.to_string())),
        ("lastModifiedDateTime", json!(script.updated_at.to_string())),
        ("runAsAccount", json!(script.context.as_str())),
        ("enforceSignatureCheck", json!(script.enforce_signature_check)),
        ("fileName", json!(script.file_name)),
        ("roleScopeTagIds", json!([script.segment.to_string()])),
        ("runAs32Bit", json!(script.run_as_32_bit)),
    ] {
        object.insert(name.to_owned(), value);
    }
    object
}

fn id_of(named: &str) -> Result<ScriptId, ApiError> {
    ScriptId::parse(named).map_err(|_| ApiError::NotFound)
}

/// The script that a path means.
fn find(view: &mut (impl Scripts + Segments + ?Sized), caller: &Caller, named: &str) -> Result<Script, ApiError> {
    let scope = visible(view, caller)?;
    let script = change::find(view, caller.organization.id, &scope, id_of(named)?)?;
    Some(script).filter(is_of_graph).ok_or(ApiError::NotFound)
}

/// `GET …/deviceManagementScripts`
pub async fn list(call: GraphCall) -> Result<GraphReply, GraphError> {
    let options = Options::parse(call.call.raw_query(), &SCHEMA, Accepts::Collection)?;
    let expands = options.expand.contains(&EXPANDED);
    listing::list(&call, set(), async |after, limit| {
        batch(&call, after, limit, expands).await
    })
    .await
}

/// `GET …/deviceManagementScripts/$count`
pub async fn count(call: GraphCall) -> Result<GraphReply, GraphError> {
    listing::count(&call, set(), async |after, limit| {
        batch(&call, after, limit, false).await
    })
    .await
}

/// Scripts that come next, with their assignments where those are wanted.
async fn batch(call: &GraphCall, after: Option<String>, limit: u32, expands: bool) -> Result<Batch, GraphError> {
    let after = after.map(|id| id_of(&id)).transpose()?;
    let limit = limit.min(BATCH);
    let found = call
        .call
        .read(move |view, caller| {
            let scope = visible(view, caller)?;
            let found = view.script_scan(caller.organization.id, &scope, after, limit)?;
            let assigned = match expands {
                true => view.assigned_scripts(caller.organization.id)?,
                false => Vec::new(),
            };
            Ok((found, assigned))
        })
        .await?;
    let (found, assigned) = found;
    let is_last = found.len() < limit as usize;
    let shown = found.iter().filter(|script| is_of_graph(script));
    let entry = |script: &Script| {
        let mut object = object(script, false);
        if expands {
            let assigned = assigned.iter().find(|assigned| assigned.script == script.id);
            let targets = assigned.map(|assigned| assigned.targets.as_slice());
            object.insert(
                EXPANDED.to_owned(),
                assignments::shown(script.id, targets.unwrap_or_default()),
            );
        }
        Entry(object)
    };
    Ok(Batch {
        entries: shown.map(entry).collect(),
        after: found.last().filter(|_| !is_last).map(|script| script.id.to_string()),
    })
}

/// `GET …/deviceManagementScripts/{scriptId}`
pub async fn show(call: GraphCall) -> Result<GraphReply, GraphError> {
    let named = call.call.param("scriptId");
    let (script, targets) = call
        .call
        .read(move |view, caller| {
            let script = find(view, caller, &named)?;
            let targets = view.script_targets(script.id)?;
            Ok((script, targets))
        })
        .await?;
    let options = Options::parse(call.call.raw_query(), &SCHEMA, Accepts::Single)?;
    let mut object = object(&script, true);
    if options.expand.contains(&EXPANDED) {
        object.insert(EXPANDED.to_owned(), assignments::shown(script.id, &targets));
    }
    listing::entity(&call, &set(), Entry(object))
}

/// What a write answers.
fn written(call: &GraphCall, script: &Script) -> Value {
    let mut answer = Map::new();
    let context = format!("{}/$metadata#{SET}/$entity", call.root());
    answer.insert("@odata.context".to_owned(), json!(context));
    answer.extend(object(script, true));
    Value::Object(answer)
}

/// `POST …/deviceManagementScripts`
pub async fn create(call: GraphCall) -> Result<GraphReply, GraphError> {
    let mut wanted = read(call.call.json()?, Wanted::New)?;
    wanted.runner = Some(Runner::PowerShell);
    wanted.context = wanted.context.or(Some(RunAs::System));
    if wanted.segment.is_none() {
        wanted.segment = Some(only_segment(&call.call).await?);
    }
    let made = call
        .call
        .write(move |tx, cx, caller| {
            let made = change::create(tx, cx, caller.organization.id, &caller.scope, &wanted);
            made.map_err(|error| named(error, "mdm.global.script.create"))
        })
        .await?;
    Ok(GraphReply::Created(written(&call, &made)))
}

/// `PATCH …/deviceManagementScripts/{scriptId}`: what is absent stays as it is.
pub async fn update(call: GraphCall) -> Result<GraphReply, GraphError> {
    let (script, wanted) = (call.call.param("scriptId"), read(call.call.json()?, Wanted::Changed));
    let changed = call
        .call
        .write(move |tx, cx, caller| {
            let script = find(tx, caller, &script)?;
            let wanted = wanted.as_ref().map_err(GraphError::recorded)?;
            let scope = visible(tx, caller)?;
            let changed = change::update(tx, cx, caller.organization.id, &scope, script.id, wanted);
            changed.map_err(|error| named(error, "mdm.global.script.update"))
        })
        .await?;
    Ok(GraphReply::Json(written(&call, &changed)))
}

/// `DELETE …/deviceManagementScripts/{scriptId}`: one that nothing uses.
pub async fn remove(call: GraphCall) -> Result<GraphReply, GraphError> {
    let script = call.call.param("scriptId");
    call.call
        .write(move |tx, cx, caller| {
            let script = find(tx, caller, &script)?;
            let scope = visible(tx, caller)?;
            let removed = change::remove(tx, cx, caller.organization.id, &scope, script.id);
            removed.map_err(|error| named(error, "mdm.global.script.remove"))
        })
        .await?;
    Ok(GraphReply::Nothing)
}

/// A refusal with the names that Graph has for what it is about.
fn named(error: LibraryError, permission: &'static str) -> ApiError {
    match refused(error, permission) {
        ApiError::Invalid { code, mut violations } => {
            for violation in &mut violations {
                violation.path = body::name_of(&violation.path);
            }
            ApiError::Invalid { code, violations }
        }
        ApiError::UnknownReference { path, id, .. } => {
            let message = format!("{id} is no segment of the organization");
            ApiError::invalid(InvalidCode::Input, body::name_of(&path), "exists", message)
        }
        other => other,
    }
}
