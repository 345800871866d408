//! Rows of `service_accounts`. Assignments are JSON: `{"role": name or id, "segments": […]}` or
//! `{"actions": […], "segments": […]}`.

use super::Place;
use crate::schema::service_accounts;
use diesel::prelude::*;
use serde_json::{Value, json};
use transom_domain::{
    OrganizationId, SegmentRoleId, ServiceAccountId, Timestamp,
    permission::PermissionSet,
    ports::StoreError,
    role::BuiltInRole,
    segment::SegmentId,
    service_account::{Assignment, RoleName, ServiceAccount},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = service_accounts, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct ServiceAccountRow {
    pub(crate) id: String,
    organization_id: String,
    name: String,
    description: Option<String>,
    assignments: String,
    created_at: i64,
    updated_at: i64,
}

impl From<&ServiceAccount> for ServiceAccountRow {
    fn from(account: &ServiceAccount) -> Self {
        Self {
            id: account.id.to_string(),
            organization_id: account.organization.to_string(),
            name: account.name.clone(),
            description: account.description.clone(),
            assignments: account.assignments.iter().map(written).collect::<Value>().to_string(),
            created_at: account.created_at.as_millis(),
            updated_at: account.updated_at.as_millis(),
        }
    }
}

impl TryFrom<ServiceAccountRow> for ServiceAccount {
    type Error = StoreError;

    fn try_from(row: ServiceAccountRow) -> Result<Self, StoreError> {
        let at = Place::new("service_accounts", &row.id);
        let assignments: Vec<Value> = at.json("assignments", &row.assignments)?;
        let assignments: Option<Vec<Assignment>> = assignments.iter().map(read).collect();
        Ok(Self {
            id: at.fit("id", ServiceAccountId::parse(&row.id).ok())?,
            organization: at.fit("organization_id", OrganizationId::parse(&row.organization_id).ok())?,
            name: row.name,
            description: row.description,
            assignments: at.fit("assignments", assignments)?,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

fn written(assignment: &Assignment) -> Value {
    let segments: Vec<u32> = assignment.segments.iter().map(|s| s.0).collect();
    match &assignment.role {
        RoleName::BuiltIn(role) => json!({ "role": role.as_str(), "segments": segments }),
        RoleName::Own(id) => json!({ "role": id.to_string(), "segments": segments }),
        RoleName::None(actions) => json!({ "actions": actions.texts(), "segments": segments }),
    }
}

fn read(value: &Value) -> Option<Assignment> {
    let segments = value.get("segments")?.as_array()?.iter();
    let segments = segments.map(|s| u32::try_from(s.as_u64()?).ok().map(SegmentId));
    let role = match (value.get("role").and_then(Value::as_str), value.get("actions")) {
        (Some(name), None) => match BuiltInRole::from_name(name) {
            Some(role) => RoleName::BuiltIn(role),
            None => RoleName::Own(SegmentRoleId::parse(name).ok()?),
        },
        (None, Some(actions)) => {
            let texts: Option<Vec<String>> = actions
                .as_array()?
                .iter()
                .map(|a| a.as_str().map(str::to_owned))
                .collect();
            RoleName::None(PermissionSet::parse(&texts?).ok()?)
        }
        _ => return None,
    };
    Some(Assignment {
        role,
        segments: segments.collect::<Option<_>>()?,
    })
}
