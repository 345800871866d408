//! What scripts are assigned to (C.4): all devices, audiences, all but audiences. What an assignment gives is a run, kept as
//! a record for as long as it reaches the device (decision 39). Which devices it reaches is found as for automation rules.

use super::{Script, change};
use crate::{
    AudienceId, Context, DeviceId, OrganizationId, ScriptId, Timestamp,
    audit::{Audit, Target as AuditTarget},
    automation_rule::work,
    device::update::Violation,
    library::{LibraryError, Shelf},
    policy::PolicyScope,
    ports::{
        Audiences, AuditLogMut, AutomationRulesMut, OrganizationsMut, ScriptAssignmentsMut, ScriptsMut, StoreError,
    },
};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Most targets of one script: more than anybody keeps an overview of.
pub const TARGETS_MAX: usize = 100;

/// Most scripts of one organization that are assigned: each device is looked at with all of them, as with rules.
pub const ASSIGNED_SCRIPTS_MAX: usize = 200;

/// Whom a script is assigned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Every device that the script reaches.
    AllDevices,
    /// Those of them that are in the audience.
    Audience(AudienceId),
    /// None that is in the audience, whatever else gives it.
    NotAudience(AudienceId),
}

impl Target {
    /// The audience that it names.
    #[must_use]
    pub const fn audience(self) -> Option<AudienceId> {
        match self {
            Self::AllDevices => None,
            Self::Audience(id) | Self::NotAudience(id) => Some(id),
        }
    }

    fn told(self) -> Value {
        match self {
            Self::AllDevices => json!({ "type": "allDevices" }),
            Self::Audience(id) => json!({ "type": "audience", "deviceAudienceId": id.to_string() }),
            Self::NotAudience(id) => json!({ "type": "notAudience", "deviceAudienceId": id.to_string() }),
        }
    }
}

/// A script that is assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedScript {
    /// Which.
    pub script: ScriptId,
    /// Its name.
    pub name: String,
    /// Where it is, and so which devices it reaches at all.
    pub shelf: Shelf,
    /// Whom it is assigned to: at least one, each once.
    pub targets: Vec<Target>,
}

impl AssignedScript {
    /// Whether an audience decides who gets it.
    #[must_use]
    pub fn names(&self, audience: AudienceId) -> bool {
        self.targets.iter().any(|target| target.audience() == Some(audience))
    }
}

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RunState {
    /// Nobody knows.
    Unknown,
    /// It went well.
    Success,
    /// It did not.
    Fail,
    /// The script is faulty.
    ScriptError,
    /// It has not run yet.
    Pending,
    /// It is not for that device.
    NotApplicable,
}

impl RunState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Unknown,
        Self::Success,
        Self::Fail,
        Self::ScriptError,
        Self::Pending,
        Self::NotApplicable,
    ];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Success => "success",
            Self::Fail => "fail",
            Self::ScriptError => "scriptError",
            Self::Pending => "pending",
            Self::NotApplicable => "notApplicable",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// That an assignment gives a device a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptRun {
    /// The device.
    pub device: DeviceId,
    /// The script.
    pub script: ScriptId,
    /// How it went.
    pub state: RunState,
    /// Since when it is so.
    pub updated_at: Timestamp,
}

impl ScriptRun {
    /// The run of a script that a device is given now.
    #[must_use]
    pub const fn begun(device: DeviceId, script: ScriptId, now: Timestamp) -> Self {
        Self {
            device,
            script,
            state: RunState::Pending,
            updated_at: now,
        }
    }
}

/// Why a script is not assigned.
#[derive(Debug, thiserror::Error)]
pub enum AssignError {
    /// The script is not there, or not the caller's to change; a target is none.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// There are too many.
    #[error("{0}")]
    LimitExceeded(String),
}

impl From<StoreError> for AssignError {
    fn from(error: StoreError) -> Self {
        Self::Library(error.into())
    }
}

/// Each target once; no audience may be wanted and not wanted.
fn checked(targets: &[Target]) -> Result<Vec<Target>, Vec<Violation>> {
    if targets.len() > TARGETS_MAX {
        let message = format!("must have at most {TARGETS_MAX} entries, not {}", targets.len());
        return Err(vec![Violation::new("targets", "maxItems", message)]);
    }
    let mut seen = HashSet::new();
    let clean: Vec<Target> = targets.iter().copied().filter(|target| seen.insert(*target)).collect();
    let is_wanted = |id: AudienceId| seen.contains(&Target::Audience(id));
    let contrary = targets.iter().enumerate().filter_map(|(index, target)| match target {
        Target::NotAudience(id) if is_wanted(*id) => Some(Violation::new(
            format!("targets[{index}]"),
            "contrary",
            "names an audience that another entry includes",
        )),
        _ => None,
    });
    let wrong: Vec<Violation> = contrary.collect();
    if wrong.is_empty() { Ok(clean) } else { Err(wrong) }
}

