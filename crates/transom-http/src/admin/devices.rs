//! Devices (B.2): list, show, change, move, delete.

mod filter;
pub mod request;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    error::ApiError,
    reply::{Answer, PageView, Reply},
};
use std::collections::HashMap;
use transom_domain::{
    DeviceId, Timestamp, UserId,
    device::{self, Device, DeviceDetails, delete, update},
    enrollment::Enrollment,
    page::Page,
    ports::{StoreError, Tx, View},
    segment::Segment,
    user::User,
};
use view::DeviceView;

/// `GET W/devices`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let now = call.context.now;
    let page = call
        .read(move |view, caller| {
            let segments = view.segments(caller.organization.id)?;
            let page = view.device_page(&filter::of(&query, caller, &segments)?)?;
            let items = gather(view, caller, page.items, &segments)?;
            let items = items
                .iter()
                .map(|d| DeviceView::new(d, &segments, &caller.scope, now))
                .collect();
            Ok(Page {
                items,
                total: page.total,
                request: page.request,
            })
        })
        .await?;
    Reply::data(&PageView::new(page, |item| item))
}

/// `GET D`
pub async fn show(call: Call) -> Answer {
    let (identifier, query, now) = (call.param("winDeviceId"), call.query(), call.context.now);
    let device = call
        .read(move |view, caller| {
            let device = caller.device(view, &identifier)?;
            query.as_ref().map_err(Clone::clone)?;
            shown(view, caller, device, now)
        })
        .await?;
    Reply::data(&device)
}

/// `PUT D`
pub async fn update(call: Call) -> Answer {
    let (identifier, now) = (call.param("winDeviceId"), call.context.now);
    let form = call.form(request::update);
    call.answer(move |tx, cx, caller| {
        let device = caller.device_to_change(tx, &identifier)?;
        let form = form.as_ref().map_err(Clone::clone)?;
        let request = &form.value;
        if request.segment.is_some() {
            // The body makes it necessary: otherwise this route were a way around the one that moves devices.
            caller.check_permission("mdm.windows.device.move")?;
        }
        let action = "mdm.windows.device.update";
        let device = update::update(tx, cx, &caller.scope, device.id, request, action)?;
        Ok(Reply::data(&shown(tx, caller, device, now)?)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `PUT D/move`
pub async fn relocate(call: Call) -> Answer {
    let (identifier, now) = (call.param("winDeviceId"), call.context.now);
    let form = call.form(request::relocate);
    call.answer(move |tx, cx, caller| {
        let device = caller.device_to_change(tx, &identifier)?;
        let form = form.as_ref().map_err(Clone::clone)?;
        let request = &form.value;
        let action = "mdm.windows.device.move";
        let device = update::update(tx, cx, &caller.scope, device.id, request, action)?;
        Ok(Reply::data(&shown(tx, caller, device, now)?)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `DELETE D`
pub async fn remove(call: Call) -> Answer {
    let (identifier, query, now) = (call.param("winDeviceId"), call.query(), call.context.now);
    call.answer(move |tx, cx, caller| {
        let device = caller.device(tx, &identifier)?;
        let force = query.as_ref().map_err(Clone::clone)?.flag("force");
        let device = delete::delete(tx, cx, device.id, force)?;
        Reply::data(&shown(tx, caller, device, now)?)
    })
    .await
}

/// Locks the device that a path names, whatever its state is.
///
/// # Errors
/// When the caller sees no such device.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    let device = caller.device(tx, identifier(params))?;
    tx.lock_device(device.id)?.ok_or(ApiError::NotFound)?;
    Ok(())
}

/// What `GET D` answers at this moment.
///
/// # Errors
/// When the caller sees no such device.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, now: Timestamp) -> Answer {
    let device = caller.device(view, identifier(params))?;
    Reply::data(&shown(view, caller, device, now)?)
}

/// The device that a path names.
fn identifier(params: &Params) -> &str {
    params.get("winDeviceId").map_or("", String::as_str)
}

/// The view of one device.
fn shown(
    view: &mut (impl View + ?Sized),
    caller: &Caller,
    device: Device,
    now: Timestamp,
) -> Result<DeviceView, ApiError> {
    let segments = view.segments(caller.organization.id)?;
    let details = device::details(view, &caller.organization, device)?;
    Ok(DeviceView::new(&details, &segments, &caller.scope, now))
}

/// What the views of a page of devices show, in one query of each kind however long the page is.
fn gather(
    view: &mut dyn View,
    caller: &Caller,
    devices: Vec<Device>,
    segments: &[Segment],
) -> Result<Vec<DeviceDetails>, StoreError> {
    let users: Vec<UserId> = devices.iter().filter_map(|d| d.user).collect();
    let users = view.users_by_id(caller.organization.id, &users)?;
    let users: HashMap<UserId, User> = users.into_iter().map(|u| (u.id, u)).collect();
    let ids: Vec<DeviceId> = devices.iter().map(|d| d.id).collect();
    let enrollments = view.latest_enrollments(&ids)?;
    let mut reports = view.device_reports(&ids)?;
    let mut histories = view.device_histories(&ids)?;
    let mut enrollments: HashMap<DeviceId, Enrollment> = enrollments.into_iter().map(|e| (e.device, e)).collect();
    let mut gathered = Vec::with_capacity(devices.len());
    for device in devices {
        let segment = segments.iter().find(|s| s.id == device.segment).cloned();
        gathered.push(DeviceDetails {
            organization: caller.organization.clone(),
            segment: segment.ok_or_else(|| {
                StoreError::Inconsistent(format!(
                    "devices {}: segment {} does not exist",
                    device.id, device.segment
                ))
            })?,
            user: device.user.and_then(|id| users.get(&id)).cloned(),
            report: reports.remove(&device.id).unwrap_or_default(),
            history: histories.remove(&device.id).unwrap_or_default(),
            enrollment: enrollments.remove(&device.id),
            device,
        });
    }
    Ok(gathered)
}
