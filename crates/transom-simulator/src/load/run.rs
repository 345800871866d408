//! The workers of a load run.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::task::JoinSet;

use super::{Histogram, LoadPlan, LoadReport, Progress, Trouble};
use crate::identity::Identity;
use crate::pc::{SessionReport, VirtualPc};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A plan without PCs or workers.
    #[error("there have to be one PC and one worker at least")]
    EmptyPlan,
    /// A worker broke down, which is a mistake of the simulator.
    #[error("a worker broke down")]
    Worker(#[source] tokio::task::JoinError),
}

/// What one worker found; merged at the end, so that nothing is locked for each session.
#[derive(Default)]
struct Tally {
    report: LoadReport,
    enrolments: Histogram,
    sessions: Histogram,
    posts: Histogram,
    pcs: Vec<VirtualPc>,
}

/// What the workers share.
struct Shared {
    plan: LoadPlan,
    enrolled: AtomicU64,
    sessions: AtomicU64,
    errors: AtomicU64,
}

/// Enrols the plan's PCs and has them check in, as often as the plan says.
///
/// # Errors
/// [`LoadError`]; whatever goes wrong between a PC and the server is in the report.
pub async fn run(plan: &LoadPlan) -> Result<LoadReport, LoadError> {
    let (mut report, pcs) = enroll_fleet(plan).await?;
    let (sessions, _) = run_sessions(plan, pcs).await?;
    report.sessions = sessions.sessions;
    report.commands = sessions.commands;
    report.messages = sessions.messages;
    report.handshakes += sessions.handshakes;
    report.session_time = sessions.session_time;
    report.session = sessions.session;
    report.post = sessions.post;
    merge(&mut report.errors, sessions.errors);
    merge(&mut report.violations, sessions.violations);
    Ok(report)
}

/// Enrols the plan's PCs, and hands them over.
///
/// # Errors
/// [`LoadError`].
pub async fn enroll_fleet(plan: &LoadPlan) -> Result<(LoadReport, Vec<VirtualPc>), LoadError> {
    if plan.devices == 0 || plan.concurrency == 0 {
        return Err(LoadError::EmptyPlan);
    }
    let shared = Shared::new(plan, 0);
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..plan.concurrency {
        workers.spawn(enrol_worker(Arc::clone(&shared), Arc::clone(&next)));
    }
    let tally = collect(workers).await?;
    let mut report = tally.report;
    report.enrolment_time = started.elapsed();
    report.enrolment = tally.enrolments.percentiles();
    Ok((report, tally.pcs))
}

/// Has enrolled PCs check in, as often as the plan says, and hands them back.
///
/// # Errors
/// [`LoadError`].
pub async fn run_sessions(plan: &LoadPlan, pcs: Vec<VirtualPc>) -> Result<(LoadReport, Vec<VirtualPc>), LoadError> {
    if plan.concurrency == 0 {
        return Err(LoadError::EmptyPlan);
    }
    let count = u64::try_from(pcs.len()).unwrap_or(u64::MAX);
    let shared = Shared::new(plan, count);
    let queue: Queue = Arc::new(Mutex::new(pcs.into_iter().map(|pc| (pc, plan.sessions)).collect()));
    let started = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..plan.concurrency {
        workers.spawn(session_worker(Arc::clone(&shared), Arc::clone(&queue)));
    }
    let tally = collect(workers).await?;
    let mut report = tally.report;
    report.session_time = started.elapsed();
    report.session = tally.sessions.percentiles();
    report.post = tally.posts.percentiles();
    Ok((report, tally.pcs))
}

/// PCs that wait for their turn, with the check-ins that they have yet to make.
type Queue = Arc<Mutex<VecDeque<(VirtualPc, u64)>>>;

async fn enrol_worker(shared: Arc<Shared>, next: Arc<AtomicU64>) -> Tally {
    let mut tally = Tally::default();
    let plan = &shared.plan;
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= plan.devices {
            return tally;
        }
        let mut pc = VirtualPc::new(Identity::of_fleet(plan.seed, index), plan.keys.clone());
        pc.keep_connection(plan.keep_connections);
        pc.resume_tls(plan.resume_tls);
        let started = Instant::now();
        match pc.enroll(&plan.discovery_url, &plan.trust, &plan.credentials).await {
            Ok(handshakes) => {
                tally.enrolments.record(started.elapsed());
                tally.report.enrolled += 1;
                tally.report.handshakes += handshakes;
                tally.pcs.push(pc);
                shared.enrolled.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                note(&mut tally.report.errors, error.kind(), || with_sources(&error));
                shared.errors.fetch_add(1, Ordering::Relaxed);
            }
        }
        shared.progress();
    }
}

