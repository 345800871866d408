//! Placeholders such as `{{device.serialNumber}}` in values: resolved for each device before hashing (P13).

use super::{
    compare::xml::escaped,
    settings::{Part, Setting},
};
use crate::{
    device::{Device, DeviceReport},
    smart_attribute::{SmartFact, as_text},
    user::User,
};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Where a PC reports the architecture of its processor.
const ARCHITECTURE: &str = "./DevDetail/Ext/Microsoft/ProcessorArchitecture";

/// How many characters of a serial number are its short form (N10).
const SERIAL_SHORT_CHARS: usize = 6;

/// What placeholders stand for.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The device.
    pub device: &'a Device,
    /// Its user.
    pub user: Option<&'a User>,
    /// What it last reported, where that is wanted ([`needs_report`]).
    pub report: Option<&'a DeviceReport>,
    /// What the smart attributes say of it, where that is wanted ([`needs_smart`]).
    pub smart: &'a [SmartFact],
}

/// Whether a setting stands for something that only the device's report says. The report is large and seldom wanted.
#[must_use]
pub fn needs_report(setting: &Setting) -> bool {
    setting.has_placeholders && setting.value.to_string().contains("device.chip")
}

/// Names below `device.` that stand for something whatever smart attributes there are.
const OF_DEVICES: &[&str] = &[
    "id",
    "displayName",
    "serialNumber",
    "serial_short",
    "osVersion",
    "chip",
    "hostName",
];

/// Whether a setting stands for something that only smart attributes say.
#[must_use]
pub fn needs_smart(setting: &Setting) -> bool {
    setting.has_placeholders && names_smart(&setting.value.to_string())
}

/// Whether a text has placeholders that only smart attributes resolve: `smart.<name>`, or `device.<name>` with a name that
/// stands for nothing else.
#[must_use]
pub fn names_smart(text: &str) -> bool {
    text.split("{{").skip(1).any(|after| {
        let name = after.split("}}").next().unwrap_or_default().trim();
        match name.strip_prefix("device.") {
            Some(own) => !own.starts_with("custom.") && !OF_DEVICES.contains(&own),
            None => name.starts_with("smart."),
        }
    })
}

