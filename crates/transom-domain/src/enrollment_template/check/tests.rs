//! What checking the patterns of a template costs, counted: units of work of other writers wait for it.

use super::*;
use crate::{
    Timestamp,
    enrollment_template::{
        evaluate::{Verdict, evaluate_with},
        facts::{Fact, Facts},
        patterns::KEPT_BYTES_MAX,
    },
    segment::SegmentId,
};

/// A template with these patterns, as many in a condition as fit.
fn template(patterns: &[String]) -> EnrollmentTemplate {
    let conditions = patterns.chunks(ALTERNATIVES_MAX).map(|patterns| Condition {
        patterns: patterns.to_vec(),
        ..Condition::default()
    });
    let rule = Rule {
        conditions: conditions.collect(),
        ..Rule::default()
    };
    EnrollmentTemplate {
        id: [1; 12].into(),
        organization: [2; 12].into(),
        segment: SegmentId::ROOT,
        name: "Office".to_owned(),
        description: None,
        rules: vec![rule],
        auxiliary_fields: Vec::new(),
        login_providers: Vec::new(),
        allow_auto_continue: false,
        mobility_app: None,
        token: [3; 12].into(),
        counter: 0,
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
    }
}

fn patterns(count: usize, of: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(of).collect()
}

/// What is wrong with patterns, as place and rule, and how many were compiled to know it.
fn checked(given: &[String]) -> (Vec<(String, &'static str)>, u64) {
    let compiled = Patterns::new(KEPT_BYTES_MAX);
    let wrong = clean_with(&compiled, template(given)).err().unwrap_or_default();
    let wrong = wrong.into_iter().map(|v| (v.path, v.rule)).collect();
    (wrong, compiled.compiled())
}

#[test]
fn each_pattern_is_compiled_once_before_the_unit_of_work_and_never_for_a_pc() {
    let compiled = Patterns::new(KEPT_BYTES_MAX);
    let template = template(&patterns(PATTERNS_MAX, |n| format!("model:^Book {n}$")));
    prepare(&compiled, &template.rules);
    assert_eq!(compiled.compiled(), PATTERNS_MAX as u64);
    let template = clean_with(&compiled, template).unwrap();
    let facts = |model: &str| Facts {
        model: Fact::known(model),
        ..Facts::default()
    };
    for _ in 0..3 {
        let verdict = evaluate_with(&compiled, &template.rules, &facts("book 199")).verdict;
        assert_eq!(verdict, Verdict::Wins(0));
        let verdict = evaluate_with(&compiled, &template.rules, &facts("Slate")).verdict;
        assert_eq!(verdict, Verdict::NoMatch);
    }
    assert_eq!(compiled.compiled(), PATTERNS_MAX as u64);
}

#[test]
fn of_too_many_patterns_none_is_compiled() {
    let (wrong, compiled) = checked(&patterns(PATTERNS_MAX + 1, |n| n.to_string()));
    assert_eq!((wrong, compiled), (vec![("rules".to_owned(), "max_patterns")], 0));
}

#[test]
fn all_patterns_together_have_a_limit_beyond_which_none_is_compiled() {
    let large = |n: usize| format!("model:\\w{{3}}x{n:03}");
    let each = Patterns::new(KEPT_BYTES_MAX).read(&large(0)).unwrap().bytes();
    let fit = PATTERNS_BYTES_MAX / each;
    assert!((15..25).contains(&fit), "{fit}");
    assert_eq!(checked(&patterns(fit, large)), (Vec::new(), fit as u64));
    let (wrong, compiled) = checked(&patterns(PATTERNS_MAX, large));
    assert_eq!(wrong, [("rules".to_owned(), "max_patterns_size")]);
    assert_eq!(compiled, fit as u64 + 1);
}

#[test]
fn patterns_that_are_too_large_by_themselves_stop_nobody_either() {
    let (wrong, compiled) = checked(&patterns(PATTERNS_MAX, |n| format!("model:\\w{{20}}Z{n}")));
    assert_eq!(
        wrong[0],
        ("rules[0].conditions[0].patterns[0]".to_owned(), "regular_expression")
    );
    let most = (PATTERNS_BYTES_MAX / PATTERN_BYTES_MAX) as u64 + 1;
    assert_eq!(compiled, most, "each counts with what it took until it was known");
}
