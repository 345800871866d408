//! The roles over automation rules, over what they give to devices, and over the work that is left to do of it.

use super::StoreError;
use crate::{
    DeviceId, OrganizationId, RuleId, Timestamp, UserId,
    automation_rule::{
        AutomationRule, Enforcement, RuleMatch,
        flapping::Flips,
        work::{RuleWork, WorkKind},
    },
    device::Device,
    page::{Page, PageRequest},
    segment::SegmentScope,
};

/// Looks at rules. A removed rule is not there.
pub trait AutomationRules {
    /// The rule of that id in an organization.
    fn automation_rule(
        &mut self,
        organization: OrganizationId,
        id: RuleId,
    ) -> Result<Option<AutomationRule>, StoreError>;

    /// All rules of an organization, oldest first.
    fn automation_rules(&mut self, organization: OrganizationId) -> Result<Vec<AutomationRule>, StoreError>;

    /// What is stored of the rules that match devices, removed rules among them: by device and rule.
    fn enforcements_of(&mut self, devices: &[DeviceId]) -> Result<Vec<Enforcement>, StoreError>;

    /// How many devices each rule of an organization matches, as far as it is stored; a rule without one is left out.
    fn enforcement_counts(&mut self, organization: OrganizationId) -> Result<Vec<(RuleId, u64)>, StoreError>;

    /// One page of the devices in the scope that a rule matches, by their ids.
    fn rule_match_page(
        &mut self,
        rule: RuleId,
        scope: &SegmentScope,
        page: PageRequest,
    ) -> Result<Page<RuleMatch>, StoreError>;

    /// The latest turns of rules and those devices, in any order.
    fn rule_flips_of(&mut self, devices: &[DeviceId]) -> Result<Vec<Flips>, StoreError>;

    /// The work that is left to do in an organization, by kind.
    fn rule_work(&mut self, organization: OrganizationId) -> Result<Vec<RuleWork>, StoreError>;

    /// Whether work is left to do anywhere.
    fn has_rule_work(&mut self) -> Result<bool, StoreError>;

    /// The organizations that have rules, removed ones that are not worked off yet among them.
    fn organizations_with_rules(&mut self) -> Result<Vec<OrganizationId>, StoreError>;

    /// Devices of an organization in any state, by id, behind that one.
    fn devices_after(
        &mut self,
        organization: OrganizationId,
        after: Option<DeviceId>,
        limit: u32,
    ) -> Result<Vec<Device>, StoreError>;

    /// How many devices an organization has behind `after`, up to and with `until`.
    fn count_devices_between(
        &mut self,
        organization: OrganizationId,
        after: Option<DeviceId>,
        until: Option<DeviceId>,
    ) -> Result<u64, StoreError>;
}

/// Changes rules.
pub trait AutomationRulesMut: AutomationRules {
    /// Stores a new rule.
    fn insert_automation_rule(&mut self, rule: &AutomationRule) -> Result<(), StoreError>;

    /// Stores every field of a rule, which must exist.
    fn update_automation_rule(&mut self, rule: &AutomationRule) -> Result<(), StoreError>;

    /// Removes a rule, which must exist. What it gave to devices is still stored, until
    /// [`AutomationRulesMut::purge_automation_rules`].
    fn remove_automation_rule(&mut self, id: RuleId, now: Timestamp) -> Result<(), StoreError>;

    /// Forgets the removed rules of an organization, and whatever is still stored of them.
    fn purge_automation_rules(&mut self, organization: OrganizationId) -> Result<(), StoreError>;

    /// Stores that rules match devices, in place of what was stored of the same rule and device; and takes away others.
    fn save_enforcements(&mut self, saved: &[Enforcement], removed: &[(DeviceId, RuleId)]) -> Result<(), StoreError>;

    /// Stores turns, in place of what was stored of the same rule and device.
    fn save_rule_flips(&mut self, flips: &[Flips]) -> Result<(), StoreError>;

    /// Forgets turns of which the latest was before that moment, at most `limit`; answers how many.
    fn forget_rule_flips(&mut self, before: Timestamp, limit: u32) -> Result<u32, StoreError>;

    /// Devices of an organization in any state, by id, behind that one, locked until the unit ends; of a user, if one is
    /// given.
    fn lock_devices_after(
        &mut self,
        organization: OrganizationId,
        user: Option<UserId>,
        after: Option<DeviceId>,
        limit: u32,
    ) -> Result<Vec<Device>, StoreError>;

    /// Locks work that is left to do and reads it.
    fn lock_rule_work(
        &mut self,
        organization: OrganizationId,
        kind: WorkKind,
        user: Option<UserId>,
    ) -> Result<Option<RuleWork>, StoreError>;

    /// Locks the work that has waited longest and reads it; sweeps come after everything else.
    fn lock_next_rule_work(&mut self) -> Result<Option<RuleWork>, StoreError>;

    /// Stores work that is left to do, in place of what was stored of it.
    fn save_rule_work(&mut self, work: &RuleWork) -> Result<(), StoreError>;

    /// Forgets work that is done.
    fn delete_rule_work(
        &mut self,
        organization: OrganizationId,
        kind: WorkKind,
        user: Option<UserId>,
    ) -> Result<(), StoreError>;
}
