//! What a PC's sessions do to its enrolment and its device record.

use super::{Enrollment, EnrollmentState};
use crate::{
    Context, DeviceId, EnrollmentId, OrganizationId, Timestamp,
    audit::{Audit, Target},
    command::{CancelReason, cancel},
    device::{Device, DeviceEvent, DeviceReport, DeviceState, RefreshArea, StateChange, delete},
    enrollment_template::placement::{self, PlacementStore},
    ports::{AuditLogMut, CommandsMut, DevicesMut, EnrollmentsMut, SessionsMut, StoreError},
};
use serde_json::json;

/// How often in a row wrong credentials are borne over an enrolment's own certificate (E.5).
pub const REFUSALS_MAX: u32 = 3;

/// All that an idle check-in needs to know: one thin row, found by the certificate's fingerprint (decision 9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckIn {
    /// The enrolment.
    pub enrollment: EnrollmentId,
    /// Its device.
    pub device: DeviceId,
    /// Its organization.
    pub organization: OrganizationId,
    /// Whether the enrolment holds.
    pub state: EnrollmentState,
    /// The device's state.
    pub device_state: DeviceState,
    /// The device id that its messages must carry.
    pub win_id: String,
    /// When its certificate ends.
    pub not_after: Timestamp,
    /// [`Enrollment::dev_info_hash`].
    pub dev_info_hash: Option<String>,
    /// [`Enrollment::configured`].
    pub configured: bool,
    /// Whether something is to be read again.
    pub refresh_needed: bool,
    /// `SessionID` of the last stored session, and whether it goes on.
    pub session: Option<(String, bool)>,
    /// Whether a command waits that may be sent now or is on its way.
    pub has_commands: bool,
}

/// An authenticated message of a pending enrolment has come: from now on it is the device's enrolment (decision 11). What
/// the rules gave a PC that was managed already, it gets now (DS4).
///
/// # Errors
/// When the store fails.
pub fn activate(
    tx: &mut (impl PlacementStore + SessionsMut + ?Sized),
    cx: &mut Context,
    enrollment: &mut Enrollment,
    device: &mut Device,
) -> Result<(), StoreError> {
    if enrollment.state != EnrollmentState::Pending {
        return Ok(());
    }
    let mut replaced = Vec::new();
    for mut earlier in tx.enrollments_of(device.id)? {
        if earlier.id != enrollment.id && earlier.state != EnrollmentState::Ended {
            earlier.state = EnrollmentState::Ended;
            tx.update_enrollment(&earlier)?;
            tx.delete_session(earlier.id)?;
            replaced.push(earlier.id.to_string());
        }
    }
    enrollment.state = EnrollmentState::Active;
    if let Some(placement) = enrollment.placement.as_mut().filter(|p| !p.is_applied) {
        placement::apply(tx, cx, device, placement)?;
    }
    tx.update_enrollment(enrollment)?;
    if !replaced.is_empty() {
        cancel::cancel_all(tx, cx, device.id, CancelReason::ReEnrolled)?;
        device.user = enrollment.user;
        device.refresh_needed.extend(RefreshArea::ALL);
        // A PC that enrolled twice before its first session still has that session before it (E.5).
        if device.state != DeviceState::Provisioning {
            device.state = DeviceState::Active;
            tx.append_device_history(device.id, &StateChange::new(cx, DeviceState::Active, "re-enrollment"))?;
        }
        let audit = Audit::new(cx, device.organization, "mdm.windows.device.reEnroll")
            .target(Target::Device(device.id))
            .segment(device.segment)
            .after(json!({
                "enrollmentId": enrollment.id.to_string(),
                "replaced": replaced,
                "placement": enrollment.placement.as_ref().map(placement::told),
            }));
        tx.append_audit(&audit.done())?;
    }
    device.win_id.clone_from(&enrollment.win_id);
    tx.update_device(device)?;
    Ok(())
}

