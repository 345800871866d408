//! Devices (B.2): list, show, change, move, delete.

pub mod filter;
pub mod given;
pub mod policies;
pub mod request;
pub mod view;

use super::policies::expanded::Expanded;
use super::{
    call::{Call, Caller, Params},
    error::ApiError,
    long_page,
    reply::{Answer, Reply},
};
use policies::ShownPolicies;
use std::collections::HashMap;
use transom_domain::{
    DeviceId, Timestamp, UserId,
    automation_rule::enforced::{self, Enforced},
    device::{self, Device, DeviceDetails, delete, refresh, update},
    enrollment::EnrollmentDigest,
    policy::{
        Assignment, EffectiveState, PolicyScope,
        assigned::{self, DevicePolicies},
        reaches,
    },
    ports::{Audiences, AutomationRules, Policies, StoreError, Tx, View},
    segment::Segment,
    user::User,
};
use view::DeviceView;

/// `GET W/devices`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let now = call.context.now;
    let (page, segments) = call
        .read(move |view, caller| {
            let segments = view.segments(caller.organization.id)?;
            let page = view.device_page(&filter::of(&query, caller, &segments)?)?;
            Ok((page, segments))
        })
        .await?;
    // What devices reported is what makes a page large, and is read for some of them at a time.
    long_page::answer(call, page, move |view, caller, devices| {
        let items = gather(view, caller, devices, &segments)?;
        let shown = brief(view, caller, &items, &segments)?;
        let given = given::shown(view, caller, &items, &segments)?;
        let views = items
            .iter()
            .zip(shown)
            .zip(given)
            .map(|((d, policies), given)| DeviceView::new(d, policies, given, &segments, &caller.scope, now));
        Ok(views.collect::<Vec<_>>())
    })
    .await
}

/// `GET D`
pub async fn show(call: Call) -> Answer {
    let (identifier, query, now) = (call.param("winDeviceId"), call.query(), call.context.now);
    let (details, segments, given) = call
        .read(move |view, caller| {
            let device = caller.device(view, &identifier)?;
            query.as_ref().map_err(Clone::clone)?;
            let segments = view.segments(caller.organization.id)?;
            let details = device::details(view, &caller.organization, device)?;
            let given = given::shown_of(view, caller, &details, &segments)?;
            Ok((details, segments, given))
        })
        .await?;
    let settled = settled(&call, &details.device).await?;
    let caller = &call.caller;
    let scope = PolicyScope::of(&caller.scope, &segments);
    let shown = ShownPolicies::whole(
        &settled.policies,
        &settled.state,
        &caller.organization,
        &scope,
        &settled.expanded,
    );
    Reply::data(&DeviceView::new(&details, shown, given, &segments, &caller.scope, now))
}

