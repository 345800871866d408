//! What a reader gets.

use crate::{Options, load::Round, stages::ratio};
use std::time::Duration;

/// One measurement.
pub struct Row {
    /// The database.
    database: &'static str,
    name: &'static str,
    posts: usize,
    statements: f64,
    writes: f64,
    /// Rounds of the product, each with that of the bare route beside it.
    pairs: Vec<(Round, Round)>,
}

impl Row {
    /// A measurement of sessions with so many POSTs each.
    pub fn new(name: &'static str, posts: usize, pairs: Vec<(Round, Round)>, statements: f64, writes: f64) -> Self {
        let row = Self {
            database: "",
            name,
            posts,
            statements,
            writes,
            pairs,
        };
        for (ours, theirs) in &row.pairs {
            eprintln!(
                "  {name}: {:>7.0}/s beside {:>7.0}/s, {:>4.1} %",
                ours.rate(),
                theirs.rate(),
                100.0 * ratio(&(*ours, *theirs))
            );
        }
        row
    }

    /// The same, of that database.
    pub fn on(self, database: &'static str) -> Self {
        Self { database, ..self }
    }

    fn median(&self, value: impl Fn(&(Round, Round)) -> f64) -> f64 {
        let mut values: Vec<f64> = self.pairs.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    }
}

/// What was asked for, and on what.
pub fn head(options: &Options) {
    println!(
        "{} cores shared by server, database and load; {} PCs, {} requests at once, {} rounds of {} s, {}",
        std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        options.devices,
        options.concurrency,
        options.rounds,
        options.seconds,
        if cfg!(debug_assertions) {
            "NOT OPTIMISED"
        } else {
            "optimised"
        },
    );
}

/// The table: medians of the rounds.
pub fn table(rows: &[Row]) {
    println!(
        "\n| database | session | POSTs | sessions/s | p50 | p99 | bare, the same POSTs | bare p50 | bare p99 | ratio | CPU | bare CPU | \
         statements | writing units |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for row in rows {
        let time = |pick: &dyn Fn(&(Round, Round)) -> Duration| millis(row.median(|pair| pick(pair).as_secs_f64()));
        println!(
            "| {} | {} | {} | {:.0} | {} | {} | {:.0} | {} | {} | {:.0} % | {} | {} | {:.0} | {:.0} |",
            row.database,
            row.name,
            row.posts,
            row.median(|(ours, _)| ours.rate()),
            time(&|(ours, _)| ours.latency.p50),
            time(&|(ours, _)| ours.latency.p99),
            row.median(|(_, theirs)| theirs.rate()),
            time(&|(_, theirs)| theirs.latency.p50),
            time(&|(_, theirs)| theirs.latency.p99),
            100.0 * row.median(ratio),
            micros(row.median(|(ours, _)| ours.cpu_per_session())),
            micros(row.median(|(_, theirs)| theirs.cpu_per_session())),
            row.statements,
            row.writes,
        );
    }
}

fn millis(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

fn micros(seconds: f64) -> String {
    format!("{:.0} µs", seconds * 1e6)
}
