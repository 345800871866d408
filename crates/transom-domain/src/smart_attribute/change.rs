//! What an administrator does with smart attributes: makes, changes and removes them (B.7).

use super::{
    ATTRIBUTES_MAX, DESCRIPTION_CHARS_MAX, GivenCounts, Input, InputKind, NAME_CHARS_MAX, OPTIONS_MAX, Output,
    SmartAttribute, Source, as_text,
};
use crate::{
    Context, OrganizationId, SmartAttributeId,
    audit::{Audit, Target},
    automation_rule::work,
    device::update::Violation,
    library,
    page::{Page, PageRequest},
    ports::{
        AuditLogMut, AutomationRulesMut, OrganizationsMut, ScriptAssignments, SmartAttributes, SmartAttributesMut,
        StoreError,
    },
    script::change::differences,
    text,
};
use serde_json::{Value, json};

/// What is wanted of a smart attribute. What is `None` stays as it is, or has its default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteSmartAttribute {
    /// Its name.
    pub name: Option<String>,
    /// What it says; `Some(None)` takes the description away.
    pub description: Option<Option<String>>,
    /// Where values come from.
    pub input: Option<InputKind>,
    /// What an enumeration offers.
    pub options: Option<Vec<Value>>,
    /// The value of a constant; `Some(None)` takes it away.
    pub value: Option<Option<Value>>,
    /// Whose fact it is.
    pub source: Option<Source>,
    /// Of which type the values are.
    pub output: Option<Output>,
}

