//! What became of a PC by the rules: kept with its enrolment, written to its record once (N7, N9).

mod inventory;

pub use inventory::after_inventory;

use super::{
    EnrollmentTemplate,
    evaluate::Verdict,
    facts::Facts,
    name::{NamePattern, Naming},
    outcome::{self, Outcome, distinct},
    ruling::{Ruling, TraceEntry},
};
use crate::{
    Context, EnrollmentTemplateId,
    device::{Device, EnrolledBy},
    enrollment_token::EnrollmentToken,
    policy::Assignment,
    ports::{
        AuditLogMut, DefaultConfigs, DevicesMut, EnrollmentTemplates, EnrollmentTemplatesMut, EnrollmentTokens,
        EnrollmentsMut, PoliciesMut, Segments, StoreError, Users,
    },
    segment::SegmentId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How far the rules have come with a PC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PlacementState {
    /// A rule decided.
    Decided,
    /// A fact is missing; the inventory will tell (N7).
    Undecided,
    /// No rule matched; the PC is managed without policies of a rule (decision 37).
    Unmatched,
}

impl PlacementState {
    /// Every state.
    pub const ALL: [PlacementState; 3] = [Self::Decided, Self::Undecided, Self::Unmatched];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            PlacementState::Decided => "decided",
            PlacementState::Undecided => "undecided",
            PlacementState::Unmatched => "unmatched",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What the rules, and the token, made of one enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Placement {
    /// Which template spoke; none: only the token did.
    pub by: Option<PlacedBy>,
    /// What the PC gets.
    pub outcome: Outcome,
    /// Whether it has got it. A PC that is managed already gets it when the new enrolment is used.
    pub is_applied: bool,
    /// A name that waits for the inventory.
    pub pending_name: Option<PendingName>,
    /// What the PC was called until then: an administrator who changed it meant it.
    pub was_called: String,
}

/// What a template said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacedBy {
    /// The template.
    #[serde(rename = "templateId")]
    pub template: EnrollmentTemplateId,
    /// How far it came.
    pub state: PlacementState,
    /// The rule that decided, or waits.
    #[serde(rename = "ruleIndex")]
    pub rule: Option<usize>,
    /// Its name.
    #[serde(rename = "ruleName")]
    pub rule_name: Option<String>,
    /// What came of every rule that was tried.
    pub trace: Vec<TraceEntry>,
}

/// A name of which a part is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingName {
    pattern: String,
    keys: Vec<String>,
    template: String,
    rule: Option<String>,
    counter: u32,
}

/// What a rule says of one PC, whose record is known now.
///
/// # Errors
/// When the store fails.
pub fn place(
    tx: &mut (impl EnrollmentTemplatesMut + Segments + ?Sized),
    cx: &Context,
    device: &Device,
    ruling: Option<&Ruling>,
    token: Option<&EnrollmentToken>,
    facts: &Facts,
) -> Result<Option<Placement>, StoreError> {
    let mut own = token.map(outcome::of_token).unwrap_or_default();
    let Some(ruling) = ruling else {
        // A new record begins in the token's segment; one that is managed stays where it is.
        own.segment = None;
        return Ok((!own.is_empty()).then_some(Placement {
            by: None,
            outcome: own,
            is_applied: false,
            pending_name: None,
            was_called: device.display_name.clone(),
        }));
    };
    let (state, index) = match &ruling.verdict {
        Verdict::Wins(index) => (PlacementState::Decided, Some(*index)),
        Verdict::Undecided { rule, .. } => (PlacementState::Undecided, Some(*rule)),
        Verdict::NoMatch => (PlacementState::Unmatched, None),
    };
    let rule = index.and_then(|index| ruling.template.rules.get(index));
    let mut placement = Placement {
        by: Some(PlacedBy {
            template: ruling.template.id,
            state,
            rule: index,
            rule_name: rule.and_then(|r| r.name.clone()),
            trace: ruling.tried(),
        }),
        outcome: Outcome {
            segment: Some(ruling.template.segment),
            // Assignments are rebuilt by the rules, also where these give none (DS4).
            assignments: Some(Vec::new()),
            ..Outcome::default()
        },
        is_applied: false,
        pending_name: None,
        was_called: device.display_name.clone(),
    };
    if let (PlacementState::Decided, Some(rule)) = (state, rule) {
        placement.outcome = outcome::of_rule(&ruling.template, rule, facts);
    }
    placement.outcome = placement.outcome.overruled_by(own);
    if let (PlacementState::Decided, Some(rule), None) = (state, rule, &placement.outcome.display_name)
        && let Some(pattern) = &rule.display_name_pattern
    {
        name(
            tx,
            cx,
            device,
            &ruling.template,
            (pattern, rule.name.as_ref()),
            facts,
            &mut placement,
        )?;
    }
    Ok(Some(placement))
}

