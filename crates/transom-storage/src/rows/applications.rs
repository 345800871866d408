//! Rows of `applications`.

use super::{Place, devices::key};
use crate::schema::applications;
use diesel::prelude::*;
use transom_domain::{
    ApplicationId, OrganizationId, Timestamp,
    application::{Application, ApplicationKind, ApplicationOrigin},
    ports::StoreError,
    segment::SegmentId,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = applications, treat_none_as_null = true)]
pub(crate) struct ApplicationRow {
    pub(crate) id: String,
    organization_id: String,
    segment_id: i64,
    name: String,
    name_key: String,
    description: Option<String>,
    kind: String,
    win_store_id: Option<String>,
    win_store_id_key: Option<String>,
    mdm_asset_id: Option<String>,
    filter: Option<String>,
    expose_to_children: bool,
    created_at: i64,
    updated_at: i64,
}

impl From<&Application> for ApplicationRow {
    fn from(application: &Application) -> Self {
        let origin = &application.origin;
        Self {
            id: application.id.to_string(),
            organization_id: application.organization.to_string(),
            segment_id: application.segment.0.into(),
            name: application.name.clone(),
            name_key: key(&application.name),
            description: application.description.clone(),
            kind: origin.kind().as_str().to_owned(),
            win_store_id: origin.win_store_id().map(str::to_owned),
            win_store_id_key: origin.win_store_id().map(key),
            mdm_asset_id: origin.mdm_asset_id().map(str::to_owned),
            filter: application.filter.clone(),
            expose_to_children: application.expose_to_children,
            created_at: application.created_at.as_millis(),
            updated_at: application.updated_at.as_millis(),
        }
    }
}

impl TryFrom<ApplicationRow> for Application {
    type Error = StoreError;

    fn try_from(row: ApplicationRow) -> Result<Self, StoreError> {
        let at = Place::new("applications", &row.id);
        let origin = match at.fit("kind", ApplicationKind::from_name(&row.kind))? {
            ApplicationKind::Store => ApplicationOrigin::Store {
                win_store_id: at.fit("win_store_id", row.win_store_id)?,
            },
            ApplicationKind::Asset => ApplicationOrigin::Asset {
                mdm_asset_id: at.fit("mdm_asset_id", row.mdm_asset_id)?,
            },
        };
        Ok(Self {
            id: at.fit("id", ApplicationId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            segment: SegmentId(at.number("segment_id", row.segment_id)?),
            origin,
            name: row.name,
            description: row.description,
            filter: row.filter,
            expose_to_children: row.expose_to_children,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}