/// Why something is not done with a smart attribute.
#[derive(Debug, thiserror::Error)]
pub enum SmartAttributeError {
    /// Fields do not hold to their rules.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Vec<Violation>),
    /// There are too many.
    #[error("an organization has at most {ATTRIBUTES_MAX} smart attributes")]
    LimitExceeded,
    /// There is no such attribute.
    #[error("the smart attribute does not exist")]
    Unknown,
    /// Devices or users were given values of it.
    #[error("{} devices and {} users have values of it", .0.devices, .0.users)]
    InUse(GivenCounts),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn invalid(path: &str, rule: &'static str, message: impl ToString) -> SmartAttributeError {
    SmartAttributeError::Invalid(vec![Violation::new(path, rule, message)])
}

impl WriteSmartAttribute {
    /// Checks and cleans name and description.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        let mut name = None;
        library::check_words(&mut name, &mut self.description, DESCRIPTION_CHARS_MAX, &mut wrong);
        for violation in &mut wrong {
            "desc".clone_into(&mut violation.path);
        }
        if let Some(name) = &mut self.name {
            match text::line(name, NAME_CHARS_MAX) {
                // Placeholders and audiences write names between braces and before a colon.
                Ok(clean) if clean.contains(['{', '}', ':']) => {
                    wrong.push(Violation::new("name", "pattern", "must not contain {, } or :"));
                }
                Ok(clean) => *name = clean,
                Err(error) => wrong.push(Violation::new("name", "text", error)),
            }
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    /// What the attribute is after the change.
    fn over(self, before: &SmartAttribute, is_new: bool) -> Result<SmartAttribute, SmartAttributeError> {
        let kind = self.input.unwrap_or(before.input.kind());
        let output = self.output.unwrap_or(before.output);
        let source = match (self.source, kind) {
            (Some(source), _) => source,
            (None, InputKind::Constant) => Source::Constant,
            (None, _) if before.source == Source::Constant => Source::It,
            (None, _) => before.source,
        };
        if (kind == InputKind::Constant) != (source == Source::Constant) {
            let message = "must be constant for the input constant, and it, user or device for the others";
            return Err(invalid("source", "enum", message));
        }
        if kind != InputKind::Constant && matches!(self.value, Some(Some(_))) {
            return Err(invalid("value", "type", "belongs to the input constant"));
        }
        if kind != InputKind::Enum && self.options.is_some() {
            return Err(invalid("input.options", "type", "belong to the input enum"));
        }
        let old = (!is_new).then_some(&before.input);
        let constant = self.value.unwrap_or_else(|| old.and_then(Input::constant).cloned());
        let options = match self.options {
            Some(options) => Some(options),
            None => old
                .filter(|i| i.kind() == InputKind::Enum)
                .map(|i| i.options().to_vec()),
        };
        let input = match kind {
            InputKind::Constant => {
                let value = constant.ok_or_else(|| invalid("value", "required", "is required for a constant"))?;
                let place = "value.winDevice.value";
                Input::Constant(output.fit(&value).map_err(|message| invalid(place, "type", message))?)
            }
            InputKind::Enum => Input::Enum(checked_options(output, options.as_deref())?),
            InputKind::Manual => Input::Manual,
        };
        Ok(SmartAttribute {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            description: self.description.unwrap_or_else(|| before.description.clone()),
            input,
            source,
            output,
            ..before.clone()
        })
    }
}

fn checked_options(output: Output, options: Option<&[Value]>) -> Result<Vec<Value>, SmartAttributeError> {
    const PLACE: &str = "input.options";
    let options = options.ok_or_else(|| invalid(PLACE, "required", "is required for an enumeration"))?;
    if !(1..=OPTIONS_MAX).contains(&options.len()) {
        let message = format!("must have 1 to {OPTIONS_MAX} entries, not {}", options.len());
        return Err(invalid(PLACE, "maxItems", message));
    }
    let (mut wrong, mut kept) = (Vec::new(), Vec::new());
    for (index, option) in options.iter().enumerate() {
        let place = format!("{PLACE}[{index}]");
        match output.fit_option(option) {
            Ok(option) if kept.contains(&option) => wrong.push(Violation::new(place, "unique", "is given twice")),
            Ok(option) => kept.push(option),
            Err(message) => wrong.push(Violation::new(place, "type", message)),
        }
    }
    if wrong.is_empty() {
        Ok(kept)
    } else {
        Err(SmartAttributeError::Invalid(wrong))
    }
}

fn is_taken(attributes: &[SmartAttribute], name: &str, but: Option<SmartAttributeId>) -> bool {
    let key = name.to_lowercase();
    attributes
        .iter()
        .any(|a| Some(a.id) != but && a.name.to_lowercase() == key)
}

fn taken() -> SmartAttributeError {
    invalid("name", "unique", "is the name of another smart attribute")
}

/// Makes a smart attribute. The organization's row is locked, so that the limit and the names hold.
///
/// # Errors
/// See [`SmartAttributeError`].
pub fn create(
    tx: &mut (impl SmartAttributesMut + AutomationRulesMut + ScriptAssignments + OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    request: &WriteSmartAttribute,
) -> Result<SmartAttribute, SmartAttributeError> {
    let request = request.clone().checked().map_err(SmartAttributeError::Invalid)?;
    let blank = SmartAttribute {
        id: cx.id(),
        organization,
        name: String::new(),
        description: None,
        input: Input::Manual,
        source: Source::It,
        output: Output::String,
        created_at: cx.now,
        updated_at: cx.now,
    };
    let attribute = request.over(&blank, true)?;
    tx.lock_organization(organization)?;
    let others = tx.smart_attributes(organization)?;
    if is_taken(&others, &attribute.name, None) {
        return Err(taken());
    }
    if others.len() >= ATTRIBUTES_MAX {
        return Err(SmartAttributeError::LimitExceeded);
    }
    tx.insert_smart_attribute(&attribute)?;
    // A constant is at once a fact of every PC.
    if attribute.input.constant().is_some() {
        work::everything_changed(tx, cx, organization)?;
    }
    let audit = Audit::new(cx, organization, "mdm.global.smartAttribute.create")
        .target(Target::SmartAttribute(attribute.id))
        .after(told(&attribute));
    tx.append_audit(&audit.done())?;
    Ok(attribute)
}

/// Whether values that were given before may not fit any more: of another type, or of another owner.
fn is_another_fact(before: &SmartAttribute, after: &SmartAttribute) -> bool {
    let owner_is_user = |a: &SmartAttribute| a.source == Source::User;
    let kind = |a: &SmartAttribute| a.input.kind();
    before.output != after.output
        || owner_is_user(before) != owner_is_user(after)
        || (kind(before) != kind(after) && kind(after) != InputKind::Manual)
}

/// Changes a smart attribute. Where nothing changes, nothing is written and nothing is audited. While devices or users
/// have values of it, type, source and kind stay, and so does every option that somebody has.
///
/// # Errors
/// See [`SmartAttributeError`].
pub fn update(
    tx: &mut (impl SmartAttributesMut + AutomationRulesMut + ScriptAssignments + OrganizationsMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    id: SmartAttributeId,
    request: &WriteSmartAttribute,
) -> Result<SmartAttribute, SmartAttributeError> {
    let request = request.clone().checked().map_err(SmartAttributeError::Invalid)?;
    tx.lock_organization(organization)?;
    let before = lock(tx, organization, id)?;
    let after = request.over(&before, false)?;
    if after == before {
        return Ok(before);
    }
    if is_taken(&tx.smart_attributes(organization)?, &after.name, Some(id)) {
        return Err(taken());
    }
    if is_another_fact(&before, &after) {
        let counts = tx.given_counts(id)?;
        if counts != GivenCounts::default() {
            return Err(SmartAttributeError::InUse(counts));
        }
    }
    let lost: Vec<Value> = before
        .input
        .options()
        .iter()
        .filter(|o| !after.input.options().contains(o))
        .cloned()
        .collect();
    if after.input.kind() == InputKind::Enum
        && !lost.is_empty()
        && let Some(had) = tx.given_values(id)?.iter().find(|value| lost.contains(value))
    {
        let message = format!("must keep {}: devices or users have it", as_text(had));
        return Err(invalid("input.options", "in_use", message));
    }
    let after = SmartAttribute {
        updated_at: cx.now,
        ..after
    };
    tx.update_smart_attribute(&after)?;
    if (&after.name, &after.input) != (&before.name, &before.input) {
        work::everything_changed(tx, cx, organization)?;
    }
    let (was, is) = differences(told(&before), told(&after));
    let audit = Audit::new(cx, organization, "mdm.global.smartAttribute.update")
        .target(Target::SmartAttribute(id))
        .before(was)
        .after(is);
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes a smart attribute of which nobody has a value.
///
/// # Errors
/// See [`SmartAttributeError`].
pub fn remove(
    tx: &mut (impl SmartAttributesMut + AutomationRulesMut + ScriptAssignments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    id: SmartAttributeId,
) -> Result<SmartAttribute, SmartAttributeError> {
    let attribute = lock(tx, organization, id)?;
    let counts = tx.given_counts(id)?;
    if counts != GivenCounts::default() {
        return Err(SmartAttributeError::InUse(counts));
    }
    tx.remove_smart_attribute(id)?;
    if attribute.input.constant().is_some() {
        work::everything_changed(tx, cx, organization)?;
    }
    let audit = Audit::new(cx, organization, "mdm.global.smartAttribute.remove")
        .target(Target::SmartAttribute(id))
        .before(told(&attribute));
    tx.append_audit(&audit.done())?;
    Ok(attribute)
}

fn lock(
    tx: &mut (impl SmartAttributesMut + ?Sized),
    organization: OrganizationId,
    id: SmartAttributeId,
) -> Result<SmartAttribute, SmartAttributeError> {
    let locked = tx.lock_smart_attributes(organization, &[id])?.into_iter().next();
    locked.ok_or(SmartAttributeError::Unknown)
}

/// By what a list of smart attributes is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SmartAttributeSort {
    /// When it was made.
    #[default]
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Its name, without case.
    Name,
}

/// One page of an organization's smart attributes. There are few, so that they are sorted here.
///
/// # Errors
/// When the store fails.
pub fn list(
    view: &mut (impl SmartAttributes + ?Sized),
    organization: OrganizationId,
    search: Option<&str>,
    (sort, descending): (SmartAttributeSort, bool),
    page: PageRequest,
) -> Result<Page<SmartAttribute>, StoreError> {
    let mut all = view.smart_attributes(organization)?;
    if let Some(search) = search.map(str::to_lowercase) {
        all.retain(|a| a.name.to_lowercase().contains(&search));
    }
    match sort {
        SmartAttributeSort::CreatedAt => all.sort_by_key(|a| (a.created_at, a.id)),
        SmartAttributeSort::UpdatedAt => all.sort_by_key(|a| (a.updated_at, a.id)),
        SmartAttributeSort::Name => all.sort_by_key(|a| (a.name.to_lowercase(), a.id)),
    }
    if descending {
        all.reverse();
    }
    let total = all.len() as u64;
    let first = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    Ok(Page {
        items: all.into_iter().skip(first).take(page.limit() as usize).collect(),
        total,
        request: page,
    })
}

/// A smart attribute for the audit record.
fn told(attribute: &SmartAttribute) -> Value {
    json!({
        "name": attribute.name,
        "desc": attribute.description,
        "inputType": attribute.input.kind().as_str(),
        "options": attribute.input.options(),
        "value": attribute.input.constant(),
        "source": attribute.source.as_str(),
        "outputType": attribute.output.as_str(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank() -> SmartAttribute {
        SmartAttribute {
            id: [1; 12].into(),
            organization: [0; 12].into(),
            name: "n".to_owned(),
            description: None,
            input: Input::Manual,
            source: Source::It,
            output: Output::String,
            created_at: crate::Timestamp::from_millis(0),
            updated_at: crate::Timestamp::from_millis(0),
        }
    }

    fn wrong(request: WriteSmartAttribute) -> Option<(String, &'static str)> {
        match request.over(&blank(), true) {
            Ok(_) => None,
            Err(SmartAttributeError::Invalid(wrong)) => Some((wrong[0].path.clone(), wrong[0].rule)),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn each_kind_has_what_it_needs() {
        let of = |input| WriteSmartAttribute {
            input: Some(input),
            ..WriteSmartAttribute::default()
        };
        assert_eq!(wrong(of(InputKind::Manual)), None);
        assert_eq!(wrong(of(InputKind::Constant)), Some(("value".to_owned(), "required")));
        assert_eq!(
            wrong(of(InputKind::Enum)),
            Some(("input.options".to_owned(), "required"))
        );
        let constant = WriteSmartAttribute {
            value: Some(Some(json!(1))),
            ..of(InputKind::Constant)
        };
        assert_eq!(
            wrong(constant.clone()),
            Some(("value.winDevice.value".to_owned(), "type"))
        );
        let number = WriteSmartAttribute {
            output: Some(Output::Number),
            ..constant
        };
        assert_eq!(wrong(number.clone()), None);
        let stray = WriteSmartAttribute {
            value: Some(Some(json!("x"))),
            ..of(InputKind::Manual)
        };
        assert_eq!(wrong(stray), Some(("value".to_owned(), "type")));
        let stray = WriteSmartAttribute {
            options: Some(vec![json!("x")]),
            ..of(InputKind::Manual)
        };
        assert_eq!(wrong(stray), Some(("input.options".to_owned(), "type")));
        let misplaced = WriteSmartAttribute {
            source: Some(Source::User),
            ..number
        };
        assert_eq!(wrong(misplaced), Some(("source".to_owned(), "enum")));
    }

    #[test]
    fn options_fit_the_type_are_counted_and_differ() {
        let of = |options: Vec<Value>| WriteSmartAttribute {
            input: Some(InputKind::Enum),
            output: Some(Output::Number),
            options: Some(options),
            ..WriteSmartAttribute::default()
        };
        let numbers = |n: usize| (0..n).map(|n| json!(n)).collect::<Vec<_>>();
        assert_eq!(wrong(of(numbers(OPTIONS_MAX))), None);
        let place = || "input.options".to_owned();
        assert_eq!(wrong(of(numbers(OPTIONS_MAX + 1))), Some((place(), "maxItems")));
        assert_eq!(wrong(of(Vec::new())), Some((place(), "maxItems")));
        assert_eq!(wrong(of(vec![json!("x")])), Some((place() + "[0]", "type")));
        assert_eq!(wrong(of(vec![json!(1), json!("1")])), Some((place() + "[1]", "unique")));
    }

    #[test]
    fn names_can_be_written_in_placeholders_and_audiences() {
        let named = |name: String| WriteSmartAttribute {
            name: Some(name),
            ..WriteSmartAttribute::default()
        };
        assert!(named("n".repeat(NAME_CHARS_MAX)).checked().is_ok());
        assert!(named("Größe 2".to_owned()).checked().is_ok());
        for bad in ["", "a:b", "{a", "a}"] {
            assert!(named(bad.to_owned()).checked().is_err(), "{bad}");
        }
        assert!(named("n".repeat(NAME_CHARS_MAX + 1)).checked().is_err());
        let described = |length: usize| WriteSmartAttribute {
            description: Some(Some("d".repeat(length))),
            ..WriteSmartAttribute::default()
        };
        assert!(described(DESCRIPTION_CHARS_MAX).checked().is_ok());
        assert_eq!(
            described(DESCRIPTION_CHARS_MAX + 1).checked().unwrap_err()[0].path,
            "desc"
        );
    }

    #[test]
    fn an_enumeration_may_become_free_and_nothing_else_while_values_are_given() {
        let before = SmartAttribute {
            input: Input::Enum(vec![json!("a")]),
            ..blank()
        };
        assert!(!is_another_fact(&before, &blank()));
        assert!(is_another_fact(&blank(), &before));
        let of_users = SmartAttribute {
            source: Source::User,
            ..blank()
        };
        assert!(is_another_fact(&blank(), &of_users));
    }
}
