//! The bodies of `assign` and `hasPayloadLinks`.

use crate::{admin::error::ApiError, graph::error::GraphError};
use serde_json::{Map, Value};
use transom_domain::{
    AudienceId,
    device::update::Violation,
    script::assignment::{TARGETS_MAX, Target},
};

/// Where assignments are in a body.
const ASSIGNMENTS: &str = "deviceManagementScriptAssignments";

/// Where assignments to groups are in a body.
const GROUPS: &str = "deviceManagementScriptGroupAssignments";

/// Most ids in one question for links: each is looked up.
const PAYLOADS_MAX: usize = 100;

/// Targets of Graph that mean users and collections, which do not exist here, with the reason.
const FOREIGN: [(&str, &str); 3] = [
    (
        "allLicensedUsersAssignmentTarget",
        "scripts run on devices here, whoever is signed in; use allDevicesAssignmentTarget, or a group of the devices",
    ),
    (
        "configurationManagerCollectionAssignmentTarget",
        "there are no collections of Configuration Manager here; use a group of the devices",
    ),
    (
        "scopeTagGroupAssignmentTarget",
        "a scope tag is a segment here, and a script is in one; use a group of the devices",
    ),
];

/// What a body wants a script to be assigned to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// To whom.
    pub targets: Vec<Target>,
    /// Where each of them names its group.
    paths: Vec<String>,
}

impl Wanted {
    /// A refusal with the places in the body that it is about.
    pub fn placed(&self, error: ApiError) -> ApiError {
        let ApiError::Invalid { code, mut violations } = error else {
            return error;
        };
        for violation in &mut violations {
            let index = violation.path.strip_prefix("targets[");
            let index = index.and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
            let place = index.and_then(|index| self.paths.get(index));
            violation.path = place.map_or_else(|| ASSIGNMENTS.to_owned(), Clone::clone);
        }
        ApiError::Invalid { code, violations }
    }
}

/// Reads a body of `assign`.
///
/// # Errors
/// Everything that is no assignment; what Graph has and this does not, by itself.
pub fn assignments(body: &Value) -> Result<Wanted, GraphError> {
    let fields = object(body)?;
    let mut reader = Reader::default();
    if ![ASSIGNMENTS, GROUPS].iter().any(|name| fields.contains_key(*name)) {
        // Else a misspelt name would take away every assignment.
        reader.refuse(ASSIGNMENTS, "required", "is required; to take all away, an empty list");
    }
    for (name, value) in fields {
        match name.as_str() {
            ASSIGNMENTS => reader.list(name, value, Reader::assignment)?,
            GROUPS => reader.list(name, value, Reader::group_assignment)?,
            _ if name.contains('@') => {}
            _ => reader.unknown(name, &[ASSIGNMENTS, GROUPS]),
        }
    }
    if reader.wrong.is_empty() {
        Ok(reader.wanted)
    } else {
        Err(GraphError::invalid(reader.wrong))
    }
}

/// Reads a body of `hasPayloadLinks`.
///
/// # Errors
/// When it is no list of ids, or too long a one.
pub fn payloads(body: &Value) -> Result<Vec<String>, GraphError> {
    let fields = object(body)?;
    let mut reader = Reader::default();
    let mut ids = Vec::new();
    for name in fields
        .keys()
        .filter(|name| *name != "payloadIds" && !name.contains('@'))
    {
        reader.unknown(name, &["payloadIds"]);
    }
    match fields.get("payloadIds") {
        Some(Value::Array(list)) if list.len() <= PAYLOADS_MAX => {
            for (index, id) in list.iter().enumerate() {
                match id.as_str() {
                    Some(id) => ids.push(id.to_owned()),
                    None => reader.refuse(&format!("payloadIds[{index}]"), "type", "must be a text"),
                }
            }
        }
        Some(Value::Array(list)) => {
            let message = format!("must have at most {PAYLOADS_MAX} entries, not {}", list.len());
            reader.refuse("payloadIds", "maxItems", &message);
        }
        Some(_) => reader.refuse("payloadIds", "type", "must be a list"),
        None => reader.refuse("payloadIds", "required", "is required"),
    }
    if reader.wrong.is_empty() {
        Ok(ids)
    } else {
        Err(GraphError::invalid(reader.wrong))
    }
}

fn object(body: &Value) -> Result<&Map<String, Value>, GraphError> {
    let wrong = || GraphError::invalid(vec![Violation::new("", "type", "must be an object")]);
    body.as_object().ok_or_else(wrong)
}

#[derive(Default)]
struct Reader {
    wanted: Wanted,
    wrong: Vec<Violation>,
}

type Read = fn(&mut Reader, &str, &Map<String, Value>) -> Result<(), GraphError>;

impl Reader {
    fn refuse(&mut self, path: &str, rule: &'static str, message: &str) {
        self.wrong.push(Violation::new(path, rule, message));
    }

