//! What audiences give in an organization, ready to be asked about many PCs: a pure function of rules, assignments of
//! scripts, audiences, tree and facts (R5).

use super::{AutomationRule, Grant};
use crate::{
    AudienceId, OrganizationId,
    audience::{Audience, Compiled, Facts, Matched, Places},
    ports::{Audiences, AutomationRules, ScriptAssignments, Segments, StoreError},
    script::assignment::{AssignedScript, Target},
    segment::{Segment, SegmentId},
};
use std::collections::{BTreeMap, HashMap};

/// The rules and assignments that are in force.
#[derive(Debug, Clone, Default)]
pub struct Ruleset {
    grants: Vec<Conditions>,
    audiences: Vec<Compiled>,
    places: Places,
}

/// Whom something is given to.
#[derive(Debug, Clone)]
struct Conditions {
    grant: Grant,
    segment: SegmentId,
    /// Whether it reaches the segments below too.
    below: bool,
    /// Whether it is for every PC that it reaches.
    everybody: bool,
    /// Who it is for: indexes into the audiences, in the order of their ids.
    audiences: Vec<usize>,
    /// Who it is not for, all the same.
    except: Vec<usize>,
}

/// The indexes of audiences, in the order of their ids.
fn indexes(places: &HashMap<AudienceId, usize>, ids: impl Iterator<Item = AudienceId>) -> Vec<usize> {
    let mut ids: Vec<AudienceId> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids.iter().filter_map(|id| places.get(id)).copied().collect()
}

impl Conditions {
    fn of_rule(rule: &AutomationRule, places: &HashMap<AudienceId, usize>) -> Self {
        Self {
            grant: Grant::Rule(rule.id),
            segment: rule.segment,
            below: true,
            everybody: false,
            audiences: indexes(places, rule.audiences.iter().copied()),
            except: Vec::new(),
        }
    }

    fn of_script(assigned: &AssignedScript, places: &HashMap<AudienceId, usize>) -> Self {
        let targets = || assigned.targets.iter().copied();
        let include = targets().filter_map(|target| match target {
            Target::Audience(id) => Some(id),
            Target::AllDevices | Target::NotAudience(_) => None,
        });
        let except = targets().filter_map(|target| match target {
            Target::NotAudience(id) => Some(id),
            Target::AllDevices | Target::Audience(_) => None,
        });
        Self {
            grant: Grant::Script(assigned.script),
            segment: assigned.shelf.segment,
            below: assigned.shelf.expose_to_children,
            everybody: assigned.targets.contains(&Target::AllDevices),
            audiences: indexes(places, include),
            except: indexes(places, except),
        }
    }
}

impl Ruleset {
    /// What is in force of these.
    #[must_use]
    pub fn new(
        rules: &[AutomationRule],
        scripts: &[AssignedScript],
        audiences: &[Audience],
        segments: &[Segment],
    ) -> Self {
        let places: HashMap<AudienceId, usize> = audiences.iter().map(|a| a.id).zip(0..).collect();
        let rules = rules.iter().filter(|rule| rule.enabled);
        let rules = rules.map(|rule| Conditions::of_rule(rule, &places));
        let scripts = scripts.iter().map(|script| Conditions::of_script(script, &places));
        Self {
            grants: rules.chain(scripts).collect(),
            audiences: audiences.iter().map(Audience::compiled).collect(),
            places: Places::of(segments),
        }
    }

    /// What is in force in an organization. Where there is nothing, that is found out in two questions.
    ///
    /// # Errors
    /// When the store fails.
    pub fn load(
        view: &mut (impl AutomationRules + ScriptAssignments + Audiences + Segments + ?Sized),
        organization: OrganizationId,
    ) -> Result<Self, StoreError> {
        let rules = view.automation_rules(organization)?;
        let scripts = view.assigned_scripts(organization)?;
        Self::with(view, organization, &rules, &scripts)
    }

    /// What is in force in an organization, if its rules and assigned scripts were these.
    ///
    /// # Errors
    /// When the store fails.
    pub fn with(
        view: &mut (impl Audiences + Segments + ?Sized),
        organization: OrganizationId,
        rules: &[AutomationRule],
        scripts: &[AssignedScript],
    ) -> Result<Self, StoreError> {
        let in_force = rules.iter().filter(|rule| rule.enabled);
        let mut wanted: Vec<AudienceId> = in_force.flat_map(|rule| rule.audiences.clone()).collect();
        if wanted.is_empty() && scripts.is_empty() {
            return Ok(Self::default());
        }
        let targets = scripts.iter().flat_map(|script| &script.targets);
        wanted.extend(targets.filter_map(|target| target.audience()));
        wanted.sort_unstable();
        wanted.dedup();
        let audiences = view.audiences_by_id(organization, &wanted)?;
        let segments = view.segments(organization)?;
        Ok(Self::new(rules, scripts, &audiences, &segments))
    }

    /// Whether nothing is in force.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }

    /// Whether a rule or an assignment is in force.
    #[must_use]
    pub fn has(&self, grant: Grant) -> bool {
        self.grants.iter().any(|conditions| conditions.grant == grant)
    }

