//! For crates that implement or use the ports: the contract suite every store must pass, mocks for refusals and
//! failures, and records to test with.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    reason = "a test that fails stops at once"
)]

pub mod contract;
pub mod environment;
pub mod mocks;
pub mod samples;
