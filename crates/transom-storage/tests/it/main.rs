//! The store as its users see it, on every database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails stops at once"
)]

mod contract;
mod databases;
mod enrolments;
mod files;
mod limits;
mod schema;
mod sealing;