    /// The names of the audiences.
    pub fn audience_names(&self) -> impl Iterator<Item = (AudienceId, &str)> {
        self.audiences.iter().map(|a| (a.id, a.name.as_str()))
    }

    /// What a PC is given, in the order of ids (R1): by rules with the audiences through which they match, by assignments of
    /// scripts without. The same facts give the same result.
    #[must_use]
    pub fn matches(&self, facts: &Facts) -> BTreeMap<Grant, Vec<Matched>> {
        let mut matching = BTreeMap::new();
        if self.grants.is_empty() || !facts.is_member() {
            return matching;
        }
        let (known, segment) = (facts.known(), facts.device.segment);
        // An audience that several grants use is asked once.
        let mut asked: HashMap<usize, Option<Vec<String>>> = HashMap::new();
        let mut ask = |at: usize| -> Option<Matched> {
            let audience = self.audiences.get(at)?;
            let reasons = asked
                .entry(at)
                .or_insert_with(|| audience.reasons(&known, segment, &self.places));
            Some(Matched {
                audience: audience.id,
                reasons: reasons.clone()?,
            })
        };
        for to in &self.grants {
            let is_reached = segment == to.segment || (to.below && self.places.is_within(segment, to.segment));
            if !is_reached || to.except.iter().any(|at| ask(*at).is_some()) {
                continue;
            }
            match to.grant {
                Grant::Rule(_) => {
                    let matched: Vec<Matched> = to.audiences.iter().filter_map(|at| ask(*at)).collect();
                    if !matched.is_empty() {
                        matching.insert(to.grant, matched);
                    }
                }
                Grant::Script(_) => {
                    if to.everybody || to.audiences.iter().any(|at| ask(*at).is_some()) {
                        matching.insert(to.grant, Vec::new());
                    }
                }
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
        library::Shelf,
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
        let matches = Ruleset::new(&[rule(1, &[3, 2, 1]), rule(2, &[2])], &[], &audiences(), &tree()).matches(&facts());
        let expected: Vec<AudienceId> = vec![[1; 12].into(), [3; 12].into()];
        let found: Vec<AudienceId> = matches[&Grant::Rule([1; 12].into())]
            .iter()
            .map(|m| m.audience)
            .collect();
        assert_eq!((found, matches.len()), (expected, 1));
    }

    #[test]
    fn a_rule_that_is_off_or_elsewhere_matches_nobody() {
        let mut rule = rule(1, &[1]);
        let matches = |rule: &AutomationRule| {
            let ruleset = Ruleset::new(std::slice::from_ref(rule), &[], &audiences(), &tree());
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

    fn assigned(targets: &[Target], segment: u32, expose_to_children: bool) -> AssignedScript {
        AssignedScript {
            script: [7; 12].into(),
            name: "Clean".to_owned(),
            shelf: Shelf {
                segment: SegmentId(segment),
                expose_to_children,
            },
            targets: targets.to_vec(),
        }
    }

    #[test]
    fn a_script_is_given_to_all_or_to_audiences_but_to_none_that_is_excluded() {
        use Target::{AllDevices, Audience, NotAudience};
        let has = |targets: &[Target]| {
            let scripts = [assigned(targets, 0, true)];
            let matches = Ruleset::new(&[], &scripts, &audiences(), &tree()).matches(&facts());
            matches.contains_key(&Grant::Script([7; 12].into()))
        };
        let (inside, outside): (AudienceId, AudienceId) = ([1; 12].into(), [2; 12].into());
        assert!(has(&[AllDevices]) && has(&[Audience(inside)]) && has(&[Audience(outside), Audience(inside)]));
        assert!(!has(&[Audience(outside)]) && !has(&[NotAudience(outside)]));
        assert!(has(&[AllDevices, NotAudience(outside)]) && !has(&[AllDevices, NotAudience(inside)]));
        assert!(!has(&[Audience([3; 12].into()), NotAudience(inside)]));
    }

    #[test]
    fn a_script_is_given_to_nobody_whom_it_does_not_reach() {
        let has = |segment: u32, below: bool| {
            let scripts = [assigned(&[Target::AllDevices], segment, below)];
            !Ruleset::new(&[], &scripts, &[], &tree()).matches(&facts()).is_empty()
        };
        assert!(has(1, false), "the device's own segment");
        assert!(has(0, true) && !has(0, false), "from above only if it is exposed");
        assert!(!has(2, true), "the device is above it");
    }

    proptest! {
        #[test]
        fn no_order_matters_and_the_same_facts_give_the_same_result(
            lists in prop::collection::vec(prop::collection::vec(1_u8..4, 1..4), 1..6),
            turn in 0_usize..6,
        ) {
            let rules: Vec<AutomationRule> = (10..).zip(&lists).map(|(n, list)| rule(n, list)).collect();
            let once = Ruleset::new(&rules, &[], &audiences(), &tree()).matches(&facts());
            let (mut turned, mut others) = (rules, audiences());
            let by = turn % turned.len();
            turned.rotate_left(by);
            turned.iter_mut().for_each(|rule| rule.audiences.reverse());
            others.reverse();
            prop_assert_eq!(Ruleset::new(&turned, &[], &others, &tree()).matches(&facts()), once);
        }
    }
}
