//! Changing, moving and removing a segment.

use super::{SegmentView, decoration_schema};
use crate::admin::{
    call::{Call, Caller},
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    query,
    reply::{Answer, Reply},
    view::{segment_schema, text_schema},
};
use serde_json::{Map, Value, json};
use transom_domain::segment::{
    NAME_CHARS_MAX, Segment, SegmentId,
    change::{self, ChangeSegmentError, UpdateSegment},
};

impl From<ChangeSegmentError> for ApiError {
    fn from(error: ChangeSegmentError) -> Self {
        match error {
            ChangeSegmentError::Field { field, error } => Self::invalid(InvalidCode::Input, field, "text", error),
            ChangeSegmentError::UnknownParent(id) => Self::UnknownReference {
                path: "parentId".to_owned(),
                id: id.to_string(),
            },
            ChangeSegmentError::Cycle => Self::invalid(InvalidCode::Input, "parentId", "cycle", error),
            ChangeSegmentError::TooDeep => Self::LimitExceeded(error.to_string()),
            ChangeSegmentError::Root => Self::invalid(InvalidCode::Input, "segmentId", "root", error),
            ChangeSegmentError::OutOfReach => Self::MissingPermission("base.organization.segment.update"),
            ChangeSegmentError::NotEmpty(_) => Self::invalid(InvalidCode::Input, "segmentId", "not_empty", error),
            ChangeSegmentError::Unknown => Self::NotFound,
            ChangeSegmentError::Store(error) => error.into(),
        }
    }
}

/// `PUT O/segments/{segmentId}`
pub async fn update(call: Call) -> Answer {
    let id = query::segment(&call.param("segmentId")).ok_or(ApiError::NotFound);
    let form = call.form(read);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let segment = call
        .write(move |tx, cx, caller| {
            let (id, organization) = (id.clone()?, caller.organization.id);
            if !caller.scope.contains(id) || tx.segment(organization, id)?.is_none() {
                return Err(ApiError::NotFound);
            }
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            Ok(change::update(tx, cx, organization, &caller.scope, id, request)?)
        })
        .await?;
    Ok(Reply::data(&alone(&segment, &call.caller))?.ignoring(ignored))
}

/// `DELETE O/segments/{segmentId}`
pub async fn remove(call: Call) -> Answer {
    let id = query::segment(&call.param("segmentId")).ok_or(ApiError::NotFound);
    let query = call.query();
    let segment = call
        .write(move |tx, cx, caller| {
            let (id, organization) = (id.clone()?, caller.organization.id);
            query.as_ref().map_err(Clone::clone)?;
            Ok(change::remove(tx, cx, organization, &caller.scope, id)?)
        })
        .await?;
    Reply::data(&alone(&segment, &call.caller))
}

/// A segment without what lies below; the segment above it, if the caller sees that.
fn alone(segment: &Segment, caller: &Caller) -> SegmentView {
    let parent: Option<SegmentId> = segment.parent.filter(|p| caller.scope.contains(*p));
    SegmentView::new(segment, parent, Vec::new())
}

fn read(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<UpdateSegment>, ApiError> {
    let mut form = Form::default();
    let mut request = UpdateSegment::default();
    let Some(fields) = form.object("", body, &["name", "parentId", "icon", "color"]) else {
        return form.finish(None, code, strict);
    };
    if let Some(value) = fields.get("name") {
        request.name = form.text("name", value).map(str::to_owned);
    }
    // The segment above is shown as null where the caller does not see it: null sent back changes nothing.
    if let Some(value) = fields.get("parentId").filter(|v| !v.is_null()) {
        request.parent = form.segment("parentId", value);
    }
    request.icon = decoration(&mut form, fields, "icon");
    request.color = decoration(&mut form, fields, "color");
    form.finish(Some(request), code, strict)
}

/// `Some(None)` takes the decoration away.
fn decoration(form: &mut Form, fields: &Map<String, Value>, name: &str) -> Option<Option<String>> {
    match fields.get(name)? {
        Value::Null => Some(None),
        value => form.text(name, value).map(|text| Some(text.to_owned())),
    }
}

/// The schema of the body of a change.
pub fn update_schema() -> (&'static str, Value) {
    let schema = json!({
        "type": "object",
        "description": "Absent fields stay as they are.",
        "properties": {
            "name": text_schema(NAME_CHARS_MAX),
            "parentId": { "oneOf": [segment_schema(), { "type": "null" }] },
            "icon": decoration_schema(),
            "color": decoration_schema()
        }
    });
    ("UpdateSegment", schema)
}