/// Fills in the name. A template's number is taken only where the pattern has one.
fn name(
    tx: &mut (impl EnrollmentTemplatesMut + Segments + ?Sized),
    cx: &Context,
    device: &Device,
    template: &EnrollmentTemplate,
    (pattern, rule): (&String, Option<&String>),
    facts: &Facts,
    placement: &mut Placement,
) -> Result<(), StoreError> {
    let keys: Vec<String> = template.auxiliary_fields.iter().map(|f| f.key.clone()).collect();
    let Ok(parsed) = NamePattern::parse(pattern, keys.iter().map(String::as_str)) else {
        return Ok(());
    };
    let counter = match parsed.counts() {
        true => tx.count_enrollment_template(template.id)?,
        false => 0,
    };
    let segment = segment_name(tx, device, placement.outcome.segment)?;
    let rendered = parsed.render(&Naming {
        facts,
        device: Some(device.id),
        template: &template.name,
        rule: rule.map(String::as_str),
        segment: &segment,
        counter,
        now: cx.now,
    });
    if rendered.waits {
        placement.pending_name = Some(PendingName {
            pattern: pattern.clone(),
            keys,
            template: template.name.clone(),
            rule: rule.cloned(),
            counter,
        });
    } else {
        placement.outcome.display_name = rendered.name;
    }
    Ok(())
}

fn segment_name(
    view: &mut (impl Segments + ?Sized),
    device: &Device,
    segment: Option<SegmentId>,
) -> Result<String, StoreError> {
    let segment = view.segment(device.organization, segment.unwrap_or(device.segment))?;
    Ok(segment.map(|s| s.name).unwrap_or_default())
}

/// Writes to a device's record what its enrolment gave it. Policies are given anew; tags are added to those it has.
///
/// # Errors
/// When the store fails.
pub fn apply(
    tx: &mut (impl DevicesMut + PoliciesMut + Segments + ?Sized),
    cx: &Context,
    device: &mut Device,
    placement: &mut Placement,
) -> Result<(), StoreError> {
    let before = device.clone();
    write(tx, device, placement)?;
    if let Some(given) = &placement.outcome.assignments {
        let assignments = existing(tx, device, given.iter().map(|g| (*g).into()).collect())?;
        tx.save_assignments(device.id, &assignments)?;
    }
    placement.is_applied = true;
    changed(tx, cx, &before, device)
}

/// Tags, segment, name, and who decided.
fn write(tx: &mut (impl Segments + ?Sized), device: &mut Device, placement: &Placement) -> Result<(), StoreError> {
    let outcome = &placement.outcome;
    device.tags = distinct(device.tags.iter().chain(&outcome.tags).cloned());
    if let Some(segment) = outcome.segment
        && tx.segment(device.organization, segment)?.is_some()
    {
        device.segment = segment;
    }
    if let Some(name) = &outcome.display_name {
        device.display_name.clone_from(name);
    }
    device.enrolled_by = placement.by.as_ref().map(|by| EnrolledBy {
        template: by.template,
        state: by.state,
    });
    Ok(())
}

fn changed(
    tx: &mut (impl DevicesMut + ?Sized),
    cx: &Context,
    before: &Device,
    device: &mut Device,
) -> Result<(), StoreError> {
    if device != before {
        device.updated_at = cx.now;
        tx.update_device(device)?;
    }
    Ok(())
}

/// Those whose policy is still there, locked so that it stays.
fn existing(
    tx: &mut (impl PoliciesMut + ?Sized),
    device: &Device,
    mut assignments: Vec<Assignment>,
) -> Result<Vec<Assignment>, StoreError> {
    let mut policies: Vec<_> = assignments.iter().map(|a| a.policy).collect();
    policies.sort_unstable();
    policies.dedup();
    for policy in policies {
        let there = tx
            .lock_policy(policy)?
            .is_some_and(|p| p.organization == device.organization);
        if !there {
            assignments.retain(|a| a.policy != policy);
        }
    }
    Ok(assignments)
}

/// What deciding after the inventory asks of a store.
pub trait PlacementStore:
    DevicesMut
    + EnrollmentsMut
    + EnrollmentTemplatesMut
    + EnrollmentTemplates
    + EnrollmentTokens
    + DefaultConfigs
    + PoliciesMut
    + Segments
    + Users
    + AuditLogMut
{
}

impl<T> PlacementStore for T where
    T: DevicesMut
        + EnrollmentsMut
        + EnrollmentTemplatesMut
        + EnrollmentTemplates
        + EnrollmentTokens
        + DefaultConfigs
        + PoliciesMut
        + Segments
        + Users
        + AuditLogMut
        + ?Sized
{
}

/// A placement for the audit record.
#[must_use]
pub fn told(placement: &Placement) -> Value {
    json!({ "rules": placement.by, "given": placement.outcome })
}
