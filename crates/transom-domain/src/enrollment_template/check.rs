//! Whether a template holds to its rules (S5, A.5, N2 to N6), and what an administrator should know of it.

use super::{
    ALTERNATIVES_MAX, AUXILIARY_FIELDS_MAX, AuxiliaryField, CONDITIONS_MAX, Condition, DESCRIPTION_CHARS_MAX,
    EnrollmentTemplate, FIELD_CHARS_MAX, FieldKind, IDENTIFIER_CHARS_MAX, IDENTIFIERS_MAX, MOBILITY_APP_CHARS_MAX,
    NAME_CHARS_MAX, OPTIONS_MAX, PATTERN_CHARS_MAX, PATTERNS_BYTES_MAX, PATTERNS_MAX, RULE_TEXT_CHARS_MAX, RULES_MAX,
    Rule,
    name::NamePattern,
    outcome::distinct,
    pattern::{PATTERN_BYTES_MAX, PatternError},
    patterns::Patterns,
};
use crate::{
    device::update::{TAG_CHARS_MAX, TAGS_MAX, Violation},
    policy::{ASSIGNMENTS_MAX, PRIORITY_MAX, Policy, reaches},
    segment::Segment,
    text,
};
use std::collections::BTreeSet;

/// Longest part of a condition over answers: a key, a colon, an answer.
const ANSWER_CHARS_MAX: usize = 2 * FIELD_CHARS_MAX + 1;

/// Checks a template and cleans it: trims, removes double tags.
///
/// # Errors
/// Every field that does not hold to its rule.
pub fn clean(template: EnrollmentTemplate) -> Result<EnrollmentTemplate, Vec<Violation>> {
    clean_with(Patterns::shared(), template)
}

/// As [`clean`], with patterns that are kept elsewhere.
///
/// # Errors
/// Every field that does not hold to its rule.
pub fn clean_with(compiled: &Patterns, mut template: EnrollmentTemplate) -> Result<EnrollmentTemplate, Vec<Violation>> {
    let mut check = Check {
        wrong: Vec::new(),
        compiled,
        pattern_bytes: 0,
    };
    check.line("name", &mut template.name, NAME_CHARS_MAX);
    check.optional("description", &mut template.description, DESCRIPTION_CHARS_MAX);
    check.fields(&mut template.auxiliary_fields);
    let keys: Vec<String> = template.auxiliary_fields.iter().map(|f| f.key.clone()).collect();
    check.rules(&mut template.rules, &keys);
    let mut seen = BTreeSet::new();
    template.login_providers.retain(|p| seen.insert(p.as_str()));
    if let Some(app) = &mut template.mobility_app {
        check.line("entraId.mobilityApp.tenantId", &mut app.tenant, MOBILITY_APP_CHARS_MAX);
        check.line("entraId.mobilityApp.clientId", &mut app.client, MOBILITY_APP_CHARS_MAX);
        // Of one that was lost there is nothing to check: the template can be changed in all else.
        if !app.secret.is_lost()
            && let Err(error) = text::line(app.secret.reveal(), MOBILITY_APP_CHARS_MAX)
        {
            check.refuse("entraId.mobilityApp.clientSecret", "text", error);
        }
    }
    if check.wrong.is_empty() {
        Ok(template)
    } else {
        Err(check.wrong)
    }
}

/// What does no harm and is hardly meant: rules that are never reached (N2), policies that supply nothing (P14).
#[must_use]
pub fn warnings(template: &EnrollmentTemplate, policies: &[Policy], segments: &[Segment]) -> Vec<String> {
    let mut warnings = Vec::new();
    let rules = &template.rules;
    if let Some(all) = rules.iter().position(|rule| rule.conditions.is_empty())
        && all + 1 < rules.len()
    {
        warnings.push(format!(
            "rules[{all}] has no conditions, so it matches every PC: the rules after it are never reached"
        ));
    }
    for (index, rule) in rules.iter().enumerate() {
        let place = rule.segment.unwrap_or(template.segment);
        for named in rule.policies() {
            let policy = policies.iter().find(|p| p.id == named);
            if policy.is_some_and(|p| !reaches(p, place, segments)) {
                warnings.push(format!(
                    "rules[{index}] gives the policy {named}, which does not reach segment {place}: it supplies nothing there"
                ));
            }
        }
    }
    warnings
}

/// Compiles the patterns of rules, so that they are there when the rules are checked: a request does so before its unit of
/// work, for which every other writer waits. No more is done than [`clean`] would do.
pub fn prepare(compiled: &Patterns, rules: &[Rule]) {
    if rules.len() > RULES_MAX || rules.iter().map(count_patterns).sum::<usize>() > PATTERNS_MAX {
        return;
    }
    let mut bytes = 0;
    let patterns = rules.iter().flat_map(|rule| &rule.conditions).flat_map(|c| &c.patterns);
    for pattern in patterns.filter(|p| text::checked(p, PATTERN_CHARS_MAX).is_ok()) {
        if bytes <= PATTERNS_BYTES_MAX {
            bytes += read(compiled, pattern).0;
        }
    }
}

