//! Tests of the whole product: the very server that `transom serve` runs, over HTTP and TLS, with virtual PCs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a failing test may well stop at once, and tests say in their names what they show"
)]

mod architecture;
mod binary;
mod command_line;
mod crash;
mod delivery;
mod graph_clients;
mod identity;
mod main_job;
mod malformed;
mod rough_network;
mod rules;
mod schemathesis;
mod secrets;
mod support;
mod templates;