/// `PUT D`
pub async fn update(call: Call) -> Answer {
    let (identifier, now) = (call.param("winDeviceId"), call.context.now);
    let form = call.form(request::update);
    call.answer(move |tx, cx, caller| {
        let device = caller.device_to_change(tx, &identifier)?;
        let form = form.as_ref().map_err(Clone::clone)?;
        let request = &form.value;
        let mut scope = caller.scope.clone();
        if request.segment.is_some() {
            // The body makes it necessary: otherwise this route were a way around the one that moves devices. It may
            // be held elsewhere than the permission to change, and is needed where the device is and where it goes.
            let permission = "mdm.windows.device.move";
            scope = caller.scope_of(permission)?;
            if !scope.contains(device.segment) {
                return Err(ApiError::MissingPermission(permission));
            }
        }
        let action = "mdm.windows.device.update";
        let device = update::update(tx, cx, &scope, device.id, request, action)?;
        assigned::follow(tx, cx, device.id)?;
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
        assigned::follow(tx, cx, device.id)?;
        Ok(Reply::data(&shown(tx, caller, device, now)?)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `POST D/info`
pub async fn refresh(call: Call) -> Answer {
    let (identifier, now) = (call.param("winDeviceId"), call.context.now);
    let form = call.form(request::refresh);
    call.answer(move |tx, cx, caller| {
        let device = caller.device_to_change(tx, &identifier)?;
        let form = form.as_ref().map_err(Clone::clone)?;
        let device = refresh::refresh(tx, cx, device.id, &form.value)?;
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
        assigned::follow(tx, cx, device.id)?;
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

/// The view of one device. A unit that changed it has settled its effective policy before.
fn shown(
    view: &mut (impl View + ?Sized),
    caller: &Caller,
    device: Device,
    now: Timestamp,
) -> Result<DeviceView, ApiError> {
    let segments = view.segments(caller.organization.id)?;
    let mut policies = assigned::load(view, &device, &segments, None)?;
    policies.look_up_held(view, now)?;
    let (state, _) = assigned::state(view, now, device.id, policies.effective().hash())?;
    let scope = PolicyScope::of(&caller.scope, &segments);
    let expanded = expanded_of(view, caller, &policies)?;
    let shown = ShownPolicies::whole(&policies, &state, &caller.organization, &scope, &expanded);
    let details = device::details(view, &caller.organization, device)?;
    let given = given::shown_of(view, caller, &details, &segments)?;
    Ok(DeviceView::new(&details, shown, given, &segments, &caller.scope, now))
}

/// A device's effective policy.
pub struct Settled {
    pub policies: DevicePolicies,
    /// Its hash and version.
    pub state: EffectiveState,
    /// What its policies refer to.
    pub expanded: Expanded,
}

/// The records that the policies of a device refer to.
fn expanded_of(
    view: &mut (impl View + ?Sized),
    caller: &Caller,
    policies: &DevicePolicies,
) -> Result<Expanded, StoreError> {
    let contents = policies.policies().map(|policy| &policy.content);
    Expanded::of(view, caller.organization.id, contents)
}

/// A device's effective policy, with its version. It is computed on a read; only where the result is new, a write
/// follows that counts it (P9).
pub async fn settled(call: &Call, device: &Device) -> Result<Settled, ApiError> {
    let (device, now) = (device.clone(), call.context.now);
    let (id, cache) = (device.id, call.state.prepared.clone());
    let (settled, is_new) = call
        .read(move |view, caller| {
            let segments = view.segments(caller.organization.id)?;
            let mut policies = assigned::load(view, &device, &segments, Some(&cache))?;
            policies.look_up_held(view, now)?;
            let (state, is_new) = assigned::state(view, now, device.id, policies.effective().hash())?;
            let expanded = expanded_of(view, caller, &policies)?;
            let settled = Settled {
                policies,
                state,
                expanded,
            };
            Ok((settled, is_new))
        })
        .await?;
    if !is_new {
        return Ok(settled);
    }
    call.write(move |tx, cx, caller| {
        let (mut policies, state) = assigned::settle(tx, cx, id)?;
        policies.look_up_held(tx, now)?;
        let expanded = expanded_of(tx, caller, &policies)?;
        Ok(Settled {
            policies,
            state,
            expanded,
        })
    })
    .await
}

/// What the views of a page of devices show of policies, in a handful of queries however long the page is.
fn brief(
    view: &mut (impl Policies + AutomationRules + Audiences + ?Sized),
    caller: &Caller,
    devices: &[DeviceDetails],
    segments: &[Segment],
) -> Result<Vec<ShownPolicies>, StoreError> {
    let ids: Vec<DeviceId> = devices.iter().map(|d| d.device.id).collect();
    let mut given: std::collections::HashMap<DeviceId, Vec<Assignment>> = std::collections::HashMap::new();
    for (device, assignment) in view.assignments_of(&ids)? {
        given.entry(device).or_default().push(assignment);
    }
    let mut enforced: HashMap<DeviceId, Vec<Enforced>> = HashMap::new();
    for (device, entry) in enforced::stored(view, caller.organization.id, &ids)? {
        enforced.entry(device).or_default().push(entry);
    }
    let by_rules = enforced.values().flatten().map(|e| e.policy);
    let mut named: Vec<_> = given.values().flatten().map(|a| a.policy).chain(by_rules).collect();
    named.sort_unstable();
    named.dedup();
    let policies = match named.is_empty() {
        true => Vec::new(),
        false => view.policies_by_id(caller.organization.id, &named)?,
    };
    let scope = PolicyScope::of(&caller.scope, segments);
    let shown = devices.iter().map(|d| {
        let assignments = given.get(&d.device.id).map(Vec::as_slice).unwrap_or_default();
        let is_in_reach = |policy: &_| reaches(policy, d.device.segment, segments);
        let enforced = enforced.get(&d.device.id).map(Vec::as_slice).unwrap_or_default();
        ShownPolicies::brief(assignments, enforced, &policies, is_in_reach, &scope)
    });
    Ok(shown.collect())
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
    let enrollments = view.enrollment_digests(&ids)?;
    let mut reports = view.device_reports(&ids)?;
    let mut histories = view.device_histories(&ids)?;
    let mut enrollments: HashMap<DeviceId, EnrollmentDigest> = enrollments.into_iter().map(|e| (e.device, e)).collect();
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
