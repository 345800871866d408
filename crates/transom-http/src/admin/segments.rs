//! Segments (B.7): the tree; new ones, changes, moves, removal.

mod change;

pub use change::{remove, update, update_schema};

use super::{
    call::Call,
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    reply::{Answer, Reply},
    view::{Moment, line_schema, segment_schema},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use transom_domain::segment::{
    self, CreateSegment, DECORATION_CHARS_MAX, NAME_CHARS_MAX, Segment, SegmentId, SegmentScope,
};
use utoipa::ToSchema;

/// A segment with what lies below it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Segment)]
pub struct SegmentView {
    #[schema(minimum = 0)]
    id: u32,
    #[schema(max_length = 256)]
    name: String,
    icon: Option<String>,
    color: Option<String>,
    /// The segment above; null at the top of what the caller sees.
    parent_id: Option<u32>,
    #[schema(no_recursion)]
    children: Vec<SegmentView>,
    created_at: Moment,
}

impl SegmentView {
    fn new(segment: &Segment, parent: Option<SegmentId>, children: Vec<SegmentView>) -> Self {
        Self {
            id: segment.id.0,
            name: segment.name.clone(),
            icon: segment.icon.clone(),
            color: segment.color.clone(),
            parent_id: parent.map(|id| id.0),
            children,
            created_at: Moment(segment.created_at),
        }
    }
}

/// `GET O/segments`
pub async fn list(call: Call) -> Answer {
    call.query()?;
    let segments = call
        .read(|view, caller| Ok(view.segments(caller.organization.id)?))
        .await?;
    Reply::data(&forest(&segments, &call.caller.scope))
}

/// `GET O/segments/by-user`
pub async fn own(call: Call) -> Answer {
    call.query()?;
    let segments = call
        .read(|view, caller| Ok(view.segments(caller.organization.id)?))
        .await?;
    Reply::data(&forest(&segments, &call.caller.authority.reach()))
}

/// `POST O/segments`
pub async fn create(call: Call) -> Answer {
    let top = only_segment(&call).await?;
    let form = call.form(|body, code, strict| read(body, code, strict, top))?;
    call.answer(move |tx, cx, caller| {
        let (organization, request) = (caller.organization.id, &form.value);
        let segment = segment::create(tx, cx, organization, &caller.scope, request).map_err(|e| named(e, request))?;
        let view = SegmentView::new(&segment, segment.parent, Vec::new());
        Ok(Reply::data(&view)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// Where something new goes if the caller does not say: the only top of what the caller may do this in, whether the token
/// or a role is limited to it; else the root (A.0, 1).
///
/// # Errors
/// When the store fails.
pub async fn only_segment(call: &Call) -> Result<SegmentId, ApiError> {
    if call.caller.scope == SegmentScope::All {
        return Ok(SegmentId::ROOT);
    }
    let top = call
        .read(|view, caller| Ok(caller.scope.only_top(&view.segments(caller.organization.id)?)))
        .await?;
    Ok(top.unwrap_or(SegmentId::ROOT))
}

/// Names the parent in the answer, if that is what does not exist.
fn named(error: segment::CreateSegmentError, request: &CreateSegment) -> ApiError {
    match ApiError::from(error) {
        ApiError::UnknownReference { path, .. } => ApiError::UnknownReference {
            path,
            id: request.parent.to_string(),
        },
        other => other,
    }
}

fn read(body: &Value, code: InvalidCode, strict: bool, top: SegmentId) -> Result<Checked<CreateSegment>, ApiError> {
    let mut form = Form::default();
    let Some(fields) = form.object("", body, &["name", "parentId", "icon", "color"]) else {
        return form.finish(None, code, strict);
    };
    let name = form.required_text("", "name", fields).map(str::to_owned);
    let parent = match fields.get("parentId") {
        Some(value) => form.segment("parentId", value),
        None => Some(top),
    };
    let icon = decoration(&mut form, fields, "icon");
    let color = decoration(&mut form, fields, "color");
    let request = name.zip(parent).map(|(name, parent)| CreateSegment {
        name,
        parent,
        icon,
        color,
    });
    form.finish(request, code, strict)
}

fn decoration(form: &mut Form, fields: &Map<String, Value>, name: &str) -> Option<String> {
    let value = fields.get(name).filter(|v| !v.is_null())?;
    form.text(name, value).map(str::to_owned)
}

/// The tree as far as the caller sees it; several trees, if the top is out of sight.
fn forest(segments: &[Segment], scope: &SegmentScope) -> Vec<SegmentView> {
    let tops = segments
        .iter()
        .filter(|s| scope.contains(s.id) && s.parent.is_none_or(|p| !scope.contains(p)));
    tops.map(|top| SegmentView::new(top, None, below(top.id, segments, 0)))
        .collect()
}

fn below(parent: SegmentId, segments: &[Segment], depth: usize) -> Vec<SegmentView> {
    if depth > segment::SEGMENT_DEPTH_MAX {
        return Vec::new();
    }
    let children = segments.iter().filter(|s| s.parent == Some(parent));
    children
        .map(|s| SegmentView::new(s, s.parent, below(s.id, segments, depth + 1)))
        .collect()
}

/// The schema of an icon or a colour.
fn decoration_schema() -> Value {
    json!({ "type": ["string", "null"], "minLength": 1, "maxLength": DECORATION_CHARS_MAX })
}

/// The schema of the body.
pub fn schema() -> (&'static str, Value) {
    let decoration = decoration_schema();
    let schema = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": line_schema(NAME_CHARS_MAX),
            "parentId": segment_schema(),
            "icon": decoration,
            "color": decoration
        }
    });
    ("CreateSegment", schema)
}
