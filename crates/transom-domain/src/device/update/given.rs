//! Scripts and values of smart attributes that a device is given (A.2).

use super::{Changed, UpdateDevice, UpdateDeviceError};
use crate::{
    OrganizationId, ScriptId,
    device::Device,
    policy::PolicyScope,
    ports::{Scripts, ScriptsMut, Segments, SmartAttributes, SmartAttributesMut, StoreError},
    script::assigned::DeviceScript,
    segment::SegmentScope,
    smart_attribute::{
        GivenValue,
        given::{self, GiveError, Owner},
    },
};

impl From<GiveError> for UpdateDeviceError {
    fn from(error: GiveError) -> Self {
        match error {
            GiveError::Invalid(wrong) => Self::Invalid(wrong),
            GiveError::Unknown { path, id } => Self::UnknownReference { path, id },
            GiveError::Store(error) => Self::Store(error),
        }
    }
}

/// The ids of scripts, as far as they are ids.
fn ids(scripts: &[DeviceScript]) -> Vec<ScriptId> {
    scripts.iter().filter_map(|s| ScriptId::parse(&s.run.id).ok()).collect()
}

/// Locks the records that a request names: one that is being removed waits for this unit, or is gone when it is looked up.
pub(super) fn lock(
    tx: &mut (impl ScriptsMut + SmartAttributesMut + ?Sized),
    organization: OrganizationId,
    request: &UpdateDevice,
) -> Result<(), StoreError> {
    let scripts = ids(request.scripts.as_deref().unwrap_or_default());
    if !scripts.is_empty() {
        tx.lock_scripts(organization, &scripts)?;
    }
    let attributes = given::named(request.smart.as_deref().unwrap_or_default());
    if !attributes.is_empty() {
        tx.lock_smart_attributes(organization, &attributes)?;
    }
    Ok(())
}

/// The scripts after the change. One that the device is newly given must be in the caller's sight and in reach of the
/// device's segment; one that it has may stay, suspended where it is out of reach, as with policies (P14).
pub(super) fn scripts(
    view: &mut (impl Segments + Scripts + ?Sized),
    scope: &SegmentScope,
    before: &Changed,
    device: &Device,
    request: &UpdateDevice,
) -> Result<Vec<DeviceScript>, UpdateDeviceError> {
    let Some(wanted) = &request.scripts else {
        return Ok(before.scripts.clone());
    };
    let is_new = |wanted: &DeviceScript| before.scripts.iter().all(|had| had.run.id != wanted.run.id);
    if wanted.iter().any(is_new) {
        let segments = view.segments(device.organization)?;
        let visible = PolicyScope::of(scope, &segments);
        let known = view.scripts_by_id(device.organization, &ids(wanted))?;
        let fits = |wanted: &DeviceScript| {
            let shelf = known
                .iter()
                .find(|s| s.id.to_string() == wanted.run.id)
                .map(|s| s.shelf());
            shelf.is_some_and(|shelf| shelf.is_seen(&visible) && shelf.reaches(device.segment, &segments))
        };
        let missing = wanted.iter().position(|wanted| is_new(wanted) && !fits(wanted));
        if let Some((index, missing)) = missing.and_then(|index| Some((index, wanted.get(index)?))) {
            return Err(UpdateDeviceError::UnknownReference {
                path: format!("scripts[{index}].id"),
                id: missing.run.id.clone(),
            });
        }
    }
    Ok(wanted.clone())
}

/// The values of smart attributes after the change.
pub(super) fn smart(
    view: &mut (impl SmartAttributes + ?Sized),
    before: &Changed,
    request: &UpdateDevice,
) -> Result<Vec<GivenValue>, UpdateDeviceError> {
    match &request.smart {
        Some(wanted) => Ok(given::check(view, before.device.organization, Owner::Device, wanted)?),
        None => Ok(before.smart.clone()),
    }
}
