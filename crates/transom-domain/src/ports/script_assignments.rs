//! The roles over what scripts are assigned to, and over the runs that this gives devices.

use super::StoreError;
use crate::{
    DeviceId, OrganizationId, ScriptId, Timestamp,
    script::{
        Script,
        assignment::{AssignedScript, RunState, ScriptRun, Target},
    },
    segment::SegmentScope,
};

/// Looks at assignments of scripts.
pub trait ScriptAssignments {
    /// Every script of an organization that is assigned, by id.
    fn assigned_scripts(&mut self, organization: OrganizationId) -> Result<Vec<AssignedScript>, StoreError>;

    /// What a script is assigned to; nothing, if it is not.
    fn script_targets(&mut self, script: ScriptId) -> Result<Vec<Target>, StoreError>;

    /// The organizations that have assigned scripts.
    fn organizations_with_assigned_scripts(&mut self) -> Result<Vec<OrganizationId>, StoreError>;

    /// What is stored of runs on devices, those of scripts that are assigned no longer among them: by device and script.
    fn script_runs_of(&mut self, devices: &[DeviceId]) -> Result<Vec<ScriptRun>, StoreError>;

    /// The next devices in the scope that have a script, by id, behind `after`: those that were given it directly, and those
    /// that its assignments give it, which have a record. Deleted devices do not count; nor do records, if the script is not
    /// assigned.
    fn script_run_scan(
        &mut self,
        script: ScriptId,
        scope: &SegmentScope,
        after: Option<DeviceId>,
        limit: u32,
    ) -> Result<Vec<(DeviceId, Option<ScriptRun>)>, StoreError>;

    /// The same of one device: nothing, if it does not have the script; its record, if there is one.
    fn script_run(&mut self, script: ScriptId, device: DeviceId) -> Result<Option<Option<ScriptRun>>, StoreError>;

    /// How many runs of a script on devices in the scope are in a state, but for those that are pending. A state without one
    /// is left out; deleted devices do not count.
    fn script_run_counts(&mut self, script: ScriptId, scope: &SegmentScope)
    -> Result<Vec<(RunState, u64)>, StoreError>;
}

/// Changes assignments of scripts.
pub trait ScriptAssignmentsMut: ScriptAssignments {
    /// Stores what a script is assigned to, in place of what was stored of it; nothing, if there are no targets.
    fn save_script_targets(&mut self, script: &Script, targets: &[Target], now: Timestamp) -> Result<(), StoreError>;

    /// Stores runs, in place of what was stored of the same script and device; and takes away others.
    fn save_script_runs(&mut self, saved: &[ScriptRun], removed: &[(DeviceId, ScriptId)]) -> Result<(), StoreError>;
}
