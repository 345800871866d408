//! The codec against captured messages, messages of our own, and hostile ones.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may stop at once")]

mod captures;
mod files;
mod golden;
mod hostile;
mod own_messages;
mod provisioning;
mod roundtrip;
mod samples;
