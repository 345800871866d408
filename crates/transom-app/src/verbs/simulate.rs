//! `transom simulate`: virtual PCs against any server.

use super::{find_organization, make_enrollment_token, open, user::first_line};
use crate::{cli::Simulate, first_start::DEFAULT_ORGANIZATION, settings::Settings};
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use transom_simulator::{
    Credentials, KeySource, LoadPlan, LoadReport, Trust,
    load::{self, Percentiles},
};

/// Keys that PCs share unless each makes its own: making one takes about a tenth of a second.
const SHARED_KEYS: usize = 8;

/// The e-mail of simulated PCs that enrol with a token.
const EMAIL: &str = "simulated@transom.example";

/// Runs the PCs. Anything that went wrong makes the command fail, after its report.
pub async fn run(settings: &Settings, request: Simulate, json: bool) -> anyhow::Result<()> {
    let plan = plan(settings, &request).await?;
    let bar = progress(json, u64::from(request.devices) * (1 + u64::from(request.sessions)));
    let shown = bar.clone();
    let report = load::run(&LoadPlan {
        on_progress: Some(Arc::new(move |progress| {
            shown.set_position(progress.enrolled + progress.sessions);
            shown.set_message(match progress.errors {
                0 => String::new(),
                errors => format!("{errors} errors"),
            });
        })),
        ..plan
    })
    .await?;
    bar.finish_and_clear();
    if json {
        println!("{}", as_json(&report));
    } else {
        println!("{}", as_text(&report));
    }
    anyhow::ensure!(
        report.is_clean(),
        "the server did not stand the test: see the report above"
    );
    Ok(())
}

async fn plan(settings: &Settings, request: &Simulate) -> anyhow::Result<LoadPlan> {
    let server = request
        .server
        .clone()
        .unwrap_or_else(|| settings.device.public_url.clone());
    let root = request
        .root
        .clone()
        .unwrap_or_else(|| settings.data_dir.join("tls/root.pem"));
    let pem = std::fs::read(&root).with_context(|| {
        format!(
            "the root certificate {} cannot be read; name it with --root",
            root.display()
        )
    })?;
    let trust = Trust::from_pem(&pem).with_context(|| format!("{}", root.display()))?;
    let credentials = credentials(settings, request).await?;
    Ok(LoadPlan {
        devices: u64::from(request.devices),
        concurrency: request.concurrency as usize,
        sessions: u64::from(request.sessions),
        keys: if request.own_keys {
            KeySource::Own
        } else {
            KeySource::pool(SHARED_KEYS)?
        },
        keep_connections: true,
        ..LoadPlan::new(server, trust, credentials)?
    })
}

/// What the PCs enrol with: what the caller names, else a token made in the settings' own database.
async fn credentials(settings: &Settings, request: &Simulate) -> anyhow::Result<Credentials> {
    let email = request.email.as_deref();
    if let (true, Some(email)) = (request.password_stdin, email) {
        return Ok(Credentials::password(email, first_line()?));
    }
    let email = email.unwrap_or(EMAIL);
    if let Some(token) = &request.enrollment_token {
        return Ok(Credentials::token_as_password(email, token));
    }
    let store = open(settings).await?;
    let organization = find_organization(&*store, DEFAULT_ORGANIZATION).await?.id;
    let secret = make_enrollment_token(&*store, organization, request.devices).await?;
    Ok(Credentials::token_as_password(email, secret.reveal()))
}

fn progress(json: bool, total: u64) -> ProgressBar {
    let target = if json {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} enrolments and sessions, {per_sec} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(total), target).with_style(style)
}

/// The report for programs; times in milliseconds.
fn as_json(report: &LoadReport) -> Value {
    let times = |p: &Percentiles| {
        let ms = |d: Duration| (d.as_secs_f64() * 1e6).round() / 1e3;
        json!({ "count": p.count, "p50Ms": ms(p.p50), "p90Ms": ms(p.p90), "p99Ms": ms(p.p99), "maxMs": ms(p.max) })
    };
    let troubles = |map: &std::collections::BTreeMap<String, load::Trouble>| -> Value {
        map.iter()
            .map(|(kind, t)| (kind.clone(), json!({ "count": t.count, "sample": t.sample })))
            .collect()
    };
    json!({
        "enrolled": report.enrolled,
        "sessions": report.sessions,
        "commands": report.commands,
        "messages": report.messages,
        "handshakes": report.handshakes,
        "sessionsPerSecond": report.sessions_per_second().round(),
        "enrolmentsPerSecond": report.enrolments_per_second().round(),
        "enrolment": times(&report.enrolment),
        "session": times(&report.session),
        "post": times(&report.post),
        "errors": troubles(&report.errors),
        "violations": troubles(&report.violations),
    })
}

/// The report for people.
fn as_text(report: &LoadReport) -> String {
    let line = |name: &str, p: &Percentiles| {
        format!(
            "  {name:<10} {:>8}   {:>9.1?} {:>9.1?} {:>9.1?} {:>9.1?}",
            p.count, p.p50, p.p90, p.p99, p.max
        )
    };
    let mut lines = vec![
        format!(
            "{} PCs enrolled, {} sessions with {} commands in {} messages over {} TLS handshakes.",
            report.enrolled, report.sessions, report.commands, report.messages, report.handshakes
        ),
        format!(
            "{:.0} enrolments a second, {:.0} sessions a second.",
            report.enrolments_per_second(),
            report.sessions_per_second()
        ),
        format!(
            "  {:<10} {:>8}   {:>9} {:>9} {:>9} {:>9}",
            "", "count", "p50", "p90", "p99", "max"
        ),
        line("enrolment", &report.enrolment),
        line("session", &report.session),
        line("POST", &report.post),
    ];
    for (what, map) in [("error", &report.errors), ("violation", &report.violations)] {
        lines.extend(
            map.iter()
                .map(|(kind, t)| format!("{what}: {} × {kind}, for example: {}", t.count, t.sample)),
        );
    }
    if report.is_clean() {
        lines.push("No errors, no violations of the protocol.".to_owned());
    }
    lines.join("\n")
}
