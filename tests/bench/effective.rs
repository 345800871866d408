//! How many effective policies one core computes in a second: what a check-in costs when something has changed.

use std::{
    borrow::Borrow,
    collections::BTreeSet,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};
use transom_domain::{
    DeviceId, PolicyId, Timestamp,
    device::{Device, DeviceState, Summary},
    policy::{
        Policy, PolicyContent,
        cache::PreparedCache,
        effective::{Source, Supplier, effective},
        placeholders::Facts,
        settings::Prepared,
    },
    segment::SegmentId,
};

/// Policies of one PC, each with [`KEYS`] settings.
const POLICIES: u8 = 10;

/// Settings of each policy: two and a half times the largest published baseline.
const KEYS: usize = 1_000;

/// Measures the merge alone, with its hash, with the policies from the cache, and with every policy taken apart anew.
pub fn measure(round: Duration) {
    let policies: Vec<Policy> = (0..POLICIES).map(policy).collect();
    let prepared: Vec<Prepared> = policies.iter().map(Prepared::of).collect();
    let device = device();
    println!("\n| effective policy of {POLICIES} policies with {KEYS} settings each | a second, on one core |");
    println!("|---|--:|");
    println!(
        "| merged with all reasons | {:.0} |",
        rate(round, || merge(&prepared, &device, false))
    );
    println!(
        "| and hashed | {:.0} |",
        rate(round, || merge(&prepared, &device, true))
    );
    // As the server does: the policies as they were read, found in the cache by their versions.
    let cache = PreparedCache::default();
    let kept = || {
        let prepared: Vec<Arc<Prepared>> = policies.iter().map(|policy| cache.prepared(policy)).collect();
        merge(&prepared, &device, true);
    };
    println!("| and the policies looked up in the cache | {:.0} |", rate(round, kept));
    let from_scratch = || {
        let prepared: Vec<Prepared> = policies.iter().map(Prepared::of).collect();
        merge(&prepared, &device, true);
    };
    println!(
        "| the same without a cache: the policies taken apart anew | {:.0} |",
        rate(round, from_scratch)
    );
}

fn merge(prepared: &[impl Borrow<Prepared>], device: &Device, hash: bool) {
    let suppliers: Vec<Supplier<'_>> = prepared
        .iter()
        .zip(0..)
        .map(|(policy, priority)| Supplier {
            policy: policy.borrow(),
            priority,
            source: Source::Direct,
        })
        .collect();
    let facts = Facts {
        device,
        user: None,
        report: None,
        smart: &[],
    };
    let result = effective(&suppliers, &facts);
    if hash {
        black_box(result.hash());
    }
    black_box(&result);
}

fn rate(round: Duration, mut work: impl FnMut()) -> f64 {
    work();
    let (start, mut runs) = (Instant::now(), 0_u32);
    while start.elapsed() < round {
        work();
        runs += 1;
    }
    f64::from(runs) / start.elapsed().as_secs_f64()
}

/// Half of the settings are common to all policies, with values of their own; the other half only this one has.
fn policy(n: u8) -> Policy {
    let key = |k: usize| match k % 2 {
        0 => format!("./Device/Vendor/MSFT/Policy/Config/Area{:02}/Common{k}", k % 40),
        _ => format!("./Device/Vendor/MSFT/Policy/Config/Area{:02}/Own{n}x{k}", k % 40),
    };
    let config = (0..KEYS).map(|k| (key(k), serde_json::json!(k * usize::from(n))));
    Policy {
        id: PolicyId::from([n; 12]),
        organization: [0; 12].into(),
        segment: SegmentId::ROOT,
        name: format!("Policy {n}"),
        content: PolicyContent {
            config: config.collect(),
            ..PolicyContent::default()
        },
        expose_to_children: false,
        version: 1,
        created_at: Timestamp::from_millis(n.into()),
        updated_at: Timestamp::from_millis(n.into()),
    }
}

fn device() -> Device {
    let at = Timestamp::from_millis(0);
    Device {
        id: DeviceId::from([7; 12]),
        organization: [0; 12].into(),
        segment: SegmentId::ROOT,
        user: None,
        display_name: "Desk".to_owned(),
        tags: Vec::new(),
        win_id: "win".to_owned(),
        state: DeviceState::Active,
        summary: Summary::default(),
        custom_config: serde_json::Map::new(),
        refresh_needed: BTreeSet::new(),
        possible_duplicate_of: None,
        enrolled_by: None,
        last_status_report: None,
        enrolled_at: None,
        created_at: at,
        updated_at: at,
    }
}
