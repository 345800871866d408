//! A device as the facade shows it: what the server holds, under what was asserted and is not observed anew.

use super::{
    gather::Gathered,
    observed,
    properties::{self, ROWS, Row, Writes},
};
use crate::graph::{detected_apps, routes::Version};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use transom_odata::{Collection, Kind, Property, Value, value::Item};

/// A device to be shown.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'g>(pub &'g Gathered);

impl Shown<'_> {
    /// The value of a property.
    pub fn value_of(&self, row: &Row) -> Json {
        let facts = self.0.facts.as_ref();
        let observed = || observed::value(self.0, row.fact);
        if row.writes == Writes::Stores {
            let stored = facts.and_then(|f| f.stored.get(row.fact)).cloned();
            return stored.unwrap_or_else(observed);
        }
        let Some(asserted) = facts.and_then(|f| f.asserted.get(row.fact)) else {
            return observed();
        };
        let observed = observed();
        if asserted.holds(&observed, observed::at(self.0, row.fact)) {
            asserted.value.clone()
        } else {
            observed
        }
    }

    /// Whether an asserted value is shown for a property.
    fn is_asserted(&self, row: &Row) -> bool {
        let asserted = self.0.facts.as_ref().and_then(|f| f.asserted.get(row.fact));
        asserted.is_some_and(|a| a.holds(&observed::value(self.0, row.fact), observed::at(self.0, row.fact)))
    }

    /// The whole object, or what of it is selected. A property that another version has is shown where it was asserted:
    /// whoever sent it finds it again.
    pub fn object(&self, version: Version, select: Option<&[&'static Property]>) -> Map<String, Json> {
        let mut object = Map::new();
        let kind = match version {
            Version::V1 => "#microsoft.graph.managedDevice",
            Version::Beta => "#microsoft.graph.windowsManagedDevice",
        };
        object.insert("@odata.type".to_owned(), json!(kind));
        for row in ROWS {
            let is_wanted = match select {
                Some(names) => row.property.name == "id" || names.iter().any(|p| p.name == row.property.name),
                None => row.is_in(version) || self.is_asserted(row),
            };
            if is_wanted {
                object.insert(row.property.name.to_owned(), self.value_of(row));
            }
        }
        object
    }

    /// `$expand=detectedApps`: what it has installed.
    pub fn detected_apps(&self) -> Json {
        self.0
            .apps
            .iter()
            .map(|app| Json::Object(detected_apps::object(app, None)))
            .collect()
    }

    /// `$expand=deviceCategory`: the category that it was given, by its name.
    pub fn category(&self) -> Json {
        let stored = self
            .0
            .facts
            .as_ref()
            .and_then(|f| f.stored.get("deviceCategoryDisplayName"));
        let Some(name) = stored.and_then(Json::as_str).filter(|name| !name.is_empty()) else {
            return Json::Null;
        };
        // Categories are no records here: the id of one follows from its name, as a GUID (RFC 9562, section 5.8).
        let mut hash = Sha256::digest(format!("deviceCategory\n{name}").as_bytes());
        hash[6] = (hash[6] & 0x0f) | 0x80;
        hash[8] = (hash[8] & 0x3f) | 0x80;
        let hex = hex::encode(&hash[..16]);
        let id = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
        json!({
            "@odata.type": "#microsoft.graph.deviceCategory",
            "id": id,
            "displayName": name,
            "description": null,
        })
    }

    /// `$expand=users`: whose PC it is.
    pub fn users(&self) -> Json {
        let users = self.0.user.iter().map(|user| {
            json!({
                "@odata.type": "#microsoft.graph.user",
                "id": user.id.to_string(),
                "displayName": user.name,
                "mail": user.email.as_str(),
                "userPrincipalName": user.email.as_str(),
            })
        });
        users.collect()
    }
}

impl transom_odata::Row for Shown<'_> {
    fn value(&self, property: &'static Property) -> Value<'_> {
        match properties::row(property.name) {
            Some(row) => typed(property.kind, self.value_of(row)),
            None => Value::Null,
        }
    }

    fn items(&self, collection: &'static Collection) -> Vec<Item<'_>> {
        let Some(Json::Array(items)) = properties::row(collection.name).map(|row| self.value_of(row)) else {
            return Vec::new();
        };
        let item = |json: Json| match (&collection.element, json) {
            (transom_odata::Element::Scalar(kind), json) => Item::Scalar(typed(*kind, json)),
            (transom_odata::Element::Record(properties), Json::Object(mut fields)) => {
                let value = |p: &'static Property| (p.name, typed(p.kind, fields.remove(p.name).unwrap_or_default()));
                Item::Record(properties.iter().map(value).collect())
            }
            (transom_odata::Element::Record(_), _) => Item::Record(Vec::new()),
        };
        items.into_iter().map(item).collect()
    }
}

/// A value as its kind has it; null, where it is none of that kind.
pub fn typed(kind: Kind, json: Json) -> Value<'static> {
    match (kind, json) {
        (Kind::Text | Kind::Enum(_), Json::String(text)) => Value::Text(Cow::Owned(text)),
        (Kind::Guid, Json::String(text)) => Value::Guid(Cow::Owned(text.to_ascii_lowercase())),
        (Kind::Moment, Json::String(text)) => Value::moment_of_text(&text).unwrap_or(Value::Null),
        (Kind::Boolean, Json::Bool(truth)) => Value::Boolean(truth),
        (Kind::Integer | Kind::Decimal, Json::Number(number)) => number.as_i64().map_or(Value::Null, Value::integer),
        _ => Value::Null,
    }
}
