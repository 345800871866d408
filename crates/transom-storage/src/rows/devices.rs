//! Rows of `devices`, `device_tags`, `device_reports` and `device_state_changes`.

use super::{Place, millis, moment};
use crate::schema::{device_reports, device_state_changes, device_tags, devices};
use diesel::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use transom_domain::{
    DeviceId, EnrollmentTemplateId, OrganizationId, Timestamp, UserId,
    device::{Device, DeviceReport, DeviceState, EnrolledBy, RefreshArea, Reported, StateChange, Summary},
    enrollment_template::placement::PlacementState,
    ports::StoreError,
    segment::SegmentId,
};

/// What texts that are compared without case are compared by. Made here, because the databases' own ideas of lower case
/// differ: SQLite knows ASCII only, PostgreSQL asks its locale.
pub(crate) fn key(text: &str) -> String {
    text.to_lowercase()
}

/// The `refresh_needed` of a device of which nothing is to be read again.
pub(crate) const NOTHING_TO_REFRESH: &str = "[]";

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = devices, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct DeviceRow {
    pub(crate) id: String,
    organization_id: String,
    segment_id: i64,
    user_id: Option<String>,
    display_name: String,
    display_name_key: String,
    win_id: String,
    win_id_key: String,
    state: String,
    computer_name: Option<String>,
    computer_name_key: Option<String>,
    os_version: Option<String>,
    os_version_name: Option<String>,
    serial_number: Option<String>,
    serial_number_key: Option<String>,
    imei: Option<String>,
    imei_key: Option<String>,
    battery: Option<String>,
    manufacturer: Option<String>,
    manufacturer_key: Option<String>,
    model: Option<String>,
    model_key: Option<String>,
    custom_config: String,
    refresh_needed: String,
    possible_duplicate_of: Option<String>,
    last_status_report: Option<i64>,
    enrolled_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    enrollment_template_id: Option<String>,
    enrollment_state: Option<String>,
}

impl From<&Device> for DeviceRow {
    fn from(device: &Device) -> Self {
        let summary = device.summary.clone();
        let areas: Vec<&str> = device.refresh_needed.iter().map(|area| area.as_str()).collect();
        Self {
            id: device.id.to_string(),
            organization_id: device.organization.to_string(),
            segment_id: device.segment.0.into(),
            user_id: device.user.map(|u| u.to_string()),
            display_name_key: key(&device.display_name),
            display_name: device.display_name.clone(),
            win_id_key: key(&device.win_id),
            win_id: device.win_id.clone(),
            state: device.state.as_str().to_owned(),
            computer_name_key: summary.name.as_deref().map(key),
            computer_name: summary.name,
            os_version: summary.os_version,
            os_version_name: summary.os_version_name,
            serial_number_key: summary.serial_number.as_deref().map(key),
            serial_number: summary.serial_number,
            imei_key: summary.imei.as_deref().map(key),
            imei: summary.imei,
            battery: summary.battery,
            manufacturer_key: summary.manufacturer.as_deref().map(key),
            manufacturer: summary.manufacturer,
            model_key: summary.model.as_deref().map(key),
            model: summary.model,
            custom_config: Value::Object(device.custom_config.clone()).to_string(),
            refresh_needed: json!(areas).to_string(),
            possible_duplicate_of: device.possible_duplicate_of.map(|d| d.to_string()),
            last_status_report: millis(device.last_status_report),
            enrolled_at: millis(device.enrolled_at),
            created_at: device.created_at.as_millis(),
            updated_at: device.updated_at.as_millis(),
            enrollment_template_id: device.enrolled_by.map(|by| by.template.to_string()),
            enrollment_state: device.enrolled_by.map(|by| by.state.as_str().to_owned()),
        }
    }
}

