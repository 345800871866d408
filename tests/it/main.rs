//! Tests of the whole product: the very server that `transom serve` runs, over HTTP and TLS, with virtual PCs.

#![allow(missing_docs, reason = "tests say what they show by their names")]

mod architecture;
mod binary;
mod crash;
mod identity;
mod main_job;
mod rough_network;
mod support;
