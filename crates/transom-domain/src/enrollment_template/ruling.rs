//! Which template speaks for an enrolment, and what it says (N8).

use super::{
    EnrollmentTemplate,
    evaluate::{RuleResult, RuleTrace, Verdict, evaluate},
    facts::Facts,
};
use crate::{
    EnrollmentTemplateId, OrganizationId,
    default_config::DefaultKind,
    ports::{DefaultConfigs, EnrollmentTemplates, StoreError},
};
use serde::{Deserialize, Serialize};

/// What came of one rule of one template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TraceEntry {
    /// The template.
    #[serde(rename = "templateId")]
    pub template: EnrollmentTemplateId,
    /// The rule.
    #[serde(flatten)]
    pub rule: RuleTrace,
}

/// What the templates say of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// The template that was asked last.
    pub template: EnrollmentTemplate,
    /// What it says.
    pub verdict: Verdict,
    /// What came of every rule of every template that was asked.
    pub trace: Vec<TraceEntry>,
}

impl Ruling {
    /// What came of the rules that were tried: what is kept. The others say nothing.
    #[must_use]
    pub fn tried(&self) -> Vec<TraceEntry> {
        let tried = self
            .trace
            .iter()
            .filter(|entry| entry.rule.result != RuleResult::NotTried);
        tried.cloned().collect()
    }
}

/// Asks `own`, the template that the token belongs to, and where none of its rules matches, or there is no such template,
/// the organization's default (N8). No answer: no template speaks for this enrolment.
///
/// # Errors
/// When the store fails.
pub fn rule(
    view: &mut (impl EnrollmentTemplates + DefaultConfigs + ?Sized),
    organization: OrganizationId,
    own: Option<EnrollmentTemplateId>,
    facts: &Facts,
) -> Result<Option<Ruling>, StoreError> {
    let mut ruling = None;
    if let Some(own) = own
        && let Some(template) = view.enrollment_template(organization, own)?
    {
        let asked = ask(template, facts, Vec::new());
        if asked.verdict != Verdict::NoMatch {
            return Ok(Some(asked));
        }
        ruling = Some(asked);
    }
    let default = view.default_config(organization, DefaultKind::WinEnrollmentTemplate)?;
    let default = default.and_then(|d| d.element.template());
    let Some(default) = default.filter(|id| ruling.as_ref().is_none_or(|r| r.template.id != *id)) else {
        return Ok(ruling);
    };
    let Some(template) = view.enrollment_template(organization, default)? else {
        return Ok(ruling);
    };
    let trace = ruling.map(|r| r.trace).unwrap_or_default();
    Ok(Some(ask(template, facts, trace)))
}

/// Tries the rules of one template.
fn ask(template: EnrollmentTemplate, facts: &Facts, mut trace: Vec<TraceEntry>) -> Ruling {
    let evaluation = evaluate(&template.rules, facts);
    trace.extend(evaluation.trace.into_iter().map(|rule| TraceEntry {
        template: template.id,
        rule,
    }));
    Ruling {
        template,
        verdict: evaluation.verdict,
        trace,
    }
}
