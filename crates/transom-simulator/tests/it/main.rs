//! The simulator against a scripted server over real TLS, and against captures of real PCs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test that fails may stop at once, and tests are no interface"
)]

mod captures;
mod enrolment;
mod load;
mod server;
mod sessions;
