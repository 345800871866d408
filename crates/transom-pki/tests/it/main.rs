//! The authority, the listener's certificate and TLS, from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at what it does not expect"
)]

mod authority;
mod issuing;
mod server_certificate;
mod support;
mod tls;
