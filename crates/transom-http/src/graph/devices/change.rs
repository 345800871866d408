//! The body of a PATCH (A.4): read property by property, and told apart into what changes the device, what is kept as a
//! fact, and what is asserted.

use super::{
    gather::Gathered,
    observed,
    properties::{self, NAVIGATIONS, RESULT, ROWS, Row, Writes},
    shown::{Shown, typed},
};
use crate::graph::error::GraphError;
use serde_json::Value;
use std::collections::BTreeMap;
use transom_domain::{device::update::Violation, managed_device::ChangeFacts};
use transom_odata::{Kind, Value as Typed};

/// Longest text of a property, in characters: notes are the longest that anybody writes.
const TEXT_CHARS_MAX: usize = 2_048;

/// Most entries of a list in a body.
const ENTRIES_MAX: usize = 200;

/// What a PATCH asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// The console name.
    pub name: Option<String>,
    /// The user: null takes them away.
    pub user: Option<Option<String>>,
    /// Everything else, by the names of facts, with the row that it was sent for.
    values: BTreeMap<&'static str, Value>,
}

/// A field of `hardwareInformation`.
type Field = (&'static str, Kind);

/// Fields of `hardwareInformation`: those of the seed, then those that were added to Graph since.
const HARDWARE: &[Field] = &[
    ("serialNumber", Kind::Text),
    ("totalStorageSpace", Kind::Integer),
    ("freeStorageSpace", Kind::Integer),
    ("imei", Kind::Text),
    ("meid", Kind::Text),
    ("manufacturer", Kind::Text),
    ("model", Kind::Text),
    ("phoneNumber", Kind::Text),
    ("subscriberCarrier", Kind::Text),
    ("cellularTechnology", Kind::Text),
    ("wifiMac", Kind::Text),
    ("operatingSystemLanguage", Kind::Text),
    ("isSupervised", Kind::Boolean),
    ("isEncrypted", Kind::Boolean),
    ("isSharedDevice", Kind::Boolean),
    ("sharedDeviceCachedUsers", Kind::Complex),
    ("batteryChargeCycles", Kind::Integer),
    ("batteryHealthPercentage", Kind::Integer),
    ("batteryLevelPercentage", Kind::Decimal),
    ("batterySerialNumber", Kind::Text),
    ("deviceFullQualifiedDomainName", Kind::Text),
    ("deviceGuardLocalSystemAuthorityCredentialGuardState", Kind::Text),
    (
        "deviceGuardVirtualizationBasedSecurityHardwareRequirementState",
        Kind::Text,
    ),
    ("deviceGuardVirtualizationBasedSecurityState", Kind::Text),
    ("deviceLicensingLastErrorCode", Kind::Integer),
    ("deviceLicensingLastErrorDescription", Kind::Text),
    ("deviceLicensingStatus", Kind::Text),
    ("esimIdentifier", Kind::Text),
    ("ipAddressV4", Kind::Text),
    ("operatingSystemEdition", Kind::Text),
    ("operatingSystemProductType", Kind::Integer),
    ("osBuildNumber", Kind::Text),
    ("productName", Kind::Text),
    ("residentUsersCount", Kind::Integer),
    ("subnetAddress", Kind::Text),
    ("systemManagementBIOSVersion", Kind::Text),
    ("tpmManufacturer", Kind::Text),
    ("tpmSpecificationVersion", Kind::Text),
    ("tpmVersion", Kind::Text),
    ("wiredIPv4Addresses", Kind::Complex),
];

/// Fields of an entry of `sharedDeviceCachedUsers`.
const CACHED_USER: &[Field] = &[
    ("userPrincipalName", Kind::Text),
    ("dataToSync", Kind::Boolean),
    ("dataQuota", Kind::Integer),
    ("dataUsed", Kind::Integer),
];

impl Change {
    /// Reads a body.
    ///
    /// # Errors
    /// Every property that is unknown, of another kind, not among an enumeration's values, or, where the client wants it
    /// strictly, the server's own.
    pub fn read(body: &Value, strict: bool) -> Result<Self, GraphError> {
        let Value::Object(body) = body else {
            return Err(GraphError::invalid(vec![Violation::new(
                "",
                "type",
                "must be an object",
            )]));
        };
        let mut change = Self::default();
        let mut wrong = Vec::new();
        for (name, value) in body {
            if name.contains('@') {
                annotation(name, value, &["windowsManagedDevice", "managedDevice"], &mut wrong);
            } else if let Some(row) = properties::row(name) {
                change.take(row, value, strict, &mut wrong);
            } else {
                wrong.push(unknown(name));
            }
        }
        if wrong.is_empty() {
            Ok(change)
        } else {
            Err(GraphError::invalid(wrong))
        }
    }

    fn take(&mut self, row: &'static Row, value: &Value, strict: bool, wrong: &mut Vec<Violation>) {
        let name = row.property.name;
        let before = wrong.len();
        check(name, row, value, wrong);
        if strict && row.writes == Writes::AssertsOwned {
            wrong.push(Violation::new(name, "readOnly", "is the server's own to say"));
        }
        if wrong.len() > before {
            return;
        }
        match row.writes {
            Writes::Nothing => {}
            Writes::Name => match value.as_str() {
                Some(text) if self.name.as_ref().is_some_and(|name| name != text) => wrong.push(contradiction(name)),
                Some(text) => self.name = Some(text.to_owned()),
                None => wrong.push(Violation::new(name, "type", "must be a text")),
            },
            Writes::User => {
                let user = value.as_str().map(str::trim).filter(|text| !text.is_empty());
                let user = Some(user.map(str::to_owned));
                if self.user.is_some() && self.user != user {
                    wrong.push(contradiction(name));
                }
                self.user = user;
            }
            Writes::Stores | Writes::Asserts | Writes::AssertsOwned => {
                let earlier = self.values.insert(row.fact, value.clone());
                if earlier.is_some_and(|earlier| !same(row.property.kind, &earlier, value)) {
                    wrong.push(contradiction(row.fact));
                }
            }
        }
    }

    /// Asserts a user who is not known here.
    pub fn assert_user(&mut self, id: &str) {
        self.values.insert("userId", Value::String(id.to_owned()));
    }

    /// The change of facts, for a device as the server holds it now.
    pub fn facts(&self, of: &Gathered) -> ChangeFacts {
        let mut facts = ChangeFacts::default();
        if self.user.is_some() && !self.values.contains_key("userId") {
            // A user who is known takes the place of one that was asserted.
            facts.asserted.insert("userId".to_owned(), None);
        }
        for (fact, value) in &self.values {
            let Some(row) = ROWS.iter().find(|row| row.property.name == *fact) else {
                continue;
            };
            if row.writes == Writes::Stores {
                facts.stored.insert((*fact).to_owned(), value.clone());
                continue;
            }
            let observed = observed::value(of, fact);
            let value = &merged(value, &Shown(of).value_of(row));
            // The id of Entra is taken only while there is none (E.8, 1), and what is so anyway needs no assertion: a
            // program that sends back what it read freezes nothing.
            let is_settled =
                (*fact == "azureADDeviceId" && !observed.is_null()) || same(row.property.kind, value, &observed);
            let asserted = (!is_settled).then(|| (value.clone(), observed));
            facts.asserted.insert((*fact).to_owned(), asserted);
        }
        facts
    }
}

/// An object changes what it names of the object that is shown; everything else is taken as it is.
fn merged(value: &Value, shown: &Value) -> Value {
    match (value, shown) {
        (Value::Object(changes), Value::Object(shown)) => {
            let mut merged = shown.clone();
            merged.extend(changes.clone());
            Value::Object(merged)
        }
        _ => value.clone(),
    }
}

/// Whether two values are the same: moments as instants.
fn same(kind: Kind, one: &Value, other: &Value) -> bool {
    one == other
        || (kind == Kind::Moment
            && !one.is_null()
            && typed(kind, one.clone()) == typed(kind, other.clone())
            && typed(kind, one.clone()) != Typed::Null)
}

/// One property under two names, or in two spellings, with two values.
fn contradiction(name: &str) -> Violation {
    Violation::new(name, "contradiction", "is there twice, with different values")
}

fn unknown(name: &str) -> Violation {
    let shown: String = name.chars().take(64).collect();
    if NAVIGATIONS.iter().any(|n| n.eq_ignore_ascii_case(name)) {
        return Violation::new(
            shown,
            "readOnly",
            "leads to other things, which are not changed with the device",
        );
    }
    Violation::new(shown, "unknown", "is not a property of a managed device")
}

/// `@odata.type` must name one of these types; a binding would be a change that is not made; other annotations are the
/// client's own.
fn annotation(name: &str, value: &Value, types: &[&str], wrong: &mut Vec<Violation>) {
    if name.ends_with("@odata.bind") || name.ends_with("@delta") {
        let message = "would change what the device leads to, which is not done here";
        wrong.push(Violation::new(name, "readOnly", message));
    }
    if name != "@odata.type" {
        return;
    }
    let named = value.as_str().map(|t| t.trim_start_matches('#'));
    let bare = named.and_then(|t| t.strip_prefix("microsoft.graph."));
    if !bare.is_some_and(|t| types.contains(&t)) {
        let message = format!("must be #microsoft.graph.{}", types.join(" or #microsoft.graph."));
        wrong.push(Violation::new(name, "enum", message));
    }
}

/// Checks a value of a property. Null is a value of each.
fn check(path: &str, row: &Row, value: &Value, wrong: &mut Vec<Violation>) {
    match (row.property.name, value) {
        (_, Value::Null) => {}
        ("hardwareInformation", value) => fields(path, value, "hardwareInformation", HARDWARE, wrong),
        ("deviceActionResults", value) => entries(path, value, wrong, |path, entry, wrong| {
            let known: Vec<Field> = RESULT.iter().map(|p| (p.name, p.kind)).collect();
            fields(path, entry, "deviceActionResult", &known, wrong);
        }),
        ("roleScopeTagIds", value) => {
            entries(path, value, wrong, |path, entry, wrong| {
                scalar(path, Kind::Text, entry, wrong)
            });
        }
        (_, value) => scalar(path, row.property.kind, value, wrong),
    }
}

fn entries(path: &str, value: &Value, wrong: &mut Vec<Violation>, check: fn(&str, &Value, &mut Vec<Violation>)) {
    let Value::Array(list) = value else {
        wrong.push(Violation::new(path, "type", "must be a list"));
        return;
    };
    if list.len() > ENTRIES_MAX {
        wrong.push(Violation::new(
            path,
            "maxItems",
            format!("must have at most {ENTRIES_MAX} entries"),
        ));
        return;
    }
    for (index, entry) in list.iter().enumerate() {
        check(&format!("{path}[{index}]"), entry, wrong);
    }
}

fn fields(path: &str, value: &Value, of_type: &str, known: &[Field], wrong: &mut Vec<Violation>) {
    let Value::Object(fields) = value else {
        wrong.push(Violation::new(path, "type", "must be an object"));
        return;
    };
    for (name, value) in fields {
        let path = format!("{path}.{}", name.chars().take(64).collect::<String>());
        if name.contains('@') {
            annotation(name, value, &[of_type], wrong);
            continue;
        }
        match known.iter().find(|(n, _)| n == name) {
            None => wrong.push(Violation::new(
                path,
                "unknown",
                format!("is not a property of {of_type}"),
            )),
            Some(_) if value.is_null() => {}
            Some(("sharedDeviceCachedUsers", _)) => entries(&path, value, wrong, |path, entry, wrong| {
                fields_of_user(path, entry, wrong);
            }),
            Some((_, kind)) => scalar(&path, *kind, value, wrong),
        }
    }
}

fn fields_of_user(path: &str, entry: &Value, wrong: &mut Vec<Violation>) {
    fields(path, entry, "sharedAppleDeviceUser", CACHED_USER, wrong);
}

fn scalar(path: &str, kind: Kind, value: &Value, wrong: &mut Vec<Violation>) {
    let mut refuse = |rule, message: String| wrong.push(Violation::new(path, rule, message));
    match (kind, value) {
        (Kind::Text, Value::String(text)) | (Kind::Guid, Value::String(text)) => {
            if text.chars().count() > TEXT_CHARS_MAX {
                refuse("maxLength", format!("must have at most {TEXT_CHARS_MAX} characters"));
            }
        }
        (Kind::Enum(values), Value::String(text)) => {
            if !values.contains(&text.as_str()) {
                refuse("enum", format!("must be one of {}", values.join(", ")));
            }
        }
        (Kind::Boolean, Value::Bool(_)) => {}
        (Kind::Integer, Value::Number(number)) if number.is_i64() => {}
        (Kind::Decimal, Value::Number(_)) => {}
        (Kind::Moment, Value::String(text)) => {
            if Typed::moment_of_text(text).is_none() {
                let message = "must be a date-time as in RFC 3339, for example 2026-02-10T10:05:00.1234567Z";
                refuse("dateTime", message.to_owned());
            }
        }
        (Kind::Complex, Value::Object(_) | Value::Array(_)) => {}
        (Kind::Complex, _) => refuse("type", "must be an object or a list".to_owned()),
        (Kind::Text | Kind::Guid, _) => refuse("type", "must be a text".to_owned()),
        (Kind::Enum(values), _) => refuse("type", format!("must be a text: one of {}", values.join(", "))),
        (Kind::Boolean, _) => refuse("type", "must be true or false".to_owned()),
        (Kind::Integer, _) => refuse("type", "must be an integer of 64 bits".to_owned()),
        (Kind::Decimal, _) => refuse("type", "must be a number".to_owned()),
        (Kind::Moment, _) => refuse("type", "must be a date-time, as a text".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::ACTION_STATES;
    use super::*;
    use serde_json::json;

    fn wrong(body: Value) -> Vec<String> {
        match Change::read(&body, false) {
            Ok(_) => Vec::new(),
            Err(error) => {
                let body = error.body(transom_domain::Timestamp::from_millis(0), "r", "c");
                let details = body["error"]["details"].as_array().cloned().unwrap_or_default();
                let text = |d: &Value, f: &str| d[f].as_str().unwrap_or_default().to_owned();
                details
                    .iter()
                    .map(|d| format!("{} {}", text(d, "code"), text(d, "target")))
                    .collect()
            }
        }
    }

    #[test]
    fn each_kind_of_fault_names_its_property() {
        assert_eq!(wrong(json!({ "skuFamilyy": "x" })), ["InvalidProperty skuFamilyy"]);
        assert_eq!(wrong(json!({ "ownerType": "mine" })), ["InvalidEnumValue ownerType"]);
        assert_eq!(wrong(json!({ "ownerType": 5 })), ["InvalidType ownerType"]);
        assert_eq!(wrong(json!({ "jailBroken": false })), ["InvalidType jailBroken"]);
        assert_eq!(wrong(json!({ "isEncrypted": "true" })), ["InvalidType isEncrypted"]);
        assert_eq!(
            wrong(json!({ "lastSyncDateTime": "2026-02-10T10: 05: 00Z" })),
            ["InvalidValue lastSyncDateTime"]
        );
        assert_eq!(
            wrong(json!({ "totalStorageSpaceInBytes": 1.5 })),
            ["InvalidType totalStorageSpaceInBytes"]
        );
        assert_eq!(wrong(json!({ "users": [] })), ["ReadOnlyProperty users"]);
        assert_eq!(
            wrong(json!({ "@odata.type": "#microsoft.graph.user" })),
            ["InvalidEnumValue @odata.type"]
        );
        assert_eq!(
            wrong(
                json!({ "hardwareInformation": { "imei": 1, "sharedDeviceCachedUsers": [{ "dataUsed": "8" }], "x": 1 } })
            ),
            [
                "InvalidType hardwareInformation.imei",
                "InvalidType hardwareInformation.sharedDeviceCachedUsers[0].dataUsed",
                "InvalidProperty hardwareInformation.x"
            ]
        );
        assert_eq!(
            wrong(json!({ "deviceActionResults": [{ "actionState": "gone" }] })),
            ["InvalidEnumValue deviceActionResults[0].actionState"]
        );
        assert_eq!(
            wrong(json!({ "ownerType": "company", "managedDeviceOwnerType": "personal" })).len(),
            1
        );
        assert_eq!(wrong(json!([])), ["InvalidType "]);
        let long = "x".repeat(TEXT_CHARS_MAX + 1);
        assert_eq!(wrong(json!({ "notes": long })), ["InvalidValue notes"]);
    }

    #[test]
    fn what_is_well_formed_is_taken() {
        let body = json!({
            "@odata.type": "microsoft.graph.windowsManagedDevice", "@odata.context": "x", "id": "other",
            "ownerType": "company", "managedDeviceOwnerType": "company", "notes": null,
            "enrolledDateTime": "2016-12-31T23:59:43.797191-08:00", "notes@odata.type": "#String",
            "deviceActionResults": [{ "@odata.type": "microsoft.graph.deviceActionResult", "actionState": "pending" }],
        });
        assert!(wrong(body).is_empty());
        assert!(ACTION_STATES.contains(&"pending"));
    }
}