impl<'a> Facts<'a> {
    /// What a smart attribute says; none where there is no such attribute.
    fn smart(&self, name: &str) -> Option<Option<Cow<'a, str>>> {
        let name = name.to_lowercase();
        let fact = self.smart.iter().find(|fact| fact.name.to_lowercase() == name)?;
        Some(fact.value.as_ref().map(|value| Cow::Owned(as_text(value))))
    }

    /// What a name stands for; an error says that it stands for nothing, or for nothing here.
    fn value(&self, name: &str) -> Result<Cow<'a, str>, String> {
        let device = self.device;
        let owned = |text: String| Some(Cow::Owned(text));
        let borrowed = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        let found = match name {
            "device.id" => owned(device.id.to_string()),
            "device.displayName" => Some(Cow::Borrowed(device.display_name.as_str())),
            "device.serialNumber" => borrowed(&device.summary.serial_number),
            "device.serial_short" => device.summary.serial_number.as_deref().map(|serial| {
                let skipped = serial.chars().count().saturating_sub(SERIAL_SHORT_CHARS);
                Cow::Owned(serial.chars().skip(skipped).collect())
            }),
            "device.osVersion" => borrowed(&device.summary.os_version),
            "device.chip" => self.report.and_then(|r| r.value(ARCHITECTURE)).map(Cow::Borrowed),
            "device.hostName" => borrowed(&device.summary.name),
            "user.id" => self.user.and_then(|user| owned(user.id.to_string())),
            "user.email" => self.user.map(|user| Cow::Borrowed(user.email.as_str())),
            "user.name" => self.user.and_then(|user| borrowed(&user.name)),
            other if other.starts_with("user.") => self.user.and_then(|user| {
                // The organization's own facts, as audiences and display names know them (AU3, N10): without case, and
                // whoever lacks one has it empty.
                let key = other.trim_start_matches("user.");
                let mut metadata = user.metadata.iter();
                let (_, value) = metadata.find(|(known, _)| known.to_lowercase() == key.to_lowercase())?;
                owned(as_text(value))
            }),
            other => match other.strip_prefix("device.custom.") {
                Some(key) => match device.custom_config.get(key) {
                    Some(Value::String(text)) => Some(Cow::Borrowed(text.as_str())),
                    Some(value) => owned(value.to_string()),
                    None => None,
                },
                None => {
                    let own = other.strip_prefix("smart.").or_else(|| other.strip_prefix("device."));
                    match own.and_then(|name| self.smart(name)) {
                        Some(found) => found,
                        None => return Err(format!("variable {other} is unknown")),
                    }
                }
            },
        };
        match found.filter(|text| !text.is_empty()) {
            Some(text) => Ok(text),
            None => Err(format!("variable {name} is empty")),
        }
    }

    /// A text with what its placeholders stand for.
    ///
    /// # Errors
    /// Which variable is unknown or empty.
    pub fn text(&self, text: &str) -> Result<String, String> {
        // What is put into XML must not change what the XML says.
        let is_xml = text.trim_start().starts_with('<');
        let mut resolved = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            resolved.push_str(before);
            match after.split_once("}}").map(|(name, rest)| (name.trim(), rest)) {
                Some((name, after)) if is_name(name) => {
                    let value = self.value(name)?;
                    resolved.push_str(&if is_xml { Cow::Owned(escaped(&value)) } else { value });
                    rest = after;
                }
                _ => {
                    resolved.push_str("{{");
                    rest = after;
                }
            }
        }
        resolved.push_str(rest);
        Ok(resolved)
    }

    fn json(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => Value::String(self.text(text)?),
            Value::Array(list) => Value::Array(list.iter().map(|v| self.json(v)).collect::<Result<_, _>>()?),
            Value::Object(map) => Value::Object(self.map(map)?),
            scalar => scalar.clone(),
        })
    }

    fn map(&self, map: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        let entries = map.iter().map(|(key, value)| Ok((key.clone(), self.json(value)?)));
        entries.collect()
    }

    /// A setting's value with what its placeholders stand for.
    ///
    /// # Errors
    /// Which variable is unknown or empty.
    pub fn resolve<'s>(&self, setting: &'s Setting) -> Result<Cow<'s, Value>, String> {
        match (setting.part, &setting.value) {
            // The arguments stay as they were written, beside what they become (A.6).
            (Part::Scripts, Value::Object(script)) => {
                let processed = match script.get("arguments").and_then(Value::as_str) {
                    Some(arguments) => Value::String(self.text(arguments)?),
                    None => Value::Null,
                };
                let mut script = script.clone();
                script.insert("argumentsProcessed".to_owned(), processed);
                Ok(Cow::Owned(Value::Object(script)))
            }
            (_, value) if !setting.has_placeholders => Ok(Cow::Borrowed(value)),
            (Part::Config, value) => Ok(Cow::Owned(self.json(value)?)),
            (Part::Applications, Value::Object(application)) => {
                let mut application = application.clone();
                if let Some(configuration) = application.get("configuration") {
                    let resolved = self.json(configuration)?;
                    application.insert("configuration".to_owned(), resolved);
                }
                Ok(Cow::Owned(Value::Object(application)))
            }
            (_, value) => Ok(Cow::Borrowed(value)),
        }
    }
}

/// Words joined by dots. Anything else between braces is meant literally, a GUID for one.
fn is_name(name: &str) -> bool {
    if let Some(own) = name.strip_prefix("smart.") {
        // Smart attributes are named in every script.
        return !own.is_empty();
    }
    let word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_- ".contains(c));
    let mut words = name.split('.');
    let first = words.next().unwrap_or_default();
    let begins = !first.is_empty() && first.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    begins && words.all(word)
}
