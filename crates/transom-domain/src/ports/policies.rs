//! The roles over policies, and over which devices have them.

use super::StoreError;
use crate::{
    DeviceId, OrganizationId, PolicyId, Timestamp,
    page::{Page, PageRequest},
    policy::{Assignee, Assignment, EffectiveState, Policy, PolicyQuery, PolicyVersion},
};

/// Looks at policies.
pub trait Policies {
    /// The policy of that id in an organization.
    fn policy(&mut self, organization: OrganizationId, id: PolicyId) -> Result<Option<Policy>, StoreError>;

    /// The policies of those ids, in any order; a missing id is skipped.
    fn policies_by_id(&mut self, organization: OrganizationId, ids: &[PolicyId]) -> Result<Vec<Policy>, StoreError>;

    /// One page of the policies that a query means, by their ids: a policy may be large.
    fn policy_page(&mut self, query: &PolicyQuery) -> Result<Page<PolicyId>, StoreError>;

    /// A version of a policy.
    fn policy_version(&mut self, policy: PolicyId, version: u32) -> Result<Option<PolicyVersion>, StoreError>;

    /// One page of the numbers of the versions of a policy.
    fn policy_version_page(
        &mut self,
        policy: PolicyId,
        ascending: bool,
        page: PageRequest,
    ) -> Result<Page<u32>, StoreError>;

    /// The policies that administrators gave to devices: each device's in the order they were given.
    fn assignments_of(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, Assignment)>, StoreError>;

    /// Devices that have a policy, at most `limit`, and how many there are; a device that has it twice counts twice.
    fn policy_assignees(&mut self, policy: PolicyId, limit: u32) -> Result<(Vec<Assignee>, u64), StoreError>;

    /// What is stored of the effective policies of devices; a device without one is skipped.
    fn effective_states(&mut self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, EffectiveState)>, StoreError>;
}

/// Changes policies.
pub trait PoliciesMut: Policies {
    /// Stores a new policy.
    fn insert_policy(&mut self, policy: &Policy) -> Result<(), StoreError>;

    /// Locks a policy until the unit ends and reads it.
    fn lock_policy(&mut self, id: PolicyId) -> Result<Option<Policy>, StoreError>;

    /// Stores every field of a policy, which must exist.
    fn update_policy(&mut self, policy: &Policy) -> Result<(), StoreError>;

    /// Removes a policy and its versions. No device may have it.
    fn delete_policy(&mut self, id: PolicyId) -> Result<(), StoreError>;

    /// Keeps a version of a policy.
    fn append_policy_version(&mut self, version: &PolicyVersion) -> Result<(), StoreError>;

    /// Stores the policies that a device is given, in place of those before.
    fn save_assignments(&mut self, device: DeviceId, assignments: &[Assignment]) -> Result<(), StoreError>;

    /// Takes a policy from every device that has it; they count as changed at `now`. Answers from how many.
    fn detach_policy(&mut self, policy: PolicyId, now: Timestamp) -> Result<Vec<DeviceId>, StoreError>;

    /// Stores what is to be remembered of a device's effective policy, in place of the one before.
    fn save_effective_state(&mut self, device: DeviceId, state: &EffectiveState) -> Result<(), StoreError>;
}
