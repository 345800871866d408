//! What scripts are assigned to, as Graph has it (C.4): groups are the audiences of the management API. The runs that follow
//! are in [`super::runs`].

mod request;

use super::{SET, find, named};
use crate::{
    admin::{call::Call, error::ApiError, policies::visible},
    graph::{
        devices::properties,
        endpoint::GraphCall,
        error::GraphError,
        listing::{self, Batch, Entry, Set},
        reply::GraphReply,
    },
};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, sync::LazyLock};
use transom_domain::{
    ScriptId,
    script::assignment::{self, AssignError, Target},
};
use transom_odata::{Kind, Property, Schema};

/// The properties of an assignment.
pub const PROPERTIES: &[Property] = &[
    Property::new("id", Kind::Text),
    Property::shown("target", Kind::Complex),
];

/// The properties of an assignment to a group.
pub const GROUP_PROPERTIES: &[Property] = &[
    Property::new("id", Kind::Text),
    Property::new("targetGroupId", Kind::Text),
];

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema {
    properties: PROPERTIES,
    ..Schema::default()
});

static GROUP_SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema {
    properties: GROUP_PROPERTIES,
    ..Schema::default()
});

/// The two ways in which Graph shows what a script is assigned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    /// All of it.
    Assignments,
    /// The groups that get it.
    Groups,
}

impl View {
    fn set(self, script: ScriptId) -> Set {
        let (name, schema): (_, &'static Schema) = match self {
            Self::Assignments => ("assignments", &SCHEMA),
            Self::Groups => ("groupAssignments", &GROUP_SCHEMA),
        };
        Set {
            name: format!("{SET}('{script}')/{name}"),
            schema,
        }
    }

    /// What of these is seen in this way, in the order of the ids.
    fn entries(self, script: ScriptId, targets: &[Target]) -> Vec<(String, Map<String, Value>)> {
        let mut entries: Vec<(String, Map<String, Value>)> = targets
            .iter()
            .filter(|target| self == Self::Assignments || matches!(target, Target::Audience(_)))
            .map(|target| {
                let id = id_of(script, *target);
                let mut entry = match self {
                    Self::Assignments => assignment(*target),
                    Self::Groups => group(*target),
                };
                entry.insert("id".to_owned(), json!(id));
                (id, entry)
            })
            .collect();
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        entries
    }
}

/// The id of an assignment, as Graph writes it: an audience is at most once in the targets of a script.
fn id_of(script: ScriptId, target: Target) -> String {
    match target.audience() {
        Some(audience) => format!("{script}:{audience}"),
        None => format!("{script}:allDevices"),
    }
}

fn assignment(target: Target) -> Map<String, Value> {
    let (of_type, group) = match target {
        Target::AllDevices => ("allDevicesAssignmentTarget", None),
        Target::Audience(id) => ("groupAssignmentTarget", Some(id)),
        Target::NotAudience(id) => ("exclusionGroupAssignmentTarget", Some(id)),
    };
    let mut shown = json!({
        "@odata.type": format!("#microsoft.graph.{of_type}"),
        "deviceAndAppManagementAssignmentFilterId": null,
        "deviceAndAppManagementAssignmentFilterType": "none",
    });
    if let Some(group) = group {
        shown["groupId"] = json!(group.to_string());
    }
    let of_type = json!("#microsoft.graph.deviceManagementScriptAssignment");
    Map::from_iter([("@odata.type".to_owned(), of_type), ("target".to_owned(), shown)])
}

fn group(target: Target) -> Map<String, Value> {
    let of_type = json!("#microsoft.graph.deviceManagementScriptGroupAssignment");
    let group = json!(target.audience().map(|id| id.to_string()));
    Map::from_iter([("@odata.type".to_owned(), of_type), ("targetGroupId".to_owned(), group)])
}

/// What a script is assigned to, for `$expand`.
pub fn shown(script: ScriptId, targets: &[Target]) -> Value {
    let entries = View::Assignments.entries(script, targets);
    entries.into_iter().map(|(_, entry)| Value::Object(entry)).collect()
}

