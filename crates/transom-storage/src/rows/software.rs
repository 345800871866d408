//! Rows of `software_findings`, `detected_apps` and `device_apps`.

use super::Place;
use crate::schema::{detected_apps, device_apps, software_findings};
use diesel::prelude::*;
use transom_domain::{DetectedAppId, DeviceId, OrganizationId, ports::StoreError, software::DetectedApp};

#[derive(Insertable)]
#[diesel(table_name = software_findings)]
pub(crate) struct FindingRow {
    device_id: String,
    pub(crate) uri: String,
    value: String,
}

impl FindingRow {
    /// What a PC said at a node. Neither database keeps a NUL in a text.
    pub(crate) fn new(device: DeviceId, uri: &str, value: &str) -> Self {
        Self {
            device_id: device.to_string(),
            uri: uri.replace('\0', ""),
            value: value.replace('\0', ""),
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = detected_apps, treat_none_as_default_value = false)]
pub(crate) struct AppRow {
    pub(crate) id: String,
    organization_id: String,
    name: String,
    version: Option<String>,
    publisher: Option<String>,
}

impl From<&DetectedApp> for AppRow {
    fn from(app: &DetectedApp) -> Self {
        Self {
            id: app.id.to_string(),
            organization_id: app.organization.to_string(),
            name: app.name.clone(),
            version: app.version.clone(),
            publisher: app.publisher.clone(),
        }
    }
}

impl TryFrom<AppRow> for DetectedApp {
    type Error = StoreError;

    fn try_from(row: AppRow) -> Result<Self, StoreError> {
        let at = Place::new("detected_apps", &row.id);
        Ok(Self {
            id: at.fit("id", DetectedAppId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            name: row.name,
            version: row.version,
            publisher: row.publisher,
        })
    }
}

#[derive(Queryable, Selectable, Insertable, PartialEq, Eq, PartialOrd, Ord)]
#[diesel(table_name = device_apps)]
pub(crate) struct DeviceAppRow {
    device_id: String,
    app_id: String,
}

impl DeviceAppRow {
    /// A device that has an app.
    pub(crate) fn new(device: &str, app: &DetectedApp) -> Self {
        Self {
            device_id: device.to_owned(),
            app_id: app.id.to_string(),
        }
    }

    /// The device.
    pub(crate) fn device(&self) -> Result<DeviceId, StoreError> {
        Place::new("device_apps", &self.device_id).fit("device_id", DeviceId::parse(&self.device_id).ok())
    }
}
