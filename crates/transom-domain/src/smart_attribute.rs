//! Smart attributes: facts of the organization's own about devices, with a type (B.7). Their values are what audiences
//! read as `smart.<name>` and what `{{smart.<name>}}` stands for.

pub mod change;
pub mod given;
mod value;

use crate::{
    DeviceId, OrganizationId, SmartAttributeId, Timestamp, UserId,
    device::Device,
    ports::{SmartAttributes, StoreError},
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

pub use value::{VALUE_CHARS_MAX, as_text};

/// Longest name (B.7).
pub const NAME_CHARS_MAX: usize = 256;

/// Longest description (B.7).
pub const DESCRIPTION_CHARS_MAX: usize = 500;

/// Most smart attributes of one organization: all are read whenever the facts about a device are gathered.
pub const ATTRIBUTES_MAX: usize = 200;

/// Most options of an enumeration: more cannot be chosen from.
pub const OPTIONS_MAX: usize = 100;

/// Longest option of an enumeration: a hundred of them for two hundred attributes are read at once.
pub const OPTION_CHARS_MAX: usize = 128;

/// Where values come from (`input.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputKind {
    /// The same value for everything.
    Constant,
    /// One of several values, given by hand.
    Enum,
    /// Any value of the type, given by hand.
    Manual,
}

impl InputKind {
    /// Every kind that this server offers.
    pub const ALL: [Self; 3] = [Self::Constant, Self::Enum, Self::Manual];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Enum => "enum",
            Self::Manual => "manual",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Kinds of input of the contract (B.7) that this server does not offer: both need something that runs on the PC.
pub const INPUTS_NOT_OFFERED: &[&str] = &["selector", "script"];

/// Where values come from, with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The same value for everything.
    Constant(Value),
    /// One of these values, given by hand.
    Enum(Vec<Value>),
    /// Any value of the type, given by hand.
    Manual,
}

impl Input {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> InputKind {
        match self {
            Self::Constant(_) => InputKind::Constant,
            Self::Enum(_) => InputKind::Enum,
            Self::Manual => InputKind::Manual,
        }
    }

    /// What an enumeration offers.
    #[must_use]
    pub fn options(&self) -> &[Value] {
        match self {
            Self::Enum(options) => options,
            Self::Constant(_) | Self::Manual => &[],
        }
    }

    /// The value of a constant.
    #[must_use]
    pub const fn constant(&self) -> Option<&Value> {
        match self {
            Self::Constant(value) => Some(value),
            Self::Enum(_) | Self::Manual => None,
        }
    }
}

/// Whose fact it is (`source`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Each device's own; administrators know it.
    It,
    /// The user's: every device of a user has it.
    User,
    /// Each device's own.
    Device,
    /// The organization's.
    Constant,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::It, Self::User, Self::Device, Self::Constant];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::It => "it",
            Self::User => "user",
            Self::Device => "device",
            Self::Constant => "constant",
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == name)
    }
}

/// Of which type the values are (`output.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Output {
    /// Texts.
    String,
    /// Numbers.
    Number,
    /// True and false.
    Boolean,
    /// Moments, kept as `YYYY-MM-DDTHH:MM:SS.sssZ`.
    Date,
}

impl Output {
    /// Every type.
    pub const ALL: [Self; 4] = [Self::String, Self::Number, Self::Boolean, Self::Date];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
        }
    }

    /// The type of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|output| output.as_str() == name)
    }
}

/// A smart attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct SmartAttribute {
    /// Its id.
    pub id: SmartAttributeId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name, unique in the organization without case.
    pub name: String,
    /// What it says, for people.
    pub description: Option<String>,
    /// Where values come from.
    pub input: Input,
    /// Whose fact it is.
    pub source: Source,
    /// Of which type the values are.
    pub output: Output,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The value of an attribute that was given to a device or user by hand. It holds to the attribute's rules.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenValue {
    /// Of which attribute.
    pub attribute: SmartAttributeId,
    /// The value.
    pub value: Value,
}

/// What one attribute says of one device.
#[derive(Debug, Clone, PartialEq)]
pub struct SmartFact {
    /// Which attribute.
    pub attribute: SmartAttributeId,
    /// Its name.
    pub name: String,
    /// The value; none where nobody gave one.
    pub value: Option<Value>,
}

