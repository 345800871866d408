//! The Microsoft Graph facade: all devices through `@odata.nextLink`, and filters as scripts write them.

use crate::many::{Many, Timing, memory_of};
use anyhow::{Context as _, ensure};
use std::time::{Duration, Instant};

/// Devices on the pages of a walk: what comes when nothing is said, and the most that can be asked for.
const TOPS: [u32; 2] = [100, 1_000];

/// What is asked: a name for people, the query, and whether the database looks it up.
const FILTERS: &[(&str, &str, bool)] = &[
    ("serial number", "$filter=serialNumber eq '5CG1104729'", true),
    (
        "beginning of a name",
        "$filter=startswith(deviceName,'DESKTOP-1500')",
        true,
    ),
    (
        "not seen since a moment",
        "$filter=lastSyncDateTime lt STALE and managementState eq 'managed'",
        true,
    ),
    ("a version", "$filter=osVersion eq '10.0.26100.4017'", true),
    (
        "user and model",
        "$filter=startswith(userPrincipalName,'user77') and model eq 'Model 7'",
        true,
    ),
    ("nothing, by model", "$filter=contains(model,'Surface')", true),
    ("nothing, by what has no column", "$filter=isSupervised eq true", false),
    ("first page by name", "$orderby=deviceName&$select=deviceName", false),
];

/// Milliseconds between the newest session of the fleet and the moment of which filters ask: one device in ten is older.
const STALE: Duration = Duration::from_millis(3_240_000);

/// One filter as it was measured.
pub struct Filtered {
    database: &'static str,
    name: &'static str,
    is_looked_up: bool,
    found: u64,
    timing: Timing,
}

/// A walk through all devices.
pub struct Walk {
    database: &'static str,
    top: u32,
    pages: u32,
    devices: usize,
    bytes: usize,
    time: Duration,
    memory_kib: u64,
}

/// Measures walks and filters.
pub fn measure(many: &Many) -> anyhow::Result<(Vec<Filtered>, Vec<Walk>)> {
    let filters = FILTERS
        .iter()
        .map(|filter| filtered(many, filter).with_context(|| format!("the filter {}", filter.0)))
        .collect::<anyhow::Result<_>>()?;
    let walks = TOPS.iter().map(|top| walk(many, *top)).collect::<anyhow::Result<_>>()?;
    Ok((filters, walks))
}

fn address(many: &Many, rest: &str) -> String {
    let rest = rest.replace(' ', "%20");
    format!("{}/v1.0/deviceManagement/managedDevices{rest}", many.base)
}

fn filtered(
    many: &Many,
    &(name, query, is_looked_up): &(&'static str, &'static str, bool),
) -> anyhow::Result<Filtered> {
    let query = query.replace("STALE", &many.before(STALE));
    let counted = query.split('&').find(|option| option.starts_with("$filter"));
    let counted = many.get(&address(many, &format!("/$count?{}", counted.unwrap_or_default())))?;
    let found = String::from_utf8(counted.0)?.parse().context("no number")?;
    Ok(Filtered {
        database: many.kind.name(),
        name,
        is_looked_up,
        found,
        timing: many.time(&address(many, &format!("?{query}")))?,
    })
}

/// Follows the links from the first page to the last, and holds that every device comes once.
fn walk(many: &Many, top: u32) -> anyhow::Result<Walk> {
    let (mut pages, mut devices, mut bytes) = (0, 0, 0);
    let mut last = String::new();
    let started = Instant::now();
    let ((), memory_kib) = memory_of(|| {
        let mut next = Some(address(many, &format!("?$top={top}")));
        while let Some(url) = next.take() {
            let page = String::from_utf8(many.get(&url)?.0)?;
            pages += 1;
            bytes += page.len();
            for id in page.split("\"id\":\"").skip(1).filter_map(|rest| rest.get(..24)) {
                ensure!(id > last.as_str(), "{id} comes behind {last}");
                id.clone_into(&mut last);
                devices += 1;
            }
            next = page
                .split_once("\"@odata.nextLink\":\"")
                .and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
        }
        Ok(())
    })?;
    let time = started.elapsed();
    ensure!(
        devices == many.alive() as usize,
        "{devices} devices came of {}",
        many.alive()
    );
    Ok(Walk {
        database: many.kind.name(),
        top,
        pages,
        devices,
        bytes,
        time,
        memory_kib,
    })
}

/// The tables.
pub fn table(filters: &[Filtered], walks: &[Walk]) {
    if filters.is_empty() {
        return;
    }
    println!(
        "\n| database | Graph: all devices, so many on a page | pages | devices | JSON | pages a second | devices a second | memory at most, more than before |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for walk in walks {
        println!(
            "| {} | {} | {} | {} | {:.0} MB | {:.1} | {:.0} | {:.1} MiB |",
            walk.database,
            walk.top,
            walk.pages,
            walk.devices,
            walk.bytes as f64 / 1e6,
            f64::from(walk.pages) / walk.time.as_secs_f64(),
            walk.devices as f64 / walk.time.as_secs_f64(),
            walk.memory_kib as f64 / 1024.0,
        );
    }
    println!("\n| database | Graph: first page | looked up | found | p50 | p99 | p50 to one row | statements |");
    println!("|---|---|---|--:|--:|--:|--:|--:|");
    for filter in filters {
        let timing = &filter.timing;
        println!(
            "| {} | {} | {} | {} | {:.1} ms | {:.1} ms | {:.0} × | {} |",
            filter.database,
            filter.name,
            if filter.is_looked_up { "yes" } else { "no" },
            filter.found,
            timing.latency.p50.as_secs_f64() * 1e3,
            timing.latency.p99.as_secs_f64() * 1e3,
            timing.latency.p50.as_secs_f64() / timing.bare.p50.as_secs_f64(),
            timing.statements,
        );
    }
}
