//! Which PCs an audience has or would have: found by looking at PCs in bounded steps, at most so many of them.

use super::{Audience, Compiled, Facts, Places};
use crate::{
    DeviceId, OrganizationId,
    device::Device,
    ports::{AutomationRules, Segments, SmartAttributes, StoreError, Users},
    segment::SegmentScope,
};

/// Most PCs that one preview looks at: some seconds of work; beyond it the answer says that it is a sample.
pub const EXAMINED_MAX: u32 = 20_000;

/// PCs that one step looks at: a read of some ten milliseconds.
pub const STEP: u32 = 500;

/// A PC that is in the audience.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The PC.
    pub device: Device,
    /// Why.
    pub reasons: Vec<String>,
}

/// What was found so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preview {
    /// The first members, in the order of their ids.
    pub members: Vec<Member>,
    /// How many members there are among those that were looked at.
    pub count: u64,
    /// How many of them are in it now already.
    pub stay: u64,
    /// How many are in it now and would not be.
    pub lost: u64,
    /// How many PCs were looked at.
    pub examined: u64,
    /// How many of them the caller sees.
    pub seen: u64,
    /// The last that was looked at.
    pub cursor: Option<DeviceId>,
    /// Whether all were looked at.
    pub is_complete: bool,
}

/// Whether nothing is left at the moment when no more may be looked at: then it is no sample, for all of them were seen.
pub(crate) fn is_last(
    view: &mut (impl AutomationRules + ?Sized),
    organization: OrganizationId,
    cursor: Option<DeviceId>,
    examined: u64,
) -> Result<bool, StoreError> {
    Ok(examined >= u64::from(EXAMINED_MAX) && view.devices_after(organization, cursor, 1)?.is_empty())
}

/// One step: looks at the next PCs, as far as somebody who sees `scope` sees them. `now` is the audience as it is, if it
/// is there.
///
/// # Errors
/// When the store fails.
pub fn step(
    view: &mut (impl AutomationRules + Users + SmartAttributes + Segments + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    (now, then): (&Audience, &Audience),
    members_max: usize,
    mut preview: Preview,
) -> Result<Preview, StoreError> {
    let places = Places::of(&view.segments(organization)?);
    let (now, then): (Compiled, Compiled) = (now.compiled(), then.compiled());
    let devices = view.devices_after(organization, preview.cursor, STEP)?;
    preview.cursor = devices.last().map(|device| device.id).or(preview.cursor);
    preview.examined += devices.len() as u64;
    preview.is_complete =
        devices.len() < STEP as usize || is_last(view, organization, preview.cursor, preview.examined)?;
    let seen: Vec<Device> = devices.into_iter().filter(|d| scope.contains(d.segment)).collect();
    preview.seen += seen.len() as u64;
    for facts in Facts::load(view, organization, seen)? {
        if !facts.is_member() {
            continue;
        }
        let known = facts.known();
        let was = now.reasons(&known, facts.device.segment, &places).is_some();
        match then.reasons(&known, facts.device.segment, &places) {
            Some(reasons) => {
                preview.count += 1;
                preview.stay += u64::from(was);
                if preview.members.len() < members_max {
                    let device = facts.device;
                    preview.members.push(Member { device, reasons });
                }
            }
            None => preview.lost += u64::from(was),
        }
    }
    Ok(preview)
}
