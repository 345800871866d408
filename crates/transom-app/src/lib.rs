//! Transom put together: settings, the store, the certificate authority, two listeners, background jobs, command line.
//!
//! Everything but `main` is a library, so that the tests of the whole product start the very same server.

pub mod advice;
pub mod api;
pub mod cli;
pub mod demo;
pub mod environment;
pub mod first_start;
pub mod jobs;
pub mod keys;
pub mod log;
pub mod passwords;
pub mod serve;
pub mod settings;
pub mod storage;
pub mod verbs;
