//! Lists of devices over HTTP, beside a route that asks the database for one row.

use crate::many::{Many, Timing, memory_of};
use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::{
    io::Read as _,
    time::{Duration, Instant},
};

/// Requests of the longest page.
const LONGEST_PAGES: usize = 3;

/// What is listed: a name for people, and the query.
const LISTS: &[(&str, &str)] = &[
    ("first page", ""),
    ("first page of 20", "limit=20"),
    ("page in the middle", "page=MIDDLE"),
    ("last page", "page=LAST"),
    ("a page behind the last", "page=100000"),
    ("by updatedAt", "sort=updatedAt:desc"),
    ("by enrolledDate", "sort=enrolledDate:asc"),
    ("by lastStatusReportTime", "sort=lastStatusReportTime:asc"),
    ("by displayName", "sort=displayName:asc"),
    ("by summary.name", "sort=summary.name:desc"),
    ("by summary.serialNumber", "sort=summary.serialNumber:asc"),
    ("by summary.osVersion", "sort=summary.osVersion:desc"),
    ("by state", "sort=state:asc"),
    ("by displayName, in the middle", "sort=displayName:asc&page=MIDDLE"),
    ("state ACTIVE", "state=ACTIVE"),
    ("state DELETE_REQUESTED", "state=DELETE_REQUESTED"),
    ("segment", "segmentId=20"),
    ("segment with its children", "segmentId=2&expandTo=children"),
    ("tag of a half", "tags=fleet"),
    ("tag of a twentieth", "tags=dept-3"),
    ("tag of a thousandth", "tags=room-7"),
    ("two tags", "tags=fleet&tags=dept-2"),
    ("policy of a half", "winPolicyId=POLICY"),
    ("policy of few", "winPolicyId=LATER"),
    ("user", "mdm-user=aaaaaaaaaaaa100000000007"),
    ("serial number", "serialNumber=5CG1104729"),
    ("search: serial number", "search=5CG1104729"),
    ("search: part of a name, many", "search=madrid"),
    ("search: part of a name, few", "search=madrid%2013"),
    ("search: nothing", "search=zzzz"),
    (
        "tag, state, segment, by name",
        "tags=fleet&state=ACTIVE&segmentId=2&expandTo=children&sort=displayName:asc",
    ),
];

/// One list as it was measured.
pub struct List {
    database: &'static str,
    name: &'static str,
    found: u64,
    items: usize,
    timing: Timing,
}

/// The longest page.
pub struct Longest {
    database: &'static str,
    devices: usize,
    bytes: u64,
    time: Duration,
    memory_kib: u64,
}

/// Measures every list.
pub fn measure(many: &Many) -> anyhow::Result<(Vec<List>, Longest)> {
    let lists = LISTS
        .iter()
        .map(|(name, query)| list(many, name, query).with_context(|| format!("the list {name}")))
        .collect::<anyhow::Result<_>>()?;
    Ok((lists, longest(many)?))
}

fn list(many: &Many, name: &'static str, query: &str) -> anyhow::Result<List> {
    let first = many.policies.first().context("no policies")?;
    let later = many.policies.get(3).context("too few policies")?;
    // A page has a hundred.
    let last = many.alive().div_ceil(100);
    let query = query
        .replace("POLICY", first)
        .replace("LATER", later)
        .replace("MIDDLE", &(last / 2).to_string())
        .replace("LAST", &last.to_string());
    let url = many.path(&format!("devices?{query}"));
    let shown: Value = serde_json::from_slice(&many.get(&url)?.0)?;
    let found = shown["data"]["totalDocs"].as_u64().context("a list without a total")?;
    let items = shown["data"]["items"].as_array().map_or(0, Vec::len);
    ensure!(
        items > 0 || query.contains("zzzz") || query.contains("page=100000"),
        "nothing is found"
    );
    Ok(List {
        database: many.kind.name(),
        name,
        found,
        items,
        timing: many.time(&url)?,
    })
}

/// The longest page there is, read as it comes.
fn longest(many: &Many) -> anyhow::Result<Longest> {
    let url = many.path("devices?limit=10000");
    let (mut times, mut bytes, mut memory) = (Vec::new(), 0, 0);
    for _ in 0..LONGEST_PAGES {
        let ((time, read), taken) = memory_of(|| read_through(many, &url))?;
        times.push(time);
        bytes = read;
        memory = memory.max(taken);
    }
    times.sort_unstable();
    Ok(Longest {
        database: many.kind.name(),
        devices: 10_000,
        bytes,
        time: times[times.len() / 2],
        memory_kib: memory,
    })
}

/// Reads an answer without keeping it; how long that took, and how many bytes it has.
fn read_through(many: &Many, url: &str) -> anyhow::Result<(Duration, u64)> {
    let started = Instant::now();
    let answer = many
        .agent
        .get(url)
        .header("Authorization", format!("Bearer {}", many.token))
        .call()?;
    let mut reader = answer.into_body().into_reader();
    let (mut buffer, mut last, mut bytes) = (vec![0; 64 * 1024], 0, 0);
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        last = buffer[count - 1];
        bytes += count as u64;
    }
    ensure!(last == b'}', "the longest page broke off");
    Ok((started.elapsed(), bytes))
}

/// The tables.
pub fn table(lists: &[List], longest: &[Longest]) {
    if lists.is_empty() {
        return;
    }
    println!("\n| database | list | found | on the page | p50 | p99 | one row | p50 to one row | statements |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    for list in lists {
        println!(
            "| {} | {} | {} | {} | {} | {} | {:.2} ms | {:.0} × | {} |",
            list.database,
            list.name,
            list.found,
            list.items,
            millis(list.timing.latency.p50),
            millis(list.timing.latency.p99),
            list.timing.bare.p50.as_secs_f64() * 1e3,
            list.timing.latency.p50.as_secs_f64() / list.timing.bare.p50.as_secs_f64(),
            list.timing.statements,
        );
    }
    println!("\n| database | page of | JSON | time | memory at most, more than before |");
    println!("|---|--:|--:|--:|--:|");
    for page in longest {
        println!(
            "| {} | {} devices | {:.0} MB | {:.2} s | {:.0} MiB |",
            page.database,
            page.devices,
            page.bytes as f64 / 1e6,
            page.time.as_secs_f64(),
            page.memory_kib as f64 / 1024.0,
        );
    }
}
