//! A rule that touches every PC, and a script that is assigned to every PC: how long it takes, what it costs, and how long
//! others wait meanwhile.

use crate::{fleet::Fleet, load::Line};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use transom_app::api::Api;
use transom_domain::{automation_rule::work::STEP_DEVICES, ports::StoreError};

/// `M` of the contract.
const M: &str = "/v1/organizations/default/mdm";

/// How often it is looked whether the rule has reached every PC.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Nothing takes this long.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long the load runs without a rule, to compare with.
const QUIET: Duration = Duration::from_secs(2);

/// What goes to every PC and away again.
enum Given {
    /// An automation rule, by its path.
    Rule(String),
    /// A script of the Graph facade, by its path.
    Script(String),
}

impl Given {
    const fn name(&self) -> &'static str {
        match self {
            Self::Rule(_) => "rule",
            Self::Script(_) => "script",
        }
    }

    /// Gives it to every PC, or takes it away, and waits until every PC was looked at.
    async fn switch(&self, fleet: &Fleet, api: &Api, on: bool) -> anyhow::Result<Pass> {
        let (started, before) = (Instant::now(), fleet.counts().0);
        match self {
            Self::Rule(path) => drop(api.data("PUT", path, Some(json!({ "enabled": on }))).await?),
            Self::Script(path) => {
                let everybody = json!({ "target": { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" } });
                let targets = if on { vec![everybody] } else { Vec::new() };
                let body = json!({ "deviceManagementScriptAssignments": targets });
                let (api, path) = (api.clone(), format!("{path}/assign"));
                let answer = tokio::task::spawn_blocking(move || api.call("POST", &path, Some(&body))).await??;
                ensure!(answer.status == 200, "assign answered {}", answer.status);
            }
        }
        worked_off(fleet, started, before).await
    }
}

/// What became of every PC.
struct Pass {
    elapsed: Duration,
    statements: u64,
}

/// How long requests took.
#[derive(Default)]
struct Waits(Vec<Duration>);

impl Waits {
    fn told(mut self) -> String {
        self.0.sort_unstable();
        let at = |share: usize| {
            let place = (self.0.len() * share / 1_000).min(self.0.len().saturating_sub(1));
            self.0.get(place).map_or(0.0, |wait| wait.as_secs_f64() * 1e3)
        };
        format!(
            "{} | {:.1} ms | {:.1} ms | {:.1} ms",
            self.0.len(),
            at(500),
            at(990),
            at(1_000)
        )
    }
}

/// Measures one database and prints what came out.
pub async fn measure(fleet: &Fleet, database: &str) -> anyhow::Result<()> {
    let api = fleet.api()?;
    let make = async |path: &str, body: Value| -> anyhow::Result<String> {
        let made = api.data("POST", &format!("{M}/{path}"), Some(body)).await?;
        Ok(made["id"].as_str().context("what was made has an id")?.to_owned())
    };
    let audience = json!({ "name": "All", "selectors": { "deviceGroups": [["os:*"]] }, "exposeToChildren": true });
    let audience = make("device-audiences", audience).await?;
    let policy = make(
        "windows/enterprise/policies",
        json!({ "name": "P", "config": { "./A": 1 } }),
    )
    .await?;
    let action = json!({ "type": "setPolicy", "platform": "windows", "winPolicyId": policy, "priority": 1 });
    let body = json!({ "name": "R", "deviceAudienceIds": [audience], "action": action });
    let started = Instant::now();
    let before = fleet.counts().0;
    let rule = make("automation-rules", body).await?;
    let path = format!("{M}/automation-rules/{rule}");
    let gain = worked_off(fleet, started, before).await?;
    let shown = api.data("GET", &path, None).await?;
    let devices = shown["counts"]["devices"].as_u64().context("a rule counts its PCs")?;
    ensure!(devices > 0, "the rule matches nothing");
    let rule = Given::Rule(path);
    let loss = rule.switch(fleet, &api, false).await?;
    let script = json!({ "name": "S", "content": "exit 0", "runner": "powershell.exe", "exposeToChildren": true });
    let script = make("scripts", script).await?;
    let script = Given::Script(format!("/beta/deviceManagement/deviceManagementScripts/{script}"));
    let assigned = script.switch(fleet, &api, true).await?;
    let taken = script.switch(fleet, &api, false).await?;

    println!("\n| {database}: {devices} PCs, {STEP_DEVICES} in a step | seconds | PCs a second | statements |");
    println!("|---|--:|--:|--:|");
    for (name, pass) in [
        ("every PC gains a rule's policy", &gain),
        ("every PC loses it", &loss),
        ("every PC gains an assigned script", &assigned),
        ("every PC loses it", &taken),
    ] {
        let seconds = pass.elapsed.as_secs_f64();
        println!(
            "| {name} | {seconds:.2} | {:.0} | {} |",
            devices as f64 / seconds,
            pass.statements
        );
    }
    println!("\n| {database}: others meanwhile | requests | p50 | p99 | longest |");
    println!("|---|--:|--:|--:|--:|");
    under_load(fleet, &api, None).await?;
    under_load(fleet, &api, Some(&rule)).await?;
    under_load(fleet, &api, Some(&script)).await
}

/// Waits until nothing is left to do. Its own looks are not counted.
async fn worked_off(fleet: &Fleet, started: Instant, before: u64) -> anyhow::Result<Pass> {
    let mut looks = 0;
    loop {
        looks += 1;
        let waits: Result<bool, StoreError> = fleet.store().read(|view| view.has_rule_work()).await;
        if !waits? {
            let statements = fleet.counts().0.saturating_sub(before + looks);
            let elapsed = started.elapsed();
            return Ok(Pass { elapsed, statements });
        }
        ensure!(started.elapsed() < PATIENCE, "it does not reach every PC");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// PCs check in and an administrator changes and looks, while something goes to every PC and away again; or for some
/// seconds without.
async fn under_load(fleet: &Fleet, api: &Api, given: Option<&Given>) -> anyhow::Result<()> {
    let recordings = vec![fleet.record(0, 0).await?];
    let line = fleet
        .lines(&recordings, None)
        .await?
        .pop()
        .context("there are no PCs")?;
    let over = Arc::new(AtomicBool::new(false));
    let check_ins = tokio::spawn(checking_in(line, over.clone()));
    let device = fleet.devices.get(1).context("there are two PCs")?.to_string();
    let (caller, ended) = (api.clone(), over.clone());
    let calls = tokio::task::spawn_blocking(move || calling(&caller, &device, &ended));
    let what = match given {
        Some(given) => {
            for on in [true, false] {
                given.switch(fleet, api, on).await?;
            }
            format!("with the {} at work", given.name())
        }
        None => {
            tokio::time::sleep(QUIET).await;
            "without".to_owned()
        }
    };
    over.store(true, Ordering::Relaxed);
    let check_ins = check_ins.await??;
    let (looks, changes) = calls.await??;
    println!("| idle check-in {what} | {} |", check_ins.told());
    println!("| GET of a device {what} | {} |", looks.told());
    println!("| PUT of a device {what} | {} |", changes.told());
    Ok(())
}

async fn checking_in(mut line: Line, over: Arc<AtomicBool>) -> anyhow::Result<Waits> {
    let mut waits = Waits::default();
    while !over.load(Ordering::Relaxed) {
        waits.0.push(line.hold().await?);
    }
    Ok(waits)
}

/// Looks and changes by turns.
fn calling(api: &Api, device: &str, over: &AtomicBool) -> anyhow::Result<(Waits, Waits)> {
    let path = format!("{M}/windows/enterprise/devices/{device}");
    let (mut looks, mut changes, mut number) = (Waits::default(), Waits::default(), 0_u32);
    while !over.load(Ordering::Relaxed) {
        number += 1;
        let body = json!({ "displayName": format!("Name {number}"), "tags": [format!("t{}", number % 2)] });
        for (waits, method, body) in [(&mut looks, "GET", None), (&mut changes, "PUT", Some(&body))] {
            let started = Instant::now();
            let answer = api.call(method, &path, body)?;
            ensure!(answer.status == 200, "{method} answered {}", answer.status);
            waits.0.push(started.elapsed());
        }
    }
    Ok((looks, changes))
}