/// Assigns a script of PowerShell that the caller may change to these targets, in place of those before; to none, to take it away.
/// Audiences that are new must be in the caller's sight, as in automation rules. Where nothing changes, nothing is written
/// and nothing is audited. The devices follow in steps (decision 36).
///
/// A violation's path is `targets[n]`, for the `n`th of these.
///
/// # Errors
/// See [`AssignError`].
pub fn assign(
    tx: &mut (
             impl ScriptAssignmentsMut
             + ScriptsMut
             + Audiences
             + AutomationRulesMut
             + OrganizationsMut
             + AuditLogMut
             + ?Sized
         ),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &PolicyScope,
    id: ScriptId,
    targets: &[Target],
) -> Result<Script, AssignError> {
    // An audience that is being removed waits for this unit, or is gone when it is looked up.
    tx.lock_organization(organization)?;
    let script = change::own(tx, organization, scope, id)?;
    if !script.runner.is_powershell() {
        return Err(LibraryError::Unknown.into());
    }
    let wanted = checked(targets).map_err(LibraryError::Invalid)?;
    let before = tx.script_targets(id)?;
    check_audiences(tx, organization, scope, &before, targets)?;
    if before == wanted {
        return Ok(script);
    }
    if before.is_empty() && tx.assigned_scripts(organization)?.len() >= ASSIGNED_SCRIPTS_MAX {
        let message = format!("an organization has at most {ASSIGNED_SCRIPTS_MAX} scripts that are assigned");
        return Err(AssignError::LimitExceeded(message));
    }
    tx.save_script_targets(&script, &wanted, cx.now)?;
    work::enqueue(tx, cx, organization, work::WorkKind::Rules, None)?;
    let told = |targets: &[Target]| json!({ "targets": targets.iter().map(|t| t.told()).collect::<Vec<_>>() });
    let audit = Audit::new(cx, organization, "mdm.global.script.assign")
        .target(AuditTarget::Script(id))
        .segment(script.segment)
        .before(told(&before))
        .after(told(&wanted));
    tx.append_audit(&audit.done())?;
    Ok(script)
}

/// The audiences that are named must be there; those that were not named before must be in the caller's sight.
fn check_audiences(
    view: &mut (impl Audiences + ?Sized),
    organization: OrganizationId,
    scope: &PolicyScope,
    before: &[Target],
    targets: &[Target],
) -> Result<(), LibraryError> {
    let mut named: Vec<AudienceId> = targets.iter().filter_map(|target| target.audience()).collect();
    if named.is_empty() {
        return Ok(());
    }
    named.sort_unstable();
    named.dedup();
    let known = view.audiences_by_id(organization, &named)?;
    let mut wrong = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        let Some(id) = target.audience() else { continue };
        let had = before.iter().any(|target| target.audience() == Some(id));
        let is_seen = |a: &crate::audience::Audience| had || scope.shows(a.segment, a.expose_to_children);
        if !known.iter().any(|audience| audience.id == id && is_seen(audience)) {
            let message = format!("names an audience that does not exist: {id}");
            wrong.push(Violation::new(format!("targets[{index}]"), "exists", message));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(LibraryError::Invalid(wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audience(n: u8) -> AudienceId {
        [n; 12].into()
    }

    #[test]
    fn targets_count_once_and_must_not_contradict_each_other() {
        use Target::{AllDevices, Audience, NotAudience};
        let twice = [Audience(audience(1)), AllDevices, Audience(audience(1)), AllDevices];
        assert_eq!(checked(&twice).unwrap(), [Audience(audience(1)), AllDevices]);
        let contrary = [NotAudience(audience(1)), AllDevices, Audience(audience(1))];
        assert_eq!(checked(&contrary).unwrap_err()[0].path, "targets[0]");
        let many: Vec<Target> = vec![AllDevices; TARGETS_MAX + 1];
        assert_eq!(checked(&many[1..]).unwrap(), [AllDevices]);
        assert_eq!(checked(&many).unwrap_err()[0].rule, "maxItems");
    }
}
