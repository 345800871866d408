//! Whole sessions: a scripted PC against the session machine, over a store in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a failing test may well stop at once"
)]

mod any_order;
mod authentication;
mod broken;
mod captures;
mod chaos;
mod delivery;
mod first_session;
mod invariants;
mod large_objects;
mod order;
mod placement;
mod refusals;
mod script;
mod software;
mod store;
mod strange;
mod world;
