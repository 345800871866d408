//! Rows of `script_assignments` and `script_runs`.

use super::Place;
use crate::schema::{script_assignments, script_runs};
use diesel::prelude::*;
use serde_json::{Value, json};
use transom_domain::{
    AudienceId, DeviceId, ScriptId, Timestamp,
    library::Shelf,
    ports::StoreError,
    script::{
        Script,
        assignment::{AssignedScript, RunState, ScriptRun, Target},
    },
    segment::SegmentId,
};

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = script_assignments)]
pub(crate) struct TargetsRow {
    script_id: String,
    organization_id: String,
    targets: String,
    updated_at: i64,
}

impl TargetsRow {
    /// What a script is assigned to.
    pub(crate) fn new(script: &Script, targets: &[Target], now: Timestamp) -> Self {
        let target = |target: &Target| match target {
            Target::AllDevices => json!({ "to": "devices" }),
            Target::Audience(id) => json!({ "to": "audience", "id": id.to_string() }),
            Target::NotAudience(id) => json!({ "to": "notAudience", "id": id.to_string() }),
        };
        Self {
            script_id: script.id.to_string(),
            organization_id: script.organization.to_string(),
            targets: Value::Array(targets.iter().map(target).collect()).to_string(),
            updated_at: now.as_millis(),
        }
    }
}

/// The targets of a script, as its row has them.
pub(crate) fn targets(script: &str, text: &str) -> Result<Vec<Target>, StoreError> {
    let at = Place::new("script_assignments", script);
    let list: Vec<Value> = at.json("targets", text)?;
    let target = |value: &Value| -> Option<Target> {
        let id = || AudienceId::parse(value.get("id")?.as_str()?).ok();
        match value.get("to")?.as_str()? {
            "devices" => Some(Target::AllDevices),
            "audience" => id().map(Target::Audience),
            "notAudience" => id().map(Target::NotAudience),
            _ => None,
        }
    };
    at.fit("targets", list.iter().map(target).collect())
}

/// A script's id, name, segment, whether it is exposed to the segments below, and its targets.
pub(crate) fn assigned(
    (script, name, segment, expose_to_children, text): (String, String, i64, bool, String),
) -> Result<AssignedScript, StoreError> {
    let at = Place::new("scripts", &script);
    Ok(AssignedScript {
        script: at.fit("id", ScriptId::parse(&script).ok())?,
        shelf: Shelf {
            segment: SegmentId(at.number("segment_id", segment)?),
            expose_to_children,
        },
        targets: targets(&script, &text)?,
        name,
    })
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = script_runs)]
pub(crate) struct RunRow {
    pub(crate) device_id: String,
    script_id: String,
    state: String,
    updated_at: i64,
}

impl From<&ScriptRun> for RunRow {
    fn from(run: &ScriptRun) -> Self {
        Self {
            device_id: run.device.to_string(),
            script_id: run.script.to_string(),
            state: run.state.as_str().to_owned(),
            updated_at: run.updated_at.as_millis(),
        }
    }
}

impl TryFrom<RunRow> for ScriptRun {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        let at = Place::new("script_runs", &row.device_id);
        Ok(Self {
            device: at.fit("device_id", DeviceId::parse(&row.device_id).ok())?,
            script: at.fit("script_id", ScriptId::parse(&row.script_id).ok())?,
            state: at.fit("state", RunState::from_name(&row.state))?,
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}
