//! Many PCs at once: enrolment and check-ins against a real server, counted and timed.

mod histogram;
mod run;

use std::sync::Arc;
use std::time::Duration;

pub use histogram::{Histogram, Percentiles};
pub use run::{LoadError, enroll_fleet, run, run_sessions};

use crate::enrol::Credentials;
use crate::key::KeySource;
use crate::tls::Trust;

/// How far a load run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// PCs that are enrolled.
    pub enrolled: u64,
    /// PCs that are to be enrolled.
    pub devices: u64,
    /// Sessions that are over.
    pub sessions: u64,
    /// Sessions that are to be held.
    pub planned_sessions: u64,
    /// Things that went wrong.
    pub errors: u64,
}

/// Called whenever something is over, from any thread.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// What to do.
#[derive(Clone)]
pub struct LoadPlan {
    /// The server: an address of discovery, or one without a path.
    pub discovery_url: String,
    /// What the PCs trust.
    pub trust: Trust,
    /// How all of them enrol.
    pub credentials: Credentials,
    /// How many PCs.
    pub devices: u64,
    /// How many of them are busy at a time.
    pub concurrency: usize,
    /// How many check-ins each of them makes.
    pub sessions: u64,
    /// Which fleet: the same seed makes the same PCs.
    pub seed: u64,
    /// Where keys come from.
    pub keys: KeySource,
    /// Keep each PC's connection from one check-in to the next.
    pub keep_connections: bool,
    /// Resume TLS sessions on new connections.
    pub resume_tls: bool,
    /// Told about the progress.
    pub on_progress: Option<OnProgress>,
}

impl std::fmt::Debug for LoadPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadPlan")
            .field("discovery_url", &self.discovery_url)
            .field("devices", &self.devices)
            .field("concurrency", &self.concurrency)
            .field("sessions", &self.sessions)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl LoadPlan {
    /// One PC with one check-in, out of a fleet that no other run has.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub fn new(
        discovery_url: impl Into<String>,
        trust: Trust,
        credentials: Credentials,
    ) -> Result<Self, getrandom::Error> {
        Ok(Self {
            discovery_url: discovery_url.into(),
            trust,
            credentials,
            devices: 1,
            concurrency: 1,
            sessions: 1,
            seed: getrandom::u64()?,
            keys: KeySource::Own,
            keep_connections: false,
            resume_tls: true,
            on_progress: None,
        })
    }
}

/// How often something went wrong, and one example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// How often.
    pub count: u64,
    /// The first of them in words.
    pub sample: String,
}

/// What came out.
#[derive(Debug, Clone, Default)]
pub struct LoadReport {
    /// PCs that were enrolled.
    pub enrolled: u64,
    /// Check-ins that ended well.
    pub sessions: u64,
    /// Items of commands that PCs carried out or refused.
    pub commands: u64,
    /// Messages that PCs sent.
    pub messages: u64,
    /// TLS handshakes, enrolments included.
    pub handshakes: u64,
    /// What went wrong, by kind.
    pub errors: std::collections::BTreeMap<String, Trouble>,
    /// Rules that the server broke, by rule.
    pub violations: std::collections::BTreeMap<String, Trouble>,
    /// How long the enrolments took together.
    pub enrolment_time: Duration,
    /// How long the check-ins took together.
    pub session_time: Duration,
    /// Time for one enrolment.
    pub enrolment: Percentiles,
    /// Time for one check-in.
    pub session: Percentiles,
    /// Time for one POST of a session.
    pub post: Percentiles,
}

impl LoadReport {
    /// Check-ins that ended well for each second.
    #[must_use]
    pub fn sessions_per_second(&self) -> f64 {
        rate(self.sessions, self.session_time)
    }

    /// Enrolments for each second.
    #[must_use]
    pub fn enrolments_per_second(&self) -> f64 {
        rate(self.enrolled, self.enrolment_time)
    }

    /// Whether nothing went wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.errors.is_empty() && self.violations.is_empty()
    }
}

fn rate(count: u64, time: Duration) -> f64 {
    let seconds = time.as_secs_f64();
    if seconds > 0.0 {
        #[expect(clippy::cast_precision_loss, reason = "counts of a load run are far below 2^53")]
        let count = count as f64;
        count / seconds
    } else {
        0.0
    }
}
