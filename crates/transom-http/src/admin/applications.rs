//! Applications (B.5): list, search, make, show, change, remove.

pub mod request;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    error::{ApiError, InvalidCode},
    library::{RemovedView, query_of, refused},
    policies::visible,
    query::Query,
    reply::{Answer, PageView, Reply},
    segments::only_segment,
};
use std::collections::HashMap;
use transom_domain::{
    ApplicationId, Timestamp,
    application::{Application, change},
    page::Page,
    policy::references::ReferenceKind,
    ports::{Applications, PolicyReferences, Segments, StoreError, Tx, View},
};
use view::ApplicationView;

fn id(text: &str) -> Result<ApplicationId, ApiError> {
    ApplicationId::parse(text).map_err(|_| ApiError::NotFound)
}

/// `GET W/applications`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    page(call, query).await
}

/// `GET W/applications/search`: as the list, but for something.
pub async fn search(call: Call) -> Answer {
    let query = call.query()?;
    if query.first("search").is_none() {
        let message = "is required: a part of a name, or of an id in Microsoft's store";
        return Err(ApiError::invalid(InvalidCode::Input, "search", "required", message));
    }
    page(call, query).await
}

async fn page(call: Call, query: Query) -> Answer {
    let page = call
        .read(move |view, caller| {
            let segments = view.segments(caller.organization.id)?;
            let page = view.application_page(&query_of(&query, caller, &segments)?)?;
            Ok(Page {
                items: views(view, &page.items)?,
                total: page.total,
                request: page.request,
            })
        })
        .await?;
    Reply::data(&PageView::new(page, |item| item))
}

/// Views with how many use each.
fn views(
    view: &mut (impl PolicyReferences + ?Sized),
    applications: &[Application],
) -> Result<Vec<ApplicationView>, StoreError> {
    let ids: Vec<String> = applications.iter().map(|a| a.id.to_string()).collect();
    let counts: HashMap<String, u64> = view
        .reference_counts(ReferenceKind::Application, &ids)?
        .into_iter()
        .collect();
    let used = |id: &String| counts.get(id).copied().unwrap_or_default();
    let views = applications.iter().zip(&ids);
    Ok(views
        .map(|(application, id)| ApplicationView::new(application, used(id)))
        .collect())
}

fn one(view: &mut (impl PolicyReferences + ?Sized), application: &Application) -> Result<ApplicationView, ApiError> {
    let views = views(view, std::slice::from_ref(application))?;
    views.into_iter().next().ok_or(ApiError::NotFound)
}

/// Step 6: the application that the path means.
fn find(
    view: &mut (impl Applications + Segments + ?Sized),
    caller: &Caller,
    name: &str,
) -> Result<Application, ApiError> {
    let scope = visible(view, caller)?;
    Ok(change::find(view, caller.organization.id, &scope, id(name)?)?)
}

/// `POST W/applications`
pub async fn create(call: Call) -> Answer {
    let top = only_segment(&call).await?;
    let form = call.form(|body, code, strict| request::create(body, code, strict, top))?;
    let ignored = form.ignored;
    let made = call
        .write(move |tx, cx, caller| {
            let made = change::create(tx, cx, caller.organization.id, &caller.scope, &form.value)?;
            one(tx, &made)
        })
        .await?;
    Ok(Reply::data(&made)?.ignoring(ignored))
}

/// `GET W/applications/{winApplicationId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("winApplicationId"), call.query());
    let shown = call
        .read(move |view, caller| {
            let application = find(view, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            one(view, &application)
        })
        .await?;
    Reply::data(&shown)
}

/// Locks the application that a path names.
///
/// # Errors
/// When the caller sees no such application.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    let application = find(tx, caller, identifier(params))?;
    tx.lock_applications(caller.organization.id, &[application.id])?;
    Ok(())
}

/// What `GET W/applications/{winApplicationId}` answers at this moment.
///
/// # Errors
/// When the caller sees no such application.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    let application = find(view, caller, identifier(params))?;
    Reply::data(&one(view, &application)?)
}

fn identifier(params: &Params) -> &str {
    params.get("winApplicationId").map_or("", String::as_str)
}

/// `PUT W/applications/{winApplicationId}`
pub async fn update(call: Call) -> Answer {
    let name = call.param("winApplicationId");
    let form = call.form(request::update);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let changed = call
        .write(move |tx, cx, caller| {
            let application = find(tx, caller, &name)?;
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            let scope = visible(tx, caller)?;
            let changed = change::update(tx, cx, caller.organization.id, &scope, application.id, request);
            let changed = changed.map_err(|e| refused(e, "mdm.windows.application.update"))?;
            one(tx, &changed)
        })
        .await?;
    Ok(Reply::data(&changed)?.ignoring(ignored))
}

/// `DELETE W/applications/{winApplicationId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query) = (call.param("winApplicationId"), call.query());
    let removed = call
        .write(move |tx, cx, caller| {
            let application = find(tx, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            let scope = visible(tx, caller)?;
            let removed = change::remove(tx, cx, caller.organization.id, &scope, application.id);
            removed.map_err(|e| refused(e, "mdm.windows.application.remove"))
        })
        .await?;
    Reply::data(&RemovedView::new(removed.id, &removed.name))
}
