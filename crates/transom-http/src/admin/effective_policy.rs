//! What a device should have and why (E.1): `GET D/effective-policy`, and what would change if something else were so.

pub mod view;

use super::{
    call::Call,
    devices::request,
    error::{ApiError, InvalidCode},
    form::Checked,
    reply::{Answer, Reply},
};
use serde_json::{Value, json};
use transom_domain::{
    automation_rule::enforced,
    device::{
        DeviceState,
        update::{self, UpdateDevice},
    },
    policy::assigned,
};
use view::{EffectivePolicyView, PreviewView};

/// Fields of a device that may be supposed to be different.
const SUPPOSABLE: &[&str] = &["tags", "mdmUserId", "segmentId", "winPolicyId", "winPolicyAssignments"];

/// `GET D/effective-policy`
pub async fn show(call: Call) -> Answer {
    let (identifier, query) = (call.param("winDeviceId"), call.query());
    let device = call
        .read(move |view, caller| {
            let device = caller.device(view, &identifier)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(device)
        })
        .await?;
    let settled = super::devices::settled(&call, &device).await?;
    let view = EffectivePolicyView::new(&settled.policies, settled.state.version, &settled.expanded);
    Reply::data(&view)
}

/// `POST D/effective-policy/preview`. Looks only: nothing is stored.
pub async fn preview(call: Call) -> Answer {
    let identifier = call.param("winDeviceId");
    let (form, cache) = (call.form(suppose), call.state.prepared.clone());
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let preview = call
        .read(move |view, caller| {
            let device = caller.device(view, &identifier)?;
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            if device.state == DeviceState::Deleted {
                return Err(ApiError::NotFound);
            }
            let segments = view.segments(caller.organization.id)?;
            let now = assigned::load(view, &device, &segments, Some(&cache))?;
            let supposed = update::preview(view, &caller.scope, device, request)?;
            // Rules are asked what they would give, not what they give now.
            let enforced = enforced::supposed(view, &supposed.device)?;
            let assignments = &supposed.assignments;
            let then = assigned::gather(view, &supposed.device, assignments, enforced, &segments, Some(&cache))?;
            Ok(PreviewView::new(&now, &then))
        })
        .await?;
    Ok(Reply::data(&preview)?.ignoring(ignored))
}

/// Reads the body of a preview: the fields of `PUT D` that an effective policy leans on.
fn suppose(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<UpdateDevice>, ApiError> {
    let (mut supposed, mut others) = (body.clone(), Vec::new());
    if let Value::Object(fields) = &mut supposed {
        others = fields
            .keys()
            .filter(|k| !SUPPOSABLE.contains(&k.as_str()))
            .cloned()
            .collect();
        fields.retain(|key, _| SUPPOSABLE.contains(&key.as_str()));
    }
    if strict && let Some(other) = others.first() {
        return Err(ApiError::invalid(
            code,
            other,
            "unknown_field",
            "is unknown or read-only",
        ));
    }
    let mut form = request::update(&supposed, code, strict)?;
    form.ignored.extend(others);
    Ok(form)
}

/// The schema of the body.
pub fn schema() -> (&'static str, Value) {
    let [(_, update), ..] = request::schemas();
    let properties: serde_json::Map<String, Value> = SUPPOSABLE
        .iter()
        .map(|name| ((*name).to_owned(), update["properties"][*name].clone()))
        .collect();
    let schema = json!({
        "type": "object",
        "description": "What is supposed to be different; the rest is as it is.",
        "properties": properties
    });
    ("PreviewEffectivePolicy", schema)
}
