//! Values given by hand to one device or one user (`smartAttributeAssignments`, A.2).

use super::{GivenValue, SmartAttribute, Source};
use crate::{
    OrganizationId, SmartAttributeId,
    device::update::Violation,
    ports::{SmartAttributes, StoreError},
};
use serde_json::{Map, Value};

/// Where in a body the values are.
const PLACE: &str = "smartAttributeAssignments";

/// To whom values are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// To a device.
    Device,
    /// To a user, and so to all their devices.
    User,
}

/// Why values are not given.
#[derive(Debug)]
pub enum GiveError {
    /// They do not hold to the attributes' rules.
    Invalid(Vec<Violation>),
    /// There is no such attribute.
    Unknown {
        /// Where in the body.
        path: String,
        /// Its id.
        id: String,
    },
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for GiveError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The attributes that values name, by id, so that two units which lock them cannot wait for each other.
#[must_use]
pub fn named(values: &[GivenValue]) -> Vec<SmartAttributeId> {
    let mut named: Vec<SmartAttributeId> = values.iter().map(|given| given.attribute).collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// Values in the form in which they are kept, in the order they were given.
///
/// # Errors
/// Why they cannot be given.
pub fn check(
    view: &mut (impl SmartAttributes + ?Sized),
    organization: OrganizationId,
    owner: Owner,
    values: &[GivenValue],
) -> Result<Vec<GivenValue>, GiveError> {
    let attributes = match values.is_empty() {
        true => return Ok(Vec::new()),
        false => view.smart_attributes(organization)?,
    };
    let (mut wrong, mut kept) = (Vec::new(), Vec::<GivenValue>::with_capacity(values.len()));
    for (index, given) in values.iter().enumerate() {
        let place = |field: &str| format!("{PLACE}[{index}].{field}");
        let Some(attribute) = attributes.iter().find(|a| a.id == given.attribute) else {
            return Err(GiveError::Unknown {
                path: place("smartAttributeId"),
                id: given.attribute.to_string(),
            });
        };
        if kept.iter().any(|k| k.attribute == given.attribute) {
            wrong.push(Violation::new(place("smartAttributeId"), "unique", "is given twice"));
        }
        if let Some(message) = misplaced(attribute, owner) {
            wrong.push(Violation::new(place("smartAttributeId"), "source", message));
        }
        match attribute.fit(&given.value) {
            Ok(value) => kept.push(GivenValue {
                attribute: attribute.id,
                value,
            }),
            Err((rule, message)) => wrong.push(Violation::new(place("value"), rule, message)),
        }
    }
    if wrong.is_empty() {
        Ok(kept)
    } else {
        Err(GiveError::Invalid(wrong))
    }
}

/// Why values of this attribute are not given to such an owner.
fn misplaced(attribute: &SmartAttribute, owner: Owner) -> Option<&'static str> {
    match (owner, attribute.source) {
        (Owner::Device, Source::User) => Some("is a fact about users: it is given at PUT …/mdm/users/{mdmUserId}"),
        (Owner::User, Source::It | Source::Device) => Some("is a fact about devices: it is given to each device"),
        // A constant says itself that it cannot be given.
        _ => None,
    }
}

/// Values for the audit record.
#[must_use]
pub fn told(values: &[GivenValue]) -> Value {
    let entries = values
        .iter()
        .map(|given| (given.attribute.to_string(), given.value.clone()));
    Value::Object(entries.collect::<Map<_, _>>())
}
