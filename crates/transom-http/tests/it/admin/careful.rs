//! Careful writes: one mechanism for every write route of the table.

mod conditions;
pub mod databases;
mod dry_runs;
mod every_route;
mod keys;
mod prepare;

pub use prepare::Prepared;

use super::world::{O, World};
use actix_web::http::Method;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types::Text};
use serde_json::Value;
use std::{cell::Cell, collections::BTreeMap};
use tempfile::TempDir;
use transom_http::admin::{
    AdminSettings,
    routes::{ROUTES, Route},
};

const M: &str = "/v1/organizations/default/mdm";

pub const NOBODY: &str = "507f1f77bcf86cd799439011";

/// A world whose database can be looked at from outside.
pub struct Lab {
    pub world: World,
    folder: TempDir,
    /// How many things were given a name of their own.
    named: Cell<u32>,
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
        Self {
            world,
            folder,
            named: Cell::new(0),
        }
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