/// The script that a path means, and what it is assigned to.
async fn read(call: &Call) -> Result<(ScriptId, Vec<Target>), ApiError> {
    let named = call.param("scriptId");
    call.read(move |view, caller| {
        let script = find(view, caller, &named)?;
        Ok((script.id, view.script_targets(script.id)?))
    })
    .await
}

async fn list_as(call: GraphCall, how: View) -> Result<GraphReply, GraphError> {
    let (script, targets) = read(&call.call).await?;
    // There are few, so each batch is all of them that are left.
    let fetch = async |after: Option<String>, _: u32| {
        let entries = how.entries(script, &targets);
        let left = entries
            .into_iter()
            .filter(|(id, _)| after.as_ref().is_none_or(|after| id > after));
        Ok(Batch {
            entries: left.map(|(_, entry)| Entry(entry)).collect(),
            after: None,
        })
    };
    listing::list(&call, how.set(script), fetch).await
}

async fn show_as(call: GraphCall, how: View) -> Result<GraphReply, GraphError> {
    let (script, targets) = read(&call.call).await?;
    let wanted = call.call.param("assignmentId");
    let entries = how.entries(script, &targets);
    let found = entries.into_iter().find(|(id, _)| *id == wanted);
    let (_, entry) = found.ok_or(ApiError::NotFound)?;
    listing::entity(&call, &how.set(script), Entry(entry))
}

/// `GET …/assignments`
pub async fn list(call: GraphCall) -> Result<GraphReply, GraphError> {
    list_as(call, View::Assignments).await
}

/// `GET …/assignments/{assignmentId}`
pub async fn show(call: GraphCall) -> Result<GraphReply, GraphError> {
    show_as(call, View::Assignments).await
}

/// `GET …/groupAssignments`
pub async fn list_of_groups(call: GraphCall) -> Result<GraphReply, GraphError> {
    list_as(call, View::Groups).await
}

/// `GET …/groupAssignments/{assignmentId}`
pub async fn show_of_group(call: GraphCall) -> Result<GraphReply, GraphError> {
    show_as(call, View::Groups).await
}

/// `POST …/assign`: replaces what the script is assigned to.
pub async fn assign(call: GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    // The script comes before the body, and what is no assignment at all before the unit that changes something.
    read(&call.call).await?;
    let wanted = request::assignments(call.call.json()?)?;
    let script = call.call.param("scriptId");
    call.call
        .write(move |tx, cx, caller| {
            let script = find(tx, caller, &script)?;
            let scope = visible(tx, caller)?;
            let assigned = assignment::assign(tx, cx, caller.organization.id, &scope, script.id, &wanted.targets);
            assigned.map(drop).map_err(|error| match error {
                AssignError::Library(error) => wanted.placed(named(error, "mdm.global.script.update")),
                AssignError::LimitExceeded(message) => ApiError::LimitExceeded(message),
            })
        })
        .await?;
    Ok(GraphReply::Done)
}

/// `POST …/hasPayloadLinks`: which of these scripts are assigned.
pub async fn have_links(call: GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    let ids = request::payloads(call.call.json()?)?;
    let asked = ids.clone();
    let found: HashMap<String, bool> = call
        .call
        .read(move |view, caller| {
            let assigned = view.assigned_scripts(caller.organization.id)?;
            let mut found = HashMap::new();
            for named in &asked {
                if let Ok(script) = find(view, caller, named).map(|script| script.id) {
                    let is_assigned = assigned.iter().any(|assigned| assigned.script == script);
                    found.insert(named.clone(), is_assigned);
                }
            }
            Ok(found)
        })
        .await?;
    let items = ids.iter().map(|id| {
        let is_assigned = found.get(id).copied();
        json!({
            "@odata.type": "#microsoft.graph.hasPayloadLinkResultItem",
            "payloadId": id,
            "hasLink": is_assigned.unwrap_or_default(),
            "error": if is_assigned.is_some() { "" } else { "There is no such script" },
            "sources": if is_assigned == Some(true) { vec!["direct"] } else { Vec::new() },
        })
    });
    Ok(GraphReply::Json(json!({
        "@odata.context": format!("{}/$metadata#Collection(microsoft.graph.hasPayloadLinkResultItem)", call.root()),
        "value": items.collect::<Value>(),
    })))
}
