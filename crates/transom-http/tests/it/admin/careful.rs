//! Careful writes: one mechanism for every write route of the table.

mod conditions;
pub mod databases;
mod dry_runs;
mod every_route;
mod keys;

use super::{
    rules,
    world::{NewDevice, O, W, World},
};
use actix_web::http::Method;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types::Text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tempfile::TempDir;
use transom_domain::segment::SegmentId;
use transom_http::admin::{
    AdminSettings,
    routes::{Operation, ROUTES, Route},
};

const M: &str = "/v1/organizations/default/mdm";

const NOBODY: &str = "507f1f77bcf86cd799439011";

/// A world whose database can be looked at from outside.
pub struct Lab {
    pub world: World,
    folder: TempDir,
}

/// A request that a route carries out.
pub struct Prepared {
    pub route: &'static Route,
    pub path: String,
    pub body: Option<Value>,
    /// The path that shows what has an ETag, where there is such a thing.
    pub shown_at: Option<String>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Lab {
    pub async fn new() -> Self {
        Self::with(AdminSettings::default()).await
    }

    /// One for thousands of requests at one moment.
    pub async fn patient() -> Self {
        Self::with(super::walk::generous()).await
    }

    async fn with(settings: AdminSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("transom.db").display());
        let world = World::at(&url, settings).await;
        Self { world, folder }
    }

    pub fn file(&self) -> String {
        self.folder.path().join("transom.db").display().to_string()
    }