async fn session_worker(shared: Arc<Shared>, queue: Queue) -> Tally {
    let mut tally = Tally::default();
    loop {
        // A worker that broke down holding the lock left the queue whole.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some((mut pc, left)) = next else {
            return tally;
        };
        if left == 0 {
            tally.pcs.push(pc);
            continue;
        }
        let failed = match pc.check_in().await {
            Ok(report) => tally.session(&report),
            Err(error) => {
                note(&mut tally.report.errors, format!("check-in: {}", error.kind()), || {
                    with_sources(&error)
                });
                true
            }
        };
        shared.sessions.fetch_add(1, Ordering::Relaxed);
        shared.errors.fetch_add(u64::from(failed), Ordering::Relaxed);
        shared.progress();
        // A PC that was unenrolled or wiped has nothing more to do.
        let left = if pc.account().is_some() { left - 1 } else { 0 };
        queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back((pc, left));
    }
}

impl Tally {
    /// Adds a check-in; whether something was wrong with it.
    fn session(&mut self, report: &SessionReport) -> bool {
        let total = &mut self.report;
        total.messages += u64::from(report.messages);
        total.commands += u64::try_from(report.executed.len()).unwrap_or(u64::MAX);
        total.handshakes += report.handshakes;
        for violation in &report.violations {
            note(&mut total.violations, format!("{:?}", violation.rule), || {
                violation.to_string()
            });
        }
        for post in &report.posts {
            self.posts.record(*post);
        }
        if report.end.is_good() {
            total.sessions += 1;
            self.sessions.record(report.elapsed);
        } else {
            note(&mut total.errors, format!("check-in: {}", report.end), || {
                format!("session {} {}", report.session_id, report.end)
            });
        }
        !report.end.is_good() || !report.violations.is_empty()
    }
}

impl Shared {
    fn new(plan: &LoadPlan, enrolled: u64) -> Arc<Self> {
        Arc::new(Self {
            plan: plan.clone(),
            enrolled: AtomicU64::new(enrolled),
            sessions: AtomicU64::new(0),
            errors: AtomicU64::new(0),
        })
    }

    fn progress(&self) {
        if let Some(tell) = &self.plan.on_progress {
            tell(Progress {
                enrolled: self.enrolled.load(Ordering::Relaxed),
                devices: self.plan.devices,
                sessions: self.sessions.load(Ordering::Relaxed),
                planned_sessions: self.plan.devices.saturating_mul(self.plan.sessions),
                errors: self.errors.load(Ordering::Relaxed),
            });
        }
    }
}

async fn collect(mut workers: JoinSet<Tally>) -> Result<Tally, LoadError> {
    let mut all = Tally::default();
    while let Some(tally) = workers.join_next().await {
        let tally = tally.map_err(LoadError::Worker)?;
        all.enrolments.merge(tally.enrolments);
        all.sessions.merge(tally.sessions);
        all.posts.merge(tally.posts);
        all.pcs.extend(tally.pcs);
        let (total, part) = (&mut all.report, tally.report);
        total.enrolled += part.enrolled;
        total.sessions += part.sessions;
        total.commands += part.commands;
        total.messages += part.messages;
        total.handshakes += part.handshakes;
        merge(&mut total.errors, part.errors);
        merge(&mut total.violations, part.violations);
    }
    Ok(all)
}

fn note(troubles: &mut BTreeMap<String, Trouble>, kind: impl Into<String>, sample: impl FnOnce() -> String) {
    troubles
        .entry(kind.into())
        .and_modify(|trouble| trouble.count += 1)
        .or_insert_with(|| Trouble {
            count: 1,
            sample: sample(),
        });
}

fn merge(into: &mut BTreeMap<String, Trouble>, from: BTreeMap<String, Trouble>) {
    for (kind, trouble) in from {
        match into.get_mut(&kind) {
            Some(known) => known.count += trouble.count,
            None => {
                into.insert(kind, trouble);
            }
        }
    }
}

/// An error with its causes, for somebody who cannot ask further.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
