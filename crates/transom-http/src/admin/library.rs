//! What the routes of applications and scripts share: which records a list shows, who uses them, what is refused.

use super::{
    call::Caller,
    error::{ApiError, InvalidCode},
    form::Form,
    policies,
    query::Query,
};
use serde::Serialize;
use serde_json::{Map, Value};
use transom_domain::{
    library::{LibraryError, LibraryQuery, LibrarySort},
    segment::{Segment, SegmentId},
};
use utoipa::ToSchema;

impl From<LibraryError> for ApiError {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::Invalid(violations) => Self::Invalid {
                code: InvalidCode::Input,
                violations,
            },
            LibraryError::UnknownReference { path, id } => Self::UnknownReference { path, id },
            LibraryError::Unknown | LibraryError::NotOwn => Self::NotFound,
            LibraryError::InUse(users) => Self::RecordInUse(users),
            LibraryError::Store(error) => error.into(),
        }
    }
}

/// A refusal at a route with this permission.
pub fn refused(error: LibraryError, permission: &'static str) -> ApiError {
    match error {
        // The token has the permission, but not in the record's segment.
        LibraryError::NotOwn => ApiError::MissingPermission(permission),
        other => other.into(),
    }
}

/// The query of the rules for the query of a caller.
pub fn query_of(query: &Query, caller: &Caller, segments: &[Segment]) -> Result<LibraryQuery, ApiError> {
    let (sort, descending) = query.sort().unwrap_or(("createdAt", true));
    Ok(LibraryQuery {
        organization: caller.organization.id,
        scope: policies::filter::scope(query, caller, segments)?,
        search: query.first("search").map(|s| s.trim().to_owned()),
        sort: match sort {
            "updatedAt" => LibrarySort::UpdatedAt,
            "name" => LibrarySort::Name,
            _ => LibrarySort::CreatedAt,
        },
        descending,
        page: query.page(),
    })
}

/// How many use a record, in sight or not.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[schema(as = RecordUses)]
pub struct UsesView {
    /// Policies that name it in their present version.
    #[schema(minimum = 0)]
    pub policies: u64,
    /// Devices that have it directly and are not deleted.
    #[schema(minimum = 0)]
    pub devices: u64,
}

/// A record that was removed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedRecord)]
pub struct RemovedView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    pub id: String,
    pub name: String,
    pub removed: bool,
}

impl RemovedView {
    /// The view of a record that was removed.
    pub fn new(id: impl ToString, name: &str) -> Self {
        Self {
            id: id.to_string(),
            name: name.to_owned(),
            removed: true,
        }
    }
}

/// A text that null takes away.
pub fn nullable(form: &mut Form, fields: &Map<String, Value>, path: &str, name: &str) -> Option<Option<String>> {
    match fields.get(name)? {
        Value::Null => Some(None),
        value => form.text(path, value).map(|text| Some(text.to_owned())),
    }
}

/// True or false.
pub fn flag(form: &mut Form, fields: &Map<String, Value>, name: &str) -> Option<bool> {
    let value = fields.get(name)?;
    if !value.is_boolean() {
        form.refuse(name, "type", "must be true or false");
    }
    value.as_bool()
}

/// One of a few words.
pub fn word<T>(form: &mut Form, path: &str, value: &Value, read: fn(&str) -> Option<T>, allowed: &[&str]) -> Option<T> {
    let found = form.text(path, value)?;
    let word = read(found);
    if word.is_none() {
        form.refuse(path, "enum", format!("must be one of {}", allowed.join(", ")));
    }
    word
}

/// Where a record goes, if the request says so.
pub fn segment(form: &mut Form, fields: &Map<String, Value>) -> Option<SegmentId> {
    fields
        .get("segmentId")
        .and_then(|value| form.segment("segmentId", value))
}