    /// Every row of every table, the counters of sequences among them.
    pub fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let mut connection = SqliteConnection::establish(&self.file()).unwrap();
        let mut lines = |query: &str| -> Vec<String> {
            let lines = sql_query(query).load::<Line>(&mut connection).unwrap();
            lines.into_iter().map(|l| l.line).collect()
        };
        let tables = lines("SELECT name AS line FROM sqlite_master WHERE type = 'table'");
        assert!(tables.len() > 10);
        let rows = |table: String| {
            let columns = lines(&format!(
                "SELECT 'quote(\"' || name || '\")' AS line FROM pragma_table_info('{table}')"
            ));
            let rows = lines(&format!(
                "SELECT json_array({}) AS line FROM \"{table}\"",
                columns.join(",")
            ));
            (table, rows)
        };
        tables.into_iter().map(rows).collect()
    }

    /// Every row of every table but the audit record.
    pub fn dump_unaudited(&self) -> BTreeMap<String, Vec<String>> {
        let mut dump = self.dump();
        dump.retain(|table, _| table != "audit_entries" && table != "sqlite_sequence");
        dump
    }

    /// A request that the route carries out on things of its own. Of a route that is not named here only what holds for
    /// every request is tested, with one that it refuses.
    pub async fn prepare(&self, route: &'static Route) -> Option<Prepared> {
        let device = self.world.device(NewDevice::default()).await;
        let device = format!("{W}/devices/{device}");
        let command = json!({ "config": { "path": "./A", "action": "Get", "format": "null" } });
        let commands = json!({ "commands": [command] });
        let (path, body, shown_at) = match route.operation {
            Operation::UpdateDevice => (device.clone(), Some(json!({ "displayName": "New" })), Some(device)),
            Operation::MoveDevice => {
                let north = self.world.segment("North", SegmentId::ROOT).await;
                (
                    format!("{device}/move"),
                    Some(json!({ "segmentId": north.0 })),
                    Some(device),
                )
            }
            Operation::RefreshDevice => {
                let body = json!({ "info": ["applications"] });
                (format!("{device}/info"), Some(body), Some(device))
            }
            Operation::DeleteDevice => (device.clone(), None, Some(device)),
            Operation::CreateCommands => (format!("{device}/commands"), Some(commands), Some(device)),
            Operation::CancelCommands => {
                let sent = self.world.post(&format!("{device}/commands"), commands).await;
                let batch = format!("{device}/commands/{}", sent.data()["id"].as_str().unwrap());
                (format!("{batch}/cancel"), None, Some(batch))
            }
            Operation::CancelAction => {
                let sent = self.world.post(&format!("{device}/commands"), commands).await;
                let batch = format!("{device}/commands/{}", sent.data()["id"].as_str().unwrap());
                let command = sent.data()["commands"][0]["cmdId"].as_str().unwrap().to_owned();
                (format!("{batch}/actions/{command}/cancel"), None, Some(batch))
            }
            Operation::CreatePolicy => (format!("{W}/policies"), Some(json!({ "name": "Baseline" })), None),
            Operation::UpdatePolicy | Operation::DeletePolicy | Operation::ClonePolicy | Operation::RollBackPolicy => {
                let made = self
                    .world
                    .post(&format!("{W}/policies"), json!({ "name": "Baseline" }))
                    .await;
                let policy = format!("{W}/policies/{}", made.data()["id"].as_str().unwrap());
                let shown_at = Some(policy.clone());
                match route.operation {
                    Operation::UpdatePolicy => (policy, Some(json!({ "name": "Another" })), shown_at),
                    Operation::DeletePolicy => (policy, None, shown_at),
                    Operation::ClonePolicy => (format!("{policy}/clone"), Some(json!({ "name": "Copy" })), shown_at),
                    _ => {
                        let change = json!({ "config": { "./A": "1" } });
                        self.world.ask(Method::PUT, &policy, Some(change), &[]).await.data();
                        (format!("{policy}/rollback"), Some(json!({ "version": 1 })), shown_at)
                    }
                }
            }
            Operation::CreateAudience => {
                let body = json!({ "name": "Sales", "selectors": { "deviceGroups": [["sales"]] } });
                (format!("{M}/device-audiences"), Some(body), None)
            }
            Operation::UpdateAudience | Operation::RemoveAudience => {
                let audience = rules::audience(&self.world, json!({ "deviceGroups": [["sales"]] })).await;
                let path = format!("{M}/device-audiences/{audience}");
                let body = (route.operation == Operation::UpdateAudience).then(|| json!({ "name": "Another" }));
                (path.clone(), body, Some(path))
            }
            Operation::CreateAutomationRule | Operation::UpdateAutomationRule | Operation::RemoveAutomationRule => {
                let audience = rules::audience(&self.world, json!({ "deviceGroups": [["sales"]] })).await;
                let policy = rules::policy(&self.world, 1).await;
                let list = format!("{M}/automation-rules");
                if route.operation == Operation::CreateAutomationRule {
                    (list, Some(rules::body(&audience, &policy, 5)), None)
                } else {
                    let path = format!("{list}/{}", rules::rule(&self.world, &audience, &policy, 5).await);
                    let body =
                        (route.operation == Operation::UpdateAutomationRule).then(|| json!({ "enabled": false }));
                    (path.clone(), body, Some(path))
                }
            }
            Operation::CreateApplication | Operation::CreateScript | Operation::CreateSmartAttribute => {
                let (list, body) = record(route.operation);
                (list, Some(body), None)
            }
            Operation::UpdateApplication
            | Operation::UpdateScript
            | Operation::UpdateSmartAttribute
            | Operation::RemoveApplication
            | Operation::RemoveScript
            | Operation::RemoveSmartAttribute => {
                let (list, body) = record(route.operation);
                let made = self.world.post(&list, body).await;
                let path = format!("{list}/{}", made.data()["id"].as_str().unwrap());
                let body = (method(route) == Method::PUT).then(|| json!({ "name": "Another" }));
                (path.clone(), body, Some(path))
            }
            Operation::CreateSegment => (format!("{O}/segments"), Some(json!({ "name": "South" })), None),
            Operation::CreateAsset => {
                let body = json!({ "type": "script", "file=a.ps1": "exit 0" });
                (format!("{O}/mdm/assets"), Some(body), None)
            }
            Operation::UpdateAsset | Operation::RemoveAsset => {
                let parts: [(&str, &[u8]); 2] = [("type", b"script"), ("file=a.ps1", b"exit 0")];
                let path = format!("{O}/mdm/assets");
                let made = self.world.upload(Method::POST, &path, &parts, &[]).await;
                let asset = format!("{path}/{}", made.data()["id"].as_str().unwrap());
                let is_update = route.operation == Operation::UpdateAsset;
                let body = is_update.then(|| json!({ "name": "New", "file=b.ps1": "exit 1" }));
                (asset.clone(), body, Some(asset))
            }
            Operation::CreateAdmxConfig => (format!("{W}/admx-configs"), Some(template("notes")), None),
            Operation::UpdateAdmxConfig | Operation::RemoveAdmxConfig => {
                let path = format!("{W}/admx-configs");
                let made = self.world.post(&path, template("notes")).await;
                let config = format!("{path}/{}", made.data()["id"].as_str().unwrap());
                let is_update = route.operation == Operation::UpdateAdmxConfig;
                let body = is_update.then(|| json!({ "description": "New" }));
                (config.clone(), body, Some(config))
            }
            Operation::CreateEnrollmentTemplate => {
                let rules = json!([{ "winPolicyId": self.policy().await }]);
                let body = json!({ "name": "Office", "rules": rules });
                (format!("{W}/enrollment-templates"), Some(body), None)
            }
            Operation::UpdateEnrollmentTemplate
            | Operation::RemoveEnrollmentTemplate
            | Operation::RevealTemplateToken
            | Operation::RotateTemplateToken => {
                let template = self.template().await;
                let shown_at = Some(template.clone());
                match route.operation {
                    Operation::UpdateEnrollmentTemplate => (template, Some(json!({ "name": "Another" })), shown_at),
                    Operation::RemoveEnrollmentTemplate => (template, None, shown_at),
                    Operation::RevealTemplateToken => (format!("{template}/token/reveal"), None, shown_at),
                    _ => (format!("{template}/token/rotate"), None, shown_at),
                }
            }
            Operation::CreateEnrollmentToken => {
                let body = json!({ "sendEmail": false });
                (format!("{W}/enrollment-tokens"), Some(body), None)
            }
            Operation::UpdateEnrollmentToken | Operation::RemoveEnrollmentToken => {
                let tokens = format!("{W}/enrollment-tokens");
                let made = self.world.post(&tokens, json!({ "sendEmail": false })).await;
                let token = format!("{tokens}/{}", made.data()["id"].as_str().unwrap());
                let body = (route.operation == Operation::UpdateEnrollmentToken).then(|| json!({ "tags": ["new"] }));
                (token.clone(), body, Some(token))
            }
            Operation::CreateDefaultConfig => {
                let template = self.template().await;
                let id = template.rsplit('/').next().unwrap();
                let body = json!({ "type": "winEnrollmentTemplate", "modelName": "windows", "elementId": id });
                (format!("{W}/default-config"), Some(body), None)
            }
            Operation::RemoveDefaultConfig => {
                let path = format!("{W}/default-config");
                let body = json!({ "type": "winPolicy", "modelName": "windows", "elementId": self.policy().await });
                let made = self.world.post(&path, body).await;
                let config = format!("{path}/{}", made.data()["id"].as_str().unwrap());
                (config.clone(), None, Some(config))
            }
            _ => return None,
        };
        Some(Prepared {
            route,
            path,
            body,
            shown_at,
        })
    }

    async fn policy(&self) -> String {
        let made = self
            .world
            .post(&format!("{W}/policies"), json!({ "name": "Baseline" }))
            .await;
        made.data()["id"].as_str().unwrap().to_owned()
    }

    /// The path of a new template.
    async fn template(&self) -> String {
        let templates = format!("{W}/enrollment-templates");
        let count = self.world.get(&templates).await.data()["totalDocs"].clone();
        let body = json!({ "name": format!("Template {count}"), "rules": [{ "winPolicyId": self.policy().await }] });
        let made = self.world.post(&templates, body).await;
        format!("{templates}/{}", made.data()["id"].as_str().unwrap())
    }

    pub async fn send(&self, request: &Prepared, query: &str, headers: &[(&str, &str)]) -> super::world::Response {
        let path = format!("{}{query}", request.path);
        let method = method(request.route);
        if let Some(Value::Object(fields)) = &request.body
            && fields.keys().any(|name| name.contains('='))
        {
            let parts: Vec<(&str, &[u8])> = fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str().unwrap().as_bytes()))
                .collect();
            return self.world.upload(method, &path, &parts, headers).await;
        }
        self.world.ask(method, &path, request.body.clone(), headers).await
    }

    /// How many entries are on record.
    pub async fn audited(&self) -> u64 {
        let page = self.world.get(&format!("{O}/audit-logs?limit=1")).await;
        page.data()["totalDocs"].as_u64().unwrap()
    }
}

