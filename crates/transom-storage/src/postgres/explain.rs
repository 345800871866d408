//! What PostgreSQL says that it would do.

#[path = "../../../../tests/support/postgres.rs"]
mod server;

use super::{Connection, connect};
use crate::{
    migrations,
    plans::{Fill, Read},
    recorder::Statement,
    statements::StatementCount,
};
use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query};
use serde_json::Value;

/// How it spells what the filling leaves open.
pub(super) const FILL: Fill = Fill {
    bytes: "'\\x00'::bytea",
    no: "FALSE",
    yes: "TRUE",
    // A cluster for tests does not wait for the disk; but what may not be on disk yet does not count as visible to all, and
    // an index alone would then not do.
    begin: "BEGIN; SET LOCAL synchronous_commit = on",
};

/// An empty database; none where there is no server.
pub(super) fn database() -> Option<(server::OwnPostgres, Connection)> {
    let own = server::OwnPostgres::create()?;
    let mut connection = connect(&own.url(), StatementCount::default()).unwrap();
    migrations::run(&mut connection).unwrap();
    Some((own, connection))
}

/// How often the tables are vacuumed at most: while another transaction lasts, such as one of autovacuum's own, what came
/// after it does not count as visible to all.
const VACUUMS_MAX: u32 = 100;

#[derive(QueryableByName)]
struct Pages {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    all_visible: bool,
}

/// Does what autovacuum does of itself some time after so many rows came: until then PostgreSQL knows nothing of them.
pub(super) fn settle(connection: &mut Connection) {
    for _ in 0..VACUUMS_MAX {
        connection.batch_execute("VACUUM ANALYZE").unwrap();
        let pages: Pages =
            sql_query("SELECT relallvisible = relpages AS all_visible FROM pg_class WHERE relname = 'devices'")
                .get_result(connection)
                .unwrap();
        if pages.all_visible {
            return;
        }
    }
    panic!("the rows of devices do not become visible to all");
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    #[diesel(column_name = "QUERY PLAN")]
    line: String,
}

/// What a statement reads, with the values that it came with.
pub(super) fn reads(connection: &mut Connection, statement: &Statement) -> Vec<Read> {
    connection
        .batch_execute(&format!("PREPARE planned AS {}", statement.text))
        .unwrap();
    let values: Vec<String> = statement.values.iter().map(literal).collect();
    let execute = match values.is_empty() {
        true => "planned".to_owned(),
        false => format!("planned ({})", values.join(", ")),
    };
    let steps: Vec<Step> = sql_query(format!("EXPLAIN (COSTS OFF) EXECUTE {execute}"))
        .load(connection)
        .unwrap();
    connection.batch_execute("DEALLOCATE planned").unwrap();
    steps.iter().filter_map(|step| read(&step.line)).collect()
}

/// `->  Index Only Scan Backward using devices_by_id on devices`, `->  Parallel Seq Scan on devices`
fn read(line: &str) -> Option<Read> {
    let (kind, rest) = line.trim_start_matches([' ', '-', '>']).split_once(" on ")?;
    let table = rest.split(' ').next().unwrap_or_default();
    let kind = kind.trim_start_matches("Parallel ");
    match kind.split_once(" using ") {
        _ if kind == "Seq Scan" => Some(Read::whole(table)),
        // The table of a bitmap is named one line above; an index is named after its table.
        _ if kind == "Bitmap Index Scan" => Some(Read::by("bitmap", table, false)),
        Some((scan, index)) if scan.starts_with("Index") => {
            Some(Read::by(table, index, scan.starts_with("Index Only")))
        }
        _ => None,
    }
}

/// A value as a literal of SQL whose type is left to the statement.
fn literal(value: &Value) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match value {
        Value::String(text) => quoted(text),
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(ToString::to_string).collect();
            quoted(&format!("{{{}}}", list.join(",")))
        }
        other => other.to_string(),
    }
}
