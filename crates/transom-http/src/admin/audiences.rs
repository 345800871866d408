//! Audiences (B.7, E.2): list, make, show, change, remove; and who would be in one.

pub mod request;
pub mod view;

use super::{
    automation_rules::{pages, view::RemovedView},
    call::{Call, Caller, Params},
    error::ApiError,
    form::Checked,
    policies,
    reply::{Answer, PageView, Reply},
    segments::only_segment,
};
use transom_domain::{
    AudienceId, Timestamp,
    audience::{
        Audience,
        change::{self, WriteAudience},
        preview::{self, Preview},
    },
    ports::{Audiences, Segments, Tx, View},
};
use view::{AudiencePreviewView, AudienceView};

/// `GET M/device-audiences`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| {
            let segments = view.segments(caller.organization.id)?;
            let scope = policies::filter::scope(&query, caller, &segments)?;
            let mut audiences = view.audiences(caller.organization.id)?;
            audiences.retain(|a| scope.shows(a.segment, a.expose_to_children));
            Ok(pages::sorted(&query, audiences, |a: &Audience| pages::Listed {
                name: a.name.to_lowercase(),
                created_at: a.created_at,
                updated_at: a.updated_at,
                id: a.id.to_string(),
            }))
        })
        .await?;
    Reply::data(&PageView::new(page, |audience| AudienceView::new(&audience)))
}

/// `POST M/device-audiences`
pub async fn create(call: Call) -> Answer {
    let top = only_segment(&call).await?;
    let form = call.form(|body, code, strict| request::create(body, code, strict, top))?;
    call.answer(move |tx, cx, caller| {
        let made = change::create(tx, cx, caller.organization.id, &caller.scope, &form.value);
        let audience = made.map_err(|e| ApiError::rule(e, "mdm.global.deviceAudience.create"))?;
        Ok(Reply::data(&AudienceView::new(&audience))?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `GET M/device-audiences/{deviceAudienceId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("deviceAudienceId"), call.query());
    let audience = call
        .read(move |view, caller| {
            let audience = found(view, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(audience)
        })
        .await?;
    Reply::data(&AudienceView::new(&audience))
}

/// Locks the audience that a path names: all that changes one locks the organization.
///
/// # Errors
/// When the caller sees no such audience.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    tx.lock_organization(caller.organization.id)?;
    found(tx, caller, identifier(params)).map(drop)
}

/// What `GET M/device-audiences/{deviceAudienceId}` answers at this moment.
///
/// # Errors
/// When the caller sees no such audience.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    Reply::data(&AudienceView::new(&found(view, caller, identifier(params))?))
}

/// The audience that a path names.
fn identifier(params: &Params) -> &str {
    params.get("deviceAudienceId").map_or("", String::as_str)
}

/// `PUT M/device-audiences/{deviceAudienceId}`
pub async fn update(call: Call) -> Answer {
    let name = call.param("deviceAudienceId");
    let form = call.form(request::update);
    call.answer(move |tx, cx, caller| {
        let audience = found(tx, caller, &name)?;
        let form = form.as_ref().map_err(Clone::clone)?;
        let scope = policies::visible(tx, caller)?;
        let changed = change::update(tx, cx, caller.organization.id, &scope, audience.id, &form.value);
        let audience = changed.map_err(|e| ApiError::rule(e, "mdm.global.deviceAudience.update"))?;
        Ok(Reply::data(&AudienceView::new(&audience))?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `DELETE M/device-audiences/{deviceAudienceId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query) = (call.param("deviceAudienceId"), call.query());
    call.answer(move |tx, cx, caller| {
        let audience = found(tx, caller, &name)?;
        query.as_ref().map_err(Clone::clone)?;
        let scope = policies::visible(tx, caller)?;
        let removed = change::remove(tx, cx, caller.organization.id, &scope, audience.id);
        let audience = removed.map_err(|e| ApiError::rule(e, "mdm.global.deviceAudience.remove"))?;
        Reply::data(&RemovedView::new(audience.id, &audience.name))
    })
    .await
}

/// `POST M/device-audiences/{deviceAudienceId}/preview`. Looks only: nothing is stored. PCs are looked at in steps, so
/// that no read lasts long.
pub async fn preview(call: Call) -> Answer {
    let (name, query) = (call.param("deviceAudienceId"), call.query());
    let form = call.optional_form(request::preview);
    let (now, then, form) = call
        .read(move |view, caller| {
            let now = found(view, caller, &name)?;
            let form: &Checked<WriteAudience> = form.as_ref().map_err(Clone::clone)?;
            if let Some(segment) = form.value.segment
                && (!caller.scope.contains(segment) || view.segment(caller.organization.id, segment)?.is_none())
            {
                return Err(ApiError::UnknownReference {
                    path: "segmentId".to_owned(),
                    id: segment.to_string(),
                });
            }
            Ok((now.clone(), form.value.clone().over(&now), form.clone()))
        })
        .await?;
    let shown = query?.page().limit() as usize;
    let mut found = Preview::default();
    while !found.is_complete && found.examined < u64::from(preview::EXAMINED_MAX) {
        let (now, then, before) = (now.clone(), then.clone(), found.clone());
        found = call
            .read(move |view, caller| {
                let organization = caller.organization.id;
                let step = preview::step(view, organization, &caller.scope, (&now, &then), shown, before.clone());
                Ok(step?)
            })
            .await?;
    }
    Ok(Reply::data(&AudiencePreviewView::new(&found))?.ignoring(form.ignored))
}

/// Step 6: the audience that the path means.
fn found(view: &mut (impl Audiences + Segments + ?Sized), caller: &Caller, id: &str) -> Result<Audience, ApiError> {
    let id = AudienceId::parse(id).map_err(|_| ApiError::NotFound)?;
    let scope = policies::visible(view, caller)?;
    let found = change::find(view, caller.organization.id, &scope, id);
    found.map_err(|e| ApiError::rule(e, "mdm.global.deviceAudience.get"))
}
