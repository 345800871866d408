//! Tests of the query options.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests stop at the first surprise"
)]

mod filters;
mod generated;
mod hostile;
mod options;
mod sample;
