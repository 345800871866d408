//! `make bench`: check-ins a second on each database, beside the bare cost of actix and TLS on the same machine; and how
//! long lists of 100,000 devices take.
//!
//! Every measurement is made in rounds, the product and the bare route by turns, because machines are shared and noisy:
//! what counts is the ratio of two neighbours. The same PCs send the same bytes to both and compare every answer, byte
//! by byte, with the one they expect. docs/BENCHMARKS.md says more.

mod bare;
mod database;
mod effective;
mod fleet;
mod graph;
mod lists;
mod load;
mod many;
mod recording;
mod report;
mod rules;
mod stages;

use anyhow::Context as _;
use clap::Parser;
use database::{Database, Kind};
use fleet::Fleet;
use many::Many;
use report::Row;
use std::time::Duration;

/// Threads of the load: as many as the server's workers on the smallest machine that is worth measuring.
const LOAD_THREADS: usize = 2;

/// What can be set.
#[derive(Debug, Clone, Parser)]
#[command(about = "Measures check-ins and lists on SQLite and PostgreSQL beside bare routes")]
pub struct Options {
    /// PCs that check in, each on a TLS connection of its own.
    #[arg(long, default_value_t = 256)]
    devices: u32,
    /// PCs that are only rows of the database, so that it has the size of a real one.
    #[arg(long, default_value_t = 10_000)]
    rows: u32,
    /// Devices of the database that lists and the Graph facade are measured in.
    #[arg(long, default_value_t = 100_000)]
    list_devices: u32,
    /// Requests in flight at once.
    #[arg(long, default_value_t = 32)]
    concurrency: usize,
    /// Seconds of one round of idle check-ins; rounds with handshakes take half of it.
    #[arg(long, default_value_t = 0.6)]
    seconds: f64,
    /// Rounds of each measurement.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Few PCs and short rounds: whether it runs, not how fast.
    #[arg(long)]
    quick: bool,
    /// Only this database: sqlite or postgres.
    #[arg(long)]
    only: Option<Kind>,
    /// Only the measurements whose names contain this.
    #[arg(long)]
    stage: Option<String>,
    /// What Cargo passes to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    fn round(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    fn wants(&self, stage: &str) -> bool {
        self.stage.as_ref().is_none_or(|wanted| stage.contains(wanted.as_str()))
    }
}

fn main() -> anyhow::Result<()> {
    let mut options = Options::parse();
    if options.quick {
        options = Options {
            devices: 32,
            rows: 500,
            list_devices: 5_000,
            seconds: 0.3,
            rounds: 2,
            ..options
        };
    }
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(LOAD_THREADS)
        .enable_all()
        .build()?
        .block_on(run(&options))
}

async fn run(options: &Options) -> anyhow::Result<()> {
    report::head(options);
    if options.wants("effective") {
        effective::measure(options.round());
    }
    let mut rows = Vec::new();
    let (mut lists, mut longest) = (Vec::new(), Vec::new());
    let (mut filters, mut walks) = (Vec::new(), Vec::new());
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if options.only.is_some_and(|only| only != kind) {
            continue;
        }
        if (options.wants("lists") || options.wants("graph"))
            && let Some(mut many) = Many::fill(kind, options)
                .await
                .with_context(|| format!("filling {}", kind.name()))?
        {
            let failed = || format!("on {}", kind.name());
            if options.wants("lists") {
                let (same, (of_kind, page)) = many.blocking(|many| lists::measure(many)).await.with_context(failed)?;
                many = same;
                lists.extend(of_kind);
                longest.push(page);
            }
            if options.wants("graph") {
                let (same, (of_kind, through)) =
                    many.blocking(|many| graph::measure(many)).await.with_context(failed)?;
                many = same;
                filters.extend(of_kind);
                walks.extend(through);
            }
            many.stop().await;
        }
        if !["idle", "commands", "handshake", "rules"]
            .iter()
            .any(|stage| options.wants(stage))
        {
            continue;
        }
        let Some(database) = Database::make(kind)? else {
            continue;
        };
        rows.extend(
            measure(kind, &database, options)
                .await
                .with_context(|| format!("on {}", kind.name()))?,
        );
    }
    lists::table(&lists, &longest);
    graph::table(&filters, &walks);
    if !rows.is_empty() {
        report::table(&rows);
    }
    Ok(())
}

/// All measurements on one database.
async fn measure(kind: Kind, database: &Database, options: &Options) -> anyhow::Result<Vec<Row>> {
    eprintln!(
        "{}: enrolling {} PCs beside {} rows …",
        kind.name(),
        options.devices,
        options.rows
    );
    let fleet = Fleet::start(database, options).await?;
    let mut rows = Vec::new();
    if options.wants("idle") {
        rows.push(stages::idle(&fleet, options).await.context("idle check-ins")?);
    }
    if options.wants("commands") {
        rows.push(stages::ten_commands(&fleet, options).await.context("ten commands")?);
    }
    for resume in [false, true] {
        if options.wants("handshake") {
            rows.push(
                stages::handshakes(&fleet, options, resume)
                    .await
                    .context("handshakes")?,
            );
        }
    }
    if options.wants("rules") {
        rules::measure(&fleet, kind.name())
            .await
            .context("a rule over every PC")?;
    }
    fleet.stop().await;
    Ok(rows.into_iter().map(|row| row.on(kind.name())).collect())
}