impl DeviceRow {
    /// The device, with its tags in order.
    pub(crate) fn into_device(self, tags: Vec<String>) -> Result<Device, StoreError> {
        let at = Place::new("devices", &self.id);
        let areas: Vec<String> = at.json("refresh_needed", &self.refresh_needed)?;
        let areas: Option<BTreeSet<RefreshArea>> = areas.iter().map(|name| RefreshArea::from_name(name)).collect();
        let user = |id: &String| at.fit("user_id", UserId::parse(id).ok());
        let duplicate = |id: &String| at.fit("possible_duplicate_of", DeviceId::parse(id).ok());
        Ok(Device {
            id: at.fit("id", DeviceId::parse(&self.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&self.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", self.segment_id)?),
            user: self.user_id.as_ref().map(user).transpose()?,
            tags,
            state: at.fit("state", DeviceState::from_name(&self.state))?,
            custom_config: at.json("custom_config", &self.custom_config)?,
            refresh_needed: at.fit("refresh_needed", areas)?,
            possible_duplicate_of: self.possible_duplicate_of.as_ref().map(duplicate).transpose()?,
            enrolled_by: self.enrolled_by(at)?,
            display_name: self.display_name,
            win_id: self.win_id,
            summary: Summary {
                name: self.computer_name,
                os_version: self.os_version,
                os_version_name: self.os_version_name,
                serial_number: self.serial_number,
                imei: self.imei,
                battery: self.battery,
                manufacturer: self.manufacturer,
                model: self.model,
            },
            last_status_report: moment(self.last_status_report),
            enrolled_at: moment(self.enrolled_at),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

impl DeviceRow {
    fn enrolled_by(&self, at: Place<'_>) -> Result<Option<EnrolledBy>, StoreError> {
        let Some(template) = &self.enrollment_template_id else {
            return Ok(None);
        };
        let state = self.enrollment_state.as_deref().and_then(PlacementState::from_name);
        Ok(Some(EnrolledBy {
            template: at.fit("enrollment_template_id", EnrollmentTemplateId::parse(template).ok())?,
            state: at.fit("enrollment_state", state)?,
        }))
    }
}

#[derive(Insertable)]
#[diesel(table_name = device_tags)]
pub(crate) struct TagRow {
    device_id: String,
    position: i64,
    tag: String,
    tag_key: String,
}

impl TagRow {
    /// A device's tags as rows.
    pub(crate) fn of(device: &Device) -> Vec<Self> {
        (0..)
            .zip(&device.tags)
            .map(|(position, tag)| Self {
                device_id: device.id.to_string(),
                position,
                tag: tag.clone(),
                tag_key: key(tag),
            })
            .collect()
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = device_reports)]
pub(crate) struct ReportRow {
    device_id: String,
    config: String,
    dates: String,
}

impl ReportRow {
    pub(crate) fn new(device: DeviceId, report: &DeviceReport) -> Self {
        let config: Map<String, Value> = report
            .config
            .iter()
            .map(|(uri, reported)| (uri.clone(), reported_json(reported)))
            .collect();
        let dates: BTreeMap<&str, i64> = report
            .dates
            .iter()
            .map(|(area, at)| (area.as_str(), at.as_millis()))
            .collect();
        Self {
            device_id: device.to_string(),
            config: Value::Object(config).to_string(),
            dates: json!(dates).to_string(),
        }
    }

    /// Whose it is.
    pub(crate) fn device(&self) -> Result<DeviceId, StoreError> {
        let at = Place::new("device_reports", &self.device_id);
        at.fit("device_id", DeviceId::parse(&self.device_id).ok())
    }
}

impl TryFrom<ReportRow> for DeviceReport {
    type Error = StoreError;

    fn try_from(row: ReportRow) -> Result<Self, StoreError> {
        let at = Place::new("device_reports", &row.device_id);
        let config: Map<String, Value> = at.json("config", &row.config)?;
        let dates: BTreeMap<String, i64> = at.json("dates", &row.dates)?;
        let config: Option<_> = config
            .into_iter()
            .map(|(uri, value)| Some((uri, reported(value)?)))
            .collect();
        Ok(Self {
            config: at.fit("config", config)?,
            dates: dates
                .into_iter()
                .map(|(area, at)| (area, Timestamp::from_millis(at)))
                .collect(),
        })
    }
}

/// A value is its text, what could not be read is an object that says so.
fn reported_json(reported: &Reported) -> Value {
    match reported {
        Reported::Value(value) => Value::String(value.clone()),
        Reported::Unreadable { code, reason } => json!({ "isError": true, "status": code, "reason": reason }),
    }
}

fn reported(value: Value) -> Option<Reported> {
    match value {
        Value::String(value) => Some(Reported::Value(value)),
        Value::Object(object) => Some(Reported::Unreadable {
            code: u32::try_from(object.get("status")?.as_u64()?).ok()?,
            reason: object.get("reason")?.as_str()?.to_owned(),
        }),
        _ => None,
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = device_state_changes, treat_none_as_default_value = false)]
pub(crate) struct StateChangeRow {
    device_id: String,
    state: String,
    entered_at: i64,
    reason: String,
    actor: Option<String>,
    request_id: Option<String>,
}

impl StateChangeRow {
    pub(crate) fn new(device: DeviceId, change: &StateChange) -> Self {
        Self {
            device_id: device.to_string(),
            state: change.state.as_str().to_owned(),
            entered_at: change.at.as_millis(),
            reason: change.reason.clone(),
            actor: change.actor.clone(),
            request_id: change.request_id.clone(),
        }
    }

    /// Whose it is.
    pub(crate) fn device(&self) -> Result<DeviceId, StoreError> {
        let at = Place::new("device_state_changes", &self.device_id);
        at.fit("device_id", DeviceId::parse(&self.device_id).ok())
    }
}

impl TryFrom<StateChangeRow> for StateChange {
    type Error = StoreError;

    fn try_from(row: StateChangeRow) -> Result<Self, StoreError> {
        let at = Place::new("device_state_changes", &row.device_id);
        Ok(Self {
            state: at.fit("state", DeviceState::from_name(&row.state))?,
            at: Timestamp::from_millis(row.entered_at),
            reason: row.reason,
            actor: row.actor,
            request_id: row.request_id,
        })
    }
}
