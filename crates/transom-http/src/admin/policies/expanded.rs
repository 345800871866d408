//! The records that policies refer to, beside them (A.6: `applicationsInfo`, `scriptsInfo`).

use crate::admin::applications::view::ApplicationConfigView;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use transom_domain::{
    ApplicationId, OrganizationId, ScriptId,
    application::Application,
    policy::{
        PolicyContent,
        references::{self, ReferenceKind},
    },
    ports::{Applications, Scripts, StoreError},
    script::Script,
};

/// Most ids in one question to the store: databases take some ten thousand.
const IDS_MAX: usize = 1_000;

/// Records by id, as views show them.
#[derive(Debug, Clone, Default)]
pub struct Expanded {
    applications: HashMap<String, Value>,
    scripts: HashMap<String, Value>,
}

impl Expanded {
    /// The records that some contents refer to. Whoever sees a policy may know what it refers to.
    pub fn of<'a>(
        view: &mut (impl Applications + Scripts + ?Sized),
        organization: OrganizationId,
        contents: impl IntoIterator<Item = &'a PolicyContent>,
    ) -> Result<Self, StoreError> {
        let named: BTreeSet<(ReferenceKind, String)> = contents.into_iter().flat_map(references::named).collect();
        let ids = |kind| named.iter().filter(move |(k, _)| *k == kind).map(|(_, id)| id.as_str());
        let applications: Vec<_> = ids(ReferenceKind::Application)
            .filter_map(|id| ApplicationId::parse(id).ok())
            .collect();
        let scripts: Vec<_> = ids(ReferenceKind::Script)
            .filter_map(|id| ScriptId::parse(id).ok())
            .collect();
        let mut expanded = Self::default();
        for ids in applications.chunks(IDS_MAX) {
            let found = view.applications_by_id(organization, ids)?;
            let found = found.iter().map(|a| (a.id.to_string(), application(a)));
            expanded.applications.extend(found);
        }
        for ids in scripts.chunks(IDS_MAX) {
            let found = view.scripts_by_id(organization, ids)?;
            expanded
                .scripts
                .extend(found.iter().map(|s| (s.id.to_string(), script(s))));
        }
        Ok(expanded)
    }

    /// The applications that a list of a policy names, in its order.
    pub fn applications(&self, list: &Value) -> Vec<Value> {
        found(&self.applications, list, "winApplicationId")
    }

    /// The scripts that a list of a policy names, in its order.
    pub fn scripts(&self, list: &Value) -> Vec<Value> {
        found(&self.scripts, list, "id")
    }

    /// Adds name, description and runner to the scripts of a policy (A.6).
    pub fn describe(&self, list: &mut Value) {
        for entry in list.as_array_mut().into_iter().flatten() {
            let script = id(entry, "id").and_then(|id| self.scripts.get(&id));
            if let (Some(script), Value::Object(entry)) = (script, entry) {
                for field in ["name", "description", "runner"] {
                    entry.insert(field.to_owned(), script[field].clone());
                }
                entry.entry("argumentsProcessed").or_insert(Value::Null);
            }
        }
    }
}

fn id(entry: &Value, field: &str) -> Option<String> {
    entry[field].as_str().map(str::to_lowercase)
}

fn found(records: &HashMap<String, Value>, list: &Value, field: &str) -> Vec<Value> {
    let entries = list.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| records.get(&id(entry, field)?).cloned())
        .collect()
}

fn application(application: &Application) -> Value {
    json!({
        "id": application.id.to_string(),
        "name": application.name,
        "description": application.description,
        "type": application.origin.kind().as_str(),
        "config": serde_json::to_value(ApplicationConfigView::new(application)).unwrap_or(Value::Object(Map::new())),
    })
}

fn script(script: &Script) -> Value {
    json!({
        "id": script.id.to_string(),
        "name": script.name,
        "description": script.description,
        "runner": script.runner.as_str(),
        "context": script.context.as_str(),
        "timeout": script.timeout_seconds,
    })
}
