//! Background jobs: what time alone must bring about, in short steps so that PCs and callers need not wait.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::MissedTickBehavior,
};
use transom_domain::{
    Actor, Environment, Origin, asset,
    automation_rule::{flapping, work},
    command::cancel,
    device::sweep,
    idempotency,
    ports::{AssetFiles, Store, StoreError},
};
use transom_http::{admin::token_uses::TokenUses, device::LastReports};

/// How long the end of an idle session may stay in memory only; that much of `lastStatusReportTime` a crash may lose.
const FLUSH_EVERY: Duration = Duration::from_secs(5);

/// How often commands that waited too long are cancelled.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);

/// How often enrolments without a session are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// How often idempotency keys are forgotten: they are worthless after their day, whether or not they still lie there.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// How long work of rules that failed waits until it is tried again.
const RULES_RETRY: Duration = Duration::from_secs(1);

/// How often every PC is compared with what the rules say, as a safety net (R4).
const RULE_SWEEP_EVERY: Duration = Duration::from_secs(15 * 60);

/// How often files without a record are looked for: they are rare, and only take room.
const SWEEP_FILES_EVERY: Duration = Duration::from_secs(6 * 3_600);

/// Steps of one job in one go; what is left waits for the next, so that one backlog cannot take the store for itself.
const STEPS_MAX: u32 = 20;

/// What the jobs work with.
#[derive(Clone)]
pub struct Jobs {
    /// Where state is kept.
    pub store: Arc<dyn Store>,
    /// Clock and random source.
    pub environment: Arc<dyn Environment>,
    /// Ends of idle sessions.
    pub last_reports: LastReports,
    /// Last uses of API tokens.
    pub token_uses: TokenUses,
    /// Told when something may have left work to the rules.
    pub rules_waken: Arc<Notify>,
    /// Differences that sweeps of rules found since the start: each is a mistake of ours.
    pub rule_differences: Arc<AtomicU64>,
    /// Where the content of assets is kept.
    pub files: Arc<dyn AssetFiles>,
}

impl Jobs {
    /// Starts every job; they end when `stop` says true.
    #[must_use]
    pub fn start(&self, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let (flush, expire, sweep, forget) = (self.clone(), self.clone(), self.clone(), self.clone());
        let (rules, rule_sweep) = (self.clone(), self.clone());
        let files = self.clone();
        vec![
            every(FLUSH_EVERY, stop.clone(), move || {
                let jobs = flush.clone();
                async move { jobs.flush().await }
            }),
            every(EXPIRE_EVERY, stop.clone(), move || {
                let jobs = expire.clone();
                async move { jobs.expire_commands().await }
            }),
            every(SWEEP_EVERY, stop.clone(), move || {
                let jobs = sweep.clone();
                async move { jobs.time_out_enrolments().await }
            }),
            every(FORGET_EVERY, stop.clone(), move || {
                let jobs = forget.clone();
                async move { jobs.forget_idempotency_keys().await }
            }),
            tokio::spawn(rules.follow_rules(stop.clone())),
            every(RULE_SWEEP_EVERY, stop.clone(), move || {
                let jobs = rule_sweep.clone();
                async move { jobs.begin_rule_sweeps().await }
            }),
            every(SWEEP_FILES_EVERY, stop.clone(), move || {
                let jobs = files.clone();
                async move { jobs.sweep_files().await }
            }),
        ]
    }

    /// Writes the ends of idle sessions and the last uses of tokens.
    pub async fn flush(&self) {
        if let Err(error) = self.last_reports.flush(&*self.store, &*self.environment).await {
            tracing::warn!(%error, "the last check-ins could not be written; they are tried again");
        }
        if let Err(error) = self.token_uses.flush(&*self.store, &*self.environment).await {
            tracing::warn!(%error, "the last uses of tokens could not be written; they are tried again");
        }
    }

    /// Cancels commands that waited too long.
    pub async fn expire_commands(&self) {
        self.steps("expire-commands", cancel::EXPIRY_STEP, |tx, cx| cancel::expire(tx, cx))
            .await;
    }