    fn unknown(&mut self, path: &str, known: &[&str]) {
        let shown: String = path.chars().take(200).collect();
        self.refuse(&shown, "unknown", &format!("is not one of {}", known.join(", ")));
    }

    fn list(&mut self, name: &str, value: &Value, read: Read) -> Result<(), GraphError> {
        let entries = match value {
            Value::Null => return Ok(()),
            Value::Array(entries) if entries.len() <= TARGETS_MAX => entries,
            Value::Array(entries) => {
                let message = format!("must have at most {TARGETS_MAX} entries, not {}", entries.len());
                self.refuse(name, "maxItems", &message);
                return Ok(());
            }
            _ => {
                self.refuse(name, "type", "must be a list");
                return Ok(());
            }
        };
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("{name}[{index}]");
            match entry.as_object() {
                Some(fields) => read(self, &path, fields)?,
                None => self.refuse(&path, "type", "must be an object"),
            }
        }
        Ok(())
    }

    /// `{ "target": { "@odata.type": …, "groupId": … } }`; ids of what was read are let be.
    fn assignment(&mut self, path: &str, fields: &Map<String, Value>) -> Result<(), GraphError> {
        for name in fields.keys() {
            match name.as_str() {
                "target" | "id" | "source" | "sourceId" => {}
                name if name.contains('@') => {}
                name => self.unknown(&format!("{path}.{name}"), &["target"]),
            }
        }
        let path = format!("{path}.target");
        match fields.get("target") {
            Some(Value::Object(target)) => self.target(&path, target)?,
            Some(_) => self.refuse(&path, "type", "must be an object"),
            None => self.refuse(&path, "required", "is required"),
        }
        Ok(())
    }

    fn target(&mut self, path: &str, target: &Map<String, Value>) -> Result<(), GraphError> {
        for (name, value) in target {
            let is_nothing = value.is_null() || value == "none" || value == "";
            match name.as_str() {
                "groupId" => {}
                "deviceAndAppManagementAssignmentFilterId" | "deviceAndAppManagementAssignmentFilterType" => {
                    if !is_nothing {
                        return Err(GraphError::NotSupported(format!(
                            "{path}.{name}: there are no assignment filters here; exclude a group instead"
                        )));
                    }
                }
                name if name.contains('@') => {}
                name => self.unknown(&format!("{path}.{name}"), &["groupId"]),
            }
        }
        let of_type = target.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
        let of_type = of_type.trim_start_matches('#').trim_start_matches("microsoft.graph.");
        if let Some((_, reason)) = FOREIGN.iter().find(|(name, _)| *name == of_type) {
            return Err(GraphError::NotSupported(format!(
                "{path}: {of_type} is not supported: {reason}"
            )));
        }
        match of_type {
            "groupAssignmentTarget" => self.group(path, "groupId", target, Target::Audience),
            "exclusionGroupAssignmentTarget" => self.group(path, "groupId", target, Target::NotAudience),
            "allDevicesAssignmentTarget" => {
                if target.get("groupId").is_some_and(|group| !group.is_null()) {
                    self.refuse(
                        &format!("{path}.groupId"),
                        "unknown",
                        "means nothing where all devices are meant",
                    );
                }
                self.want(path.to_owned(), Target::AllDevices);
            }
            _ => self.refuse(
                &format!("{path}.@odata.type"),
                "enum",
                "must be #microsoft.graph.groupAssignmentTarget, exclusionGroupAssignmentTarget or \
                 allDevicesAssignmentTarget",
            ),
        }
        Ok(())
    }

    /// `{ "targetGroupId": … }`
    fn group_assignment(&mut self, path: &str, fields: &Map<String, Value>) -> Result<(), GraphError> {
        for name in fields.keys() {
            match name.as_str() {
                "targetGroupId" | "id" => {}
                name if name.contains('@') => {}
                name => self.unknown(&format!("{path}.{name}"), &["targetGroupId"]),
            }
        }
        self.group(path, "targetGroupId", fields, Target::Audience);
        Ok(())
    }

    fn group(&mut self, path: &str, name: &str, fields: &Map<String, Value>, target: fn(AudienceId) -> Target) {
        let path = format!("{path}.{name}");
        match fields.get(name) {
            Some(Value::String(id)) => match AudienceId::parse(id) {
                Ok(id) => self.want(path, target(id)),
                Err(_) => {
                    let shown: String = id.chars().take(64).collect();
                    self.refuse(
                        &path,
                        "exists",
                        &format!("names an audience that does not exist: {shown}"),
                    );
                }
            },
            Some(Value::Null) | None => self.refuse(&path, "required", "is required"),
            Some(_) => self.refuse(&path, "type", "must be a text"),
        }
    }

    fn want(&mut self, path: String, target: Target) {
        self.wanted.targets.push(target);
        self.wanted.paths.push(path);
    }
}