/// Where records of the library of this kind are, and a body that makes one.
fn record(operation: Operation) -> (String, Value) {
    match operation {
        Operation::CreateApplication | Operation::UpdateApplication | Operation::RemoveApplication => (
            format!("{W}/applications"),
            json!({ "name": "Terminal", "type": "store", "config": { "winStoreId": "9N0DX20HK701" } }),
        ),
        Operation::CreateScript | Operation::UpdateScript | Operation::RemoveScript => (
            format!("{O}/mdm/scripts"),
            json!({ "name": "Clean", "content": "exit", "runner": "powershell.exe" }),
        ),
        _ => (
            format!("{O}/smart-attributes"),
            json!({ "name": "Desk", "input": { "type": "manual" }, "output": { "type": "string" } }),
        ),
    }
}

/// A template as JSON.
fn template(file: &str) -> Value {
    let admx = "<policyDefinitions><policies><policy name='p' class='User' key='k'/></policies></policyDefinitions>";
    json!({ "appName": "Notes", "fileName": file, "admx": admx })
}

pub fn method(route: &Route) -> Method {
    Method::from_bytes(route.verb.as_str().as_bytes()).unwrap()
}

/// The routes that write.
pub fn writing() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.writes)
}

/// A path of the route that names nothing there is.
pub fn nowhere(route: &Route) -> String {
    let path = route.path.replace("{organizationId}", "default");
    let mut parts: Vec<&str> = path.split('/').collect();
    parts
        .iter_mut()
        .filter(|p| p.starts_with('{'))
        .for_each(|p| *p = NOBODY);
    parts.join("/")
}
