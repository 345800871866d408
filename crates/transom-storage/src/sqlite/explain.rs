//! What SQLite says that it would do.

use super::{Connection, MEMORY, connect};
use crate::{
    migrations,
    plans::{Fill, Read},
    recorder::Statement,
    statements::StatementCount,
};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

/// How it spells what the filling leaves open.
pub(super) const FILL: Fill = Fill {
    bytes: "x'00'",
    no: "0",
    yes: "1",
    begin: "BEGIN",
};

/// An empty database.
pub(super) fn database() -> Option<((), Connection)> {
    let mut connection = connect(MEMORY, StatementCount::default()).unwrap();
    migrations::run(&mut connection).unwrap();
    Some(((), connection))
}

/// Nothing is to be done once the tables are full: plans do not depend on what is in them.
pub(super) const fn settle(_: &mut Connection) {}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// What a statement reads.
pub(super) fn reads(connection: &mut Connection, statement: &Statement) -> Vec<Read> {
    let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {}", statement.text))
        .load(connection)
        .unwrap();
    let read = |step: &Step| {
        // "SEARCH devices USING COVERING INDEX devices_by_id (id=?)", "SCAN devices"
        let words: Vec<&str> = step.detail.split(' ').collect();
        let index = words.iter().position(|word| *word == "INDEX").map(|at| words[at + 1]);
        match words[..] {
            ["SEARCH", table, ..] => Some(Read {
                table: table.to_owned(),
                index: index.unwrap_or("its key").to_owned(),
                is_index_only: step.detail.contains("COVERING INDEX"),
            }),
            ["SCAN", table, ..] => Some(Read::whole(table)),
            _ => None,
        }
    };
    steps.iter().filter_map(read).collect()
}
