//! For crates that implement or use the ports: the contract suite every store must pass, and records to test with.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    reason = "a test that fails stops at once"
)]

// The tests of this crate have no store to hold to it, and it is as much to compile as they are.
#[cfg(not(test))]
pub mod contract;
pub mod environment;
pub mod samples;
