//! What would become of a PC with these facts: the same evaluation as an enrolment's, and nothing stored.

use super::{
    EnrollmentTemplate, FieldKind, LoginProvider,
    evaluate::Verdict,
    facts::Facts,
    name::{NamePattern, Naming},
    outcome::{Outcome, of_rule},
    ruling::{Ruling, rule},
};
use crate::{
    Timestamp,
    ports::{DefaultConfigs, EnrollmentTemplates, Segments, StoreError},
};

/// What would become of a PC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// Which template decides, which of its rules wins, and why each other one does not.
    pub ruling: Ruling,
    /// What the winning rule gives.
    pub outcome: Option<Outcome>,
    /// Whether the name would be made anew after the inventory.
    pub name_waits: bool,
    /// What the form would do.
    pub form: FormPreview,
}

/// What the form would do with these answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPreview {
    /// Fields without an answer, or with one that is not among the options.
    pub unanswered: Vec<String>,
    /// Whether its pages would be skipped (N11).
    pub is_skipped: bool,
}

/// Plays an enrolment with the template's token through: where none of its rules matches, the organization's default is
/// asked too (N8).
///
/// # Errors
/// When the store fails.
pub fn simulate(
    view: &mut (impl EnrollmentTemplates + DefaultConfigs + Segments + ?Sized),
    own: &EnrollmentTemplate,
    facts: &Facts,
    now: Timestamp,
) -> Result<Option<Simulation>, StoreError> {
    let Some(ruling) = rule(view, own.organization, Some(own.id), facts)? else {
        return Ok(None);
    };
    let template = &ruling.template;
    let mut name_waits = false;
    let mut outcome = None;
    if let Verdict::Wins(index) = ruling.verdict
        && let Some(rule) = template.rules.get(index)
    {
        let mut given = of_rule(template, rule, facts);
        let keys = template.auxiliary_fields.iter().map(|f| f.key.as_str());
        if let Some(pattern) = &rule.display_name_pattern
            && let Ok(pattern) = NamePattern::parse(pattern, keys)
        {
            let segment = view.segment(template.organization, given.segment.unwrap_or(template.segment))?;
            let rendered = pattern.render(&Naming {
                facts,
                device: None,
                template: &template.name,
                rule: rule.name.as_deref(),
                segment: segment.as_ref().map(|s| s.name.as_str()).unwrap_or_default(),
                counter: template.counter.saturating_add(1),
                now,
            });
            (given.display_name, name_waits) = (rendered.name, rendered.waits);
        }
        if given.display_name.is_none() {
            given.display_name = facts.device_name.first().map(str::to_owned);
        }
        outcome = Some(given);
    }
    Ok(Some(Simulation {
        ruling,
        outcome,
        name_waits,
        // The form is that of the token's template, whichever decides.
        form: form(own, facts),
    }))
}

fn form(template: &EnrollmentTemplate, facts: &Facts) -> FormPreview {
    let answered = |field: &&super::AuxiliaryField| {
        let mut answers = facts.answers.iter();
        let given = answers.find(|(key, _)| key.eq_ignore_ascii_case(&field.key));
        let given = given.map(|(_, answer)| answer.trim()).filter(|a| !a.is_empty());
        given.is_some_and(|answer| {
            field.kind == FieldKind::Text || field.options.iter().any(|o| o.eq_ignore_ascii_case(answer))
        })
    };
    let fields = template.auxiliary_fields.iter();
    let unanswered: Vec<String> = fields.filter(|f| !answered(f)).map(|f| f.key.clone()).collect();
    let providers = &template.login_providers;
    let one_way_in = providers.len() == 1 || providers.contains(&LoginProvider::Anonymous);
    FormPreview {
        is_skipped: template.allow_auto_continue && one_way_in && unanswered.is_empty(),
        unanswered,
    }
}
