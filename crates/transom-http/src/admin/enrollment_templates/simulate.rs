//! `POST …/simulate`: what would become of a PC with these facts.

use super::{
    request::supposed_schema,
    view::{GivenPolicyView, TraceView},
};
use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form, join},
    view::text_schema,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use transom_domain::{
    Timestamp,
    device::{
        summary::{VALUE_CHARS_MAX, is_real_serial_number},
        update::{TAG_CHARS_MAX, TAGS_MAX},
    },
    enrollment_template::{
        AUXILIARY_FIELDS_MAX, EnrollmentTemplate, FIELD_CHARS_MAX,
        evaluate::Verdict,
        facts::{Fact, Facts, Person},
        outcome::Outcome,
        simulate::{Simulation, simulate},
    },
    ports::View,
    segment::SegmentScope,
    text,
    user::{EMAIL_CHARS_MAX, Email, change::is_seen},
};
use utoipa::ToSchema;

/// What is supposed of a PC. A fact that is left out is not known yet; null says that the PC has none.
#[derive(Debug, Clone, Default)]
pub struct Supposed {
    email: Option<Email>,
    tags: Vec<String>,
    facts: Facts,
}

/// Reads the body.
pub fn read(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<Supposed>, ApiError> {
    let mut form = Form::default();
    let known = [
        "email",
        "userTags",
        "auxiliaryFields",
        "serialNumber",
        "imei",
        "model",
        "deviceName",
    ];
    let Some(fields) = form.object("", body, &known) else {
        return form.finish(None, code, strict);
    };
    let mut supposed = Supposed::default();
    if let Some(value) = fields.get("email").filter(|v| !v.is_null())
        && let Some(text) = form.text("email", value)
    {
        match Email::parse(text) {
            Ok(email) => supposed.email = Some(email),
            Err(error) => form.refuse("email", "email", error),
        }
    }
    if let Some(value) = fields.get("userTags").filter(|v| !v.is_null()) {
        supposed.tags = tags(&mut form, value);
    }
    if let Some(value) = fields.get("auxiliaryFields").filter(|v| !v.is_null()) {
        supposed.facts.answers = answers(&mut form, value);
    }
    supposed.facts.serial_number = fact(&mut form, fields, "serialNumber");
    supposed.facts.serial_number.values.retain(|s| is_real_serial_number(s));
    supposed.facts.imei = fact(&mut form, fields, "imei");
    supposed.facts.model = fact(&mut form, fields, "model");
    supposed.facts.device_name = fact(&mut form, fields, "deviceName");
    // What no field supposes comes with the inventory.
    supposed.facts.manufacturer = Fact::late();
    supposed.facts.os_version = Fact::late();
    form.finish(Some(supposed), code, strict)
}

fn tags(form: &mut Form, value: &Value) -> Vec<String> {
    let tags = form.texts("userTags", value).unwrap_or_default();
    if tags.len() > TAGS_MAX {
        let message = format!("must have at most {TAGS_MAX} tags, not {}", tags.len());
        form.refuse("userTags", "max_items", message);
    }
    for (index, tag) in tags.iter().enumerate() {
        if let Err(error) = text::line(tag, TAG_CHARS_MAX) {
            form.refuse(format!("userTags[{index}]"), "text", error);
        }
    }
    tags
}

fn answers(form: &mut Form, value: &Value) -> BTreeMap<String, String> {
    let path = "auxiliaryFields";
    let Value::Object(given) = value else {
        form.refuse(path, "type", "must be an object");
        return BTreeMap::new();
    };
    if given.len() > AUXILIARY_FIELDS_MAX {
        let message = format!("must have at most {AUXILIARY_FIELDS_MAX} keys, not {}", given.len());
        form.refuse(path, "max_properties", message);
    }
    let mut answers = BTreeMap::new();
    for (key, value) in given {
        let place = join(path, &text::cut(key, FIELD_CHARS_MAX));
        let Some(answer) = form.text(&place, value) else {
            continue;
        };
        match (text::line(key, FIELD_CHARS_MAX), text::checked(answer, FIELD_CHARS_MAX)) {
            (Ok(key), Ok(answer)) => drop(answers.insert(key, answer)),
            (Err(error), _) | (_, Err(error)) => form.refuse(place, "text", error),
        }
    }
    answers
}

fn fact(form: &mut Form, fields: &Map<String, Value>, name: &str) -> Fact {
    match fields.get(name) {
        None => Fact::late(),
        Some(Value::Null) => Fact::absent(),
        Some(value) => match form.text(name, value).map(|text| text::line(text, VALUE_CHARS_MAX)) {
            Some(Ok(value)) => Fact::known(value),
            Some(Err(error)) => {
                form.refuse(name, "text", error);
                Fact::absent()
            }
            None => Fact::absent(),
        },
    }
}

/// What would become of a PC.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnrollmentSimulation)]
pub struct SimulationView {
    /// `matched`, `undecided` or `notMatched`; `defaultDecides` where no rule of this template matches and the
    /// organization's default, which the caller does not see, is asked.
    verdict: &'static str,
    /// The template that decides, or was asked last: this one, or else the organization's default.
    decided_by: DecidingTemplateView,
    /// The rule of that template that wins, or waits.
    rule_index: Option<usize>,
    rule_name: Option<String>,
    /// The facts that the rule waits for.
    missing: Vec<&'static str>,
    /// What the PC would get; null where no rule wins.
    result: Option<OutcomeView>,
    /// What came of each rule of each template that was asked, and why.
    trace: Vec<TraceView>,
    form: FormView,
}

/// A template that decides.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DecidingTemplate)]
pub struct DecidingTemplateView {
    /// Null: the caller does not see it.
    template_id: Option<String>,
    name: Option<String>,
    /// Whether it decides as the organization's default, because no rule of this template matches.
    is_default: bool,
}

/// What a rule gives.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnrollmentOutcome)]
pub struct OutcomeView {
    /// Null: what the computer is called.
    display_name: Option<String>,
    /// A part of the name is known after the inventory only; it is made then.
    display_name_waits: bool,
    tags: Vec<String>,
    segment_id: Option<u32>,
    win_policy_id: Option<String>,
    win_policy_assignments: Vec<GivenPolicyView>,
}

/// What the form would do. There is none yet: PCs that enrol with a token see no form.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnrollmentForm)]
pub struct FormView {
    /// Keys of fields without an answer, or with one that cannot be chosen.
    unanswered: Vec<String>,
    /// Whether its pages would be skipped.
    skipped: bool,
}

/// Plays it through. Who is named by e-mail and known to the caller comes with name, tags and facts; whoever is out of the
/// caller's sight is nobody but an e-mail.
pub fn run(
    view: &mut dyn View,
    scope: &SegmentScope,
    template: &EnrollmentTemplate,
    supposed: &Supposed,
    now: Timestamp,
) -> Result<SimulationView, ApiError> {
    let mut facts = supposed.facts.clone();
    if let Some(email) = &supposed.email {
        let known = match view.user_by_email(template.organization, email)? {
            Some(user) if is_seen(view, scope, user.id)? => Some(user),
            _ => None,
        };
        let mut person = known.as_ref().map(Person::from).unwrap_or_else(|| Person {
            email: email.as_str().to_owned(),
            ..Person::default()
        });
        person.tags.extend(supposed.tags.iter().cloned());
        facts.person = Some(person);
    } else {
        // Nobody is named: the tags are those of a token.
        facts.token_tags.clone_from(&supposed.tags);
    }
    // Removed since it was looked up: then it does not exist.
    let simulation = simulate(view, template, &facts, now)?.ok_or(ApiError::NotFound)?;
    Ok(SimulationView::new(template, scope, simulation))
}

impl SimulationView {
    fn new(own: &EnrollmentTemplate, scope: &SegmentScope, simulation: Simulation) -> Self {
        let ruling = &simulation.ruling;
        let is_default = ruling.template.id != own.id;
        // What the organization's default says is not told to whoever may not look at it.
        let is_hidden = is_default && !scope.contains(ruling.template.segment);
        let (verdict, index, missing) = match &ruling.verdict {
            _ if is_hidden => ("defaultDecides", None, Vec::new()),
            Verdict::Wins(index) => ("matched", Some(*index), Vec::new()),
            Verdict::Undecided { rule, missing } => {
                ("undecided", Some(*rule), missing.iter().map(|m| m.as_str()).collect())
            }
            Verdict::NoMatch => ("notMatched", None, Vec::new()),
        };
        let shown = (!is_hidden).then_some(&ruling.template);
        let rule = index.and_then(|index| ruling.template.rules.get(index));
        let trace = ruling
            .trace
            .iter()
            .filter(|entry| !is_hidden || entry.template == own.id);
        let (waits, outcome) = (simulation.name_waits, simulation.outcome.filter(|_| !is_hidden));
        Self {
            verdict,
            decided_by: DecidingTemplateView {
                template_id: shown.map(|template| template.id.to_string()),
                name: shown.map(|template| template.name.clone()),
                is_default,
            },
            rule_index: index,
            rule_name: rule.and_then(|r| r.name.clone()),
            missing,
            result: outcome.map(|outcome| OutcomeView::new(&outcome, waits)),
            trace: trace.map(|entry| TraceView::new(entry.template, &entry.rule)).collect(),
            form: FormView {
                unanswered: simulation.form.unanswered,
                skipped: simulation.form.is_skipped,
            },
        }
    }
}

impl OutcomeView {
    fn new(outcome: &Outcome, display_name_waits: bool) -> Self {
        let given = outcome.assignments.as_deref().unwrap_or_default();
        let direct = given
            .iter()
            .filter_map(|g| Some(GivenPolicyView::new(g.policy, g.priority?)));
        Self {
            display_name: outcome.display_name.clone(),
            display_name_waits,
            tags: outcome.tags.clone(),
            segment_id: outcome.segment.map(|s| s.0),
            win_policy_id: given
                .iter()
                .find(|g| g.priority.is_none())
                .map(|g| g.policy.to_string()),
            win_policy_assignments: direct.collect(),
        }
    }
}

/// The schema of the body.
pub fn schema() -> (&'static str, Value) {
    let schema = json!({
        "type": "object",
        "description": "What is supposed of a PC. A fact that is left out is not known yet; null says that there is none.",
        "properties": {
            "email": supposed_schema(EMAIL_CHARS_MAX),
            "userTags": { "type": ["array", "null"], "maxItems": TAGS_MAX, "items": text_schema(TAG_CHARS_MAX) },
            "auxiliaryFields": {
                "type": ["object", "null"],
                "maxProperties": AUXILIARY_FIELDS_MAX,
                "additionalProperties": text_schema(FIELD_CHARS_MAX)
            },
            "serialNumber": supposed_schema(VALUE_CHARS_MAX),
            "imei": supposed_schema(VALUE_CHARS_MAX),
            "model": supposed_schema(VALUE_CHARS_MAX),
            "deviceName": supposed_schema(VALUE_CHARS_MAX)
        }
    });
    ("SimulateEnrollment", schema)
}