fn count_patterns(rule: &Rule) -> usize {
    rule.conditions.iter().map(|condition| condition.patterns.len()).sum()
}

/// What a pattern adds to the memory of all, and what is wrong with it. One that takes too much counts with what it took
/// until that was known.
fn read(compiled: &Patterns, pattern: &str) -> (usize, Option<PatternError>) {
    match compiled.read(pattern) {
        Ok(pattern) => (pattern.bytes(), None),
        Err(error) if error.position.is_none() => (PATTERN_BYTES_MAX, Some(error)),
        Err(error) => (0, Some(error)),
    }
}

struct Check<'p> {
    wrong: Vec<Violation>,
    compiled: &'p Patterns,
    pattern_bytes: usize,
}

impl Check<'_> {
    fn refuse(&mut self, path: impl Into<String>, rule: &'static str, message: impl ToString) {
        self.wrong.push(Violation::new(path, rule, message));
    }

    /// A text that must not be empty.
    fn line(&mut self, path: impl Into<String>, value: &mut String, max: usize) {
        match text::line(value, max) {
            Ok(clean) => *value = clean,
            Err(error) => self.refuse(path, "text", error),
        }
    }

    /// A text that may be missing; an empty one is missing.
    fn optional(&mut self, path: impl Into<String>, value: &mut Option<String>, max: usize) {
        if value.as_ref().is_some_and(|v| v.trim().is_empty()) {
            *value = None;
        }
        if let Some(value) = value {
            self.line(path, value, max);
        }
    }

    /// Whether a list has no more entries than it may have.
    fn count(&mut self, path: &str, found: usize, max: usize) -> bool {
        if found > max {
            self.refuse(
                path,
                "max_items",
                format!("must have at most {max} entries, not {found}"),
            );
        }
        found <= max
    }

    fn fields(&mut self, fields: &mut [AuxiliaryField]) {
        if !self.count("auxiliaryFields", fields.len(), AUXILIARY_FIELDS_MAX) {
            return;
        }
        let mut keys = BTreeSet::new();
        for (index, field) in fields.iter_mut().enumerate() {
            let path = |name: &str| format!("auxiliaryFields[{index}].{name}");
            self.line(path("key"), &mut field.key, FIELD_CHARS_MAX);
            if field.key.contains([':', '{', '}', '|']) {
                self.refuse(
                    path("key"),
                    "pattern",
                    "must not contain a colon, a brace or a vertical bar",
                );
            }
            if !keys.insert(field.key.to_lowercase()) {
                self.refuse(path("key"), "unique", "is the key of another field too");
            }
            self.optional(path("title"), &mut field.title, FIELD_CHARS_MAX);
            self.optional(path("description"), &mut field.description, DESCRIPTION_CHARS_MAX);
            if self.count(&path("options"), field.options.len(), OPTIONS_MAX) {
                for (option, value) in field.options.iter_mut().enumerate() {
                    self.line(path(&format!("options[{option}]")), value, FIELD_CHARS_MAX);
                }
            }
            match field.kind {
                // What is written freely has no options (A.5).
                FieldKind::Text => field.options.clear(),
                FieldKind::Select if field.options.is_empty() => {
                    self.refuse(
                        path("options"),
                        "min_items",
                        "must have at least one entry where type is select",
                    );
                }
                FieldKind::Select => {}
            }
        }
    }

    fn rules(&mut self, rules: &mut [Rule], keys: &[String]) {
        if !self.count("rules", rules.len(), RULES_MAX) {
            return;
        }
        // Counted first: more than that are not even looked at.
        let found: usize = rules.iter().map(count_patterns).sum();
        if found > PATTERNS_MAX {
            let message = format!("must have at most {PATTERNS_MAX} patterns in all rules together, not {found}");
            self.refuse("rules", "max_patterns", message);
            return;
        }
        for (index, rule) in rules.iter_mut().enumerate() {
            self.rule(&format!("rules[{index}]"), rule, keys);
        }
        if self.pattern_bytes > PATTERNS_BYTES_MAX {
            let message = format!(
                "must have patterns that take at most {PATTERNS_BYTES_MAX} bytes of memory together: repeat less, or name \
                 fewer letters"
            );
            self.refuse("rules", "max_patterns_size", message);
        }
    }

    fn rule(&mut self, path: &str, rule: &mut Rule, keys: &[String]) {
        self.optional(format!("{path}.name"), &mut rule.name, RULE_TEXT_CHARS_MAX);
        let name = format!("{path}.displayNamePattern");
        self.optional(name.clone(), &mut rule.display_name_pattern, RULE_TEXT_CHARS_MAX);
        if let Some(pattern) = &rule.display_name_pattern
            && let Err(error) = NamePattern::parse(pattern, keys.iter().map(String::as_str))
        {
            self.refuse(name, "display_name_pattern", error);
        }
        if self.count(&format!("{path}.tags"), rule.tags.len(), TAGS_MAX) {
            for (index, tag) in rule.tags.iter_mut().enumerate() {
                self.line(format!("{path}.tags[{index}]"), tag, TAG_CHARS_MAX);
            }
            rule.tags = distinct(std::mem::take(&mut rule.tags));
        }
        self.assignments(path, rule);
        if self.count(&format!("{path}.conditions"), rule.conditions.len(), CONDITIONS_MAX) {
            for (index, condition) in rule.conditions.iter_mut().enumerate() {
                self.condition(&format!("{path}.conditions[{index}]"), condition, keys);
            }
        }
    }

    fn assignments(&mut self, path: &str, rule: &Rule) {
        let list = format!("{path}.winPolicyAssignments");
        if !self.count(&list, rule.assignments.len(), ASSIGNMENTS_MAX) {
            return;
        }
        let mut seen = BTreeSet::new();
        for (index, assignment) in rule.assignments.iter().enumerate() {
            if assignment.priority > PRIORITY_MAX {
                let message = format!("must be a whole number from 0 to {PRIORITY_MAX}");
                self.refuse(format!("{list}[{index}].priority"), "range", message);
            }
            if !seen.insert(assignment.policy) {
                self.refuse(format!("{list}[{index}].winPolicyId"), "unique", "is assigned twice");
            }
        }
    }

    fn condition(&mut self, path: &str, condition: &mut Condition, keys: &[String]) {
        if condition.is_empty() {
            self.refuse(
                path,
                "empty",
                "must have tags, auxiliaryFields, patterns or identifiers",
            );
        }
        self.groups(&format!("{path}.tags"), &mut condition.tags, TAG_CHARS_MAX);
        let answers = format!("{path}.auxiliaryFields");
        self.groups(&answers, &mut condition.auxiliary_fields, ANSWER_CHARS_MAX);
        for (group, parts) in condition.auxiliary_fields.iter().enumerate() {
            for (index, part) in parts.iter().enumerate() {
                let key = part.split(':').next().unwrap_or_default().trim();
                if !keys.iter().any(|k| k.to_lowercase() == key.to_lowercase()) {
                    let message = format!("names the field {key:?}, which auxiliaryFields does not declare");
                    self.refuse(format!("{answers}[{group}][{index}]"), "declared", message);
                }
            }
        }
        let list = format!("{path}.patterns");
        if self.count(&list, condition.patterns.len(), ALTERNATIVES_MAX) {
            for (index, pattern) in condition.patterns.iter().enumerate() {
                self.pattern(format!("{list}[{index}]"), pattern);
            }
        }
        let list = format!("{path}.identifiers");
        if self.count(&list, condition.identifiers.len(), IDENTIFIERS_MAX) {
            for (index, identifier) in condition.identifiers.iter_mut().enumerate() {
                self.line(format!("{list}[{index}]"), identifier, IDENTIFIER_CHARS_MAX);
            }
        }
    }

    fn groups(&mut self, path: &str, groups: &mut [Vec<String>], max: usize) {
        if !self.count(path, groups.len(), ALTERNATIVES_MAX) {
            return;
        }
        for (group, parts) in groups.iter_mut().enumerate() {
            let path = format!("{path}[{group}]");
            if parts.is_empty() {
                self.refuse(path.as_str(), "min_items", "must have at least one entry");
            }
            if self.count(&path, parts.len(), ALTERNATIVES_MAX) {
                for (index, part) in parts.iter_mut().enumerate() {
                    self.line(format!("{path}[{index}]"), part, max);
                }
            }
        }
    }

    fn pattern(&mut self, path: String, pattern: &str) {
        if let Err(error) = text::checked(pattern, PATTERN_CHARS_MAX) {
            self.refuse(path, "text", error);
        } else if self.pattern_bytes <= PATTERNS_BYTES_MAX {
            // Beyond that the rules are refused anyway, so the rest costs nothing.
            let (bytes, error) = read(self.compiled, pattern);
            self.pattern_bytes += bytes;
            if let Some(error) = error {
                self.refuse(path, "regular_expression", error);
            }
        }
    }
}

/// What only a request for a new list of rules must hold to: there is a rule that gives a policy (A.5). A template whose
/// only policy was removed may stay as it is.
///
/// # Errors
/// That there is none.
pub fn gives_a_policy(rules: &[Rule]) -> Result<(), Violation> {
    // Of too many rules that is all that is told; they are not even looked at.
    if rules.len() > RULES_MAX || rules.iter().any(|rule| rule.policies().next().is_some()) {
        return Ok(());
    }
    let message = "must have at least one rule with winPolicyId or winPolicyAssignments";
    Err(Violation::new("rules", "required", message))
}

#[cfg(test)]
mod tests;
