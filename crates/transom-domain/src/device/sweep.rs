//! What time alone does to devices: enrolments that never came to a session are given up (E.5).

use super::{DeviceEvent, delete};
use crate::{
    Context,
    audit::{Audit, Target},
    automation_rule::settle::{self, RuleStore},
    ports::{CommandsMut, EnrollmentsMut, StoreError},
};
use serde_json::json;
use std::time::Duration;

/// How long a PC may take from its certificate to its first session.
pub const PROVISIONING_MAX: Duration = Duration::from_secs(24 * 3600);

/// Most devices that one step takes: a short transaction.
pub const SWEEP_STEP: u32 = 100;

/// One step: gives up enrolments without a session. Returns how many; fewer than [`SWEEP_STEP`] means none is left.
///
/// # Errors
/// When the store fails.
pub fn time_out(
    tx: &mut (impl CommandsMut + EnrollmentsMut + RuleStore + ?Sized),
    cx: &mut Context,
) -> Result<u32, StoreError> {
    let mut count = 0;
    for id in tx.provisioning_since(cx.now - PROVISIONING_MAX, SWEEP_STEP)? {
        let Some(mut device) = tx.lock_device(id)? else {
            continue;
        };
        if delete::end(tx, cx, &mut device, DeviceEvent::EnrollmentTimedOut)? {
            settle::device(tx, cx, &device)?;
            let audit = Audit::new(cx, device.organization, "mdm.windows.device.enrollmentTimeout")
                .target(Target::Device(id))
                .segment(device.segment)
                .after(json!({ "state": device.state.as_str() }));
            tx.append_audit(&audit.done())?;
        }
        count += 1;
    }
    Ok(count)
}
