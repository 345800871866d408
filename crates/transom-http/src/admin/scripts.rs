//! Scripts (B.5): list, make, show, change, remove.

pub mod request;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    error::ApiError,
    library::{RemovedView, query_of, refused},
    policies::visible,
    reply::{Answer, PageView, Reply},
    segments::only_segment,
};
use std::collections::HashMap;
use transom_domain::{
    ScriptId, Timestamp,
    page::Page,
    policy::references::ReferenceKind,
    ports::{PolicyReferences, ScriptAssignments, Scripts, Segments, StoreError, Tx, View},
    script::{Script, change},
};
use view::{ScriptSummaryView, ScriptUsesView, ScriptView};

fn id(text: &str) -> Result<ScriptId, ApiError> {
    ScriptId::parse(text).map_err(|_| ApiError::NotFound)
}

/// `GET M/scripts`. Without the contents: thousands of them would be gigabytes.
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| {
            let segments = view.segments(caller.organization.id)?;
            let page = view.script_page(&query_of(&query, caller, &segments)?)?;
            let uses = uses(view, caller, &page.items)?;
            let items = page.items.iter().zip(uses);
            Ok(Page {
                items: items
                    .map(|(script, uses)| ScriptSummaryView::new(script, uses))
                    .collect(),
                total: page.total,
                request: page.request,
            })
        })
        .await?;
    Reply::data(&PageView::new(page, |item| item))
}

/// How many use each.
fn uses(
    view: &mut (impl Scripts + ScriptAssignments + PolicyReferences + ?Sized),
    caller: &Caller,
    scripts: &[Script],
) -> Result<Vec<ScriptUsesView>, StoreError> {
    let ids: Vec<ScriptId> = scripts.iter().map(|s| s.id).collect();
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let policies: HashMap<String, u64> = view
        .reference_counts(ReferenceKind::Script, &names)?
        .into_iter()
        .collect();
    let devices: HashMap<ScriptId, u64> = view.script_device_counts(&ids)?.into_iter().collect();
    let assigned = view.assigned_scripts(caller.organization.id)?;
    let assigned: HashMap<ScriptId, usize> = assigned.iter().map(|a| (a.script, a.targets.len())).collect();
    let uses = ids.iter().zip(&names).map(|(id, name)| ScriptUsesView {
        policies: policies.get(name).copied().unwrap_or_default(),
        devices: devices.get(id).copied().unwrap_or_default(),
        assignments: assigned.get(id).copied().unwrap_or_default() as u64,
    });
    Ok(uses.collect())
}

fn one(
    view: &mut (impl Scripts + ScriptAssignments + PolicyReferences + ?Sized),
    caller: &Caller,
    script: &Script,
) -> Result<ScriptView, ApiError> {
    let uses = uses(view, caller, std::slice::from_ref(script))?;
    Ok(ScriptView::new(script, uses.into_iter().next().unwrap_or_default()))
}

/// Step 6: the script that the path means.
fn find(view: &mut (impl Scripts + Segments + ?Sized), caller: &Caller, name: &str) -> Result<Script, ApiError> {
    let scope = visible(view, caller)?;
    Ok(change::find(view, caller.organization.id, &scope, id(name)?)?)
}

/// `POST M/scripts`
pub async fn create(call: Call) -> Answer {
    let top = only_segment(&call).await?;
    let form = call.form(|body, code, strict| request::create(body, code, strict, top))?;
    let ignored = form.ignored;
    let made = call
        .write(move |tx, cx, caller| {
            let made = change::create(tx, cx, caller.organization.id, &caller.scope, &form.value)?;
            one(tx, caller, &made)
        })
        .await?;
    Ok(Reply::data(&made)?.ignoring(ignored))
}

/// `GET M/scripts/{scriptId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("scriptId"), call.query());
    let shown = call
        .read(move |view, caller| {
            let script = find(view, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            one(view, caller, &script)
        })
        .await?;
    Reply::data(&shown)
}

/// Locks the script that a path names.
///
/// # Errors
/// When the caller sees no such script.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    let script = find(tx, caller, identifier(params))?;
    tx.lock_scripts(caller.organization.id, &[script.id])?;
    Ok(())
}

/// What `GET M/scripts/{scriptId}` answers at this moment.
///
/// # Errors
/// When the caller sees no such script.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    let script = find(view, caller, identifier(params))?;
    Reply::data(&one(view, caller, &script)?)
}

fn identifier(params: &Params) -> &str {
    params.get("scriptId").map_or("", String::as_str)
}

/// `PUT M/scripts/{scriptId}`
pub async fn update(call: Call) -> Answer {
    let name = call.param("scriptId");
    let form = call.form(request::update);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let changed = call
        .write(move |tx, cx, caller| {
            let script = find(tx, caller, &name)?;
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            let scope = visible(tx, caller)?;
            let changed = change::update(tx, cx, caller.organization.id, &scope, script.id, request);
            let changed = changed.map_err(|e| refused(e, "mdm.global.script.update"))?;
            one(tx, caller, &changed)
        })
        .await?;
    Ok(Reply::data(&changed)?.ignoring(ignored))
}

/// `DELETE M/scripts/{scriptId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query) = (call.param("scriptId"), call.query());
    let removed = call
        .write(move |tx, cx, caller| {
            let script = find(tx, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            let scope = visible(tx, caller)?;
            let removed = change::remove(tx, cx, caller.organization.id, &scope, script.id);
            removed.map_err(|e| refused(e, "mdm.global.script.remove"))
        })
        .await?;
    Reply::data(&RemovedView::new(removed.id, &removed.name))
}
