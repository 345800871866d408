//! Rows of `scripts` and `device_scripts`.

use super::{Place, devices::key};
use crate::schema::{device_scripts, scripts};
use diesel::prelude::*;
use transom_domain::{
    DeviceId, OrganizationId, ScriptId, Timestamp,
    policy::content::{PolicyScript, ScriptKind},
    ports::StoreError,
    script::{RunAs, Runner, Script, assigned::DeviceScript},
    segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = scripts, treat_none_as_null = true)]
pub(crate) struct ScriptRow {
    pub(crate) id: String,
    organization_id: String,
    segment_id: i64,
    name: String,
    name_key: String,
    description: Option<String>,
    runner: String,
    context: String,
    timeout_seconds: i64,
    expose_to_children: bool,
    created_at: i64,
    updated_at: i64,
    content: String,
    file_name: Option<String>,
    enforce_signature_check: bool,
    run_as_32_bit: bool,
}

impl From<&Script> for ScriptRow {
    fn from(script: &Script) -> Self {
        Self {
            id: script.id.to_string(),
            organization_id: script.organization.to_string(),
            segment_id: script.segment.0.into(),
            name: script.name.clone(),
            name_key: key(&script.name),
            description: script.description.clone(),
            runner: script.runner.as_str().to_owned(),
            context: script.context.as_str().to_owned(),
            timeout_seconds: script.timeout_seconds.into(),
            expose_to_children: script.expose_to_children,
            created_at: script.created_at.as_millis(),
            updated_at: script.updated_at.as_millis(),
            content: script.content.clone(),
            file_name: script.file_name.clone(),
            enforce_signature_check: script.enforce_signature_check,
            run_as_32_bit: script.run_as_32_bit,
        }
    }
}

impl TryFrom<ScriptRow> for Script {
    type Error = StoreError;

    fn try_from(row: ScriptRow) -> Result<Self, StoreError> {
        let at = Place::new("scripts", &row.id);
        Ok(Self {
            id: at.fit("id", ScriptId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", row.segment_id)?),
            runner: at.fit("runner", Runner::from_name(&row.runner))?,
            context: at.fit("context", RunAs::from_name(&row.context))?,
            timeout_seconds: at.number("timeout_seconds", row.timeout_seconds)?,
            name: row.name,
            description: row.description,
            content: row.content,
            file_name: row.file_name,
            enforce_signature_check: row.enforce_signature_check,
            run_as_32_bit: row.run_as_32_bit,
            expose_to_children: row.expose_to_children,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = device_scripts)]
pub(crate) struct DeviceScriptRow {
    device_id: String,
    position: i64,
    script_id: String,
    kind: String,
    loop_time: Option<i64>,
    reset_date: Option<String>,
    arguments: Option<String>,
    scope: Option<String>,
}

impl DeviceScriptRow {
    /// What a device is given, as rows.
    pub(crate) fn of(device: DeviceId, scripts: &[DeviceScript]) -> Vec<Self> {
        let rows = scripts.iter().zip(0..);
        rows.map(|(script, position)| Self {
            device_id: device.to_string(),
            position,
            script_id: script.run.id.clone(),
            kind: script.run.kind.as_str().to_owned(),
            loop_time: script
                .run
                .loop_time
                .map(|minutes| i64::try_from(minutes).unwrap_or(i64::MAX)),
            reset_date: script.run.reset_date.clone(),
            arguments: script.run.arguments.clone(),
            scope: script.scope.map(|scope| scope.as_str().to_owned()),
        })
        .collect()
    }
}

impl TryFrom<DeviceScriptRow> for (DeviceId, DeviceScript) {
    type Error = StoreError;

    fn try_from(row: DeviceScriptRow) -> Result<Self, StoreError> {
        let at = Place::new("device_scripts", &row.device_id);
        let minutes = row.loop_time.map(|m| at.number("loop_time", m)).transpose()?;
        let scope = row.scope.map(|s| at.fit("scope", RunAs::from_name(&s))).transpose()?;
        let script = DeviceScript {
            run: PolicyScript {
                kind: at.fit("kind", ScriptKind::from_name(&row.kind))?,
                id: row.script_id,
                loop_time: minutes.map(u64::from),
                reset_date: row.reset_date,
                arguments: row.arguments,
            },
            scope,
        };
        Ok((at.fit("device_id", DeviceId::parse(&row.device_id).ok())?, script))
    }
}
