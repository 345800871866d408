//! What the rules promise, for whatever rules and facts.

use super::*;
use crate::enrollment_template::facts::Person;
use proptest::prelude::*;

fn group(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|p| (*p).to_owned()).collect()
}

fn rule(condition: Condition) -> Rule {
    Rule {
        conditions: vec![condition],
        ..Rule::default()
    }
}

fn of_tags(groups: &[&[&str]]) -> Rule {
    rule(Condition {
        tags: groups.iter().map(|g| group(g)).collect(),
        ..Condition::default()
    })
}

fn of_answers(groups: &[&[&str]]) -> Rule {
    rule(Condition {
        auxiliary_fields: groups.iter().map(|g| group(g)).collect(),
        ..Condition::default()
    })
}

fn of_patterns(patterns: &[&str]) -> Rule {
    rule(Condition {
        patterns: group(patterns),
        ..Condition::default()
    })
}

fn of_identifiers(identifiers: &[&str]) -> Rule {
    rule(Condition {
        identifiers: group(identifiers),
        ..Condition::default()
    })
}

fn person(email: &str, tags: &[&str]) -> Facts {
    Facts {
        person: Some(Person {
            email: email.to_owned(),
            tags: group(tags),
            ..Person::default()
        }),
        ..Facts::default()
    }
}

fn verdict(rules: &[Rule], facts: &Facts) -> Verdict {
    evaluate(rules, facts).verdict
}

fn wins(rule: &Rule, facts: &Facts) -> bool {
    verdict(std::slice::from_ref(rule), facts) == Verdict::Wins(0)
}

#[test]
fn executive_or_manager_and_director() {
    let rule = of_tags(&[&["executive"], &["manager", "director"]]);
    assert!(wins(&rule, &person("a@b", &["Executive"])));
    assert!(wins(&rule, &person("a@b", &["director", "manager"])));
    assert!(!wins(&rule, &person("a@b", &["manager"])));
    assert!(!wins(&rule, &Facts::default()));
}

#[test]
fn tags_come_from_the_token_and_from_answers_too() {
    let token = Facts {
        token_tags: group(&["VIP"]),
        ..Facts::default()
    };
    assert!(wins(&of_tags(&[&["vip"]]), &token));
    let answered = Facts {
        answers: [("site".to_owned(), "Bern".to_owned())].into(),
        ..Facts::default()
    };
    assert!(wins(&of_tags(&[&["site:bern"]]), &answered));
}

#[test]
fn answers_are_asked_for_by_value_by_star_and_by_key() {
    let facts = Facts {
        answers: [
            ("site".to_owned(), "Bern: Ost".to_owned()),
            ("none".to_owned(), " ".to_owned()),
        ]
        .into(),
        ..Facts::default()
    };
    for wanted in ["site:bern: ost", "site:*", "site", "SITE"] {
        assert!(wins(&of_answers(&[&[wanted]]), &facts), "{wanted}");
    }
    for wanted in ["site:bern", "none", "none:*", "other"] {
        assert!(!wins(&of_answers(&[&[wanted]]), &facts), "{wanted}");
    }
}

#[test]
fn patterns_look_at_the_e_mail_then_at_name_and_model() {
    let mut facts = person("eve@corp.example", &[]);
    facts.device_name = Fact::known("LAB-7");
    facts.model = Fact::known("Book 9");
    for pattern in ["@corp", "^lab", "book", "email:^eve", "name:7$", "model:9$"] {
        assert!(wins(&of_patterns(&[pattern]), &facts), "{pattern}");
    }
    for pattern in ["email:lab", "name:eve", "model:lab", "nothing"] {
        assert!(!wins(&of_patterns(&[pattern]), &facts), "{pattern}");
    }
}

#[test]
fn identifiers_are_compared_without_case_blanks_and_hyphens() {
    let facts = Facts {
        serial_number: Fact::known("VMware-56 4d AB"),
        imei: Fact::known("35-209900-176148-1"),
        ..Facts::default()
    };
    assert!(wins(&of_identifiers(&["vmware 564dab"]), &facts));
    assert!(wins(&of_identifiers(&["352099001761481"]), &facts));
    assert!(!wins(&of_identifiers(&["- -", "other"]), &facts));
}

#[test]
fn a_serial_number_that_tells_nothing_never_matches() {
    let rule = of_identifiers(&["System Serial Number", "To be filled by O.E.M."]);
    for serial in ["System Serial Number", "to be filled by o.e.m.", "0000-0000"] {
        let mut facts = Facts::of_request(Some(serial), None, &[]);
        facts.imei = Fact::absent();
        assert_eq!(
            verdict(std::slice::from_ref(&rule), &facts),
            Verdict::NoMatch,
            "{serial}"
        );
    }
}

#[test]
fn every_kind_in_one_condition_must_be_fulfilled() {
    let both = rule(Condition {
        tags: vec![group(&["vip"])],
        patterns: group(&["@corp"]),
        ..Condition::default()
    });
    assert!(wins(&both, &person("eve@corp.example", &["vip"])));
    assert!(!wins(&both, &person("eve@corp.example", &[])));
    assert!(!wins(&both, &person("eve@else.example", &["vip"])));
    assert!(!wins(&rule(Condition::default()), &Facts::default()));
}

