//! The rules of an organization, ready to be asked about many PCs: a pure function of rules, audiences, tree and facts (R5).

use super::AutomationRule;
use crate::{
    AudienceId, OrganizationId, RuleId,
    audience::{Audience, Compiled, Facts, Matched, Places},
    ports::{Audiences, AutomationRules, Segments, StoreError},
    segment::{Segment, SegmentId},
};
use std::collections::{BTreeMap, HashMap};

/// The rules that are in force.
#[derive(Debug, Clone, Default)]
pub struct Ruleset {
    rules: Vec<Rule>,
    audiences: Vec<Compiled>,
    places: Places,
}

#[derive(Debug, Clone)]
struct Rule {
    id: RuleId,
    segment: SegmentId,
    /// Indexes into the audiences, in the order of their ids.
    audiences: Vec<usize>,
}

impl Ruleset {
    /// The rules that are in force among these.
    #[must_use]
    pub fn new(rules: &[AutomationRule], audiences: &[Audience], segments: &[Segment]) -> Self {
        let places: HashMap<AudienceId, usize> = audiences.iter().map(|a| a.id).zip(0..).collect();
        let compiled = rules.iter().filter(|rule| rule.enabled).map(|rule| {
            let mut ids = rule.audiences.clone();
            ids.sort_unstable();
            ids.dedup();
            Rule {
                id: rule.id,
                segment: rule.segment,
                audiences: ids.iter().filter_map(|id| places.get(id)).copied().collect(),
            }
        });
        Self {
            rules: compiled.collect(),
            audiences: audiences.iter().map(Audience::compiled).collect(),
            places: Places::of(segments),
        }
    }

    /// The rules of an organization. Where none is in force, that is found out in one question.
    ///
    /// # Errors
    /// When the store fails.
    pub fn load(
        view: &mut (impl AutomationRules + Audiences + Segments + ?Sized),
        organization: OrganizationId,
    ) -> Result<Self, StoreError> {
        let rules = view.automation_rules(organization)?;
        Self::with(view, organization, &rules)
    }

    /// The rules of an organization, if its rules were these.
    ///
    /// # Errors
    /// When the store fails.
    pub fn with(
        view: &mut (impl Audiences + Segments + ?Sized),
        organization: OrganizationId,
        rules: &[AutomationRule],
    ) -> Result<Self, StoreError> {
        let in_force = rules.iter().filter(|rule| rule.enabled);
        let mut wanted: Vec<AudienceId> = in_force.flat_map(|rule| rule.audiences.clone()).collect();
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        wanted.sort_unstable();
        wanted.dedup();
        let audiences = view.audiences_by_id(organization, &wanted)?;
        let segments = view.segments(organization)?;
        Ok(Self::new(rules, &audiences, &segments))
    }

    /// Whether no rule is in force.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether a rule is in force.
    #[must_use]
    pub fn has(&self, rule: RuleId) -> bool {
        self.rules.iter().any(|r| r.id == rule)
    }

    /// The names of the audiences.
    pub fn audience_names(&self) -> impl Iterator<Item = (AudienceId, &str)> {
        self.audiences.iter().map(|a| (a.id, a.name.as_str()))
    }

    /// The rules that match a PC, each with the audiences through which it does, in the order of their ids (R1). The same
    /// facts give the same result.
    #[must_use]
    pub fn matches(&self, facts: &Facts) -> BTreeMap<RuleId, Vec<Matched>> {
        let mut matching = BTreeMap::new();
        if self.rules.is_empty() || !facts.is_member() {
            return matching;
        }
        let (known, segment) = (facts.known(), facts.device.segment);
        // An audience that several rules use is asked once.
        let mut asked: HashMap<usize, Option<Vec<String>>> = HashMap::new();
        for rule in &self.rules {
            if !self.places.is_within(segment, rule.segment) {
                continue;
            }
            let matched: Vec<Matched> = rule
                .audiences
                .iter()
                .filter_map(|at| {
                    let audience = self.audiences.get(*at)?;
                    let reasons = asked
                        .entry(*at)
                        .or_insert_with(|| audience.reasons(&known, segment, &self.places));
                    Some(Matched {
                        audience: audience.id,
                        reasons: reasons.clone()?,
                    })
                })
                .collect();
            if !matched.is_empty() {
                matching.insert(rule.id, matched);
            }
        }
        matching
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Timestamp,
        audience::{
            Selectors,
            matching::tests::{audience, facts, tree, words},
        },
    };
    use proptest::prelude::*;

    fn audiences() -> Vec<Audience> {
        let of = |n: u8, groups: &[&[&str]]| {
            let mut audience = audience(Selectors {
                device_groups: words(groups),
                ..Selectors::default()
            });
            audience.id = [n; 12].into();
            audience
        };
        vec![of(1, &[&["sales"]]), of(2, &[&["vip"]]), of(3, &[&["emea", "sales"]])]
    }

    fn rule(n: u8, audiences: &[u8]) -> AutomationRule {
        AutomationRule {
            id: [n; 12].into(),
            organization: [0; 12].into(),
            segment: SegmentId::ROOT,
            name: format!("Rule {n}"),
            description: None,
            enabled: true,
            audiences: audiences.iter().map(|n| [*n; 12].into()).collect(),
            policy: [9; 12].into(),
            priority: 1,
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn a_rule_matches_through_every_audience_that_does_and_names_no_other() {
        let matches = Ruleset::new(&[rule(1, &[3, 2, 1]), rule(2, &[2])], &audiences(), &tree()).matches(&facts());
        let expected: Vec<AudienceId> = vec![[1; 12].into(), [3; 12].into()];
        let found: Vec<AudienceId> = matches[&RuleId::from([1; 12])].iter().map(|m| m.audience).collect();
        assert_eq!((found, matches.len()), (expected, 1));
    }

    #[test]
    fn a_rule_that_is_off_or_elsewhere_matches_nobody() {
        let mut rule = rule(1, &[1]);
        let matches = |rule: &AutomationRule| {
            let ruleset = Ruleset::new(std::slice::from_ref(rule), &audiences(), &tree());
            ruleset.matches(&facts()).len()
        };
        rule.segment = SegmentId(1);
        assert_eq!(matches(&rule), 1, "the device's own segment");
        rule.segment = SegmentId(2);
        assert_eq!(matches(&rule), 0, "the device is above it");
        rule.segment = SegmentId::ROOT;
        rule.enabled = false;
        assert_eq!(matches(&rule), 0);
    }

    proptest! {
        #[test]
        fn no_order_matters_and_the_same_facts_give_the_same_result(
            lists in prop::collection::vec(prop::collection::vec(1_u8..4, 1..4), 1..6),
            turn in 0_usize..6,
        ) {
            let rules: Vec<AutomationRule> = (10..).zip(&lists).map(|(n, list)| rule(n, list)).collect();
            let once = Ruleset::new(&rules, &audiences(), &tree()).matches(&facts());
            let (mut turned, mut others) = (rules, audiences());
            let by = turn % turned.len();
            turned.rotate_left(by);
            turned.iter_mut().for_each(|rule| rule.audiences.reverse());
            others.reverse();
            prop_assert_eq!(Ruleset::new(&turned, &others, &tree()).matches(&facts()), once);
        }
    }
}
