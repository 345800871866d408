//! Both halves of the adapter against the real store in memory: requests in, answers out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a failing test may well stop at once, and tests say in their names what they hold"
)]

mod admin;
mod device;
mod graph;
