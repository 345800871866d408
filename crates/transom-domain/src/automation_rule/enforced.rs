//! What the rules give to PCs, with names: as it is stored, and as it would be if facts were different.

use super::{AutomationRule, Grant, Ruleset};
use crate::{
    AudienceId, DeviceId, OrganizationId, PolicyId, RuleId,
    audience::{Facts, Matched},
    device::Device,
    policy::effective::{MatchedAudience, Named},
    ports::{Audiences, AutomationRules, Segments, SmartAttributes, StoreError, Users},
};
use std::collections::HashMap;

/// A policy that a rule gives to a PC: an entry of `winPolicyAssignmentsEnforced` (R2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enforced {
    /// The rule.
    pub rule: Named,
    /// The policy.
    pub policy: PolicyId,
    /// How strong; lower wins (P1).
    pub priority: u32,
    /// The audiences through which the rule matches, and why; only those that match.
    pub audiences: Vec<MatchedAudience>,
}

impl Enforced {
    /// What a rule gives through these audiences. An audience without a name was taken from the rule and removed; it is
    /// left out until the PC is looked at again.
    #[must_use]
    pub fn of(rule: &AutomationRule, audiences: &[Matched], names: &HashMap<AudienceId, String>) -> Self {
        let named = |matched: &Matched| {
            Some(MatchedAudience {
                audience: Named {
                    id: matched.audience.to_string(),
                    name: names.get(&matched.audience)?.clone(),
                },
                reasons: matched.reasons.clone(),
            })
        };
        Self {
            rule: Named {
                id: rule.id.to_string(),
                name: rule.name.clone(),
            },
            policy: rule.policy,
            priority: rule.priority,
            audiences: audiences.iter().filter_map(named).collect(),
        }
    }
}

/// What the rules give to devices of one organization, each device's in the order of the rules' ids. A rule that was
/// switched off or removed gives nothing from that moment on, whether or not its entries are worked off.
///
/// # Errors
/// When the store fails.
pub fn stored(
    view: &mut (impl AutomationRules + Audiences + ?Sized),
    organization: OrganizationId,
    devices: &[DeviceId],
) -> Result<Vec<(DeviceId, Enforced)>, StoreError> {
    let entries = view.enforcements_of(devices)?;
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let rules = view.automation_rules(organization)?;
    let rules: HashMap<RuleId, &AutomationRule> = rules.iter().filter(|r| r.enabled).map(|r| (r.id, r)).collect();
    let names: HashMap<AudienceId, String> = view.audience_names(organization)?.into_iter().collect();
    let enforced = entries.iter().filter_map(|entry| {
        let rule = rules.get(&entry.rule)?;
        Some((entry.device, Enforced::of(rule, &entry.audiences, &names)))
    });
    Ok(enforced.collect())
}

/// What the rules would give to a device that is as `device` says: worked out, not looked up.
///
/// # Errors
/// When the store fails.
pub fn supposed(
    view: &mut (impl AutomationRules + Audiences + Segments + SmartAttributes + Users + ?Sized),
    device: &Device,
) -> Result<Vec<Enforced>, StoreError> {
    let rules = view.automation_rules(device.organization)?;
    let ruleset = Ruleset::with(view, device.organization, &rules, &[])?;
    if ruleset.is_empty() {
        return Ok(Vec::new());
    }
    let names: HashMap<AudienceId, String> = ruleset
        .audience_names()
        .map(|(id, name)| (id, name.to_owned()))
        .collect();
    let mut enforced = Vec::new();
    for facts in Facts::load(view, device.organization, vec![device.clone()])? {
        for (id, audiences) in ruleset.matches(&facts) {
            let rule = rules.iter().find(|rule| Grant::Rule(rule.id) == id);
            enforced.extend(rule.map(|rule| Enforced::of(rule, &audiences, &names)));
        }
    }
    Ok(enforced)
}