/// What the PC reported is taken into its record.
///
/// # Errors
/// When the store fails.
pub fn report(
    tx: &mut (impl DevicesMut + ?Sized),
    device: &mut Device,
    change: impl FnOnce(&mut DeviceReport),
) -> Result<(), StoreError> {
    let before = tx.device_report(device.id)?.unwrap_or_default();
    let mut report = before.clone();
    change(&mut report);
    if report != before {
        tx.save_device_report(device.id, &report)?;
        let mut summary = device.summary.clone();
        summary.update(&report);
        if summary != device.summary {
            device.summary = summary;
            tx.update_device(device)?;
        }
    }
    Ok(())
}

/// An area was read whole.
///
/// # Errors
/// When the store fails.
pub fn refreshed(
    tx: &mut (impl DevicesMut + ?Sized),
    cx: &Context,
    device: &mut Device,
    area: RefreshArea,
) -> Result<(), StoreError> {
    report(tx, device, |report| {
        report.dates.insert(area.as_str().to_owned(), cx.now);
    })?;
    if device.refresh_needed.remove(&area) {
        tx.update_device(device)?;
    }
    Ok(())
}

/// A session came to its orderly end.
///
/// # Errors
/// When the store fails.
pub fn completed(
    tx: &mut (impl DevicesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: &mut Device,
) -> Result<(), StoreError> {
    device.last_status_report = Some(cx.now);
    let before = device.state;
    if delete::enter(tx, cx, device, DeviceEvent::SessionCompleted)? {
        audit_state(tx, cx, device, before)?;
    } else {
        tx.update_device(device)?;
    }
    Ok(())
}

/// The PC says that it leaves (alert 1226, `com.microsoft:mdm.unenrollment.userrequest`), by its user or by our order.
///
/// # Errors
/// When the store fails.
pub fn unenrolled(
    tx: &mut (impl DevicesMut + EnrollmentsMut + CommandsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: &mut Device,
) -> Result<(), StoreError> {
    let before = device.state;
    device.last_status_report = Some(cx.now);
    if delete::end(tx, cx, device, DeviceEvent::Unenrolled)? {
        audit_state(tx, cx, device, before)?;
    }
    Ok(())
}

/// The PC acknowledged a wipe that ends its enrolment.
///
/// # Errors
/// When the store fails.
pub fn wiped(
    tx: &mut (impl DevicesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: &mut Device,
) -> Result<(), StoreError> {
    goes(tx, cx, device, DeviceEvent::WipeIssued)
}

/// The PC acknowledged an order to leave: it is on its way out, by an administrator's will and not its user's.
///
/// # Errors
/// When the store fails.
pub fn retired(
    tx: &mut (impl DevicesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: &mut Device,
) -> Result<(), StoreError> {
    goes(tx, cx, device, DeviceEvent::RetireIssued)
}

fn goes(
    tx: &mut (impl DevicesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: &mut Device,
    event: DeviceEvent,
) -> Result<(), StoreError> {
    let before = device.state;
    if delete::enter(tx, cx, device, event)? {
        audit_state(tx, cx, device, before)?;
    }
    Ok(())
}

/// Something is wrong with the identity of the certificate's owner, seen over its own certificate (decision 21). It is
/// recorded once, with the change of state, so that nobody can fill the record.
///
/// # Errors
/// When the store fails.
pub fn distrusted(
    tx: &mut (impl DevicesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    device: DeviceId,
    event: DeviceEvent,
) -> Result<(), StoreError> {
    let Some(mut device) = tx.lock_device(device)? else {
        return Ok(());
    };
    let before = device.state;
    if delete::enter(tx, cx, &mut device, event)? {
        audit_state(tx, cx, &device, before)?;
    }
    Ok(())
}

/// Records a change of state that the PC caused.
fn audit_state(
    tx: &mut (impl AuditLogMut + ?Sized),
    cx: &mut Context,
    device: &Device,
    before: DeviceState,
) -> Result<(), StoreError> {
    let audit = Audit::new(cx, device.organization, "mdm.windows.device.state")
        .target(Target::Device(device.id))
        .segment(device.segment)
        .before(json!({ "state": before.as_str() }))
        .after(json!({ "state": device.state.as_str() }));
    tx.append_audit(&audit.done())
}
