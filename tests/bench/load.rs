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
    pub latency: Percentiles,
}

impl Round {
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

/// Connects every PC, a few at a time, so that rounds do not pay for it.
pub async fn connect(lines: &mut [Line]) -> anyhow::Result<()> {
    for line in lines {
        line.client.connect().await?;
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
    let start = Arc::new(Barrier::new(tasks + 1));
    let mut running = JoinSet::new();
    for share in shares {
        let (left, start, until) = (left.clone(), start.clone(), until.clone());
        running.spawn(async move {
            start.wait().await;
            work(share, &left, &until).await
        });
    }
    start.wait().await;
    let begun = Instant::now();
    let (mut times, mut lines, mut sessions) = (Histogram::default(), Vec::with_capacity(count), 0);
    while let Some(done) = running.join_next().await {
        let (part, share, held) = done.context("a PC broke down")??;
        times.merge(part);
        lines.extend(share);
        sessions += held;
    }
    let round = Round {
        sessions,
        elapsed: begun.elapsed(),
        latency: times.percentiles(),
    };
    Ok((round, lines))
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