    /// Gives up enrolments that never came to a session.
    pub async fn time_out_enrolments(&self) {
        self.steps("enrollment-timeout", sweep::SWEEP_STEP, |tx, cx| {
            sweep::time_out(tx, cx)
        })
        .await;
    }

    /// Forgets idempotency keys whose day is over.
    pub async fn forget_idempotency_keys(&self) {
        self.steps("forget-idempotency-keys", idempotency::FORGET_STEP, |tx, cx| {
            idempotency::forget(tx, cx)
        })
        .await;
    }

    /// Works off what rules have left to do: at the start, and whenever something may have left them work.
    async fn follow_rules(self, mut stop: watch::Receiver<bool>) {
        loop {
            let is_done = {
                let stopped = stop.clone();
                self.work_off_rules(move || *stopped.borrow()).await
            };
            let retry = async {
                match is_done {
                    true => std::future::pending().await,
                    false => tokio::time::sleep(RULES_RETRY).await,
                }
            };
            tokio::select! {
                () = self.rules_waken.notified() => {}
                () = retry => {}
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            }
        }
    }

    /// Works off what rules have left to do, step by step until nothing is left or `is_over` says so. Each step is a short
    /// unit of work, and whoever waits for the store comes between two of them. Whether nothing is left.
    pub async fn work_off_rules(&self, is_over: impl Fn() -> bool + Send) -> bool {
        while !is_over() {
            match self.rule_step().await {
                Ok(Some(step)) if step.differences > 0 => {
                    let (organization, differences) = (step.organization, step.differences);
                    // A mistake of ours: every change should have been followed by the rules at once (R4).
                    self.rule_differences.fetch_add(differences.into(), Ordering::Relaxed);
                    tracing::warn!(%organization, differences, "the sweep of rules found what should not have been");
                }
                Ok(Some(step)) => {
                    tracing::debug!(
                        organization = %step.organization,
                        kind = step.kind.as_str(),
                        devices = step.devices,
                        changed = step.changed,
                        finished = step.finished,
                        "a step of rules"
                    );
                }
                Ok(None) => return true,
                Err(error) => {
                    tracing::warn!(%error, job = "rules", "a background job failed; it is tried again");
                    return false;
                }
            }
        }
        false
    }

    /// One step of rules; none, if nothing is left to do. Without work, that is one read.
    async fn rule_step(&self) -> Result<Option<work::Step>, StoreError> {
        if !self.store.read(|view| view.has_rule_work()).await? {
            return Ok(None);
        }
        let cx = self.environment.context(Actor::Server("rules"), Origin::default());
        self.store.write(&cx, |tx, cx| work::step(tx, cx)).await
    }

    /// Puts down a sweep of every organization with rules, and forgets turns that count no longer.
    pub async fn begin_rule_sweeps(&self) {
        self.steps("rule-sweep", u32::MAX, |tx, cx| work::begin_sweeps(tx, cx))
            .await;
        self.steps("forget-rule-flips", flapping::FORGET_STEP, |tx, cx| {
            work::forget_flips(tx, cx)
        })
        .await;
        self.rules_waken.notify_one();
    }

    /// Removes files that no asset names.
    pub async fn sweep_files(&self) {
        match asset::sweep::sweep(&*self.files, &*self.store, self.environment.now()).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "files that no asset names were removed"),
            Err(error) => tracing::warn!(%error, "files could not be swept; it is tried again"),
        }
    }

    /// Runs a job step by step until one does less than `full`.
    async fn steps(
        &self,
        job: &'static str,
        full: u32,
        step: fn(&mut dyn transom_domain::ports::Tx, &mut transom_domain::Context) -> Result<u32, StoreError>,
    ) {
        for _ in 0..STEPS_MAX {
            let cx = self.environment.context(Actor::Server(job), Origin::default());
            match self.store.write(&cx, step).await {
                Ok(done) if done >= full => {}
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(%error, job, "a background job failed; it is tried again");
                    return;
                }
            }
        }
    }
}

/// Runs `job` at once and then every `period`, until told to stop.
fn every<F, R>(period: Duration, mut stop: watch::Receiver<bool>, job: F) -> JoinHandle<()>
where
    F: Fn() -> R + Send + 'static,
    R: Future<Output = ()> + Send,
{
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => job().await,
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            }
        }
    })
}