#[test]
fn a_rule_that_waits_keeps_weaker_ones_from_winning() {
    let rules = [of_identifiers(&["SN1"]), Rule::default()];
    let mut facts = Facts {
        serial_number: Fact::late(),
        ..Facts::default()
    };
    let evaluation = evaluate(&rules, &facts);
    let missing = vec![MissingFact::SerialNumber];
    assert_eq!(evaluation.verdict, Verdict::Undecided { rule: 0, missing });
    assert_eq!(evaluation.trace[0].result, RuleResult::Undecided);
    assert_eq!(evaluation.trace[1].result, RuleResult::NotTried);
    facts.serial_number = Fact::known("SN2");
    assert_eq!(verdict(&rules, &facts), Verdict::Wins(1));
    facts.serial_number = Fact::known("sn-1");
    assert_eq!(verdict(&rules, &facts), Verdict::Wins(0));
}

#[test]
fn what_is_lost_anyway_does_not_wait() {
    let waits_in_vain = rule(Condition {
        tags: vec![group(&["vip"])],
        identifiers: group(&["SN1"]),
        ..Condition::default()
    });
    let facts = Facts {
        serial_number: Fact::late(),
        ..Facts::default()
    };
    assert_eq!(verdict(&[waits_in_vain], &facts), Verdict::NoMatch);
}

#[test]
fn every_rule_says_why() {
    let rules = [
        of_tags(&[&["vip"], &["a", "b"]]),
        of_patterns(&["@corp"]),
        Rule::default(),
    ];
    let trace = evaluate(&rules, &person("eve@corp.example", &[])).trace;
    assert_eq!(trace[0].reason, "conditions[0]: tags are not vip, or a and b");
    assert_eq!(
        trace[1].reason,
        "conditions[0]: patterns: @corp finds something in email"
    );
    assert_eq!(trace[2].reason, "rules[1] comes first and decides");
}

fn any_condition() -> impl Strategy<Value = Condition> {
    let words = || prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned), 1..3);
    (
        prop::collection::vec(words(), 0..3),
        prop::collection::vec(
            prop::sample::select(vec!["^a", "name:b", "model:c", "email:a"]).prop_map(str::to_owned),
            0..3,
        ),
        prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned), 0..3),
    )
        .prop_map(|(tags, patterns, identifiers)| Condition {
            tags,
            patterns,
            identifiers,
            ..Condition::default()
        })
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = prop::collection::vec(any_condition(), 0..3).prop_map(|conditions| Rule {
        conditions,
        ..Rule::default()
    });
    prop::collection::vec(rule, 0..5)
}

fn any_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        Just(Fact::late()),
        Just(Fact::absent()),
        prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(Fact::known),
    ]
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let tags = prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned), 0..3);
    (tags, any_fact(), any_fact(), any_fact(), any_fact()).prop_map(
        |(tags, serial_number, imei, device_name, model)| Facts {
            token_tags: tags,
            serial_number,
            imei,
            device_name,
            model,
            ..Facts::default()
        },
    )
}

/// Gives each late fact what it turns out to be.
fn later(facts: &Facts, turns_out: &Facts) -> Facts {
    let of = |early: &Fact, late: &Fact| match early.is_late {
        true => Fact {
            is_late: false,
            ..late.clone()
        },
        false => early.clone(),
    };
    Facts {
        serial_number: of(&facts.serial_number, &turns_out.serial_number),
        imei: of(&facts.imei, &turns_out.imei),
        device_name: of(&facts.device_name, &turns_out.device_name),
        model: of(&facts.model, &turns_out.model),
        ..facts.clone()
    }
}

proptest! {
    #[test]
    fn the_same_rules_and_facts_give_the_same_answer(rules in any_rules(), facts in any_facts()) {
        prop_assert_eq!(evaluate(&rules, &facts), evaluate(&rules, &facts));
    }

    #[test]
    fn the_first_match_wins_and_no_rule_after_it_counts(rules in any_rules(), facts in any_facts()) {
        let evaluation = evaluate(&rules, &facts);
        prop_assert_eq!(evaluation.trace.len(), rules.len());
        if let Verdict::Wins(first) = evaluation.verdict {
            prop_assert!(wins(&rules[first], &facts));
            prop_assert_eq!(verdict(&rules[..first], &facts), Verdict::NoMatch);
            prop_assert_eq!(verdict(&rules[..=first], &facts), Verdict::Wins(first));
        }
    }

    #[test]
    fn what_was_decided_early_stays_whatever_turns_out(
        rules in any_rules(), facts in any_facts(), turns_out in any_facts(),
    ) {
        let early = verdict(&rules, &facts);
        let late = verdict(&rules, &later(&facts, &turns_out));
        match early {
            Verdict::Undecided { rule, .. } => {
                let waited = !matches!(late, Verdict::Undecided { .. });
                prop_assert!(waited, "nothing is missing any more");
                if let Verdict::Wins(winner) = late {
                    prop_assert!(winner >= rule);
                }
            }
            decided => prop_assert_eq!(decided, late),
        }
    }

    #[test]
    fn a_rule_without_conditions_catches_all_that_is_left(mut rules in any_rules(), facts in any_facts()) {
        rules.push(Rule::default());
        prop_assert_ne!(verdict(&rules, &facts), Verdict::NoMatch);
    }
}
