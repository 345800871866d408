//! The load: PCs that hold prepared sessions over TLS, and what they measured.

use anyhow::{Context as _, ensure};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::Barrier, task::JoinSet};
use transom_simulator::{
    BenchClient,
    load::{Histogram, Percentiles},
};

/// One POST and the body that must come back.
#[derive(Debug, Clone)]
pub struct Post {
    pub request: Vec<u8>,
    pub expected: Vec<u8>,
}

/// A PC with its connection and the session that it holds.
pub struct Line {
    /// Which PC it is.
    pub number: usize,
    pub client: BenchClient,
    pub session: Vec<Post>,
    /// Whether it makes a new connection for each session.
    pub is_fresh: bool,
}

/// How long a round goes on.
#[derive(Clone)]
pub enum Until {
    /// Until the time is over.
    Over(Duration),
    /// Until so many sessions are held, by whichever PC.
    Held(u64),
    /// Until every PC has held its session.
    EachOnce,
}

/// What came out of a round.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    pub sessions: u64,
    pub elapsed: Duration,
    /// What server and load in this process computed meanwhile; a database server is not in it.
    pub cpu: Duration,
    pub latency: Percentiles,
}

impl Round {
    /// Several rounds as one; of the percentiles, those of the middle one.
    pub fn sum(rounds: &[Self]) -> Self {
        let mut latencies: Vec<Percentiles> = rounds.iter().map(|round| round.latency).collect();
        latencies.sort_by_key(|latency| latency.p50);
        Self {
            sessions: rounds.iter().map(|round| round.sessions).sum(),
            elapsed: rounds.iter().map(|round| round.elapsed).sum(),
            cpu: rounds.iter().map(|round| round.cpu).sum(),
            latency: latencies.get(latencies.len() / 2).copied().unwrap_or_default(),
        }
    }

    /// CPU time for one session.
    pub fn cpu_per_session(&self) -> f64 {
        self.cpu.as_secs_f64() / self.sessions as f64
    }

    /// Sessions a second.
    pub fn rate(&self) -> f64 {
        self.sessions as f64 / self.elapsed.as_secs_f64()
    }
}

impl Line {
    /// Holds the session; answers how long that took.
    pub async fn hold(&mut self) -> anyhow::Result<Duration> {
        let mut elapsed = Duration::ZERO;
        if self.is_fresh {
            self.client.disconnect();
        }
        for post in &self.session {
            let reply = self.client.send(&post.request).await?;
            ensure!(reply.status == 200, "a POST was answered with {}", reply.status);
            ensure!(
                reply.body == post.expected,
                "another answer was expected:\n{}\nand not:\n{}",
                String::from_utf8_lossy(&post.expected),
                String::from_utf8_lossy(&reply.body),
            );
            elapsed += reply.elapsed;
        }
        Ok(elapsed)
    }
}

/// Lets every PC hold its session once, so that rounds do not pay for connections. A connection alone would not do: the
/// server gives it up when no request follows soon.
pub async fn warm_up(lines: &mut [Line]) -> anyhow::Result<()> {
    for line in lines {
        line.hold().await?;
    }
    Ok(())
}

/// One round: `concurrency` PCs at a time hold their sessions. Hands the PCs back.
pub async fn round(lines: Vec<Line>, concurrency: usize, until: Until) -> anyhow::Result<(Round, Vec<Line>)> {
    let count = lines.len();
    let tasks = concurrency.min(count).max(1);
    let mut shares: Vec<VecDeque<Line>> = (0..tasks).map(|_| VecDeque::new()).collect();
    for (number, line) in lines.into_iter().enumerate() {
        shares[number % tasks].push_back(line);
    }
    let left = Arc::new(AtomicI64::new(match until {
        Until::Over(_) => i64::MAX,
        Until::Held(sessions) => sessions.try_into().context("too many sessions")?,
        Until::EachOnce => count.try_into().context("too many PCs")?,
    }));
    let start = Arc::new(Barrier::new(tasks));
    let cpu_before = cpu_time();
    let mut running = JoinSet::new();
    for share in shares {
        let (left, start, until) = (left.clone(), start.clone(), until.clone());
        running.spawn(async move {
            start.wait().await;
            let begun = Instant::now();
            let done = work(share, &left, &until).await;
            (begun, Instant::now(), done)
        });
    }
    let (mut times, mut lines, mut sessions) = (Histogram::default(), Vec::with_capacity(count), 0);
    let mut span: Option<(Instant, Instant)> = None;
    while let Some(task) = running.join_next().await {
        let (begun, ended, done) = task.context("a PC broke down")?;
        let (part, share, held) = done?;
        times.merge(part);
        lines.extend(share);
        sessions += held;
        span = Some(span.map_or((begun, ended), |(first, last)| (first.min(begun), last.max(ended))));
    }
    let round = Round {
        sessions,
        elapsed: span.map_or(Duration::ZERO, |(first, last)| last - first),
        cpu: cpu_time().saturating_sub(cpu_before),
        latency: times.percentiles(),
    };
    Ok((round, lines))
}

/// What this process has computed so far, all threads together; zero where the system has no `/proc`.
fn cpu_time() -> Duration {
    // proc(5): fields 14 and 15 are user and system time in hundredths of a second; the name before them, in
    // parentheses, is field 2.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(10 * ticks)
}

/// One task: its PCs take turns.
async fn work(
    mut share: VecDeque<Line>,
    left: &AtomicI64,
    until: &Until,
) -> anyhow::Result<(Histogram, VecDeque<Line>, u64)> {
    let deadline = match until {
        Until::Over(time) => Some(Instant::now() + *time),
        Until::Held(_) | Until::EachOnce => None,
    };
    let most = if matches!(until, Until::EachOnce) {
        share.len() as u64
    } else {
        u64::MAX
    };
    let (mut times, mut held) = (Histogram::default(), 0);
    while held < most
        && deadline.is_none_or(|deadline| Instant::now() < deadline)
        && left.fetch_sub(1, Ordering::Relaxed) > 0
    {
        share.rotate_left(1);
        let Some(line) = share.front_mut() else { break };
        times.record(line.hold().await?);
        held += 1;
    }
    Ok((times, share, held))
}
