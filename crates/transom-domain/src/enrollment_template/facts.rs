//! What rules look at: facts that are known, that are known not to be, and that come late (N7).

use crate::{
    device::{Device, summary::is_real_serial_number},
    user::User,
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};

/// Item of the enrolment request with the IMEI of a modem (MS-MDE2); there may be several.
const IMEI: &str = "IMEI";

/// Item with the model.
const MODEL: &str = "DeviceModel";

/// Item with the maker.
const MANUFACTURER: &str = "Manufacturer";

/// Item with the version of the operating system.
const OS_VERSION: &str = "OSVersion";

/// A fact about a PC.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fact {
    /// What is known; several for a PC with two modems.
    pub values: Vec<String>,
    /// Whether it may become known later: the rules that need it wait.
    pub is_late: bool,
}

impl Fact {
    /// A fact that is known.
    #[must_use]
    pub fn known(value: impl Into<String>) -> Self {
        Self {
            values: vec![value.into()],
            is_late: false,
        }
    }

    /// A fact that will not come.
    #[must_use]
    pub const fn absent() -> Self {
        Self {
            values: Vec::new(),
            is_late: false,
        }
    }

    /// A fact that is not known yet.
    #[must_use]
    pub const fn late() -> Self {
        Self {
            values: Vec::new(),
            is_late: true,
        }
    }

    /// What is known, or else that it comes late, if the inventory is still to be read.
    fn of(value: Option<&str>, may_come: bool) -> Self {
        match value.map(str::trim).filter(|v| !v.is_empty()) {
            Some(value) => Self::known(value),
            None if may_come => Self::late(),
            None => Self::absent(),
        }
    }

    /// The first of what is known.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.values.first().map(String::as_str)
    }
}

/// A fact that a rule waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MissingFact {
    /// The serial number.
    SerialNumber,
    /// The IMEI of a modem.
    Imei,
    /// The computer's name.
    DeviceName,
    /// The model.
    Model,
}

impl MissingFact {
    /// The name in the API: the field of a simulation.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MissingFact::SerialNumber => "serialNumber",
            MissingFact::Imei => "imei",
            MissingFact::DeviceName => "deviceName",
            MissingFact::Model => "model",
        }
    }
}

impl fmt::Display for MissingFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who enrols, as far as it is proven.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The e-mail.
    pub email: String,
    /// The name.
    pub name: Option<String>,
    /// Their tags and groups.
    pub tags: Vec<String>,
    /// Facts in the organization's own words.
    pub attributes: Map<String, Value>,
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        Self {
            email: user.email.as_str().to_owned(),
            name: user.name.clone(),
            tags: user.tags.clone(),
            attributes: user.metadata.clone(),
        }
    }
}

/// Everything that rules look at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Who enrols; none: nobody is known, which is a fact too and not a late one.
    pub person: Option<Person>,
    /// Tags of the enrolment token.
    pub token_tags: Vec<String>,
    /// Answers of the form, by the key of the field.
    pub answers: BTreeMap<String, String>,
    /// The serial number.
    pub serial_number: Fact,
    /// IMEIs and MEIDs.
    pub imei: Fact,
    /// The computer's name.
    pub device_name: Fact,
    /// The model.
    pub model: Fact,
    /// The maker.
    pub manufacturer: Fact,
    /// The version of the operating system.
    pub os_version: Fact,
}

impl Facts {
    /// The facts of a PC that enrols, before its first session: what its request did not say comes with the inventory.
    #[must_use]
    pub fn of_request(serial_number: Option<&str>, device_name: Option<&str>, items: &[(String, String)]) -> Self {
        let item = |name| items.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        Self {
            serial_number: serial(Fact::of(serial_number, true)),
            imei: match imeis(items) {
                values if values.is_empty() => Fact::late(),
                values => Fact { values, is_late: false },
            },
            device_name: Fact::of(device_name, true),
            model: Fact::of(item(MODEL), true),
            manufacturer: Fact::of(item(MANUFACTURER), true),
            os_version: Fact::of(item(OS_VERSION), true),
            ..Self::default()
        }
    }

    /// The facts of a PC whose inventory was read: what is not known now will not come. The items are those of its
    /// enrolment request, which may say what the inventory does not.
    #[must_use]
    pub fn of_inventory(device: &Device, items: &[(String, String)]) -> Self {
        let summary = &device.summary;
        let of = |value: &Option<String>| Fact::of(value.as_deref(), false);
        let mut imei = of(&summary.imei);
        imei.values.extend(imeis(items));
        imei.values.dedup();
        Self {
            serial_number: serial(of(&summary.serial_number)),
            imei,
            device_name: of(&summary.name),
            model: of(&summary.model),
            manufacturer: of(&summary.manufacturer),
            os_version: of(&summary.os_version),
            ..Self::default()
        }
    }
}

/// A serial number that identifies nothing is none (N6).
fn serial(mut fact: Fact) -> Fact {
    fact.values.retain(|value| is_real_serial_number(value));
    fact
}

/// The IMEIs that an enrolment request names.
fn imeis(items: &[(String, String)]) -> Vec<String> {
    let named = items.iter().filter(|(name, _)| name == IMEI);
    let values = named.map(|(_, value)| value.trim().to_owned());
    values.filter(|value| !value.is_empty()).collect()
}