/// How many devices and users were given values of an attribute. Deleted ones do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GivenCounts {
    /// Devices.
    pub devices: u64,
    /// Users.
    pub users: u64,
}

/// What every attribute says of one device, by name: those without a value too.
///
/// # Errors
/// When the store fails.
pub fn facts_of(
    view: &mut (impl SmartAttributes + ?Sized),
    organization: OrganizationId,
    device: DeviceId,
    user: Option<UserId>,
) -> Result<Vec<SmartFact>, StoreError> {
    let mut all = facts_of_many(view, organization, &[(device, user)])?;
    Ok(all.remove(&device).unwrap_or_default())
}

/// As [`facts_of`], of many devices at once, each with its user: three queries however many there are.
///
/// # Errors
/// When the store fails.
pub fn facts_of_many(
    view: &mut (impl SmartAttributes + ?Sized),
    organization: OrganizationId,
    devices: &[(DeviceId, Option<UserId>)],
) -> Result<BTreeMap<DeviceId, Vec<SmartFact>>, StoreError> {
    let attributes = view.smart_attributes(organization)?;
    let given_somewhere = |of_users: bool| {
        let is_given = |a: &&SmartAttribute| a.input.constant().is_none();
        attributes
            .iter()
            .filter(is_given)
            .any(|a| (a.source == Source::User) == of_users)
    };
    let ids: Vec<DeviceId> = devices.iter().map(|(device, _)| *device).collect();
    let of_devices = match given_somewhere(false) {
        true => by_owner(view.device_smart_values(&ids)?),
        false => HashMap::new(),
    };
    let mut users: Vec<UserId> = devices.iter().filter_map(|(_, user)| *user).collect();
    users.sort_unstable();
    users.dedup();
    let of_users = match given_somewhere(true) {
        true => by_owner(view.user_smart_values(&users)?),
        false => HashMap::new(),
    };
    let facts = |device: DeviceId, user: Option<UserId>| {
        let fact = |attribute: &SmartAttribute| {
            let given = match attribute.source {
                Source::User => user.and_then(|user| of_users.get(&(user, attribute.id))),
                Source::It | Source::Device | Source::Constant => of_devices.get(&(device, attribute.id)),
            };
            SmartFact {
                attribute: attribute.id,
                name: attribute.name.clone(),
                value: attribute.input.constant().or(given).cloned(),
            }
        };
        attributes.iter().map(fact).collect()
    };
    Ok(devices
        .iter()
        .map(|(device, user)| (*device, facts(*device, *user)))
        .collect())
}

/// The values that a device has, by name: the facts `smart.<name>` that audiences read. An attribute without a value is
/// left out.
///
/// # Errors
/// When the store fails.
pub fn values_of(
    view: &mut (impl SmartAttributes + ?Sized),
    device: &Device,
) -> Result<Vec<(String, Value)>, StoreError> {
    let facts = facts_of(view, device.organization, device.id, device.user)?;
    Ok(values(facts).collect())
}

/// As [`values_of`], of many devices of one organization at once.
///
/// # Errors
/// When the store fails.
pub fn values_of_many(
    view: &mut (impl SmartAttributes + ?Sized),
    organization: OrganizationId,
    devices: &[&Device],
) -> Result<BTreeMap<DeviceId, Vec<(String, Value)>>, StoreError> {
    let devices: Vec<_> = devices.iter().map(|device| (device.id, device.user)).collect();
    let facts = facts_of_many(view, organization, &devices)?;
    Ok(facts
        .into_iter()
        .map(|(device, facts)| (device, values(facts).collect()))
        .collect())
}

fn values(facts: Vec<SmartFact>) -> impl Iterator<Item = (String, Value)> {
    facts.into_iter().filter_map(|fact| Some((fact.name, fact.value?)))
}

fn by_owner<O: std::hash::Hash + Eq>(given: Vec<(O, GivenValue)>) -> HashMap<(O, SmartAttributeId), Value> {
    let entries = given
        .into_iter()
        .map(|(owner, given)| ((owner, given.attribute), given.value));
    entries.collect()
}
