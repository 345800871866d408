//! Careful writes: one mechanism for every write route of the table.

mod conditions;
pub mod databases;
mod dry_runs;
mod every_route;
mod keys;

use super::world::{NewDevice, O, W, World};
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
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("transom.db").display());
        let world = World::at(&url, AdminSettings::default()).await;
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
            _ => return None,
        };
        Some(Prepared {
            route,
            path,
            body,
            shown_at,
        })
    }

    pub async fn send(&self, request: &Prepared, query: &str, headers: &[(&str, &str)]) -> super::world::Response {
        let path = format!("{}{query}", request.path);
        let method = method(request.route);
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
